//! Weighted means in which what is missing has its weight shared out: first within its component, then between components.

use super::curve::{BasisPoints, FULL};
use super::factor::{ChurnFactor, Component, Factor};
use super::facts::Connected;
use super::model::Model;
use super::reading::{Missing, Reading};
use crate::rounding::half_to_even;

/// The points of each factor; none: it is missing.
pub(crate) fn points<const N: usize>(readings: &[Result<Reading, Missing>; N]) -> [Option<BasisPoints>; N] {
    readings.map(|reading| reading.ok().map(|reading| reading.points))
}

/// What part of a mean each factor has: `parts[factor] / whole`, 0 for one that is missing. The parts of those present add up
/// to `whole`, which is 0 where nothing that weighs is present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shares<const N: usize> {
    pub(super) parts: [i128; N],
    pub(super) whole: i128,
}

impl<const N: usize> Shares<N> {
    /// Each factor's points times its part; over `whole` they are what it adds to the mean.
    pub(super) fn weighed(&self, points: &[Option<BasisPoints>; N]) -> [i128; N] {
        let mut weighed = self.parts;
        for (part, points) in weighed.iter_mut().zip(points) {
            *part *= i128::from(points.unwrap_or(0));
        }
        weighed
    }

    /// One exact fraction, rounded once, half to even. None where nothing that weighs is present.
    pub(crate) fn mean(&self, points: &[Option<BasisPoints>; N]) -> Option<BasisPoints> {
        half_to_even(self.weighed(points).iter().sum(), self.whole)
    }
}

/// Of one component: the weight of the factors that `there` says are there, and of all.
fn weights(model: &Model, component: Component, there: &impl Fn(Factor) -> bool) -> (i128, i128) {
    let of = Factor::ALL.iter().filter(|factor| factor.component() == component);
    of.fold((0, 0), |(present, all), factor| {
        let weight = i128::from(model.weight(*factor).0);
        (present + if there(*factor) { weight } else { 0 }, all + weight)
    })
}

/// The shares of health. Weights are at most 1,000, so that the products of five sums of them fit.
pub(crate) fn health_shares(model: &Model, points: &[Option<BasisPoints>; 17]) -> Shares<17> {
    let there = |factor: Factor| points.get(factor.place()).is_some_and(Option::is_some);
    let mut present = [0_i128; 4];
    let mut between = 0;
    for (component, present) in Component::ALL.iter().zip(&mut present) {
        *present = weights(model, *component, &there).0;
        between += if *present > 0 { i128::from(model.component_weight(*component).0) } else { 0 };
    }
    let product: i128 = present.iter().filter(|present| **present > 0).product();
    let mut shares = Shares { parts: [0; 17], whole: if between > 0 { product * between } else { 0 } };
    for (factor, part) in Factor::ALL.iter().zip(&mut shares.parts) {
        let within = present.get(factor.component().place()).copied().unwrap_or(0);
        if there(*factor) && within > 0 && between > 0 {
            let weight = i128::from(model.weight(*factor).0) * i128::from(model.component_weight(factor.component()).0);
            *part = weight * (product / within);
        }
    }
    shares
}

/// What each factor adds to the weighted mean, of scores that were stored: fractions over [`Self::whole`], in the order of
/// [`Factor::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributions {
    /// 0 for a factor that is missing.
    pub weighed: [i128; 17],
    /// What a point of each factor weighs, over the same whole.
    pub parts: [i128; 17],
    /// 0 where nothing that weighs is there.
    pub whole: i128,
}

impl Contributions {
    /// Of scores in basis points; none is missing.
    pub fn of(model: &Model, points: &[Option<BasisPoints>; 17]) -> Self {
        let shares = health_shares(model, points);
        Self { weighed: shares.weighed(points), parts: shares.parts, whole: shares.whole }
    }

    /// The weighted mean, as [`super::Health::raw`] is; none where nothing that weighs is there.
    pub fn raw(&self) -> Option<BasisPoints> {
        half_to_even(self.weighed.iter().sum(), self.whole)
    }
}

/// The shares of churn risk.
pub(crate) fn churn_shares(model: &Model, points: &[Option<BasisPoints>; 5]) -> Shares<5> {
    let mut shares = Shares { parts: [0; 5], whole: 0 };
    for ((factor, points), part) in ChurnFactor::ALL.iter().zip(points).zip(&mut shares.parts) {
        if points.is_some() {
            *part = i128::from(model.churn_weight(*factor).0);
            shares.whole += *part;
        }
    }
    shares
}

/// The component's score, and the weight of its factors that are present, of all.
pub(crate) fn component(
    model: &Model,
    component: Component,
    points: &[Option<BasisPoints>; 17],
) -> (Option<BasisPoints>, BasisPoints) {
    let there = |factor: Factor| points.get(factor.place()).is_some_and(Option::is_some);
    let (present, all) = weights(model, component, &there);
    let of = Factor::ALL.iter().zip(points).filter(|(factor, _)| factor.component() == component);
    let sum: i128 =
        of.filter_map(|(factor, points)| Some(i128::from(model.weight(*factor).0) * i128::from((*points)?))).sum();
    (half_to_even(sum, present), half_to_even(present * i128::from(FULL), all).unwrap_or(0))
}

/// Weight of the factors of health in the set, of all.
pub(super) fn health_coverage(model: &Model, set: Connected) -> BasisPoints {
    let there = |factor: Factor| set.has(factor.place());
    let mut covered = (0_i128, 0_i128);
    let sums = Component::ALL.iter().map(|component| {
        let (present, all) = weights(model, *component, &there);
        (i128::from(model.component_weight(*component).0), present, all)
    });
    let product: i128 = sums.clone().map(|(.., all)| all.max(1)).product();
    for (weight, present, all) in sums {
        covered.0 += weight * present * (product / all.max(1));
        covered.1 += weight * product;
    }
    half_to_even(covered.0 * i128::from(FULL), covered.1).unwrap_or(0)
}

/// Likewise of churn risk.
pub(super) fn churn_coverage(model: &Model, set: Connected) -> BasisPoints {
    let mut covered = (0_i128, 0_i128);
    for factor in ChurnFactor::ALL {
        let weight = i128::from(model.churn_weight(*factor).0);
        covered.0 += if set.has(Factor::ALL.len() + factor.place()) { weight } else { 0 };
        covered.1 += weight;
    }
    half_to_even(covered.0 * i128::from(FULL), covered.1).unwrap_or(0)
}
