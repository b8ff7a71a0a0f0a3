//! Whether anything was written to an organization between two reads.
//!
//! Every transaction that writes records of an organization also writes an activity (a debug build panics at one that does not, see
//! [`super::Tx::commit`]). So two reads that see the same activities see the same records. On SQLite the last activity tells which are
//! seen. On PostgreSQL transactions overtake each other: what is below the oldest transaction that was open at the first read is settled,
//! and what was already seen beyond it is remembered by its ids.

use uuid::Uuid;

use super::{Engine, Scope, StoreResult, Tx};

/// With more activities than this beyond the settled ones nothing is remembered: a long transaction is open.
const MOST_BEYOND: usize = 500;

/// Which activities a read saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    epoch: Uuid,
    /// The last migration: one can change records of every organization.
    schema: i64,
    /// PostgreSQL: every transaction below this number was over.
    horizon: i64,
    /// The last activity below it.
    last: Option<Uuid>,
    /// The ids of those that were seen beyond it.
    beyond: String,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    epoch: Uuid,
    schema: i64,
    /// The oldest transaction that is open now.
    oldest: i64,
    /// What was looked at.
    horizon: i64,
    last: Option<Uuid>,
    beyond: String,
}

const SQLITE: &str = "select f.epoch, (select max(m.version) from _sqlx_migrations m) as schema, 0 as oldest, 0 as horizon, \
      (select a.id from activities a where a.organization_id = $1 order by a.seq desc limit 1) as last, '' as beyond \
    from feed f";

const POSTGRES: &str = "select f.epoch, (select max(m.version) from _sqlx_migrations m) as schema, \
      cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) as oldest, \
      cast(cast(h.xid as text) as bigint) as horizon, \
      (select a.id from activities a where a.organization_id = $1 and a.xid < h.xid order by a.xid desc, a.seq desc limit 1) as last, \
      coalesce((select string_agg(cast(b.id as text), ' ' order by b.id) from (select a.id from activities a \
        where a.organization_id = $1 and a.xid >= h.xid limit $3) b), '') as beyond \
    from feed f, (select coalesce(cast(cast(cast($2 as bigint) as text) as xid8), pg_snapshot_xmin(pg_current_snapshot())) as xid) h";

/// A text of so many ids is longer than this.
const LONGEST: usize = MOST_BEYOND * 37;

async fn look(tx: &mut Tx<'_>, scope: &Scope, horizon: Option<i64>) -> StoreResult<Row> {
    match tx.engine() {
        Engine::Sqlite => tx.of(scope, SQLITE).fetch_one().await,
        Engine::Postgres => {
            let most = i64::try_from(MOST_BEYOND).unwrap_or(i64::MAX) + 1;
            tx.of(scope, POSTGRES).bind(horizon).bind(most).fetch_one().await
        }
    }
}

impl Stamp {
    /// What a transaction sees that reads one state; none where that can't be told in short.
    pub(super) async fn of(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Option<Self>> {
        if tx.is_distributed() {
            // A transaction is over on the coordinator before its rows are seen on the other machines.
            return Ok(None);
        }
        let Row { epoch, schema, horizon, last, beyond, .. } = look(tx, scope, None).await?;
        Ok((beyond.len() < LONGEST).then_some(Self { epoch, schema, horizon, last, beyond }))
    }

    /// Beside its fields.
    pub(super) fn bytes(&self) -> usize {
        self.beyond.len()
    }

    /// Whether the transaction sees the same. One that sees an older state does not.
    pub(super) async fn holds(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<bool> {
        let row = look(tx, scope, Some(self.horizon)).await?;
        let seen =
            Self { epoch: row.epoch, schema: row.schema, horizon: self.horizon, last: row.last, beyond: row.beyond };
        Ok(row.oldest >= self.horizon && seen == *self)
    }
}
