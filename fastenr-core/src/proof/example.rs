//! A book small enough to be worked by hand, and what a machine reads of it.

use chrono::NaiveDate;

use super::*;
use crate::score::Model;

fn month(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, number, 28).unwrap()
}

/// Five accounts at two cut-offs. The last one is at high risk twice and churns after the second.
fn cases() -> Vec<Case> {
    let band = |health: i64| Model::builtin().bands.of(health / 100);
    let case = |account, number, risk, churned, health: Option<i64>| {
        let band = health.map(band);
        Case { account, cutoff: month(number), risk, churned, band }
    };
    vec![
        case(0, 1, 1_000, false, Some(9_000)),
        case(1, 1, 2_000, false, Some(8_500)),
        case(2, 1, 5_000, true, Some(3_000)),
        case(3, 1, 5_000, false, None),
        case(4, 1, 9_000, false, Some(3_500)),
        case(0, 2, 1_000, false, Some(9_000)),
        case(1, 2, 6_000, false, Some(7_000)),
        case(3, 2, 500, false, None),
        case(4, 2, 10_000, true, Some(1_000)),
        case(5, 2, 2_000, false, Some(8_000)),
    ]
}

fn trails() -> [Trail; 2] {
    let trail = |account, readings: &[(i64, i64)]| Trail {
        account,
        readings: readings.iter().map(|&(days_before, health)| Reading { days_before, health, green: 80 }).collect(),
    };
    [trail(2, &[(66, 7_000), (73, 8_000)]), trail(4, &[(30, 1_000)])]
}

#[test]
fn worked_by_hand() {
    // AUC: 10,000 is above all 8 retained; 5,000 above 5, beside 1, below 2: 13.5 of 16 pairs.
    // Lift: the worst of ten churned; 1 / 0.2.
    // Fitted on January: 0 up to 2,000, from 5,000 on 1/3.
    // Brier on February: 1,000, 500 and 2,000 without error, 6,000 off by 1/3, 10,000 by 2/3: (1/9 + 4/9) / 5.
    // Brier of the base rate, which is 0.2: (4 · 0.04 + 0.64) / 5.
    // Critical: 2 of 3 churned, 0.6667 / 0.2. Green: 4 of 8. Before churn: one account, its mean 75; the other too late.
    let options = Options { horizon: 30, repeats: 0, ..Options::default() };
    let expected = serde_json::json!({
        "lead": 30,
        "horizon": 30,
        "accounts": 6,
        "cutoffs": 2,
        "cases": 10,
        "churned_cases": 2,
        "events": 2,
        "base_rate": 0.2,
        "auc": 0.8438,
        "auc_ci": null,
        "lift_at_10": 5.0,
        "ties_at_10": null,
        "precision_at_k": {"10": 0.2},
        "brier": 0.1111,
        "brier_of_base_rate": 0.16,
        "calibration": {
            "fitted": {"from": "2026-01-28", "to": "2026-01-28", "cases": 5, "churned_cases": 1},
            "measured": {"from": "2026-02-28", "to": "2026-02-28", "cases": 5, "churned_cases": 1},
            "purged_cutoffs": 0,
            "churned_in_both": 0,
            "bins": [
                {"risk_from": 0, "risk_to": 10, "cases": 1, "predicted": 0.0, "observed": 0.0},
                {"risk_from": 10, "risk_to": 20, "cases": 1, "predicted": 0.0, "observed": 0.0},
                {"risk_from": 20, "risk_to": 30, "cases": 1, "predicted": 0.0, "observed": 0.0},
                {"risk_from": 60, "risk_to": 70, "cases": 1, "predicted": 0.3333, "observed": 0.0},
                {"risk_from": 90, "risk_to": 100, "cases": 1, "predicted": 0.3333, "observed": 1.0},
            ],
        },
        "bands": [
            {"band": "healthy", "cases": 4, "churned_cases": 0, "share": 0.5, "churn_rate": 0.0},
            {"band": "moderate", "cases": 1, "churned_cases": 0, "share": 0.125, "churn_rate": 0.0},
            {"band": "concern", "cases": 0, "churned_cases": 0, "share": 0.0, "churn_rate": null},
            {"band": "critical", "cases": 3, "churned_cases": 2, "share": 0.375, "churn_rate": 0.6667},
        ],
        "share_green": 0.5,
        "below_green_before_churn": 1.0,
        "churned_accounts": 2,
        "churned_accounts_scored": 1,
        "acceptance": [
            {
                "line": "critical_churns",
                "rule": "critical accounts churn at least 3 times as often as all accounts",
                "measured": 3.3333,
                "interval": null,
                "limit": 3.0,
                "expected_events": 0.6,
                "outcome": "too_few_to_say",
            },
            {
                "line": "below_green_before_churn",
                "rule": "at least two thirds of the churned accounts were below green 60 to 90 days before",
                "measured": 1.0,
                "interval": null,
                "limit": 0.6667,
                "expected_events": 0.6667,
                "outcome": "too_few_to_say",
            },
            {
                "line": "share_green",
                "rule": "at most 80 % of all accounts are green",
                "measured": 0.5,
                "interval": null,
                "limit": 0.8,
                "expected_events": null,
                "outcome": "met",
            },
        ],
        "verdict": "too few to say",
        "meaning": Verdict::TooFewToSay.meaning(30),
    });
    let found = serde_json::to_string_pretty(&prove(&cases(), &trails(), &options)).unwrap();
    assert_eq!(found, serde_json::to_string_pretty(&expected).unwrap());
}

#[test]
fn nothing_at_all() {
    let proof = prove(&[], &[], &Options::default());
    assert_eq!((proof.accounts, proof.cutoffs, proof.cases, proof.events), (0, 0, 0, 0));
    assert_eq!((proof.base_rate, proof.auc, proof.auc_ci, proof.lift_at_10), (None, None, None, None));
    assert_eq!((proof.brier, proof.calibration.is_none(), proof.share_green), (None, true, None));
    assert_eq!((proof.below_green_before_churn, proof.precision_at_k.len()), (None, 0));
    assert_eq!(proof.verdict, Verdict::TooFewToSay);
    assert!(proof.acceptance.iter().all(|line| line.outcome == Outcome::NotMeasured));
}

/// `count` accounts at one cut-off, their risk by their number.
fn book(count: u32, churned: impl Fn(u32) -> bool, risk: impl Fn(u32) -> i64) -> Vec<Case> {
    let case = |account| Case {
        account,
        cutoff: month(1),
        risk: risk(account),
        churned: churned(account),
        band: Some(Model::builtin().bands.of((10_000 - risk(account)) / 100)),
    };
    (0..count).map(case).collect()
}

#[test]
fn one_kind_only() {
    let stayed = prove(&book(50, |_| false, |number| i64::from(number) * 100), &[], &Options::default());
    assert_eq!((stayed.base_rate.map(Figure::value), stayed.auc, stayed.lift_at_10), (Some(0.0), None, None));
    assert_eq!(stayed.verdict, Verdict::TooFewToSay);
    let left = prove(&book(50, |_| true, |number| i64::from(number) * 100), &[], &Options::default());
    assert_eq!((left.base_rate.map(Figure::value), left.auc, left.auc_ci), (Some(1.0), None, None));
    assert_eq!(left.lift_at_10.map(Figure::value), Some(1.0));
    assert_eq!(left.verdict, Verdict::TooFewToSay);
}

#[test]
fn one_cutoff_has_no_halves() {
    let proof = prove(&book(60, |number| number % 2 == 0, i64::from), &[], &Options::default());
    assert_eq!((proof.cutoffs, proof.brier, proof.calibration.is_none()), (1, None, true));
    assert!(proof.auc.is_some() && proof.auc_ci.is_some());
}

/// The middle one of three is measured: fitted are two cases, of which one churned.
#[test]
fn an_odd_cutoff_is_measured() {
    let case = |account, number, churned| Case { account, cutoff: month(number), risk: 5_000, churned, band: None };
    let cases = [case(0, 1, true), case(1, 1, false), case(2, 2, true), case(0, 3, true)];
    let options = Options { horizon: 31, ..Options::default() };
    let calibration = prove(&cases, &[], &options).calibration.unwrap();
    assert_eq!((calibration.fitted.to, calibration.measured.from), (month(1), month(2)));
    assert_eq!((calibration.fitted.cases, calibration.measured.cases, calibration.churned_in_both), (2, 2, 1));
    assert_eq!(calibration.brier.value(), 0.25);
}

/// No window of the one half reaches into the other: of the first six months those whose 90 days go on in the seventh are left out.
#[test]
fn windows_of_the_halves_are_apart() {
    let cases: Vec<Case> = (1..=12)
        .flat_map(|number| {
            (0..4).map(move |account| Case {
                account,
                cutoff: month(number),
                risk: 5_000,
                churned: account == 0,
                band: None,
            })
        })
        .collect();
    let halves = |horizon| {
        let calibration = prove(&cases, &[], &Options { horizon, ..Options::default() }).calibration?;
        Some((calibration.fitted.to, calibration.measured.from, calibration.purged_cutoffs, calibration.fitted.cases))
    };
    // From 28 April to 28 July are 91 days.
    assert_eq!(halves(91), Some((month(4), month(7), 2, 16)));
    assert_eq!(halves(92), Some((month(3), month(7), 3, 12)));
    assert_eq!(halves(30), Some((month(6), month(7), 0, 24)));
    assert_eq!((halves(181), halves(182)), (Some((month(1), month(7), 5, 4)), None));
}

#[test]
fn verdicts_of_books() {
    let verdict = |churned: fn(u32) -> bool, risk: fn(u32) -> i64| {
        prove(&book(200, churned, risk), &[], &Options::default()).verdict
    };
    let by_number = |number| i64::from(number) * 50;
    assert_eq!(verdict(|number| number >= 160, by_number), Verdict::SuspectedLeakage);
    assert_eq!(verdict(|number| number >= 171, by_number), Verdict::TooFewToSay);
    assert_eq!(verdict(|number| number < 40, by_number), Verdict::WorseThanChance);
    assert_eq!(verdict(|number| number % 5 == 0, by_number), Verdict::NoSkill);
    assert_eq!(verdict(|number| number % 5 == 0, |_| 3_000), Verdict::NoSkill);
    assert_eq!(verdict(|number| number >= 40 && number % 4 == 0, by_number), Verdict::Weak);
    assert_eq!(verdict(|number| number >= 80 && number % 3 == 0, by_number), Verdict::Useful);
    assert_eq!(verdict(|number| number >= 120 && number % 2 == 0, by_number), Verdict::Strong);
}

/// Drawn once and kept: another platform, compiler or library has to find the same.
#[test]
fn the_interval_is_the_same_everywhere() {
    let cases = book(
        300,
        |number| number * 7 % 10 == 0 || number > 280,
        |number| i64::from(number * 37 % 300) + i64::from(number),
    );
    let proof = prove(&cases, &[], &Options::default());
    let figures = serde_json::json!([proof.events, proof.auc, proof.auc_ci]).to_string();
    assert_eq!(figures, "[48,0.6277,[0.5386,0.7188]]");
}

/// A year of cut-offs of a large book.
#[test]
fn forty_thousand_cases() {
    let cases = (0..40_000_u32).map(|number| Case {
        account: number / 12,
        cutoff: month(number % 12 + 1),
        risk: i64::from(number.wrapping_mul(2_654_435_761) >> 16) % 10_001,
        churned: number % 41 == 0,
        band: None,
    });
    let proof = prove(&cases.collect::<Vec<_>>(), &[], &Options::default());
    assert_eq!((proof.accounts, proof.cutoffs, proof.cases), (3_334, 12, 40_000));
    let [low, high] = proof.auc_ci.unwrap().map(Figure::value);
    assert!(low < proof.auc.unwrap().value() && proof.auc.unwrap().value() < high && high - low < 0.05);
}
