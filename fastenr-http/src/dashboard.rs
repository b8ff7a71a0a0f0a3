//! `/api/dashboard/stats`: the figures of a dashboard in one answer.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::dashboard;
use fastenr_core::ops::selection::selection;
use fastenr_core::view::dashboard::DashboardStats;

use crate::endpoint::{Endpoint, Noun, Verb};
use crate::filters;
use crate::guard::{Caller, Query};
use crate::reply::Answer;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/dashboard/stats", "dashboard_stats", stats)
            .of("accounts", Noun::Accounts, Verb::Read)
            .says(
                "Get the figures of a dashboard",
                "Accounts by status, ARR, health, accounts at risk, renewals, open alerts, engagements and open \
                 goals, all at one moment, of the accounts that match the filters. Alerts of no account are counted \
                 without a filter only. The key also needs `health:read`, `alerts:read`, `engagements:read` and \
                 `goals:read`.",
            )
            .takes(filters::noun_filters(&ACCOUNT))
            .answers_as::<DashboardStats>(StatusCode::OK, "The figures."),
    ]
}

async fn stats(caller: Caller, Query(pairs): Query) -> Answer {
    for noun in [Noun::Health, Noun::Alerts, Noun::Engagements, Noun::Goals] {
        caller.may(noun, Verb::Read)?;
    }
    let filter = selection(&caller.context, &ACCOUNT, pairs).await?;
    let found = dashboard::dashboard(&caller.context, &filter).await?;
    Ok(Json(DashboardStats::from(&found)).into_response())
}
