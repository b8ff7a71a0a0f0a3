//! The goal: what a customer wants to reach, and how far they are. The rules are in [`crate::goals`].

use super::noun::{
    Api, BULK, Derived, Field, History, Journal, Key, Meaning, Merge, NaturalKey, Noun, Reference, Single, Storage,
};
use super::nouns::{EventKind, ScopeNoun};
use super::number::GOAL_VALUE;
use super::selection::{Filter, Sort, Test};
use super::{GoalMetric, GoalStatus, MeasurementPeriod};
use crate::ops::goals::GoalRules;

/// Positions are bits of the journal's masks: append, never reorder.
const FIELDS: &[Field] = &Field::numbered([
    Field::new("id", Meaning::Id, "UUIDv7").read().aliases(&["goalid"]),
    Field::new("external_id", Meaning::ExternalId, "id in the source system; unique").unique().aliases(&[
        "externalkey",
        "externalid",
        "recordid",
        "objectiveid",
        "extid",
        "sourceid",
    ]),
    Field::OF_ACCOUNT.aliases(&["accountid", "accountexternalid", "company", "companyid", "customer", "customerid"]),
    Field::new("title", Meaning::Title, "1 to 255 characters").required().aliases(&["goal", "objective", "goalname"]),
    Field::new("description", Meaning::Prose, "free text").aliases(&["details", "notes"]),
    Field::new(
        "metric_type",
        Meaning::Choice(&GoalMetric::CHOICES),
        "metric: accounts, arr, nps, health_score, adoption, renewals, seat_count, custom",
    )
    .required()
    .default("'custom'")
    .aliases(&["metric", "goaltype"]),
    Field::new(
        "start_value",
        Meaning::Number(&GOAL_VALUE),
        "value at the start; default: today's value if the data has one, otherwise 0",
    )
    .required()
    .default("0")
    .aliases(&["baseline", "initialvalue"]),
    Field::new("current_value", Meaning::Number(&GOAL_VALUE), "current value")
        .required()
        .default("0")
        .tracked()
        .aliases(&["progress", "actual", "current"]),
    Field::new("target_value", Meaning::Number(&GOAL_VALUE), "target value").aliases(&["target"]),
    Field::new("unit", Meaning::Label, "unit of the values, at most 100 characters"),
    Field::new(
        "measurement_period",
        Meaning::Choice(&MeasurementPeriod::CHOICES),
        "measurement period: daily, weekly, monthly, quarterly, yearly",
    )
    .aliases(&["period", "frequency"]),
    Field::new("status", Meaning::Choice(&GoalStatus::CHOICES), "on_track, at_risk, achieved, missed")
        .required()
        .default("'on_track'")
        .tracked()
        .aliases(&["goalstatus", "state"]),
    Field::new("started_on", Meaning::Date, "start date; default: the day of creation")
        .required()
        .default("$today")
        .aliases(&["startdate", "start"]),
    Field::new("target_date", Meaning::Date, "target date: last day to achieve the goal")
        .aliases(&["duedate", "due", "deadline"]),
    Field::new("completion_date", Meaning::Date, "day on which the goal was achieved")
        .past()
        .aliases(&["completedon", "achievedon"]),
    Field::new("milestones", Meaning::Milestones, "milestones: title, target_value, target_date, completed_on")
        .default("'[]'"),
    Field::new("created_by", Meaning::Author, "user who created the goal: e-mail address")
        .required()
        .default("$user")
        .aliases(&["owner", "owneremail", "author"]),
    Field::CREATED_AT,
    Field::new("status_source", Meaning::Line, "source of the status: person, import, rule").read(),
    Field::UPDATED_AT,
    Field::VERSION,
    Field::ACCOUNT_ID,
    Field::ACCOUNT_NAME,
    Field::ORGANIZATION_ID,
]);

pub static GOAL: Noun = Noun {
    table: "customer_goals",
    derived: &[Derived { from: "external_id", column: "external_key", compute: super::external_key }],
    keys: &[Key::ExternalId, Key::Account],
    natural: Some(NaturalKey { kind: "metric_type", moment: &["target_date"], title: "title" }),
    history: Some(History { table: "goal_changes", record: "goal_id" }),
    sourced: Some("rule"),
    ruled: &["start_value", "current_value", "status", "completion_date", "milestones", "status_source"],
    kept: &["status_source", "version", "updated_at", "created_by_operation"],
    filters: &[
        Filter::ACCOUNT,
        Filter::new(
            "status",
            Test::AnyOf("status"),
            "A,B",
            "Statuses, separated by commas: on_track, at_risk, achieved, missed",
        )
        .prominent(),
        Filter::new(
            "open",
            Test::Is("a.status in ('on_track', 'at_risk')"),
            "",
            "Only open goals: neither achieved nor missed",
        )
        .prominent(),
        Filter::new("metric_type", Test::AnyOf("metric_type"), "A,B", "Metric types, separated by commas").prominent(),
        Filter::new("created_by", Test::Users("created_by"), "USER,USER", "Creators of the goals, separated by commas"),
        Filter::new("owner", Test::Owners, "USER,USER", "Owners of the accounts, separated by commas").prominent(),
        Filter::new(
            "due_from",
            Test::From("a.target_date", Storage::Date),
            "DATE|30d",
            "Due on or after this day: a date, or a time ago such as 30d",
        ),
        Filter::new("due_to", Test::To("a.target_date", Storage::Date), "DATE", "Due on or before this day"),
        Filter::new(
            "search",
            Test::Search(&["lower(a.title)", "lower(a.description)"]),
            "TEXT",
            "All words must occur in the title or the description",
        ),
        Filter::SEGMENT,
        Filter::ARCHIVED,
    ],
    sorts: &[
        Sort::by("target_date", "a.target_date", Storage::Date).nullable(),
        Sort::by("title", "lower(a.title)", Storage::Text),
        Sort::by("status", "a.status", Storage::Text),
        Sort::by("updated_at", "a.updated_at", Storage::Instant).nullable().descending(),
        Sort::ID,
    ],
    rules: Some(&GoalRules),
    journal: Some(Journal::new(
        &[Reference::to("account_id", "accounts"), Reference::to("created_by", "users")],
        &[&["external_key"]],
    )),
    merge: Some(Merge { called: "goals", collides: None }),
    event: Some(EventKind::Goal),
    scope: Some(ScopeNoun::Goals),
    api: Some(Api {
        path: "/api/goals",
        tag: "goals",
        about: None,
        schema: "Goal",
        example: &["account", "title", "metric_type", "target_value", "started_on", "target_date"],
        single: Single::Written,
    }),
    bulk: BULK,
    ..Noun::new("goal", "goals", FIELDS)
};
