//! `/api/alerts`: what somebody should look at, and what they do about it.

use std::fmt::Display;

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::Invalid;
use fastenr_core::model::alert::{ALERT, Alert};
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::money::Money;
use fastenr_core::ops::alerts::{self, AlertAction, HeldFilter};
use fastenr_core::ops::{Context, lists};
use fastenr_core::score::alerts::{HeldBy, Rule};
use fastenr_core::view::alert::AlertsReleased;
use fastenr_core::view::record;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::ObjectBuilder;

use crate::at::PathParts;
use crate::body::{self, Object};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{self, RemainingParameters, dry_run};
use crate::reply::{self, Answer};
use crate::{Problem, filters, nouns, schema};

const TAG: &str = "alerts";

/// The reason for an action on an alert.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlertReason {
    /// At most 500 characters.
    #[schema(pattern = r"^[^\u0000]*$", max_length = 500)]
    reason: Option<String>,
}

/// The date until which an alert is snoozed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlertSnooze {
    /// Day on which it is shown again, after today; or a duration such as 2w.
    #[schema(schema_with = schema::day_or_duration)]
    until: String,
    /// At most 500 characters.
    #[schema(pattern = r"^[^\u0000]*$", max_length = 500)]
    reason: Option<String>,
}

/// The reason for resolving an alert.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlertResolution {
    /// 1 to 500 characters.
    #[schema(schema_with = given_reason)]
    reason: String,
}

fn given_reason() -> ObjectBuilder {
    schema::words().max_length(Some(500)).description(Some("1 to 500 characters."))
}

/// The held alerts to release.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlertRelease {
    /// Only alerts of these rules (default: all).
    #[serde(default)]
    #[schema(required = false, value_type = Vec<Rule>)]
    rules: Vec<String>,
    /// Only alerts held for these reasons (default: all).
    #[serde(default)]
    #[schema(required = false, value_type = Vec<HeldBy>)]
    held_by: Vec<String>,
    /// Only alerts of accounts with at least this ARR.
    #[schema(minimum = 0, maximum = 9_999_999_999.99)]
    min_arr: Option<f64>,
    /// At most 500 characters.
    #[schema(pattern = r"^[^\u0000]*$", max_length = 500)]
    reason: Option<String>,
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let list = Endpoint::get("/api/alerts", "alerts_list", list)
        .of(TAG, Noun::Alerts, Verb::Read)
        .says("List alerts", "The most urgent first, then the latest. Without `state`, only open alerts.")
        .takes(filters::of_noun(&ALERT))
        .defines("Alert", schema::record(ALERT.fields))
        .answers(StatusCode::OK, "A page.", schema::envelope(schema::reference("Alert")), None);
    let get = Endpoint::get("/api/alerts/{id}", "alerts_get", get)
        .of(TAG, Noun::Alerts, Verb::Read)
        .says("Get an alert", "")
        .named("Id of the alert.")
        .answers(StatusCode::OK, "The alert.", schema::reference("Alert"), None);
    let acknowledge = Endpoint::post("/api/alerts/{id}/acknowledge", "alerts_acknowledge", acknowledge)
        .says("Acknowledge an alert", "Hidden until it gets worse.");
    let snooze =
        Endpoint::post("/api/alerts/{id}/snooze", "alerts_snooze", snooze).says("Snooze an alert until a date", "");
    let resolve = Endpoint::post("/api/alerts/{id}/resolve", "alerts_resolve", resolve).says(
        "Resolve an alert",
        "If its rule still applies, a new alert opens only when it gets worse, or when it has ended and applies again.",
    );
    let mut release = Endpoint::post("/api/alerts/release", "alerts_release", release)
        .of(TAG, Noun::Alerts, Verb::Write)
        .says(
            "Release held alerts",
            "A run holds alerts instead of opening them for these reasons: `guard`, if a rule would open for too many \
             accounts at once or the data looks wrong; `first_run`, `new_rule` and `new_model`, if an organization, a \
             rule or a model runs for the first time. The answer has the number of released alerts per rule.",
        )
        .takes([dry_run()]);
    let body = release.schema_of::<AlertRelease>();
    let release = release
        .json(
            "The alerts to release, and the reason.",
            body,
            Some(json!({"rules": ["health_drop"], "reason": "the outage was real"})),
        )
        .answers_as::<AlertsReleased>(StatusCode::OK, "The released alerts, or a preview in a dry run.")
        .header("Fastenr-Operation", "The operation; absent: no alerts were held.");
    vec![
        list,
        get,
        act::<AlertReason>(acknowledge, json!({"reason": "call on Monday"})),
        act::<AlertSnooze>(snooze, json!({"until": "2w", "reason": "on holiday until then"})),
        act::<AlertResolution>(resolve, json!({"reason": "renewed by phone"})),
        release,
    ]
}

fn act<T: ToSchema>(mut endpoint: Endpoint, example: Value) -> Endpoint {
    let body = endpoint.schema_of::<T>();
    endpoint
        .of(TAG, Noun::Alerts, Verb::Write)
        .named("Id of the alert.")
        .takes([dry_run()])
        .json("The reason, and for a snooze the date.", body, Some(example))
        .answers(StatusCode::OK, "The alert after the change.", schema::reference("Alert"), None)
        .header("Fastenr-Operation", "The operation; absent: nothing changed.")
}

fn object(alert: &Alert) -> Map<String, Value> {
    record(ALERT.fields, |field| alert.value(field))
}

async fn list(caller: Caller, Query(pairs): Query) -> Answer {
    let (chosen, order, ask) = nouns::asked(&ALERT, &caller.context, pairs).await?;
    let part = lists::part::<Alert>(&caller.context, &ALERT, &chosen, order, &ask).await?;
    Ok(reply::page(&part, object))
}

/// This one alert.
async fn one(caller: &Caller, name: &str) -> Result<Selection, Problem> {
    let id = alerts::id_of(&caller.context, name).await.map_err(|error| match error.code {
        "ambiguous_alert" => Problem::from(error),
        _ => unknown(name),
    })?;
    Ok(Selection::of_ids([id]))
}

async fn found(context: &Context, one: &Selection) -> Result<Option<Alert>, Problem> {
    Ok(lists::all(context, &ALERT, one, Order::BY_ID).await?.pop())
}

fn unknown(name: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown_alert", Some(format!("there is no alert {name:?}")))
}

async fn get(caller: Caller, PathParts(name): PathParts<String>) -> Answer {
    let found = found(&caller.context, &one(&caller, &name).await?).await?;
    Ok(Json(object(&found.ok_or_else(|| unknown(&name))?)).into_response())
}

async fn acknowledge(
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    Object(given): Object,
) -> Answer {
    let given: AlertReason = body::of_type(given, &["reason"])?;
    done(&caller, &name, pairs, AlertAction::Acknowledge, &given.reason.unwrap_or_default()).await
}

async fn snooze(
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    Object(given): Object,
) -> Answer {
    let given: AlertSnooze = body::of_type(given, &["until", "reason"])?;
    let until = alerts::until(&caller.context, &given.until)
        .map_err(|invalid| Problem::from(invalid.of("until", &given.until)).of_body())?;
    done(&caller, &name, pairs, AlertAction::Snooze { until }, &given.reason.unwrap_or_default()).await
}

async fn resolve(
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    Object(given): Object,
) -> Answer {
    let given: AlertResolution = body::of_type(given, &["reason"])?;
    done(&caller, &name, pairs, AlertAction::Resolve, &given.reason).await
}

async fn done(caller: &Caller, name: &str, pairs: params::Pairs, act: AlertAction, reason: &str) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let one = one(caller, name).await?;
    let acted = alerts::act(&caller.context, &one, act, reason, dry_run).await.map_err(|error| match error.code {
        "unknown_alert" => unknown(name),
        "reason" => Problem::from(error).at_member("reason"),
        "past_day" => Problem::from(error).at_member("until"),
        _ => error.into(),
    })?;
    let now = match acted.alerts.first() {
        Some(alert) => object(alert),
        // It was so already.
        None => found(&caller.context, &one).await?.as_ref().map(object).ok_or_else(|| unknown(name))?,
    };
    Ok((reply::operation(acted.operation), Json(now)).into_response())
}

/// The choices of a member, each spelled as the document has it; `code` is that of another spelling.
fn spelled<T: Display>(
    member: &'static str,
    code: &'static str,
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<Vec<T>, Problem> {
    let choice = |text: &String| match parse(text) {
        Ok(choice) if choice.to_string() != *text => {
            Err(Problem::invalid(code, format!("{member} {text:?} is written {choice}")).at_member(member))
        }
        parsed => parsed.map_err(|invalid| Problem::from(invalid.of(member, text)).of_body()),
    };
    texts.iter().map(choice).collect()
}

async fn release(caller: Caller, Query(pairs): Query, Object(given): Object) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let given: AlertRelease = body::of_type(given, &["rules", "held_by", "min_arr", "reason"])?;
    let arr = |amount: f64| {
        let text = amount.to_string();
        Money::parse(&text).map_err(|invalid| Problem::from(invalid.of("min_arr", &text)).of_body())
    };
    let filter = HeldFilter {
        rules: spelled("rules", "alert_rule", &given.rules, Rule::parse)?,
        held_by: spelled("held_by", "held_by", &given.held_by, HeldBy::parse)?,
        min_arr: given.min_arr.map(arr).transpose()?.map(Money::cents),
    };
    let reason = given.reason.unwrap_or_default();
    let released = alerts::release(&caller.context, &filter, &reason, dry_run).await?;
    Ok((reply::operation(released.operation), Json(AlertsReleased::from(&released))).into_response())
}
