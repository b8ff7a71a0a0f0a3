//! `/api/health`: where the book stands, and what moved.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::period;
use fastenr_core::ops::scores::views::{self, By};
use fastenr_core::ops::selection::selection;
use fastenr_core::view::health_summary::HealthSummary;
use fastenr_core::view::movers::HealthMovers;

use super::TAG;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{Problem, filters, schema};

/// As many falls, and rises, as are told where nothing is said.
const USUAL_MOVERS: u64 = 20;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/health/summary", "health_summary", summary)
            .of(TAG, Noun::Health, Verb::Read)
            .says(
                "Summarize the scores of all accounts",
                "From the latest run, for the accounts that match the filters now: bands, histogram, averages, \
                 percentiles, ARR at risk and trend. Accounts that are onboarding, have insufficient data, have no \
                 score from the run or have churned are not in the distributions and averages; `left_out` counts \
                 them.",
            )
            .takes([Parameter::new("by", schema::choice(By::TEXTS), "Group by industry, size or owner.")])
            .takes(filters::noun_filters(&ACCOUNT))
            .answers_as::<HealthSummary>(StatusCode::OK, "The summary."),
        Endpoint::get("/api/health/movers", "health_movers", movers)
            .of(TAG, Noun::Health, Verb::Read)
            .says(
                "List accounts whose health fell and rose, and why",
                "Compares the latest run with the last run that is at least `since` older. Filters use the current \
                 values of accounts.",
            )
            .takes([
                Parameter::new("since", schema::duration(), "Minimum time between the two runs (default 7d)."),
                Parameter::new(
                    "limit",
                    schema::integer(1, 1_000),
                    format!("Maximum number of falls, and of rises, 1 to 1000 (default {USUAL_MOVERS})."),
                ),
            ])
            .takes(filters::noun_filters(&ACCOUNT))
            .answers_as::<HealthMovers>(StatusCode::OK, "The movers."),
    ]
}

async fn summary(caller: Caller, Query(pairs): Query) -> Answer {
    let mut taken = RemainingParameters::new(pairs);
    let by = match taken.text("by")? {
        Some(text) => Some(By::parse(&text).map_err(|invalid| Problem::from(invalid.of("by", &text)))?),
        None => None,
    };
    let filter = selection(&caller.context, &ACCOUNT, taken.rest()).await?;
    let found = views::summary(&caller.context, &filter, by).await?;
    Ok(Json(HealthSummary::from(&found)).into_response())
}

async fn movers(caller: Caller, Query(pairs): Query) -> Answer {
    let mut taken = RemainingParameters::new(pairs);
    let since = taken.text("since")?.unwrap_or_else(|| "7d".to_owned());
    let today = caller.context.today();
    let since = period::days_since(&caller.context, today, &since)
        .map_err(|invalid| Problem::from(invalid.of("since", &since)))?;
    let limit = usize::try_from(taken.limit(USUAL_MOVERS)?).unwrap_or(usize::MAX);
    let filter = selection(&caller.context, &ACCOUNT, taken.rest()).await?;
    let found = views::movers(&caller.context, &filter, since, limit).await?;
    Ok(Json(HealthMovers::from(&found)).into_response())
}
