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
    Field::new("kind", Meaning::Line, "type of the engagements, or metric type of the goals").required(),
    number("engagements", "engagements completed in the period"),
    number("goals", "achieved goals"),
    number("pairs", "pairs of account and day with a score at both ends and accounts to compare with"),
    points("change", "mean change of the score in the 30 days after, in points"),
    points("comparison_change", "mean change of accounts with a similar start score and without one"),
    points("difference", "change minus comparison_change"),
    points("interval_low", "95 % interval of the difference, lower end"),
    points("interval_high", "95 % interval of the difference, upper end"),
    number("comparison_accounts", "number of accounts they were compared with"),
    Field::new("note", Meaning::Line, "how to read the numbers, or why there are none").required(),
];

/// The note on every such table.
pub const IMPACT_NOTE: &str = "change of the health score in the 30 days after, in points, compared with accounts with a similar \
                               start score and without one (correlation, not proof)";

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

/// Changes of scores after engagements, by type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EngagementImpact {
    /// How to read the numbers.
    pub note: &'static str,
    pub rows: Vec<EngagementImpactRow>,
}

/// Changes of scores after achieved goals, by metric type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GoalImpact {
    /// How to read the numbers.
    pub note: &'static str,
    pub rows: Vec<GoalImpactRow>,
}

/// After engagements of one type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EngagementImpactRow {
    pub kind: String,
    /// Engagements completed in the period.
    pub engagements: u64,
    /// Pairs of account and day with a score at both ends and accounts to compare with.
    pub pairs: u64,
    /// Mean change of the score in the 30 days after, in points; this and the next two are null with fewer than ten pairs.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub change: Option<Hundredths>,
    /// Mean change of accounts with a similar start score and without one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub comparison_change: Option<Hundredths>,
    /// `change` minus `comparison_change`.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub difference: Option<Hundredths>,
    /// How to read the numbers, or why there are none.
    pub note: String,
    /// Number of accounts they were compared with.
    pub comparison_accounts: u64,
    /// 95 % interval of the difference, lower end first; null: fewer than ten accounts on either side.
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
    /// Achieved goals.
    pub goals: u64,
    /// Pairs of account and day with a score at both ends and accounts to compare with.
    pub pairs: u64,
    /// Mean change of the score in the 30 days after, in points; this and the next two are null with fewer than ten pairs.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub change: Option<Hundredths>,
    /// Mean change of accounts with a similar start score and without one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub comparison_change: Option<Hundredths>,
    /// `change` minus `comparison_change`.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub difference: Option<Hundredths>,
    /// How to read the numbers, or why there are none.
    pub note: String,
    /// Number of accounts they were compared with.
    pub comparison_accounts: u64,
    /// 95 % interval of the difference, lower end first; null: fewer than ten accounts on either side.
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
