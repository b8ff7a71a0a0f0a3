//! `/api/accounts/{id}/health`: where one account stands, how it came there, and a person's word against it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::when::Sense;
use fastenr_core::ops::period;
use fastenr_core::ops::scores::explain_account;
use fastenr_core::ops::scores::views::{self, AdjustmentOutcome};
use fastenr_core::view::explanation::HealthExplained;
use fastenr_core::view::health::{ADJUSTED_BRIEF, HealthShown, adjusted};
use fastenr_core::view::named;
use fastenr_core::view::snapshot::HealthHistory;
use serde_json::json;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

use super::TAG;
use crate::at::PathParts;
use crate::body::Object;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Parameter, RemainingParameters, dry_run};
use crate::problem::FieldError;
use crate::reply::{self, Answer};
use crate::{Problem, adjustment, schema};

const PATH: &str = "/api/accounts/{id}/health";
const ADJUSTMENT: &str = "/api/accounts/{id}/health/adjustment";

/// The score of an adjustment, as [`HealthShown`] has it.
const SCORE: &str = "score";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let as_of = || Parameter::new("as_of", schema::date(), "As of this day (default today).");
    let object = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    let example = json!({"score": 35, "reason": "The sponsor resigned"});
    let brief = || schema::record(named(&ACCOUNT, &ADJUSTED_BRIEF));
    vec![
        Endpoint::get(PATH, "accounts_health", show)
            .of(TAG, Noun::Health, Verb::Read)
            .says("Get the scores of an account", "From the last snapshot up to the day.")
            .takes([as_of()])
            .answers_as::<HealthShown>(StatusCode::OK, "The scores; null: not scored by that day."),
        Endpoint::get("/api/accounts/{id}/health/history", "accounts_health_history", history)
            .of(TAG, Noun::Health, Verb::Read)
            .says("List the scores of an account by day", "The oldest first, one day per run.")
            .takes([Parameter::new(
                "since",
                schema::duration(),
                "Period until today, such as 90d, 12w, 6m or 1y, at most 3660 days (default 90d).",
            )])
            .answers_as::<HealthHistory>(StatusCode::OK, "The days."),
        Endpoint::get("/api/accounts/{id}/health/explain", "accounts_health_explain", explain)
            .of(TAG, Noun::Health, Verb::Read)
            .says(
                "Explain the scores of an account",
                "Components, factors and their data, which add up to the score. With `since`, also what changed since \
                 an earlier day and why, in steps that add up to the difference.",
            )
            .takes([
                as_of(),
                Parameter::new(
                    "since",
                    schema::day_or_duration(),
                    "Compare with an earlier day: a time before that day, such as 7d or 4w, or a day.",
                ),
            ])
            .answers_as::<HealthExplained>(StatusCode::OK, "The explanation."),
        Endpoint::put(ADJUSTMENT, "accounts_health_adjust", adjust)
            .of(TAG, Noun::Health, Verb::Write)
            .says(
                "Adjust the health score of an account until a date",
                "The adjusted score replaces the score of the model, caps included. It is always shown with the \
                 person who set it and the reason. A later adjustment replaces it. The account is scored again at \
                 once, or by the recompute in progress.",
            )
            .takes([dry_run()])
            .unconditional()
            .defines("NewAdjustment", adjustment::members(object, SCORE))
            .json("The score and the reason.", schema::reference("NewAdjustment"), Some(example))
            .defines("AdjustedAccount", brief())
            .answers(StatusCode::OK, "The account after the change.", schema::reference("AdjustedAccount"), None)
            .header("Fastenr-Operation", "The operation; absent: nothing changed."),
        Endpoint::delete(ADJUSTMENT, "accounts_health_clear", clear)
            .of(TAG, Noun::Health, Verb::Write)
            .says(
                "End the current adjustment",
                "The score of the model applies again at once; past days keep their scores.",
            )
            .takes([dry_run()])
            .unconditional()
            .answers(StatusCode::OK, "The account after the change.", schema::reference("AdjustedAccount"), None)
            .header("Fastenr-Operation", "The operation; absent: nothing changed."),
    ]
}

async fn show(caller: Caller, PathParts(name): PathParts<String>, Query(pairs): Query) -> Answer {
    let as_of = RemainingParameters::new(pairs).day("as_of")?;
    let shown = views::show(&caller.context, &name, as_of).await?;
    Ok(Json(HealthShown::from(&shown)).into_response())
}

async fn history(caller: Caller, PathParts(name): PathParts<String>, Query(pairs): Query) -> Answer {
    let since = RemainingParameters::new(pairs).text("since")?.unwrap_or_else(|| "90d".to_owned());
    let today = caller.context.today();
    let since = period::days_since(&caller.context, today, &since)
        .map_err(|invalid| Problem::from(invalid.of("since", &since)))?;
    let (_, days) = views::history(&caller.context, &name, since).await?;
    Ok(Json(HealthHistory::from(days.as_slice())).into_response())
}

async fn explain(caller: Caller, PathParts(name): PathParts<String>, Query(pairs): Query) -> Answer {
    let mut taken = RemainingParameters::new(pairs);
    let as_of = taken.day("as_of")?;
    let day = as_of.unwrap_or_else(|| caller.context.today());
    let since = match taken.text("since")? {
        Some(text) => Some(
            period::day_from(&caller.context, day, &text, Sense::Back)
                .map_err(|invalid| Problem::from(invalid.of("since", &text)))?,
        ),
        None => None,
    };
    let explained = explain_account(&caller.context, &name, as_of, since).await?;
    Ok(Json(HealthExplained::from(&explained)).into_response())
}

async fn adjust(
    caller: Caller,
    PathParts(name): PathParts<String>,
    Query(pairs): Query,
    Object(mut body): Object,
) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let adjustment = adjustment::taken(&mut body, &[SCORE], &caller.context)?;
    if !body.is_empty() {
        let names = [SCORE, "reason", "until"];
        return Err(Problem::fields(body.keys().map(|name| crate::body::unknown_member(name, &names)).collect()));
    }
    let needed = || FieldError::member(SCORE, "required", "an adjustment needs a score");
    let adjustment = adjustment.ok_or_else(|| Problem::fields(vec![needed()]))?;
    let done = views::adjust(&caller.context, &name, &adjustment, dry_run)
        .await
        .map_err(|error| Problem::from(error).of_body())?;
    Ok(told(&done))
}

async fn clear(caller: Caller, PathParts(name): PathParts<String>, Query(pairs): Query) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    Ok(told(&views::clear_adjustment(&caller.context, &name, dry_run).await?))
}

fn told(done: &AdjustmentOutcome) -> axum::response::Response {
    reply::composite(StatusCode::OK, done.written.operation, &adjusted(&done.written.record))
}
