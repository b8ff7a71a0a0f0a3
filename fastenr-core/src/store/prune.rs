//! What is let go for good: before-images of old operations, and snapshots of old days.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::journal::TABLES;
use super::{Scope, StoreResult, Tx};

/// Tables of derived rows, which have before-images though an undo reads no fields of them.
const DERIVED: [&str; 2] = ["score_snapshots", "score_books"];

/// Days that one statement names.
const AT_ONCE: usize = 400;

/// All tables that have before-images, in `{name}_before`.
pub fn tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name).chain(DERIVED)
}

/// The operations that are done since before the moment bound to `place`, and still have their before-images.
fn old_sql(place: &str) -> String {
    format!(
        "select o.id from operations o where o.organization_id = $1 and o.status = 'done' and o.finished_at < {place} \
         and o.pruned_at is null"
    )
}

/// Whether rows go, or are only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PruneMode {
    Count,
    Delete,
}

impl PruneMode {
    const fn verb(self) -> &'static str {
        match self {
            Self::Count => "select count(*)",
            Self::Delete => "delete",
        }
    }

    async fn run(self, statement: super::Statement<'_>) -> StoreResult<u64> {
        match self {
            Self::Delete => statement.execute().await,
            Self::Count => {
                let (count,): (i64,) = statement.fetch_one().await?;
                Ok(u64::try_from(count).unwrap_or(0))
            }
        }
    }
}

/// How many operations are done since before `end` and can still be taken back.
pub async fn operations(tx: &mut Tx<'_>, scope: &Scope, end: DateTime<Utc>) -> StoreResult<u64> {
    let sql = old_sql("$2").replacen("select o.id", "select count(*)", 1);
    PruneMode::Count.run(tx.of(scope, sql).bind(end)).await
}

/// The before-images that these operations keep of a table: how many.
pub async fn images(
    tx: &mut Tx<'_>,
    scope: &Scope,
    table: &str,
    end: DateTime<Utc>,
    mode: PruneMode,
) -> StoreResult<u64> {
    let sql = format!(
        "{} from {table}_before where organization_id = $1 and operation_id in ({})",
        mode.verb(),
        old_sql("$2")
    );
    mode.run(tx.of(scope, sql).bind(end)).await
}

/// Says of these operations that they can't be taken back any more.
pub async fn mark(tx: &mut Tx<'_>, scope: &Scope, end: DateTime<Utc>, now: DateTime<Utc>) -> StoreResult<u64> {
    let sql = "update operations set pruned_at = $3 \
               where organization_id = $1 and status = 'done' and finished_at < $2 and pruned_at is null";
    tx.of(scope, sql).bind(end).bind(now).execute().await
}

/// Says so of one.
pub async fn mark_one(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, now: DateTime<Utc>) -> StoreResult<u64> {
    let sql = "update operations set pruned_at = $3 where organization_id = $1 and id = $2";
    tx.of(scope, sql).bind(id).bind(now).execute().await
}

/// A day that has snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct SnapshotDay {
    pub day: NaiveDate,
    /// Whether a run scored the whole organization, not single accounts.
    pub whole: bool,
}

/// Those up to `today`, ascending: one look into the key for each, however many accounts there are.
pub async fn snapshot_days(tx: &mut Tx<'_>, scope: &Scope, today: NaiveDate) -> StoreResult<Vec<SnapshotDay>> {
    let before = |day: &str| {
        format!(
            "select max(s.snapshot_date) from score_snapshots s where s.organization_id = $1 and s.snapshot_date {day}"
        )
    };
    let sql = format!(
        "with recursive days (day) as ({} union all select ({}) from days d where d.day is not null) \
         select d.day, exists (select 1 from score_books b where b.organization_id = $1 and b.snapshot_date = d.day) as whole \
         from days d where d.day is not null order by d.day",
        before(&format!("<= {}", tx.engine().date_place("$2"))),
        before("< d.day"),
    );
    tx.of(scope, sql).bind(today).fetch_all().await
}

/// The rows of some days in `score_snapshots`, `score_books` or their before-images: how many. Before-images that
/// [`images`] has of the operations done since before `except` are not among them.
pub async fn of_days(
    tx: &mut Tx<'_>,
    scope: &Scope,
    table: &str,
    days: &[NaiveDate],
    except: Option<DateTime<Utc>>,
    mode: PruneMode,
) -> StoreResult<u64> {
    let mut rows = 0;
    for some in days.chunks(AT_ONCE) {
        let engine = tx.engine();
        let first = if except.is_some() { 3 } else { 2 };
        let places: Vec<String> =
            (0..some.len()).map(|place| engine.date_place(&format!("${}", place + first))).collect();
        let mut sql = format!(
            "{} from {table} where organization_id = $1 and snapshot_date in ({})",
            mode.verb(),
            places.join(", ")
        );
        if except.is_some() {
            let _ = write!(sql, " and operation_id not in ({})", old_sql("$2"));
        }
        let mut statement = tx.of(scope, sql);
        if let Some(except) = except {
            statement = statement.bind(except);
        }
        for day in some {
            statement = statement.bind(*day);
        }
        rows += mode.run(statement).await?;
    }
    Ok(rows)
}
