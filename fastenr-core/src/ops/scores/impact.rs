//! How scores moved after engagements and achieved goals: see [`crate::score::impact`] for what is compared.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use futures_util::TryStreamExt;
use uuid::Uuid;

use crate::arr::Period;
use crate::error::Result;
use crate::model::TimeZone;
use crate::model::selection::Selection;
use crate::ops::Context;
use crate::score::impact::{APART, Account, Cells, Event, Exclusion, PastSnapshot, Study};
pub use crate::score::impact::{ImpactFigures, Row};
use crate::store::scores::Range;
use crate::store::scores::impact::{EventRow, Events, When, events, health_on, next_accounts};
use crate::store::{Scope, Tx};

/// Snapshots held in memory at a time, about.
const ROWS: usize = 40_000;

/// Of the engagements completed in the period that pass the filter, by type. `chosen` must not be held to days.
///
/// # Errors
/// Those of reading.
pub async fn of_engagements(context: &Context, chosen: &Selection, period: Period) -> Result<Vec<Row>> {
    let zone = zone(context);
    let between = |from: NaiveDate, to: NaiveDate| {
        let next = to.checked_add_days(Days::new(1)).unwrap_or(to);
        Events::Engagements(zone.beginning(from), zone.beginning(next))
    };
    read(context, Exclusion::Kind, chosen, between(period.from(), period.to()), between).await
}

/// Of the achieved goals that pass the filter, by metric type.
///
/// # Errors
/// Those of reading.
pub async fn of_goals(context: &Context, chosen: &Selection) -> Result<Vec<Row>> {
    read(context, Exclusion::Any, chosen, Events::Goals(None), |from, to| Events::Goals(Some((from, to)))).await
}

fn zone(context: &Context) -> TimeZone {
    TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC)
}

/// The `told` events are what the report is about; `between` has those from one day to another.
async fn read(
    context: &Context,
    apart: Exclusion,
    chosen: &Selection,
    told: Events,
    between: impl Fn(NaiveDate, NaiveDate) -> Events,
) -> Result<Vec<Row>> {
    let (scope, zone) = (context.scope(), zone(context));
    let mut tx = context.db.read().await?;
    let mut study = Study::new(apart);
    let mut rows = events(&mut tx, &scope, told, Some(chosen), None)?;
    while let Some(row) = rows.try_next().await? {
        study.add(&row.kind, day(zone, &row));
    }
    drop(rows);
    let Some((first, last)) = study.span() else { return Ok(Vec::new()) };
    let around = between(
        first.checked_sub_days(Days::new(APART)).unwrap_or(first),
        last.checked_add_days(Days::new(APART)).unwrap_or(last),
    );
    let days = study.snapshot_days();
    let mut book = Book { study: &study, scope, zone, chosen, told, around, days, models: HashMap::new() };
    let mut cells = Cells::new(&study);
    book.each(&mut tx, |account| cells.add(account)).await?;
    let mut spread = cells.settle();
    book.each(&mut tx, |account| spread.add(account)).await?;
    Ok(spread.finish())
}

fn day(zone: TimeZone, row: &EventRow) -> NaiveDate {
    match row.when {
        When::At(at) => zone.day(at),
        When::On(day) => day,
    }
}

/// The accounts, to be gone over.
struct Book<'s> {
    study: &'s Study,
    scope: Scope,
    zone: TimeZone,
    chosen: &'s Selection,
    told: Events,
    around: Events,
    days: Vec<NaiveDate>,
    /// Numbers of fingerprints.
    models: HashMap<String, usize>,
}

type Groups<T> = HashMap<Uuid, Vec<T>>;

impl Book<'_> {
    /// Each account that has snapshots, by id.
    async fn each(&mut self, tx: &mut Tx<'_>, mut see: impl FnMut(&Account<'_>)) -> Result<()> {
        let most = i64::try_from((ROWS / self.days.len().max(1)).clamp(20, 2_000)).unwrap_or(20);
        let mut after = Uuid::nil();
        while let Some(to) = next_accounts(tx, &self.scope, after, most).await? {
            let range = Range { after, to };
            after = to;
            let past = self.past(tx, range).await?;
            if past.is_empty() {
                continue;
            }
            let told = self.events(tx, self.told, Some(self.chosen), range).await?;
            let all = self.events(tx, self.around, None, range).await?;
            let of = |events: &Groups<Event>, account: &Uuid| events.get(account).cloned().unwrap_or_default();
            for (account, past) in &past {
                see(&Account { past, events: &of(&told, account), all: &of(&all, account) });
            }
        }
        Ok(())
    }

    async fn past(&mut self, tx: &mut Tx<'_>, range: Range) -> Result<Groups<PastSnapshot>> {
        let mut found: Groups<PastSnapshot> = HashMap::new();
        for row in health_on(tx, &self.scope, range, &self.days).await? {
            let next = self.models.len();
            let model = *self.models.entry(row.model).or_insert(next);
            let past =
                PastSnapshot { day: row.snapshot_date, model, health: row.health_points, sufficient: row.sufficient };
            found.entry(row.account_id).or_default().push(past);
        }
        Ok(found)
    }

    async fn events(
        &self,
        tx: &mut Tx<'_>,
        which: Events,
        chosen: Option<&Selection>,
        range: Range,
    ) -> Result<Groups<Event>> {
        let mut found: Groups<Event> = HashMap::new();
        let mut rows = events(tx, &self.scope, which, chosen, Some(range))?;
        while let Some(row) = rows.try_next().await? {
            if let Some(event) = self.study.event(&row.kind, day(self.zone, &row)) {
                found.entry(row.account_id).or_default().push(event);
            }
        }
        Ok(found)
    }
}
