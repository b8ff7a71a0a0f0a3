//! How often customers were met, with which outcome, and how fast they answered.

use chrono::NaiveDate;
use serde::Serialize;

use super::impact::EngagementImpact;
use super::record::{count, optional_number, optional_text};
use super::{Members, record};
use crate::engagements::report::{Median, Statistics};
use crate::model::noun::{Field, Meaning, Value};
use crate::model::number::{HOURS, PERCENT};
use crate::ops::engagements::{Group, GroupBy, PeriodReport};
use crate::ops::scores::impact::Row;

const fn counted(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Meaning::Count, about).required()
}

/// A group: its names, of which [`GroupBy::fields`] shows some, and its figures.
pub static ENGAGEMENT_GROUP_FIELDS: &[Field] = &[
    Field::new("type", Meaning::Line, "type of the engagements"),
    Field::new("account_name", Meaning::Line, "name of the account"),
    Field::new("account", Meaning::Line, "account: external id, or id if it has none"),
    Field::new("owner", Meaning::Line, "owner of the accounts: e-mail address; null: no owner"),
    counted("completed", "completed in the period"),
    counted("not_completed", "scheduled in the period and not completed"),
    counted("positive", "completed with this outcome; the five outcome counts add up to completed"),
    counted("neutral", "completed with this outcome"),
    counted("negative", "completed with this outcome"),
    counted("action_required", "completed with this outcome"),
    counted("no_outcome", "completed without an outcome"),
    Field::new("per_30_days", Meaning::Number(&HOURS), "completed engagements per 30 days").required(),
    counted("gaps", "completed engagements that follow another one of the group with the same account"),
    Field::new("median_gap_days", Meaning::Number(&HOURS), "median of the days between the two"),
    Field::new("longest_gap_days", Meaning::Count, "longest gap in days"),
    Field::new(
        "days_since_last",
        Meaning::Count,
        "days from the last completed engagement until today, whatever the period",
    ),
    Field::new("max_days_since_last", Meaning::Count, "days_since_last of the account that was met longest ago"),
    counted("responses_expected", "outbound e-mails, and all engagements with a response"),
    counted("responses_answered", "those of responses_expected with a response"),
    Field::new("answered_percent", Meaning::Number(&PERCENT), "share of responses_answered, in percent"),
    Field::new("median_response_hours", Meaning::Number(&HOURS), "median of the hours from completion to the response"),
];

/// Fields that name the group.
const NAMES: usize = 4;

/// The figures without a name, as the total has them.
pub fn figure_fields() -> &'static [Field] {
    ENGAGEMENT_GROUP_FIELDS.get(NAMES..).unwrap_or_default()
}

impl GroupBy {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Account => "account",
            Self::Owner => "owner",
        }
    }

    /// The fields of a group.
    pub fn fields(self) -> impl Iterator<Item = &'static Field> {
        let names: &[&str] = match self {
            Self::Type => &["type"],
            Self::Account => &["account_name", "account"],
            Self::Owner => &["owner"],
        };
        let named = move |(place, field): &(usize, &Field)| *place >= NAMES || names.contains(&field.name);
        ENGAGEMENT_GROUP_FIELDS.iter().enumerate().filter(named).map(|(_, field)| field)
    }
}

/// A group's figures as a record.
#[derive(Debug, Clone, Copy)]
pub struct EngagementGroup<'r> {
    pub group: &'r Group,
    pub statistics: &'r Statistics,
}

impl EngagementGroup<'_> {
    /// The value of a field of [`ENGAGEMENT_GROUP_FIELDS`]; decimals are hundredths.
    pub fn value(&self, field: &Field) -> Value {
        let Statistics { completed, not_completed, outcomes, per_30_days_hundredths, gaps, responses } =
            self.statistics;
        match field.name {
            "type" | "account_name" | "owner" => optional_text(self.group.label.as_deref()),
            "account" => optional_text(self.group.account.as_deref()),
            "completed" => count(*completed),
            "not_completed" => count(*not_completed),
            "positive" => count(outcomes.positive),
            "neutral" => count(outcomes.neutral),
            "negative" => count(outcomes.negative),
            "action_required" => count(outcomes.action_required),
            "no_outcome" => count(outcomes.none),
            "per_30_days" => Value::Integer(*per_30_days_hundredths),
            "gaps" => count(gaps.count),
            "median_gap_days" => optional_number(gaps.median_days.map(Median::halves).map(|halves| halves * 50)),
            "longest_gap_days" => optional_number(gaps.longest_days),
            "days_since_last" => optional_number(gaps.since_last_days),
            "max_days_since_last" => optional_number(gaps.longest_since_last_days),
            "responses_expected" => count(responses.expected),
            "responses_answered" => count(responses.answered),
            "answered_percent" => optional_number(responses.answered_share()),
            "median_response_hours" => optional_number(responses.median_hours_hundredths()),
            _ => Value::Null,
        }
    }
}

/// A report on engagements.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EngagementReport {
    /// Grouping: `type`, `account` or `owner` (of the account).
    pub by: &'static str,
    /// The first day of the period.
    pub from: NaiveDate,
    /// The last day of the period.
    pub to: NaiveDate,
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::groups))]
    pub data: Vec<Members>,
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::total))]
    pub total: Members,
    /// Changes of the score afterwards; only on request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<EngagementImpact>,
}

impl EngagementReport {
    pub fn new(reported: &PeriodReport, by: GroupBy, impact: Option<&[Row]>) -> Self {
        let nobody = Group::default();
        let groups = reported.found.groups.iter();
        let row = |(group, statistics): &(Group, Statistics)| {
            record(by.fields(), |field| EngagementGroup { group, statistics }.value(field))
        };
        let total = EngagementGroup { group: &nobody, statistics: &reported.found.total };
        Self {
            by: by.as_str(),
            from: reported.period.from(),
            to: reported.period.to(),
            data: groups.map(row).collect(),
            total: record(figure_fields(), |field| total.value(field)),
            impact: impact.map(EngagementImpact::from),
        }
    }
}

#[cfg(feature = "schema")]
mod schemas {
    use utoipa::openapi::schema::{ArrayBuilder, OneOfBuilder};
    use utoipa::openapi::{RefOr, Schema};

    use super::super::schema::record;
    use super::{GroupBy, figure_fields};

    /// Rows are named by their grouping.
    pub(super) fn groups() -> RefOr<Schema> {
        let rows = [GroupBy::Type, GroupBy::Account, GroupBy::Owner].into_iter().map(|by| record(by.fields()));
        let row = rows.fold(OneOfBuilder::new(), |all, row| all.item(row));
        ArrayBuilder::new().description(Some("the groups, by name")).items(row).into()
    }

    pub(super) fn total() -> RefOr<Schema> {
        record(figure_fields()).description(Some("total of all engagements")).into()
    }
}
