//! Results that are not records: a few named values.

use fastenr_core::{Error, Result};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::app::App;
use crate::globals::Format;

/// Writes an object of named values, see [`facts`].
pub(crate) fn object(app: &mut App, value: &impl Serialize) -> Result<()> {
    if matches!(app.settings.output, Format::Json | Format::Jsonl) {
        return app.printer.json(value);
    }
    let doing = |error| Error::io("writing", std::io::Error::other(error));
    let object = serde_json::to_value(value).map_err(doing)?;
    let members = object.as_object().into_iter().flatten();
    facts(app, &members.map(|(name, value)| (name.as_str(), value.clone())).collect::<Vec<_>>())
}

/// Writes named values: an object in JSON, a header and a row in CSV, one line per value in a table.
pub(crate) fn facts(app: &mut App, facts: &[(&str, Json)]) -> Result<()> {
    match app.settings.output {
        Format::Json | Format::Jsonl => {
            let object: Map<String, Json> =
                facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            app.printer.line(Json::Object(object))
        }
        Format::Csv => {
            let row = |cells: Vec<String>| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",");
            app.printer.line(row(facts.iter().map(|(name, _)| (*name).to_owned()).collect()))?;
            app.printer.line(row(facts.iter().map(|(_, value)| plain(value)).collect()))
        }
        Format::Table => {
            let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            facts.iter().try_for_each(|(name, value)| {
                let name = name.replace('_', " ");
                app.printer.line(format_args!("{name:width$}  {}", plain(value)).to_string().trim_end())
            })
        }
    }
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_text() {
        assert_eq!(plain(&Json::Null), "");
        assert_eq!(plain(&serde_json::json!(["a", 1, true])), "a, 1, true");
        assert_eq!(quoted("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
