//! At which level each rule holds today.

use chrono::NaiveDate;

use super::levels::{Level, Levels};
use super::rule::Rule;
use super::trail::{Goals, Point, Trail};
use crate::model::{RenewalStage, Size};
use crate::score::model::{Alerts, Cadences, Model};
use crate::score::{AccountFacts, Band, ChurnBand, Facts, Scores, Severe, Usage};

/// The level of every rule on the day of the facts.
///
/// `held` are the levels of the account's open alerts, and of its latest snapshot for rules without one: a score has to come
/// `hysteresis` points back before its rule lets go. Rules of scores keep their held level while health is
/// `insufficient_data` or `onboarding`. `data_quality` is not of an account: always 0. A rule that is not enabled is 0.
pub fn conditions(facts: &Facts, scores: &Scores, trail: &Trail, model: &Model, held: &Levels) -> Levels {
    let alerts = &model.alerts;
    let level = |rule: Rule| {
        let held = held.level(rule);
        match rule {
            _ if rule.of_scores() && !is_scored(scores) => held,
            Rule::HealthBelow => health_below(scores, model, held),
            Rule::HealthDrop => health_drop(scores, trail, model, held),
            Rule::ChurnRise => churn_rise(scores, trail, model, held),
            Rule::EngagementGap => engagement_gap(facts, model),
            Rule::SupportEscalation => support_escalation(facts, model),
            Rule::RenewalWindow => renewal_window(&facts.account, facts.as_of, model),
            Rule::UsageStop => usage_stop(&facts.usage, model, held),
            Rule::GoalAtRisk => goals(trail.at_risk),
            Rule::GoalMissed => goals(trail.missed),
            Rule::DataQuality => 0,
        }
    };
    Rule::ALL.iter().filter(|rule| alerts.enabled(**rule)).map(|rule| (*rule, level(*rule))).collect()
}

impl Alerts {
    /// Whether the rule runs at all.
    pub const fn enabled(&self, rule: Rule) -> bool {
        match rule {
            Rule::HealthBelow => self.health_below.enabled,
            Rule::HealthDrop => self.health_drop.enabled,
            Rule::ChurnRise => self.churn_rise.enabled,
            Rule::EngagementGap => self.engagement_gap.enabled,
            Rule::SupportEscalation => self.support_escalation.enabled,
            Rule::RenewalWindow => self.renewal_window.enabled,
            Rule::UsageStop => self.usage_stop.enabled,
            Rule::GoalAtRisk => self.goal_at_risk.enabled,
            Rule::GoalMissed => self.goal_missed.enabled,
            Rule::DataQuality => self.data_quality.enabled,
        }
    }
}

fn is_scored(scores: &Scores) -> bool {
    !matches!(scores.health.band, Band::InsufficientData | Band::Onboarding)
}

/// 1 below the warning, 2 below the critical score.
fn health_below(scores: &Scores, model: &Model, held: Level) -> Level {
    let rule = &model.alerts.health_below;
    let below = |edge: i64, level: Level| {
        let slack = if held >= level { model.alerts.hysteresis } else { 0 };
        scores.health.score < edge + slack
    };
    match () {
        () if below(rule.critical, 2) => 2,
        () if below(rule.warning, 1) => 1,
        () => 0,
    }
}

/// Points of health lost since then; what caps or an adjustment alone took away is not lost.
pub(super) fn lost(then: &Point, scores: &Scores) -> i64 {
    let drawn = Point::of(0, scores).map_or(then.drawn, |now| now.drawn);
    (then.health - scores.health.score).min(then.drawn - drawn)
}

/// How many points make a rise or fall: fewer to stay than to begin.
fn needed(points: i64, model: &Model, held: Level) -> i64 {
    if held == 0 { points } else { (points - model.alerts.hysteresis).max(1) }
}

/// 1 where so many points were lost. Without anything to compare with, what is held stays.
fn health_drop(scores: &Scores, trail: &Trail, model: &Model, held: Level) -> Level {
    if trail.week.is_none() && trail.month.is_none() {
        return held;
    }
    let rule = &model.alerts.health_drop;
    let fell =
        |then: &Option<Point>, points: i64| then.is_some_and(|then| lost(&then, scores) >= needed(points, model, held));
    Level::from(fell(&trail.week, rule.week) || fell(&trail.month, rule.month))
}

/// 2 from the level up, 1 after a rise. Without anything to compare with, a rise that is held stays.
fn churn_rise(scores: &Scores, trail: &Trail, model: &Model, held: Level) -> Level {
    let rule = &model.alerts.churn_rise;
    if scores.churn.band == ChurnBand::InsufficientData {
        return held;
    }
    let slack = if held >= 2 { model.alerts.hysteresis } else { 0 };
    if scores.churn.score >= rule.level - slack {
        return 2;
    }
    match trail.month.and_then(|then| then.churn) {
        Some(then) => Level::from(scores.churn.score - then >= needed(rule.month, model, held)),
        None => Level::from(held == 1),
    }
}

/// The steps of the account's cadence; empty: none.
pub(super) fn cadence(cadences: &Cadences, size: Option<Size>) -> &[i64] {
    match size {
        Some(Size::Startup) => &cadences.startup,
        Some(Size::Small) => &cadences.small,
        Some(Size::Medium) => &cadences.medium,
        Some(Size::Large) => &cadences.large,
        Some(Size::Enterprise) => &cadences.enterprise,
        None => &cadences.unknown,
    }
}

/// 1 beyond the first step of the cadence, 2 beyond the second. An account that was never met has no gap.
fn engagement_gap(facts: &Facts, model: &Model) -> Level {
    let steps = cadence(&model.touch, facts.account.size);
    let Some(last) = facts.touch.last else { return 0 };
    steps.iter().take(2).filter(|step| last > **step).map(|_| 1).sum()
}

/// Urgent and escalated tickets of the last `days`.
pub(super) fn severe(tickets: &[Severe], days: i64) -> i64 {
    tickets.iter().filter(|day| day.age < days).map(|day| day.urgent + day.escalated).sum()
}

/// 1 for any ticket of 7 days, 2 for so many of 30 per unit of tolerance.
fn support_escalation(facts: &Facts, model: &Model) -> Level {
    let unit = model.health.support.seats.max(1);
    let seats = facts.account.seats.unwrap_or(0).max(unit);
    let tickets = &facts.support.severe;
    let month = severe(tickets, 30);
    // month >= critical * seats / unit, exactly
    let is_critical = i128::from(month) * i128::from(unit)
        >= i128::from(model.alerts.support_escalation.critical) * i128::from(seats);
    match () {
        () if month > 0 && is_critical => 2,
        () if severe(tickets, 7) > 0 => 1,
        () => 0,
    }
}

/// 1, 2, 3 within the first, second and third window; 3 also while the end is past but no older than the model's
/// `overdue_days`.
fn renewal_window(account: &AccountFacts, as_of: NaiveDate, model: &Model) -> Level {
    let is_settled = account.renewal_stage == Some(RenewalStage::Committed) || account.auto_renew == Some(true);
    let Some(end) = account.contract_end.filter(|_| !is_settled) else { return 0 };
    let days = (end - as_of).num_days();
    if days < -model.health.business.renewal.overdue_days {
        return 0; // a stale date
    }
    model.alerts.renewal_window.days.iter().filter(|window| days <= **window).map(|_| 1).sum()
}

/// Days of use before the last login: from the first row of usage to it.
pub(super) fn used(usage: &Usage) -> Option<(i64, i64)> {
    let (first, last) = (usage.first_row?, usage.last_login?);
    Some((last, first - last + 1))
}

/// 1 without a login for so long. A stop so long ago that its last login is out of sight stays.
fn usage_stop(usage: &Usage, model: &Model, held: Level) -> Level {
    let rule = &model.alerts.usage_stop;
    match used(usage) {
        Some((last, days)) => Level::from(last >= rule.days && (days >= rule.after || held > 0)),
        None => Level::from(held > 0 && usage.first_row.is_some()),
    }
}

fn goals(goals: Goals) -> Level {
    match goals {
        Goals { standing: ..=0, .. } => 0,
        Goals { turned: ..=0, .. } => 1,
        _ => 2,
    }
}
