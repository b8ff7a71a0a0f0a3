//! How far the AUC would be off with other accounts.

use super::figure::Figure;
use super::ranking::Ranking;
use crate::random::Random;

/// The 95 % interval of the AUC, by a bootstrap that draws accounts.
///
/// As many accounts as there are, each drawn with all of its cases and any of them several times: cases of one account
/// are alike, and drawing them singly would make the interval too narrow (the cluster bootstrap; Davison and Hinkley,
/// "Bootstrap methods and their application", 1997, section 3.8). A drawn account is a weight in the ranking, so
/// nothing is sorted again. Draws without a churned or without a retained case have no AUC and are left out.
///
/// None where fewer than 39 draws are left, which is too few for a tail of 2.5 %.
pub(crate) fn interval(ranking: &Ranking, accounts: u32, repeats: u32, seed: u64) -> Option<[Figure; 2]> {
    let [auc] = intervals(accounts, repeats, seed, |weight| [ranking.weighted_auc(weight)]);
    auc
}

/// The 95 % interval of each of several figures, all of the same draws. None for a figure that fewer than 39 draws have.
pub(crate) fn intervals<const N: usize>(
    accounts: u32,
    repeats: u32,
    seed: u64,
    figures: impl Fn(&dyn Fn(u32) -> u64) -> [Option<Figure>; N],
) -> [Option<[Figure; 2]>; N] {
    draw(accounts, repeats, seed, figures).map(|values| middle(values, 40))
}

/// The 90 % interval of the AUC of one ranking less that of another one of the same cases: each draw weighs both alike. None where
/// fewer than 19 draws are left.
pub(crate) fn difference(
    one: &Ranking,
    other: &Ranking,
    accounts: u32,
    repeats: u32,
    seed: u64,
) -> Option<[Figure; 2]> {
    let [less] = draw(accounts, repeats, seed, |weight| [less(one.weighted_auc(weight), other.weighted_auc(weight))]);
    middle(less, 20)
}

/// One figure less another one; none where either is.
pub(crate) fn less(one: Option<Figure>, other: Option<Figure>) -> Option<Figure> {
    Some(Figure::new(one?.value() - other?.value()))
}

/// How often the accounts are drawn where nobody says.
pub(crate) const REPEATS: u32 = 1_000;

/// The figures of each draw that has them; a draw says how often it has an account.
fn draw<const N: usize>(
    accounts: u32,
    repeats: u32,
    seed: u64,
    figures: impl Fn(&dyn Fn(u32) -> u64) -> [Option<Figure>; N],
) -> [Vec<Figure>; N] {
    let mut random = Random::new(seed);
    let mut weights = vec![0_u32; accounts as usize];
    let mut drawn = [const { Vec::new() }; N];
    for _ in 0..repeats {
        weights.fill(0);
        for _ in 0..accounts {
            weights[random.below(accounts) as usize] += 1;
        }
        let found = figures(&|account| u64::from(weights[account as usize]));
        drawn.iter_mut().zip(found).for_each(|(drawn, found)| drawn.extend(found));
    }
    drawn
}

/// The percentile interval that leaves out one in `tail` at either end: of `b` values in order the `k`-th and the `(b + 1 - k)`-th,
/// `k = ⌊(b + 1) / tail⌋` (Efron and Tibshirani, "An introduction to the bootstrap", 1993, sections 12.5 and 13.3).
fn middle(mut values: Vec<Figure>, tail: usize) -> Option<[Figure; 2]> {
    values.sort_unstable_by(|a, b| a.value().total_cmp(&b.value()));
    let low = ((values.len() + 1) / tail).checked_sub(1)?;
    Some([values[low], values[values.len() - 1 - low]])
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::case::Case;
    use super::*;

    fn ranking(cases: impl IntoIterator<Item = (u32, i64, bool)>) -> Ranking {
        let cutoff = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        let case = |(account, risk, churned)| Case { account, cutoff, risk, churned, band: None };
        Ranking::of(&cases.into_iter().map(case).collect::<Vec<_>>())
    }

    fn values(interval: Option<[Figure; 2]>) -> Option<[f64; 2]> {
        interval.map(|ends| ends.map(Figure::value))
    }

    #[test]
    fn the_ends_by_hand() {
        let ends =
            |count: u32| values(middle((1..=count).rev().map(|value| Figure::new(f64::from(value))).collect(), 40));
        assert_eq!(ends(38), None);
        assert_eq!(ends(39), Some([1.0, 39.0]));
        assert_eq!(ends(79), Some([2.0, 78.0]));
        assert_eq!(ends(1_000), Some([25.0, 976.0]));
    }

    #[test]
    fn no_spread_where_nothing_varies() {
        let perfect = ranking((0..40).map(|number| (number, i64::from(number), number >= 20)));
        assert_eq!(values(interval(&perfect, 40, 1_000, 0)), Some([1.0, 1.0]));
        let constant = ranking((0..40).map(|number| (number, 7, number >= 20)));
        assert_eq!(values(interval(&constant, 40, 1_000, 0)), Some([0.5, 0.5]));
    }

    #[test]
    fn none_without_both_kinds() {
        assert_eq!(interval(&ranking([]), 0, 1_000, 0), None);
        assert_eq!(interval(&ranking((0..50).map(|number| (number, 1, true))), 50, 100, 0), None);
    }

    #[test]
    fn the_seed_decides() {
        let cases = ranking((0..60).map(|number| (number, i64::from(number * 37 % 101), number % 3 == 0)));
        let first = interval(&cases, 60, 200, 0);
        assert_eq!(interval(&cases, 60, 200, 0), first);
        assert_ne!(interval(&cases, 60, 200, 1), first);
    }

    /// Ten copies of each case tell nothing new: drawn by account the interval stays, drawn one by one it would shrink
    /// to a third.
    #[test]
    fn copies_within_an_account_do_not_narrow_it() {
        let cases = || (0..60).map(|number| (number, i64::from(number * 37 % 101), number % 3 == 0));
        let once = interval(&ranking(cases()), 60, 400, 0);
        let copied = interval(&ranking(cases().flat_map(|case| [case; 10])), 60, 400, 0);
        assert_eq!(once, copied);
        let alone = (0..).zip(cases().flat_map(|case| [case; 10])).map(|(account, (_, risk, y))| (account, risk, y));
        let alone = values(interval(&ranking(alone), 600, 400, 0)).unwrap();
        let once = values(once).unwrap();
        assert!((once[1] - once[0]) > 2.0 * (alone[1] - alone[0]), "{once:?} {alone:?}");
    }

    /// The standard error of Hanley and McNeil (1982) for the same AUC is what the interval should be near.
    #[test]
    fn as_wide_as_theory_says() {
        let cases = ranking(
            (0..400).map(|number| (number, i64::from((number * 73) % 401 + (number % 4 / 3) * 150), number % 4 == 3)),
        );
        let auc = cases.auc().unwrap().value();
        let (churned, retained) = (100.0, 300.0);
        let (q1, q2) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
        let variance = (auc * (1.0 - auc) + (churned - 1.0) * (q1 - auc * auc) + (retained - 1.0) * (q2 - auc * auc))
            / (churned * retained);
        let [low, high] = values(interval(&cases, 400, 1_000, 0)).unwrap();
        let ratio = (high - low) / (2.0 * 1.96 * variance.sqrt());
        assert!((0.8..1.25).contains(&ratio), "{ratio}: {low} {auc} {high}");
    }
}
