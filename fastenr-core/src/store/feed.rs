//! Where the feed ends, and whether a place is one of it.
//!
//! Places are compared within an epoch. On PostgreSQL it belongs to a cluster, as the numbers of transactions do: a database that was
//! dumped and restored elsewhere has numbers that are not reached there, or long past. There what is written already is settled as
//! one row after the other, and a new epoch begins. Within an epoch histories may part, where a backup is restored and written on:
//! that shows in what was delivered last.

use uuid::Uuid;

use super::{Engine, Scope, StoreResult, Tx, organizations};
use crate::model::activity::Cursor;

/// The feed as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feed {
    pub epoch: Uuid,
    /// PostgreSQL: the system identifier of the cluster that the epoch is of.
    pub cluster: Option<i64>,
    /// The one that the database is in.
    pub here: Option<i64>,
    /// As far as it is settled: everything before it is committed or will never be.
    pub end: Cursor,
}

impl Feed {
    /// Whether its numbers mean something here.
    pub fn is_at_home(&self) -> bool {
        self.cluster == self.here
    }
}

const SQLITE: &str = "select f.epoch, f.system_identifier, f.system_identifier, 0, coalesce(e.seq, 0), e.id from feed f \
                      left join (select a.seq, a.id from activities a where a.organization_id = $1 \
                      order by a.seq desc limit 1) e on true";

/// The oldest transaction that is open.
const OLDEST: &str = "pg_snapshot_xmin(pg_current_snapshot())";

/// The same on a cluster: a transaction is over on the coordinator before its rows are seen on the other machines, but holds its number's
/// lock until they are. The locks are looked at after the snapshot was taken.
const OLDEST_OF_CLUSTER: &str = "select least(s.oldest, min(s.next - l.back)) \
    from (select cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) as oldest, \
                 cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint) as next) s \
    left join lateral (select (s.next - cast(cast(transactionid as text) as bigint)) & 4294967295 as back \
      from pg_locks where locktype = 'transactionid' and mode = 'ExclusiveLock' and granted) l on l.back < 2147483648 \
    group by s.oldest, s.next";

/// PostgreSQL: the number of the oldest transaction that is open, as SQL; on a cluster its machines can't tell, and it is a constant.
pub(super) async fn settled(tx: &mut Tx<'_>) -> StoreResult<String> {
    if !tx.is_distributed() {
        return Ok(OLDEST.to_owned());
    }
    let (oldest,): (i64,) = tx.sql(OLDEST_OF_CLUSTER).fetch_one().await?;
    Ok(format!("cast('{oldest}' as xid8)"))
}

const POSTGRES: &str = "select f.epoch, f.system_identifier, here.system_identifier, \
                        cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint), cast(0 as bigint), \
                        (select a.id from activities a where a.organization_id = $1 \
                        and a.xid < pg_snapshot_xmin(pg_current_snapshot()) order by a.xid desc, a.seq desc limit 1) \
                        from feed f, pg_control_system() here";

type Row = (Uuid, Option<i64>, Option<i64>, i64, i64, Option<Uuid>);

/// The feed, as the transaction sees it.
pub async fn read_feed(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Feed> {
    if tx.is_distributed() {
        return read_feed_of_cluster(tx, scope).await;
    }
    let sql = match tx.engine() {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    };
    let (epoch, cluster, here, xid, seq, last): Row = tx.of(scope, sql).fetch_one().await?;
    let end = Cursor { epoch: Cursor::tail(epoch), xid, seq, last: last.map(Cursor::tail) };
    Ok(Feed { epoch, cluster, here, end })
}

async fn read_feed_of_cluster(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Feed> {
    // What the coordinator alone knows comes first: its snapshot is older than that of the rows.
    let (xid,): (i64,) = tx.sql(OLDEST_OF_CLUSTER).fetch_one().await?;
    let sql = "select f.epoch, f.system_identifier, here.system_identifier from feed f, pg_control_system() here";
    let (epoch, cluster, here): (Uuid, Option<i64>, Option<i64>) = tx.sql(sql).fetch_one().await?;
    let sql = format!(
        "select a.id from activities a where a.organization_id = $1 and a.xid < cast('{xid}' as xid8) \
         order by a.xid desc, a.seq desc limit 1"
    );
    let last: Option<(Uuid,)> = tx.of(scope, sql).fetch_optional().await?;
    let end = Cursor { epoch: Cursor::tail(epoch), xid, seq: 0, last: last.map(|(id,)| Cursor::tail(id)) };
    Ok(Feed { epoch, cluster, here, end })
}

/// Whether what was delivered last before a place is what stands there.
pub async fn leads_to(tx: &mut Tx<'_>, scope: &Scope, place: Cursor) -> StoreResult<bool> {
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "select a.id from activities a where a.organization_id = $1 and a.xid <= $2 and a.seq <= $3 \
             order by a.seq desc limit 1"
        }
        Engine::Postgres => {
            "select a.id from activities a where a.organization_id = $1 \
             and (a.xid, a.seq) <= (cast(cast(cast($2 as bigint) as text) as xid8), $3) \
             order by a.xid desc, a.seq desc limit 1"
        }
    };
    let row: Option<(Uuid,)> = tx.of(scope, sql).bind(place.xid).bind(place.seq).fetch_optional().await?;
    Ok(row.map(|(id,)| Cursor::tail(id)) == place.last)
}

/// How many activities have numbers that no transaction of the cluster has had yet: whoever follows the feed would not see them.
pub async fn unreached(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<u64> {
    if tx.engine() == Engine::Sqlite {
        return Ok(0);
    }
    let newest = match tx.is_distributed() {
        true => {
            let sql = "select cast(pg_snapshot_xmax(pg_current_snapshot()) as text)";
            let (newest,): (String,) = tx.sql(sql).fetch_one().await?;
            format!("cast('{newest}' as xid8)")
        }
        false => "pg_snapshot_xmax(pg_current_snapshot())".to_owned(),
    };
    let sql = format!("select count(*) from activities a where a.organization_id = $1 and a.xid >= {newest}");
    let (count,): (i64,) = tx.of(scope, sql).fetch_one().await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Begins a new epoch, in which everything that is there comes first, in the order of its making; only where the database is
/// in another cluster than before, unless it is insisted. Whether it did.
pub async fn begin_epoch(tx: &mut Tx<'_>, insist: bool) -> StoreResult<bool> {
    if tx.engine() == Engine::Sqlite {
        return Ok(false);
    }
    // Of several at once the others wait here, and then find it done.
    let sql = "update feed set epoch = gen_random_uuid(), \
               system_identifier = (select system_identifier from pg_control_system()) \
               where $1 or system_identifier is distinct from (select system_identifier from pg_control_system())";
    if tx.sql(sql).bind(insist).execute().await? == 0 {
        return Ok(false);
    }
    for organization in organizations::all(tx).await? {
        let sql = "update activities set xid = '0' where organization_id = $1 and xid <> '0'";
        tx.of(&Scope { organization: organization.id }, sql).execute().await?;
    }
    Ok(true)
}

/// Begins a new epoch for a database that was copied: positions of the source mean nothing in it. On PostgreSQL its activities
/// are settled already.
pub(super) async fn renew_epoch(tx: &mut Tx<'_>) -> StoreResult<Uuid> {
    let sql = match tx.engine() {
        Engine::Sqlite => "update feed set epoch = randomblob(16), system_identifier = null returning epoch",
        Engine::Postgres => {
            "update feed set epoch = gen_random_uuid(), \
             system_identifier = (select system_identifier from pg_control_system()) returning epoch"
        }
    };
    let (epoch,): (Uuid,) = tx.sql(sql).fetch_one().await?;
    Ok(epoch)
}
