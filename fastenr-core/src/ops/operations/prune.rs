//! Letting go what nobody will want back: before-images of old operations, and most snapshots of old days.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::thin::thinned;
use crate::error::{Error, Result, Setting};
use crate::model::TimeZone;
use crate::model::activity::Activity;
use crate::model::operation::Ledger;
use crate::ops::Context;
use crate::ops::records::{StartedOperation, record_started};
use crate::ops::scores::Run;
use crate::say;
use crate::store::prune::{self, PruneMode};
use crate::store::{self, Lock, Scope, Tx};

/// The youngest age, in days, at which operations can be pruned.
pub const YOUNGEST: u32 = 30;

/// What is to go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Request {
    /// Before-images of operations that were done more than so many days ago.
    pub older_than: Option<u32>,
    /// Snapshots, see [`thinned`](super::thinned).
    pub thin_snapshots: bool,
    pub dry_run: bool,
}

/// What went, or would go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PruneOutcome {
    /// None where nothing went, or in a dry run.
    pub operation: Option<Uuid>,
    /// Operations done before this day can't be taken back any more.
    pub before: Option<NaiveDate>,
    /// How many of them still could.
    pub operations: u64,
    /// Before-images by table; tables without any are left out.
    pub images: BTreeMap<&'static str, u64>,
    /// Days whose snapshots went.
    pub days: u64,
    pub snapshots: u64,
    /// What was known of whole days.
    pub books: u64,
}

impl PruneOutcome {
    /// Before-images of all tables.
    pub fn images_total(&self) -> u64 {
        self.images.values().sum()
    }

    fn rows(&self) -> u64 {
        self.images_total() + self.snapshots + self.books
    }

    /// In words, for the feed.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        if let Some(before) = self.before {
            parts.push(format!(
                "{} before-images of {} operations before {before}",
                self.images_total(),
                self.operations
            ));
        }
        if self.days > 0 {
            parts.push(format!("{} snapshots of {} days", self.snapshots, self.days));
        }
        if parts.is_empty() { "nothing to prune".to_owned() } else { parts.join(", ") }
    }
}

/// Lets before-images and snapshots go, for good. The operations stay as the record of who did what, with `pruned_at`; so do the
/// dated history and the feed. Operations that run, failed or were interrupted are not touched.
///
/// # Errors
/// `not_admin`; `required` where nothing is named to go; `older_than` below 30 days; `busy` where a recompute is at work while
/// snapshots are to go.
pub async fn prune(context: &Context, request: Request) -> Result<PruneOutcome> {
    context.may_administer()?;
    if request.older_than.is_none() && !request.thin_snapshots {
        return Err(Error::invalid("required", "nothing is named that is to go").hint(say!(
            "give {}, {} or both",
            Setting::OlderThan.is("400d"),
            Setting::ThinSnapshots
        )));
    }
    if let Some(days) = request.older_than.filter(|days| *days < YOUNGEST) {
        return Err(Error::invalid(
            "older_than",
            format!("{days} days are too few: what was done in the last {YOUNGEST} days stays undoable"),
        )
        .hint(say!("the minimum is {}", Setting::OlderThan.is(format_args!("{YOUNGEST}d"))))
        .hint("400d keeps more than a year"));
    }
    if request.dry_run {
        let mut tx = context.db.read().await?;
        return gather(context, &mut tx, request, PruneMode::Count).await;
    }
    if !request.thin_snapshots {
        return write(context, request).await;
    }
    // A run compares with snapshots before it writes: none may go in between.
    let run = Run::begin(context).await?;
    let done = write(context, request).await;
    run.end().await;
    done
}

async fn write(context: &Context, request: Request) -> Result<PruneOutcome> {
    let scope = context.scope();
    let begun = StartedOperation::now(context);
    let mut tx = context.write(Lock::Exclusive).await?;
    let mut done = gather(context, &mut tx, request, PruneMode::Delete).await?;
    if done.rows() == 0 && done.operations == 0 {
        tx.rollback().await?;
        return Ok(done);
    }
    let ledger = Ledger { deleted: done.rows(), ..Ledger::default() };
    let parameters = json!({
        "older_than": request.older_than, "before": done.before, "operations": done.operations, "images": done.images,
        "thin_snapshots": request.thin_snapshots, "days": done.days, "snapshots": done.snapshots, "books": done.books,
    });
    let stamp = record_started(&mut tx, context, begun, "operations.prune", ledger, parameters.to_string()).await?;
    if let Some(end) = end(context, done.before) {
        prune::mark(&mut tx, &scope, end, stamp.now).await?;
    }
    // Nothing is kept of what went, so it can't be taken back itself.
    prune::mark_one(&mut tx, &scope, stamp.operation, stamp.now).await?;
    let activity = Activity {
        id: context.ids.next(),
        at: stamp.now,
        user: context.user.id,
        operation: Some(stamp.operation),
        kind: "operations.prune".to_owned(),
        noun: "operations".to_owned(),
        record: None,
        account: None,
        label: done.summary(),
        changes: json!([]),
    };
    store::activities::insert(&mut tx, &scope, &activity).await?;
    tx.commit().await?;
    done.operation = Some(stamp.operation);
    Ok(done)
}

/// The moment the day begins in the organization.
fn end(context: &Context, before: Option<NaiveDate>) -> Option<DateTime<Utc>> {
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    before.map(|day| zone.beginning(day))
}

/// Counts or deletes; both look at the same rows.
async fn gather(context: &Context, tx: &mut Tx<'_>, request: Request, mode: PruneMode) -> Result<PruneOutcome> {
    let (scope, today) = (context.scope(), context.today());
    let before =
        request.older_than.map(|days| today.checked_sub_days(Days::new(days.into())).unwrap_or(NaiveDate::MIN));
    let mut found = PruneOutcome { before, ..PruneOutcome::default() };
    let end = end(context, before);
    if let Some(end) = end {
        found.operations = prune::operations(tx, &scope, end).await?;
        for table in prune::tables() {
            let count = prune::images(tx, &scope, table, end, mode).await?;
            found.add(table, count);
        }
    }
    if request.thin_snapshots {
        let days = thinned(&prune::snapshot_days(tx, &scope, today).await?, today);
        thin(&scope, tx, &days, end, mode, &mut found).await?;
    }
    Ok(found)
}

impl PruneOutcome {
    fn add(&mut self, table: &'static str, count: u64) {
        if count > 0 {
            *self.images.entry(table).or_default() += count;
        }
    }
}

/// The days go with their before-images: a snapshot that is gone has nothing to go back to.
async fn thin(
    scope: &Scope,
    tx: &mut Tx<'_>,
    days: &[NaiveDate],
    end: Option<DateTime<Utc>>,
    mode: PruneMode,
    found: &mut PruneOutcome,
) -> Result<()> {
    found.days = days.len() as u64;
    found.snapshots = prune::of_days(tx, scope, "score_snapshots", days, None, mode).await?;
    found.books = prune::of_days(tx, scope, "score_books", days, None, mode).await?;
    for (table, before) in [("score_snapshots", "score_snapshots_before"), ("score_books", "score_books_before")] {
        let count = prune::of_days(tx, scope, before, days, end, mode).await?;
        found.add(table, count);
    }
    Ok(())
}
