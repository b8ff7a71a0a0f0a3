//! What a period did to the ARR of a group of accounts.
//!
//! The names, and the formulas of [`Figures::nrr`] and [`Figures::grr`], are those of the SaaS Metrics Standards Board:
//! <https://www.saasmetricsboard.com/net-revenue-retention> and <https://www.saasmetricsboard.com/gross-revenue-retention>.
//! Both look at the accounts that paid at the opening only, so what is new is in neither.

use crate::error::{Error, Result};
use crate::money::Cents;
use crate::rounding::half_to_even;

/// How one account's ARR at the closing of a period differs from the one at its opening. What happened between does not
/// count: up and down again is no movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Movement {
    /// From nothing to something: first won, or won back.
    New,
    /// From something to more.
    Expansion,
    /// From something to less.
    Contraction,
    /// From something to nothing, whether or not the status says churned.
    Churn,
}

impl Movement {
    /// Of cents at the opening and at the closing; none if they are the same.
    pub const fn of(opening: i64, closing: i64) -> Option<Self> {
        match (opening, closing) {
            _ if opening == closing => None,
            (0, _) => Some(Self::New),
            (_, 0) => Some(Self::Churn),
            _ if closing > opening => Some(Self::Expansion),
            _ => Some(Self::Contraction),
        }
    }
}

/// Some accounts and the ARR that they have, won or lost; never below 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    pub accounts: u64,
    pub arr: Cents,
}

/// A group's figures in a period. To the cent, and to the account:
///
/// - `opening.arr + new.arr + expansion.arr − contraction.arr − churn.arr = closing.arr`
/// - `opening.accounts + new.accounts − churn.accounts = closing.accounts`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// The accounts that paid at the end of the day before the period, and what.
    pub opening: Amount,
    pub new: Amount,
    /// What accounts pay more than before.
    pub expansion: Amount,
    /// What accounts pay less than before.
    pub contraction: Amount,
    pub churn: Amount,
    /// The accounts that pay at the end of the period's last day, and what.
    pub closing: Amount,
    /// Churned accounts without a day of churn, and what they say they paid. In no other figure.
    pub undated: Amount,
    /// Accounts whose history ends with another value than they have: [`super::History::inconsistent`].
    pub inconsistent: u64,
}

impl Figures {
    /// Net revenue retention in basis points (10,000 is all of it; more is possible):
    /// `(opening + expansion − contraction − churn) / opening`, half to even. None if nobody paid at the opening.
    pub fn nrr(&self) -> Option<i64> {
        let kept = self.left() + i128::from(self.expansion.arr.0);
        basis_points(kept, self.opening.arr)
    }

    /// Gross revenue retention in basis points, 0 to 10,000: `(opening − contraction − churn) / opening`, half to even.
    /// None if nobody paid at the opening.
    pub fn grr(&self) -> Option<i64> {
        basis_points(self.left(), self.opening.arr)
    }

    fn left(&self) -> i128 {
        [self.contraction, self.churn]
            .iter()
            .fold(i128::from(self.opening.arr.0), |arr, lost| arr - i128::from(lost.arr.0))
    }
}

/// Stops at the largest number there is.
fn basis_points(part: i128, whole: Cents) -> Option<i64> {
    half_to_even(part * 10_000, i128::from(whole.0)) // both began as an i64 or two: far from the bounds
}

/// An [`Amount`] that is still being added up. No number of accounts that fits a `u64` can exceed an `i128` of cents.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    accounts: u64,
    arr: i128,
}

impl Sum {
    /// One more account, if it has anything.
    fn add(&mut self, arr: i64) {
        self.accounts += u64::from(arr != 0);
        self.arr += i128::from(arr);
    }

    fn amount(self) -> Result<Amount> {
        let too_large = |_| Error::invalid("arr_sum", "the ARR of these accounts adds up to more than can be counted");
        Ok(Amount { accounts: self.accounts, arr: Cents(i64::try_from(self.arr).map_err(too_large)?) })
    }
}

/// [`Figures`] that are still being added up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    opening: Sum,
    new: Sum,
    expansion: Sum,
    contraction: Sum,
    churn: Sum,
    closing: Sum,
    undated: Sum,
    undated_accounts: u64,
    inconsistent: u64,
}

impl Sums {
    pub(super) fn add(&mut self, opening: i64, closing: i64, inconsistent: bool) {
        self.opening.add(opening);
        self.closing.add(closing);
        match Movement::of(opening, closing) {
            None => {}
            Some(Movement::New) => self.new.add(closing),
            Some(Movement::Expansion) => self.expansion.add(closing - opening),
            Some(Movement::Contraction) => self.contraction.add(opening - closing),
            Some(Movement::Churn) => self.churn.add(opening),
        }
        self.inconsistent += u64::from(inconsistent);
    }

    pub(super) fn add_undated(&mut self, arr: i64) {
        self.undated.add(arr);
        self.undated_accounts += 1; // also those without ARR: it is their day that is missing
    }

    /// Fails with code `arr_sum` where a sum is beyond what [`Cents`] holds.
    pub(super) fn figures(&self) -> Result<Figures> {
        Ok(Figures {
            opening: self.opening.amount()?,
            new: self.new.amount()?,
            expansion: self.expansion.amount()?,
            contraction: self.contraction.amount()?,
            churn: self.churn.amount()?,
            closing: self.closing.amount()?,
            undated: Amount { accounts: self.undated_accounts, ..self.undated.amount()? },
            inconsistent: self.inconsistent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(opening: i64, expansion: i64, contraction: i64, churn: i64) -> Figures {
        let amount = |arr| Amount { accounts: 1, arr: Cents(arr) };
        Figures {
            opening: amount(opening),
            expansion: amount(expansion),
            contraction: amount(contraction),
            churn: amount(churn),
            ..Figures::default()
        }
    }

    #[test]
    fn movements() {
        for (opening, closing, movement) in [
            (0, 0, None),
            (5, 5, None),
            (0, 5, Some(Movement::New)),
            (5, 6, Some(Movement::Expansion)),
            (5, 4, Some(Movement::Contraction)),
            (5, 0, Some(Movement::Churn)),
        ] {
            assert_eq!(Movement::of(opening, closing), movement, "{opening} {closing}");
        }
    }

    #[test]
    fn retention() {
        for (given, nrr, grr) in [
            ((0, 0, 0, 0), None, None),
            ((100, 0, 0, 0), Some(10_000), Some(10_000)),
            ((100, 0, 0, 100), Some(0), Some(0)),
            ((100, 30, 10, 5), Some(11_500), Some(8_500)),
            ((3, 1, 1, 0), Some(10_000), Some(6_667)),
            ((3, 1, 0, 2), Some(6_667), Some(3_333)),
            ((20_000, 1, 0, 0), Some(10_000), Some(10_000)), // 10,000.5 to the even one
            ((20_000, 3, 0, 0), Some(10_002), Some(10_000)), // 10,001.5
            ((20_000, 0, 1, 0), Some(10_000), Some(10_000)), // 9,999.5
            ((20_000, 0, 3, 0), Some(9_998), Some(9_998)),   // 9,998.5
            ((1, i64::MAX, 0, 0), Some(i64::MAX), Some(10_000)),
        ] {
            let figures = figures(given.0, given.1, given.2, given.3);
            assert_eq!((figures.nrr(), figures.grr()), (nrr, grr), "{given:?}");
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_is_refused() {
        let mut sums = Sums::default();
        sums.add(0, i64::MAX, false);
        assert_eq!(sums.figures().unwrap().closing.arr, Cents(i64::MAX));
        sums.add(0, 1, false);
        assert_eq!(sums.figures().unwrap_err().code, "arr_sum");
    }
}
