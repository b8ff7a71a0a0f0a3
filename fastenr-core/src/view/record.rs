//! Records: the members of a JSON object, as a table of fields has them.

use serde_json::{Map, Value as Json};

use crate::model::noun::{Field, Noun, Value};

/// A record as JSON has it.
pub type Members = Map<String, Json>;

/// The members that the fields give, in their order; `value_of` is asked for each.
pub fn record<'f>(fields: impl IntoIterator<Item = &'f Field>, value_of: impl Fn(&Field) -> Value) -> Members {
    fields.into_iter().map(|field| (field.name.to_owned(), field.json(&value_of(field)))).collect()
}

/// The fields of these exact names, in their order.
pub fn named(noun: &'static Noun, names: &[&str]) -> impl Iterator<Item = &'static Field> {
    names.iter().filter_map(|name| noun.field(name)).map(|(_, field)| field)
}

/// A count as a value of a field.
pub(super) fn count(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn optional_text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

pub(super) fn optional_number(number: Option<i64>) -> Value {
    number.map_or(Value::Null, Value::Integer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::ACCOUNT;

    #[test]
    fn members_in_the_order_of_the_fields() {
        let value = |field: &Field| field.parse(if field.name == "arr" { "1200.50" } else { "" }).unwrap_or_default();
        let members = record(named(&ACCOUNT, &["arr", "name", "nothing", "tags"]), value);
        assert_eq!(Json::Object(members).to_string(), r#"{"arr":1200.5,"name":null,"tags":[]}"#);
    }
}
