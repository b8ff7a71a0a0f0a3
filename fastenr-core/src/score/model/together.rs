//! What the numbers of a model must be to one another.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::read::Problem;
use super::rule::number;
use super::write::at;

/// The first is above the second.
const ABOVE: [(&str, &str); 9] = [
    ("bands.healthy", "bands.moderate"),
    ("bands.moderate", "bands.concern"),
    ("churn_bands.severe", "churn_bands.high"),
    ("churn_bands.high", "churn_bands.medium"),
    // An account that has just come back must not go again the next day.
    ("status.back_health", "status.at_risk_health"),
    ("status.at_risk_churn", "status.back_churn"),
    ("alerts.health_below.warning", "alerts.health_below.critical"),
    // An alert must be able to clear.
    ("alerts.churn_rise.level", "alerts.hysteresis"),
    ("health.business.expansion.bonus_from", "health.business.expansion.malus_below"),
];

/// The first is not below the second.
const NOT_BELOW: [(&str, &str); 1] = [("coverage.floor_max", "coverage.floor_min")];

/// Together at most 100.
const WITHIN: [(&str, &str); 2] = [
    ("health.business.contract_value.base", "health.business.contract_value.span"),
    ("alerts.health_below.warning", "alerts.hysteresis"),
];

/// Where weights are relative to one another.
const WEIGHED: [&str; 6] =
    ["health", "health.product_usage", "health.support", "health.engagement", "health.business", "churn"];

/// Adds what does not fit. Values that broke a rule of their own are passed over.
pub(super) fn check(model: &Table, given: &BTreeSet<String>, refused: &BTreeSet<String>, problems: &mut Vec<Problem>) {
    let value = |path: &str| at(model, path).filter(|_| !refused.contains(path));
    let shown = |path: &str| {
        let value = value(path).map(super::write::shown).unwrap_or_default();
        if given.contains(path) { value } else { format!("{value} in the built-in model") }
    };
    let mut refuse = |first: &str, second: &str, rule: String| {
        // About the one that the file gives.
        let about = if given.contains(first) || !given.contains(second) { first } else { second };
        problems.push(Problem::new(about, value(about), rule));
    };
    for (above, below) in ABOVE {
        if let (Some(a), Some(b)) = (value(above).and_then(number), value(below).and_then(number))
            && a <= b
        {
            let rule = format!("{above} ({}) is to be above {below} ({})", shown(above), shown(below));
            refuse(above, below, rule);
        }
    }
    for (above, below) in NOT_BELOW {
        if let (Some(a), Some(b)) = (value(above).and_then(number), value(below).and_then(number))
            && a < b
        {
            let rule = format!("{above} ({}) is not to be below {below} ({})", shown(above), shown(below));
            refuse(above, below, rule);
        }
    }
    for (first, second) in WITHIN {
        if let (Some(a), Some(b)) = (value(first).and_then(number), value(second).and_then(number))
            && a + b > 100.0
        {
            let rule = format!("{first} ({}) and {second} ({}) are together at most 100", shown(first), shown(second));
            refuse(first, second, rule);
        }
    }
    for section in WEIGHED {
        let Some(members) = at(model, section).and_then(Value::as_table) else { continue };
        let weights: Vec<_> = members.iter().filter_map(|(key, value)| Some((key, value.get("weight")?))).collect();
        let off = |(key, weight): &(&String, &Value)| {
            number(weight).is_some_and(|weight| weight <= 0.0) && !refused.contains(&format!("{section}.{key}.weight"))
        };
        if weights.iter().all(off) {
            let names: Vec<&str> = weights.iter().map(|(key, _)| key.as_str()).collect();
            let rule = format!("at least one of {} has a weight above 0", names.join(", "));
            problems.push(Problem::new(section, None, rule));
        }
    }
}
