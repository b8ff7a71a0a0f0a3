//! The message of an alert, on one line.

use super::conditions::{cadence, lost, severe, used};
use super::levels::Level;
use super::rule::Rule;
use super::trail::{Goals, Point, Trail};
use crate::score::model::Model;
use crate::score::{AccountFacts, Component, Facts, Health, Scores};

/// Why the rule applies at its level, as in `health fell from 72 to 58 in 7 days`: no capital, no full stop, no account.
pub fn message(rule: Rule, level: Level, facts: &Facts, scores: &Scores, trail: &Trail, model: &Model) -> String {
    match rule {
        Rule::HealthBelow => health_below(level, &scores.health, model),
        Rule::HealthDrop => health_drop(scores, trail, model),
        Rule::ChurnRise => churn_rise(level, scores, trail),
        Rule::EngagementGap => engagement_gap(facts, model),
        Rule::SupportEscalation => support_escalation(level, facts),
        Rule::RenewalWindow => renewal_window(facts),
        Rule::UsageStop => usage_stop(facts),
        Rule::GoalAtRisk => goals(trail.at_risk, "at risk"),
        Rule::GoalMissed => goals(trail.missed, "missed"),
        Rule::DataQuality => "data is missing".to_owned(),
    }
}

/// Why the alerts of a rule are held.
pub fn held_message(rule: Rule, fired: u64, book: u64) -> String {
    let rule = rule.as_str();
    format!(
        "{rule} would open for {fired} of {book} accounts in one run: alerts held; check the data, then release them"
    )
}

fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn days(count: i64) -> String {
    counted(count, "day", "days")
}

fn health_below(level: Level, health: &Health, model: &Model) -> String {
    let rule = &model.alerts.health_below;
    let edge = if level >= 2 { rule.critical } else { rule.warning };
    let weakest = Component::ALL.iter().zip(health.components).filter_map(|(of, points)| Some((points?, of))).min();
    let mut text = if health.score < edge {
        format!("health is {}, below {edge}", health.score)
    } else {
        format!("health is {}, was below {edge}", health.score) // within the hysteresis
    };
    if let Some((points, component)) = weakest {
        let points = points.div_euclid(100);
        text.push_str(&format!("; weakest is {} with {points}", component.as_str().replace('_', " ")));
    }
    text
}

/// The fall that reaches its number of points, that of the week first; else the larger.
fn health_drop(scores: &Scores, trail: &Trail, model: &Model) -> String {
    let rule = &model.alerts.health_drop;
    let falls = [(trail.week, rule.week), (trail.month, rule.month)];
    let known = falls.into_iter().filter_map(|(then, points)| then.map(|then| (then, points)));
    let reaches = |(then, points): &(Point, i64)| lost(then, scores) >= *points;
    let found = known.clone().find(reaches).or_else(|| known.max_by_key(|(then, _)| lost(then, scores)));
    match found {
        Some((then, _)) => {
            format!("health fell from {} to {} in {}", then.health, scores.health.score, days(then.age))
        }
        None => format!("health fell to {}", scores.health.score),
    }
}

fn churn_rise(level: Level, scores: &Scores, trail: &Trail) -> String {
    let now = scores.churn.score;
    let then = trail.month.and_then(|then| Some((then.age, then.churn?)));
    match then.filter(|(_, was)| *was < now) {
        Some((age, was)) => format!("churn risk rose from {was} to {now} in {} (100 is worst)", days(age)),
        None if level >= 2 => format!("churn risk is {now} (100 is worst)"),
        None => format!("churn risk rose to {now} (100 is worst)"),
    }
}

fn engagement_gap(facts: &Facts, model: &Model) -> String {
    let last = facts.touch.last.map_or_else(|| "a long time".to_owned(), days);
    let mut text = format!("no meeting, call, demo or training for {last}");
    if let Some(step) = cadence(&model.touch, facts.account.size).first() {
        text.push_str(&format!("; the cadence is {}", days(*step)));
    }
    text
}

fn support_escalation(level: Level, facts: &Facts) -> String {
    let window = if level >= 2 { 30 } else { 7 };
    let tickets = facts.support.severe.iter().filter(|day| day.age < window);
    let (urgent, escalated) = tickets.fold((0, 0), |sum, day| (sum.0 + day.urgent, sum.1 + day.escalated));
    let tickets = |count, kind: &str| counted(count, &format!("{kind} ticket"), &format!("{kind} tickets"));
    let what = match (urgent, escalated) {
        (_, 0) => tickets(urgent, "urgent"),
        (0, _) => tickets(escalated, "escalated"),
        _ => format!("{urgent} urgent and {}", tickets(escalated, "escalated")),
    };
    debug_assert_eq!(urgent + escalated, severe(&facts.support.severe, window));
    format!("{what} in {window} days")
}

fn renewal_window(facts: &Facts) -> String {
    let AccountFacts { contract_end: Some(end), renewal_stage, .. } = facts.account else {
        return "the contract ends".to_owned();
    };
    let when = match (end - facts.as_of).num_days() {
        0 => format!("contract ends today, {end}"),
        past @ ..0 => format!("contract ended {} ago, on {end}", days(-past)),
        ahead => format!("contract ends in {}, on {end}", days(ahead)),
    };
    match renewal_stage {
        Some(stage) => format!("{when}; renewal stage: {}", stage.as_str().replace('_', " ")),
        None => format!("{when}; no renewal stage"),
    }
}

fn usage_stop(facts: &Facts) -> String {
    match used(&facts.usage) {
        Some((last, used)) => format!("no login for {}, after {} of use", days(last), days(used)),
        None => "no login for more than 120 days".to_owned(),
    }
}

fn goals(goals: Goals, status: &str) -> String {
    let Goals { standing, turned } = goals;
    let all = counted(standing, "goal is", "goals are");
    if turned > 0 && turned < standing { format!("{all} {status}, {turned} new") } else { format!("{all} {status}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RenewalStage;
    use crate::score::alerts::example::{self, day};
    use crate::score::{Severe, Sum};

    #[test]
    fn lines_that_people_understand() {
        let model = example::model();
        let (mut facts, mut scores) = (example::facts(), example::scores(58, 74));
        scores.health.components = [Some(2_250), None, Some(8_000), Some(9_000)];
        facts.touch.last = Some(64);
        facts.support.severe =
            vec![Severe { age: 1, urgent: 1, escalated: 0 }, Severe { age: 20, urgent: 0, escalated: 4 }];
        facts.account.contract_end = Some(day(29));
        facts.usage.first_row = Some(200);
        facts.usage.last_login = Some(16);
        facts.usage.logins = Sum::default();
        let point = |age, health, churn| Some(Point { age, health, drawn: health, churn: Some(churn) });
        let mut trail = Trail { week: point(7, 72, 60), month: point(31, 80, 40), ..Trail::default() };
        trail.at_risk = Goals { standing: 3, turned: 1 };
        trail.missed = Goals { standing: 1, turned: 1 };
        for (rule, level, line) in [
            (Rule::HealthBelow, 1, "health is 58, below 60; weakest is product usage with 22"),
            (Rule::HealthBelow, 2, "health is 58, was below 40; weakest is product usage with 22"),
            (Rule::HealthDrop, 1, "health fell from 72 to 58 in 7 days"),
            (Rule::ChurnRise, 2, "churn risk rose from 40 to 74 in 31 days (100 is worst)"),
            (Rule::EngagementGap, 2, "no meeting, call, demo or training for 64 days; the cadence is 65 days"),
            (Rule::SupportEscalation, 1, "1 urgent ticket in 7 days"),
            (Rule::SupportEscalation, 2, "1 urgent and 4 escalated tickets in 30 days"),
            (Rule::RenewalWindow, 3, "contract ends in 28 days, on 2026-01-29; no renewal stage"),
            (Rule::UsageStop, 1, "no login for 16 days, after 185 days of use"),
            (Rule::GoalAtRisk, 1, "3 goals are at risk, 1 new"),
            (Rule::GoalMissed, 1, "1 goal is missed"),
        ] {
            assert_eq!(message(rule, level, &facts, &scores, &trail, &model), line);
        }

        facts.account.contract_end = Some(day(1) - chrono::TimeDelta::days(1));
        facts.account.renewal_stage = Some(RenewalStage::AtRisk);
        let renewal = message(Rule::RenewalWindow, 3, &facts, &scores, &trail, &model);
        assert_eq!(renewal, "contract ended 1 day ago, on 2025-12-31; renewal stage: at risk");
        trail.week = point(7, 60, 0);
        let drop = message(Rule::HealthDrop, 1, &facts, &scores, &trail, &model);
        assert_eq!(drop, "health fell from 80 to 58 in 31 days");
        assert_eq!(
            held_message(Rule::UsageStop, 40, 100),
            "usage_stop would open for 40 of 100 accounts in one run: alerts held; check the data, then release them"
        );
    }
}
