//! An account and what is around it.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::goal::progress;
use super::{Members, Named, named, record};
use crate::model::account::{ACCOUNT, Account};
use crate::model::alert::{ALERT_FIELDS, Alert};
use crate::model::entry::Entry;
use crate::model::noun::Field;
use crate::money::Cents;
use crate::ops::overview::{Latest, Overview};

/// What is told of an account that is not the subject.
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

/// What an alert says beside its account.
pub const ALERT_BRIEF: [&str; 5] = ["id", "severity", "rule", "message", "opened_on"];

/// An account by its names.
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

/// The fields of an account, and a member for each thing around it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AccountOverview {
    #[serde(flatten)]
    pub account: Members,
    #[serde(flatten)]
    pub around: AccountAround,
}

/// What is around an account.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountAround {
    /// The team, in the order in which it was put together.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::team))]
    pub team: Vec<Members>,
    /// The account above it.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::parent))]
    pub parent_account: Option<Members>,
    pub children: AccountChildren,
    /// The first 100 contacts by name.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::contacts))]
    pub contacts: Vec<Members>,
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::last_engagement))]
    pub last_engagement: Option<Members>,
    /// The first that is scheduled from now on and not done.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::next_engagement))]
    pub next_engagement: Option<Members>,
    /// Neither achieved nor missed, by the day they are due.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::goals))]
    pub goals: Vec<Members>,
    /// The latest value of each metric that ever had one, by the metric's name.
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, MetricLatest>))]
    pub metrics: Named<MetricLatest>,
    /// The first five open alerts, the most urgent first.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::alerts))]
    pub alerts: Vec<Members>,
    /// Health of the last 30 days that were scored, the oldest first; days on which too little was known are left out.
    pub health_history: Vec<HealthOn>,
    pub counts: AccountCounts,
}

/// The accounts directly under an account that are not archived.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountChildren {
    pub count: i64,
    /// Their ARR together, that of churned ones aside.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
    /// The first ten by ARR.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::children))]
    pub accounts: Vec<Members>,
}

/// A metric's latest value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MetricLatest {
    /// A number or, of a few metrics, a word.
    pub value: Json,
    /// The day that it is of.
    pub date: NaiveDate,
    /// The last eight values, the oldest first, this one included.
    pub recent: Vec<Json>,
}

/// The health of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthOn {
    pub date: NaiveDate,
    pub health_score: i64,
}

/// How many records belong to an account; null where the caller may not read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountCounts {
    pub contacts: Option<i64>,
    pub engagements: Option<i64>,
    /// Files of its engagements.
    pub attachments: Option<i64>,
    pub goals: Option<i64>,
    /// Days with metrics.
    pub metrics: Option<i64>,
    /// Those that are open.
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
    ALERT_FIELDS.iter().filter(|field| ALERT_BRIEF.contains(&field.name))
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
        records(named(&TEAM, &TEAM_BRIEF), "the team, in the order in which it was put together")
    }

    pub(super) fn parent() -> RefOr<Schema> {
        maybe(named(&ACCOUNT, &ACCOUNT_BRIEF), "the account above it")
    }

    pub(super) fn children() -> RefOr<Schema> {
        records(named(&ACCOUNT, &ACCOUNT_BRIEF), "the first ten by ARR")
    }

    pub(super) fn contacts() -> RefOr<Schema> {
        records(named(&CONTACT, &CONTACT_BRIEF), "the first 100 contacts by name")
    }

    pub(super) fn last_engagement() -> RefOr<Schema> {
        maybe(named(&ENGAGEMENT, &ENGAGEMENT_BRIEF), "the last that was completed")
    }

    pub(super) fn next_engagement() -> RefOr<Schema> {
        maybe(named(&ENGAGEMENT, &ENGAGEMENT_BRIEF), "the first that is scheduled from now on and not done")
    }

    pub(super) fn goals() -> RefOr<Schema> {
        let fields = named(&GOAL, &GOAL_BRIEF).chain([&PROGRESS]);
        records(fields, "neither achieved nor missed, by the day they are due")
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
