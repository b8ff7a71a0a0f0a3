//! The facts of one account, made of the rows that the database gave.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::day::Day;
use crate::error::{Error, Kind, Result};
use crate::model::{RenewalStage, Size, Status};
use crate::score::{AccountFacts, Adjustment, Outcome, Sentiment, Severe, Stage, Touch};
use crate::store::scores::accounts::{AccountRow, FieldBefore, SentimentDay, SevereDay};
use crate::store::scores::touch::{AdjustmentRow, CompletedEngagement, ContactRole, LastTouch};

/// Whom the organization itself has.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnAddresses {
    /// Addresses of users, in lower case.
    pub(super) users: HashSet<String>,
    /// Domains, in lower case.
    pub(super) domains: Vec<String>,
}

impl OwnAddresses {
    fn has(&self, email: &str) -> bool {
        let within = |domain: &String| {
            email.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('@') || rest.ends_with('.'))
        };
        self.users.contains(email) || self.domains.iter().any(within)
    }
}

fn known<T, E>(parsed: Result<T, E>, what: &str, text: &str) -> Result<T> {
    parsed.map_err(|_| Error::new(Kind::Storage, "corrupt", format!("{what} holds {text:?}")))
}

/// What the fields were on the day: the old value of the first change after it, or what they are.
struct PastFields<'c> {
    changes: &'c [FieldBefore],
    day: NaiveDate,
}

impl PastFields<'_> {
    /// The text that a field had at the end of `day`; none where it did not change since.
    fn text(&self, field: &str, day: NaiveDate) -> Option<Option<&str>> {
        let first = self.changes.iter().find(|change| change.field == field && change.effective_on > day)?;
        Some(first.old_value.as_deref())
    }

    fn value<T>(&self, field: &str, now: Option<T>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        match self.text(field, self.day) {
            None => Ok(now),
            Some(None) => Ok(None),
            Some(Some(text)) => known(parse(text).map(Some).ok_or(()), "account_changes", text),
        }
    }
}

/// An account's own fields as of the day; none where the account had churned.
pub(super) fn account(row: &AccountRow, changes: &[FieldBefore], day: &Day) -> Result<Option<AccountFacts>> {
    let past = PastFields { changes, day: day.seen };
    let status =
        past.value("status", Some(known(Status::parse(&row.status), "accounts.status", &row.status)?), |text| {
            Status::parse(text).ok()
        })?;
    let status = status.unwrap_or(Status::Active);
    // The day counts where there is one: a customer that was entered as churned had not churned before it.
    let churned = match row.churned_on {
        Some(on) => on <= day.date,
        None => status == Status::Churned,
    };
    if churned {
        return Ok(None);
    }
    let status = if status == Status::Churned { Status::Active } else { status };
    let cents = |text: &str| text.parse::<i64>().ok();
    let created_on = day.date_of(row.created_at);
    let exists_since = row.contract_start.map_or(created_on, |start| start.min(created_on));
    let base = exists_since.max(day.months_back(12));
    let arr_before = match past.text("arr", base) {
        _ if exists_since > day.months_back(3) => None,
        None => row.arr,
        Some(None) => None,
        Some(Some(text)) => Some(known(cents(text).ok_or(()), "account_changes", text)?),
    };
    let size = row.size.as_deref().map(|text| known(Size::parse(text), "accounts.size", text)).transpose()?;
    let stage = row.renewal_stage.as_deref();
    let stage = stage.map(|text| known(RenewalStage::parse(text), "accounts.renewal_stage", text)).transpose()?;
    let date = |text: &str| text.parse::<NaiveDate>().ok();
    Ok(Some(AccountFacts {
        size: past.value("size", size, |text| Size::parse(text).ok())?,
        status,
        arr: past.value("arr", row.arr, cents)?,
        arr_before,
        seats: past.value("seats", row.seats, |text| text.parse().ok())?,
        contract_start: row.contract_start,
        contract_end: past.value("contract_end", row.contract_end, date)?,
        auto_renew: past.value("auto_renew", row.auto_renew, |text| text.parse().ok())?,
        renewal_stage: past.value("renewal_stage", stage, |text| RenewalStage::parse(text).ok())?,
        past_due_since: past.value("past_due_since", row.past_due_since, date)?.filter(|since| *since <= day.date),
        exists_since,
    }))
}

/// Fields that scores ask for first, in the order of [`unknown`].
pub(super) const FIELDS: [&str; 4] = ["size", "arr", "seats", "contract_end"];

/// Which of them have a value today and had none on the day.
pub(super) fn unknown(row: &AccountRow, then: &AccountFacts) -> [bool; FIELDS.len()] {
    [
        row.size.is_some() && then.size.is_none(),
        row.arr.is_some() && then.arr.is_none(),
        row.seats.is_some() && then.seats.is_none(),
        row.contract_end.is_some() && then.contract_end.is_none(),
    ]
}

pub(super) fn severe(days: &[SevereDay], day: &Day) -> Vec<Severe> {
    let of =
        |row: &SevereDay| Severe { age: day.age_of(row.metric_date), urgent: row.urgent, escalated: row.escalated };
    days.iter().map(of).collect()
}

/// The latest.
pub(super) fn sentiment(days: &[SentimentDay], day: &Day) -> Option<Sentiment> {
    days.first().map(|row| Sentiment {
        age: day.age_of(row.metric_date),
        red: row.sentiment == "red",
        reasoned: row.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty()),
    })
}

pub(super) fn adjustment(rows: &[AdjustmentRow]) -> Option<Adjustment> {
    rows.first().map(|row| Adjustment {
        score: row.score,
        reason: row.reason.clone(),
        until: row.until_date,
        by: row.by.clone(),
    })
}

#[derive(Deserialize)]
struct Person {
    name: Option<String>,
    email: Option<String>,
}

/// Engagements and contacts.
pub(super) fn touch(
    completed: &[CompletedEngagement],
    last: Option<&LastTouch>,
    roles: &[ContactRole],
    own: &OwnAddresses,
    day: &Day,
) -> Result<Touch> {
    let mut touch = Touch {
        any: last.is_some(),
        last: last.and_then(|last| last.last).map(|at| day.age(at)),
        roles: !roles.is_empty(),
        ..Touch::default()
    };
    let mut people: HashSet<String> = HashSet::new();
    for engagement in completed {
        let age = day.age(engagement.completed_at);
        if let Some(stage) = engagement.competitor_stage.as_deref().and_then(stage) {
            touch.signals.push((age, stage));
        }
        if age >= 180 {
            continue;
        }
        if matches!(engagement.kind.as_str(), "meeting" | "call" | "demo" | "training") {
            touch.recent += i64::from(age < 90);
            touch.before += i64::from(age >= 90);
        }
        let outbound = engagement.kind == "email" && engagement.direction.as_deref() == Some("outbound");
        if outbound && (7..=67).contains(&age) {
            touch.outbound += 1;
            let answered = |at| (0..=7).contains(&(age - day.age(at)));
            touch.answered += i64::from(engagement.responded_at.is_some_and(answered));
        }
        if let Some(outcome) = engagement.outcome.as_deref().and_then(outcome) {
            touch.outcomes.push((age, outcome));
        }
        if age < 90 {
            touch.engagements += 1;
            attend(&mut touch, &mut people, &engagement.attendees, roles, own)?;
        }
    }
    touch.people = i64::try_from(people.len()).unwrap_or(i64::MAX);
    touch.outcomes.sort_by_key(|(age, outcome)| (*age, *outcome as u8));
    touch.signals.sort_by_key(|(age, stage)| (*age, *stage as u8));
    for contact in roles.iter().filter(|contact| contact.role == "champion") {
        match contact.left_on.map(|on| day.age_of(on)).filter(|age| *age >= 0) {
            None => touch.champion = true,
            Some(age) if age < 180 => {
                touch.champion_left = Some(touch.champion_left.map_or(age, |known: i64| known.min(age)));
            }
            Some(_) => {}
        }
    }
    Ok(touch)
}

/// Who of the customer was there.
fn attend(
    touch: &mut Touch,
    people: &mut HashSet<String>,
    json: &str,
    roles: &[ContactRole],
    own: &OwnAddresses,
) -> Result<()> {
    if json == "[]" {
        return Ok(());
    }
    let attendees: Vec<Person> = known(serde_json::from_str(json), "engagements.attendees", json)?;
    for Person { name, email } in attendees {
        let email = email.map(|email| email.to_ascii_lowercase());
        if email.as_deref().is_some_and(|email| own.has(email)) {
            continue;
        }
        let role = |wanted: &str| {
            roles.iter().any(|contact| contact.role == wanted && contact.email.is_some() && contact.email == email)
        };
        touch.champion_attended |= role("champion");
        touch.decision_maker_attended |= role("decision_maker");
        people.extend(email.or_else(|| name.map(|name| name.to_lowercase())));
    }
    Ok(())
}

fn outcome(text: &str) -> Option<Outcome> {
    Some(match text {
        "positive" => Outcome::Positive,
        "neutral" => Outcome::Neutral,
        "action_required" => Outcome::ActionRequired,
        "negative" => Outcome::Negative,
        _ => return None,
    })
}

fn stage(text: &str) -> Option<Stage> {
    Some(match text {
        "mention" => Stage::Mention,
        "evaluation" => Stage::Evaluation,
        "pilot" => Stage::Pilot,
        "decision" => Stage::Decision,
        _ => return None,
    })
}

/// Rows of one account after another, handed out account by account.
pub(super) struct Groups<T> {
    rows: Vec<T>,
    at: usize,
    account: fn(&T) -> Uuid,
}

impl<T> Groups<T> {
    /// Rows by account, ascending.
    pub(super) fn new(rows: Vec<T>, account: fn(&T) -> Uuid) -> Self {
        Self { rows, at: 0, account }
    }

    /// Those of the account, which comes after the ones that were asked for before.
    pub(super) fn of(&mut self, id: Uuid) -> &[T] {
        let rest = self.rows.get(self.at..).unwrap_or_default();
        let from = self.at + rest.partition_point(|row| (self.account)(row) < id);
        let rest = self.rows.get(from..).unwrap_or_default();
        let count = rest.iter().take_while(|row| (self.account)(row) == id).count();
        self.at = from + count;
        self.rows.get(from..self.at).unwrap_or_default()
    }
}
