//! The rule of each number of a model by itself.

use toml::Value;

use super::Word;
use super::write::shown;
use crate::score::curve::whole;

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rule {
    Name,
    Switch,
    /// A number with at most so many decimals.
    Number {
        least: f64,
        most: f64,
        decimals: u32,
    },
    Whole {
        least: i64,
        most: i64,
    },
    /// Anchors `[fact, score]`, their facts ascending strictly.
    Curve,
    /// Four scores, ascending or descending.
    Steps {
        rising: bool,
    },
    /// Nothing, or three numbers of days, ascending strictly.
    Cadence,
    /// Three numbers of days, descending strictly.
    Windows,
}

const SCORE: Rule = Rule::Number { least: 0.0, most: 100.0, decimals: 2 };
/// Ten years: beyond it nothing is a matter of days.
const DAYS: i64 = 3_650;
/// The facts of a curve, either way: more than any count of a customer, and exact with four decimals.
const LARGEST: f64 = 1e9;

/// The rule of the key at `path`, which holds `builtin` in the built-in model. What is not named here is a score.
pub(super) fn rule(path: &str, builtin: &Value) -> Rule {
    let (section, key) = path.rsplit_once('.').unwrap_or(("", path));
    let share = |least, most| Rule::Number { least, most, decimals: 4 };
    let whole = |least, most| Rule::Whole { least, most };
    match (section, key, builtin) {
        (.., Value::String(_)) => Rule::Name,
        (.., Value::Boolean(_)) => Rule::Switch,
        (_, _, Value::Array(items)) if items.iter().any(Value::is_array) => Rule::Curve,
        ("touch", ..) => Rule::Cadence,
        ("alerts.renewal_window", ..) => Rule::Windows,
        ("churn.reduced_engagement", "steps", _) => Rule::Steps { rising: true },
        (_, "steps", _) => Rule::Steps { rising: false },
        (_, "weight", _) => Rule::Number { least: 0.0, most: 1_000.0, decimals: 2 },
        ("coverage", ..) => Rule::Number { least: 1.0, most: 100.0, decimals: 2 },
        ("bands" | "churn_bands" | "status", ..) => whole(1, 100),
        ("onboarding", ..) => whole(0, DAYS),
        (_, "seats", _) => whole(1, 1_000_000),
        (_, "half_life" | "stopped_after", _) => whole(1, DAYS),
        (_, "target_hours", _) => share(0.0001, 10_000.0),
        ("health.support.csat", "prior", _) => whole(0, 10_000),
        // A rank among one is none.
        ("health.business.contract_value", "least", _) => whole(2, 1_000_000),
        (_, "least", _) => whole(1, 1_000_000),
        ("health.business.expansion", "bonus_from" | "malus_below", _) => share(0.0, 100.0),
        (_, "overdue_days", _) | ("floors", "past_due_days" | "renewal_days", _) => whole(0, DAYS),
        ("churn.competitive", ..) => share(0.0, 1.0),
        ("alerts", "guard_from", _) => whole(1, 1_000_000),
        ("alerts", "guard", _) => whole(1, 100),
        ("alerts", "hysteresis", _) => whole(0, 50),
        // Within what is known of a customer's last login: 120 days.
        ("alerts.usage_stop" | "alerts.data_quality", ..) => whole(1, 90),
        ("alerts.support_escalation", ..) => whole(1, 1_000),
        (section, ..) if section.starts_with("alerts.") => whole(1, 100),
        _ => SCORE,
    }
}

impl Rule {
    /// The value, or the rule that it breaks.
    pub(super) fn check(self, value: &Value) -> Result<Value, String> {
        let fits = match self {
            Self::Name => {
                let name = value.as_str().and_then(Word::parse).filter(|name| name.as_str().chars().count() <= 100);
                return name.map(|name| Value::String(name.as_str().to_owned())).ok_or_else(|| self.told());
            }
            Self::Switch => value.is_bool(),
            Self::Number { least, most, decimals } => {
                number(value).is_some_and(|number| number >= least && number <= most && exact(number, decimals))
            }
            Self::Whole { least, most } => value.as_integer().is_some_and(|number| (least..=most).contains(&number)),
            Self::Curve => return curve(value).map(|()| value.clone()),
            Self::Steps { rising } => scores(value).is_some_and(|steps| {
                steps.len() == 4 && steps.is_sorted_by(|a, b| if rising { a <= b } else { a >= b })
            }),
            Self::Cadence => value.as_array().is_some_and(Vec::is_empty) || days(value, |a, b| a < b),
            Self::Windows => days(value, |a, b| a > b),
        };
        if fits { Ok(value.clone()) } else { Err(self.told()) }
    }

    fn told(self) -> String {
        match self {
            Self::Name => "is a text of 1 to 100 characters on one line".into(),
            Self::Switch => "is true or false".into(),
            Self::Number { least, most, decimals } => {
                format!("is a number from {least} to {most} with at most {decimals} decimals")
            }
            Self::Whole { least, most } => format!("is a whole number from {least} to {most}"),
            Self::Curve => "is a list of at least two [fact, score]".into(),
            Self::Steps { rising: true } => "is four scores from 0 to 100, none below the one before".into(),
            Self::Steps { rising: false } => "is four scores from 0 to 100, none above the one before".into(),
            Self::Cadence => {
                format!("is three whole numbers of days, ascending, from 1 to {DAYS}, or [] for no cadence")
            }
            Self::Windows => format!("is three whole numbers of days, descending, from {DAYS} to 1"),
        }
    }
}

/// The first rule that a curve breaks, with the anchor that breaks it.
fn curve(value: &Value) -> Result<(), String> {
    let anchors = value.as_array().filter(|anchors| anchors.len() >= 2).ok_or_else(|| Rule::Curve.told())?;
    let mut before: Option<f64> = None;
    for anchor in anchors {
        let no = |rule: &str| Err(format!("{} {rule}", shown(anchor)));
        let pair = anchor.as_array().map(Vec::as_slice);
        let Some([Some(fact), Some(score)]) = pair.map(|pair| [pair.first(), pair.get(1)]) else {
            return no("is no [fact, score]");
        };
        let (Some(fact), Ok(_), Some(2)) = (number(fact), SCORE.check(score), pair.map(<[_]>::len)) else {
            return no("is no [fact, score] with a score from 0 to 100 with at most 2 decimals");
        };
        if fact.abs() > LARGEST || !exact(fact, 4) {
            return no("has a fact beyond 1,000,000,000, or with more than 4 decimals");
        }
        if before.is_some_and(|before| before >= fact) {
            return no("has no fact above the one before: facts ascend");
        }
        before = Some(fact);
    }
    Ok(())
}

fn exact(number: f64, decimals: u32) -> bool {
    whole(number, 10f64.powi(decimals.try_into().unwrap_or(0))).is_some()
}

#[expect(clippy::cast_precision_loss, reason = "what is beyond exactness is beyond every limit too")]
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|number| number as f64))
}

fn scores(value: &Value) -> Option<Vec<f64>> {
    let score = |value| SCORE.check(value).ok().as_ref().and_then(number);
    value.as_array()?.iter().map(score).collect()
}

fn days(value: &Value, ordered: impl Fn(&i64, &i64) -> bool) -> bool {
    let days: Option<Vec<i64>> = value.as_array().and_then(|days| days.iter().map(Value::as_integer).collect());
    days.is_some_and(|days| {
        days.len() == 3 && days.iter().all(|days| (1..=DAYS).contains(days)) && days.is_sorted_by(ordered)
    })
}
