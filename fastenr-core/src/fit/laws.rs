//! What holds for any fit.

use std::sync::LazyLock;

use chrono::{Months, NaiveDate};
use proptest::prelude::*;

use super::design::Design;
use super::solve::{Coefficients, Sample, deviance};
use super::*;
use crate::random::Random;
use crate::score::model::Model;
use crate::score::term::{Observed, Term};

/// 0 to 1.
fn chance(random: &mut Random) -> f64 {
    f64::from(random.below(1_000)) / 1_000.0
}

/// As many as give enough churned accounts to learn from and to test on.
const ACCOUNTS: u32 = 150;

/// Accounts at twelve month ends with five numbers, of which some may be missing. `signal` is how much churn follows from the
/// first two, 0 to 1.
pub(crate) fn book(seed: u64, accounts: u32, signal: f64) -> Vec<(Row, Observed)> {
    let mut random = Random::new(seed);
    let mut cases = Vec::new();
    let first = NaiveDate::from_ymd_opt(2025, 1, 31).unwrap();
    for account in 0..accounts {
        let (use_of_it, payer) = (chance(&mut random), chance(&mut random));
        let ill = (1.0 - use_of_it) * (1.5 - payer);
        let hazard = 0.04 * (1.0 - signal) + 0.16 * signal * ill * ill;
        let churns_at = (0..16).find(|_| chance(&mut random) < hazard);
        for month in 0..12 {
            // The window of a month end has the months 1 to 4 after it.
            if churns_at.is_some_and(|at| at <= month) {
                break;
            }
            let noise = chance(&mut random);
            let mut observed: Observed = [None; 17];
            let seats = account % 3 > 0;
            let logins = if seats { Term::LoginsPerSeat } else { Term::Logins };
            let rate = (use_of_it * 6.0 + noise) * if seats { 1.0 } else { 20.0 };
            let numbers = [
                (logins, rate),
                (Term::PastDue, ((0.6 - payer).max(0.0) * 60.0).round()),
                (Term::Met, noise * 3.0),
                (Term::Severity, chance(&mut random)),
                (Term::Tickets, f64::from(random.below(9))),
            ];
            for (term, number) in numbers {
                if random.below(8) > 0 {
                    observed[term.factor().place()] = Some((term, number as f32));
                }
            }
            let row = Row {
                account,
                cutoff: first + Months::new(month),
                churned: churns_at.is_some_and(|at| at <= month + 4),
                risk: i64::from(random.below(10_000)),
                caps: HeldCaps { urgent_ticket: random.below(20) == 0, ..HeldCaps::default() },
            };
            cases.push((row, observed));
        }
    }
    cases
}

fn cases(book: &[(Row, Observed)]) -> Cases {
    let mut cases = Cases::default();
    book.iter().for_each(|(row, observed)| cases.push(*row, observed));
    cases
}

fn fitted(book: &[(Row, Observed)]) -> Fit {
    let in_use = Model::builtin();
    fit(cases(book), Question { lead: 30, horizon: 90, in_use, base: &base(in_use) })
}

static FITS: LazyLock<Vec<Fit>> = LazyLock::new(|| (0..3).map(|seed| fitted(&book(seed, ACCOUNTS, 1.0))).collect());

/// A fitted model.
pub(crate) fn any_fitted() -> impl Strategy<Value = Model> {
    prop::sample::select(FITS.iter().filter_map(|fit| fit.model.clone()).collect::<Vec<_>>())
}

#[test]
fn what_foretells_is_found() {
    for fit in FITS.iter() {
        assert!(fit.verdict.is_written() && fit.refusal().is_none(), "{fit:#?}");
        let weight = |term: Term| fit.factors.iter().find(|line| line.factor == term.factor()).unwrap().weight.value();
        assert!(weight(Term::Logins) + weight(Term::PastDue) > 70.0, "{:#?}", fit.factors);
        let all: f64 = fit.factors.iter().map(|line| line.weight.value()).sum();
        assert!((all - 100.0).abs() < 1e-6);
        let rates: Vec<f64> = fit
            .bands
            .iter()
            .filter(|band| band.cases >= 50)
            .filter_map(|band| Some(band.churn_rate?.value()))
            .collect();
        assert!(rates.len() > 1 && rates.is_sorted(), "{:?}", fit.bands);
    }
}

#[test]
fn curves_go_one_way() {
    for model in FITS.iter().filter_map(|fit| fit.model.clone()) {
        for term in Term::ALL {
            let Some(curve) = model.clone().curve_mut(term).cloned() else { continue };
            let scores: Vec<i64> = curve.0.iter().map(|(_, score)| score.0).collect();
            let sorted = match term.is_better_high() {
                true => scores.is_sorted(),
                false => scores.is_sorted_by(|a, b| a >= b),
            };
            assert!(sorted, "{term:?}: {curve:?}");
        }
        let percent: Vec<i64> = (0..=100).map(|health| model.probability.as_ref().unwrap().at(health * 100)).collect();
        assert!(percent.is_sorted_by(|a, b| a >= b) && percent[0] > percent[100], "{percent:?}");
    }
}

/// What is written is read as it was meant, and is sound.
#[test]
fn a_fitted_model_is_read_back() {
    for fit in FITS.iter() {
        let (text, model) = (fit.to_toml().unwrap(), fit.model.as_ref().unwrap());
        let read = Model::parse(&text).unwrap();
        assert_eq!(&read, model);
        assert_eq!(fit.fingerprint, Some(read.fingerprint()));
        assert_ne!(read.fingerprint(), Model { probability: None, ..read }.fingerprint());
        assert!(
            text.starts_with("# Fitted to churn 31 to 120 days after month ends, 2025-01-31 to 2025-12-31.\n"),
            "{text}"
        );
    }
}

/// An account on the edge of concern churns three times as often as all that the model learned from.
#[test]
fn concern_is_three_times_the_usual() {
    for (seed, fit) in FITS.iter().enumerate() {
        let book = book(seed as u64, ACCOUNTS, 1.0);
        let usual = book.iter().filter(|(row, _)| row.churned).count() as f64 / book.len() as f64;
        let model = fit.model.as_ref().unwrap();
        let percent = model.probability.as_ref().unwrap().at(model.bands.concern * 100) as f64 / 10_000.0;
        // Edges are whole points.
        assert!((percent / usual / 3.0 - 1.0).abs() < 0.1, "{percent} {usual}");
    }
}

#[test]
fn the_order_does_not_matter() {
    let book = book(7, ACCOUNTS, 1.0);
    let told = |book: &[(Row, Observed)]| {
        let fit = fitted(book);
        (serde_json::to_string(&fit).unwrap(), fit.to_toml())
    };
    let first = told(&book);
    assert!(first.1.is_some(), "{}", first.0);
    let mut random = Random::new(3);
    let mut shuffled = book.clone();
    for place in (1..shuffled.len()).rev() {
        shuffled.swap(place, random.below(place as u32 + 1) as usize);
    }
    shuffled.iter_mut().for_each(|(row, _)| row.account = (row.account * 7_919) % 1_000_003);
    assert_eq!(told(&shuffled), first);
}

#[test]
fn noise_is_refused() {
    for seed in 20..23 {
        let fit = fitted(&book(seed, ACCOUNTS, 0.0));
        assert!(fit.model.is_none() && fit.to_toml().is_none(), "{seed}: {fit:#?}");
        assert_eq!(fit.refusal().map(|error| error.code), Some("no_signal"), "{seed}");
        assert!(fit.factors.iter().any(|line| line.unweighted == Some(Unweighted::NoData)));
    }
}

#[test]
fn too_few_are_refused_with_their_number() {
    let fit = fitted(&book(1, 20, 1.0));
    let error = fit.refusal().unwrap();
    assert_eq!((error.code, fit.verdict), ("too_few_churned", Verdict::TooFew));
    assert!(error.message.contains("(30 needed)"), "{}", error.message);
    assert_eq!(fitted(&[]).verdict, Verdict::TooFew);
}

/// A model in use that knows who churns is not replaced.
#[test]
fn a_better_one_stays() {
    let mut book = book(2, ACCOUNTS, 1.0);
    for (row, _) in &mut book {
        row.risk = row.risk / 10 + if row.churned { 9_000 } else { 0 };
    }
    assert_eq!(fitted(&book).verdict, Verdict::Worse);
}

/// A number that is the churn itself is named.
#[test]
fn leakage_is_named() {
    let mut book = book(3, 260, 1.0);
    for (row, observed) in &mut book {
        let days = if row.churned { 60.0 } else { 0.0 } + f64::from(row.account % 7);
        observed[Term::PastDue.factor().place()] = Some((Term::PastDue, days as f32));
    }
    let fit = fitted(&book);
    assert_eq!(fit.suspected_leakage.map(|leak| leak.factor), Some(Term::PastDue.factor()));
}

/// No step that is allowed leads farther down.
#[test]
fn the_minimum_is_one() {
    let cases = cases(&book(4, 120, 1.0)).ordered();
    let places: Vec<usize> = (0..cases.rows.len()).collect();
    let design = Design::of(&cases, &places);
    let sample = Sample { cases: &cases, places: &places, design: &design };
    let ridge = 3.0;
    let value = |at: &Coefficients| {
        deviance(at, sample) / 2.0 + ridge / 2.0 * at.beta.iter().map(|beta| beta * beta).sum::<f64>()
    };
    let found = Coefficients::none(sample).solve(sample, ridge);
    let least = value(&found);
    assert!(found.beta.contains(&0.0) && found.beta.iter().any(|beta| *beta > 0.1), "{found:?}");
    for step in [-0.01, 0.01] {
        let mut moved = found.clone();
        moved.alpha += step;
        assert!(value(&moved) > least);
        for place in 0..found.beta.len() {
            let mut moved = found.clone();
            moved.beta[place] = (moved.beta[place] + step).max(0.0);
            assert!(moved == found || value(&moved) > least, "{place} {step}");
        }
    }
}
