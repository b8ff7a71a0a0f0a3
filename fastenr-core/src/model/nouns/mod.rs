//! The registry of nouns: what there is, what keys call it, what the timeline calls it.
//!
//! To add a noun: a file with its table beside this one, a line in [`NOUNS`], and its words in [`ScopeNoun`] and [`EventKind`]. The
//! journal, merges, imports, exports, the feed, the API, its document and the tests read it from here.

mod task;

use super::account::ACCOUNT;
use super::activity::ACTIVITY;
use super::alert::ALERT;
use super::api_key::API_KEY;
use super::arr_change::ARR_CHANGE;
use super::attachment::ATTACHMENT;
use super::contact::CONTACT;
use super::engagement::ENGAGEMENT;
use super::field_change::FIELD_CHANGE;
use super::goal::GOAL;
use super::metric::METRIC;
use super::noun::Noun;
use super::operation::OPERATION;
use super::organization::ORGANIZATION;
use super::picklist::picklist;
use super::segment::SEGMENT;
use super::team::TEAM;
use super::user::USER;

pub use task::{DATED, DUE_WITHIN, OVERDUE, TASK, TaskSource, UNDATED};

/// All of them, what is pointed at before what points at it.
pub static NOUNS: &[&Noun] = &[
    &ORGANIZATION,
    &USER,
    &API_KEY,
    &SEGMENT,
    &OPERATION,
    &ACTIVITY,
    &ACCOUNT,
    &CONTACT,
    &TEAM,
    &ENGAGEMENT,
    &ATTACHMENT,
    &METRIC,
    &GOAL,
    &ARR_CHANGE,
    &FIELD_CHANGE,
    &TASK,
    &ALERT,
];

picklist! {
    /// What a scope is about.
    ScopeNoun, "scope", "the noun of a scope" {
        Accounts = "accounts",
        Contacts = "contacts",
        Engagements = "engagements",
        Goals = "goals",
        Metrics = "metrics",
        Health = "health",
        Alerts = "alerts",
        Activities = "activities",
        Operations = "operations",
        Segments = "segments",
        Arr = "arr",
        Changes = "changes",
        Users = "users",
        Calendar = "calendar",
        Tasks = "tasks",
        People = "people",
    }
}

picklist! {
    /// What an event is about.
    EventKind, "event_kind", "a kind of event" {
        Engagement = "engagement",
        Goal = "goal",
        Contact = "contact",
        Team = "team",
        Metric = "metric",
        Change = "change",
        Import = "import",
        Task = "task",
    }
}

/// The noun that `many` is the plural of, as on the command line.
pub fn called(many: &str) -> Option<&'static Noun> {
    NOUNS.iter().copied().find(|noun| noun.many == many)
}

/// The nouns whose records belong to an account and can be written, by their tables alone.
pub fn of_accounts() -> impl Iterator<Item = &'static Noun> {
    let written = |noun: &&Noun| noun.account().is_some() && noun.past.is_none() && !noun.keys.is_empty();
    NOUNS.iter().copied().filter(written)
}

impl EventKind {
    /// What an activity about records of this noun is; one that the registry says nothing of changes the account.
    pub fn of_noun(noun: &str) -> Self {
        called(noun).and_then(|noun| noun.event).unwrap_or(Self::Change)
    }

    /// The nouns whose activities are of this kind; of a change all that are not listed.
    pub fn nouns(self) -> impl Iterator<Item = &'static str> {
        NOUNS.iter().filter(move |noun| noun.event == Some(self)).map(|noun| noun.many)
    }
}

#[cfg(test)]
mod tests {
    use super::NOUNS;

    #[test]
    fn fields_know_their_places() {
        for noun in NOUNS {
            for (place, field) in noun.fields.iter().enumerate() {
                assert_eq!((field.place, noun.place_of(field)), (place, Some(place)), "{}.{}", noun.many, field.name);
                assert_eq!(noun.mask(&[field.name]), 1 << place, "{}.{}", noun.many, field.name);
            }
        }
    }
}
