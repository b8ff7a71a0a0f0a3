//! The records of a bulk write: staged by a filter, not by the rows of a file, and deleted set by set.

use super::{NamedRecords, Staging, verdict};
use crate::model::noun::{Storage, Value};
use crate::model::selection::Selection;
use crate::store::journal::{DELETED, Table};
use crate::store::narrow::narrow;
use crate::store::query::Query;
use crate::store::records::{Assignment, columns};
use crate::store::{Engine, Scope, StoreResult, Tx};

impl Staging {
    /// Stages each record that passes and, where there are some, is among those named: a row each, in the order of their ids,
    /// with the values that all are given. How many there are.
    pub async fn choose(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        which: &Selection,
        named: Option<&NamedRecords>,
        values: &[Assignment],
    ) -> StoreResult<u64> {
        self.allow_memory(tx).await?;
        let mut query = Query::new(String::new());
        let (mut names, mut places) = (String::from("n, match_id, present"), String::new());
        let mut present = 0_i64;
        for assignment in values {
            present |= self.bit(assignment.0.name);
            for (column, storage, value) in columns(self.noun, assignment) {
                names.push_str(&format!(", {column}"));
                let place = query.value(storage, value);
                places.push_str(&format!(", cast({place} as {})", plain_type(tx.engine(), storage)));
            }
        }
        let sql = format!(
            "insert into staged ({names}) select row_number() over (order by a.id), a.id, {present}{places}{}",
            self.passing(tx.engine())
        );
        query.text.insert_str(0, &sql);
        self.narrow(&mut query, tx, which, named);
        let (text, bound) = query.into_parts();
        let count = Query::bind(bound, tx.of(scope, text)).execute().await?;
        let sql = format!(
            "insert into verdicts (n, id, verdict, changed) select s.n, s.match_id, {}, 0 from staged s",
            verdict::MATCHED
        );
        tx.sql(sql).execute().await?;
        tx.analyze("staged").await?;
        tx.analyze("verdicts").await?;
        Ok(count)
    }

    /// Marks each record that passes to be deleted. How many there are.
    pub async fn mark_for_deletion(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        which: &Selection,
        named: Option<&NamedRecords>,
    ) -> StoreResult<u64> {
        self.allow_memory(tx).await?;
        let mut query = Query::new(String::new());
        let deleted = query.value(Storage::Integer, Value::Integer(DELETED));
        let sql = format!(
            "insert into verdicts (n, id, verdict, changed)
             select row_number() over (order by a.id), a.id, {}, cast({deleted} as bigint){}",
            verdict::UPDATE,
            self.passing(tx.engine())
        );
        query.text.insert_str(0, &sql);
        self.narrow(&mut query, tx, which, named);
        let (text, bound) = query.into_parts();
        let count = Query::bind(bound, tx.of(scope, text)).execute().await?;
        tx.analyze("staged").await?;
        tx.analyze("verdicts").await?;
        Ok(count)
    }

    /// Deletes what is marked, and what hangs on it; the records must have been kept before. Records deleted.
    pub async fn delete(&self, tx: &mut Tx<'_>, scope: &Scope, operation: uuid::Uuid) -> StoreResult<u64> {
        let marked = format!("(select v.id from verdicts v where v.verdict = {})", verdict::UPDATE);
        for dependent in self.noun.dependents {
            let name = dependent.noun.table;
            if let Some(table) = Table::find(name) {
                let rest = format!("where a.organization_id = $1 and a.{} in {marked}", dependent.column);
                let sql = table.keep("cast($3 as bigint)", &rest);
                tx.of(scope, sql).bind(operation).bind(DELETED).execute().await?;
            }
            let sql = format!("delete from {name} where organization_id = $1 and {} in {marked}", dependent.column);
            tx.of(scope, sql).execute().await?;
        }
        let table = self.noun.table;
        let sql = format!(
            "delete from {table} where organization_id = $1 and id in {marked}{}",
            self.noun.fixed_condition(table)
        );
        tx.of(scope, sql).execute().await
    }

    /// `from … where` of the records; those of an account with it, as their filters speak of it.
    fn passing(&self, engine: Engine) -> String {
        let joined = match self.noun.account() {
            // The planner of SQLite would begin with the accounts and look up each one's records.
            Some(_) if engine == Engine::Sqlite => {
                " cross join accounts acc on acc.organization_id = $1 and acc.id = a.account_id"
            }
            Some(_) => " join accounts acc on acc.organization_id = $1 and acc.id = a.account_id",
            None => "",
        };
        format!(" from {} a{joined} where a.organization_id = $1{}", self.noun.table, self.noun.fixed_condition("a"))
    }

    fn narrow(&self, query: &mut Query, tx: &Tx<'_>, which: &Selection, named: Option<&NamedRecords>) {
        narrow(query, tx.engine(), self.noun, which);
        if named.is_some() {
            query.and("a.id in (select w.record from wanted w)");
        }
    }

    /// Whole tables are joined; with PostgreSQL's default of 4 MB every join would go through files.
    async fn allow_memory(&self, tx: &mut Tx<'_>) -> StoreResult<()> {
        if tx.engine() == Engine::Postgres {
            tx.sql("set local work_mem = '64MB'").execute().await?;
        }
        Ok(())
    }
}

/// The type to cast a placeholder to.
fn plain_type(engine: Engine, storage: Storage) -> &'static str {
    if storage == Storage::Text { "text" } else { engine.column_type(storage) }
}
