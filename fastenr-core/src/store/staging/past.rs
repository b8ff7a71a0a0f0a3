//! Dated values of the past: those of an account must lead to what it says today, each from the one before it.

use super::classify::settle;
use super::{Staging, verdict};
use crate::model::account::ACCOUNT;
use crate::model::noun::{DatedHistory, Storage};
use crate::store::records::{Stamp, before_columns};
use crate::store::{Engine, Scope, StoreResult, Tx};

/// What the order of a history is: by day, then as its records were made.
const ORDER: &str = "effective_on, made nulls last, record";

impl Staging {
    /// Rejects the rows of a history that would not hold together: each change begins with what the one before it ended with, and the
    /// last ends with what the account says. Known only once it is known what becomes of each row. A row that is not written may be
    /// the reason, so all rows of the history go with it.
    pub async fn reject_broken_pasts(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let Some(past) = &self.noun.past else { return Ok(()) };
        self.reject_moves(tx).await?;
        self.gather_points(tx, scope, past).await?;
        self.reject_gaps(tx, scope, past).await?;
        let engine = tx.engine();
        let code = past.of.map_or_else(|| "history_mismatch".to_owned(), |of| format!("{of}_mismatch"));
        // No ARR is an ARR of 0.
        let kept = |value: &str| format!("case when p.series = 'arr' then coalesce({value}, '0') else {value} end");
        let (ends, has) = (kept("e.value"), kept(&says(engine)));
        let shown = |value: &str| format!("coalesce({}, 'no value')", engine.account_value("p.series", value));
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select p.n, $2, '{code}',
                    'a history ends with what its account says today: import the accounts first, or add the last change',
                    'it would end with ' || {} || ', the account has ' || {}
             from (select p.n, p.series, {ends} as ends, {has} as has
                   from points p
                   join (select h.account_id, h.series, h.value,
                                row_number() over (partition by h.account_id, h.series
                                                   order by h.effective_on desc, h.made desc nulls first, h.record desc) as place
                         from ({}) h) e
                     on e.account_id = p.account_id and e.series = p.series and e.place = 1
                   join accounts a on a.organization_id = $1 and a.id = p.account_id) p
             where p.ends is distinct from p.has",
            shown("p.ends"),
            shown("p.has"),
            self.whole_histories(past),
        );
        if tx.of(scope, sql).bind(self.header(past.value)).execute().await? > 0 {
            leave_out(tx).await?;
        }
        Ok(())
    }

    /// Rejects the rows of a history in which one says what was before, and it is not what the one before it ended with.
    async fn reject_gaps(&self, tx: &mut Tx<'_>, scope: &Scope, past: &DatedHistory) -> StoreResult<()> {
        if !self.has(past.before) {
            return Ok(());
        }
        let sql = format!(
            "insert into rejects (n, header, code, rule)
             select p.n, $2, 'history_gap',
                    'the {} value of a change is the {} value of the one before it, and in row ' || g.first || ' it is not'
             from points p
             join (select l.account_id, l.series, min(q.n) as first
                   from (select h.account_id, h.series, h.record,
                                lag(h.value) over (partition by h.account_id, h.series order by {ORDER}) as had,
                                row_number() over (partition by h.account_id, h.series order by {ORDER}) as place
                         from ({}) h) l
                   join points q on q.record = l.record and q.series = l.series
                   where l.place > 1 and q.was is not null and q.was is distinct from l.had
                   group by l.account_id, l.series) g
               on g.account_id = p.account_id and g.series = p.series",
            past.before,
            past.value,
            self.whole_histories(past),
        );
        if tx.of(scope, sql).bind(self.header(past.before)).execute().await? > 0 {
            leave_out(tx).await?;
        }
        Ok(())
    }

    /// The histories that the file speaks of, as they would be: its rows, and what is kept and not in it.
    fn whole_histories(&self, past: &DatedHistory) -> String {
        format!(
            "select q.account_id, q.series, q.effective_on, q.value, q.made, q.record from points q
             union all
             select c.account_id, c.field, c.effective_on, c.{}, c.created_at, c.id from {} c
             where c.organization_id = $1{} and (c.account_id, c.field) in (select q.account_id, q.series from points q)
               and not exists (select 1 from points q where q.record = c.id and q.series = c.field)",
            self.column_of(past.value),
            self.noun.table,
            self.noun.fixed_condition("c"),
        )
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
            "create temporary table points (n {integer}, record {id}, series {text}, account_id {id}, effective_on {}, \
             value {text}, was {text}, made {}, fresh {integer}, primary key (record, series))",
            of(Storage::Date),
            of(Storage::Instant),
            integer = of(Storage::Integer),
            text = of(Storage::Text),
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
        let series = self
            .noun
            .names_field()
            .map_or_else(|| format!("'{}'", past.of.unwrap_or_default()), |field| format!("s.{}", field.column));
        let was = match self.has(past.before) {
            true => format!("s.{}", self.column_of(past.before)),
            false => "null".to_owned(),
        };
        let sql = format!(
            "insert into points (n, record, series, account_id, effective_on, value, was, made, fresh)
             select s.n, coalesce(v.id, s.id), {series}, {}, {day}, {}, {was}, c.created_at,
                    case when v.n is null or (v.changed & {}) <> 0 then 1 else 0 end
             from staged s
             left join verdicts v on v.n = s.n
             left join {} c on c.organization_id = $1 and c.id = v.id{}
             where v.n is null or v.verdict = {}",
            said("account"),
            said(past.value),
            self.noun.within.map_or(0, |day| self.bit(day)),
            self.noun.table,
            self.own("c"),
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
        let sql =
            format!("create temporary table links (id {id}, series {text}, value {text}, primary key (id, series))");
        tx.sql(sql).execute().await?;
        let sql = format!(
            "insert into links (id, series, value)
             select h.id, h.series, h.value
             from (select c.id, c.field as series, c.{before} as had,
                          case when row_number() over (partition by c.account_id, c.field
                                                       order by c.effective_on, c.created_at, c.id) > 1
                               then lag(c.{value}) over (partition by c.account_id, c.field
                                                         order by c.effective_on, c.created_at, c.id)
                               when p.fresh = 1 then p.was
                               else c.{before} end as value
                   from {table} c
                   left join points p on p.record = c.id and p.series = c.field
                   where c.organization_id = $1{fixed}
                     and (c.account_id, c.field) in (select q.account_id, q.series from points q)) h
             where h.value is distinct from h.had"
        );
        tx.of(scope, sql).execute().await?;
        let columns = before_columns(self.noun);
        let bit = self.bit(past.before);
        let sql = format!(
            "insert into {table}_before (organization_id, operation_id, id, changed, {})
             select c.organization_id, $2, c.id, {bit}, {}
             from links l join {table} c on c.organization_id = $1 and c.id = l.id and c.field = l.series
             where not exists (select 1 from points p where p.record = c.id and p.series = c.field)",
            columns.join(", "),
            columns.iter().map(|column| format!("c.{column}")).collect::<Vec<_>>().join(", "),
        );
        tx.of(scope, sql).bind(stamp.operation).execute().await?;
        let sql = format!(
            "update {table}_before as c set changed = c.changed | {bit}
             where c.organization_id = $1 and c.operation_id = $2
               and exists (select 1 from links l where l.id = c.id and l.series = c.field)"
        );
        tx.of(scope, sql).bind(stamp.operation).execute().await?;
        let sql = format!(
            "update {table} as c set {before} = l.value, updated_at = $2,
                    version = c.version + case when exists (select 1 from points p where p.record = c.id and p.series = c.field)
                                               then 0 else 1 end
             from links l where c.organization_id = $1 and c.id = l.id and c.field = l.series"
        );
        tx.of(scope, sql).bind(stamp.now).execute().await?;
        Ok(())
    }

    fn column_of(&self, name: &str) -> &'static str {
        self.noun.field(name).map_or("id", |(_, field)| field.column)
    }
}

/// Rejected rows are no part of a history any more.
async fn leave_out(tx: &mut Tx<'_>) -> StoreResult<()> {
    settle(tx).await?;
    tx.sql("delete from points where n in (select n from rejects)").execute().await?;
    Ok(())
}

/// What the account `a` says of the field that `p.series` names, as the history keeps it.
fn says(engine: Engine) -> String {
    let tracked = ACCOUNT.fields.iter().filter(|field| field.tracked);
    let cases: String = tracked
        .map(|field| {
            let text = engine.journal_text(&format!("a.{}", field.column), field.meaning.storage());
            format!(" when '{}' then {text}", field.name)
        })
        .collect();
    format!("case p.series{cases} end")
}
