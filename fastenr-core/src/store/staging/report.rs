//! What was decided, to be told.

use chrono::{DateTime, Utc};
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use uuid::Uuid;

use super::{RejectScope, Staging, verdict};
use crate::import::request::RowResult;
use crate::model::noun::{Storage, Value};
use crate::model::operation::Ledger;
use crate::store::{Scope, StoreResult, Tx};

/// Refused cells that are told together.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ProblemRow {
    pub header: Option<String>,
    pub code: String,
    pub rule: String,
    pub value: Option<String>,
    /// What stands in the way, where that is one record, such as an archived account: its id.
    pub record: Option<String>,
    pub rows: i64,
    pub first: i64,
}

/// One field of one row that changes, or would; a created record has no id yet.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct FieldChange {
    pub n: i64,
    pub id: Option<Uuid>,
    pub bit: i64,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
}

/// Above this many different values of one column and rule, the values are not listed one by one.
const LISTED_VALUES: i64 = 20;

impl Staging {
    /// `rows` are all the data rows of the file; each one that has no verdict is created.
    pub async fn ledger(&self, tx: &mut Tx<'_>, rows: u64) -> StoreResult<Ledger> {
        let counts: Vec<(i64, i64)> =
            tx.sql("select verdict, count(*) from verdicts group by verdict").fetch_all().await?;
        let of = |wanted: i64| {
            let count = counts.iter().find(|(verdict, _)| *verdict == wanted).map_or(0, |(_, count)| *count);
            u64::try_from(count).unwrap_or(0)
        };
        let mut ledger = Ledger {
            rows,
            created: 0,
            updated: of(verdict::UPDATE),
            unchanged: of(verdict::UNCHANGED),
            skipped: of(verdict::SKIPPED),
            rejected: of(verdict::REJECTED),
            ..Ledger::default()
        };
        if self.events.is_some() {
            return self.ledger_of_events(tx, ledger).await;
        }
        let (open,): (i64,) = tx
            .sql("select count(*) from staged s where not exists (select 1 from verdicts v where v.n = s.n)")
            .fetch_one()
            .await?;
        ledger.created = u64::try_from(open).unwrap_or(0);
        Ok(ledger)
    }

    /// Refusals of rows, or of cells alone, grouped: by value where a column has few different bad ones, else by column and rule.
    /// What a single value is told with the rule, such as its candidates, is left out of the latter.
    pub async fn problems(&self, tx: &mut Tx<'_>, of: RejectScope) -> StoreResult<Vec<ProblemRow>> {
        let sql = "with kinds as (
               select header, code, count(distinct value) as different from rejects where hold = $2 group by header, code)
             select r.header, r.code,
                    min(r.rule) || case when k.different between 1 and $1 then coalesce(min(r.detail), '') else '' end as rule,
                    case when k.different <= $1 then min(r.value) end as value, min(r.record) as record,
                    count(distinct r.n) as rows, min(r.n) as first
             from rejects r
             join kinds k on k.header is not distinct from r.header and k.code = r.code
             where r.hold = $2
             group by r.header, r.code, k.different, case when k.different <= $1 then r.value end
             order by rows desc, first, r.header nulls first, r.code, value nulls first, rule";
        tx.sql(sql).bind(LISTED_VALUES).bind(of.as_i64()).fetch_all().await
    }

    /// What rows call accounts that are not found: a sample.
    pub async fn unknown_accounts(&self, tx: &mut Tx<'_>) -> StoreResult<Vec<String>> {
        let sql = "select distinct value from rejects \
                   where code in ('unknown_account', 'unknown_parent') and value is not null order by value limit 100";
        let rows: Vec<(String,)> = tx.sql(sql).fetch_all().await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }

    /// Row numbers of one group's first rows.
    pub async fn examples(&self, tx: &mut Tx<'_>, of: RejectScope, problem: &ProblemRow) -> StoreResult<Vec<i64>> {
        let sql = "select distinct n from rejects where header is not distinct from $1 and code = $2 and hold = $4 \
                   and (cast($3 as text) is null or value = $3) order by n limit 3";
        let rows: Vec<(i64,)> = tx
            .sql(sql)
            .bind(problem.header.clone())
            .bind(problem.code.clone())
            .bind(problem.value.clone())
            .bind(of.as_i64())
            .fetch_all()
            .await?;
        Ok(rows.into_iter().map(|(n,)| n).collect())
    }

    /// What becomes of each row, in the order of the file, and its record.
    pub async fn fates(&self, tx: &mut Tx<'_>) -> StoreResult<Vec<(i64, RowResult, Option<Uuid>)>> {
        let sql = match &self.events {
            None => {
                "select v.n, v.verdict, v.id from verdicts v union all
                 select s.n, cast(0 as bigint), s.id from staged s
                 where not exists (select 1 from verdicts v where v.n = s.n)
                 order by 1"
            }
            // What is no event any more has a verdict of its own; an event has that of its day.
            Some(_) => {
                "select v.n, v.verdict, v.id from verdicts v
                 where v.n not in (select d.n from days d) union all
                 select e.n, coalesce(v.verdict, 0), coalesce(v.id, s.id)
                 from events e
                 join days d on d.account_id = e.account_id and d.metric_date = e.metric_date
                 join staged s on s.n = d.n
                 left join verdicts v on v.n = d.n
                 order by 1"
            }
        };
        let rows: Vec<(i64, i64, Option<Uuid>)> = tx.sql(sql).fetch_all().await?;
        let fate = |verdict: i64| match verdict {
            verdict::UPDATE => RowResult::Updated,
            verdict::UNCHANGED => RowResult::Unchanged,
            verdict::SKIPPED => RowResult::Skipped,
            verdict::REJECTED => RowResult::Rejected,
            _ => RowResult::Created,
        };
        Ok(rows.into_iter().map(|(n, verdict, id)| (n, fate(verdict), id)).collect())
    }

    /// Every refusal of a row, or of a cell alone, in the order of the file.
    pub fn rejects<'t>(
        &self,
        tx: &'t mut Tx<'_>,
        of: RejectScope,
    ) -> StoreResult<BoxStream<'t, StoreResult<RejectRow>>> {
        tx.sql(
            "select n, header, code, rule || coalesce(detail, '') as rule, value from rejects where hold = $1 \
                order by n, header nulls first, code, value nulls first, rule",
        )
        .bind(of.as_i64())
        .fetch()
    }

    /// Every field of an existing record that changes, in the order of the file.
    pub fn changes<'t>(
        &self,
        tx: &'t mut Tx<'_>,
        scope: &Scope,
    ) -> StoreResult<BoxStream<'t, StoreResult<FieldChange>>> {
        let engine = tx.engine();
        let parts: Vec<String> = self
            .written()
            .map(|(bit, field)| {
                let storage = field.meaning.storage();
                let text = |table: &str| engine.journal_text(&format!("{table}.{}", field.column), storage);
                format!(
                    "select v.n as n, v.id as id, cast({bit} as bigint) as bit, {} as old_value, {} as new_value
                     from verdicts v join staged s on s.n = v.n
                     join {} a on a.organization_id = $1 and a.id = v.id
                     where v.verdict = {} and (v.changed & {}) <> 0{}",
                    text("a"),
                    text("s"),
                    self.noun.table,
                    verdict::UPDATE,
                    1_i64 << bit,
                    self.own("a")
                )
            })
            .collect();
        let changes = tx.of(scope, format!("{} order by n, bit", parts.join(" union all "))).fetch::<FieldChange>()?;
        let fields = self.noun.fields;
        Ok(changes
            .map_ok(move |mut change| {
                let field = usize::try_from(change.bit).ok().and_then(|bit| fields.get(bit));
                if field.is_some_and(|field| field.meaning.storage() == Storage::Instant) {
                    change.old_value = change.old_value.map(instant);
                    change.new_value = change.new_value.map(instant);
                }
                change
            })
            .boxed())
    }
}

/// The databases differ in how they write an instant; the journal has one way.
fn instant(text: String) -> String {
    match DateTime::parse_from_rfc3339(&text) {
        Ok(at) => Value::Instant(at.with_timezone(&Utc)).journal().into_owned(),
        Err(_) => text,
    }
}

/// One refusal of one row.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct RejectRow {
    pub n: i64,
    pub header: Option<String>,
    pub code: String,
    pub rule: String,
    pub value: Option<String>,
}
