//! How the scores of a model lie over a book of accounts, and what is odd about it. In flat memory: counts and sums.

use super::Model;
use super::lint::{Finding, Oddity};
use crate::rounding::half_to_even;
use crate::score::Scores;
use crate::score::factor::{Band, ChurnFactor, Component, Factor};

/// Below so many accounts nothing can be said.
const FEW: u64 = 20;
/// Percent of the accounts that have a factor, at one whole point: it tells them from nothing.
const SAME: u64 = 90;
/// Percent of the variance of health that one component has.
const DECIDES: i64 = 90;

/// Scores of a factor by whole points.
#[derive(Debug, Clone)]
struct Spread([u64; 101]);

impl Spread {
    fn add(&mut self, points: i64) {
        let place = half_to_even(i128::from(points), 100).and_then(|score| usize::try_from(score).ok());
        if let Some(count) = place.and_then(|place| self.0.get_mut(place)) {
            *count += 1;
        }
    }

    fn finding(&self, key: String) -> Option<Finding> {
        let known: u64 = self.0.iter().sum();
        let (score, most) = self.0.iter().enumerate().max_by_key(|(_, count)| **count)?;
        if known < FEW {
            let accounts = if known == 1 { "1 account".to_owned() } else { format!("{known} accounts") };
            return Some(Finding::new(Oddity::SeldomKnown, key, format!("has data for only {accounts}")));
        }
        (most * 100 >= known * SAME).then(|| {
            Finding::new(Oddity::Constant, key, format!("is {score} for {most} of the {known} accounts with data"))
        })
    }
}

/// What one component adds to health, in thousandths of basis points: sums over accounts.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    sum: i128,
    /// Of the products with the whole.
    product: i128,
}

/// The scores of a book under one model.
#[derive(Debug, Clone)]
pub struct Distribution {
    accounts: u64,
    factors: Vec<Spread>,
    /// Accounts with sufficient data, and what their components add.
    sufficient: u64,
    components: [Moments; 4],
    whole: Moments,
}

impl Default for Distribution {
    fn default() -> Self {
        let factors = Factor::ALL.len() + ChurnFactor::ALL.len();
        Self {
            accounts: 0,
            factors: vec![Spread([0; 101]); factors],
            sufficient: 0,
            components: Default::default(),
            whole: Moments::default(),
        }
    }
}

impl Distribution {
    /// Counts one account, scored by `model`.
    pub fn add(&mut self, scores: &Scores, model: &Model) {
        self.accounts += 1;
        let read = scores.health.factors.iter().chain(&scores.churn.factors);
        for (reading, spread) in read.zip(&mut self.factors) {
            if let Ok(reading) = reading {
                spread.add(reading.points);
            }
        }
        if scores.health.band != Band::InsufficientData {
            self.add_components(scores, model);
        }
    }

    fn add_components(&mut self, scores: &Scores, model: &Model) {
        let known = |component: &Component| {
            let points = scores.health.components.get(component.place()).copied().flatten()?;
            Some((i128::from(model.component_weight(*component).0), i128::from(points)))
        };
        let weight: i128 = Component::ALL.iter().filter_map(known).map(|(weight, _)| weight).sum();
        if weight == 0 {
            return;
        }
        // What is missing has handed its weight to the others: the parts add up to the score.
        let part = |component| known(component).map_or(0, |(own, points)| own * points * 1_000 / weight);
        let whole: i128 = Component::ALL.iter().map(part).sum();
        self.sufficient += 1;
        for (component, moments) in Component::ALL.iter().zip(&mut self.components) {
            let part = part(component);
            moments.sum += part;
            moments.product += part * whole;
        }
        self.whole.sum += whole;
        self.whole.product += whole * whole;
    }

    /// The share of each component in the variance of health before caps, in percent: the covariance of what it adds with the
    /// whole, of the variance of the whole. They add up to 100. None for fewer than 20 accounts, or where all scores are equal.
    pub fn shares(&self) -> Option<[i64; 4]> {
        if self.sufficient < FEW {
            return None;
        }
        let together = |part: &Moments| i128::from(self.sufficient) * part.product - part.sum * self.whole.sum;
        let variance = together(&self.whole);
        let mut shares = [0; 4];
        for (share, moments) in shares.iter_mut().zip(&self.components) {
            *share = half_to_even(together(moments) * 100, variance)?;
        }
        Some(shares)
    }

    /// What the book tells about the model, by key: factors that are the same for nine of ten accounts, or known of fewer than
    /// 20; a component with more than 90 % of the variance of health ([`Self::shares`]). Nothing about fewer than 20 accounts.
    pub fn findings(&self, model: &Model) -> Vec<Finding> {
        if self.accounts < FEW {
            return Vec::new();
        }
        let health = Factor::ALL.iter().map(|factor| {
            let component = factor.component();
            let counts = model.weight(*factor).0 > 0 && model.component_weight(component).0 > 0;
            (counts, format!("health.{component}.{factor}"))
        });
        let churn =
            ChurnFactor::ALL.iter().map(|factor| (model.churn_weight(*factor).0 > 0, format!("churn.{factor}")));
        let spreads = health.chain(churn).zip(&self.factors).filter(|((counts, _), _)| *counts);
        let mut findings: Vec<_> = spreads.filter_map(|((_, key), spread)| spread.finding(key)).collect();
        for (component, share) in Component::ALL.iter().zip(self.shares().unwrap_or_default()) {
            if share > DECIDES {
                let message = format!("causes {share} % of the differences in health between accounts");
                findings.push(Finding::new(Oddity::OneDecides, format!("health.{component}"), message));
            }
        }
        findings.sort_by(|a, b| a.key.cmp(&b.key));
        findings
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::score::Fact;
    use crate::score::{Churn, ChurnBand, Health, Missing, Reading};

    /// Scores with these components, each of whose factors has its score.
    fn scored(components: [Option<i64>; 4]) -> Scores {
        let factors = std::array::from_fn(|place| {
            let component = Factor::ALL[place].component().place();
            components[component].map(|points| Reading { points, fact: Fact::NoUsage }).ok_or(Missing::NoRows)
        });
        let health = Health {
            factors,
            components,
            raw: 0,
            coverage: 10_000,
            own: true,
            floor: 2_000,
            drawn: 0,
            caps: Vec::new(),
            adjustment: None,
            points: 0,
            score: 0,
            band: Band::Healthy,
        };
        let churn = Churn {
            factors: [Err(Missing::NoRows); 5],
            raw: 0,
            coverage: 0,
            floor: 0,
            drawn: 0,
            floors: Vec::new(),
            points: 0,
            score: 0,
            band: ChurnBand::InsufficientData,
        };
        Scores { health, churn }
    }

    fn of(books: impl IntoIterator<Item = [Option<i64>; 4]>) -> Distribution {
        let mut found = Distribution::default();
        books.into_iter().for_each(|components| found.add(&scored(components), Model::builtin()));
        found
    }

    fn told(distribution: &Distribution, oddity: Oddity) -> Vec<String> {
        let findings = distribution.findings(Model::builtin());
        findings
            .into_iter()
            .filter(|finding| finding.oddity == oddity)
            .map(|f| format!("{} {}", f.key, f.message))
            .collect()
    }

    #[test]
    fn what_tells_nothing_apart_is_found() {
        let book = of((0..40)
            .map(|n| [Some(n * 200), Some(if n < 36 { 8_000 } else { 100 * n }), (n < 19).then_some(50 * n), None]));
        assert_eq!(told(&book, Oddity::SeldomKnown).len(), 4 + 4 + 5);
        assert!(
            told(&book, Oddity::SeldomKnown)
                .contains(&"health.engagement.outcomes has data for only 19 accounts".to_owned())
        );
        assert_eq!(told(&book, Oddity::Constant).len(), 4);
        assert!(
            told(&book, Oddity::Constant)
                .contains(&"health.support.csat is 80 for 36 of the 40 accounts with data".to_owned())
        );
        assert_eq!(of((0..19).map(|_| [None; 4])).findings(Model::builtin()), []);
    }

    #[test]
    fn one_that_decides_is_found() {
        let book = of((0..40).map(|n| [Some(n * 200), Some(5_000 + n % 2), None, Some(4_000)]));
        assert_eq!(
            told(&book, Oddity::OneDecides),
            ["health.product_usage causes 100 % of the differences in health between accounts"]
        );
        let book =
            of((0..40).map(|n| [Some(n * 200), Some((n * 37 % 40) * 200), Some((n * 23 % 40) * 200), Some(4_000)]));
        assert_eq!(told(&book, Oddity::OneDecides), [""; 0]);
        assert_eq!(of((0..40).map(|_| [Some(1), None, None, None])).shares(), None);
    }

    proptest! {
        #[test]
        fn shares_add_up(book in prop::collection::vec(prop::array::uniform4(prop::option::of(0i64..=10_000)), 20..60)) {
            if let Some(shares) = of(book).shares() {
                prop_assert!((98..=102).contains(&shares.iter().sum::<i64>()), "{:?}", shares);
            }
        }
    }
}
