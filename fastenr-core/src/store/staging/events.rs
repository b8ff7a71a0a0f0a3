//! Rows that are events, such as tickets: the days of their accounts are made of them, and take their place among the staged rows.
//!
//! Four temporary tables: `events` (the good rows of the file), `kept` (which of them are kept from an earlier file, and whether
//! they differ), `days` (each day that an event is on, or was) and `counted` (what adds up to a day's number, in parts). Kept
//! events are rows of `metric_events`, one for each event and field. Numbers of events have more decimals than those of days:
//! [`NumberRule::parts`](crate::model::number::NumberRule::parts).

use super::classify::{OPEN, settle};
use super::{Staging, verdict};
use crate::model::noun::{Field, Meaning, Storage};
use crate::store::journal::Table;
use crate::store::{Engine, Scope, StoreResult, Tx};

/// The columns of an event's id, as it is compared, and of the time at which this version of it was written.
pub const EVENT_KEY: &str = "event_key";
pub const EVENT_TIME: &str = "event_time";

/// How the events of a file become days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// Ids are told apart within it.
    pub source: String,
    /// The header of their ids, where they have some.
    pub id: Option<String>,
    /// Their versions have times.
    pub dated: bool,
    /// They stay known, so that those of a later file add up with them. Otherwise the file has all events of its days.
    pub kept: bool,
    /// The fields that are made of them, by their bits.
    pub fields: Vec<(usize, Fold)>,
}

/// How the numbers of events become that of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    Sum,
    Mean,
}

/// Events that were passed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SkippedEvents {
    /// Another row of the file says the same of the event, or counts by its place.
    pub doubles: u64,
    /// Another row of the file, or an earlier file, has a newer version.
    pub older: u64,
}

/// What the events of a file are to those that were kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventCounts {
    pub new: u64,
    pub changed: u64,
    pub known: u64,
}

impl Events {
    pub(super) fn columns(&self) -> Vec<(&'static str, Storage)> {
        let id = self.id.as_ref().map(|_| (EVENT_KEY, Storage::Text));
        let time = self.dated.then_some((EVENT_TIME, Storage::Instant));
        id.into_iter().chain(time).collect()
    }

    /// What a row is compared with another version of its event by.
    fn said(&self, staging: &Staging) -> Vec<&'static str> {
        let of_fields = self.fields.iter().map(|(bit, _)| staging.field(*bit).column);
        ["account_id", "metric_date"].into_iter().chain(self.dated.then_some(EVENT_TIME)).chain(of_fields).collect()
    }
}

impl Staging {
    /// Makes days of the events: their rows are staged instead. Accounts must be found before.
    pub async fn make_days(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<SkippedEvents> {
        let Some(events) = &self.events else { return Ok(SkippedEvents::default()) };
        if tx.engine() == Engine::Postgres {
            // Whole tables are joined; with the default of 4 MB every join would go through files.
            tx.sql("set local work_mem = '64MB'").execute().await?;
        }
        let mut passed = SkippedEvents::default();
        if events.id.is_some() {
            if events.dated {
                passed.older += self.skip_older(tx).await?;
            }
            passed.doubles += self.skip_doubled_events(tx, events).await?;
        }
        if events.kept && events.dated {
            passed.older += self.skip_older_than_kept(tx, scope, events).await?;
        }
        let last = self.set_events_aside(tx, events).await?;
        if events.kept {
            self.find_kept(tx, scope, events).await?;
        }
        self.stage_days(tx, scope, events, last).await?;
        Ok(passed)
    }

    /// Of several versions of an event in the file the latest counts; one without a time is older than any other.
    async fn skip_older(&self, tx: &mut Tx<'_>) -> StoreResult<u64> {
        let sql = format!(
            "insert into verdicts (n, verdict, changed)
             select s.n, {}, 0
             from staged s
             join (select s.event_key as event_key, max(s.event_time) as newest
                   from staged s where s.event_key is not null and {OPEN}
                   group by s.event_key having count(*) > 1) d on d.event_key = s.event_key
             where (s.event_time < d.newest or (s.event_time is null and d.newest is not null)) and {OPEN}",
            verdict::SKIPPED
        );
        tx.sql(sql).execute().await
    }

    /// Skips rows that say of an event what another one says, and rejects those that differ, unless their place decides. Rows skipped.
    async fn skip_doubled_events(&self, tx: &mut Tx<'_>, events: &Events) -> StoreResult<u64> {
        let twins = |aggregate: &str| {
            format!(
                "join (select s.event_key as event_key, {aggregate} from staged s where s.event_key is not null and {OPEN}
                       group by s.event_key having count(*) > 1) d on d.event_key = s.event_key"
            )
        };
        let skipped = self
            .skip_twins(tx, twins, || {
                let said = events.said(self);
                said.iter().map(|column| format!(" and s.{column} is not distinct from f.{column}")).collect()
            })
            .await?;
        let sql = format!(
            "insert into rejects (n, header, code, rule, value)
             select s.n, $1, 'duplicate_key', 'rows ' || d.first || ' and ' || d.last || ' are one event, and differ', s.event_key
             from staged s
             {}
             where {OPEN}",
            twins("min(s.n) as first, max(s.n) as last"),
        );
        if tx.sql(sql).bind(events.id.clone()).execute().await? > 0 {
            settle(tx).await?;
        }
        Ok(skipped)
    }

    /// An older version than the one that is kept says nothing.
    async fn skip_older_than_kept(&self, tx: &mut Tx<'_>, scope: &Scope, events: &Events) -> StoreResult<u64> {
        let names: Vec<String> = events.fields.iter().map(|(bit, _)| format!("'{}'", self.field(*bit).name)).collect();
        let sql = format!(
            "insert into verdicts (n, verdict, changed)
             select s.n, {}, 0
             from staged s
             where exists (select 1 from metric_events k
                           where k.organization_id = $1 and k.source = $2 and k.event_key = s.event_key
                             and k.field in ({}) and (s.event_time < k.changed_at or (s.event_time is null and k.changed_at is not null)))
               and {OPEN}",
            verdict::SKIPPED,
            names.join(", ")
        );
        tx.of(scope, sql).bind(events.source.clone()).execute().await
    }

    /// Moves the good rows to a table of their own. The number of the file's last row.
    async fn set_events_aside(&self, tx: &mut Tx<'_>, events: &Events) -> StoreResult<i64> {
        let engine = tx.engine();
        let of = |storage| engine.column_type(storage);
        let mut columns = vec![("account_id", Storage::Id), ("metric_date", Storage::Date)];
        columns.extend(events.columns());
        columns.extend(events.fields.iter().map(|(bit, _)| (self.field(*bit).column, Storage::Integer)));
        let typed: String = columns.iter().map(|(name, storage)| format!(", {name} {}", of(*storage))).collect();
        let (integer, id, date) = (of(Storage::Integer), of(Storage::Id), of(Storage::Date));
        for sql in [
            format!("create temporary table events (n {integer} primary key, id {id}{typed})"),
            format!(
                "create temporary table days (n {integer} primary key, account_id {id}, metric_date {date}, \
                 unique (account_id, metric_date))"
            ),
            format!(
                "create temporary table kept (n {integer}, bit {integer}, id {id}, changed {integer}, primary key (n, bit))"
            ),
            format!(
                "create temporary table counted (n {integer}, bit {integer}, total {integer}, times {integer}, \
                 claims {integer})"
            ),
        ] {
            tx.sql(sql).execute().await?;
        }
        let (last,): (i64,) = tx.sql("select coalesce(max(n), 0) from staged").fetch_one().await?;
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<String> = names.iter().map(|name| format!("s.{name}")).collect();
        let sql = format!(
            "insert into events (n, id, {}) select s.n, s.id, {} from staged s where {OPEN}",
            names.join(", "),
            values.join(", ")
        );
        tx.sql(sql).execute().await?;
        // What PostgreSQL deletes stays in the way of those who read the table.
        let emptied = if engine == Engine::Postgres { "truncate staged" } else { "delete from staged" };
        tx.sql(emptied).execute().await?;
        tx.sql("create index events_day on events (account_id, metric_date)").execute().await?;
        if events.id.is_some() {
            tx.sql("create index events_key on events (event_key)").execute().await?;
        }
        tx.analyze("events").await?;
        Ok(last)
    }

    /// Which of the events are kept already, and what of them is other now.
    async fn find_kept(&self, tx: &mut Tx<'_>, scope: &Scope, events: &Events) -> StoreResult<()> {
        let mask = |column: &str| Table::find("metric_events").map_or(0, |table| table.mask(&[column]));
        for (bit, _) in &events.fields {
            let field = self.field(*bit);
            let mut pairs = vec![
                ("account_id", "e.account_id".to_owned()),
                ("metric_date", "e.metric_date".to_owned()),
                ("value", format!("e.{}", field.column)),
            ];
            if events.dated {
                pairs.push(("changed_at", format!("e.{EVENT_TIME}")));
            }
            let changed: Vec<String> = pairs
                .into_iter()
                .map(|(own, other)| format!("case when k.{own} is distinct from {other} then {} else 0 end", mask(own)))
                .collect();
            // The planner of SQLite would begin with all that are kept.
            let sql = format!(
                "insert into kept (n, bit, id, changed)
                 select e.n, {bit}, k.id, {}
                 from events e cross join metric_events k
                 where k.organization_id = $1 and k.source = $2 and k.event_key = e.event_key and k.field = '{}'",
                changed.join(" + "),
                field.name
            );
            tx.of(scope, sql).bind(events.source.clone()).execute().await?;
        }
        tx.sql("create index kept_id on kept (id, bit)").execute().await?;
        tx.analyze("kept").await
    }

    /// How many events are new, have changed and were known.
    pub async fn event_counts(&self, tx: &mut Tx<'_>) -> StoreResult<Option<EventCounts>> {
        if !self.events.as_ref().is_some_and(|events| events.kept) {
            return Ok(None);
        }
        let sql = "select (select count(*) from events), (select count(distinct n) from kept), \
                   (select count(distinct n) from kept where changed <> 0)";
        let (all, found, changed): (i64, i64, i64) = tx.sql(sql).fetch_one().await?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(Some(EventCounts { new: count(all - found), changed: count(changed), known: count(found - changed) }))
    }

    /// A day of which events are kept is what they say: other rows leave these fields as they are. The fields, and how many rows
    /// say something else.
    pub async fn leave_to_events(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<(&'static Field, u64)>> {
        if !self.noun.of_events || self.events.as_ref().is_some_and(|events| events.kept) {
            return Ok(Vec::new());
        }
        let sql = "select k.id from metric_events k where k.organization_id = $1 limit 1";
        let any: Option<(uuid::Uuid,)> = tx.of(scope, sql).fetch_optional().await?;
        let mut left = Vec::new();
        for (bit, field) in self.mapped().filter(|_| any.is_some()) {
            if !matches!(field.meaning, Meaning::Number(_)) {
                continue;
            }
            let mask = 1_i64 << bit;
            let sql = format!(
                "update staged set present = present & ({})
                 where n in (select v.n
                             from verdicts v
                             join staged s on s.n = v.n
                             join health_metrics a on a.organization_id = $1 and a.id = v.id
                             where v.verdict = {} and (s.present & {mask}) <> 0 and s.{column} is distinct from a.{column}
                               and exists (select 1 from metric_events k
                                           where k.organization_id = $1 and k.account_id = a.account_id
                                             and k.metric_date = a.metric_date and k.field = '{}' and k.value is not null))",
                !mask,
                verdict::MATCHED,
                field.name,
                column = field.column
            );
            let rows = tx.of(scope, sql).execute().await?;
            if rows > 0 {
                left.push((field, rows));
            }
        }
        Ok(left)
    }
}
