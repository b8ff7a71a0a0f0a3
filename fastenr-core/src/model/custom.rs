//! Custom fields: what an organization keeps on a record beyond its columns.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::error::Invalid;

/// A JSON object in canonical text: members sorted by name at every depth, no whitespace, numbers digit for digit as
/// written (an exponent as `e+5`), at most 64 KiB, no U+0000 anywhere. The same members make the same text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CustomFields(String);

impl CustomFields {
    /// The longest canonical text, in bytes.
    pub const MAX: usize = 64 * 1024;

    /// Of members with one name the last counts. Codes `custom_fields_json`, `custom_fields_nul`, `custom_fields_size`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text == "{}" {
            return Ok(Self::default());
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Self::from_map(fields),
            _ => Err(Invalid::new("custom_fields_json", "custom fields are a JSON object, nested at most 127 deep")),
        }
    }

    /// Codes `custom_fields_nul`, `custom_fields_size`.
    pub fn from_map(fields: Map<String, Value>) -> Result<Self, Invalid> {
        let mut fields = Value::Object(fields);
        if has_nul(&fields) {
            return Err(Invalid::new("custom_fields_nul", "custom fields do not contain the character U+0000"));
        }
        fields.sort_all_objects();
        let text = fields.to_string();
        if text.len() > Self::MAX {
            return Err(Invalid::new("custom_fields_size", "custom fields have at most 64 KiB"));
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0 == "{}"
    }

    pub fn to_map(&self) -> Map<String, Value> {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    pub fn get(&self, name: &str) -> Option<Value> {
        self.to_map().remove(name)
    }

    /// This with one member more or replaced.
    pub fn with(&self, name: &str, value: Value) -> Result<Self, Invalid> {
        let mut fields = self.to_map();
        fields.insert(name.to_owned(), value);
        Self::from_map(fields)
    }

    /// This with the members of `changes` put over it, one by one; a `null` takes its member away.
    pub fn merged(&self, changes: &Self) -> Result<Self, Invalid> {
        if changes.is_empty() {
            return Ok(self.clone());
        }
        let mut fields = self.to_map();
        for (name, value) in changes.to_map() {
            if value.is_null() {
                fields.remove(&name);
            } else {
                fields.insert(name, value);
            }
        }
        Self::from_map(fields)
    }
}

impl Default for CustomFields {
    fn default() -> Self {
        Self("{}".to_owned())
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

impl std::fmt::Display for CustomFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for CustomFields {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

/// As the object, not as its text.
impl Serialize for CustomFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_map().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn canonical_text() {
        for (text, canonical) in [
            ("{}", "{}"),
            (
                " { \"b\" : 1 , \"a\" : { \"d\":[ 1, {\"z\":1,\"y\":2} ] , \"c\":null } } ",
                r#"{"a":{"c":null,"d":[1,{"y":2,"z":1}]},"b":1}"#,
            ),
            (r#"{"n":1.50,"m":123456789012345678901234567890}"#, r#"{"m":123456789012345678901234567890,"n":1.50}"#),
            (r#"{"e":1E5,"f":1e-5,"g":1e+5}"#, r#"{"e":1e+5,"f":1e-5,"g":1e+5}"#),
            (r#"{"\u0061":"\u00e9\/"}"#, r#"{"a":"é/"}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (r#"{"a":"\\u0000"}"#, r#"{"a":"\\u0000"}"#),
        ] {
            assert_eq!(CustomFields::parse(text).unwrap().as_str(), canonical, "{text}");
        }
    }

    #[test]
    fn refusals() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(CustomFields::MAX - 7));
        for (text, code) in [
            ("", "custom_fields_json"),
            ("[]", "custom_fields_json"),
            ("null", "custom_fields_json"),
            ("{\"a\":NaN}", "custom_fields_json"),
            (r#"{"a":"\ud800"}"#, "custom_fields_json"),
            (&deep, "custom_fields_json"),
            (r#"{"a":"\u0000"}"#, "custom_fields_nul"),
            (r#"{"a":[{"\u0000":1}]}"#, "custom_fields_nul"),
            (&large, "custom_fields_size"),
        ] {
            assert_eq!(CustomFields::parse(text).unwrap_err().code, code, "{text}");
        }
        assert!(CustomFields::parse(&format!("{{\"a\":\"{}\"}}", "x".repeat(CustomFields::MAX - 8))).is_ok());
    }

    #[test]
    fn single_members() {
        let fields = CustomFields::default().with("tier", json!("gold")).unwrap().with("arms", json!(2)).unwrap();
        assert_eq!(fields.as_str(), r#"{"arms":2,"tier":"gold"}"#);
        assert_eq!(fields.get("tier"), Some(json!("gold")));
        assert_eq!(fields.get("legs"), None);
        let changes = CustomFields::parse(r#"{"tier":null,"legs":{"left":1}}"#).unwrap();
        assert_eq!(fields.merged(&changes).unwrap().as_str(), r#"{"arms":2,"legs":{"left":1}}"#);
        assert_eq!(fields.with("x", json!("\0")).unwrap_err().code, "custom_fields_nul");
        assert_eq!(serde_json::to_string(&fields).unwrap(), fields.as_str());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[^\0]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[^\0]{0,4}", inner), 0..4).prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn canonical_is_canonical(fields in prop::collection::vec(("[^\0]{0,4}", any_json()), 0..5)) {
            let map: Map<_, _> = fields.iter().cloned().collect();
            let reversed: Map<_, _> = map.clone().into_iter().rev().collect();
            let canonical = CustomFields::from_map(map).unwrap();
            prop_assert_eq!(&CustomFields::from_map(reversed).unwrap(), &canonical);
            prop_assert_eq!(&CustomFields::parse(canonical.as_str()).unwrap(), &canonical);
        }
    }
}
