//! External ids are never changed or made anew by accident.

use super::classify::settle;
use super::{RejectScope, Staging, verdict};
use crate::import::request::Ids;
use crate::model::noun::{Key, Storage};
use crate::store::{Engine, Scope, StoreResult, Tx};

/// External ids of existing records that others would take the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdChanges {
    pub count: u64,
    /// The first few: old, and new; none where it would be cleared.
    pub examples: Vec<(String, Option<String>)>,
}

/// Changes that a message tells.
const LISTED: i64 = 3;

/// Which rows would write an external id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writes {
    /// Those that make a record.
    New,
    /// Those that give an existing record another one; known once they are compared.
    Changed,
}

impl Staging {
    /// Rejects rows that would make a record with a damaged external id, or with one that differs only in leading zeros or letter
    /// case from an existing one or from that of another new record.
    pub async fn reject_strange_new_ids(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        self.reject_strange_ids(tx, scope, Writes::New).await
    }

    /// The same for rows that would give an existing record such an id; known once they are compared.
    pub async fn reject_strange_changed_ids(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        self.reject_strange_ids(tx, scope, Writes::Changed).await
    }

    /// Says of a staged row `s` and its verdict `v` that its external id would be new.
    fn condition(&self, writes: Writes) -> String {
        match writes {
            Writes::New => "v.n is null".to_owned(),
            Writes::Changed => {
                format!("v.verdict = {} and (v.changed & {}) <> 0", verdict::UPDATE, self.bit("external_id"))
            }
        }
    }

    async fn reject_strange_ids(&self, tx: &mut Tx<'_>, scope: &Scope, writes: Writes) -> StoreResult<()> {
        let Some((bit, field)) = self.noun.field("external_id").filter(|_| self.has("external_id")) else {
            return Ok(());
        };
        if self.row_rules.ids == Ids::AsWritten {
            return Ok(());
        }
        let hold = self.hold(field);
        let damaged = self.reject_damaged_ids(tx, writes, &hold).await?;
        let near = self.reject_near_ids(tx, scope, writes, &hold).await?;
        let twins = if writes == Writes::New { self.reject_twin_ids(tx, &hold).await? } else { 0 };
        if damaged + near + twins > 0 {
            settle(tx).await?;
            self.leave_out(tx, bit).await?;
        }
        Ok(())
    }

    async fn reject_damaged_ids(&self, tx: &mut Tx<'_>, writes: Writes, hold: &str) -> StoreResult<u64> {
        let unknown = RejectScope::Unknown.as_i64();
        let sql = format!("select n from rejects where hold = {unknown} limit 1");
        if tx.sql(sql).fetch_optional::<(i64,)>().await?.is_none() {
            return Ok(0);
        }
        let sql = format!(
            "update rejects set hold = w.hold
             from (select s.n as n, {hold} as hold from staged s left join verdicts v on v.n = s.n where {}) w
             where w.n = rejects.n and rejects.hold = {unknown}",
            self.condition(writes)
        );
        tx.sql(sql).execute().await
    }

    async fn reject_near_ids(&self, tx: &mut Tx<'_>, scope: &Scope, writes: Writes, hold: &str) -> StoreResult<u64> {
        let (engine, table) = (tx.engine(), self.noun.table);
        if !self.any_new(tx, writes).await? || !self.any_external_id(tx, scope).await? {
            return Ok(0);
        }
        let of = |storage| engine.column_type(storage);
        tx.sql(format!(
            "create temporary table near (n {}, own {}, hold {0}, key {text}, folded {text})",
            of(Storage::Integer),
            of(Storage::Id),
            text = of(Storage::Text)
        ))
        .execute()
        .await?;
        let folded = |column: &str| format!("ltrim({}, '0')", engine.ascii_lower(column));
        let sql = format!(
            "insert into near (n, own, hold, key, folded)
             select s.n, v.id, {hold}, s.external_key, {}
             from staged s left join verdicts v on v.n = s.n
             where s.external_key is not null and {} and not {}",
            folded("s.external_key"),
            self.condition(writes),
            engine.is_salesforce_id("s.external_key"),
        );
        let mut rejected = 0;
        if tx.sql(sql).execute().await? > 0 {
            if engine == Engine::Sqlite {
                tx.sql("create index near_folded on near (folded)").execute().await?;
            }
            let mut places = vec![(table, "id")];
            if let Some(aliases) = &self.noun.aliases {
                places.push((aliases.table, aliases.record));
            }
            for (table, id) in places {
                // SQLite would begin with the rows of the file and look at all records for each.
                let sql = format!(
                    "insert into rejects (n, header, code, rule, detail, value, hold)
                     select f.n, $2,
                            case when min(case when {lower_own} = {lower_other} then 0 else 1 end) = 0
                                 then 'external_id_case' else 'external_id_zeros' end,
                            case when min(case when {lower_own} = {lower_other} then 0 else 1 end) = 0
                                 then 'no {one} has this external id; one has it in another letter case'
                                 else 'no {one} has this external id; one has it with other leading zeros' end,
                            ': ' || min(a.external_id), min(f.key), min(f.hold)
                     from {table} a
                     cross join near f
                     where a.organization_id = $1 and f.folded = {} and a.external_key <> f.key and (f.own is null or f.own <> a.{id})
                     group by f.n",
                    folded("a.external_key"),
                    one = self.noun.one,
                    lower_own = engine.ascii_lower("f.key"),
                    lower_other = engine.ascii_lower("a.external_key"),
                );
                rejected += tx.of(scope, sql).bind(self.header("external_id")).execute().await?;
            }
        }
        tx.sql("drop table near").execute().await?;
        Ok(rejected)
    }

    /// New records of one file whose ids differ only in leading zeros or letter case are most likely one record.
    async fn reject_twin_ids(&self, tx: &mut Tx<'_>, hold: &str) -> StoreResult<u64> {
        if !self.any_new(tx, Writes::New).await? || !self.spells_ids_in_two_ways(tx).await? {
            return Ok(0);
        }
        let engine = tx.engine();
        let lower = engine.ascii_lower("s.external_key");
        let new = format!(
            "s.external_key is not null and {} and not {}",
            self.condition(Writes::New),
            engine.is_salesforce_id("s.external_key")
        );
        let sql = format!(
            "insert into rejects (n, header, code, rule, value, hold)
             select s.n, $1,
                    case when d.cases = 1 then 'external_id_case' else 'external_id_zeros' end,
                    'the external ids of rows ' || d.first || ' and ' || d.last || ' differ only in '
                        || case when d.cases = 1 then 'letter case' else 'leading zeros' end,
                    s.external_key, {hold}
             from staged s
             left join verdicts v on v.n = s.n
             join (select ltrim({lower}, '0') as folded, min(s.n) as first, max(s.n) as last,
                          case when min({lower}) = max({lower}) then 1 else 0 end as cases
                   from staged s
                   left join verdicts v on v.n = s.n
                   where {new}
                   group by ltrim({lower}, '0') having min(s.external_key) <> max(s.external_key)) d
               on d.folded = ltrim({lower}, '0')
             where {new}"
        );
        tx.sql(sql).bind(self.header("external_id")).execute().await
    }

    /// Whether some ids of the file begin with zeros and others do not, or some have small letters and others capitals. Most files
    /// spell them in one way, and one look at each is cheaper than to compare them.
    async fn spells_ids_in_two_ways(&self, tx: &mut Tx<'_>) -> StoreResult<bool> {
        let (lower, upper) = (tx.engine().ascii_lower("s.external_key"), tx.engine().ascii_upper("s.external_key"));
        let zeros = "case when s.external_key like '0%' then 1 else 0 end";
        let sql = format!(
            "select cast(coalesce(max({zeros}) - min({zeros}), 0) as bigint),
                    cast(coalesce(max(case when s.external_key <> {lower} then 1 else 0 end), 0)
                      + coalesce(max(case when s.external_key <> {upper} then 1 else 0 end), 0) as bigint)
             from staged s where s.external_key is not null"
        );
        let (zeros, cases): (i64, i64) = tx.sql(sql).fetch_one().await?;
        Ok(zeros > 0 || cases == 2)
    }

    /// Whether some row is new, or changes: most nights none is.
    async fn any_new(&self, tx: &mut Tx<'_>, writes: Writes) -> StoreResult<bool> {
        let sql = match writes {
            // Numbers of rows are counted up, and every row is staged.
            Writes::New => "select coalesce(max(s.n), 0) - (select count(*) from verdicts) from staged s".to_owned(),
            Writes::Changed => {
                format!("select count(*) from (select v.n from verdicts v where {} limit 1) w", self.condition(writes))
            }
        };
        let (count,): (i64,) = tx.sql(sql).fetch_one().await?;
        Ok(count > 0)
    }

    async fn any_external_id(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<bool> {
        let sql = format!(
            "select a.version from {} a where a.organization_id = $1 and a.external_key >= '' limit 1",
            self.noun.table
        );
        let found: Option<(i64,)> = tx.of(scope, sql).fetch_optional().await?;
        Ok(found.is_some())
    }

    /// The external ids that records would lose, where rows are matched by something else.
    pub async fn id_changes(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<IdChanges> {
        let none = IdChanges { count: 0, examples: Vec::new() };
        if !self.has("external_id") || self.key == Key::ExternalId {
            return Ok(none);
        }
        let changes = format!(
            "from verdicts v
             join staged s on s.n = v.n
             join {} a on a.organization_id = $1 and a.id = v.id
             where v.verdict = {} and (v.changed & {}) <> 0 and a.external_key is not null",
            self.noun.table,
            verdict::UPDATE,
            self.bit("external_id")
        );
        let (count,): (i64,) = tx.of(scope, format!("select count(*) {changes}")).fetch_one().await?;
        if count == 0 {
            return Ok(none);
        }
        let sql = format!("select a.external_id, s.external_id {changes} order by v.n limit $2");
        let examples = tx.of(scope, sql).bind(LISTED).fetch_all().await?;
        Ok(IdChanges { count: u64::try_from(count).unwrap_or(0), examples })
    }

    /// Whether any row of the file names a record.
    pub async fn any_key(&self, tx: &mut Tx<'_>) -> StoreResult<bool> {
        let sql = "select n from staged where key is not null or match_id is not null limit 1";
        let found: Option<(i64,)> = tx.sql(sql).fetch_optional().await?;
        Ok(found.is_some())
    }

    /// How many records bear the key by which rows are matched: those that a file could miss.
    pub async fn count_keyed(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<u64> {
        let sql = format!(
            "select count(*) from {} a where a.organization_id = $1 and a.archived_at is null and a.{} is not null",
            self.noun.table,
            self.key_column()
        );
        let (count,): (i64,) = tx.of(scope, sql).fetch_one().await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
