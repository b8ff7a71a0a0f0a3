//! How scores moved after engagements or achieved goals: an association, not an effect.

use serde::Serialize;

use super::Hundredths;
use super::record::{count, optional_number};
use crate::model::noun::{Field, Meaning, Value};
use crate::model::number::{COUNT, GOAL_VALUE};
use crate::ops::scores::impact::Row;

const fn points(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Meaning::Number(&GOAL_VALUE), about)
}

const fn number(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Meaning::Number(&COUNT), about).required()
}

/// A row of it; the second or the third is left out: what the events are called.
pub static IMPACT_FIELDS: &[Field] = &[
    Field::new("kind", Meaning::Line, "the type of the engagements, the metric type of the goals").required(),
    number("engagements", "completed in the period"),
    number("goals", "achieved"),
    number("pairs", "accounts and days with a score at both ends and accounts to compare with"),
    points("change", "mean change of the score in the 30 days after, in points"),
    points("comparison_change", "of accounts of similar start score without one"),
    points("difference", "the first less the second"),
    points("interval_low", "95 % interval of the difference"),
    points("interval_high", "95 % interval of the difference"),
    number("comparison_accounts", "how many they were compared with"),
    Field::new("note", Meaning::Line, "how to read it, or why there are no numbers").required(),
];

/// What is said of every such table.
pub const IMPACT_NOTE: &str = "change of the health score in the 30 days after, in points, against accounts of similar start \
                               score without one: an association, not an effect";

/// What the rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    Engagements,
    Goals,
}

impl Events {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Engagements => "engagements",
            Self::Goals => "goals",
        }
    }

    /// [`IMPACT_FIELDS`] without the one that belongs to the other report.
    pub fn fields(self) -> impl Iterator<Item = &'static Field> {
        let other = if self == Self::Goals { Self::Engagements } else { Self::Goals };
        IMPACT_FIELDS.iter().filter(move |field| field.name != other.as_str())
    }
}

/// The value of a field of [`IMPACT_FIELDS`].
pub fn value(row: &Row, field: &Field) -> Value {
    let found = row.found.as_ref();
    let interval = found.and_then(|found| found.interval);
    match field.name {
        "kind" => Value::Text(row.kind.clone()),
        "engagements" | "goals" => count(row.events),
        "pairs" => count(row.pairs),
        "change" => optional_number(found.map(|found| found.change)),
        "comparison_change" => optional_number(found.map(|found| found.comparison_change)),
        "difference" => optional_number(found.map(|found| found.difference)),
        "interval_low" => optional_number(interval.map(|(low, _)| low)),
        "interval_high" => optional_number(interval.map(|(_, high)| high)),
        "comparison_accounts" => count(row.comparison_accounts),
        "note" => Value::Text(row.note()),
        _ => Value::Null,
    }
}

/// How scores moved after engagements, by their type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EngagementImpact {
    /// How the numbers are to be read.
    pub note: &'static str,
    pub rows: Vec<EngagementImpactRow>,
}

/// How scores moved after goals were achieved, by their metric type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GoalImpact {
    /// How the numbers are to be read.
    pub note: &'static str,
    pub rows: Vec<GoalImpactRow>,
}

/// After engagements of one type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EngagementImpactRow {
    pub kind: String,
    /// Completed in the period.
    pub engagements: u64,
    /// Accounts and days with a score at both ends and accounts to compare with.
    pub pairs: u64,
    /// Mean change of the score in the 30 days after, in points; null with fewer than ten pairs, as the next two.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub change: Option<Hundredths>,
    /// Of accounts of similar start score without one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub comparison_change: Option<Hundredths>,
    /// The first less the second.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub difference: Option<Hundredths>,
    /// How to read it, or why there are no numbers.
    pub note: String,
    /// How many accounts they were compared with.
    pub comparison_accounts: u64,
    /// 95 % interval of the difference, the lower end first; null with fewer than ten accounts on either side.
    #[cfg_attr(feature = "schema", schema(value_type = Option<[f64; 2]>))]
    pub interval: Option<[Hundredths; 2]>,
}

impl From<&Row> for EngagementImpactRow {
    fn from(row: &Row) -> Self {
        let found = row.found.as_ref();
        Self {
            kind: row.kind.clone(),
            engagements: row.events,
            pairs: row.pairs,
            change: found.map(|found| Hundredths(found.change)),
            comparison_change: found.map(|found| Hundredths(found.comparison_change)),
            difference: found.map(|found| Hundredths(found.difference)),
            note: row.note(),
            comparison_accounts: row.comparison_accounts,
            interval: found.and_then(|found| found.interval).map(|(low, high)| [Hundredths(low), Hundredths(high)]),
        }
    }
}

/// After achieved goals of one metric type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GoalImpactRow {
    pub kind: String,
    /// Achieved.
    pub goals: u64,
    /// Accounts and days with a score at both ends and accounts to compare with.
    pub pairs: u64,
    /// Mean change of the score in the 30 days after, in points; null with fewer than ten pairs, as the next two.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub change: Option<Hundredths>,
    /// Of accounts of similar start score without one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub comparison_change: Option<Hundredths>,
    /// The first less the second.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub difference: Option<Hundredths>,
    /// How to read it, or why there are no numbers.
    pub note: String,
    /// How many accounts they were compared with.
    pub comparison_accounts: u64,
    /// 95 % interval of the difference, the lower end first; null with fewer than ten accounts on either side.
    #[cfg_attr(feature = "schema", schema(value_type = Option<[f64; 2]>))]
    pub interval: Option<[Hundredths; 2]>,
}

impl From<&Row> for GoalImpactRow {
    fn from(row: &Row) -> Self {
        let found = row.found.as_ref();
        Self {
            kind: row.kind.clone(),
            goals: row.events,
            pairs: row.pairs,
            change: found.map(|found| Hundredths(found.change)),
            comparison_change: found.map(|found| Hundredths(found.comparison_change)),
            difference: found.map(|found| Hundredths(found.difference)),
            note: row.note(),
            comparison_accounts: row.comparison_accounts,
            interval: found.and_then(|found| found.interval).map(|(low, high)| [Hundredths(low), Hundredths(high)]),
        }
    }
}

impl From<&[Row]> for EngagementImpact {
    fn from(rows: &[Row]) -> Self {
        Self { note: IMPACT_NOTE, rows: rows.iter().map(EngagementImpactRow::from).collect() }
    }
}

impl From<&[Row]> for GoalImpact {
    fn from(rows: &[Row]) -> Self {
        Self { note: IMPACT_NOTE, rows: rows.iter().map(GoalImpactRow::from).collect() }
    }
}
