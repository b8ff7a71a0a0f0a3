//! What the evidence allows: whether a fitted model may be written.

use serde::{Serialize, Serializer};

use crate::error::{Error, Verb};
use crate::say;

/// Churned accounts that a fit has to learn from, and to be tested on.
pub const FEWEST: [usize; 2] = [30, 15];
/// How much worse than the model in use the AUC may be where the data can't tell them apart.
pub(super) const WORSE: f64 = 0.03;

/// The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Fewer churned accounts than [`FEWEST`].
    TooFew,
    /// Nothing foretells churn better than chance in cut-offs that were left out.
    NoSignal,
    /// The model in use puts the accounts into a better order.
    Worse,
    /// It puts them into a better order than the model in use, beyond chance.
    BetterOrder,
    /// The order is not better beyond chance; bands and probabilities are its own.
    SameOrder,
}

impl Verdict {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFew => "too few",
            Self::NoSignal => "no signal",
            Self::Worse => "worse than the model in use",
            Self::BetterOrder => "better order",
            Self::SameOrder => "same order",
        }
    }

    /// Whether a model comes of it.
    pub const fn is_written(self) -> bool {
        matches!(self, Self::BetterOrder | Self::SameOrder)
    }

    /// One sentence without a full stop.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::TooFew => "too few accounts churned to learn from and to test on",
            Self::NoSignal => {
                "nothing that was learned ranks later churn better than chance: no score can be fitted to these data"
            }
            Self::Worse => "the model in use ranks later churn better than what was learned",
            Self::BetterOrder => "the fitted model ranks later churn better than the model in use, beyond chance",
            Self::SameOrder => {
                "the fitted model ranks later churn no better than the model in use; its bands and probabilities are those of \
                 this book"
            }
        }
    }

    /// The error of a refusal; `churned` are the accounts that churned, learned from and tested on.
    pub(super) fn refusal(self, churned: [usize; 2]) -> Option<Error> {
        let code = match self {
            Self::TooFew => "too_few_churned",
            Self::NoSignal => "no_signal",
            Self::Worse => "worse_than_in_use",
            Self::BetterOrder | Self::SameOrder => return None,
        };
        let mut message = format!("no model was fitted: {}", self.meaning());
        if self == Self::TooFew {
            let [train, test] = churned;
            let [least, least_tested] = FEWEST;
            message.push_str(&format!(
                ". {train} churned accounts to learn from ({least} needed), {test} to test on ({least_tested} needed)"
            ));
        }
        let error = Error::refused(code, message);
        Some(match self {
            Self::TooFew => error.hint("wait for more months, or import the churn and the metrics of earlier ones"),
            Self::NoSignal => error.hint("import more of what accounts do: usage, tickets, engagements, payments"),
            _ => error.hint(say!("the model in use stays; see it with {}", Verb::ModelList)),
        })
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
