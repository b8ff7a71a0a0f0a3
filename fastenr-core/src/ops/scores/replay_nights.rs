//! What the nights of an organization left, for a replay that goes on from there.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::engine::{Engine, GatheredAccount};
use super::replay::{DayScores, State};
use super::run::doubts;
use crate::error::Result;
use crate::ops::Context;
use crate::score::alerts::{Doubt, Level, Levels, Move, Rule, UnresolvedAlert};
use crate::score::model::Models;
use crate::store::scores::{book, snapshots};
use crate::store::{self, Tx};

/// Nights, as far as a replay asks for them.
#[derive(Debug, Default)]
pub(super) struct Nights {
    since: NaiveDate,
    /// The first one; none: there was none.
    first: Option<NaiveDate>,
    /// Whether the replay goes on from the night before it, or begins with the first one.
    pub(super) goes_on: bool,
    /// When each of them ran, or would have.
    moments: BTreeMap<NaiveDate, DateTime<Utc>>,
    /// When each of them ran.
    ran: HashMap<NaiveDate, DateTime<Utc>>,
    /// The first night that saw an account, of those that were entered since the replay began.
    seen: HashMap<Uuid, NaiveDate>,
}

impl Nights {
    pub(super) async fn read(context: &Context, tx: &mut Tx<'_>, models: &Models, since: NaiveDate) -> Result<Self> {
        let scope = context.scope();
        let first = book::first_night(tx, &scope).await?;
        let eve = since.checked_sub_days(Days::new(1)).unwrap_or(since);
        let night = book::night(tx, &scope, eve).await?.filter(|night| night.live);
        let by_these = |night: book::BookRun| {
            models.reachable().all(|listed| night.models.split(',').any(|model| model == listed.fingerprint))
        };
        let goes_on = first == Some(since) || night.is_some_and(by_these);
        let day = super::day::Day::of(context, since, since);
        let ran: HashMap<_, _> = book::moments(tx, &scope, since).await?.into_iter().collect();
        // One that was made up for: at the same hour of its own day.
        let own_day =
            |night: NaiveDate, ran: DateTime<Utc>| ran - TimeDelta::days((day.date_of(ran) - night).num_days());
        let moments = ran.iter().map(|(night, ran)| (*night, own_day(*night, *ran))).collect();
        let seen = snapshots::first_seen(tx, &scope, since, day.end).await?.into_iter().collect();
        Ok(Self { since, first, goes_on, moments, ran, seen })
    }

    /// Where the night before left each account.
    pub(super) async fn accounts(
        &self,
        context: &Context,
        tx: &mut Tx<'_>,
        models: &Models,
    ) -> Result<HashMap<Uuid, State>> {
        let mut accounts: HashMap<Uuid, State> = HashMap::new();
        if !self.goes_on || self.first == Some(self.since) {
            return Ok(accounts);
        }
        let scope = context.scope();
        let day = super::day::Day::of(context, self.since, self.since);
        let eve = day.back(1);
        for age in (1..=90).rev() {
            let on = day.back(age);
            let mut rows = snapshots::stream_points(tx, &scope, on)?;
            while let Some((row, points, levels)) = rows.try_next().await? {
                let state = accounts.entry(row.account_id).or_default();
                if on == eve {
                    state.previous = Levels::new(levels);
                }
                if let Some(place) = models.iter().position(|listed| listed.fingerprint == row.model) {
                    let place = u8::try_from(place).unwrap_or(u8::MAX);
                    state.kept.push_back(DayScores::of_snapshot(on, place, &row, points));
                }
            }
        }
        for alert in store::alerts::open_on(tx, &scope, (eve, day.end_of(eve))).await? {
            let (Ok(rule), Ok(level)) = (Rule::parse(&alert.rule), Level::try_from(alert.level)) else { continue };
            let Some(state) = accounts.get_mut(&alert.account_id) else { continue };
            // It may have got worse since.
            let level = Some(state.previous.level(rule)).filter(|then| *then > 0 && !alert.held).unwrap_or(level);
            state.open.push(UnresolvedAlert { held: alert.held, ..(rule, level).into() });
        }
        Ok(accounts)
    }

    /// Whether the night of the day knew the account: it was entered by then, or had a snapshot. Before the first night whoever was
    /// under contract counts.
    pub(super) fn knew(&self, engine: &Engine, account: &GatheredAccount) -> bool {
        let date = engine.day.date;
        let live = self.first.is_some_and(|first| first <= date);
        !live
            || engine.day.date_of(account.row.created_at) <= date
            || self.seen.get(&account.id()).is_some_and(|seen| *seen <= date)
    }

    /// What would have been held on the day, whatever the guard says.
    pub(super) async fn holds(&self, context: &Context, tx: &mut Tx<'_>, engine: &Engine) -> Result<Holds> {
        let date = engine.day.date;
        let alerts = &engine.first_model().alerts;
        let first = self.goes_on && self.first == Some(date);
        if !alerts.data_quality.enabled {
            return Ok(Holds { first, doubts: Vec::new() });
        }
        let guarded = book::accounts(tx, &context.scope()).await? >= alerts.guard_from;
        let at = self.moments.get(&date).copied().unwrap_or(engine.day.end);
        // A feed that was made up for later was dead to its night.
        let feeds = match self.ran.get(&date) {
            Some(ran) => super::book::seen_at(tx, &context.scope(), &engine.day, *ran).await?,
            None => (engine.whole.usage_days, engine.whole.ticket_days),
        };
        let doubts = doubts::find(context, tx, engine, feeds, (at, guarded)).await?;
        Ok(Holds { first, doubts: doubts.into_iter().filter(|_| guarded).collect() })
    }
}

/// What is held on a day of a replay.
#[derive(Debug, Default)]
pub(super) struct Holds {
    /// It is the organization's first run.
    first: bool,
    doubts: Vec<Doubt>,
}

impl Holds {
    pub(super) fn is_doubtful(&self, rule: Rule) -> bool {
        self.doubts.iter().any(|doubt| doubt.topic.holds(rule))
    }

    pub(super) fn hold(&self, to: Move) -> Option<()> {
        (to.fires() && (self.first || self.is_doubtful(to.rule()))).then_some(())
    }
}
