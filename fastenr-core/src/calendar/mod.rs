//! Calendars as iCalendar files (RFC 5545), as Google Calendar, Outlook and Apple's Calendar read and write them.
//!
//! [`Writer`] streams events out, [`read`] takes a file in. Neither knows a database or a clock. What is written is read
//! back the same: seconds are the finest unit, line ends become `\n`, control characters vanish.
//!
//! The grammar is our own, in `line.rs` and `text.rs`. The parsers there are for Rust lose the number of the line, or take
//! cut off dates for dates, and an import has to say which line breaks which rule. In tests one of them reads what we write.
//!
//! What iCalendar has no word for goes into extensions, which other programs ignore. To add one: a name below, a line in
//! `write.rs`, a line in `event.rs`.

mod event;
mod line;
mod read;
mod series;
mod text;
mod time;
mod write;

#[cfg(test)]
mod tests;

pub use read::{read, read_within};
pub use write::{Writer, write};

use chrono::{DateTime, Utc};

/// When the event was planned for and when it was done, in RFC 3339, to the microsecond: an event of iCalendar is at most
/// confirmed, and has whole seconds.
const SCHEDULED: &str = "X-FASTENR-SCHEDULED";
const COMPLETED: &str = "X-FASTENR-COMPLETED";
/// A parameter: the part somebody plays. On a `CONTACT` it marks an attendee without an address.
const ROLE: &str = "X-FASTENR-ROLE";

/// One meeting, call or the like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Stable: programs know an event by it. Not empty.
    pub uid: String,
    /// Raised when the event changes, so that programs replace the old one; from 0.
    pub sequence: i64,
    /// When it was last changed. Where a file does not say, when it was created or begins.
    pub stamp: DateTime<Utc>,
    pub created: Option<DateTime<Utc>>,
    pub start: DateTime<Utc>,
    /// Not before the start.
    pub end: Option<DateTime<Utc>>,
    /// May be empty: calendars have events without.
    pub title: String,
    /// Never `Some` of an empty text when read.
    pub description: Option<String>,
    /// As `description`.
    pub location: Option<String>,
    pub cancelled: bool,
    /// Not yet agreed upon.
    pub tentative: bool,
    /// What the start was made of; the start itself may have been moved since by another program.
    pub scheduled_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// Read without empty ones and without surrounding space.
    pub categories: Vec<String>,
    pub organizer: Option<Organizer>,
    pub attendees: Vec<Attendee>,
}

/// Who called the meeting. Without an address there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organizer {
    /// May be empty.
    pub name: String,
    pub email: String,
}

/// Somebody who takes part; rooms and equipment do not. One with neither name nor address is not written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attendee {
    /// May be empty; it is read as empty where it only repeats the address.
    pub name: String,
    /// May be empty; what has no `@` is no address. One without is written as `CONTACT`, as `ATTENDEE` needs an address.
    pub email: String,
    /// Free text, e.g. `decision maker`; may be empty.
    pub role: String,
}

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The name of the (first) calendar.
    pub name: Option<String>,
    pub events: Vec<EventAtLine>,
    /// Events that recur, and how many of their occurrences were read, without those that were taken out.
    pub series: usize,
    pub occurrences: usize,
    /// What was left out, in the order of the file.
    pub warnings: Vec<Warning>,
}

/// An event and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventAtLine {
    /// The line of its `BEGIN:VEVENT`, from 1; the occurrences of a series share it.
    pub line: usize,
    pub event: Event,
}

/// What could not be taken over as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub line: usize,
    /// One sentence without a full stop and without the line.
    pub message: String,
}
