//! `/api/v1/health`: daily metrics with the scores of their days, and recording both.

use axum::http::StatusCode;
use fastenr_core::model::metric::METRIC;
use fastenr_core::ops::scores::views;
use fastenr_core::view::health::HealthRecorded;
use serde_json::json;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

use super::TAG;
use crate::body::{self, Object};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{ACCOUNT, RemainingParameters, dry_run};
use crate::reply::{self, Answer};
use crate::schema::{self, Shape};
use crate::{Problem, adjustment, filters, nouns};

const PATH: &str = "/api/v1/health";

/// What a score that a person sets may be called here.
const SCORES: [&str; 2] = ["health_score", "overall_health_score"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    let example =
        json!({"account": "A-1001", "metric_date": "2026-01-31", "login_frequency": 40, "support_tickets": 2});
    vec![
        Endpoint::get(PATH, "health_metrics", list)
            .of(TAG, Noun::Metrics, Verb::Read)
            .says(
                "List health metrics and scores",
                "The metrics of accounts by day; `overall_health_score` is the health score of the account on that \
                 day.",
            )
            .takes(filters::of_noun(&METRIC))
            .answers(StatusCode::OK, "A page.", schema::envelope(schema::reference("Metrics")), None),
        Endpoint::post(PATH, "health_record", record)
            .of(TAG, Noun::Metrics, Verb::Write)
            .says(
                "Record health metrics",
                "If the account already has metrics for that day, they are updated. The score is computed by the \
                 model: setting `health_score` (or `overall_health_score`), with or without metrics, creates an \
                 adjustment `until` a day, and needs a `reason` and a key with `health:write`. Both are one \
                 operation, and the account is scored again at once, or by the recompute in progress.",
            )
            .takes([dry_run()])
            .defines("NewHealth", given())
            .json("The metrics of the day, an adjustment, or both.", schema::reference("NewHealth"), Some(example))
            .answers_as::<HealthRecorded>(StatusCode::CREATED, "The account and the new metrics.")
            .header("Fastenr-Operation", "The operation, for an undo.")
            .answers_as::<HealthRecorded>(
                StatusCode::OK,
                "The account and the updated metrics, or a preview in a dry run.",
            )
            .header("Fastenr-Operation", "The operation; absent: nothing changed."),
    ]
}

/// Metrics; metrics and a score; a score.
fn given() -> Shape {
    let metrics = || schema::given(&METRIC, true);
    let account = || {
        let closed = AdditionalProperties::<Schema>::FreeForm(false);
        let object = ObjectBuilder::new().additional_properties(Some(closed));
        object.property(ACCOUNT, schema::words()).required(ACCOUNT)
    };
    let scored = SCORES
        .into_iter()
        .flat_map(|score| [adjustment::members(metrics(), score), adjustment::members(account(), score)]);
    schema::either_account([metrics()].into_iter().chain(scored))
}

async fn list(caller: Caller, Query(pairs): Query) -> Answer {
    nouns::page(&METRIC, &caller, pairs).await
}

async fn record(caller: Caller, Query(pairs): Query, Object(mut body): Object) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let adjustment = adjustment::taken(&mut body, &SCORES, &caller.context)?;
    if adjustment.is_some() {
        caller.may(Noun::Health, Verb::Write)?;
    }
    let given = body::given(&METRIC, body)?;
    let recorded = views::record_and_adjust(&caller.context, &given, adjustment.as_ref(), dry_run)
        .await
        .map_err(|error| Problem::from(error).of_body())?;
    let status = if recorded.new && !dry_run { StatusCode::CREATED } else { StatusCode::OK };
    Ok(reply::composite(status, recorded.operation, &HealthRecorded::from(&recorded)))
}
