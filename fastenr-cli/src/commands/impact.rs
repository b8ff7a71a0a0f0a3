//! `--impact` of reports: how scores moved afterwards, in each format.

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::model::number::{COUNT, GOAL_VALUE};
use fastenr_core::ops::scores::impact::Row;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::globals::Format;
use crate::output::{Paging, Record, members};

const fn points(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Meaning::Number(&GOAL_VALUE), about)
}

const fn number(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Meaning::Number(&COUNT), about)
}

/// The second or the third is left out: what the events are called.
static FIELDS: [Field; 11] = [
    Field::new("kind", Meaning::Line, "the type of the engagements, the metric type of the goals"),
    number("engagements", "completed in the period"),
    number("goals", "achieved"),
    number("pairs", "accounts and days with a score at both ends and accounts to compare with"),
    points("change", "mean change of the score in the 30 days after, in points"),
    points("comparison_change", "of accounts of similar start score without one"),
    points("difference", "the first less the second"),
    points("interval_low", "95 % interval of the difference"),
    points("interval_high", "95 % interval of the difference"),
    number("comparison_accounts", "how many they were compared with"),
    Field::new("note", Meaning::Line, "how to read it, or why there are no numbers"),
];

/// What is said of every such table.
const WORDS: &str = "change of the health score in the 30 days after, in points, against accounts of similar start score \
                     without one: an association, not an effect";

impl Record for Row {
    fn value(&self, field: &Field) -> Value {
        let count = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        let optional = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
        let found = self.found.as_ref();
        let interval = found.and_then(|found| found.interval);
        match field.name {
            "kind" => Value::Text(self.kind.clone()),
            "engagements" | "goals" => count(self.events),
            "pairs" => count(self.pairs),
            "change" => optional(found.map(|found| found.change)),
            "comparison_change" => optional(found.map(|found| found.comparison_change)),
            "difference" => optional(found.map(|found| found.difference)),
            "interval_low" => optional(interval.map(|(low, _)| low)),
            "interval_high" => optional(interval.map(|(_, high)| high)),
            "comparison_accounts" => count(self.comparison_accounts),
            "note" => Value::Text(self.note()),
            _ => Value::Null,
        }
    }

    fn title(&self) -> String {
        self.kind.clone()
    }

    fn unknown(&self, field: &Field) -> bool {
        self.value(field).is_null()
    }
}

/// Without the column that belongs to the other report.
fn fields(events: &str) -> Vec<&'static Field> {
    let other = if events == "goals" { "engagements" } else { "goals" };
    FIELDS.iter().filter(|field| field.name != other).collect()
}

/// Whether the rows take the place of the report's: a file of lines has one kind of line.
pub(crate) fn alone(app: &App) -> bool {
    !matches!(app.settings.output, Format::Table | Format::Json)
}

/// `{"note": …, "rows": […]}`; `events` is `engagements` or `goals`.
pub(crate) fn json(events: &str, rows: &[Row]) -> Json {
    let fields = fields(events);
    let row = |row: &Row| {
        let mut object = members(&fields, row);
        let ends = ["interval_low", "interval_high"].map(|name| object.remove(name).unwrap_or_default());
        let interval = if ends[0].is_null() { Json::Null } else { json!(ends) };
        object.insert("interval".to_owned(), interval);
        Json::Object(object)
    };
    json!({"note": WORDS, "rows": rows.iter().map(row).collect::<Vec<_>>()})
}

/// The section below a table, or all there is in a file of lines.
pub(crate) fn show(app: &mut App, events: &str, rows: &[Row]) -> Result<()> {
    if app.settings.output == Format::Table {
        app.printer.line(format_args!("\nimpact: {WORDS}"))?;
    } else {
        app.printer.talk(WORDS);
    }
    app.show_all(&fields(events), rows, Paging::whole(rows.len() as u64))
}
