//! `/api/recompute`: scoring, as the night does.

use axum::http::StatusCode;
use fastenr_core::model::day;
use fastenr_core::ops::accounts;
use fastenr_core::ops::scores::{Request, recompute_notifying};
use fastenr_core::view::health::Recomputed;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::schema::ObjectBuilder;

use crate::body::{self, Object};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::long::{self, Work, WorkOutcome};
use crate::params::{RemainingParameters, dry_run};
use crate::reply::Answer;
use crate::{Problem, schema};

/// The day and the accounts to score.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecomputeRequest {
    /// Day, such as 2026-03-31, at most today (default today). For a day before the last nightly run, only its snapshots are
    /// written.
    #[schema(schema_with = given_day)]
    as_of: Option<String>,
    /// Score only these accounts: id, external id or unique name (default: all).
    #[serde(default)]
    #[schema(required = false, max_items = 1000)]
    accounts: Vec<String>,
}

fn given_day() -> ObjectBuilder {
    let about = "Day, such as 2026-03-31, at most today (default today). For a day before the last nightly run, only its snapshots \
                 are written.";
    schema::or_null(schema::date().description(Some(about)))
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoint = Endpoint::post("/api/recompute", "health_recompute", recompute)
        .of("health", Noun::Health, Verb::Write)
        .says(
            "Score accounts",
            "The nightly run: writes snapshots, scores, statuses and alerts, all or nothing. A second run on the same \
             day changes nothing. While another run is in progress, the answer is 503.",
        )
        .takes([dry_run()]);
    let body = endpoint.schema_of::<RecomputeRequest>();
    let endpoint = endpoint
        .json("The day and the accounts to score.", body, Some(json!({"accounts": ["A-1001"]})))
        .answers_as::<Recomputed>(StatusCode::OK, "The result, or a preview in a dry run.")
        .header("Fastenr-Operation", "The operation; absent: nothing changed.");
    vec![long::may_take_long(endpoint)]
}

/// As many accounts are named at once.
const MOST: usize = 1_000;

async fn recompute(caller: Caller, work: Work, Query(pairs): Query, Object(given): Object) -> Answer {
    let dry_run = RemainingParameters::new(pairs).flag("dry_run")?;
    let given: RecomputeRequest = body::of_type(given, &["as_of", "accounts"])?;
    let rule = || Problem::invalid("date", "as_of is a day written YYYY-MM-DD").at_member("as_of");
    let as_of = given.as_of.map(|text| day::day(&text).ok_or_else(rule)).transpose()?;
    if given.accounts.len() > MOST {
        return Err(Problem::invalid("too_many", format!("at most {MOST} accounts are named")).at_member("accounts"));
    }
    let context = caller.context;
    let mut ids = Vec::with_capacity(given.accounts.len());
    for name in &given.accounts {
        ids.push(accounts::get(&context, name).await?.id);
    }
    let request = Request { as_of, accounts: ids, dry_run, ..Request::default() };
    work.run("accounts.recompute", dry_run, move |begun| async move {
        let outcome = recompute_notifying(&context, &request, &mut |_| {}, &mut |id| begun.tell(id)).await?;
        let (operation, accounts) = (outcome.operation, outcome.accounts);
        Ok(WorkOutcome::new(&Recomputed { outcome, organization: None }, operation, accounts))
    })
    .await
}
