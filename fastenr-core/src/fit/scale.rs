//! From worth in log-odds to points of health.

use super::cases::Cases;
use super::design::{Design, Piece};
use super::solve::{Coefficients, line, logit, share};
use crate::score::term::Term;
use crate::score::{Component, FULL, Factor, Points};

/// The terms of a factor, the one with the larger range first.
#[derive(Debug, Clone)]
struct Ranged<'d> {
    first: &'d Piece,
    second: Option<&'d Piece>,
    /// What the best of the factor is worth more than its worst, in log-odds; above 0.
    range: f64,
}

/// How far an account is from the best one, factor by factor.
#[derive(Debug, Clone)]
pub(super) struct Losses<'d> {
    factors: [Option<Ranged<'d>>; 17],
    beta: &'d [f64],
    /// The ranges of all factors together.
    pub(super) total: f64,
}

impl<'d> Losses<'d> {
    pub(super) fn of(design: &'d Design, fitted: &'d Coefficients) -> Self {
        let beta = fitted.beta.as_slice();
        let factors: [Option<Ranged<'d>>; 17] = std::array::from_fn(|place| {
            let of = |piece: &&Piece| piece.term.factor().place() == place;
            let mut pieces: Vec<&Piece> = design.pieces.iter().filter(of).collect();
            // The sort is stable: of two alike the first in the order of terms is first.
            pieces.sort_by(|a, b| b.range(beta).total_cmp(&a.range(beta)));
            let first = *pieces.first()?;
            let range = first.range(beta);
            (range > 0.0).then(|| Ranged { first, second: pieces.get(1).copied(), range })
        });
        let total = factors.iter().flatten().map(|factor| factor.range).sum();
        Self { factors, beta, total }
    }

    /// What the factor is worth of all, 0 to 1.
    pub(super) fn part(&self, factor: Factor) -> f64 {
        self.factors[factor.place()].as_ref().map_or(0.0, |factor| factor.range / self.total)
    }

    /// How many times the log-odds of the whole range are lost by the number, as if its factor were all of the model; none where
    /// the factor has no part in it.
    ///
    /// Numbers of a factor's second term are placed so that the means of both terms lose the same.
    pub(super) fn loss(&self, term: Term, number: f64) -> Option<f64> {
        let factor = self.factors[term.factor().place()].as_ref()?;
        let (first, beta) = (factor.first, self.beta);
        let lost = if first.term == term {
            factor.range - first.gain(number, beta)
        } else {
            let gained = factor.second.map_or(0.0, |second| second.mean(beta) - second.gain(number, beta));
            (factor.range - first.mean(beta) + gained).max(0.0)
        };
        Some(lost * self.total / factor.range)
    }

    /// The mean loss of a case, as health is weighed: what is missing has its weight shared out within its component, then
    /// between components. None where it has no factor that weighs.
    fn weighed(&self, cases: &Cases, case: usize) -> Option<f64> {
        let (mut sums, mut present, mut all) = ([0.0; 4], [0.0; 4], [0.0; 4]);
        for factor in Factor::ALL {
            all[factor.component().place()] += self.part(*factor);
        }
        for term in Term::ALL {
            let Some(number) = cases.number(term, case) else { continue };
            let Some(loss) = self.loss(term, f64::from(number)) else { continue };
            let (component, part) = (term.factor().component().place(), self.part(term.factor()));
            sums[component] += part * loss;
            present[component] += part;
        }
        let (mut sum, mut weight) = (0.0, 0.0);
        for component in Component::ALL.iter().map(|component| component.place()) {
            if present[component] > 0.0 {
                sum += all[component] * sums[component] / present[component];
                weight += all[component];
            }
        }
        (weight > 0.0).then(|| sum / weight)
    }
}

/// Health as the log-odds of churn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// Points of health a unit of loss.
    pub(super) points: f64,
    /// The log-odds of the best account, and what a unit of loss adds.
    best: f64,
    slope: f64,
    /// The share of all cases that churned.
    usual: f64,
    /// Lower edges of healthy, moderate and concern, falling strictly.
    pub(super) edges: [i64; 3],
}

/// The churn of an account at the edges of healthy, moderate and concern, in shares of all accounts'.
const TIMES: [f64; 3] = [1.0, 1.75, 3.0];
/// The most that the edges may be, so that alerts can clear and every band of churn risk has a place.
const MOST: [i64; 3] = [98, 94, 90];

impl Scale {
    /// None where more loss is no more churn.
    pub(super) fn of(losses: &Losses<'_>, cases: &Cases, places: &[usize]) -> Option<Self> {
        let points: Vec<(f64, bool)> =
            places.iter().filter_map(|at| Some((losses.weighed(cases, *at)?, cases.rows[*at].churned))).collect();
        let (best, slope) = line(&points).filter(|(_, slope)| *slope > 0.0)?;
        let churned = points.iter().filter(|point| point.1).count();
        let usual = churned as f64 / points.len() as f64;
        let distance = |times: f64| ((logit(times_the(usual, times)) - best) / slope).max(0.0);
        let points = (60.0 / distance(TIMES[2]).max(1e-9)).min(100.0 / losses.total);
        let edge = |place: usize| (100.0 - points * distance(TIMES[place])).round() as i64;
        let healthy = edge(0).clamp(3, MOST[0]);
        let moderate = edge(1).clamp(2, MOST[1]).min(healthy - 1);
        let concern = edge(2).clamp(1, MOST[2]).min(moderate - 1);
        Some(Self { points, best, slope, usual, edges: [healthy, moderate, concern] })
    }

    /// The score, in basis points, of a factor with the loss.
    pub(super) fn score(&self, loss: f64) -> i64 {
        ((100.0 - self.points * loss) * 100.0).round().clamp(0.0, FULL as f64) as i64
    }

    /// Percent of all that churned.
    pub(super) fn base_rate(&self) -> Points {
        Points(((self.usual * FULL as f64).round() as i64).max(1))
    }

    /// How likely an account of the health, in basis points, is to churn.
    pub(super) fn probability(&self, health: i64) -> f64 {
        share(self.log_odds(health))
    }

    pub(super) fn log_odds(&self, health: i64) -> f64 {
        self.best + self.slope * (FULL - health) as f64 / 100.0 / self.points
    }
}

/// So many times the usual share; where that is more than there is, as many times fewer stay.
fn times_the(usual: f64, times: f64) -> f64 {
    (usual * times).min(1.0 - (1.0 - usual) / times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_times_the_usual() {
        assert!((times_the(0.1, 3.0) - 0.3).abs() < 1e-12);
        assert!((times_the(0.25, 3.0) - 0.75).abs() < 1e-12);
        assert!((times_the(0.5, 3.0) - 5.0 / 6.0).abs() < 1e-12);
        assert!((times_the(0.5, 1.0) - 0.5).abs() < 1e-12);
    }
}
