//! Tables of the rules' edges, and laws on random accounts.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::example::{day, facts, model, scores};
use super::*;
use crate::model::{RenewalStage, Size};
use crate::score::{Band, ChurnBand, Facts, Scores, Severe};

fn at(rule: Rule, facts: &Facts, scores: &Scores, trail: &Trail, held: Level) -> Level {
    conditions(facts, scores, trail, &model(), &Levels::NONE.with(rule, held)).level(rule)
}

#[test]
fn health_below() {
    // health, held, level
    for (health, held, level) in [
        (60, 0, 0),
        (59, 0, 1),
        (40, 0, 1),
        (39, 0, 2),
        (64, 1, 1),
        (65, 1, 0),
        (44, 1, 1),
        (39, 1, 2),
        (44, 2, 2),
        (45, 2, 1),
        (64, 2, 1),
        (65, 2, 0),
    ] {
        let found = at(Rule::HealthBelow, &facts(), &scores(health, 0), &Trail::default(), held);
        assert_eq!(found, level, "{health}, {held} held");
    }
}

#[test]
fn health_drop() {
    let point = |health: i64, drawn: i64| Some(Point { age: 7, health, drawn, churn: None });
    let plain = |health: i64| point(health, health);
    // a week ago, a month ago, held, level; 60 today
    for (week, month, held, level) in [
        (plain(69), plain(74), 0, 0),
        (plain(70), None, 0, 1),
        (None, plain(75), 0, 1),
        (plain(50), plain(74), 0, 0),
        (plain(65), None, 1, 1),
        (plain(64), None, 1, 0),
        (plain(60), plain(70), 1, 1),
        (plain(60), plain(69), 1, 0),
        (None, None, 0, 0),
        (None, None, 1, 1),
        (point(90, 60), None, 0, 0),      // a cap alone
        (point(90, 69), None, 0, 0),      // a cap, mostly
        (point(90, 70), None, 0, 1),      // both
        (point(60, 90), None, 0, 0),      // capped then and now
        (point(90, 60), plain(75), 0, 1), // one explained, the other not
    ] {
        let trail = Trail { week, month, ..Trail::default() };
        let found = at(Rule::HealthDrop, &facts(), &scores(60, 0), &trail, held);
        assert_eq!(found, level, "{week:?}, {month:?}, {held} held");
    }
}

#[test]
fn churn_rise() {
    // a month ago, today, held, level
    for (then, now, held, level) in [
        (None, 69, 0, 0),
        (None, 70, 0, 2),
        (None, 65, 2, 2),
        (None, 64, 2, 0),
        (None, 64, 1, 1),
        (Some(40), 54, 0, 0),
        (Some(40), 55, 0, 1),
        (Some(40), 50, 1, 1),
        (Some(40), 49, 1, 0),
        (Some(40), 66, 1, 1),
        (Some(50), 64, 2, 1),
        (Some(60), 64, 2, 0),
        (Some(90), 70, 0, 2),
    ] {
        let month = Some(Point { age: 30, health: 50, drawn: 50, churn: then });
        let trail = Trail { month, ..Trail::default() };
        let found = at(Rule::ChurnRise, &facts(), &scores(50, now), &trail, held);
        assert_eq!(found, level, "{then:?} to {now}, {held} held");
    }
    let mut unknown = scores(50, 90);
    unknown.churn.band = ChurnBand::InsufficientData;
    assert_eq!(at(Rule::ChurnRise, &facts(), &unknown, &Trail::default(), 0), 0);
    assert_eq!(at(Rule::ChurnRise, &facts(), &unknown, &Trail::default(), 1), 1);
}

#[test]
fn engagement_gap() {
    for (size, last, level) in [
        (Some(Size::Enterprise), Some(35), 0),
        (Some(Size::Enterprise), Some(36), 1),
        (Some(Size::Large), Some(60), 1),
        (Some(Size::Large), Some(61), 2),
        (Some(Size::Large), Some(500), 2),
        (Some(Size::Medium), Some(65), 0),
        (Some(Size::Small), Some(91), 2),
        (None, Some(66), 1),
        (Some(Size::Startup), Some(500), 0),
        (Some(Size::Enterprise), None, 0),
    ] {
        let mut facts = facts();
        facts.account.size = size;
        facts.touch.last = last;
        let found = at(Rule::EngagementGap, &facts, &scores(90, 0), &Trail::default(), 0);
        assert_eq!(found, level, "{size:?}, {last:?} days");
    }
}

#[test]
fn support_escalation() {
    // seats; age, urgent, escalated; level
    for (seats, severe, level) in [
        (None, vec![], 0),
        (None, vec![(0, 0, 0)], 0),
        (None, vec![(6, 1, 0)], 1),
        (None, vec![(7, 1, 0)], 0),
        (None, vec![(6, 1, 1)], 2),
        (Some(0), vec![(3, 0, 1), (29, 1, 0)], 2),
        (Some(10), vec![(3, 0, 1), (30, 1, 0)], 1),
        (None, vec![(20, 2, 0)], 2),
        (Some(2_000), vec![(3, 7, 0)], 1),
        (Some(2_000), vec![(3, 7, 1)], 2),
        (Some(2_001), vec![(3, 7, 1)], 1),
        (Some(i64::MAX), vec![(3, 7, 1)], 1),
    ] {
        let mut facts = facts();
        facts.account.seats = seats;
        let of =
            |(age, urgent, escalated): &(i64, i64, i64)| Severe { age: *age, urgent: *urgent, escalated: *escalated };
        facts.support.severe = severe.iter().map(of).collect();
        let found = at(Rule::SupportEscalation, &facts, &scores(90, 0), &Trail::default(), 0);
        assert_eq!(found, level, "{seats:?} seats, {severe:?}");
    }
}

#[test]
fn renewal_window() {
    use RenewalStage::{Committed, Likely, WillChurn};
    for (days, stage, auto, level) in [
        (None, None, None, 0),
        (Some(91), None, None, 0),
        (Some(90), None, None, 1),
        (Some(61), None, Some(false), 1),
        (Some(60), Some(Likely), None, 2),
        (Some(30), None, None, 3),
        (Some(0), Some(WillChurn), None, 3),
        (Some(-90), None, None, 3),
        (Some(-91), None, None, 0),
        (Some(10), Some(Committed), None, 0),
        (Some(10), None, Some(true), 0),
    ] {
        let mut facts = facts();
        facts.account.contract_end = days.map(|days| facts.as_of + TimeDelta::days(days));
        facts.account.renewal_stage = stage;
        facts.account.auto_renew = auto;
        let found = at(Rule::RenewalWindow, &facts, &scores(90, 0), &Trail::default(), 0);
        assert_eq!(found, level, "{days:?} days, {stage:?}, {auto:?}");
    }
}

#[test]
fn usage_stop() {
    for (first, last, held, level) in [
        (None, None, 0, 0),
        (Some(200), Some(13), 0, 0),
        (Some(200), Some(14), 0, 1),
        (Some(41), Some(14), 0, 1),
        (Some(40), Some(14), 0, 0), // 27 days of use
        (Some(40), Some(14), 1, 1),
        (Some(200), None, 0, 0), // never, or out of sight
        (Some(200), None, 1, 1),
        (None, None, 1, 0),
        (Some(200), Some(0), 1, 0),
    ] {
        let mut facts = facts();
        facts.usage.first_row = first;
        facts.usage.last_login = last;
        let found = at(Rule::UsageStop, &facts, &scores(90, 0), &Trail::default(), held);
        assert_eq!(found, level, "{first:?}, {last:?}, {held} held");
    }
}

#[test]
fn goals_stand_and_turn() {
    for (standing, turned, level) in [(0, 0, 0), (2, 0, 1), (2, 1, 2), (0, 1, 0)] {
        let goals = Goals { standing, turned };
        let trail = Trail { at_risk: goals, ..Trail::default() };
        assert_eq!(at(Rule::GoalAtRisk, &facts(), &scores(90, 0), &trail, 0), level);
        assert_eq!(at(Rule::GoalMissed, &facts(), &scores(90, 0), &trail, 0), 0);
        let trail = Trail { missed: goals, ..Trail::default() };
        assert_eq!(at(Rule::GoalMissed, &facts(), &scores(90, 0), &trail, 0), level);
    }
}

#[test]
fn only_arr_and_a_contract_date_opens_nothing() {
    let mut facts = facts();
    facts.account.arr = Some(10_000_000);
    facts.account.contract_end = Some(facts.as_of + TimeDelta::days(300));
    let mut scores = scores(35, 0);
    scores.health.band = Band::InsufficientData;
    assert_eq!(conditions(&facts, &scores, &Trail::default(), &model(), &Levels::NONE), Levels::NONE);
}

/// What the rules read of an account.
#[derive(Debug, Clone)]
struct Case {
    facts: Facts,
    scores: Scores,
    trail: Trail,
}

fn point(age: i64) -> impl Strategy<Value = Option<Point>> {
    let churn = prop::option::of(0..=100_i64);
    let of = move |(health, drawn, churn)| Point { age, health, drawn, churn };
    prop::option::of((0..=100_i64, 0..=100_i64, churn).prop_map(of))
}

fn goals() -> impl Strategy<Value = Goals> {
    (0..3_i64, 0..3_i64).prop_map(|(standing, turned)| Goals { standing, turned: turned.min(standing) })
}

fn trail() -> impl Strategy<Value = Trail> {
    (point(7), point(30), goals(), goals()).prop_map(|(week, month, at_risk, missed)| Trail {
        week,
        month,
        at_risk,
        missed,
    })
}

fn case() -> impl Strategy<Value = Case> {
    let severe = prop::collection::vec((0..40_i64, 0..3_i64, 0..3_i64), 0..4);
    let age = || prop::option::of(0..120_i64);
    let numbers = (0..=100_i64, 0..=100_i64, 0..=100_i64, 0..4_u8);
    (numbers, severe, age(), age(), age(), prop::option::of(-120..120_i64), trail()).prop_map(
        |((health, drawn, churn, band), severe, touch, first, login, renewal, trail)| {
            let (mut facts, mut scores) = (facts(), scores(health, churn));
            scores.health.drawn = drawn * 100;
            match band {
                0 => scores.health.band = Band::InsufficientData,
                1 => scores.health.band = Band::Onboarding,
                _ => {}
            }
            let of = |(age, urgent, escalated)| Severe { age, urgent, escalated };
            facts.support.severe = severe.into_iter().map(of).collect();
            facts.touch.last = touch;
            facts.usage.first_row = first.max(login);
            facts.usage.last_login = login;
            facts.account.contract_end = renewal.map(|days| day(1) + TimeDelta::days(days));
            Case { facts, scores, trail }
        },
    )
}

fn levels() -> impl Strategy<Value = Levels> {
    any::<i64>().prop_map(Levels::new)
}

fn open() -> impl Strategy<Value = Vec<(Rule, Level)>> {
    levels().prop_map(|levels| levels.iter().collect())
}

fn held(open: &[(Rule, Level)], previous: Levels) -> Levels {
    open.iter().fold(previous, |all, (rule, level)| all.with(*rule, *level))
}

/// The moves where nothing is held.
fn moved(previous: Levels, now: Levels, open: &[(Rule, Level)]) -> Vec<Move> {
    let open: Vec<UnresolvedAlert> = open.iter().map(|one| UnresolvedAlert::from(*one)).collect();
    moves(previous, now, &open)
}

/// The open alerts after the moves.
fn after(mut open: Vec<(Rule, Level)>, moves: &[Move]) -> Vec<(Rule, Level)> {
    for of in moves {
        open.retain(|(rule, _)| *rule != of.rule());
        match *of {
            Move::Open { rule, level } | Move::Raise { rule, level } | Move::Lower { rule, level } => {
                open.push((rule, level));
            }
            Move::Clear { .. } => {}
        }
    }
    open
}

proptest! {
    #[test]
    fn at_most_one_move_a_rule(previous in levels(), now in levels(), open in open()) {
        let moves = moved(previous, now, &open);
        let mut rules: Vec<_> = moves.iter().map(|of| of.rule()).collect();
        rules.dedup();
        prop_assert_eq!(rules.len(), moves.len());
        prop_assert!(rules.is_sorted() && !rules.contains(&Rule::DataQuality));
    }

    #[test]
    fn nothing_opens_without_rising(previous in levels(), now in levels(), open in open()) {
        for of in moved(previous, now, &open) {
            let opened = open.iter().find(|(rule, _)| *rule == of.rule()).map(|(_, level)| *level);
            match of {
                Move::Open { rule, .. } => {
                    prop_assert!(opened.is_none());
                    prop_assert!(now.level(rule) > previous.level(rule) || rule.of_goals());
                }
                Move::Raise { level, .. } => prop_assert!(opened.is_some_and(|opened| level > opened)),
                Move::Lower { level, .. } => prop_assert!(opened.is_some_and(|opened| level > 0 && level < opened)),
                Move::Clear { rule } => prop_assert!(opened.is_some() && now.level(rule) == 0),
            }
        }
    }

    #[test]
    fn what_no_run_has_seen_opens_where_it_holds(now in levels()) {
        let opened: Vec<Rule> = moved(Levels::NONE, now, &[]).into_iter().map(Move::rule).collect();
        let holds = now.iter().map(|(rule, _)| rule).filter(|rule| *rule != Rule::DataQuality);
        prop_assert_eq!(opened, holds.collect::<Vec<_>>());
    }

    #[test]
    fn what_is_held_opens_only_worse(previous in levels(), now in levels(), open in open()) {
        let held: Vec<UnresolvedAlert> = open.iter().map(|one| UnresolvedAlert { held: true, ..(*one).into() }).collect();
        for of in moves(previous, now, &held) {
            match of {
                Move::Open { rule, .. } => prop_assert!(!open.iter().any(|(held, _)| *held == rule)),
                Move::Raise { rule, level } => {
                    prop_assert!(open.iter().any(|(held, at)| *held == rule && (level > *at || rule.of_goals())));
                }
                Move::Lower { .. } => prop_assert!(false, "a held one is lowered"),
                Move::Clear { rule } => prop_assert_eq!(now.level(rule), 0),
            }
        }
    }

    #[test]
    fn an_alert_is_open_exactly_while_its_rule_holds(case in case(), previous in levels(), open in open()) {
        let open: Vec<_> = open.into_iter().filter(|(rule, _)| *rule != Rule::DataQuality).collect();
        let now = conditions(&case.facts, &case.scores, &case.trail, &model(), &held(&open, previous));
        let left = after(open.clone(), &moved(previous, now, &open));
        for (rule, level) in &open {
            let stays = left.iter().find(|(of, _)| of == rule).map(|(_, level)| *level);
            let expected = now.level(*rule);
            let expected = if rule.of_goals() { expected.min(1) } else { expected };
            if !(rule.of_goals() && *level > 1) {
                prop_assert_eq!(stays.unwrap_or(0), expected, "{}", rule);
            }
        }
        prop_assert!(left.iter().all(|(rule, _)| now.level(*rule) > 0));
    }

    #[test]
    fn the_order_does_not_matter(previous in levels(), now in levels(), open in open(), turn in 0..10_usize) {
        let mut turned = open.clone();
        turned.rotate_left(if open.is_empty() { 0 } else { turn % open.len() });
        turned.reverse();
        prop_assert_eq!(moved(previous, now, &open), moved(previous, now, &turned));
    }

    #[test]
    fn the_same_day_again_changes_nothing(mut case in case(), previous in levels(), open in open()) {
        let open: Vec<_> = open.into_iter().filter(|(rule, level)| !rule.of_goals() || *level == 1).collect();
        let now = conditions(&case.facts, &case.scores, &case.trail, &model(), &held(&open, previous));
        let open = after(open.clone(), &moved(previous, now, &open));
        case.trail.at_risk.turned = 0;
        case.trail.missed.turned = 0;
        let again = conditions(&case.facts, &case.scores, &case.trail, &model(), &held(&open, now));
        for rule in Rule::ALL.iter().filter(|rule| !rule.of_goals()) {
            prop_assert_eq!(again.level(*rule), now.level(*rule), "{}", rule);
        }
        let open: Vec<_> = open.into_iter().filter(|(rule, _)| *rule != Rule::DataQuality).collect();
        prop_assert_eq!(moved(now, again, &open), []);
    }

    #[test]
    fn a_held_rule_is_never_milder(case in case(), held in levels()) {
        let fresh = conditions(&case.facts, &case.scores, &case.trail, &model(), &Levels::NONE);
        let now = conditions(&case.facts, &case.scores, &case.trail, &model(), &held);
        for rule in Rule::ALL {
            prop_assert!(now.level(*rule) >= fresh.level(*rule), "{}", rule);
            prop_assert!(now.level(*rule) <= fresh.level(*rule).max(held.level(*rule)), "{}", rule);
        }
    }

    #[test]
    fn a_wobble_opens_one_alert(scores_of in prop::collection::vec(56..=64_i64, 1..40)) {
        let (mut open, mut previous, mut opened) = (Vec::new(), Levels::NONE, 0);
        for health in scores_of {
            let held = held(&open, previous);
            let now = conditions(&facts(), &scores(health, 0), &Trail::default(), &model(), &held);
            let moves = moved(previous, now, &open);
            opened += moves.iter().filter(|of| of.fires()).count();
            open = after(open, &moves);
            previous = now;
        }
        prop_assert!(opened <= 1);
    }

    #[test]
    fn without_a_score_its_rules_rest(mut case in case(), held in levels(), onboarding in any::<bool>()) {
        case.scores.health.band = if onboarding { Band::Onboarding } else { Band::InsufficientData };
        let now = conditions(&case.facts, &case.scores, &case.trail, &model(), &held);
        for rule in Rule::ALL.iter().filter(|rule| rule.of_scores()) {
            prop_assert_eq!(now.level(*rule), held.level(*rule));
        }
        prop_assert!(Point::of(7, &case.scores).is_none());
    }

    #[test]
    fn a_disabled_rule_never_holds(case in case(), held in levels()) {
        let mut model = model();
        let alerts = &mut model.alerts;
        alerts.health_below.enabled = false;
        alerts.health_drop.enabled = false;
        alerts.churn_rise.enabled = false;
        alerts.engagement_gap.enabled = false;
        alerts.support_escalation.enabled = false;
        alerts.renewal_window.enabled = false;
        alerts.usage_stop.enabled = false;
        alerts.goal_at_risk.enabled = false;
        alerts.goal_missed.enabled = false;
        prop_assert_eq!(conditions(&case.facts, &case.scores, &case.trail, &model, &held), Levels::NONE);
    }

    #[test]
    fn every_move_has_its_line(case in case(), previous in levels()) {
        let model = model();
        let now = conditions(&case.facts, &case.scores, &case.trail, &model, &previous);
        for (rule, level) in now.iter() {
            let line = message(rule, level, &case.facts, &case.scores, &case.trail, &model);
            prop_assert!(!line.is_empty() && line.len() < 160 && !line.contains('\n'), "{}", line);
        }
    }
}
