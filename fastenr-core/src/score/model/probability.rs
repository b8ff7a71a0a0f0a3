//! How likely churn is by health: an optional section of a model, which only a fit can know.

use serde::Serialize;
use toml::{Table, Value};

use super::read::Problem;
use super::rule::{Rule, number};
use super::write::shown;
use crate::rounding::half_to_even;
use crate::score::curve::{BasisPoints, Curve, Points};

/// The share of accounts that churn within a window, by their health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Probability {
    /// Days from the score to the window.
    pub lead: u32,
    /// Days of the window.
    pub horizon: u32,
    /// Percent of all accounts that churn in the window; none: nobody knows what is usual.
    pub base_rate: Option<Points>,
    /// Health in points, ascending, and the percent that churn, nowhere rising.
    pub curve: Curve,
}

const KEYS: [&str; 4] = ["lead", "horizon", "base_rate", "curve"];
/// What nobody has to give.
const BASE_RATE: &str = "base_rate";
/// Ten years, as everywhere in a model.
const DAYS: i64 = 3_650;

impl Probability {
    /// The percent at a health in basis points, in hundredths of a percent.
    pub fn at(&self, health: BasisPoints) -> BasisPoints {
        self.curve.at(i128::from(health), 100)
    }

    /// The percent at a health in basis points as a multiple of the usual, in hundredths.
    pub fn times_usual(&self, health: BasisPoints) -> Option<i64> {
        half_to_even(i128::from(self.at(health)) * 100, i128::from(self.base_rate?.0))
    }

    /// The lines of its section.
    pub(super) fn lines(&self) -> Vec<String> {
        let text = |value: Result<Value, _>| value.map(|value| shown(&value)).unwrap_or_default();
        let base_rate = self.base_rate.map(|rate| format!("{BASE_RATE} = {}", text(Value::try_from(rate))));
        let mut lines = vec![format!("lead = {}", self.lead), format!("horizon = {}", self.horizon)];
        lines.extend(base_rate);
        lines.push(format!("curve = {}", text(Value::try_from(&self.curve))));
        lines
    }

    /// Reads the section.
    pub(super) fn read(value: &Value, problems: &mut Vec<Problem>) -> Option<Self> {
        let before = problems.len();
        let Some(section) = value.as_table() else {
            let rule = format!("is a section, with {}", KEYS.join(", "));
            problems.push(Problem::new("probability", Some(value), rule));
            return None;
        };
        for key in section.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let rule = format!("there is no such key; there are {}", KEYS.join(", "));
            problems.push(Problem::new(&format!("probability.{key}"), None, rule));
        }
        let lead = days(section, "lead", 0, problems);
        let horizon = days(section, "horizon", 1, problems);
        let base_rate = base_rate(section, problems);
        let curve = curve(section, problems);
        (problems.len() == before).then_some(Self { lead: lead?, horizon: horizon?, base_rate, curve: curve? })
    }
}

fn days(section: &Table, key: &str, least: i64, problems: &mut Vec<Problem>) -> Option<u32> {
    let path = format!("probability.{key}");
    let rule = Rule::Whole { least, most: DAYS };
    let Some(value) = section.get(key) else {
        problems.push(Problem::new(&path, None, "is missing"));
        return None;
    };
    match rule.check(value) {
        Ok(value) => value.as_integer().and_then(|days| u32::try_from(days).ok()),
        Err(rule) => {
            problems.push(Problem::new(&path, Some(value), rule));
            None
        }
    }
}

fn base_rate(section: &Table, problems: &mut Vec<Problem>) -> Option<Points> {
    let value = section.get(BASE_RATE)?;
    let checked = Rule::Number { least: 0.01, most: 100.0, decimals: 2 }.check(value);
    let checked = checked.and_then(|value| value.try_into::<Points>().map_err(|error| error.to_string()));
    let problem = |rule| problems.push(Problem::new(&format!("probability.{BASE_RATE}"), Some(value), rule));
    checked.map_err(problem).ok()
}

fn curve(section: &Table, problems: &mut Vec<Problem>) -> Option<Curve> {
    const PATH: &str = "probability.curve";
    let Some(value) = section.get("curve") else {
        problems.push(Problem::new(PATH, None, "is missing"));
        return None;
    };
    let checked = Rule::Curve.check(value).and_then(|value| {
        let anchors = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let side = |place: usize| anchors.iter().map(move |anchor| anchor.get(place).and_then(number).unwrap_or(0.0));
        if side(0).any(|health| !(0.0..=100.0).contains(&health)) {
            return Err("is a list of [health, percent]: health is 0 to 100".to_owned());
        }
        if !side(1).is_sorted_by(|a, b| a >= b) {
            return Err("rises: better health can't be a higher probability of churn".to_owned());
        }
        value.try_into::<Curve>().map_err(|error| error.to_string())
    });
    checked.map_err(|rule| problems.push(Problem::new(PATH, Some(value), rule))).ok()
}
