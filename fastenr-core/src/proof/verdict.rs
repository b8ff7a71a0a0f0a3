//! What the figures allow to be said.

use std::fmt;

use serde::{Serialize, Serializer};

use super::figure::Figure;

/// With fewer churned accounts nothing is claimed.
pub const FEWEST_EVENTS: usize = 30;

/// An AUC above it is more often a leak than a merit.
pub(crate) const SUSPICIOUS: f64 = 0.9;
const CHANCE: f64 = 0.5;

/// The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Fewer than [`FEWEST_EVENTS`] accounts churned, or no interval could be made.
    TooFewToSay,
    /// An AUC above 0.9: does the score read what was written down because of the churn? (Kaufman, Rosset, Perlich and
    /// Stitelman, "Leakage in data mining", 2012.)
    SuspectedLeakage,
    /// The interval holds 0.5, which is what a coin does.
    NoSkill,
    /// All of the interval is below 0.5.
    WorseThanChance,
    /// Better than chance, the AUC below 0.7.
    Weak,
    /// From 0.7 on, which Hosmer and Lemeshow, "Applied logistic regression", 2000, section 5.2.4, call acceptable.
    Useful,
    /// From 0.8 on, which they call excellent.
    Strong,
}

impl Verdict {
    pub(super) fn of(events: usize, auc: Option<Figure>, interval: Option<[Figure; 2]>) -> Self {
        let (Some(auc), Some([low, high])) = (auc.map(Figure::value), interval.map(|ends| ends.map(Figure::value)))
        else {
            return Self::TooFewToSay;
        };
        if events < FEWEST_EVENTS {
            Self::TooFewToSay
        } else if auc > SUSPICIOUS {
            Self::SuspectedLeakage
        } else if high < CHANCE {
            Self::WorseThanChance
        } else if low <= CHANCE {
            Self::NoSkill
        } else if auc < 0.7 {
            Self::Weak
        } else if auc < 0.8 {
            Self::Useful
        } else {
            Self::Strong
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFewToSay => "too few to say",
            Self::SuspectedLeakage => "suspected leakage",
            Self::NoSkill => "no skill",
            Self::WorseThanChance => "worse than chance",
            Self::Weak => "weak",
            Self::Useful => "useful",
            Self::Strong => "strong",
        }
    }

    /// What it means and what to do about it, one sentence without a full stop. `lead` is that of the test, in days.
    pub const fn meaning(self, lead: u32) -> &'static str {
        match self {
            // The days on which a customer gives notice are most of what such a test sees.
            Self::SuspectedLeakage if lead == 0 => {
                "the lead is 0 days, so the score may read what happened when the customer already was leaving: test with a \
                 lead of 30 days first; if the AUC stays above 0.9, look for data that was recorded because of the churn"
            }
            Self::TooFewToSay => {
                "fewer than 30 accounts churned in the windows, or there were none to compare them with: \
                 the figures are no evidence yet"
            }
            Self::SuspectedLeakage => {
                "an AUC above 0.9 is rarely real: look for data that was recorded because of the churn, \
                 or dated before it was known"
            }
            Self::NoSkill => {
                "the interval of the AUC includes 0.5: this may be chance; do not act on the order of the scores"
            }
            Self::WorseThanChance => {
                "the score ranks accounts that stay as riskier than accounts that churn: its direction, weights or labels are wrong"
            }
            Self::Weak => "slightly better than chance: use it together with what the account owner knows, not alone",
            Self::Useful => {
                "the score separates accounts that churn from accounts that stay well enough to decide whom to call first"
            }
            Self::Strong => {
                "the score ranks most accounts that churn above those that stay: confirm it on later cut-offs"
            }
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_place() {
        let verdict = |events, auc, low, high| {
            Verdict::of(events, Some(Figure::new(auc)), Some([Figure::new(low), Figure::new(high)])).as_str()
        };
        for (events, auc, low, high, expected) in [
            (29, 0.95, 0.9, 0.99, "too few to say"),
            (30, 0.95, 0.9, 0.99, "suspected leakage"),
            (30, 0.900_1, 0.4, 0.99, "suspected leakage"),
            (30, 0.9, 0.85, 0.95, "strong"),
            (30, 0.8, 0.7, 0.9, "strong"),
            (30, 0.799, 0.7, 0.9, "useful"),
            (30, 0.7, 0.51, 0.9, "useful"),
            (30, 0.699, 0.51, 0.9, "weak"),
            (30, 0.75, 0.5, 0.9, "no skill"),
            (30, 0.4, 0.3, 0.5, "no skill"),
            (30, 0.4, 0.3, 0.499, "worse than chance"),
        ] {
            assert_eq!(verdict(events, auc, low, high), expected, "{events} {auc} {low} {high}");
        }
    }

    #[test]
    fn a_lead_of_nothing_is_the_first_suspect() {
        assert!(Verdict::SuspectedLeakage.meaning(0).starts_with("the lead is 0 days"));
        assert!(!Verdict::SuspectedLeakage.meaning(1).contains("lead is"));
        assert_eq!(Verdict::Weak.meaning(0), Verdict::Weak.meaning(30));
    }

    #[test]
    fn without_an_interval_nothing_is_said() {
        assert_eq!(Verdict::of(100, None, None), Verdict::TooFewToSay);
        assert_eq!(Verdict::of(100, Some(Figure::new(0.8)), None), Verdict::TooFewToSay);
    }
}
