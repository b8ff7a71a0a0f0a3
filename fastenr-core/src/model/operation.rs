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

/// The fields of an operation.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").required(),
    Field::new("kind", Meaning::Line, "kind, such as accounts.import").required(),
    Field::new("status", Meaning::Line, "status: running, done, failed, interrupted, cancelled or undone").required(),
    Field::new("user", Meaning::Line, "user: e-mail address").column("user_id").required(),
    Field::new("started_at", Meaning::Instant, "start time").required(),
    Field::new("finished_at", Meaning::Instant, "end time"),
    Field::new("milliseconds", Meaning::Count, "duration in milliseconds"),
    Field::new("source_name", Meaning::Line, "name of the imported file"),
    Field::new("source_sha256", Meaning::Line, "SHA-256 of the file, in hexadecimal"),
    Field::new("parameters", Meaning::Custom, "parameters: an object").required(),
    Field::new(
        "ledger",
        Meaning::Custom,
        "counts: an object with rows, created, updated, unchanged, skipped, rejected, archived and, if there are any, \
         deleted; null if nothing was written",
    ),
    Field::new("message", Meaning::Line, "reason of a failure or refusal"),
    Field::new("undoes", Meaning::Id, "operation that it undid"),
    Field::new("undone_by", Meaning::Id, "last operation that undid it, completely or partly"),
    Field::new("pruned_at", Meaning::Instant, "time since which it can no longer be undone"),
    Field::new("summary", Meaning::Line, "summary of the counts").required(),
]);

const FILTERS: &[Filter] = &[
    Filter::new(
        "kind",
        Test::Kinds("a.kind"),
        "KIND,KIND",
        "Kinds, separated by commas: accounts.import, goals.*, *.undo, or all of a noun: goals",
    )
    .prominent(),
    Filter::new(
        "by",
        Test::Users("user"),
        "USER,USER",
        "Users, separated by commas: e-mail address, id, unique name, or @me",
    )
    .prominent(),
    Filter::new("since", Test::Since("a.started_at"), "TIME", "Started from this time on, such as 7d or 2026-03-01")
        .prominent(),
];

/// The noun of the journal: every write creates an operation.
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
    /// JSON: the parameters.
    pub parameters: String,
    /// JSON: the counts, see [`Ledger`].
    pub ledger: Option<String>,
    pub message: Option<String>,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// The operation that this one undid.
    pub undoes: Option<Uuid>,
    /// The last operation that undid this one, completely or partly.
    pub undone_by: Option<Uuid>,
    /// Time since which its before-images are deleted: it can no longer be undone.
    pub pruned_at: Option<DateTime<Utc>>,
}

/// Kinds that compute: their values are never conflicts of an undo.
pub const DERIVED_KINDS: [&str; 2] = ["accounts.recompute", "goals.refresh"];
