//! What the rules of alerts would have opened: the past, day by day, in memory. Nothing is written.
//!
//! Scores are made anew, by the models in use today; what they are compared with are the replay's own earlier ones, some 1 KB
//! an account. Where nights ran by these models up to the first day, the replay goes on from what they left ([`Nights`]), so that it opens
//! what they opened.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::engine::{Batch, Engine, GatheredAccount, HistorySource};
use super::replay_nights::{Holds, Nights};
use super::replay_outcomes::{Outcomes, left_after};
use crate::error::{Error, Result};
use crate::ops::Context;
use crate::score::alerts::{self, Goals, Guard, Levels, Move, Point, Rule, Severity, Trail, UnresolvedAlert};
use crate::score::model::Models;
use crate::score::{Band, EarlierHealth, Facts, MeanCoverages, Scores, Sum, Survey};
use crate::store::alert_records::{self, GoalTurn};
use crate::store::scores::snapshots::Milestone;
use crate::store::{Conn, Tx};

/// An alert that would have opened, or got worse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedAlert {
    pub on: NaiveDate,
    pub rule: Rule,
    pub severity: Severity,
    /// External id of the account, or its id.
    pub account: String,
    pub account_name: String,
    pub message: String,
    /// It was open and got worse.
    pub raised: bool,
    /// The guard would have held it.
    pub held: bool,
    /// Whether the account churned within [`OUTCOME`](super::OUTCOME) days after; none: these days are not over.
    pub left: Option<bool>,
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayReport {
    pub since: NaiveDate,
    pub until: NaiveDate,
    /// The most accounts that a day had.
    pub accounts: u64,
    /// By day, then by rule and account.
    pub opened: Vec<OpenedAlert>,
    /// Of the customers of each day whose [`OUTCOME`](super::OUTCOME) days are over, those that churned in them: what the
    /// outcomes of the rules are compared with. An account counts once for each day.
    pub base: Outcomes,
}

impl ReplayReport {
    /// How many of a rule would have opened or got worse, and how many of them the guard would have held.
    pub fn count(&self, rule: Rule) -> (u64, u64) {
        let of = self.opened.iter().filter(|opened| opened.rule == rule);
        of.fold((0, 0), |(all, held), opened| (all + 1, held + u64::from(opened.held)))
    }
}

/// The longest replay, in days.
const MOST: i64 = 400;

/// Replays the days from `since` to today. The 91 days before are scored too, some of them, to compare with. `progress` is told
/// how many days of how many are done.
///
/// # Errors
/// `future_day` where `since` is after today; `long_replay` for more than 400 days.
pub async fn replay(
    context: &Context,
    since: NaiveDate,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<ReplayReport> {
    let today = context.today();
    if since > today {
        return Err(Error::invalid(
            "future_day",
            format!("{since} is after today, {today}: nothing is known of it yet"),
        ));
    }
    if (today - since).num_days() > MOST {
        return Err(
            Error::invalid("long_replay", format!("{since} is more than {MOST} days ago")).hint("replay fewer days")
        );
    }
    let mut conn = context.db.hold(&context.scope()).await?;
    let outcome = run(context, &mut conn, since, progress).await;
    drop(conn);
    outcome
}

/// Of the days before, as many as anything is compared with: weekly up to 36 days ago, then every third; the last day is the
/// baseline.
fn days(since: NaiveDate, today: NaiveDate) -> Vec<NaiveDate> {
    let before = |age: u64| since.checked_sub_days(Days::new(age));
    let warm = (0..8).map(|week| 91 - 7 * week).chain((0..12).map(|step| 34 - 3 * step)).filter_map(before);
    warm.chain(since.iter_days().take_while(|day| *day <= today)).collect()
}

async fn run(
    context: &Context,
    conn: &mut Conn,
    since: NaiveDate,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<ReplayReport> {
    let (scope, today) = (context.scope(), context.today());
    Engine::prepare(conn).await?;
    let mut tx = conn.read().await?;
    let models = Arc::new(super::models::active(&mut tx, &scope).await?);
    let goals = GoalHistories::new(alert_records::goal_turns(&mut tx, &scope).await?);
    let past = Nights::read(context, &mut tx, &models, since).await?;
    let accounts = past.accounts(context, &mut tx, &models).await?;
    let days =
        if past.goes_on { since.iter_days().take_while(|day| *day <= today).collect() } else { days(since, today) };
    let mut before = past.goes_on.then(|| since.pred_opt()).flatten();
    let mut world = ReplayState { models, goals, accounts, past, today, known: None };
    let mut found = ReplayReport { since, until: today, accounts: 0, opened: Vec::new(), base: Outcomes::default() };
    let mut told: Vec<(Uuid, OpenedAlert)> = Vec::new();
    for (place, day) in days.iter().enumerate() {
        let done = world.day(context, &mut tx, *day, before).await?;
        if *day >= since {
            found.accounts = found.accounts.max(done.guard.book());
            told.extend(done.opened);
            found.base.known += done.base.known;
            found.base.left += done.base.left;
        }
        before = Some(*day);
        progress(place as u64 + 1, days.len() as u64);
    }
    let mut ids: Vec<Uuid> = told.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let names = alert_records::names(&mut tx, &scope, &ids).await?;
    for (id, mut opened) in told {
        if let Ok(place) = names.binary_search_by_key(&id, |(id, ..)| *id) {
            let (_, external_id, name) = &names[place];
            opened.account = external_id.clone().unwrap_or_else(|| id.to_string());
            opened.account_name.clone_from(name);
        }
        found.opened.push(opened);
    }
    found.opened.sort_by(|a, b| (a.on, a.rule, &a.account).cmp(&(b.on, b.rule, &b.account)));
    Ok(found)
}

/// What a day left of an account's scores.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayScores {
    on: NaiveDate,
    /// The place of the model in the list.
    model: u8,
    sufficient: bool,
    /// What the rules compare with; its age is of no use here.
    point: Option<(u8, u8, Option<u8>)>,
    points: u16,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// The latest last; 91 days at most.
    pub(super) kept: VecDeque<DayScores>,
    pub(super) previous: Levels,
    /// The alerts that are open or held.
    pub(super) open: Vec<UnresolvedAlert>,
}

struct ReplayState {
    models: Arc<Models>,
    goals: GoalHistories,
    accounts: HashMap<Uuid, State>,
    past: Nights,
    today: NaiveDate,
    /// The mean coverages of the day before.
    known: Option<MeanCoverages>,
}

/// A day that was scored and not yet kept.
#[derive(Default)]
struct ScoredDay {
    survey: Survey,
    guard: Guard,
    states: Vec<(Uuid, DayScores, Levels, Vec<UnresolvedAlert>)>,
    opened: Vec<(Uuid, OpenedAlert)>,
    base: Outcomes,
}

impl ReplayState {
    async fn day(
        &mut self,
        context: &Context,
        tx: &mut Tx<'_>,
        day: NaiveDate,
        before: Option<NaiveDate>,
    ) -> Result<ScoredDay> {
        let mut engine = Engine::begin(context, tx, &self.models, (day, day), None, HistorySource::Own).await?;
        let guess = match self.known {
            Some(known) => known,
            None => engine.guess(tx).await?,
        };
        engine.assume(guess);
        let holds = self.past.holds(context, tx, &engine).await?;
        // The mean is known when all were looked at; see the run.
        let mut done = self.pass(tx, &engine, &holds, before).await?;
        let known = done.survey.known();
        if !done.survey.agrees(engine.book().known) {
            engine.assume(known);
            done = self.pass(tx, &engine, &holds, before).await?;
        }
        self.known = Some(known);
        let held: Vec<Rule> = done.guard.rules(&engine.first_model().alerts).collect();
        let mut waits: HashMap<Uuid, Vec<Rule>> = HashMap::new();
        for (id, opened) in done.opened.iter_mut().filter(|(_, opened)| held.contains(&opened.rule)) {
            opened.held = true;
            waits.entry(*id).or_default().push(opened.rule);
        }
        for (id, kept, levels, mut open) in done.states.drain(..) {
            let waits = waits.get(&id).map_or(&[][..], Vec::as_slice);
            open.iter_mut().filter(|open| waits.contains(&open.rule)).for_each(|open| open.held = true);
            let state = self.accounts.entry(id).or_default();
            while state.kept.front().is_some_and(|old| (day - old.on).num_days() >= 90) {
                state.kept.pop_front();
            }
            state.kept.push_back(kept);
            state.previous = levels;
            state.open = open;
        }
        Ok(done)
    }

    async fn pass(
        &self,
        tx: &mut Tx<'_>,
        engine: &Engine,
        holds: &Holds,
        before: Option<NaiveDate>,
    ) -> Result<ScoredDay> {
        let (mut done, mut after) = (ScoredDay::default(), Uuid::nil());
        while let Batch { accounts, last: Some(last), .. } = engine.batch(tx, after, None).await? {
            after = last;
            for account in accounts.into_iter().filter(|account| self.past.knew(engine, account)) {
                self.account(&mut done, engine, account, (holds, before));
            }
        }
        Ok(done)
    }

    fn account(
        &self,
        done: &mut ScoredDay,
        engine: &Engine,
        mut account: GatheredAccount,
        (holds, before): (&Holds, Option<NaiveDate>),
    ) {
        let (id, day) = (account.id(), engine.day.date);
        let left = left_after(account.row.churned_on, day, self.today);
        if let Some(left) = left {
            done.base.count(left);
        }
        let listed = engine.model(&account.row, &account.facts);
        let place = self.models.iter().position(|other| other.fingerprint == listed.fingerprint).unwrap_or(0);
        let place = u8::try_from(place).unwrap_or(u8::MAX);
        let unknown = State::default();
        let state = self.accounts.get(&id).unwrap_or(&unknown);
        account.facts.past = state.past(place, day);
        let mut trail = state.trail(place, day);
        (trail.at_risk, trail.missed) = self.goals.of(id, engine, before);
        let scores = engine.score(&account);
        engine.count(&mut done.survey, &account, &scores);

        let back = state.open.iter().filter(|open| !open.held);
        let back = back.fold(state.previous, |levels, open| levels.with(open.rule, open.level));
        let levels = alerts::conditions(&account.facts, &scores, &trail, &listed.model, &back);
        let mut open = state.open.clone();
        let mut counted = Vec::new();
        for to in alerts::moves(state.previous, levels, &state.open) {
            let (rule, was_held) = (to.rule(), state.open.iter().any(|open| open.rule == to.rule() && open.held));
            let is_raise = matches!(to, Move::Raise { .. });
            if is_raise && !was_held && holds.is_doubtful(rule) {
                continue;
            }
            let held = holds.hold(to).filter(|()| was_held || !is_raise).is_some();
            open.retain(|open| open.rule != rule);
            let level = match to {
                Move::Open { level, .. } | Move::Raise { level, .. } | Move::Lower { level, .. } => level,
                Move::Clear { .. } => continue,
            };
            open.push(UnresolvedAlert { held, ..(rule, level).into() });
            if !to.fires() {
                continue;
            }
            if !held {
                counted.push(to);
            }
            let facts: &Facts = &account.facts;
            let opened = OpenedAlert {
                on: day,
                rule,
                severity: rule.severity(level),
                account: String::new(),
                account_name: String::new(),
                message: alerts::message(rule, level, facts, &scores, &trail, &listed.model),
                raised: is_raise,
                held,
                left,
            };
            done.opened.push((id, opened));
        }
        done.guard.count(&counted);
        done.states.push((id, DayScores::of(day, place, &scores), levels, open));
    }
}

impl DayScores {
    /// As the snapshot of a night has it.
    pub(super) fn of_snapshot(on: NaiveDate, model: u8, row: &Milestone, health_points: i64) -> Self {
        let small = |score: i64| u8::try_from(score).unwrap_or(100);
        let judged = !matches!(row.band.as_str(), "insufficient_data" | "onboarding");
        let point = judged
            .then(|| Point::from(row))
            .map(|point| (small(point.health), small(point.drawn), point.churn.map(small)));
        let points = u16::try_from(health_points).unwrap_or(10_000);
        Self { on, model, sufficient: row.band != "insufficient_data", point, points }
    }

    fn of(on: NaiveDate, model: u8, scores: &Scores) -> Self {
        let small = |score: i64| u8::try_from(score).unwrap_or(100);
        let point = Point::of(0, scores).map(|point| (small(point.health), small(point.drawn), point.churn.map(small)));
        let points = u16::try_from(scores.health.points).unwrap_or(10_000);
        Self { on, model, sufficient: scores.health.band != Band::InsufficientData, point, points }
    }

    fn age(&self, day: NaiveDate) -> i64 {
        (day - self.on).num_days()
    }
}

impl State {
    /// As [`crate::store::scores::snapshots::earlier`] reads it.
    fn past(&self, model: u8, day: NaiveDate) -> EarlierHealth {
        let sum = |from: i64, to: i64| {
            let kept = self.kept.iter().filter(|kept| kept.model == model && kept.sufficient);
            let within = kept.filter(|kept| (from..=to).contains(&kept.age(day)));
            within.fold(Sum::default(), |sum, kept| Sum { sum: sum.sum + i64::from(kept.points), count: sum.count + 1 })
        };
        EarlierHealth { recent: sum(1, 13), older: sum(60, 90) }
    }

    /// As [`crate::store::scores::snapshots::milestones`] reads it.
    fn trail(&self, model: u8, day: NaiveDate) -> Trail {
        let youngest = |from: i64, to: i64| {
            let kept = self.kept.iter().rev().filter(|kept| kept.model == model);
            kept.filter(|kept| (from..=to).contains(&kept.age(day))).find_map(|kept| {
                let (health, drawn, churn) = kept.point?;
                let churn = churn.map(i64::from);
                Some(Point { age: kept.age(day), health: health.into(), drawn: drawn.into(), churn })
            })
        };
        Trail { week: youngest(7, 9), month: youngest(30, 34), ..Trail::default() }
    }
}

/// Where goals stood on other days.
struct GoalHistories(BTreeMap<Uuid, Vec<Vec<GoalTurn>>>);

impl GoalHistories {
    /// By account and goal, the changes in their order.
    fn new(turns: Vec<GoalTurn>) -> Self {
        let mut accounts: BTreeMap<Uuid, Vec<Vec<GoalTurn>>> = BTreeMap::new();
        for turn in turns {
            let goals = accounts.entry(turn.account_id).or_default();
            match goals.last_mut() {
                Some(goal) if goal.first().is_some_and(|first| first.id == turn.id) => goal.push(turn),
                _ => goals.push(vec![turn]),
            }
        }
        Self(accounts)
    }

    /// Goals at risk and goals missed, and how many turned so since the day before.
    fn of(&self, account: Uuid, engine: &Engine, before: Option<NaiveDate>) -> (Goals, Goals) {
        let (mut at_risk, mut missed) = (Goals::default(), Goals::default());
        let day = engine.day.date;
        for goal in self.0.get(&account).into_iter().flatten() {
            let made = goal.first().map_or(day, |first| engine.day.date_of(first.created_at));
            let status = |day: NaiveDate| status_on(goal, day).filter(|_| made <= day);
            let now = status(day);
            let count = match now {
                Some("at_risk") => &mut at_risk,
                Some("missed") => &mut missed,
                _ => continue,
            };
            count.standing += 1;
            count.turned += i64::from(before.and_then(status) != now);
        }
        (at_risk, missed)
    }
}

/// What the changes up to a day left; before the first one what it took the place of, and without any what it is.
fn status_on(goal: &[GoalTurn], day: NaiveDate) -> Option<&str> {
    let changed = |turn: &&GoalTurn| turn.effective_on.is_some_and(|on| on <= day);
    let last = goal.iter().rev().find(changed);
    let next = goal.iter().find(|turn| turn.effective_on.is_some_and(|on| on > day));
    match (last, next) {
        (Some(last), _) => last.new_value.as_deref(),
        (None, Some(next)) => next.old_value.as_deref(),
        (None, None) => goal.first().map(|turn| turn.status.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_days_have_what_is_compared() {
        let (since, today) = (day("2026-03-01"), day("2026-03-10"));
        let days = days(since, today);
        assert!(days.is_sorted_by(|a, b| a < b), "{days:?}");
        assert_eq!((days[0], days.last()), (day("2025-11-30"), Some(&today)));
        assert!(days.contains(&since.pred_opt().unwrap()), "the baseline");
        for day in since.iter_days().take_while(|day| *day <= today) {
            for ages in [7..=9_u64, 30..=34, 60..=90] {
                assert!(ages.clone().any(|age| days.contains(&(day - Days::new(age)))), "{day}: {ages:?}");
            }
        }
    }

    #[test]
    fn goals_of_other_days() {
        let turn = |on: &str, old: &str, new: &str| GoalTurn {
            account_id: Uuid::nil(),
            id: Uuid::nil(),
            status: "missed".into(),
            created_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            effective_on: Some(day(on)),
            old_value: Some(old.into()),
            new_value: Some(new.into()),
        };
        let goal = [turn("2026-02-01", "on_track", "at_risk"), turn("2026-02-10", "at_risk", "missed")];
        for (on, status) in
            [("2026-01-31", "on_track"), ("2026-02-01", "at_risk"), ("2026-02-09", "at_risk"), ("2026-02-10", "missed")]
        {
            assert_eq!(status_on(&goal, day(on)), Some(status), "{on}");
        }
        let quiet = [GoalTurn { effective_on: None, ..turn("2026-02-01", "", "") }];
        assert_eq!(status_on(&quiet, day("2026-01-31")), Some("missed"));
    }
}
