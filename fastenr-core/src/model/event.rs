//! The event: something that happened around an account, as its timeline tells it.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::picklist::picklist;

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
    }
}

/// Nouns of the feed, and what an activity of theirs is about; one that is not here changes the account.
const NOUNS: &[(&str, EventKind)] = &[
    ("engagements", EventKind::Engagement),
    ("attachments", EventKind::Engagement),
    ("goals", EventKind::Goal),
    ("contacts", EventKind::Contact),
    ("team", EventKind::Team),
    ("metrics", EventKind::Metric),
];

impl EventKind {
    pub fn of_noun(noun: &str) -> Self {
        NOUNS.iter().find(|(known, _)| *known == noun).map_or(Self::Change, |(_, kind)| *kind)
    }

    /// The nouns whose activities are of this kind; of a change all that are not listed.
    pub fn nouns(self) -> impl Iterator<Item = &'static str> {
        NOUNS.iter().filter(move |(_, kind)| *kind == self).map(|(noun, _)| *noun)
    }
}

/// Where an event stands: no two events of an account stand at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub place: Place,
    pub kind: EventKind,
    /// One line: `meeting: Quarterly review`, `updated contact Jo Doe`.
    pub title: String,
    /// What more there is to say: an outcome, a status.
    pub detail: Option<String>,
    /// Planned and not done.
    pub open: bool,
    /// The e-mail address of whoever did it; none for what nobody did.
    pub actor: Option<String>,
    pub record: Option<Uuid>,
    pub operation: Option<Uuid>,
    /// As in [`super::activity::Activity::changes`].
    pub changes: Json,
}
