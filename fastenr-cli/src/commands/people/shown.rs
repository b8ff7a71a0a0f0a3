//! Places where a person stands, as rows.

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::people::PersonPlace;

use crate::app::App;
use crate::globals::Format;
use crate::output::{Paging, Record};

static FIELDS: [Field; 9] = [
    Field::new("place", Meaning::Line, ""),
    Field::new("account", Meaning::Id, ""),
    Field::new("current", Meaning::Boolean, ""),
    Field::new("before_images", Meaning::Count, ""),
    Field::new("named_by", Meaning::Line, ""),
    Field::new("certain", Meaning::Boolean, ""),
    Field::new("excerpt", Meaning::Line, ""),
    Field::new("table", Meaning::Line, ""),
    Field::new("column", Meaning::Line, ""),
];

struct PlaceRow<'a>(&'a PersonPlace);

impl Record for PlaceRow<'_> {
    fn value(&self, field: &Field) -> Value {
        let place = self.0;
        match field.name {
            "place" => Value::Text(place.place.clone()),
            "account" => place.account.map_or(Value::Null, Value::Id),
            "current" => Value::Boolean(place.current),
            "before_images" => Value::Integer(i64::try_from(place.before_images).unwrap_or(i64::MAX)),
            "named_by" => Value::Text(place.named_by.join(", ")),
            "certain" => Value::Boolean(place.certain),
            "excerpt" => Value::Text(place.excerpt.clone()),
            "table" => Value::Text(place.table.to_owned()),
            _ => Value::Text(place.column.to_owned()),
        }
    }

    fn title(&self) -> String {
        self.0.place.clone()
    }
}

/// The places as a table or as CSV.
pub(super) fn places(app: &mut App, places: &[PersonPlace]) -> Result<()> {
    let rows: Vec<PlaceRow> = places.iter().map(PlaceRow).collect();
    let table = ["place", "named_by", "certain", "excerpt"];
    let fields: Vec<&'static Field> =
        FIELDS.iter().filter(|field| app.settings.output != Format::Table || table.contains(&field.name)).collect();
    app.show_all(&fields, &rows, Paging::whole(rows.len() as u64))
}
