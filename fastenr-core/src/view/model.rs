//! Models of scores: what is stored, and what is odd about one.

use serde::Serialize;

use super::record::{count, optional_text, text};
use crate::model::noun::{Field, Meaning, Value};
use crate::ops::models::{Check, ModelLine};
use crate::score::model::{Finding, Problem};

/// A revision of a model.
pub static MODEL_FIELDS: &[Field] = &[
    Field::new("position", Meaning::Count, "position among the models in use, from 1; null: not in use"),
    Field::new("name", Meaning::Line, "name of the model").required(),
    Field::new("revision", Meaning::Count, "revision, from 1; 0: the built-in model").required(),
    Field::new("fingerprint", Meaning::Line, "fingerprint of its numbers").required(),
    Field::new("applies_to", Meaning::Line, "conditions on accounts, or all").required(),
    Field::new("created_by", Meaning::Line, "user who stored it: e-mail address; null: the built-in model"),
    Field::new("created_at", Meaning::Instant, "time of storing"),
];

/// The value of a field of [`MODEL_FIELDS`].
pub fn value(line: &ModelLine, field: &Field) -> Value {
    match field.name {
        "position" => line.position.map_or(Value::Null, count),
        "name" => text(&line.name),
        "revision" => Value::Integer(line.revision),
        "fingerprint" => text(&line.fingerprint),
        "applies_to" => text(if line.applies_to.is_empty() { "all" } else { &line.applies_to }),
        "created_by" => optional_text(line.created_by.as_deref()),
        "created_at" => line.created_at.map_or(Value::Null, Value::Instant),
        _ => Value::Null,
    }
}

/// The result of a check. An invalid model has problems; a valid model can have findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ModelCheck {
    /// Whether the model breaks no rule.
    pub valid: bool,
    /// Name of a valid model; `fingerprint` and `accounts`, too, are only of valid models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Number of accounts that it would score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u64>,
    pub problems: Vec<Problem>,
    pub findings: Vec<Finding>,
}

impl ModelCheck {
    /// The result for a text that is not a model.
    pub const fn refused(problems: Vec<Problem>) -> Self {
        Self { valid: false, name: None, fingerprint: None, accounts: None, problems, findings: Vec::new() }
    }
}

impl From<&Check> for ModelCheck {
    fn from(check: &Check) -> Self {
        Self {
            valid: true,
            name: Some(check.name.clone()),
            fingerprint: Some(check.fingerprint.clone()),
            accounts: Some(check.accounts),
            problems: Vec::new(),
            findings: check.findings.clone(),
        }
    }
}
