//! The days of events: which they are, what they come to, and what is kept of them.

use super::classify::settle;
use super::events::{EVENT_TIME, Events, Fold};
use super::{Staging, verdict};
use crate::model::noun::Meaning;
use crate::model::number::NumberRule;
use crate::model::operation::{DayLedger, Ledger};
use crate::store::bulk::set_indexes_aside;
use crate::store::journal::Table;
use crate::store::records::Stamp;
use crate::store::{Engine, Scope, StoreResult, Tx};

/// A field that is made of events.
struct AggregatedField {
    bit: usize,
    name: &'static str,
    column: &'static str,
    rule: &'static NumberRule,
    fold: Fold,
}

impl Staging {
    fn made<'e>(&self, events: &'e Events) -> impl Iterator<Item = AggregatedField> + use<'_, 'e> {
        events.fields.iter().filter_map(|(bit, fold)| {
            let field = self.field(*bit);
            let Meaning::Number(rule) = field.meaning else { return None };
            Some(AggregatedField { bit: *bit, name: field.name, column: field.column, rule, fold: *fold })
        })
    }

    /// Stages a row for each day, once no sum is beyond what its field may be.
    pub(super) async fn stage_days(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        events: &Events,
        last: i64,
    ) -> StoreResult<()> {
        loop {
            self.gather_days(tx, scope, events, last).await?;
            self.add_up(tx, scope, events).await?;
            if !self.reject_sums(tx, events).await? {
                break;
            }
            for table in ["events", "kept"] {
                let rejected = format!("select v.n from verdicts v where v.verdict = {}", verdict::REJECTED);
                tx.sql(format!("delete from {table} where n in ({rejected})")).execute().await?;
            }
        }
        self.put_days(tx, events).await
    }

    /// The days of the events, each with the number of its first row; then those that an event was on, and is no more.
    async fn gather_days(&self, tx: &mut Tx<'_>, scope: &Scope, events: &Events, last: i64) -> StoreResult<()> {
        tx.sql("delete from days").execute().await?;
        let sql = "insert into days (n, account_id, metric_date) \
                   select min(e.n), e.account_id, e.metric_date from events e group by e.account_id, e.metric_date";
        tx.sql(sql).execute().await?;
        if events.kept {
            let moved = ["account_id", "metric_date"];
            let mask = Table::find("metric_events").map_or(0, |table| table.mask(&moved));
            for (step, AggregatedField { bit, name, .. }) in (1_i64..).zip(self.made(events)) {
                // A day that somebody has deleted stays so. No more days than rows were left by events.
                let after = step * last;
                let sql = format!(
                    "insert into days (n, account_id, metric_date)
                     select {after} + row_number() over (order by o.account_id, o.metric_date), o.account_id, o.metric_date
                     from (select distinct k.account_id as account_id, k.metric_date as metric_date
                           from kept p cross join metric_events k
                           where p.bit = {bit} and (p.changed & {mask}) <> 0
                             and k.organization_id = $1 and k.id = p.id and k.field = '{name}') o
                     where exists (select 1 from health_metrics h where h.organization_id = $1
                                   and h.account_id = o.account_id and h.metric_date = o.metric_date)
                     on conflict (account_id, metric_date) do nothing"
                );
                tx.of(scope, sql).execute().await?;
            }
        }
        tx.analyze("days").await
    }

    /// What adds up to each day: the events of the file, and those that are kept of others.
    async fn add_up(&self, tx: &mut Tx<'_>, scope: &Scope, events: &Events) -> StoreResult<()> {
        tx.sql("delete from counted").execute().await?;
        for AggregatedField { bit, name, column, .. } in self.made(events) {
            let sql = format!(
                "insert into counted (n, bit, total, times, claims)
                 select d.n, {bit}, cast(coalesce(sum(e.{column}), 0) as bigint), count(e.{column}), count(e.{column})
                 from events e join days d on d.account_id = e.account_id and d.metric_date = e.metric_date
                 group by d.n"
            );
            tx.sql(sql).execute().await?;
            if events.kept {
                // What the file says again counts as it is there.
                let other = "case when k.source = $2 and k.event_key in (select e.event_key from events e) then null else k.value end";
                let sql = format!(
                    "insert into counted (n, bit, total, times, claims)
                     select o.n, {bit}, cast(coalesce(sum(o.other), 0) as bigint), count(o.other), count(o.value)
                     from (select d.n as n, k.value as value, {other} as other
                           from days d cross join metric_events k
                           where k.organization_id = $1 and k.account_id = d.account_id and k.metric_date = d.metric_date
                             and k.field = '{name}') o
                     group by o.n"
                );
                tx.of(scope, sql).bind(events.source.clone()).execute().await?;
            }
        }
        tx.analyze("counted").await
    }

    /// Rejects the events of a day whose sum its field can't hold. Whether there were any.
    async fn reject_sums(&self, tx: &mut Tx<'_>, events: &Events) -> StoreResult<bool> {
        let mut any = false;
        for AggregatedField { bit, name, rule, .. } in self.made(events).filter(|made| made.fold == Fold::Sum) {
            let sql = format!(
                "insert into rejects (n, header, code, rule)
                 select e.n, $1, '{}', 'the events of the day add up to more than {name} can be: {}'
                 from events e
                 join days d on d.account_id = e.account_id and d.metric_date = e.metric_date
                 where d.n in (select c.n from counted c where c.bit = {bit} group by c.n having sum(c.total) > {})",
                rule.code,
                rule.rule.replace('\'', "''"),
                rule.most * rule.parts()
            );
            any |= tx.sql(sql).bind(self.header(name)).execute().await? > 0;
        }
        if any {
            settle(tx).await?;
        }
        Ok(any)
    }

    /// A row for each day. It says of a field what its events say, and nothing where no event ever did.
    async fn put_days(&self, tx: &mut Tx<'_>, events: &Events) -> StoreResult<()> {
        let base = self.bit("account") | self.bit("metric_date");
        let (mut present, mut names, mut values, mut sums) =
            (base.to_string(), String::new(), String::new(), Vec::new());
        for AggregatedField { bit, column, rule, fold, .. } in self.made(events) {
            let of = |what: &str| format!("cast(sum(case when c.bit = {bit} then c.{what} else 0 end) as bigint)");
            sums.push(format!(
                "{} as total{bit}, {} as times{bit}, {} as claims{bit}",
                of("total"),
                of("times"),
                of("claims")
            ));
            present.push_str(&format!(" + case when v.claims{bit} > 0 then {} else 0 end", 1_i64 << bit));
            names.push_str(&format!(", {column}"));
            let by = match fold {
                Fold::Sum => rule.parts().to_string(),
                Fold::Mean => format!("(v.times{bit} * {})", rule.parts()),
            };
            values.push_str(&format!(
                ", case when v.times{bit} > 0 then {} end",
                half_even(&format!("v.total{bit}"), &by)
            ));
        }
        let sql = format!(
            "insert into staged (n, id, present, account_id, metric_date{names})
             select d.n, e.id, {present}, d.account_id, d.metric_date{values}
             from days d
             left join events e on e.n = d.n
             join (select c.n as n, {} from counted c group by c.n) v on v.n = d.n
             order by d.n",
            sums.join(", ")
        );
        tx.sql(sql).execute().await?;
        tx.analyze("staged").await
    }

    /// The ledger of a file of events: each row that was not refused or passed over has the fate of its day.
    pub(super) async fn ledger_of_events(&self, tx: &mut Tx<'_>, ledger: Ledger) -> StoreResult<Ledger> {
        let fates = |of: &str| {
            format!("select coalesce(v.verdict, 0), count(*) from {of} left join verdicts v on v.n = d.n group by 1")
        };
        let by_event = "events e join days d on d.account_id = e.account_id and d.metric_date = e.metric_date";
        let mut counts = Vec::new();
        for of in [by_event, "days d"] {
            let rows: Vec<(i64, i64)> = tx.sql(fates(of)).fetch_all().await?;
            let of = |verdict: i64| {
                let count = rows.iter().find(|(known, _)| *known == verdict).map_or(0, |(_, count)| *count);
                u64::try_from(count).unwrap_or(0)
            };
            counts.push((of(0), of(verdict::UPDATE), of(verdict::UNCHANGED)));
        }
        let [(created, updated, unchanged), days] = counts[..] else { return Ok(ledger) };
        let days = DayLedger { days: days.0 + days.1 + days.2, created: days.0, updated: days.1, unchanged: days.2 };
        Ok(Ledger { created, updated, unchanged, days: Some(days), ..ledger })
    }

    /// Keeps the events, so that those of a later file add up with them.
    pub async fn keep_events(&self, tx: &mut Tx<'_>, scope: &Scope, stamp: Stamp) -> StoreResult<()> {
        let Some(events) = self.events.as_ref().filter(|events| events.kept) else { return Ok(()) };
        let Some(table) = Table::find("metric_events") else { return Ok(()) };
        for AggregatedField { bit, name, column, .. } in self.made(events) {
            let those = format!(
                "a.organization_id = $1 and a.field = '{name}' \
                 and a.id in (select p.id from kept p where p.bit = {bit} and p.changed <> 0)"
            );
            let changed = format!("(select p.changed from kept p where p.id = a.id and p.bit = {bit})");
            let sql = table.keep(&changed, &format!("where {those}"));
            tx.of(scope, sql).bind(stamp.operation).execute().await?;
            let time = if events.dated { format!("e.{EVENT_TIME}") } else { "a.changed_at".to_owned() };
            let sql = format!(
                "update metric_events as a
                 set (account_id, metric_date, value, changed_at) =
                       (select e.account_id, e.metric_date, e.{column}, {time}
                        from kept p join events e on e.n = p.n where p.id = a.id and p.bit = {bit}),
                     version = a.version + 1, updated_at = $2
                 where {those}"
            );
            tx.of(scope, sql).bind(stamp.now).execute().await?;
        }
        let fields = self.made(events).count() as u64;
        let (new,): (i64,) = tx.sql("select count(*) from events").fetch_one().await?;
        let (known,): (i64,) = tx.sql("select count(*) from kept").fetch_one().await?;
        let rows = (u64::try_from(new).unwrap_or(0) * fields).saturating_sub(u64::try_from(known).unwrap_or(0));
        let set_aside = set_indexes_aside(tx, table.name, (rows, rows), |_| true).await?;
        let time = if events.dated { format!("e.{EVENT_TIME}") } else { "cast(null as timestamptz)".to_owned() };
        let order = if tx.engine() == Engine::Sqlite { " order by e.n" } else { "" };
        for AggregatedField { bit, name, column, .. } in self.made(events) {
            let sql = format!(
                "insert into metric_events (organization_id, id, field, source, event_key, account_id, metric_date, value, changed_at,
                                            created_by_operation, created_at, updated_at)
                 select $1, e.id, '{name}', $2, e.event_key, e.account_id, e.metric_date, e.{column}, {time}, $3, $4, $4
                 from events e left join kept p on p.n = e.n and p.bit = {bit}
                 where p.n is null{order}"
            );
            let statement = tx.of(scope, sql).bind(events.source.clone()).bind(stamp.operation).bind(stamp.now);
            statement.execute().await?;
        }
        for create_index in set_aside {
            tx.sql(create_index).execute().await?;
        }
        Ok(())
    }
}

/// `total / by` as a whole number, half to even, as SQL; `by` is above zero.
fn half_even(total: &str, by: &str) -> String {
    if by == "1" {
        return total.to_owned();
    }
    // The remainder of a division by truncation has the sign of what is divided.
    let rest = format!("((({total} % {by}) + {by}) % {by})");
    let floor = format!("(({total} - {rest}) / {by})");
    format!("({floor} + case when 2 * {rest} > {by} or (2 * {rest} = {by} and {floor} % 2 <> 0) then 1 else 0 end)")
}
