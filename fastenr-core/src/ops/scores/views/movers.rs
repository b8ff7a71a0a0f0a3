//! The largest falls and rises between two runs, each with its cause.

use std::cmp::Reverse;

use chrono::NaiveDate;
use futures_util::stream::TryStreamExt;
use uuid::Uuid;

use super::super::explain::facts_of;
use super::super::models;
use super::cause::{self, Cause, Driver};
use super::{LeftOut, judged, run_before};
use crate::error::Result;
use crate::model::selection::Selection;
use crate::ops::Context;
use crate::score::{Factor, Model};
use crate::store::scores::snapshots::{self, Snapshot};
use crate::store::scores::views::{self, Line};
use crate::store::scores::{Range, touch};
use crate::store::{Scope, Tx};

/// An account whose health moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mover {
    pub account: Uuid,
    pub external_id: Option<String>,
    pub name: String,
    pub owner: Option<String>,
    /// In cents.
    pub arr: Option<i64>,
    pub from: i64,
    pub to: i64,
    pub cause: Cause,
    /// What the cause alone did, in basis points; it may be more than the move, where others went the other way.
    pub effect: Option<i64>,
    /// The fact behind a factor that is the cause: on the earlier day, and on the later.
    pub facts: Option<(String, String)>,
    /// Whether a person's score holds now.
    pub adjusted: bool,
}

impl Mover {
    pub const fn change(&self) -> i64 {
        self.to - self.from
    }

    /// Why, as facts where there are some: `login frequency: 13 logins a week, before 42 logins a week`.
    pub fn why(&self) -> String {
        match (&self.cause, &self.facts) {
            (Cause::Factor { factor, .. }, Some((before, after))) if before != after => {
                format!("{}: {after}, before {before}", factor.as_str().replace('_', " "))
            }
            (cause, _) => cause.words(),
        }
    }
}

/// What moved between two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movers {
    /// The day of the earlier run; none: there is none that old.
    pub from: Option<NaiveDate>,
    /// The day of the latest run; none: there was none.
    pub to: Option<NaiveDate>,
    /// Those of five points or more first, by their ARR.
    pub falls: Vec<Mover>,
    pub rises: Vec<Mover>,
    /// How many fell, rose, stayed.
    pub fell: u64,
    pub rose: u64,
    pub stayed: u64,
    /// In no list, for the state they have or had.
    pub left_out: LeftOut,
}

/// A move of so many points is more than day to day noise.
const NOTABLE: i64 = 5;

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So many days before the latest run, or longer.
    Days(u32),
    /// On this day, or before it.
    Day(NaiveDate),
}

impl From<u32> for Since {
    fn from(days: u32) -> Self {
        Self::Days(days)
    }
}

/// Between the latest run and the last one that is as long before it as `since` says: at most `limit` falls and as many rises, of
/// accounts with enough data at both ends. Memory does not grow with the book.
pub async fn movers(context: &Context, selection: &Selection, since: impl Into<Since>, limit: usize) -> Result<Movers> {
    let scope = context.scope();
    let mut tx = context.db.read().await?;
    let to = snapshots::last_day(&mut tx, &scope, None).await?;
    let from = match to {
        Some(to) => {
            let days = match since.into() {
                Since::Days(days) => days,
                Since::Day(day) => u32::try_from((to - day).num_days()).unwrap_or(0),
            };
            run_before(&mut tx, &scope, to, days.max(1)).await?
        }
        None => None,
    };
    let mut found = Movers {
        from,
        to,
        falls: Vec::new(),
        rises: Vec::new(),
        fell: 0,
        rose: 0,
        stayed: 0,
        left_out: LeftOut::default(),
    };
    let (Some(from), Some(to)) = (from, to) else { return Ok(found) };
    let (mut falls, mut rises) = (Top::new(limit), Top::new(limit));
    {
        let mut lines = views::lines(&mut tx, &scope, selection, [Some(to), Some(from), None])?;
        while let Some(line) = lines.try_next().await? {
            let (old, new) = match (judged(&line, 1), judged(&line, 0)) {
                (Ok(old), Ok(new)) => (old.health, new.health),
                (_, Err(why)) | (Err(why), _) => {
                    found.left_out.add(why);
                    continue;
                }
            };
            match new - old {
                0 => found.stayed += 1,
                change if change < 0 => {
                    found.fell += 1;
                    falls.offer(-change, line, old, new);
                }
                change => {
                    found.rose += 1;
                    rises.offer(change, line, old, new);
                }
            }
        }
    }
    for (top, movers) in [(falls, &mut found.falls), (rises, &mut found.rises)] {
        for (line, old, new) in top.finish() {
            movers.push(explained(&mut tx, &scope, (from, to), line, (old, new)).await?);
        }
    }
    tx.commit().await?;
    for movers in [&mut found.falls, &mut found.rises] {
        let of_factors = movers.iter_mut().filter_map(|mover| match mover.cause {
            Cause::Factor { factor, .. } => Some((factor, mover)),
            _ => None,
        });
        let of_factors: Vec<(Factor, &mut Mover)> = of_factors.collect();
        let wanted: Vec<(Uuid, Factor)> = of_factors.iter().map(|(factor, mover)| (mover.account, *factor)).collect();
        let facts = facts_of(context, &wanted, (from, to)).await?;
        for ((_, mover), facts) in of_factors.into_iter().zip(facts) {
            mover.facts = facts;
        }
    }
    Ok(found)
}

/// The first of all that are offered.
struct Top {
    limit: usize,
    kept: Vec<(i64, Line, i64, i64)>,
}

impl Top {
    const fn new(limit: usize) -> Self {
        Self { limit, kept: Vec::new() }
    }

    fn offer(&mut self, size: i64, line: Line, old: i64, new: i64) {
        self.kept.push((size, line, old, new));
        if self.kept.len() >= self.limit.saturating_mul(2).saturating_add(256) {
            self.settle();
        }
    }

    /// What is notable comes first, of it the larger account, then the larger move, then the older account.
    fn settle(&mut self) {
        self.kept.sort_by_key(|(size, line, ..)| (*size < NOTABLE, Reverse(line.arr), Reverse(*size), line.account));
        self.kept.truncate(self.limit);
    }

    fn finish(mut self) -> impl Iterator<Item = (Line, i64, i64)> {
        self.settle();
        self.kept.into_iter().map(|(_, line, old, new)| (line, old, new))
    }
}

async fn explained(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (from, to): (NaiveDate, NaiveDate),
    line: Line,
    (old, new): (i64, i64),
) -> Result<Mover> {
    let ends = snapshots::of_account(tx, scope, line.account, &[from, to]).await?;
    let one = Range::one(line.account);
    let was = !touch::adjustments(tx, scope, one, from).await?.is_empty();
    let is = line.adjusted;
    let driver = match ends.as_slice() {
        [before, after] => driver(tx, scope, before, after, (was, is)).await?,
        _ => None,
    };
    let (cause, effect) = driver.map_or((Cause::Unknown, None), |driver| (driver.cause, Some(driver.effect)));
    Ok(Mover {
        account: line.account,
        external_id: line.external_id,
        name: line.name,
        owner: line.owner,
        arr: line.arr,
        from: old,
        to: new,
        // Of another model nothing else is to be said.
        effect: effect.filter(|_| !matches!(cause, Cause::Model { .. })),
        cause,
        facts: None,
        adjusted: is,
    })
}

async fn driver(
    tx: &mut Tx<'_>,
    scope: &Scope,
    before: &Snapshot,
    after: &Snapshot,
    adjusted: (bool, bool),
) -> Result<Option<Driver>> {
    let change = after.health_points - before.health_points;
    // A person's word says the score whatever the model is.
    let builtin = Model::builtin();
    if before.model != after.model && adjusted == (false, false) {
        let cause = Cause::Model { from: before.model.clone(), to: after.model.clone() };
        return Ok(Some(Driver { cause, effect: change }));
    }
    let model = models::known(tx, scope, &after.model).await?;
    if model.is_none() && adjusted == (false, false) {
        return Ok(None);
    }
    let model = model.as_ref().unwrap_or(builtin);
    Ok(cause::main_cause(cause::drivers(before, after, model, adjusted), change))
}
