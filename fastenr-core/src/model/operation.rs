//! The operation: one thing that was done, with its ledger.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::noun::{Field, Meaning, Noun, Storage};
use super::nouns::ScopeNoun;
use super::number::{counted, grouped};
use super::selection::{Filter, Sort, Test};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationStatus {
    /// Committed before the work began; a dead one is shown as interrupted.
    Running,
    Done,
    /// Refused or failed; nothing was written.
    Failed,
    /// Its process ended before it did.
    Interrupted,
    /// Somebody asked for that; nothing was written.
    Cancelled,
}

impl OperationStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
        }
    }
}

/// `rows = created + updated + unchanged + skipped + rejected`, always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Ledger {
    pub rows: u64,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub skipped: u64,
    pub rejected: u64,
    /// Records archived because they are missing from the file; not counted in `rows`.
    #[serde(default)]
    pub archived: u64,
    /// Deleted records; not counted in `rows`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deleted: u64,
    /// Where the rows are events: the days that were made of them. Each row has the fate of its day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<DayLedger>,
}

/// `days = created + updated + unchanged`: those of the rows, and those that an event was moved away from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DayLedger {
    pub days: u64,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Ledger {
    pub const fn holds(&self) -> bool {
        let days = match self.days {
            Some(DayLedger { days, created, updated, unchanged }) => days == created + updated + unchanged,
            None => true,
        };
        days && self.rows == self.created + self.updated + self.unchanged + self.skipped + self.rejected
    }

    /// `12,345 events to 1,234 days: 1,200 created, 34 updated; 5 events rejected`, with the words for what is created and updated; none
    /// where the rows are no events.
    pub fn of_events(&self, create: &str, update: &str) -> Option<String> {
        let days = self.days?;
        let of_days = [(days.created, create), (days.updated, update), (days.unchanged, "unchanged")];
        let of_days = of_days.iter().filter(|(count, _)| *count > 0);
        let of_days: Vec<String> = of_days.map(|(count, what)| format!("{} {what}", grouped(*count))).collect();
        let events = |count: u64| counted(count, "event", "events");
        let mut text = format!("{} to {}", events(self.rows), counted(days.days, "day", "days"));
        if !of_days.is_empty() {
            text.push_str(&format!(": {}", of_days.join(", ")));
        }
        for (count, what) in [(self.skipped, "skipped"), (self.rejected, "rejected")] {
            if count > 0 {
                text.push_str(&format!("; {} {what}", events(count)));
            }
        }
        Some(text)
    }

    /// Records created and updated, of whose rows there may be several.
    pub const fn records(&self) -> (u64, u64) {
        match self.days {
            Some(DayLedger { created, updated, .. }) => (created, updated),
            None => (self.created, self.updated),
        }
    }
}

/// What is told of an operation.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").required(),
    Field::new("kind", Meaning::Line, "what was done, such as accounts.import").required(),
    Field::new(
        "status",
        Meaning::Line,
        "running, done, failed, interrupted, cancelled, or undone where it was taken back",
    )
    .required(),
    Field::new("user", Meaning::Line, "who did it: an e-mail address").column("user_id").required(),
    Field::new("started_at", Meaning::Instant, "when it began").required(),
    Field::new("finished_at", Meaning::Instant, "when it ended"),
    Field::new("milliseconds", Meaning::Count, "how long it took"),
    Field::new("source_name", Meaning::Line, "the file it came from"),
    Field::new("source_sha256", Meaning::Line, "the SHA-256 of the file's bytes, in hexadecimal"),
    Field::new("parameters", Meaning::Custom, "what was asked: an object").required(),
    Field::new(
        "ledger",
        Meaning::Custom,
        "how many rows came to what: an object with rows, created, updated, unchanged, skipped, rejected, archived and, where \
         there are any, deleted; null where nothing was written",
    ),
    Field::new("message", Meaning::Line, "why nothing came of it"),
    Field::new("undoes", Meaning::Id, "the operation that it took back"),
    Field::new("undone_by", Meaning::Id, "the last operation that took it back, wholly or in part"),
    Field::new("pruned_at", Meaning::Instant, "since when it can't be taken back any more"),
    Field::new("summary", Meaning::Line, "the ledger in words").required(),
]);

const FILTERS: &[Filter] = &[
    Filter::new(
        "kind",
        Test::Kinds("a.kind"),
        "KIND,KIND",
        "Any of these kinds: accounts.import, goals.*, *.undo, or all of a noun: goals",
    ),
    Filter::new(
        "by",
        Test::Users("user"),
        "USER,USER",
        "Done by any of these users: e-mail address, id, unique name, or @me",
    ),
    Filter::new(
        "since",
        Test::Since("a.started_at"),
        "TIME",
        "Started at this time or later, such as 7d or 2026-03-01",
    ),
];

/// Written by whatever is done.
pub static OPERATION: Noun = Noun {
    keys: &[],
    kept: &[],
    filters: FILTERS,
    sorts: &[Sort::by("started_at", "a.started_at", Storage::Instant).nullable().descending()],
    scope: Some(ScopeNoun::Operations),
    ..Noun::new("operation", "operations", FIELDS)
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub id: Uuid,
    /// `accounts.import`, `accounts.update`, …
    pub kind: String,
    pub status: String,
    pub user: Uuid,
    pub source_name: Option<String>,
    pub source_sha256: Option<String>,
    /// JSON: what was asked.
    pub parameters: String,
    /// JSON: what came of it, see [`Ledger`].
    pub ledger: Option<String>,
    pub message: Option<String>,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// The operation that this one took back.
    pub undoes: Option<Uuid>,
    /// The last operation that took this one back, wholly or in part.
    pub undone_by: Option<Uuid>,
    /// Since when its before-images are gone: it can't be taken back any more.
    pub pruned_at: Option<DateTime<Utc>>,
}

/// Kinds that compute: what they wrote never keeps an undo from anything.
pub const DERIVED_KINDS: [&str; 2] = ["accounts.recompute", "goals.refresh"];
