//! What is new for the user: alerts of their accounts, accounts and tasks that others gave them, goals achieved or missed, and their
//! own long work that ended. Computed from the feed, so that nothing is told of what was undone; only how far the user has read is stored.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::remembered::{nothing, remembered};
use super::{Context, activities, operations, selection};
use crate::error::{Invalid, Result};
use crate::model::activity::{Cursor, words};
use crate::model::cursor::{Fingerprint, ListRequest, Slice, Total};
use crate::model::filter::Page;
use crate::model::notification::NotificationKind;
use crate::model::nouns::ScopeNoun;
use crate::model::number::{counted, grouped};
use crate::model::operation::{OPERATION, OperationStatus};
use crate::model::selection::Order;
use crate::store::Tx;
use crate::store::notifications::{self as store, NewsRow, ReadMark};

/// As many as are listed where no number is given.
pub const USUAL_ROWS: u64 = 50;
/// Of how long ago there are notifications.
pub const DAYS: i64 = 30;
/// The user's own work is told of when it took longer.
const LONG: TimeDelta = TimeDelta::seconds(10);
/// As many operations that ended badly are looked through.
const FAILURES: u64 = 100;

/// Whose records are told of: whoever looks must be able to read all of these.
pub const READS: [ScopeNoun; 6] = [
    ScopeNoun::Accounts,
    ScopeNoun::Alerts,
    ScopeNoun::Tasks,
    ScopeNoun::Goals,
    ScopeNoun::Operations,
    ScopeNoun::Activities,
];

/// An account that a notification names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedAccount {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub name: String,
}

/// What one operation did that the user should know of, by kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    pub at: DateTime<Utc>,
    pub kind: NotificationKind,
    pub is_unread: bool,
    /// One sentence without a full stop.
    pub text: String,
    /// The number of records.
    pub count: u64,
    /// The record; none of several, and of work.
    pub record: Option<Uuid>,
    /// Its account.
    pub account: Option<NamedAccount>,
    pub operation: Uuid,
    /// The e-mail address of who did it.
    pub actor: String,
}

/// How far the user has read or is shown. To be kept and given back, not to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotificationCursor {
    at: DateTime<Utc>,
    place: Cursor,
}

impl fmt::Display for NotificationCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.timestamp_millis(), self.place)
    }
}

impl FromStr for NotificationCursor {
    type Err = Invalid;

    fn from_str(text: &str) -> std::result::Result<Self, Invalid> {
        let rule = || Invalid::new("cursor", "a cursor is a text that a list of notifications gave, unchanged");
        let (at, place) = text.split_once('.').ok_or_else(rule)?;
        let at = at.parse().ok().and_then(DateTime::from_timestamp_millis).ok_or_else(rule)?;
        Ok(Self { at, place: place.parse().map_err(|_| rule())? })
    }
}

/// The newest notifications.
#[derive(Debug, Clone)]
pub struct Notifications {
    /// The number of unread ones, listed or not.
    pub unread: u64,
    /// The number of all.
    pub total: u64,
    pub rows: Vec<Notification>,
    /// To mark as read what was there when this was read.
    pub cursor: NotificationCursor,
}

/// The user's notifications of the last [`DAYS`] days, the newest first, at most `limit`.
///
/// # Errors
/// Those of reading.
pub async fn list(context: &Context, unread_only: bool, limit: usize) -> Result<Notifications> {
    // What ends while this is read is not marked as read by it.
    let at = context.clock.now();
    let (mark, end) = stands(context).await?;
    let mut rows = found(context, mark, end).await?;
    let unread = rows.iter().filter(|row| row.is_unread).count() as u64;
    if unread_only {
        rows.retain(|row| row.is_unread);
    }
    let total = rows.len() as u64;
    rows.truncate(limit);
    Ok(Notifications { unread, total, rows, cursor: NotificationCursor { at, place: end } })
}

/// The number of unread notifications.
///
/// # Errors
/// Those of reading.
pub async fn unread(context: &Context) -> Result<u64> {
    let (mark, end) = stands(context).await?;
    let mut tx = context.db.read().await?;
    // Every page asks for it. What is settled may grow without a write.
    let key = format!("notifications {} {mark:?} {end} {}", context.user.id, context.today());
    let work = async |tx: &mut Tx<'_>| Ok(news(tx, context, (mark, end), true).await?.len());
    let told = remembered(&mut tx, context, key, nothing, work).await?;
    drop(tx);
    let failed = failures(context, mark).await?.iter().filter(|row| row.is_unread).count();
    Ok((told + failed) as u64)
}

/// Marks as read what is up to a cursor; without one, everything that is there now. The number of unread ones after it.
///
/// # Errors
/// `cursor` for one of another database or organization.
pub async fn read(context: &Context, cursor: Option<NotificationCursor>) -> Result<u64> {
    let to = match cursor {
        Some(cursor) => {
            activities::check(context, cursor.place).await?;
            cursor
        }
        None => NotificationCursor { at: context.clock.now(), place: activities::end(context).await?.0 },
    };
    let (scope, user) = (context.scope(), context.user.id);
    let mut tx = context.db.write_any().await?;
    // A page that was opened before another one was read takes nothing back.
    let (at, place) = match store::mark(&mut tx, &scope, user).await? {
        None => (to.at, to.place),
        Some(mark) => {
            let known = mark.place.filter(|place| place.epoch == to.place.epoch && to.place.is_before(place));
            (to.at.max(mark.at), known.unwrap_or(to.place))
        }
    };
    store::set_mark(&mut tx, &scope, user, place, at).await?;
    tx.commit().await?;
    unread(context).await
}

/// How far the user has read, and how far one can.
async fn stands(context: &Context) -> Result<(Option<ReadMark>, Cursor)> {
    let (end, _) = activities::end(context).await?;
    let mark = store::mark(&mut context.db.read().await?, &context.scope(), context.user.id).await?;
    Ok((mark, end))
}

/// All of the last days.
async fn found(context: &Context, mark: Option<ReadMark>, end: Cursor) -> Result<Vec<Notification>> {
    let mut told = news(&mut context.db.read().await?, context, (mark, end), false).await?;
    told.extend(failures(context, mark).await?);
    told.sort_by_key(|row| std::cmp::Reverse(row.at));
    Ok(told)
}

fn since(context: &Context) -> DateTime<Utc> {
    context.clock.now() - TimeDelta::days(DAYS)
}

/// What the feed tells.
async fn news(
    tx: &mut Tx<'_>,
    context: &Context,
    (mark, end): (Option<ReadMark>, Cursor),
    unread_only: bool,
) -> Result<Vec<Notification>> {
    let (scope, user) = (context.scope(), context.user.id);
    let rows = store::news(tx, &scope, user, (mark, end.epoch), since(context), unread_only).await?;
    Ok(rows.chunk_by(|a, b| a.operation_id == b.operation_id && a.what == b.what).filter_map(of_rows).collect())
}

/// `A, B, C and 9 more`.
fn named<'r>(names: impl Iterator<Item = &'r str>, total: u64) -> String {
    let names: Vec<&str> = names.collect();
    match total.saturating_sub(names.len() as u64) {
        0 => names.join(", "),
        more => format!("{} and {} more", names.join(", "), grouped(more)),
    }
}

/// Of one operation and kind; none for work that was short.
fn of_rows(rows: &[NewsRow]) -> Option<Notification> {
    let first = rows.first()?;
    let kind = NotificationKind::parse(&first.what).ok()?;
    let count = u64::try_from(first.total).unwrap_or(0);
    let name = |row: &NewsRow| row.account_name.clone().unwrap_or_default();
    let with_names: Vec<String> = rows.iter().map(|row| format!("{} ({})", row.title, name(row))).collect();
    let titles = || named(with_names.iter().map(String::as_str), count);
    let names = || {
        // Each account comes once before one comes again.
        let accounts = usize::try_from(first.accounts).unwrap_or(0);
        named(rows.iter().take(accounts).filter_map(|row| row.account_name.as_deref()), accounts as u64)
    };
    let text = match (kind, count) {
        (NotificationKind::Alert, 1) => format!("{}: {}", name(first), first.title),
        (NotificationKind::Alert, _) => format!("{} on your accounts: {}", counted(count, "alert", "alerts"), names()),
        (NotificationKind::Account, 1) => format!("you own {} now", name(first)),
        (NotificationKind::Account, _) => {
            format!("you own {}: {}", counted(count, "more account", "more accounts"), names())
        }
        (NotificationKind::Task, 1) => format!("task for you: {} ({})", first.title, name(first)),
        (NotificationKind::Task, _) => format!("{} for you: {}", counted(count, "task", "tasks"), titles()),
        (NotificationKind::GoalAchieved, 1) => {
            format!("goal achieved{}: {} ({})", ahead(first), first.title, name(first))
        }
        (NotificationKind::GoalAchieved, _) => format!("{} achieved: {}", counted(count, "goal", "goals"), titles()),
        (NotificationKind::GoalMissed, 1) => format!("goal missed: {} ({})", first.title, name(first)),
        (NotificationKind::GoalMissed, _) => format!("{} missed: {}", counted(count, "goal", "goals"), titles()),
        (NotificationKind::Work, _) => {
            let took = first.at - first.started_at?;
            if took < LONG {
                return None;
            }
            format!("{} in {}: {}", words(&first.kind), length(took), first.title)
        }
        (NotificationKind::FailedWork, _) => return None,
    };
    let account = first.account_id.filter(|_| count == 1).map(|id| NamedAccount {
        id,
        external_id: first.external_id.clone(),
        name: name(first),
    });
    Some(Notification {
        at: first.at,
        kind,
        is_unread: first.unread,
        text,
        count,
        record: first.record_id.filter(|_| count == 1),
        account,
        operation: first.operation_id,
        actor: first.actor.clone(),
    })
}

/// `, 12 days early`.
fn ahead(row: &NewsRow) -> String {
    let days = row.target_date.zip(row.completion_date).map_or(0, |(target, done)| (target - done).num_days());
    match days {
        1.. => format!(", {} early", counted(days.unsigned_abs(), "day", "days")),
        0 => String::new(),
        _ => format!(", {} late", counted(days.unsigned_abs(), "day", "days")),
    }
}

fn length(took: TimeDelta) -> String {
    match took.num_seconds() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// The user's own work that failed, or whose process died: nothing of it is in the feed.
async fn failures(context: &Context, mark: Option<ReadMark>) -> Result<Vec<Notification>> {
    let since = since(context);
    let mine = [("by", context.user.email.as_str())];
    let chosen = selection::selection(context, &OPERATION, mine).await?;
    let slice = Slice::Page(Page { number: 1, limit: FAILURES });
    let ask = ListRequest { slice, total: Total::None, filter: Fingerprint::default() };
    let latest = operations::part(context, &chosen, Order::first(&OPERATION), &ask).await?.rows;
    let told = latest.into_iter().filter(|operation| operation.started_at >= since).filter_map(|operation| {
        let ended = operation.finished_at.unwrap_or(operation.started_at);
        let took = ended - operation.started_at;
        let why = operation.message.as_deref().unwrap_or("nothing was written");
        let text = match operation.status.as_str() {
            failed if failed == OperationStatus::Failed.as_str() && took >= LONG => {
                format!("{} failed after {}: {why}", operation.kind, length(took))
            }
            dead if dead == OperationStatus::Interrupted.as_str() => {
                format!("{} was interrupted: its process ended; nothing was written", operation.kind)
            }
            _ => return None,
        };
        Some(Notification {
            at: ended,
            kind: NotificationKind::FailedWork,
            is_unread: mark.is_none_or(|mark| mark.at < ended),
            text,
            count: 1,
            record: None,
            account: None,
            operation: operation.id,
            actor: context.user.email.clone(),
        })
    });
    Ok(told.collect())
}

/// What a cursor must be.
///
/// # Errors
/// `cursor`.
pub fn cursor(text: &str) -> Result<NotificationCursor> {
    text.parse().map_err(|invalid: Invalid| invalid.of("cursor", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back() {
        let cursor = NotificationCursor {
            at: DateTime::from_timestamp_millis(1_767_225_600_123).unwrap(),
            place: Cursor { epoch: 1, xid: 7, seq: 9, last: None },
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "1", ".", "x.0000000000000001-7-9", "1.", "99999999999999999999.0000000000000001-7-9"] {
            assert!(text.parse::<NotificationCursor>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_and_lengths() {
        assert_eq!(named(["A", "B", "C"].into_iter(), 12), "A, B, C and 9 more");
        assert_eq!(named(["A", "B"].into_iter(), 2), "A, B");
        let lengths = [9, 119, 120, 7_199, 7_200].map(|seconds| length(TimeDelta::seconds(seconds)));
        assert_eq!(lengths, ["9 s", "119 s", "2 min", "119 min", "2 h"]);
    }
}
