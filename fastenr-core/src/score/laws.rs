//! What holds for any account, organization and model.

use proptest::prelude::*;

use super::health::assemble;
use super::testing::{MODEL, any_book, any_facts, any_model, book, in_days, sum};
use super::*;
use crate::fit::any_fitted;

fn place() -> impl Strategy<Value = usize> {
    0..Factor::ALL.len()
}

/// What turns one number of a factor.
type Change = (Factor, fn(&mut Facts, i64));

/// The account after its usage, each day alike before, has stopped for so many days.
fn stopped(facts: &Facts, daily: (i64, i64, i64), days: i64) -> Facts {
    let mut facts = facts.clone();
    let (logins, adoption, minutes) = daily;
    let now = (28 - days).clamp(0, 28);
    let before = (112 - days.max(28)).clamp(0, 84);
    facts.usage = Usage {
        first_row: Some(500 + days),
        logins: sum(logins * now, now),
        adoption: sum(adoption * now, now),
        session: sum(minutes * 100 * now, now),
        session_before: sum(minutes * 100 * before, before),
        session_first: (days < 112).then_some(111),
        active_users: facts.usage.active_users.filter(|_| days < 28),
        ever_active_users: facts.usage.active_users.is_some(),
        training: facts.usage.training,
        last_login: None,
        last_login_ever: None,
        last_active: None,
    };
    facts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn within_bounds(facts in any_facts(), book in any_book(), model in any_model()) {
        let Scores { health, churn } = score(&facts, &book, &model);
        let points = health.factors.iter().chain(&churn.factors).flatten().map(|reading| reading.points);
        let points = points.chain(health.components.into_iter().flatten());
        for points in points.chain([health.raw, health.drawn, health.points, churn.raw, churn.drawn, churn.points]) {
            prop_assert!((0..=FULL).contains(&points), "{points}");
        }
        for (coverage, floor) in [(health.coverage, health.floor), (churn.coverage, churn.floor)] {
            prop_assert!((0..=FULL).contains(&coverage) && (1_000..=2_000).contains(&floor));
        }
        prop_assert!(health.drawn == health.raw || (health.is_insufficient() && health.coverage < 2_500));
        prop_assert!((0..=100).contains(&health.score) && (0..=100).contains(&churn.score));
        for cap in &health.caps {
            prop_assert!(health.adjustment.is_some() || health.points <= cap.most);
        }
        for floor in &churn.floors {
            prop_assert!(churn.points >= floor.least);
        }
        // Where no weight is missing the mean lies between the least and the most of its components.
        let components = || health.components.into_iter().flatten();
        if health.coverage > 0 {
            prop_assert!(components().min() <= Some(health.raw) && Some(health.raw) <= components().max());
        }
    }

    #[test]
    fn missing_is_not_zero(facts in any_facts(), book in any_book(), model in any_model(), place in place()) {
        let readings = score(&facts, &book, &model).health.factors;
        let with = |reading| {
            let mut readings = readings;
            readings[place] = reading;
            assemble(readings, &facts, &book, &model)
        };
        let (missing, zero) = (with(Err(Missing::NoRows)), with(Ok(Reading { points: 0, fact: Fact::NoUsage })));
        prop_assert!(missing.raw >= zero.raw);
        prop_assert!(missing.coverage <= zero.coverage);
        if missing.coverage == zero.coverage - 1_000 {
            // A tenth of the model at least: of ten hundredths of a point it is less than rounding.
            prop_assert!(missing.raw <= 10 || missing.raw > zero.raw);
        }
    }

    #[test]
    fn a_better_factor_never_lowers_health(
        facts in any_facts(), book in any_book(), model in any_model(), place in place(), more in 0..=FULL,
    ) {
        let readings = score(&facts, &book, &model).health.factors;
        let Ok(reading) = readings[place] else { return Ok(()) };
        let mut better = readings;
        better[place] = Ok(Reading { points: reading.points.max(more), ..reading });
        let (before, after) = (assemble(readings, &facts, &book, &model), assemble(better, &facts, &book, &model));
        prop_assert!(before.raw <= after.raw && before.drawn <= after.drawn && before.points <= after.points);
    }

    #[test]
    fn factors_go_one_way(facts in any_facts(), book in any_book(), less in 0..400_i64, more in 0..400_i64) {
        let better: [Change; 8] = [
            (Factor::LoginFrequency, |facts, n| facts.usage.logins = sum(n, 28)),
            (Factor::FeatureAdoption, |facts, n| facts.usage.adoption = sum(n * 25, 1)),
            (Factor::UserActivity, |facts, n| facts.usage.active_users = Some(n)),
            (Factor::Training, |facts, n| facts.usage.training = Some(n * 25)),
            (Factor::ResponseRate, |facts, n| (facts.touch.outbound, facts.touch.answered) = (400, n)),
            (Factor::Csat, |facts, n| facts.support.csat = sum(n * 25 * 8, 8)),
            (Factor::Expansion, |facts, n| facts.account.arr = Some(n * 1_000_000 + 1)),
            (Factor::ContractValue, |facts, n| facts.account.arr = Some(n * 100_000_000)),
        ];
        let worse: [Change; 4] = [
            (Factor::MeetingFrequency, |facts, n| facts.touch.last = Some(n)),
            (Factor::ResolutionTime, |facts, n| facts.support.resolution = sum(n * 100 * 4, 4)),
            (Factor::Payment, |facts, n| facts.account.past_due_since = in_days(-n)),
            (Factor::TicketSeverity, |facts, n| {
                facts.support.severity_rows = 1;
                facts.support.severe = vec![Severe { age: 3, urgent: n, escalated: 0 }];
            }),
        ];
        let points = |factor: Factor, change: fn(&mut Facts, i64), n| {
            let mut facts = facts.clone();
            change(&mut facts, n);
            score(&facts, &book, &MODEL).health.factors[factor.place()].map(|reading| reading.points).ok()
        };
        let (less, more) = (less.min(more), less.max(more));
        for (factor, change) in better {
            prop_assert!(points(factor, change, less) <= points(factor, change, more), "{factor}");
        }
        for (factor, change) in worse {
            prop_assert!(points(factor, change, less) >= points(factor, change, more), "{factor}");
        }
    }

    #[test]
    fn worse_signs_never_lower_a_risk(
        facts in any_facts(), book in any_book(), less in 0..200_i64, more in 0..200_i64, age in 0..400_i64,
    ) {
        let of = |factor: ChurnFactor, facts: &Facts| {
            score(facts, &book, &MODEL).churn.factors[factor.place()].map_or(0, |reading| reading.points)
        };
        let mut signal = facts.clone();
        signal.touch.signals.push((age, Stage::Evaluation));
        prop_assert!(of(ChurnFactor::Competitive, &facts) <= of(ChurnFactor::Competitive, &signal));
        let mut severe = facts.clone();
        severe.support.severity_rows += 1;
        severe.support.severe.push(Severe { age: age % 90, urgent: 1, escalated: 0 });
        let escalations = ChurnFactor::SupportEscalations;
        prop_assert!(of(escalations, &facts) <= of(escalations, &severe));
        let due = |days: i64| {
            let mut facts = facts.clone();
            facts.account.past_due_since = in_days(-days);
            of(ChurnFactor::ContractPayment, &facts)
        };
        prop_assert!(due(less.min(more)) <= due(less.max(more)));
        let ends = |days: i64| {
            let mut facts = facts.clone();
            facts.account.contract_end = in_days(days);
            of(ChurnFactor::ContractPayment, &facts)
        };
        prop_assert!(ends(less.max(more)) <= ends(less.min(more)));
    }

    #[test]
    fn the_order_of_facts_does_not_matter(facts in any_facts(), book in any_book(), model in any_model()) {
        let mut other = facts.clone();
        other.support.severe.reverse();
        other.touch.outcomes.reverse();
        other.touch.signals.reverse();
        prop_assert_eq!(score(&facts, &book, &model), score(&other, &book, &model));
    }

    #[test]
    fn who_stops_never_rises(
        facts in any_facts(), book in any_book(), model in any_model(),
        daily in (0..5_000_i64, 0..=10_000_i64, 0..300_i64),
    ) {
        let book = Book { usage_live: true, connected: Connected::ALL, ..book };
        let mut last = FULL;
        for days in 0..=130 {
            let health = score(&stopped(&facts, daily, days), &book, &model).health;
            prop_assert!(health.points <= last, "rose from {last} to {} on day {days}", health.points);
            last = health.points;
        }
    }

    #[test]
    fn explanations_add_up(
        facts in any_facts(), other in any_facts(), book in any_book(),
        model in prop_oneof![any_model(), any_fitted()],
    ) {
        let explained = |facts: &Facts| explain(&model, &score(facts, &book, &model));
        let before = explained(&facts);
        let lines = |lines: &[Line]| lines.iter().map(|line| line.contribution.0).sum::<i64>();
        let mut health = lines(&before.lines);
        for component in &before.components {
            let factors: i64 = component.factors.iter().map(|line| line.contribution.0).sum();
            prop_assert_eq!(factors, component.contribution.0);
            prop_assert!(component.factors.iter().all(|line| !line.missing || line.contribution.0 == 0));
            health += factors;
        }
        prop_assert_eq!(health, before.health_score * 100);
        let churn: i64 = before.churn.factors.iter().map(|line| line.contribution.0).sum();
        prop_assert_eq!(churn + lines(&before.churn.lines), before.churn_risk_score * 100);

        let after = explained(&other);
        let deltas = difference(&before, &after);
        let of = |score| deltas.iter().filter(|delta| delta.score == score).map(|delta| delta.change.0).sum::<i64>();
        prop_assert_eq!(of("health_score"), (after.health_score - before.health_score) * 100);
        prop_assert_eq!(of("churn_risk_score"), (after.churn_risk_score - before.churn_risk_score) * 100);
        prop_assert_eq!(difference(&before, &before), Vec::new());
    }

    #[test]
    fn what_is_reached_is_reached_and_less_is_not(facts in any_facts(), model in any_model()) {
        let book = book();
        let scores = score(&facts, &book, &model);
        if let NextBand::Factor { factor, needed, .. } = reach(&facts, &book, &model, &scores) {
            let with = |points| {
                let mut readings = scores.health.factors;
                readings[factor.place()] = Ok(Reading { points, fact: Fact::NoUsage });
                assemble(readings, &facts, &book, &model).score
            };
            let edges = [model.bands.concern, model.bands.moderate, model.bands.healthy];
            let edge = edges.into_iter().find(|edge| scores.health.score < *edge).unwrap();
            prop_assert!(with(needed.0) >= edge);
            prop_assert!(needed.0 == 0 || with(needed.0 - 1) < edge);
        }
    }
}
