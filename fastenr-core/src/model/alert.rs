//! Alerts, as people see and deal with them.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::noun::{Field, Meaning, Noun, Storage, Value};
use super::nouns::ScopeNoun;
use super::picklist::picklist;
use super::selection::{ALL, Filter, Selection, Sort, Test};
use crate::error::Result;
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
        /// Over, or settled by a person: the last.
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

/// Positions are bits of no mask: the journal has the columns of its own.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7"),
    Field::new("state", Meaning::Choice(&AlertState::CHOICES), "state: open, acknowledged, snoozed, held, resolved")
        .read_by(STATE),
    Field::new("severity", Meaning::Choice(&Severity::CHOICES), "severity: info, warning, critical"),
    Field::new("rule", Meaning::Choice(&Rule::CHOICES), "alert rule"),
    Field::new("level", Meaning::Count, "level that the rule has reached, 1 to 3"),
    Field::new("account", Meaning::Account, "account: external id, or id if it has none").column("account_id"),
    Field::new("account_name", Meaning::Line, "name of the account"),
    Field::new("arr", Meaning::Money, "ARR of the account").read_by("acc.arr"),
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
    )
    .read_by("case when a.held then coalesce(a.held_by, 'guard') end"),
]);

/// The state on the day that stands for `{}`, as [`AlertState`] has it.
pub const STATE: &str = "case when a.resolved_at is not null then 'resolved' when a.held then 'held' \
    when a.snoozed_until > {} then 'snoozed' when a.acknowledged_at is not null then 'acknowledged' else 'open' end";

/// The filter of alerts that are still to be sent.
pub const UNSENT: &str = "unsent";

const FILTERS: &[Filter] = &[
    Filter::new("id", Test::Alerts, "ID,ID", "Ids of alerts").implies("state", ALL),
    Filter::new(
        "state",
        Test::State { field: "state", at: Storage::Date, ended: "a.resolved_at" },
        "STATE,STATE",
        "States: open, acknowledged, snoozed, held, resolved; or all [default: open]",
    )
    .usual(AlertState::Open.as_str())
    .prominent(),
    Filter::new("severity", Test::AnyOf("severity"), "SEVERITY,SEVERITY", "Severities: info, warning, critical")
        .prominent(),
    Filter::new("rule", Test::AnyOf("rule"), "RULE,RULE", "Alert rules, such as health_drop or renewal_window")
        .prominent(),
    Filter::new(
        "held_by",
        Test::AnyOf("held_by"),
        "REASON,REASON",
        "Reasons for holding: guard, first_run, new_rule, new_model; without a state, only held alerts",
    )
    .implies("state", AlertState::Held.as_str()),
    Filter::ACCOUNT,
    Filter::new("owner", Test::Owners, "USER,USER", "Owners of the accounts: e-mail address, id, unique name, or @me")
        .prominent(),
    Filter::new(
        "unowned",
        Test::Is("a.account_id is not null and acc.owner_id is null"),
        "",
        "Only alerts of accounts without an owner; with owner: alerts of both",
    )
    .widens("owner"),
    Filter::SEGMENT.prominent(),
    Filter::new("arr_min", Test::Least("arr"), "AMOUNT", "Minimum ARR of the account"),
    Filter::new(
        "since",
        Test::From("a.fired_on", Storage::Date),
        "DATE",
        "Opened or got worse since, such as 7d, monday or 2026-03-01",
    ),
    Filter::new(UNSENT, Test::Is("a.sent_at is null"), "", "Not sent since they last got worse"),
];

/// How urgent an alert is: 0 info, 1 warning, 2 critical.
pub const URGENCY: &str = "cast(case a.severity when 'critical' then 2 when 'warning' then 1 else 0 end as bigint)";

/// Of equals the latest first, or last.
const SORTS: &[Sort] = &[
    Sort::by("urgency", URGENCY, Storage::Integer).then("a.opened_at", Storage::Instant).descending(),
    Sort::by("arr", "coalesce(acc.arr, -1)", Storage::Integer).then("a.opened_at", Storage::Instant).descending(),
    Sort::by("opened", "a.opened_at", Storage::Instant).descending(),
];

/// Written by runs, and by what people do about them.
pub static ALERT: Noun = Noun {
    keys: &[],
    kept: &[],
    filters: FILTERS,
    sorts: SORTS,
    scope: Some(ScopeNoun::Alerts),
    ..Noun::new("alert", "alerts", FIELDS)
};

/// The alerts that are in this state on the day.
///
/// # Errors
/// None that a filter of the table has.
pub fn in_state(state: AlertState, today: NaiveDate) -> Result<Selection> {
    let state = Value::Text(state.as_str().to_owned());
    Selection::default().with(&ALERT, "state", [Value::Date(today), state])
}

/// Which held alerts are let through: those that pass every condition; an empty list does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldFilter {
    pub rules: Vec<Rule>,
    pub held_by: Vec<HeldBy>,
    /// Of accounts with so much ARR, in cents.
    pub min_arr: Option<i64>,
}

impl HeldFilter {
    /// The same by the filters of alerts, those of archived accounts too.
    ///
    /// # Errors
    /// None that a filter of the table has.
    pub fn selection(&self) -> Result<Selection> {
        let texts = |texts: Vec<&str>| texts.into_iter().map(|text| Value::Text(text.to_owned())).collect::<Vec<_>>();
        let rules = texts(self.rules.iter().map(|rule| rule.as_str()).collect());
        let reasons = texts(self.held_by.iter().map(|reason| reason.as_str()).collect());
        let chosen = Selection::everything().with(&ALERT, "rule", rules)?.with(&ALERT, "held_by", reasons)?;
        match self.min_arr {
            Some(arr) => chosen.with(&ALERT, "arr_min", [Value::Integer(arr)]),
            None => Ok(chosen),
        }
    }
}

impl Alert {
    /// The value of a field of [`ALERT`].
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
