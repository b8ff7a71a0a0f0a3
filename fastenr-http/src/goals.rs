//! `/api/goals/{id}/progress` and `/milestones`: how far a goal is, and the steps on the way.

use axum::Json;
use axum::extract::State as FromState;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use chrono::NaiveDate;
use fastenr_core::model::day;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::Field;
use fastenr_core::ops::goals::{self, Step};
use fastenr_core::ops::{Written, entries};
use fastenr_core::view::goal::{GOAL_OUTLOOK, looked_at};
use fastenr_core::view::{Members, named, record};
use serde_json::{Value, json};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema};

use crate::at::PathParts;
use crate::body::{self, Object};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::nouns::object;
use crate::params::{RemainingParameters, dry_run};
use crate::problem::FieldError;
use crate::reply::{self, Answer, VersionMatch, WriteOutcome};
use crate::schema::Shape;
use crate::{Problem, State, schema};

const PROGRESS: &str = "/api/goals/{id}/progress";
const MILESTONES: &str = "/api/goals/{id}/milestones";
const TAG: &str = "goals";

/// What is told of a goal that is looked at; then [`GOAL_OUTLOOK`].
const BRIEF: [&str; 12] = [
    "id",
    "external_id",
    "title",
    "account",
    "metric_type",
    "status",
    "start_value",
    "current_value",
    "target_value",
    "unit",
    "started_on",
    "target_date",
];

/// The members of a step.
const STEP: [&str; 3] = ["value", "by", "on"];

fn looked() -> impl Iterator<Item = &'static Field> {
    named(&GOAL, &BRIEF).chain(GOAL_OUTLOOK)
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let example = json!({"milestones": [{"title": "Half of it", "target_value": 50}]});
    vec![
        Endpoint::get(PROGRESS, "goals_outlook", outlook)
            .of(TAG, Noun::Goals, Verb::Read)
            .says(
                "Get the progress of a goal and its projected finish",
                "The expected progress on a straight line, the next milestone, and a projection from the recorded \
                 values.",
            )
            .defines("GoalProgress", schema::record(looked()))
            .answers(StatusCode::OK, "The goal as of today.", schema::reference("GoalProgress"), None),
        Endpoint::post(PROGRESS, "goals_progress", progress)
            .of(TAG, Noun::Goals, Verb::Write)
            .says(
                "Record the progress of a goal",
                "Today or on an earlier day; status, milestones and completion are updated. A value dated before the \
                 last recorded one is only added to the history, which projections use.",
            )
            .takes([dry_run()])
            .defines("NewProgress", steps())
            .json(
                "The new value (`value`), or the change of the value (`by`).",
                schema::reference("NewProgress"),
                Some(json!({"value": 40})),
            )
            .answers(StatusCode::OK, "The goal after the change.", schema::reference("Goal"), None)
            .header("ETag", "The version of the record.")
            .header("Fastenr-Operation", "The operation; absent: nothing changed."),
        Endpoint::get(MILESTONES, "goals_milestones", milestones)
            .of(TAG, Noun::Goals, Verb::Read)
            .says("List the milestones of a goal", "The ETag is that of the goal.")
            .defines("Milestones", schema::record(listed()))
            .answers(StatusCode::OK, "The milestones, in order.", schema::reference("Milestones"), None)
            .header("ETag", "The version of the goal."),
        Endpoint::put(MILESTONES, "goals_set_milestones", set_milestones)
            .of(TAG, Noun::Goals, Verb::Write)
            .says(
                "Replace the milestones of a goal",
                "The given list replaces all milestones, in its order; an empty list removes them.",
            )
            .takes([dry_run()])
            .defines("NewMilestones", list())
            .json("The new list of milestones.", schema::reference("NewMilestones"), Some(example))
            .answers(StatusCode::OK, "The milestones after the change.", schema::reference("Milestones"), None)
            .header("ETag", "The version of the goal.")
            .header("Fastenr-Operation", "The operation; absent: nothing changed."),
    ]
}

fn closed() -> ObjectBuilder {
    ObjectBuilder::new().additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

/// A value or a step, and its day.
fn steps() -> Shape {
    let number = || schema::filled_field_of(&GOAL, "current_value");
    let on = || schema::date().description(Some("Day of the value (default today)."));
    let of = |name: &str| closed().property(name, number()).required(name).property("on", on());
    OneOfBuilder::new().item(of("value")).item(of("by")).into()
}

fn list() -> ObjectBuilder {
    closed().property("milestones", schema::filled_field_of(&GOAL, "milestones")).required("milestones")
}

fn listed() -> impl Iterator<Item = &'static Field> {
    named(&GOAL, &["milestones"])
}

fn of_milestones(goal: &Entry) -> Members {
    record(listed(), |field| goal.value(field))
}

async fn outlook(caller: Caller, PathParts(name): PathParts<String>) -> Answer {
    let (goal, outlook) = goals::outlook(&caller.context, &name).await?;
    Ok(Json(record(looked(), |field| looked_at(&goal, &outlook, field))).into_response())
}

async fn progress(
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    Object(body): Object,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let unknown = body.keys().filter(|name| !STEP.contains(&name.as_str()));
    let mut errors: Vec<FieldError> = unknown.map(|name| body::unknown_member(name, &STEP)).collect();
    let mut number = |name: &str| match body.get(name) {
        Some(Value::Number(number)) => Some(body::whole(number)),
        Some(_) => {
            errors.push(FieldError::member(name, "type", format!("{name}: a number is needed")));
            None
        }
        None => None,
    };
    let (value, by) = (number("value"), number("by"));
    let on = match body.get("on") {
        None | Some(Value::Null) => None,
        Some(text) => {
            let day: Option<NaiveDate> = text.as_str().and_then(day::day);
            if day.is_none() {
                errors.push(FieldError::member("on", "date", "on: a day written YYYY-MM-DD is needed"));
            }
            day
        }
    };
    let step = match (value, by) {
        (Some(value), None) => Some(Step::To(value)),
        (None, Some(by)) => Some(Step::By(by)),
        (Some(_), Some(_)) => {
            errors.push(FieldError::member("by", "given_twice", "give the value or how much further it is, not both"));
            None
        }
        (None, None) => {
            if errors.is_empty() {
                errors.push(FieldError::member("value", "required", "give the value, or by: how much further it is"));
            }
            None
        }
    };
    let Some(step) = step.filter(|_| errors.is_empty()) else { return Err(Problem::fields(errors)) };
    let member = if matches!(step, Step::To(_)) { "value" } else { "by" };
    let written = goals::progress(&caller.context, &name, &step, on, dry_run).await.map_err(|mut error| {
        if error.field.as_deref() == Some("progress") {
            error.field = Some(member.to_owned());
        }
        Problem::from(error).of_body()
    })?;
    let shown = object(&written.record);
    Ok(wrote(&written, shown, dry_run))
}

async fn milestones(caller: Caller, PathParts(name): PathParts<String>, headers: HeaderMap) -> Answer {
    let goal = entries::get(&caller.context, &GOAL, &name).await?;
    Ok(reply::record(&headers, of_milestones(&goal), goal.version()))
}

async fn set_milestones(
    FromState(state): FromState<State>,
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    headers: HeaderMap,
    Object(body): Object,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let unknown = body.keys().filter(|name| *name != "milestones");
    let mut errors: Vec<FieldError> = unknown.map(|name| body::unknown_member(name, &["milestones"])).collect();
    if !body.get("milestones").is_some_and(Value::is_array) {
        errors.push(FieldError::member("milestones", "required", "the list of milestones is needed"));
    }
    if !errors.is_empty() {
        return Err(Problem::fields(errors));
    }
    let given = body::given(&GOAL, body)?;
    let current = async { Ok(entries::get(&caller.context, &GOAL, &name).await?.version()) };
    let expected = VersionMatch::read(&headers, &state)?.expected(current).await?;
    let written = entries::update(&caller.context, &GOAL, &name, &given, expected, dry_run)
        .await
        .map_err(|error| Problem::from(error).of_body())?;
    let shown = of_milestones(&written.record);
    Ok(wrote(&written, shown, dry_run))
}

fn wrote(written: &Written<Entry>, object: Members, dry_run: bool) -> axum::response::Response {
    WriteOutcome {
        status: StatusCode::OK,
        location: None,
        version: written.record.version(),
        operation: written.operation,
        object,
        dry_run,
    }
    .into_response()
}
