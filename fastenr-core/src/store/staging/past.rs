//! Dated values of the past: those of an account must lead to what it says today, each from the one before it.

use super::classify::settle;
use super::{Staging, verdict};
use crate::model::noun::{DatedHistory, Storage};
use crate::store::records::{Stamp, before_columns};
use crate::store::{Scope, StoreResult, Tx};

/// Cents as people write an amount.
fn amount(cents: &str) -> String {
    format!("cast({cents} / 100 as text) || '.' || substr(cast(100 + {cents} % 100 as text), 2)")
}

impl Staging {
    /// Rejects the rows of accounts whose history would not end with what they have: known only once it is known what becomes
    /// of each row. A row that is not written may be the reason, so all rows of the account go with it.
    pub async fn reject_broken_pasts(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let Some(past) = &self.noun.past else { return Ok(()) };
        self.reject_moves(tx).await?;
        self.gather_points(tx, scope, past).await?;
        let (table, fixed) = (self.noun.table, self.noun.fixed_condition("c"));
        let value = self.column_of(past.value);
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select p.n, $2, '{of}_mismatch',
                    'a history ends with what its account says today: import the accounts first, or add the last change',
                    'it would end with ' || {ends} || ', the account has ' || {has}
             from points p
             join (select h.account_id, coalesce(cast(h.value as bigint), 0) as cents,
                          row_number() over (partition by h.account_id
                                             order by h.effective_on desc, h.made desc nulls first, h.record desc) as place
                   from (select q.account_id, q.effective_on, q.value, q.made, q.record from points q
                         union all
                         select c.account_id, c.effective_on, c.{value}, c.created_at, c.id from {table} c
                         where c.organization_id = $1{fixed} and c.account_id in (select account_id from points)
                           and c.id not in (select record from points)) h) e
               on e.account_id = p.account_id and e.place = 1
             join accounts a on a.organization_id = $1 and a.id = p.account_id
             where e.cents <> coalesce(a.{of}, 0)",
            of = past.of,
            ends = amount("e.cents"),
            has = amount(&format!("coalesce(a.{}, 0)", past.of)),
        );
        if tx.of(scope, sql).bind(self.header(past.value)).execute().await? > 0 {
            settle(tx).await?;
            tx.sql("delete from points where n in (select n from rejects)").execute().await?;
        }
        Ok(())
    }

    /// A record of one account's history is none of another's.
    async fn reject_moves(&self, tx: &mut Tx<'_>) -> StoreResult<()> {
        let sql = format!(
            "insert into rejects (n, header, code, rule)
             select v.n, $1, 'other_account', 'this {} is in the history of another account'
             from verdicts v where v.verdict = {} and (v.changed & {}) <> 0",
            self.noun.one,
            verdict::UPDATE,
            self.bit("account")
        );
        if tx.sql(sql).bind(self.header("account")).execute().await? > 0 {
            settle(tx).await?;
        }
        Ok(())
    }

    /// What the rows that are to be written say, with what their records say where a row is silent. A `fresh` point begins a
    /// history if nothing is before it; another one keeps what it says was before.
    async fn gather_points(&self, tx: &mut Tx<'_>, scope: &Scope, past: &DatedHistory) -> StoreResult<()> {
        let engine = tx.engine();
        let of = |storage| engine.column_type(storage);
        let sql = format!(
            "create temporary table points (n {integer}, record {id} primary key, account_id {id}, effective_on {}, value {}, \
             made {}, fresh {integer})",
            of(Storage::Date),
            of(Storage::Text),
            of(Storage::Instant),
            integer = of(Storage::Integer),
            id = of(Storage::Id),
        );
        tx.sql(sql).execute().await?;
        let said = |name: &str| {
            let column = self.column_of(name);
            match self.has(name) {
                true => {
                    format!("case when (s.present & {}) <> 0 then s.{column} else c.{column} end", self.bit(name))
                }
                false => format!("c.{column}"),
            }
        };
        let sql = format!(
            "insert into points (n, record, account_id, effective_on, value, made, fresh)
             select s.n, coalesce(v.id, s.id), {}, {day}, {}, c.created_at,
                    case when v.n is null or (v.changed & {}) <> 0 then 1 else 0 end
             from staged s
             left join verdicts v on v.n = s.n
             left join {} c on c.organization_id = $1 and c.id = v.id{}
             where v.n is null or v.verdict = {}",
            said("account"),
            said(past.value),
            self.noun.within.map_or(0, |day| self.bit(day)),
            self.noun.table,
            self.noun.fixed_condition("c"),
            verdict::UPDATE,
            day = said(self.noun.within.unwrap_or_default()),
        );
        tx.of(scope, sql).execute().await?;
        Ok(())
    }

    /// Makes each record of a history that was written to begin with what the one before it ended with. Those that were not in
    /// the file are kept for an undo like the others.
    pub async fn chain(&self, tx: &mut Tx<'_>, scope: &Scope, stamp: Stamp) -> StoreResult<()> {
        let Some(past) = &self.noun.past else { return Ok(()) };
        let (table, fixed) = (self.noun.table, self.noun.fixed_condition("c"));
        let (value, before) = (self.column_of(past.value), self.column_of(past.before));
        let engine = tx.engine();
        let (id, text) = (engine.column_type(Storage::Id), engine.column_type(Storage::Text));
        tx.sql(format!("create temporary table links (id {id} primary key, value {text})")).execute().await?;
        let sql = format!(
            "insert into links (id, value)
             select h.id, h.value
             from (select c.id, c.{before} as had,
                          case when row_number() over (partition by c.account_id
                                                       order by c.effective_on, c.created_at, c.id) > 1
                               then lag(c.{value}) over (partition by c.account_id
                                                         order by c.effective_on, c.created_at, c.id)
                               when p.fresh = 1 then null
                               else c.{before} end as value
                   from {table} c
                   left join points p on p.record = c.id
                   where c.organization_id = $1{fixed} and c.account_id in (select account_id from points)) h
             where h.value is distinct from h.had"
        );
        tx.of(scope, sql).execute().await?;
        let columns = before_columns(self.noun);
        let bit = self.bit(past.before);
        let sql = format!(
            "insert into {table}_before (organization_id, operation_id, id, changed, {})
             select c.organization_id, $2, c.id, {bit}, {}
             from links l join {table} c on c.organization_id = $1 and c.id = l.id{fixed}
             where not exists (select 1 from points p where p.record = c.id)",
            columns.join(", "),
            columns.iter().map(|column| format!("c.{column}")).collect::<Vec<_>>().join(", "),
        );
        tx.of(scope, sql).bind(stamp.operation).execute().await?;
        let sql = format!(
            "update {table}_before as c set changed = c.changed | {bit}
             where c.organization_id = $1 and c.operation_id = $2{fixed} and c.id in (select id from links)"
        );
        tx.of(scope, sql).bind(stamp.operation).execute().await?;
        let sql = format!(
            "update {table} as c set {before} = l.value, updated_at = $2,
                    version = c.version + case when exists (select 1 from points p where p.record = c.id) then 0 else 1 end
             from links l where c.organization_id = $1 and c.id = l.id{fixed}"
        );
        tx.of(scope, sql).bind(stamp.now).execute().await?;
        Ok(())
    }

    fn column_of(&self, name: &str) -> &'static str {
        self.noun.field(name).map_or("id", |(_, field)| field.column)
    }
}
