//! What holds of any cases.

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::model::Band;

/// Few days, accounts and risks, so that they meet often.
fn case() -> impl Strategy<Value = Case> {
    let risk = prop_oneof![3 => (0_i64..6).prop_map(|step| step * 2_000), 1 => 0_i64..=10_000];
    let band = proptest::option::weighted(0.8, prop::sample::select(Band::SCORED.to_vec()));
    (0_u32..12, 0_i64..5, risk, any::<bool>(), band).prop_map(|(account, month, risk, churned, band)| Case {
        account,
        cutoff: NaiveDate::from_ymd_opt(2026, 1, 31).unwrap() + TimeDelta::days(30 * month),
        risk,
        churned,
        band,
    })
}

prop_compose! {
    /// One case of an account and a cut-off.
    fn cases()(mut cases in prop::collection::vec(case(), 0..50)) -> Vec<Case> {
        cases.sort_by_key(|case| (case.account, case.cutoff));
        cases.dedup_by_key(|case| (case.account, case.cutoff));
        cases
    }
}

fn trails() -> impl Strategy<Value = Vec<Trail>> {
    let reading = (40_i64..110, 6_000_i64..=10_000, 70_i64..90);
    let reading = reading.prop_map(|(days_before, health, green)| Reading { days_before, health, green });
    let trail = (0_u32..12, prop::collection::vec(reading, 0..6));
    prop::collection::vec(trail.prop_map(|(account, readings)| Trail { account, readings }), 0..12)
}

fn proof(cases: &[Case], trails: &[Trail]) -> Proof {
    prove(cases, trails, &Options { repeats: 60, horizon: 30, ..Options::default() })
}

fn with_risk(cases: &[Case], risk: impl Fn(i64) -> i64) -> Vec<Case> {
    cases.iter().map(|case| Case { risk: risk(case.risk), ..*case }).collect()
}

/// The definition: every pair of a churned and a retained case, twice counted to stay whole.
fn auc_by_pairs(cases: &[Case]) -> Option<f64> {
    let (mut twice, mut pairs) = (0_u32, 0_u32);
    for churned in cases.iter().filter(|case| case.churned) {
        for retained in cases.iter().filter(|case| !case.churned) {
            pairs += 1;
            twice += match churned.risk.cmp(&retained.risk) {
                std::cmp::Ordering::Greater => 2,
                std::cmp::Ordering::Equal => 1,
                std::cmp::Ordering::Less => 0,
            };
        }
    }
    (pairs > 0).then(|| f64::from(twice) / f64::from(2 * pairs))
}

/// The definition: the mean over all orders in which cases of equal risk can stand, by the chance that each is among
/// the worst `k`.
fn precision_by_chance(cases: &[Case], k: usize) -> f64 {
    let chance = |case: &Case| {
        let above = cases.iter().filter(|other| other.risk > case.risk).count();
        let beside = cases.iter().filter(|other| other.risk == case.risk).count();
        (k.saturating_sub(above) as f64 / beside as f64).min(1.0)
    };
    cases.iter().filter(|case| case.churned).map(chance).sum::<f64>() / k as f64
}

proptest! {
    #[test]
    fn auc_is_what_comparing_all_pairs_finds(cases in cases()) {
        prop_assert_eq!(proof(&cases, &[]).auc.map(Figure::value), auc_by_pairs(&cases));
    }

    #[test]
    fn auc_of_the_reverse_is_the_rest(cases in cases()) {
        let reverse = with_risk(&cases, |risk| 10_000 - risk);
        if let (Some(auc), Some(rest)) = (proof(&cases, &[]).auc, proof(&reverse, &[]).auc) {
            prop_assert!((auc.value() + rest.value() - 1.0).abs() < 1e-12);
        }
    }

    /// What looks at the order alone does not see the scale.
    #[test]
    fn a_monotone_transform_changes_no_rank(cases in cases()) {
        let (before, after) = (proof(&cases, &[]), proof(&with_risk(&cases, |risk| risk * risk + risk - 7), &[]));
        prop_assert_eq!((before.auc, before.auc_ci, before.lift_at_10), (after.auc, after.auc_ci, after.lift_at_10));
        prop_assert_eq!((before.precision_at_k, before.verdict), (after.precision_at_k, after.verdict));
        prop_assert_eq!((before.brier, before.brier_of_base_rate), (after.brier, after.brier_of_base_rate));
    }

    #[test]
    fn a_constant_tells_nothing(cases in cases(), risk in 0_i64..=10_000) {
        let proof = proof(&with_risk(&cases, |_| risk), &[]);
        prop_assert!(proof.auc.is_none_or(|auc| auc.value() == 0.5));
        prop_assert!(proof.lift_at_10.is_none_or(|lift| (lift.value() - 1.0).abs() < 1e-12));
        prop_assert_eq!(proof.brier, proof.brier_of_base_rate);
    }

    #[test]
    fn knowing_is_perfect(cases in cases()) {
        let known: Vec<Case> = cases.iter().map(|case| Case { risk: i64::from(case.churned), ..*case }).collect();
        prop_assert!(proof(&known, &[]).auc.is_none_or(|auc| auc.value() == 1.0));
    }

    /// Neither the order of the cases and trails nor the numbers of the accounts matter, to the byte.
    #[test]
    fn the_order_does_not_matter(
        (cases, shuffled) in cases().prop_flat_map(|cases| (Just(cases.clone()), Just(cases).prop_shuffle())),
        (trails, turned) in trails().prop_flat_map(|trails| (Just(trails.clone()), Just(trails).prop_shuffle())),
        names in Just((0_u32..12).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let name = |account: u32| names[account as usize] * 1_000_003;
        let renamed: Vec<_> = shuffled.iter().map(|case| Case { account: name(case.account), ..*case }).collect();
        let turned: Vec<_> = turned
            .into_iter()
            .map(|trail| Trail {
                account: name(trail.account),
                readings: trail.readings.into_iter().rev().collect(),
            })
            .collect();
        let (one, other) = (proof(&cases, &trails), proof(&renamed, &turned));
        prop_assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&other).unwrap());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn precision_is_the_mean_over_all_orders(cases in cases()) {
        let proof = proof(&cases, &[]);
        for (&k, precision) in &proof.precision_at_k {
            prop_assert!((precision.value() - precision_by_chance(&cases, k)).abs() < 1e-12);
        }
        prop_assert_eq!(proof.precision_at_k.len(), [10, 25, 50, 100].iter().filter(|k| **k <= cases.len()).count());
        if let (Some(lift), Some(base_rate)) = (proof.lift_at_10, proof.base_rate) {
            let worst = precision_by_chance(&cases, cases.len().div_ceil(10));
            prop_assert!((lift.value() - worst / base_rate.value()).abs() < 1e-9);
        }
    }

    #[test]
    fn figures_are_in_their_ranges_and_counts_add_up(cases in cases(), trails in trails()) {
        let proof = proof(&cases, &trails);
        let within = |figure: Option<Figure>, most: f64| figure.is_none_or(|figure| (0.0..=most).contains(&figure.value()));
        for share in [proof.base_rate, proof.auc, proof.brier, proof.share_green, proof.below_green_before_churn] {
            prop_assert!(within(share, 1.0), "{share:?}");
        }
        prop_assert!(within(proof.lift_at_10, 10.0 + 1e-9));
        prop_assert!(proof.auc_ci.is_none_or(|[low, high]| low <= high));
        prop_assert!(proof.events <= proof.churned_cases && proof.events <= proof.accounts);
        prop_assert_eq!(proof.cases, cases.len());
        let banded: usize = proof.bands.iter().map(|share| share.cases).sum();
        prop_assert_eq!(banded, cases.iter().filter(|case| case.band.is_some()).count());
        if let Some(calibration) = &proof.calibration {
            let measured = &calibration.measured;
            let between = |case: &&Case| case.cutoff > calibration.fitted.to && case.cutoff < measured.from;
            prop_assert_eq!(calibration.fitted.cases + measured.cases, cases.iter().filter(|case| !between(case)).count());
            prop_assert!((measured.from - calibration.fitted.to).num_days() >= 30);
            prop_assert_eq!(calibration.bins.iter().map(|bin| bin.cases).sum::<usize>(), measured.cases);
            let churned: f64 = calibration.bins.iter().map(|bin| bin.observed.value() * bin.cases as f64).sum();
            prop_assert!((churned - measured.churned_cases as f64).abs() < 1e-9);
            prop_assert!(calibration.bins.is_sorted_by(|a, b| a.predicted.value() <= b.predicted.value() + 1e-12));
        }
    }
}
