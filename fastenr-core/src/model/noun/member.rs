//! Members of custom fields as fields of their own, for lists and exports.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::{Field, Meaning, Value};
use crate::model::CustomFields;

/// The field `custom.KEY`. Fields live as long as the program: one is made for each key that it is asked for.
pub(super) fn field(key: &str) -> &'static Field {
    static KNOWN: LazyLock<Mutex<BTreeMap<String, &'static Field>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(field) = known.get(key) {
        return field;
    }
    let name: &'static str = Box::leak(format!("custom.{key}").into_boxed_str());
    let field = Field::new(name, Meaning::Member, "a custom field").column("custom_fields").read();
    let field: &'static Field = Box::leak(Box::new(field));
    known.insert(key.to_owned(), field);
    field
}

/// What custom fields hold for such a field; null where they have no such member.
pub fn value(custom_fields: &str, field: &Field) -> Value {
    let key = field.name.strip_prefix("custom.").unwrap_or_default();
    let held = CustomFields::parse(custom_fields).ok().and_then(|fields| fields.get(key));
    held.map_or(Value::Null, |value| Value::Text(value.to_string()))
}

#[cfg(test)]
mod tests {
    use crate::model::account::ACCOUNT;
    use crate::model::goal::GOAL;

    use super::*;

    #[test]
    fn a_key_is_one_field() {
        let field = ACCOUNT.member("custom.tier \"a\"").unwrap();
        assert!(std::ptr::eq(field, ACCOUNT.member("custom.tier \"a\"").unwrap()));
        assert_eq!((field.name, field.writable()), ("custom.tier \"a\"", false));
        assert!(ACCOUNT.member("custom.").is_none() && ACCOUNT.member("tier").is_none());
        assert!(GOAL.member("custom.tier").is_none());
    }

    #[test]
    fn values_as_json_and_as_text() {
        let custom = r#"{"a":"x, y","b":1.50,"c":null,"d":{"e":[true]},"f":""}"#;
        for (name, json, text) in [
            ("custom.a", r#""x, y""#, "x, y"),
            ("custom.b", "1.50", "1.50"),
            ("custom.c", "null", ""),
            ("custom.d", r#"{"e":[true]}"#, r#"{"e":[true]}"#),
            ("custom.f", r#""""#, ""),
            ("custom.g", "null", ""),
        ] {
            let field = ACCOUNT.member(name).unwrap();
            let value = value(custom, field);
            assert_eq!((field.json(&value).to_string().as_str(), &*field.text(&value)), (json, text), "{name}");
        }
    }
}
