//! Alerts, as people see and deal with them.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::noun::{Field, Meaning, Value};
use super::picklist::picklist;
use super::selection::Selection;
use crate::score::alerts::{HeldBy, Rule, Severity};

picklist! {
    /// Where an alert stands; it is in one state at a time.
    AlertState, "alert_state", "alert state" {
        /// Waits for somebody.
        Open = "open",
        /// Somebody has seen to it.
        Acknowledged = "acknowledged",
        /// Rests until a day.
        Snoozed = "snoozed",
        /// Kept back until it is released; see [`HeldBy`].
        Held = "held",
        /// Over, or settled by a person.
        Resolved = "resolved",
    }
}

/// What somebody did about an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub at: DateTime<Utc>,
    /// E-mail address; none: a run, because the rule holds no longer.
    pub by: Option<String>,
    pub reason: Option<String>,
}

/// The account that an alert is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertAccount {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub name: String,
    pub arr: Option<i64>,
    /// E-mail address and name.
    pub owner: Option<(String, String)>,
}

/// An alert with what it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub id: Uuid,
    pub state: AlertState,
    pub severity: Severity,
    pub rule: Rule,
    /// 1 to 3: how far the rule has come.
    pub level: i64,
    /// None: it is about the organization's data, and `topic` says which.
    pub account: Option<AlertAccount>,
    pub topic: String,
    pub message: String,
    pub opened_on: NaiveDate,
    pub opened_at: DateTime<Utc>,
    /// When it last got worse.
    pub fired_on: NaiveDate,
    pub acknowledged: Option<Word>,
    /// The first day on which it is back, who snoozed it and why.
    pub snoozed: Option<(NaiveDate, Option<String>, Option<String>)>,
    pub resolved: Option<Word>,
    pub sent_at: Option<DateTime<Utc>>,
    /// Why it is held.
    pub held_by: Option<HeldBy>,
}

/// The fields of an alert, for those who show it.
pub static ALERT_FIELDS: [Field; 26] = [
    Field::new("id", Meaning::Id, "UUIDv7"),
    Field::new("state", Meaning::Choice(&AlertState::CHOICES), "state: open, acknowledged, snoozed, held, resolved"),
    Field::new("severity", Meaning::Choice(&Severity::CHOICES), "severity: info, warning, critical"),
    Field::new("rule", Meaning::Choice(&Rule::CHOICES), "alert rule"),
    Field::new("level", Meaning::Count, "level that the rule has reached, 1 to 3"),
    Field::new("account", Meaning::Line, "account: external id, or id if it has none"),
    Field::new("account_name", Meaning::Line, "name of the account"),
    Field::new("arr", Meaning::Money, "ARR of the account"),
    Field::new("owner", Meaning::Email, "owner of the account: e-mail address"),
    Field::new("owner_name", Meaning::Line, "name of the owner"),
    Field::new("topic", Meaning::Line, "data that the alert is about, if it is not about an account"),
    Field::new("message", Meaning::Line, "message, on one line"),
    Field::new("opened_on", Meaning::Date, "day on which it opened"),
    Field::new("opened_at", Meaning::Instant, "time of the night that opened it"),
    Field::new("fired_on", Meaning::Date, "day on which it last got worse"),
    Field::new("acknowledged_at", Meaning::Instant, "time of acknowledgement"),
    Field::new("acknowledged_by", Meaning::Email, "user who acknowledged it"),
    Field::new("acknowledged_reason", Meaning::Line, "reason for the acknowledgement"),
    Field::new("snoozed_until", Meaning::Date, "day on which it is shown again"),
    Field::new("snoozed_by", Meaning::Email, "user who snoozed it"),
    Field::new("snoozed_reason", Meaning::Line, "reason for the snooze"),
    Field::new("resolved_at", Meaning::Instant, "time of the resolution"),
    Field::new("resolved_by", Meaning::Email, "user who resolved it; blank: a run, because its rule no longer applied"),
    Field::new("resolved_reason", Meaning::Line, "reason for the resolution"),
    Field::new("sent_at", Meaning::Instant, "time of sending"),
    Field::new(
        "held_by",
        Meaning::Choice(&HeldBy::CHOICES),
        "reason for holding: guard, first_run, new_rule, new_model; blank: not held",
    ),
];

impl Alert {
    /// The value of a field of [`ALERT_FIELDS`].
    pub fn value(&self, field: &Field) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let some = |value: Option<&str>| value.map_or(Value::Null, text);
        let (account, owner) =
            (self.account.as_ref(), self.account.as_ref().and_then(|account| account.owner.as_ref()));
        let snoozed = self.snoozed.as_ref();
        match field.name {
            "id" => Value::Id(self.id),
            "state" => text(self.state.as_str()),
            "severity" => text(self.severity.as_str()),
            "rule" => text(self.rule.as_str()),
            "level" => Value::Integer(self.level),
            "account" => account.map_or(Value::Null, |account| Value::Text(account.label())),
            "account_name" => some(account.map(|account| account.name.as_str())),
            "arr" => account.and_then(|account| account.arr).map_or(Value::Null, Value::Integer),
            "owner" => some(owner.map(|(email, _)| email.as_str())),
            "owner_name" => some(owner.map(|(_, name)| name.as_str())),
            "topic" => some(Some(self.topic.as_str()).filter(|topic| !topic.is_empty())),
            "message" => text(&self.message),
            "opened_on" => Value::Date(self.opened_on),
            "opened_at" => Value::Instant(self.opened_at),
            "fired_on" => Value::Date(self.fired_on),
            "snoozed_until" => snoozed.map_or(Value::Null, |(until, ..)| Value::Date(*until)),
            "snoozed_by" => some(snoozed.and_then(|(_, by, _)| by.as_deref())),
            "snoozed_reason" => some(snoozed.and_then(|(.., reason)| reason.as_deref())),
            "held_by" => some(self.held_by.map(HeldBy::as_str)),
            "sent_at" => self.sent_at.map_or(Value::Null, Value::Instant),
            name => {
                let (what, part) = name.split_once('_').unwrap_or_default();
                let word = if what == "resolved" { self.resolved.as_ref() } else { self.acknowledged.as_ref() };
                match part {
                    "at" => word.map_or(Value::Null, |word| Value::Instant(word.at)),
                    "by" => some(word.and_then(|word| word.by.as_deref())),
                    "reason" => some(word.and_then(|word| word.reason.as_deref())),
                    _ => Value::Null,
                }
            }
        }
    }

    /// What a person would call it: `health_below of Acme`, `feed:usage`.
    pub fn title(&self) -> String {
        match &self.account {
            Some(account) => format!("{} of {}", self.rule.as_str(), account.name),
            None => self.topic.clone(),
        }
    }
}

impl AlertAccount {
    /// The external id, or the id where it has none.
    pub fn label(&self) -> String {
        self.external_id.clone().unwrap_or_else(|| self.id.to_string())
    }
}

/// Which alerts; they pass every condition, and an empty list does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertFilter {
    pub ids: Vec<Uuid>,
    pub states: Vec<AlertState>,
    pub severities: Vec<Severity>,
    pub rules: Vec<Rule>,
    pub held_by: Vec<HeldBy>,
    /// Alerts of archived accounts are seen by the account's name only.
    pub account: Option<Uuid>,
    pub owners: Vec<Uuid>,
    pub unowned: bool,
    /// Of accounts that pass each of these.
    pub segments: Vec<Selection>,
    /// Opened, or got worse, on that day or later.
    pub since: Option<NaiveDate>,
    /// Not sent since they last got worse.
    pub unsent: bool,
    /// Of accounts with at least so much ARR, in cents.
    pub arr_min: Option<i64>,
    /// The order of the list.
    pub sort: AlertSort,
}

picklist! {
    /// What alerts are listed by, the first first.
    AlertSort, "alert_sort", "sort" {
        /// The most urgent, of these the latest.
        Urgency = "urgency",
        /// The largest ARR, of these the latest; those about no account last.
        Arr = "arr",
        /// The latest.
        Opened = "opened",
    }
}

#[expect(clippy::derivable_impls, reason = "the macro derives no default")]
impl Default for AlertSort {
    fn default() -> Self {
        Self::Urgency
    }
}
