//! An account and what is around it.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::goal::progress;
use super::likelihood::ChurnLikelihood;
use super::{Members, Named, named, record};
use crate::model::account::{ACCOUNT, Account};
use crate::model::alert::{ALERT, Alert};
use crate::model::entry::Entry;
use crate::model::noun::Field;
use crate::money::Cents;
use crate::ops::overview::{Latest, Overview};

/// Fields of an account in a record about something else.
pub const ACCOUNT_BRIEF: [&str; 5] = ["id", "external_id", "name", "status", "arr"];
pub const TEAM_BRIEF: [&str; 2] = ["user", "role"];
pub const CONTACT_BRIEF: [&str; 7] = ["id", "external_id", "name", "title", "role", "email", "left_on"];
pub const ENGAGEMENT_BRIEF: [&str; 8] =
    ["id", "external_id", "type", "title", "outcome", "scheduled_at", "completed_at", "created_by"];
/// A goal has `progress` beside these, see [`progress`].
pub const GOAL_BRIEF: [&str; 10] = [
    "id",
    "external_id",
    "title",
    "metric_type",
    "status",
    "start_value",
    "current_value",
    "target_value",
    "unit",
    "target_date",
];

/// Fields of an alert beside its account.
pub const ALERT_BRIEF: [&str; 5] = ["id", "severity", "rule", "message", "opened_on"];

/// An account with its id, external id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountName {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub name: String,
}

impl From<&Account> for AccountName {
    fn from(account: &Account) -> Self {
        Self { id: account.id, external_id: account.external_id.clone(), name: account.name.clone() }
    }
}

/// The fields of an account, and a member for each kind of related record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AccountOverview {
    #[serde(flatten)]
    pub account: Members,
    #[serde(flatten)]
    pub around: AccountAround,
}

/// The records related to an account.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountAround {
    /// The team, in the order in which members were added.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::team))]
    pub team: Vec<Members>,
    /// The parent account.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::parent))]
    pub parent_account: Option<Members>,
    pub children: AccountChildren,
    /// The first 100 contacts by name.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::contacts))]
    pub contacts: Vec<Members>,
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::last_engagement))]
    pub last_engagement: Option<Members>,
    /// The next engagement that is scheduled and not completed.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::next_engagement))]
    pub next_engagement: Option<Members>,
    /// The open goals (neither achieved nor missed), by target date.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::goals))]
    pub goals: Vec<Members>,
    /// The latest value of each metric, by its name; metrics without any value are left out.
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, MetricLatest>))]
    pub metrics: Named<MetricLatest>,
    /// The first five open alerts, the most urgent first.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::alerts))]
    pub alerts: Vec<Members>,
    /// Health scores of the last 30 days, the oldest first, without days that were not scored or had insufficient data.
    pub health_history: Vec<HealthOn>,
    /// How likely the account is to churn, by the last of these scores; null: the model does not know it, or a user set the score.
    pub churn_likelihood: Option<ChurnLikelihood>,
    pub counts: AccountCounts,
}

/// The direct child accounts that are not archived.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountChildren {
    pub count: i64,
    /// Their total ARR, without churned accounts.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
    /// The ten with the most ARR.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::children))]
    pub accounts: Vec<Members>,
}

/// The latest value of a metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MetricLatest {
    /// A number; for a few metrics a word.
    pub value: Json,
    /// The day of the value.
    pub date: NaiveDate,
    /// The last eight values, the oldest first, including this one.
    pub recent: Vec<Json>,
}

/// The health score of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthOn {
    pub date: NaiveDate,
    pub health_score: i64,
}

/// Number of records of an account; null: the caller may not read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountCounts {
    pub contacts: Option<i64>,
    pub engagements: Option<i64>,
    /// Attachments of its engagements.
    pub attachments: Option<i64>,
    pub goals: Option<i64>,
    /// Days with metrics.
    pub metrics: Option<i64>,
    /// Open alerts.
    pub alerts: Option<u64>,
}

impl From<&Overview> for AccountOverview {
    fn from(around: &Overview) -> Self {
        Self {
            account: record(ACCOUNT.fields, |field| around.account.value(field)),
            around: AccountAround::from(around),
        }
    }
}

impl From<&Overview> for AccountAround {
    fn from(around: &Overview) -> Self {
        let counts = around.counts;
        let entries = |all: &[Entry], names: &[&str]| all.iter().map(|one| entry(one, names)).collect();
        let engagement = |found: &Option<Entry>| found.as_ref().map(|found| entry(found, &ENGAGEMENT_BRIEF));
        Self {
            team: entries(&around.team, &TEAM_BRIEF),
            parent_account: around.parent.as_ref().map(brief),
            children: AccountChildren {
                count: around.children.count,
                arr: Cents(around.children.arr),
                accounts: around.first_children.iter().map(brief).collect(),
            },
            contacts: entries(&around.contacts, &CONTACT_BRIEF),
            last_engagement: engagement(&around.last_engagement),
            next_engagement: engagement(&around.next_engagement),
            goals: around.goals.iter().map(goal).collect(),
            metrics: around.metrics.iter().map(latest).collect(),
            alerts: around.alerts.iter().map(alert).collect(),
            health_history: around
                .health
                .iter()
                .map(|(date, health_score)| HealthOn { date: *date, health_score: *health_score })
                .collect(),
            churn_likelihood: around.likelihood.as_ref().map(ChurnLikelihood::from),
            counts: AccountCounts {
                contacts: Some(counts.contacts),
                engagements: Some(counts.engagements),
                attachments: Some(counts.attachments),
                goals: Some(counts.goals),
                metrics: Some(counts.metrics),
                alerts: Some(around.open_alerts),
            },
        }
    }
}

fn brief(account: &Account) -> Members {
    record(named(&ACCOUNT, &ACCOUNT_BRIEF), |field| account.value(field))
}

fn entry(entry: &Entry, names: &[&str]) -> Members {
    record(named(entry.noun, names), |field| entry.value(field))
}

fn alert(alert: &Alert) -> Members {
    record(alert_fields(), |field| alert.value(field))
}

fn alert_fields() -> impl Iterator<Item = &'static Field> {
    ALERT.fields.iter().filter(|field| ALERT_BRIEF.contains(&field.name))
}

fn goal(goal: &Entry) -> Members {
    let mut members = entry(goal, &GOAL_BRIEF);
    let share = progress(goal).map(|share| Json::Number(Cents(share.0).to_json_number()));
    members.insert("progress".to_owned(), share.unwrap_or_default());
    members
}

fn latest(latest: &Latest) -> (String, MetricLatest) {
    let Latest { field, day, value, recent } = latest;
    let recent = recent.iter().map(|value| field.json(value)).collect();
    (field.name.to_owned(), MetricLatest { value: field.json(value), date: *day, recent })
}

#[cfg(feature = "schema")]
mod schemas {
    use utoipa::openapi::schema::AllOfBuilder;
    use utoipa::openapi::{Ref, RefOr, Schema};
    use utoipa::{PartialSchema, ToSchema};

    use super::super::goal::PROGRESS;
    use super::super::schema::{maybe, record, records};
    use super::{
        ACCOUNT_BRIEF, AccountAround, AccountOverview, CONTACT_BRIEF, ENGAGEMENT_BRIEF, GOAL_BRIEF, TEAM_BRIEF,
        alert_fields, named,
    };
    use crate::model::account::ACCOUNT;
    use crate::model::contact::CONTACT;
    use crate::model::engagement::ENGAGEMENT;
    use crate::model::goal::GOAL;
    use crate::model::team::TEAM;

    pub(super) fn team() -> RefOr<Schema> {
        records(named(&TEAM, &TEAM_BRIEF), "the team, in the order in which members were added")
    }

    pub(super) fn parent() -> RefOr<Schema> {
        maybe(named(&ACCOUNT, &ACCOUNT_BRIEF), "the parent account")
    }

    pub(super) fn children() -> RefOr<Schema> {
        records(named(&ACCOUNT, &ACCOUNT_BRIEF), "the ten with the most ARR")
    }

    pub(super) fn contacts() -> RefOr<Schema> {
        records(named(&CONTACT, &CONTACT_BRIEF), "the first 100 contacts by name")
    }

    pub(super) fn last_engagement() -> RefOr<Schema> {
        maybe(named(&ENGAGEMENT, &ENGAGEMENT_BRIEF), "the last completed engagement")
    }

    pub(super) fn next_engagement() -> RefOr<Schema> {
        maybe(named(&ENGAGEMENT, &ENGAGEMENT_BRIEF), "the next engagement that is scheduled and not completed")
    }

    pub(super) fn goals() -> RefOr<Schema> {
        let fields = named(&GOAL, &GOAL_BRIEF).chain([&PROGRESS]);
        records(fields, "the open goals (neither achieved nor missed), by target date")
    }

    pub(super) fn alerts() -> RefOr<Schema> {
        records(alert_fields(), "the first five open alerts, the most urgent first")
    }

    impl PartialSchema for AccountOverview {
        fn schema() -> RefOr<Schema> {
            let fields = record(ACCOUNT.fields);
            AllOfBuilder::new().item(fields).item(Ref::from_schema_name(AccountAround::name())).into()
        }
    }

    impl ToSchema for AccountOverview {
        fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            schemas.push((AccountAround::name().into_owned(), AccountAround::schema()));
            AccountAround::schemas(schemas);
        }
    }
}
