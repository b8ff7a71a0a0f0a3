//! Events of days that stay as they are: what a day says and what is kept of it go back together, or not at all.

use super::{Undo, act, place, reason};
use crate::model::metric::METRIC;
use crate::store::journal::Table;
use crate::store::{Scope, StoreResult, Tx};

/// The bit of an event's field among those of its day, as SQL.
fn bit_of_event() -> String {
    let numbers = METRIC.fields.iter().enumerate().filter(|(_, field)| field.meaning.is_number());
    let whens: String = numbers.map(|(bit, field)| format!(" when '{}' then {}", field.name, 1_i64 << bit)).collect();
    format!("case c.field{whens} else 0 end")
}

impl Undo {
    /// An event stays where the field of its day does, which was written since.
    pub(super) async fn keep_events_of_days(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let (Some(events), Some(days)) = (Table::find("metric_events"), Table::find(METRIC.table)) else {
            return Ok(());
        };
        if self.count(tx, &format!("u.tbl = {}", place(events))).await? == 0 {
            return Ok(());
        }
        let sql = format!(
            "update undoing set reason = {} where tbl = {} and act in ({}, {}) and reason is null and exists ( \
               select 1 from metric_events c \
               join health_metrics h on h.organization_id = $1 and h.account_id = c.account_id and h.metric_date = c.metric_date \
               join undoing u on u.tbl = {} and u.id = h.id \
               where c.organization_id = $1 and c.id = undoing.id and c.field = undoing.part \
                 and (u.reason is not null or ((u.conflict | u.blocked) & {}) <> 0))",
            reason::KEPT,
            place(events),
            act::PUT_BACK,
            act::REMOVE,
            place(days),
            bit_of_event(),
        );
        tx.of(scope, sql).execute().await?;
        Ok(())
    }
}
