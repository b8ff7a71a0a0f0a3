//! Bad cells that do not cost their row: the row is written as if it did not have them.

use super::{RejectScope, Staging, verdict};
use crate::import::request::BadCells;
use crate::model::noun::{Field, Key, Meaning};
use crate::store::{StoreResult, Tx};

impl Staging {
    /// Whether a row can do without the field: it may be absent, and the row is not found by it.
    pub fn spares(&self, field: &Field) -> bool {
        self.row_rules.bad_cells == BadCells::Keep && !field.needed() && field.name != self.key.as_str()
    }

    /// What a refused cell of the field costs a staged row `s`, as SQL.
    pub(super) fn hold(&self, field: &Field) -> String {
        let hold = if self.spares(field) { RejectScope::Cell } else { RejectScope::Row };
        if hold == RejectScope::Cell && self.key == Key::Id && field.meaning == Meaning::ExternalId {
            // A row without an id is found by its external id.
            return format!(
                "case when s.match_id is null then {} else {} end",
                RejectScope::Row.as_i64(),
                hold.as_i64()
            );
        }
        hold.as_i64().to_string()
    }

    /// Takes the refused cells of a field out of their rows.
    pub(super) async fn leave_out(&self, tx: &mut Tx<'_>, bit: usize) -> StoreResult<()> {
        let field = self.field(bit);
        if !self.spares(field) {
            return Ok(());
        }
        let mut sets = vec![format!("present = present & ({})", !(1_i64 << bit)), format!("{} = null", field.column)];
        sets.extend(self.noun.derived_from(field.name).map(|derived| format!("{} = null", derived.column)));
        if field.meaning == Meaning::Account {
            sets.extend(["account_ref = null".to_owned(), "account_uuid = null".to_owned()]);
        }
        let refused =
            format!("select r.n from rejects r where r.hold = {} and r.header = $1", RejectScope::Cell.as_i64());
        let sql = format!("update staged set {} where n in ({refused})", sets.join(", "));
        tx.sql(sql).bind(self.header(field.name)).execute().await?;
        let left = format!("changed & ({})", !(1_i64 << bit));
        let sql = format!(
            "update verdicts set changed = {left}, verdict = case when ({left}) <> 0 then {update} else {} end
             where verdict = {update} and n in ({refused})",
            verdict::UNCHANGED,
            update = verdict::UPDATE,
        );
        tx.sql(sql).bind(self.header(field.name)).execute().await?;
        Ok(())
    }

    /// Once everything is decided: a refused row is refused for its bad cells too, and those of a row that is passed over are of
    /// no interest. Cells that are left out.
    pub async fn settle_cells(&self, tx: &mut Tx<'_>) -> StoreResult<u64> {
        let (row, cell) = (RejectScope::Row.as_i64(), RejectScope::Cell.as_i64());
        let with = |wanted: i64| format!("n in (select v.n from verdicts v where v.verdict = {wanted})");
        let sql = format!("update rejects set hold = {row} where hold = {cell} and {}", with(verdict::REJECTED));
        tx.sql(sql).execute().await?;
        let sql = format!(
            "delete from rejects where hold = {} or (hold = {cell} and {})",
            RejectScope::Unknown.as_i64(),
            with(verdict::SKIPPED)
        );
        tx.sql(sql).execute().await?;
        let sql = format!("select count(*) from rejects where hold = {cell}");
        let (count,): (i64,) = tx.sql(sql).fetch_one().await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
