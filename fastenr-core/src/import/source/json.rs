//! A JSON value as the text of a cell.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The key under which serde_json hands out a number as it is written.
const NUMBER: &str = "$serde_json::private::Number";

/// What a value was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    Null,
    Plain,
    /// An object or an array.
    Nested,
}

/// Reads a value and appends its text: a string bare, anything else as compact JSON, keys in the order of the file. A key that stands twice in an object, at any depth, is an error.
pub(super) struct CellText<'a> {
    out: &'a mut String,
    /// Strings are quoted and `null` is written.
    nested: bool,
}

impl<'a> CellText<'a> {
    pub(super) fn new(out: &'a mut String) -> Self {
        Self { out, nested: false }
    }

    fn nested(out: &'a mut String) -> Self {
        Self { out, nested: true }
    }

    fn push<E: Error>(self, text: impl fmt::Display) -> Result<ValueKind, E> {
        fmt::Write::write_fmt(self.out, format_args!("{text}")).map_err(E::custom)?;
        Ok(ValueKind::Plain)
    }
}

impl<'de> DeserializeSeed<'de> for CellText<'_> {
    type Value = ValueKind;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ValueKind, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CellText<'_> {
    type Value = ValueKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<ValueKind, E> {
        if self.nested {
            self.out.push_str("null");
        }
        Ok(ValueKind::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<ValueKind, E> {
        self.push(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<ValueKind, E> {
        self.push(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<ValueKind, E> {
        self.push(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<ValueKind, E> {
        self.push(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<ValueKind, E> {
        if self.nested {
            return self.push(quoted(value)?);
        }
        self.out.push_str(value);
        Ok(ValueKind::Plain)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<ValueKind, A::Error> {
        let mut separator = '[';
        loop {
            let before = self.out.len();
            self.out.push(separator);
            if values.next_element_seed(CellText::nested(self.out))?.is_none() {
                self.out.truncate(before);
                break;
            }
            separator = ',';
        }
        self.out.push_str(if separator == '[' { "[]" } else { "]" });
        Ok(ValueKind::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<ValueKind, A::Error> {
        let mut keys = HashSet::new();
        let mut separator = '{';
        while let Some(key) = members.next_key::<String>()? {
            if key == NUMBER {
                let number = members.next_value::<String>()?;
                return self.push(number);
            }
            self.out.push(separator);
            self.out.push_str(&quoted(&key)?);
            self.out.push(':');
            members.next_value_seed(CellText::nested(self.out))?;
            if let Some(key) = keys.replace(key) {
                return Err(A::Error::custom(format_args!("the key {key:?} stands twice in one object")));
            }
            separator = ',';
        }
        self.out.push_str(if separator == '{' { "{}" } else { "}" });
        Ok(ValueKind::Nested)
    }
}

fn quoted<E: Error>(text: &str) -> Result<String, E> {
    serde_json::to_string(text).map_err(E::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Result<(String, ValueKind), String> {
        let mut out = String::new();
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let told = CellText::new(&mut out).deserialize(&mut deserializer).map_err(|error| error.to_string())?;
        deserializer.end().map_err(|error| error.to_string())?;
        Ok((out, told))
    }

    #[test]
    fn scalars_are_bare() {
        for (json, cell) in [
            (r#""a\u00e9\n\"b\"""#, "aé\n\"b\""),
            ("12345678901234567890123.4500", "12345678901234567890123.4500"),
            ("-0.10", "-0.10"),
            ("-0", "-0"),
            ("1e-7", "1e-7"),
            ("true", "true"),
            ("\"\"", ""),
        ] {
            assert_eq!(text(json), Ok((cell.into(), ValueKind::Plain)), "{json}");
        }
        assert_eq!(text("null"), Ok((String::new(), ValueKind::Null)));
    }

    #[test]
    fn nested_values_are_compact_and_in_order() {
        for (json, cell) in [
            (r#"[ "a" , 1.50, null, [ ], { } ]"#, r#"["a",1.50,null,[],{}]"#),
            (r#"{"z": {"y\"": [1, {"x": false}]}, "a": "é"}"#, r#"{"z":{"y\"":[1,{"x":false}]},"a":"é"}"#),
        ] {
            assert_eq!(text(json), Ok((cell.into(), ValueKind::Nested)));
        }
    }

    #[test]
    fn nested_keys_stand_once() {
        assert!(text(r#"[{"a": 1, "a": 1}]"#).unwrap_err().contains(r#"the key "a" stands twice"#));
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(text(&"[".repeat(100_000)).unwrap_err().contains("recursion limit"));
    }
}
