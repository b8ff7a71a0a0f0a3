//! Scores are computed, so their tables are taken back by another rule: the snapshots of a run go or are what they were before it,
//! and an account has the scores of its latest snapshot.

use chrono::NaiveDate;

use super::{Undo, act, place};
use crate::store::journal::{DELETED, RESTORED, Table};
use crate::store::records::Stamp;
use crate::store::scores::book;
use crate::store::scores::snapshots::{SHOWN, kept_columns};
use crate::store::{Scope, StoreResult, Tx};

/// What tells the rows of a table of scores apart, and the rest of its columns.
struct ScoreTable {
    name: &'static str,
    key: &'static [&'static str],
    rest: Vec<&'static str>,
}

impl ScoreTable {
    fn tables() -> [Self; 2] {
        [
            Self { name: "score_snapshots", key: &["account_id", "snapshot_date"], rest: kept_columns() },
            Self {
                name: "score_books",
                key: &["snapshot_date"],
                rest: book::COLUMNS.into_iter().chain(["created_by_operation"]).collect(),
            },
        ]
    }

    fn same(&self, one: &str, other: &str) -> String {
        let keys: Vec<String> = self.key.iter().map(|name| format!("{one}.{name} = {other}.{name}")).collect();
        keys.join(" and ")
    }

    /// Key and rest, of the table `alias`.
    fn all(&self, alias: &str) -> String {
        let names = self.key.iter().chain(&self.rest).map(|name| format!("{alias}{name}"));
        names.collect::<Vec<_>>().join(", ")
    }

    /// Keeps rows of the table `s` before they are written: `$2` is the operation, `$3` the mask.
    fn keep(&self, rest: &str) -> String {
        format!(
            "insert into {name}_before (organization_id, operation_id, changed, {}) \
             select s.organization_id, $2, $3, {} from {name} s {rest}",
            self.all(""),
            self.all("s."),
            name = self.name
        )
    }
}

fn removed_accounts() -> String {
    let accounts = Table::find("accounts").map_or(0, place);
    format!("select u.id from undoing u where u.tbl = {accounts} and u.act = {} and u.reason is null", act::REMOVE)
}

/// Every day that has a snapshot, the latest first.
async fn all_days(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<NaiveDate>> {
    // From each day to the next, not through all the rows of one.
    let sql = "with recursive days (day) as ( \
                 select max(s.snapshot_date) from score_snapshots s where s.organization_id = $1 \
                 union all \
                 select (select max(s.snapshot_date) from score_snapshots s where s.organization_id = $1 and s.snapshot_date < days.day) \
                 from days where days.day is not null) \
               select day from days where day is not null order by day desc";
    let rows: Vec<(NaiveDate,)> = tx.of(scope, sql).fetch_all().await?;
    Ok(rows.into_iter().map(|(day,)| day).collect())
}

impl Undo {
    /// Which accounts will have other scores.
    pub(super) async fn gather_scores(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        if let Some(day) = self.day {
            let sql = "insert into rescored (account_id, settled) select s.account_id, 0 from score_snapshots s \
                       where s.organization_id = $1 and s.snapshot_date = $2 and s.created_by_operation = $3";
            tx.of(scope, sql).bind(day).bind(self.operation).execute().await?;
        }
        let sql = "insert into rescored (account_id, settled) select distinct b.account_id, 0 from score_snapshots_before b \
                   where b.organization_id = $1 and b.operation_id = $2 on conflict (account_id) do nothing";
        tx.of(scope, sql).bind(self.operation).execute().await?;
        Ok(())
    }

    /// How many accounts have other scores after it, or may have.
    pub async fn rescored(&self, tx: &mut Tx<'_>) -> StoreResult<u64> {
        let (count,): (i64,) = tx.sql("select count(*) from rescored").fetch_one().await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    pub(super) async fn apply_scores(&self, tx: &mut Tx<'_>, scope: &Scope, stamp: Stamp) -> StoreResult<()> {
        for table in ScoreTable::tables() {
            self.overwrite(tx, scope, &table, stamp).await?;
            self.take_away(tx, scope, &table, stamp).await?;
            self.give_back(tx, scope, &table, stamp).await?;
        }
        let gone = self.count(tx, &format!("u.id in ({})", removed_accounts())).await?;
        if gone == 0 && self.rescored(tx).await? == 0 {
            return Ok(());
        }
        let days = all_days(tx, scope).await?;
        if gone > 0 {
            let snapshots = &ScoreTable::tables()[0];
            for day in &days {
                let of = format!(
                    "s.organization_id = $1 and s.snapshot_date = $4 and s.account_id in ({})",
                    removed_accounts()
                );
                let sql = snapshots.keep(&format!("where {of}"));
                tx.of(scope, sql).bind(stamp.operation).bind(DELETED).bind(*day).execute().await?;
                let sql = format!(
                    "delete from score_snapshots where organization_id = $1 and snapshot_date = $2 and account_id in ({})",
                    removed_accounts()
                );
                tx.of(scope, sql).bind(*day).execute().await?;
            }
        }
        for day in days {
            if !self.settle(tx, scope, day).await? {
                break;
            }
        }
        let sql = "update accounts set health_score = null, churn_risk_score = null, provisional_health_score = null, \
                     scored_at = null, band = null, health_coverage = null, churn_coverage = null, \
                     churn_times_usual = null, churn_probability = null \
                   where organization_id = $1 and scored_at is not null \
                     and id in (select r.account_id from rescored r where r.settled = 0)";
        tx.of(scope, sql).execute().await?;
        Ok(())
    }

    /// Rows that the operation wrote over are what they were, unless a later run wrote over its own.
    async fn overwrite(&self, tx: &mut Tx<'_>, scope: &Scope, table: &ScoreTable, stamp: Stamp) -> StoreResult<()> {
        // An undo that is taken back put other operations' rows in place; a run its own.
        let own = if self.day.is_some() { " and s.created_by_operation = b.operation_id" } else { "" };
        let image =
            format!("b.organization_id = $1 and b.operation_id = $OP and b.changed = 1 and {}", table.same("s", "b"));
        let rest =
            format!("join {}_before b on {}{own} where s.organization_id = $1", table.name, image.replace("$OP", "$4"));
        let sql = table.keep(&rest);
        let rows = tx.of(scope, sql).bind(stamp.operation).bind(1_i64).bind(self.operation).execute().await?;
        if rows == 0 {
            return Ok(());
        }
        let sets: Vec<String> = table.rest.iter().map(|name| format!("{name} = b.{name}")).collect();
        let sql = format!(
            "update {name} as s set {} from {name}_before b where s.organization_id = $1 and {}{own}",
            sets.join(", "),
            image.replace("$OP", "$2"),
            name = table.name
        );
        tx.of(scope, sql).bind(self.operation).execute().await?;
        Ok(())
    }

    /// Rows that it made go, and those that an undo had given back.
    async fn take_away(&self, tx: &mut Tx<'_>, scope: &Scope, table: &ScoreTable, stamp: Stamp) -> StoreResult<()> {
        if let Some(day) = self.day {
            let which = |alias: &str, day: &str, operation: &str| {
                format!(
                    "{alias}organization_id = $1 and {alias}snapshot_date = {day} and {alias}created_by_operation = {operation}"
                )
            };
            let sql = table.keep(&format!("where {}", which("s.", "$4", "$5")));
            let statement = tx.of(scope, sql).bind(stamp.operation).bind(DELETED).bind(day).bind(self.operation);
            if statement.execute().await? > 0 {
                let sql = format!("delete from {} where {}", table.name, which("", "$2", "$3"));
                tx.of(scope, sql).bind(day).bind(self.operation).execute().await?;
            }
        }
        let rest = format!(
            "join {}_before b on b.organization_id = $1 and b.operation_id = $4 and b.changed = {RESTORED} and {} \
             where s.organization_id = $1",
            table.name,
            table.same("s", "b")
        );
        let sql = table.keep(&rest);
        if tx.of(scope, sql).bind(stamp.operation).bind(DELETED).bind(self.operation).execute().await? > 0 {
            let sql = format!(
                "delete from {name} where organization_id = $1 and exists (select 1 from {name}_before b \
                   where b.organization_id = $1 and b.operation_id = $2 and b.changed = {RESTORED} and {})",
                table.same(table.name, "b"),
                name = table.name
            );
            tx.of(scope, sql).bind(self.operation).execute().await?;
        }
        Ok(())
    }

    /// Rows that it deleted come back, of accounts that are there.
    async fn give_back(&self, tx: &mut Tx<'_>, scope: &Scope, table: &ScoreTable, stamp: Stamp) -> StoreResult<()> {
        let account = match table.key.contains(&"account_id") {
            true => " and exists (select 1 from accounts a where a.organization_id = $1 and a.id = b.account_id)",
            false => "",
        };
        let sql = format!(
            "insert into {name}_before (organization_id, operation_id, changed, {all}) \
             select b.organization_id, $2, $3, {values} from {name}_before b \
             where b.organization_id = $1 and b.operation_id = $4 and b.changed < 0{account} \
               and not exists (select 1 from {name} s where s.organization_id = $1 and {same})",
            name = table.name,
            all = table.all(""),
            values = table.all("b."),
            same = table.same("s", "b"),
        );
        let rows = tx.of(scope, sql).bind(stamp.operation).bind(RESTORED).bind(self.operation).execute().await?;
        if rows > 0 {
            let sql = format!(
                "insert into {name} (organization_id, {}) select b.organization_id, {} from {name}_before b \
                 where b.organization_id = $1 and b.operation_id = $2 and b.changed = {RESTORED}",
                table.all(""),
                table.all("b."),
                name = table.name
            );
            tx.of(scope, sql).bind(stamp.operation).execute().await?;
        }
        Ok(())
    }

    /// Gives accounts that have a snapshot on this day its scores; whether others are left.
    async fn settle(&self, tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<bool> {
        let sql = format!(
            "update accounts as a set {SHOWN}, \
                     scored_at = coalesce((select o.finished_at from operations o where o.organization_id = $1 \
                       and o.id = s.created_by_operation), a.scored_at) \
                   from rescored r, score_snapshots s \
                   where r.settled = 0 and a.organization_id = $1 and a.id = r.account_id and s.organization_id = $1 \
                     and s.snapshot_date = $2 and s.account_id = r.account_id"
        );
        tx.of(scope, sql).bind(day).execute().await?;
        let sql = "update rescored set settled = 1 where settled = 0 and exists (select 1 from score_snapshots s \
                   where s.organization_id = $1 and s.snapshot_date = $2 and s.account_id = rescored.account_id)";
        tx.of(scope, sql).bind(day).execute().await?;
        let (left,): (i64,) = tx.sql("select count(*) from rescored where settled = 0").fetch_one().await?;
        Ok(left > 0)
    }
}

/// The day whose snapshots an operation made, as its parameters say.
pub fn day_of(kind: &str, parameters: &str) -> Option<NaiveDate> {
    let parameters: serde_json::Value = serde_json::from_str(parameters).ok()?;
    let day = parameters.get("as_of").filter(|_| kind == "accounts.recompute")?;
    day.as_str()?.parse().ok()
}
