//! Writing what was decided, with the journal.

use uuid::Uuid;

use super::{Staging, verdict};
use crate::model::noun::{History, Storage, Value};
use crate::store::query::Query;
use crate::store::records::{Stamp, before_columns, default_of};
use crate::store::{Engine, Scope, StoreResult, Tx, bulk};

impl Staging {
    /// Keeps the rows that are about to change, and the bits of what changes.
    pub async fn keep_before(&self, tx: &mut Tx<'_>, scope: &Scope, stamp: Stamp) -> StoreResult<()> {
        let table = self.noun.table;
        let columns = before_columns(self.noun);
        let staged = self.noun.names_field().map_or("", |_| " join staged s on s.n = v.n");
        let sql = format!(
            "insert into {table}_before (organization_id, operation_id, id, changed, {})
             select a.organization_id, $2, a.id, v.changed, {}
             from verdicts v{staged} join {table} a on a.organization_id = $1 and a.id = v.id
             where v.verdict = {}{}",
            columns.join(", "),
            columns.iter().map(|column| format!("a.{column}")).collect::<Vec<_>>().join(", "),
            verdict::UPDATE,
            self.own("a")
        );
        tx.of(scope, sql).bind(stamp.operation).execute().await?;
        Ok(())
    }

    /// Writes the dated history of tracked fields.
    pub async fn track(&self, tx: &mut Tx<'_>, scope: &Scope, stamp: Stamp, correction: bool) -> StoreResult<()> {
        let Some(History { table, record }) = &self.noun.history else { return Ok(()) };
        let engine = tx.engine();
        for (bit, field) in self.written().filter(|(_, field)| field.tracked) {
            let storage = field.meaning.storage();
            let sql = format!(
                "insert into {table} (organization_id, id, {record}, field, effective_on, created_by_operation, kind,
                                      old_value, new_value, created_at, updated_at)
                 select a.organization_id, s.id, a.id, $2, $3, $4, $5, {old}, {new}, $6, $6
                 from verdicts v
                 join staged s on s.n = v.n
                 join {} a on a.organization_id = $1 and a.id = v.id
                 where v.verdict = {} and (v.changed & {}) <> 0",
                self.noun.table,
                verdict::UPDATE,
                1_i64 << bit,
                old = engine.journal_text(&format!("a.{}", field.column), storage),
                new = engine.journal_text(&format!("s.{}", field.column), storage),
            );
            tx.of(scope, sql)
                .bind(field.name.to_owned())
                .bind(stamp.effective_on)
                .bind(stamp.operation)
                .bind(if correction && field.name == "arr" { "correction" } else { "change" }.to_owned())
                .bind(stamp.now)
                .execute()
                .await?;
        }
        Ok(())
    }

    /// Changes matched records. Rows written.
    pub async fn update(&self, tx: &mut Tx<'_>, scope: &Scope, stamp: Stamp) -> StoreResult<u64> {
        let mut sets = vec!["version = a.version + 1".to_owned(), "updated_at = $2".to_owned()];
        for (bit, field) in self.written() {
            let mask = 1_i64 << bit;
            let columns =
                std::iter::once(field.column).chain(self.noun.derived_from(field.name).map(|derived| derived.column));
            for column in columns {
                sets.push(format!(
                    "{column} = case when (v.changed & {mask}) <> 0 then s.{column} else a.{column} end"
                ));
            }
        }
        sets.extend(self.status_sets());
        let sql = format!(
            "update {} as a set {} from verdicts v, staged s
             where s.n = v.n and a.organization_id = $1 and a.id = v.id and v.verdict = {}{}",
            self.noun.table,
            sets.join(", "),
            verdict::UPDATE,
            self.own("a")
        );
        tx.of(scope, sql).bind(stamp.now).execute().await
    }

    /// Makes the new records, `rows` of them by the ledger. Rows written.
    pub async fn create_new(&self, tx: &mut Tx<'_>, scope: &Scope, stamp: Stamp, rows: u64) -> StoreResult<u64> {
        let set_aside = bulk::set_indexes_aside(tx, self.noun.table, (rows, rows), |_| true).await?;
        let mut query = Query::new(String::new());
        let operation = query.value(Storage::Id, Value::Id(stamp.operation));
        let now = query.value(Storage::Instant, Value::Instant(stamp.now));
        let mut columns = vec!["organization_id", "id", "created_by_operation", "updated_at"];
        let mut values = vec!["$1".to_owned(), "s.id".to_owned(), operation, now];
        for (_, field) in self.written() {
            columns.push(field.column);
            values.push(match default_of(&mut query, field, stamp) {
                Some(default) => format!("coalesce(s.{}, {default})", field.column),
                None => format!("s.{}", field.column),
            });
            for derived in self.noun.derived_from(field.name) {
                columns.push(derived.column);
                values.push(format!("s.{}", derived.column));
            }
        }
        for field in self.noun.fields.iter().filter(|field| !self.has(field.name) && !self.rules(field.name)) {
            if let Some(default) = default_of(&mut query, field, stamp) {
                columns.push(field.column);
                values.push(default);
            }
        }
        for (column, sql) in self.noun.fixed {
            columns.push(column);
            values.push((*sql).to_owned());
        }
        if let Some(unsaid) = self.noun.sourced.filter(|_| !self.rules("status_source")) {
            columns.push("status_source");
            values.push(match self.has("status") {
                true => format!("case when s.status is not null then 'import' else '{unsaid}' end"),
                false => format!("'{unsaid}'"),
            });
        }
        if self.gives_statuses() {
            columns.push("imported_status");
            values.push("s.status".to_owned());
        }
        let sql = format!(
            "insert into {} ({}) select {} from staged s
             where not exists (select 1 from verdicts v where v.n = s.n){}",
            self.noun.table,
            columns.join(", "),
            values.join(", "),
            // In the order of their ids the primary key only grows. SQLite has the rows in this order; PostgreSQL reads a
            // table in the order it was copied, and would sort all of it to be sure.
            if tx.engine() == Engine::Sqlite { " order by s.n" } else { "" }
        );
        let (_, bound) = query.into_parts();
        let written = Query::bind(bound, tx.of(scope, sql)).execute().await?;
        for create_index in set_aside {
            tx.sql(create_index).execute().await?;
        }
        Ok(written)
    }

    /// Archives the records that the file does not have, among those that bear its kind of key. Records archived.
    pub async fn archive_missing(&self, tx: &mut Tx<'_>, scope: &Scope, stamp: Stamp) -> StoreResult<u64> {
        let table = self.noun.table;
        let missing = self.missing();
        let columns = before_columns(self.noun);
        let sql = format!(
            "insert into {table}_before (organization_id, operation_id, id, changed, {})
             select a.organization_id, $2, a.id, $3, {} from {table} a where a.organization_id = $1 and {missing}",
            columns.join(", "),
            columns.iter().map(|column| format!("a.{column}")).collect::<Vec<_>>().join(", ")
        );
        tx.of(scope, sql).bind(stamp.operation).bind(self.bit("archived_at")).execute().await?;
        let sql = format!(
            "update {table} as a set archived_at = $2, updated_at = $2, version = a.version + 1 \
             where a.organization_id = $1 and {missing}"
        );
        tx.of(scope, sql).bind(stamp.now).execute().await
    }

    /// How many [`Staging::archive_missing`] would archive.
    pub async fn count_missing(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<i64> {
        tx.sql("create index staged_key on staged (key)").execute().await?;
        tx.sql("create index verdicts_id on verdicts (id)").execute().await?;
        let sql =
            format!("select count(*) from {} a where a.organization_id = $1 and {}", self.noun.table, self.missing());
        let (count,): (i64,) = tx.of(scope, sql).fetch_one().await?;
        Ok(count)
    }

    /// Those that [`Staging::archive_missing`] would archive.
    pub async fn missing_ids(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<Uuid>> {
        let table = self.noun.table;
        let sql =
            format!("select a.id from {table} a where a.organization_id = $1 and {} order by a.id", self.missing());
        let rows: Vec<(Uuid,)> = tx.of(scope, sql).fetch_all().await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// A rejected or skipped row keeps its record as well as a good one does.
    fn missing(&self) -> String {
        format!(
            "a.archived_at is null and a.{column} is not null
             and not exists (select 1 from staged s where s.key = a.{column})
             and not exists (select 1 from verdicts v where v.id = a.id)",
            column = self.key_column()
        )
    }
}
