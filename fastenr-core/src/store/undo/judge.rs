//! What can be taken back, and what stays: changed since, in use, taken, or pointing at nothing.

use super::gather::{KNOWN, same};
use super::{PUT, Undo, act, bits, derived_kinds, is, part, place, reason};
use crate::store::journal::{Reference, TABLES, Table};
use crate::store::{Scope, StoreResult, Tx};

/// A reference of one table to another.
type Link = (&'static Table, &'static Reference);

fn references_to(name: &str) -> impl Iterator<Item = Link> {
    let all = TABLES.iter().flat_map(|table| table.references.iter().map(move |reference| (table, reference)));
    all.filter(move |(_, reference)| reference.to == name)
}

/// What holds the rows `c` of a table to those that keep a record from going by this reference; none where they follow it. Computed
/// rows follow; what an import told of the past of an account does not.
pub(super) fn holding(child: &Table, reference: &Reference) -> Option<&'static str> {
    match (reference.follows, child.name) {
        (false, _) => Some(""),
        (true, "account_changes") => Some(
            " and exists (select 1 from operations o where o.organization_id = $1 and o.id = c.created_by_operation \
             and o.kind in ('arr.import', 'changes.import'))",
        ),
        (true, _) => None,
    }
}

/// A row of `undoing` that leaves the values which these bits stand for: it goes, or they are put back to others.
fn leaves(table: &Table, alias: &str, mask: i64) -> String {
    format!(
        "exists (select 1 from undoing u where u.tbl = {} and {} and u.reason is null \
           and (u.act = {} or (u.act = {} and ({PUT} & {mask}) <> 0)))",
        place(table),
        is(table, alias, "u"),
        act::REMOVE,
        act::PUT_BACK
    )
}

impl Undo {
    pub(super) async fn judge(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let touched = self.touched(tx).await?;
        for table in &touched {
            self.changed_since(tx, scope, table).await?;
        }
        self.keep_events_of_days(tx, scope).await?;
        for table in &touched {
            self.keep_unique(tx, scope, table).await?;
        }
        self.only_one_open_alert(tx, scope).await?;
        self.keep_references(tx, scope).await?;
        self.keep_what_is_used(tx, scope).await
    }

    /// What somebody has set to another value since. What computes does not count, nor what was erased.
    async fn changed_since(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table) -> StoreResult<()> {
        if table.name == "accounts" && self.derived {
            // A run raises no version, so images don't tell what came before it and what after.
            return self.turned_since(tx, scope, table).await;
        }
        let moved = format!("u.tbl = {} and u.moved = 1 and u.reason is null", place(table));
        let acts = if table.derived {
            format!("({})", act::PUT_BACK)
        } else {
            format!("({}, {})", act::PUT_BACK, act::REMOVE)
        };
        if self.count(tx, &format!("{moved} and u.act in {acts}")).await? == 0 {
            return Ok(());
        }
        let later = format!(
            "l.organization_id = $1 and {} and l.version > undoing.version and l.operation_id <> $2 and l.changed > 0",
            is(table, "l", "undoing")
        );
        for (bit, columns) in bits(table) {
            // What the operation left is in the first image that a later write kept.
            let differs: Vec<String> = columns
                .iter()
                .map(|column| {
                    format!(
                        "a.{column} is distinct from (select l.{column} from {name}_before l where {later} \
                           and (l.changed & {bit}) <> 0 order by l.version, l.operation_id limit 1)",
                        name = table.name
                    )
                })
                .collect();
            let sql = format!(
                "update undoing set conflict = conflict | {bit} \
                 where tbl = {place} and moved = 1 and reason is null and act in {acts} and (erased & {bit}) = 0 \
                   and (act = {remove} or (changed & {bit}) <> 0) \
                   and exists (select 1 from {name}_before l \
                     join operations o on o.organization_id = $1 and o.id = l.operation_id \
                     where {later} and (l.changed & {bit}) <> 0 and o.kind not in ({derived})) \
                   and exists (select 1 from {name} a where a.organization_id = $1 and {is} and ({differs}))",
                place = place(table),
                remove = act::REMOVE,
                name = table.name,
                derived = derived_kinds(),
                is = is(table, "a", "undoing"),
                differs = differs.join(" or "),
            );
            tx.of(scope, sql).bind(self.operation).execute().await?;
        }
        // Of computed rows what somebody did about them stays, and nothing is told.
        if table.derived {
            let sql = format!("update undoing set blocked = conflict, conflict = 0 where tbl = {}", place(table));
            tx.sql(sql).execute().await?;
        } else if self.force {
            let sql = format!("update undoing set forced = conflict, conflict = 0 where tbl = {}", place(table));
            tx.sql(sql).execute().await?;
        } else {
            let sql = format!(
                "update undoing set reason = {} where tbl = {} and act = {} and reason is null and conflict <> 0",
                reason::CHANGED,
                place(table),
                act::REMOVE
            );
            tx.sql(sql).execute().await?;
        }
        Ok(())
    }

    /// A status that a run turned is turned back only while it is the run's.
    async fn turned_since(&self, tx: &mut Tx<'_>, scope: &Scope, accounts: &Table) -> StoreResult<()> {
        let sql = format!(
            "delete from undoing where tbl = {} and act = {} and not exists ( \
               select 1 from accounts a \
               join account_changes c on c.organization_id = $1 and c.account_id = a.id and c.field = 'status' \
                 and c.created_by_operation = $2 and c.new_value = a.status \
               where a.organization_id = $1 and a.id = undoing.id and a.status_source = 'model')",
            place(accounts),
            act::PUT_BACK
        );
        tx.of(scope, sql).bind(self.operation).execute().await?;
        Ok(())
    }

    /// No two records may have what only one can.
    async fn keep_unique(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table) -> StoreResult<()> {
        let brings = self.count(tx, &format!("u.tbl = {} and u.act = {}", place(table), act::BRING_BACK)).await? > 0;
        let put = self.any_bits(tx, table, PUT).await?;
        let name = table.name;
        for columns in table.unique {
            let mask = table.mask(columns);
            let taken = |value: &dyn Fn(&str) -> String, of: &Table, alias: &str| {
                let equal: Vec<String> =
                    columns.iter().map(|column| format!("{alias}.{column} = {}", value(column))).collect();
                format!("{} and not {}", equal.join(" and "), leaves(of, alias, of.mask(columns)))
            };
            // An external id that was merged away belongs to another account.
            let other = match (name, columns) {
                ("accounts", ["external_key"]) => Table::find("account_aliases"),
                ("account_aliases", ["external_key"]) => Table::find("accounts"),
                _ => None,
            };
            let anybody = |value: &dyn Fn(&str) -> String| {
                let mut ways = vec![format!(
                    "exists (select 1 from {name} a where a.organization_id = $1 and a.id <> b.id and {})",
                    taken(value, table, "a")
                )];
                ways.extend(other.map(|other| {
                    format!(
                        "exists (select 1 from {} a where a.organization_id = $1 and {})",
                        other.name,
                        taken(value, other, "a")
                    )
                }));
                ways.join(" or ")
            };
            let image = format!(
                "from {name}_before b where b.organization_id = $1 and b.operation_id = $2 and {}",
                is(table, "b", "undoing")
            );
            if brings {
                let sql = format!(
                    "update undoing set reason = {} where tbl = {} and act = {} and reason is null \
                       and exists (select 1 {image} and ({}))",
                    reason::TAKEN,
                    place(table),
                    act::BRING_BACK,
                    anybody(&|column| format!("b.{column}"))
                );
                tx.of(scope, sql).bind(self.operation).execute().await?;
            }
            if put & mask != 0 {
                // What is put back together with what stays.
                let value = |column: &str| {
                    let own = table.mask(&[column]);
                    format!("case when (undoing.changed & {own}) <> 0 then b.{column} else r.{column} end")
                };
                let sql = format!(
                    "update undoing set blocked = blocked | (changed & {mask}) where tbl = {} and act = {} and reason is null \
                       and (changed & {mask}) <> 0 and exists (select 1 from {name}_before b \
                         join {name} r on r.organization_id = $1 and {} \
                         where b.organization_id = $1 and b.operation_id = $2 and {} and ({}))",
                    place(table),
                    act::PUT_BACK,
                    same(table, "r", "b"),
                    is(table, "b", "undoing"),
                    anybody(&value)
                );
                tx.of(scope, sql).bind(self.operation).execute().await?;
            }
        }
        Ok(())
    }

    /// An alert that another of its kind has taken the place of stays closed.
    async fn only_one_open_alert(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let Some(alerts) = Table::find("alerts") else { return Ok(()) };
        let resolved = alerts.mask(&["resolved_at"]);
        let sql = format!(
            "delete from undoing where tbl = {} and (act = {} or (act = {} and (changed & {resolved}) <> 0)) and exists ( \
               select 1 from alerts_before b join alerts l on l.organization_id = $1 and l.id <> b.id and l.rule = b.rule \
                 and l.topic = b.topic and l.account_id is not distinct from b.account_id and l.resolved_at is null \
                 and not {} \
               where b.organization_id = $1 and b.operation_id = $2 and b.id = undoing.id and b.resolved_at is null)",
            place(alerts),
            act::BRING_BACK,
            act::PUT_BACK,
            leaves(alerts, "l", 0)
        );
        tx.of(scope, sql).bind(self.operation).execute().await?;
        Ok(())
    }

    /// What comes back must point at what is there, or comes back too.
    async fn keep_references(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        for table in self.touched(tx).await? {
            let brings =
                self.count(tx, &format!("u.tbl = {} and u.act = {}", place(table), act::BRING_BACK)).await? > 0;
            let put = self.any_bits(tx, table, PUT).await?;
            loop {
                let mut stayed = 0;
                for reference in table.references {
                    let Some(to) = Table::find(reference.to) else { continue };
                    let column = reference.column;
                    let lost = format!(
                        "from {name}_before b where b.organization_id = $1 and b.operation_id = $2 and {is} \
                           and b.{column} is not null \
                           and not exists (select 1 from {to} t where t.organization_id = $1 and t.id = b.{column} \
                             and not exists (select 1 from undoing u where u.tbl = {at} and u.id = t.id and u.act = {remove} \
                               and u.reason is null)) \
                           and not exists (select 1 from undoing u where u.tbl = {at} and u.id = b.{column} \
                             and u.act = {bring} and u.reason is null)",
                        name = table.name,
                        is = is(table, "b", "undoing"),
                        to = to.name,
                        at = place(to),
                        remove = act::REMOVE,
                        bring = act::BRING_BACK,
                    );
                    if brings {
                        let sql = format!(
                            "update undoing set reason = {} where tbl = {} and act = {} and reason is null \
                               and exists (select 1 {lost})",
                            reason::MISSING,
                            place(table),
                            act::BRING_BACK
                        );
                        stayed += tx.of(scope, sql).bind(self.operation).execute().await?;
                    }
                    let mask = table.mask(&[column]);
                    if put & mask != 0 {
                        let sql = format!(
                            "update undoing set blocked = blocked | {mask} where tbl = {} and act = {} and reason is null \
                               and (changed & ~(conflict | blocked) & {mask}) <> 0 and exists (select 1 {lost})",
                            place(table),
                            act::PUT_BACK
                        );
                        stayed += tx.of(scope, sql).bind(self.operation).execute().await?;
                    }
                }
                if stayed == 0 {
                    break;
                }
            }
            if table.derived {
                // Without a word.
                let sql = format!("delete from undoing where tbl = {} and reason is not null", place(table));
                tx.sql(sql).execute().await?;
            }
        }
        Ok(())
    }

    /// A record stays while something hangs on it that does not go too; so on upwards.
    async fn keep_what_is_used(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let touched = self.touched(tx).await?;
        loop {
            let mut stayed = 0;
            for table in touched.iter().rev() {
                let removes = format!("u.tbl = {} and u.act = {} and u.reason is null", place(table), act::REMOVE);
                if self.count(tx, &removes).await? == 0 {
                    continue;
                }
                for (child, reference) in references_to(table.name) {
                    let column = reference.column;
                    let Some(which) = holding(child, reference) else { continue };
                    let sql = format!(
                        "update undoing set reason = {} where tbl = {} and act = {} and reason is null and exists ( \
                           select 1 from {} c where c.organization_id = $1 and c.{column} = undoing.id{which} and not {})",
                        reason::IN_USE,
                        place(table),
                        act::REMOVE,
                        child.name,
                        leaves(child, "c", child.mask(&[column])),
                    );
                    stayed += tx.of(scope, sql).execute().await?;
                }
                if table.name == "users" {
                    let sql = format!(
                        "update undoing set reason = {} where tbl = {} and act = {} and reason is null and ( \
                           exists (select 1 from operations o where o.organization_id = $1 and o.user_id = undoing.id) \
                           or exists (select 1 from activities t where t.organization_id = $1 and t.user_id = undoing.id) \
                           or exists (select 1 from api_keys k where k.organization_id = $1 and k.user_id = undoing.id))",
                        reason::IN_USE,
                        place(table),
                        act::REMOVE
                    );
                    stayed += tx.of(scope, sql).execute().await?;
                }
            }
            if stayed == 0 {
                return Ok(());
            }
        }
    }

    /// Computed rows go with what they are about; lines of a history stay with the field that stays.
    pub(super) async fn gather_followers(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let mut touched = self.touched(tx).await?;
        for table in TABLES.iter() {
            if !touched.iter().any(|known| known.name == table.name) {
                continue;
            }
            let removes = format!("u.tbl = {} and u.act = {} and u.reason is null", place(table), act::REMOVE);
            if self.count(tx, &removes).await? == 0 {
                continue;
            }
            for (child, reference) in references_to(table.name).filter(|(_, reference)| reference.follows) {
                let sql = format!(
                    "insert into undoing (tbl, id, part, act, changed, conflict, blocked, forced, version, moved, reason) \
                     select {at}, c.id, {}, {}, 0, 0, 0, 0, 0, 0, null from {} c \
                     where c.organization_id = $1 and c.{} in (select u.id from undoing u where {removes}) {KNOWN}",
                    part(child, "c"),
                    act::REMOVE,
                    child.name,
                    reference.column,
                    at = place(child),
                );
                if tx.of(scope, sql).execute().await? > 0 {
                    touched.push(child);
                }
                // What was to be put back in them goes with them.
                let sql = format!(
                    "update undoing set act = {} where tbl = {} and act = {} and exists (select 1 from {} c \
                       where c.organization_id = $1 and {} and c.{} in (select u.id from undoing u where {removes}))",
                    act::REMOVE,
                    place(child),
                    act::PUT_BACK,
                    child.name,
                    is(child, "c", "undoing"),
                    reference.column,
                );
                tx.of(scope, sql).execute().await?;
            }
        }
        tx.analyze("undoing").await
    }
}
