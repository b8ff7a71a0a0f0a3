//! Pairs of accounts that may be one customer.

use serde_json::Value as Json;

use super::Members;
use super::record::optional_text;
use crate::duplicates::Facts;
use crate::model::noun::{Field, Meaning, Value};
use crate::ops::duplicates::Pair;

/// A pair of accounts that may be the same customer.
pub static DUPLICATE_FIELDS: &[Field] = &[
    Field::new("score", Meaning::Score, "likelihood of a duplicate, 0 to 100; 100: same name and domain").required(),
    Field::new("keep_id", Meaning::Id, "id of the account to keep: the one with more data").required(),
    Field::new("keep_external_id", Meaning::Line, "external id of the account to keep"),
    Field::new("keep_name", Meaning::Line, "name of the account to keep").required(),
    Field::new("keep_domain", Meaning::Line, "domain of the account to keep"),
    Field::new("duplicate_id", Meaning::Id, "id of the duplicate").required(),
    Field::new("duplicate_external_id", Meaning::Line, "external id of the duplicate"),
    Field::new("duplicate_name", Meaning::Line, "name of the duplicate").required(),
    Field::new("duplicate_domain", Meaning::Line, "domain of the duplicate"),
    Field::new("signals", Meaning::Custom, "reasons for the score: points added or subtracted, by name").required(),
];

/// The value of a field of [`DUPLICATE_FIELDS`].
pub fn value(pair: &Pair, field: &Field) -> Value {
    let of = |facts: &Facts, what: &str| match what {
        "id" => Value::Id(facts.id),
        "external_id" => optional_text(facts.external_id.as_deref()),
        "name" => Value::Text(facts.name.clone()),
        "domain" => optional_text(facts.domain.as_deref()),
        _ => Value::Null,
    };
    match field.name {
        "score" => Value::Integer(i64::from(pair.score)),
        "signals" => {
            let signals = pair.signals.iter();
            let members: Members =
                signals.map(|(signal, points)| (signal.as_str().to_owned(), Json::from(*points))).collect();
            Value::Text(Json::Object(members).to_string())
        }
        name => match (name.strip_prefix("keep_"), name.strip_prefix("duplicate_")) {
            (Some(what), _) => of(&pair.keep, what),
            (_, Some(what)) => of(&pair.duplicate, what),
            _ => Value::Null,
        },
    }
}
