//! What was done about alerts; an alert itself is [`ALERT`](crate::model::alert::ALERT).

use serde::Serialize;
use uuid::Uuid;

use super::Named;
use super::record::text;
use crate::model::noun::{Field, Meaning, Value};
use crate::ops::alerts::ReleaseOutcome;
use crate::ops::scores::OpenedAlert;
use crate::score::alerts::{Rule, Severity};

/// Number of released alerts, by rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AlertsReleased {
    /// One member per rule with released alerts, named like the rule.
    #[serde(flatten)]
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, u64>))]
    pub rules: Named<u64>,
    /// The operation; null: no alerts were held, or a dry run.
    pub operation: Option<Uuid>,
}

impl From<&ReleaseOutcome> for AlertsReleased {
    fn from(done: &ReleaseOutcome) -> Self {
        let rules = done.rules.iter().map(|(rule, count)| (rule.as_str().to_owned(), *count));
        Self { rules: rules.collect(), operation: done.operation }
    }
}

/// An alert that the test of the rules on past days would have opened.
pub static REPLAY_FIELDS: &[Field] = &[
    Field::new("on", Meaning::Date, "day on which it would have opened").required(),
    Field::new("severity", Meaning::Choice(&Severity::CHOICES), "severity: info, warning, critical").required(),
    Field::new("rule", Meaning::Choice(&Rule::CHOICES), "alert rule").required(),
    Field::new("account", Meaning::Line, "account: external id, or id if it has none").required(),
    Field::new("account_name", Meaning::Line, "name of the account").required(),
    Field::new("message", Meaning::Line, "message, on one line").required(),
    Field::new("raised", Meaning::Boolean, "true: it was open and got worse").required(),
    Field::new("held", Meaning::Boolean, "true: the guard would have held it").required(),
    Field::new("left", Meaning::Boolean, "true: the account churned within 90 days after; empty: they are not over"),
];

/// The value of a field of [`REPLAY_FIELDS`].
pub fn replayed(opened: &OpenedAlert, field: &Field) -> Value {
    match field.name {
        "on" => Value::Date(opened.on),
        "severity" => text(opened.severity.as_str()),
        "rule" => text(opened.rule.as_str()),
        "account" => text(&opened.account),
        "account_name" => text(&opened.account_name),
        "message" => text(&opened.message),
        "raised" => Value::Boolean(opened.raised),
        "held" => Value::Boolean(opened.held),
        "left" => opened.left.map_or(Value::Null, Value::Boolean),
        _ => Value::Null,
    }
}
