//! What needs somebody today: one row an account.

use chrono::NaiveDate;
use serde::Serialize;

use super::movers::CHANGE;
use super::record::{count, optional_number, optional_text, text};
use super::{Members, record};
use crate::model::AccountBand;
use crate::model::noun::{Field, Meaning, Value};
use crate::ops::today::{Today, TodayRow};
use crate::score::alerts::{Rule, Severity};

/// An account that needs something.
pub static TODAY_FIELDS: &[Field] = &[
    Field::new(
        "severity",
        Meaning::Choice(&Severity::CHOICES),
        "severity of the most urgent alert; overdue task: warning, task due today: info",
    )
    .required(),
    Field::new("account_name", Meaning::Line, "name of the account").required(),
    Field::new("account", Meaning::Line, "account: external id, or id if it has none").required(),
    Field::new("account_id", Meaning::Id, "id of the account").required(),
    Field::new("reason", Meaning::Line, "message of the most urgent alert, or the task that is due first").required(),
    Field::new("rule", Meaning::Choice(&Rule::CHOICES), "rule of the most urgent alert; blank: no open alert"),
    Field::new("alert", Meaning::Id, "id of the most urgent alert"),
    Field::new("alerts", Meaning::Count, "number of open alerts").required(),
    Field::new("task", Meaning::Id, "id of the task that is due first; blank: no task is due"),
    Field::new("tasks", Meaning::Count, "number of open tasks due by today").required(),
    Field::new("owner", Meaning::Email, "owner of the account: e-mail address"),
    Field::new("arr", Meaning::Money, "ARR of the account"),
    Field::new("contract_end", Meaning::Date, "renewal date of the account"),
    Field::new("weight", Meaning::Money, "ARR weighted by how near the renewal is: 1 to 4 times the ARR").required(),
    Field::new("health_score", Meaning::Score, "health score of the account"),
    Field::new("band", Meaning::Choice(&AccountBand::CHOICES), "health band of the account"),
    Field::new("health_change", Meaning::Number(&CHANGE), "change of health between the two latest runs"),
    Field::new("changed", Meaning::Line, "what changed since yesterday, in words, separated by semicolons"),
    Field::new("last_engagement", Meaning::Instant, "time of the last completed engagement"),
    Field::new("next_step", Meaning::Line, "the open task due first, or the planned engagement before it"),
    Field::new("next_step_on", Meaning::Date, "day of the next step"),
];

/// The value of a field of [`TODAY_FIELDS`].
pub fn value(row: &TodayRow, field: &Field) -> Value {
    let (account, alert, task) = (&row.account, row.alerts.first(), row.due.first());
    match field.name {
        "severity" => text(row.severity.as_str()),
        "account_name" => text(&account.name),
        "account" => Value::Text(account.external_id.clone().unwrap_or_else(|| account.id.to_string())),
        "account_id" => Value::Id(account.id),
        "reason" => Value::Text(row.reason()),
        "rule" => optional_text(alert.map(|alert| alert.rule.as_str())),
        "alert" => alert.map_or(Value::Null, |alert| Value::Id(alert.id)),
        "alerts" => count(row.alerts.len() as u64),
        "task" => task.map_or(Value::Null, |task| Value::Id(task.id())),
        "tasks" => count(row.due.len() as u64),
        "owner" => optional_text(account.owner.as_ref().map(|owner| owner.label.as_str())),
        "arr" => optional_number(account.arr.map(|arr| arr.cents())),
        "contract_end" => account.contract_end.map_or(Value::Null, Value::Date),
        "weight" => Value::Integer(row.weight),
        "health_score" => optional_number(account.health_score),
        "band" => optional_text(account.band.map(AccountBand::as_str)),
        "health_change" => optional_number(row.health_change()),
        "changed" => {
            let words: Vec<String> = row.changes.iter().map(|change| change.words()).collect();
            optional_text(Some(words.join("; ").as_str()).filter(|words| !words.is_empty()))
        }
        "last_engagement" => row.last_engagement.map_or(Value::Null, Value::Instant),
        "next_step" => optional_text(row.next.as_ref().map(|step| step.title.as_str())),
        "next_step_on" => row.next.as_ref().and_then(|step| step.day).map_or(Value::Null, Value::Date),
        _ => Value::Null,
    }
}

/// The accounts that need something today.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TodayList {
    /// The day, in the organization's time zone.
    pub day: NaiveDate,
    /// The organization's currency.
    pub currency: String,
    /// The day of the latest run; null: no run yet.
    pub scored: Option<NaiveDate>,
    /// The day of the run before it, with which scores are compared; null: no such run.
    pub compared: Option<NaiveDate>,
    /// Number of accounts that need something, listed or not.
    pub total: u64,
    /// Number of them with a critical alert.
    pub critical: u64,
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::accounts))]
    pub accounts: Vec<Members>,
}

impl From<&Today> for TodayList {
    fn from(found: &Today) -> Self {
        let row = |row: &TodayRow| record(TODAY_FIELDS, |field| value(row, field));
        Self {
            day: found.day,
            currency: found.currency.clone(),
            scored: found.scored,
            compared: found.compared,
            total: found.total,
            critical: found.critical,
            accounts: found.rows.iter().map(row).collect(),
        }
    }
}

#[cfg(feature = "schema")]
mod schemas {
    use utoipa::openapi::{RefOr, Schema};

    use super::super::schema::records;
    use super::TODAY_FIELDS;

    pub(super) fn accounts() -> RefOr<Schema> {
        records(TODAY_FIELDS, "by severity, then by weight")
    }
}
