//! The increments of each term: what is learned is how much each of them is worth.

use super::cases::Cases;
use crate::score::term::{Shape, Term};

/// A term with its anchors. Between two of them is one increment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) term: Term,
    /// Ascending strictly, two at least.
    pub(super) anchors: Vec<f64>,
    /// The place of its first increment among all.
    pub(super) first: usize,
    /// The mean of each increment over the cases that have the number: what a case without it gets, so that missing is neutral.
    pub(super) means: Vec<f64>,
}

/// Every term of which there is enough to learn from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Design {
    pub(super) pieces: Vec<Piece>,
    /// Increments of all together.
    pub(super) width: usize,
}

/// Where the anchors of a curve are, as shares of the cases.
const QUANTILES: [f64; 6] = [0.05, 0.2, 0.4, 0.6, 0.8, 0.95];

impl Design {
    pub(super) fn of(cases: &Cases, places: &[usize]) -> Self {
        let (mut pieces, mut width) = (Vec::new(), 0);
        for term in Term::ALL {
            let mut numbers: Vec<f64> = places.iter().filter_map(|at| cases.number(term, *at)).map(f64::from).collect();
            numbers.sort_unstable_by(f64::total_cmp);
            let anchors = match term.shape() {
                _ if numbers.first() == numbers.last() => continue,
                Shape::Curve => anchors(&numbers),
                Shape::Steps => vec![0.0, 1.0, 2.0, 3.0],
                Shape::Constants => vec![0.0, 1.0],
            };
            if anchors.len() < 2 {
                continue;
            }
            let steps = anchors.len() - 1;
            let mut piece = Piece { term, anchors, first: width, means: vec![0.0; steps] };
            let (mut sums, mut own) = (vec![0.0; steps], vec![0.0; steps]);
            for number in &numbers {
                piece.fill(*number, &mut own);
                sums.iter_mut().zip(&own).for_each(|(sum, own)| *sum += own);
            }
            piece.means = sums.iter().map(|sum| sum / numbers.len() as f64).collect();
            width += steps;
            pieces.push(piece);
        }
        Self { pieces, width }
    }

    /// The increments of a case.
    pub(super) fn row(&self, cases: &Cases, case: usize, out: &mut [f64]) {
        for piece in &self.pieces {
            let own = &mut out[piece.first..piece.first + piece.means.len()];
            match cases.number(piece.term, case) {
                Some(number) => piece.fill(f64::from(number), own),
                None => own.copy_from_slice(&piece.means),
            }
        }
    }
}

impl Piece {
    /// How much of each increment the number has, 0 to 1: all of those that are worse than it, none of those that are better.
    fn fill(&self, number: f64, out: &mut [f64]) {
        for (step, out) in self.anchors.windows(2).zip(out) {
            let share = ((number - step[0]) / (step[1] - step[0])).clamp(0.0, 1.0);
            *out = if self.term.is_better_high() { share } else { 1.0 - share };
        }
    }

    fn own<'b>(&self, beta: &'b [f64]) -> &'b [f64] {
        &beta[self.first..self.first + self.means.len()]
    }

    /// What the number is worth.
    pub(super) fn gain(&self, number: f64, beta: &[f64]) -> f64 {
        let mut shares = [0.0; QUANTILES.len()];
        let shares = &mut shares[..self.means.len()];
        self.fill(number, shares);
        shares.iter().zip(self.own(beta)).map(|(share, worth)| share * worth).sum()
    }

    /// What the best is worth more than the worst.
    pub(super) fn range(&self, beta: &[f64]) -> f64 {
        self.own(beta).iter().sum()
    }

    /// The mean worth over the cases that have the number.
    pub(super) fn mean(&self, beta: &[f64]) -> f64 {
        self.means.iter().zip(self.own(beta)).map(|(mean, worth)| mean * worth).sum()
    }
}

/// Anchors at quantiles of sorted numbers, rounded to two significant digits and four decimals, each once.
fn anchors(sorted: &[f64]) -> Vec<f64> {
    let mut anchors: Vec<f64> = Vec::new();
    for share in QUANTILES {
        let anchor = rounded(quantile(sorted, share));
        if anchors.last().is_none_or(|last| *last < anchor) {
            anchors.push(anchor);
        }
    }
    anchors
}

/// Linear between the two nearest (Hyndman and Fan, "Sample quantiles in statistical packages", 1996, definition 7).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

fn rounded(number: f64) -> f64 {
    // A decimal's digits are the same on every machine; a power of ten by which to divide is not always exact.
    let digits: f64 = format!("{number:.1e}").parse().unwrap_or(number);
    (digits * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_by_hand() {
        let numbers: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(anchors(&numbers), [5.0, 20.0, 40.0, 60.0, 80.0, 95.0]);
        assert_eq!(anchors(&[0.0, 0.0, 0.0, 0.0, 0.0, 7.0]), [0.0, 5.2]);
        assert_eq!(anchors(&[3.0]), [3.0]);
        assert_eq!([1_234.0, -0.055_5, 0.000_04, 99.6].map(rounded), [1_200.0, -0.056, 0.0, 100.0]);
    }

    #[test]
    fn worth_goes_the_terms_way() {
        let piece = |term| Piece { term, anchors: vec![0.0, 10.0, 20.0], first: 1, means: vec![0.5, 0.25] };
        let beta = [9.0, 2.0, 1.0];
        let gains = |term| [-5.0, 0.0, 5.0, 15.0, 99.0].map(|number| piece(term).gain(number, &beta));
        assert_eq!(gains(Term::Logins), [0.0, 0.0, 1.0, 2.5, 3.0]);
        assert_eq!(gains(Term::PastDue), [3.0, 3.0, 2.0, 0.5, 0.0]);
        assert_eq!((piece(Term::Logins).range(&beta), piece(Term::Logins).mean(&beta)), (3.0, 1.25));
    }
}
