//! The event: something that happened around an account, as its timeline tells it.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

pub use super::nouns::EventKind;

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
