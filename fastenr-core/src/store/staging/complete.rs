//! Goals of a file, for their rules: read in ranges of rows, and written back with what follows.
//!
//! The rules are Rust's, as in a single write, so the rows go through it, a range at a time.

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::classify::settle;
use super::{Staging, verdict};
use crate::model::noun::{Field, Storage};
use crate::store::bulk::multi_insert;
use crate::store::goals::measured_sql;
use crate::store::{Engine, Scope, StoreResult, Tx};

/// A row of the file with the values that its goal is to have.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct GoalRow {
    pub n: i64,
    /// The bits of what the file changes; none for a goal that it creates.
    pub changed: Option<i64>,
    pub start_value: Option<i64>,
    pub started_on: Option<NaiveDate>,
    pub current_value: Option<i64>,
    pub target_value: Option<i64>,
    pub target_date: Option<NaiveDate>,
    pub milestones: Option<String>,
    /// What the file says.
    pub said_status: Option<String>,
    pub said_completion: Option<NaiveDate>,
    /// It takes the completion date away.
    pub clears_completion: bool,
    /// What the goal had.
    pub had_status: Option<String>,
    pub had_source: Option<String>,
    pub had_completion: Option<NaiveDate>,
    pub had_milestones: Option<String>,
    /// What the data of its account have, for one that is created.
    pub measured: Option<i64>,
}

/// The same row with what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedGoalRow {
    pub n: i64,
    pub changed: i64,
    pub start_value: i64,
    pub current_value: i64,
    pub status: &'static str,
    pub status_source: &'static str,
    pub completion_date: Option<NaiveDate>,
    pub milestones: String,
}

/// The columns that follow from others.
pub(in crate::store) const COLUMNS: [&str; 6] =
    ["start_value", "current_value", "status", "status_source", "completion_date", "milestones"];

impl Staging {
    /// Makes room for what follows. The number of the last row.
    pub async fn begin_completing(&self, tx: &mut Tx<'_>) -> StoreResult<i64> {
        let engine = tx.engine();
        let mut columns = String::new();
        for name in COLUMNS {
            if let Some((_, field)) = self.noun.field(name) {
                let _ = write!(columns, ", {name} {}", engine.column_type(field.meaning.storage()));
            }
        }
        let (integer, key) = (engine.column_type(Storage::Integer), "primary key");
        let sql = format!("create temporary table completed (n {integer} {key}, changed {integer}{columns})");
        tx.sql(sql).execute().await?;
        if engine == Engine::Postgres {
            tx.sql("create index if not exists staged_n on staged (n)").execute().await?;
        }
        let (last,): (i64,) = tx.sql("select coalesce(max(n), 0) from staged").fetch_one().await?;
        Ok(last)
    }

    /// Rows `from` to `to`, both included, that create or change a goal.
    pub async fn incomplete(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        (from, to): (i64, i64),
        today: NaiveDate,
    ) -> StoreResult<Vec<GoalRow>> {
        let to_be = |name: &str| match self.noun.field(name) {
            Some((bit, field)) if self.fields.contains(&bit) => format!(
                "case when v.n is null or (v.changed & {}) <> 0 then s.{column} else a.{column} end as {column}",
                1_i64 << bit,
                column = field.column
            ),
            _ => format!("a.{name}"),
        };
        let said = |name: &str, blank: &str| match self.noun.field(name) {
            Some((bit, Field { column, .. })) if self.fields.contains(&bit) => {
                format!("case when (s.present & {}) <> 0 then s.{column} end", 1_i64 << bit)
            }
            _ => format!("cast(null as {blank})"),
        };
        let clears = match self.noun.field("completion_date") {
            Some((bit, Field { column, .. })) if self.is_a_persons() && self.fields.contains(&bit) => {
                format!("((s.present & {}) <> 0 and s.{column} is null)", 1_i64 << bit)
            }
            _ => "false".to_owned(),
        };
        let engine = tx.engine();
        let of = |name: &str| {
            let mapped = self.has(name);
            let column = self.noun.field(name).map_or(name, |(_, field)| field.column);
            mapped.then(|| format!("s.{column}"))
        };
        let (joined, measured) = match (of("account"), of("metric_type")) {
            (Some(account), Some(metric)) => (
                format!(" left join accounts acc on acc.organization_id = $1 and acc.id = {account}"),
                format!("case when v.n is null then {} end", measured_sql(&metric, "$4")),
            ),
            // Without the one nothing is created, and without the other the goals are of a type of their own.
            _ => (String::new(), "cast(null as bigint)".to_owned()),
        };
        let values = ["start_value", "started_on", "current_value", "target_value", "target_date", "milestones"];
        let sql = format!(
            "select s.n, v.changed, {}, {} as said_status, {} as said_completion, {clears} as clears_completion, a.status as had_status,
                    a.status_source as had_source, a.completion_date as had_completion, a.milestones as had_milestones,
                    {measured} as measured
             from staged s
             left join verdicts v on v.n = s.n
             left join customer_goals a on a.organization_id = $1 and a.id = v.id{joined}
             where s.n between $2 and $3 and cast($4 as {date}) is not null and (v.n is null or v.verdict = {})
             order by s.n",
            values.map(to_be).join(", "),
            said("status", "text"),
            said("completion_date", engine.column_type(Storage::Date)),
            verdict::UPDATE,
            date = engine.column_type(Storage::Date),
        );
        tx.of(scope, sql).bind(from).bind(to).bind(today).fetch_all().await
    }

    /// Milestones of matched rows that differ from those of their goals, rows `from` to `to`: number, theirs, the goal's.
    pub async fn differing_milestones(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        (from, to): (i64, i64),
    ) -> StoreResult<Vec<(i64, String, String)>> {
        let sql = format!(
            "select s.n, s.milestones, a.milestones
             from staged s
             join verdicts v on v.n = s.n
             join customer_goals a on a.organization_id = $1 and a.id = v.id
             where s.n between $2 and $3 and v.verdict = {} and s.milestones <> a.milestones
             order by s.n",
            verdict::MATCHED
        );
        tx.of(scope, sql).bind(from).bind(to).fetch_all().await
    }

    pub async fn put_milestones(&self, tx: &mut Tx<'_>, n: i64, milestones: String) -> StoreResult<()> {
        tx.sql("update staged set milestones = $1 where n = $2").bind(milestones).bind(n).execute().await?;
        Ok(())
    }

    pub async fn put_completed(&self, tx: &mut Tx<'_>, rows: Vec<DerivedGoalRow>) -> StoreResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns = format!("n, changed, {}", COLUMNS.join(", "));
        let sql = multi_insert(tx.engine(), "completed", &columns, COLUMNS.len() + 2, rows.len());
        let mut statement = tx.sql(sql);
        for row in rows {
            statement = statement
                .bind(row.n)
                .bind(row.changed)
                .bind(row.start_value)
                .bind(row.current_value)
                .bind(row.status)
                .bind(row.status_source)
                .bind(row.completion_date)
                .bind(row.milestones);
        }
        statement.execute().await?;
        Ok(())
    }

    /// Refuses a row whose values contradict each other.
    pub async fn contradicted(
        &self,
        tx: &mut Tx<'_>,
        n: i64,
        field: &str,
        code: &str,
        rule: String,
    ) -> StoreResult<()> {
        let sql = "insert into rejects (n, header, code, rule) values ($1, $2, $3, $4)";
        let header = self.header(field);
        tx.sql(sql).bind(n).bind(header).bind(code.to_owned()).bind(rule).execute().await?;
        Ok(())
    }

    /// Puts what follows beside what the file says.
    pub async fn end_completing(&self, tx: &mut Tx<'_>) -> StoreResult<()> {
        settle(tx).await?;
        let sets: Vec<String> = COLUMNS.iter().map(|column| format!("{column} = c.{column}")).collect();
        tx.sql(format!("update staged set {} from completed c where c.n = staged.n", sets.join(", ")))
            .execute()
            .await?;
        let sql = format!(
            "update verdicts set changed = c.changed, verdict = case when c.changed <> 0 then {0} else {1} end
             from completed c where c.n = verdicts.n and verdicts.verdict = {0}",
            verdict::UPDATE,
            verdict::UNCHANGED
        );
        tx.sql(sql).execute().await?;
        Ok(())
    }
}
