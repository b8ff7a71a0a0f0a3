//! What came of goals, by what they have in common.

use serde::Serialize;

use super::impact::GoalImpact;
use super::record::{count, optional_number, optional_text, text};
use super::{Members, record};
use crate::goals::{Group, Report};
use crate::model::noun::{Field, Meaning, Value};
use crate::model::number::{COUNT, GOAL_VALUE, PERCENT};
use crate::ops::goals::GroupBy;
use crate::ops::scores::impact::Row;

const fn number(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Meaning::Number(&COUNT), about).required()
}

/// A row of the report.
pub static GOAL_GROUP_FIELDS: &[Field] = &[
    Field::new("by", Meaning::Line, "grouping; all in the row of the total").required(),
    Field::new("group", Meaning::Line, "group"),
    number("goals", "all goals"),
    number("achieved", "achieved goals"),
    number("missed", "goals not achieved by the target date"),
    number("on_track", "open goals on track"),
    number("at_risk", "open goals behind plan"),
    Field::new("completion_rate", Meaning::Number(&PERCENT), "achieved / (achieved + missed), in percent"),
    Field::new("median_days", Meaning::Number(&GOAL_VALUE), "median of the days from start to completion"),
    Field::new("mean_days", Meaning::Number(&GOAL_VALUE), "mean of the days from start to completion"),
];

/// Members of a group of the answer, without the grouping; without the first, those of the total.
pub fn group_fields() -> &'static [Field] {
    GOAL_GROUP_FIELDS.get(1..).unwrap_or_default()
}

pub fn total_fields() -> &'static [Field] {
    GOAL_GROUP_FIELDS.get(2..).unwrap_or_default()
}

/// A row of the report as a record.
#[derive(Debug, Clone, Copy)]
pub struct GoalGroup<'r> {
    pub by: &'static str,
    /// None: the account has no value.
    pub group: Option<&'r str>,
    pub counts: &'r Group,
}

impl GoalGroup<'_> {
    /// The value of a field of [`GOAL_GROUP_FIELDS`].
    pub fn value(&self, field: &Field) -> Value {
        let Group { goals, achieved, missed, on_track, at_risk, completion_rate, time_to_achieve } = self.counts;
        match field.name {
            "by" => text(self.by),
            "group" => optional_text(self.group),
            "goals" => count(*goals),
            "achieved" => count(*achieved),
            "missed" => count(*missed),
            "on_track" => count(*on_track),
            "at_risk" => count(*at_risk),
            "completion_rate" => optional_number(completion_rate.map(i64::from)),
            "median_days" => optional_number(time_to_achieve.map(|times| times.median)),
            "mean_days" => optional_number(time_to_achieve.map(|times| times.mean)),
            _ => Value::Null,
        }
    }
}

/// A report on goals.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GoalReport {
    /// Grouping: `metric_type`, or `size`, `industry` or `owner` of the account.
    pub by: &'static str,
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::groups))]
    pub groups: Vec<Members>,
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::total))]
    pub total: Members,
    /// Changes of the score afterwards; only on request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<GoalImpact>,
}

impl GoalReport {
    pub fn new(report: &Report<Option<String>>, by: GroupBy, impact: Option<&[Row]>) -> Self {
        let by = by.as_str();
        let line = |group: Option<&'_ str>, counts: &Group, fields: &'static [Field]| {
            record(fields, |field| GoalGroup { by, group, counts }.value(field))
        };
        let groups = report.groups.iter().map(|(group, counts)| line(group.as_deref(), counts, group_fields()));
        Self {
            by,
            groups: groups.collect(),
            total: line(None, &report.total, total_fields()),
            impact: impact.map(GoalImpact::from),
        }
    }
}

#[cfg(feature = "schema")]
mod schemas {
    use utoipa::openapi::{RefOr, Schema};

    use super::super::schema::{record, records};
    use super::{group_fields, total_fields};

    pub(super) fn groups() -> RefOr<Schema> {
        records(group_fields(), "the groups, by name")
    }

    pub(super) fn total() -> RefOr<Schema> {
        record(total_fields()).description(Some("total of all goals")).into()
    }
}
