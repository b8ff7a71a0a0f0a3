//! Values of a bulk write that differ from record to record: texts that Rust makes of the ones there are, and ids.

use uuid::Uuid;

use super::{Staging, verdict};
use crate::model::noun::{Field, Storage, Value};
use crate::store::{Engine, Scope, StoreResult, Tx, bulk};

impl Staging {
    /// Makes room for [`Staging::put_texts`].
    pub async fn begin_rewriting(&self, tx: &mut Tx<'_>) -> StoreResult<()> {
        let of = |storage| tx.engine().column_type(storage);
        let sql = format!(
            "create temporary table rewritten (n {} primary key, value {})",
            of(Storage::Integer),
            of(Storage::Text)
        );
        tx.sql(sql).execute().await?;
        if tx.engine() == Engine::Postgres {
            tx.sql("create index staged_place on staged (n)").execute().await?;
        }
        Ok(())
    }

    /// The texts that the next `most` records after row `after` have in a field, with their rows' numbers.
    pub async fn texts(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        field: &Field,
        after: i64,
        most: i64,
    ) -> StoreResult<Vec<(i64, String)>> {
        let sql = format!(
            "select s.n, a.{} from staged s join {} a on a.organization_id = $1 and a.id = s.match_id{}
             where s.n > $2 and s.n <= $3 order by s.n",
            field.column,
            self.noun.table,
            self.noun.fixed_condition("a")
        );
        tx.of(scope, sql).bind(after).bind(after.saturating_add(most)).fetch_all().await
    }

    /// What they are to have: only of those that change.
    pub async fn put_texts(&self, tx: &mut Tx<'_>, rows: Vec<(i64, String)>) -> StoreResult<()> {
        let rows = rows.into_iter().map(|(n, text)| vec![Value::Integer(n), Value::Text(text)]).collect();
        bulk::load(tx, "rewritten", &[("n", Storage::Integer), ("value", Storage::Text)], rows).await
    }

    /// Refuses to give a record the text.
    pub async fn refuse_text(
        &self,
        tx: &mut Tx<'_>,
        n: i64,
        field: &Field,
        code: &str,
        rule: String,
    ) -> StoreResult<()> {
        let sql = "insert into rejects (n, header, code, rule) values ($1, $2, $3, $4)";
        tx.sql(sql).bind(n).bind(field.name.to_owned()).bind(code.to_owned()).bind(rule).execute().await?;
        Ok(())
    }

    /// Puts the texts into the rows.
    pub async fn end_rewriting(&self, tx: &mut Tx<'_>, field: &Field) -> StoreResult<()> {
        tx.analyze("rewritten").await?;
        let sql = format!(
            "update staged set {} = r.value, present = staged.present | {} from rewritten r where r.n = staged.n",
            field.column,
            self.bit(field.name)
        );
        tx.sql(sql).execute().await?;
        super::classify::settle(tx).await
    }

    /// Whether a change of these writes a line of the dated history.
    pub fn writes_lines(&self) -> bool {
        self.noun.history.is_some() && self.written().any(|(_, field)| field.tracked)
    }

    /// Makes room for [`Staging::number`].
    pub async fn begin_numbering(&self, tx: &mut Tx<'_>) -> StoreResult<()> {
        let of = |storage| tx.engine().column_type(storage);
        let sql =
            format!("create temporary table line_ids (n {} primary key, id {})", of(Storage::Integer), of(Storage::Id));
        tx.sql(sql).execute().await?;
        Ok(())
    }

    /// The rows, of the next `most` after row `after`, that will write a line of the dated history.
    pub async fn lines_to_be(&self, tx: &mut Tx<'_>, after: i64, most: i64) -> StoreResult<Vec<i64>> {
        let mask = self.written().filter(|(_, field)| field.tracked).fold(0, |mask, (bit, _)| mask | 1_i64 << bit);
        let sql = format!(
            "select v.n from verdicts v where v.verdict = {} and (v.changed & {mask}) <> 0 and v.n > $1 \
             order by v.n limit $2",
            verdict::UPDATE
        );
        let rows: Vec<(i64,)> = tx.sql(sql).bind(after).bind(most).fetch_all().await?;
        Ok(rows.into_iter().map(|(n,)| n).collect())
    }

    /// The ids of these rows' lines.
    pub async fn number(&self, tx: &mut Tx<'_>, rows: Vec<(i64, Uuid)>) -> StoreResult<()> {
        let rows = rows.into_iter().map(|(n, id)| vec![Value::Integer(n), Value::Id(id)]).collect();
        bulk::load(tx, "line_ids", &[("n", Storage::Integer), ("id", Storage::Id)], rows).await
    }

    /// Gives the rows their ids.
    pub async fn end_numbering(&self, tx: &mut Tx<'_>) -> StoreResult<()> {
        tx.sql("update staged set id = l.id from line_ids l where l.n = staged.n").execute().await?;
        Ok(())
    }
}
