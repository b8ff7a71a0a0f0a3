//! `/api/dashboard/stats`: the figures of a dashboard in one answer.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::ops::dashboard;
use fastenr_core::view::dashboard::DashboardStats;

use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::Caller;
use crate::reply::Answer;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/dashboard/stats", "dashboard_stats", stats)
            .of("accounts", Noun::Accounts, Verb::Read)
            .says(
                "Get the figures of a dashboard",
                "Accounts by status, ARR, health, accounts at risk, renewals, open alerts, engagements and open \
                 goals, all at one moment. The key also needs `health:read`, `alerts:read`, `engagements:read` and \
                 `goals:read`.",
            )
            .answers_as::<DashboardStats>(StatusCode::OK, "The figures."),
    ]
}

async fn stats(caller: Caller) -> Answer {
    for noun in [Noun::Health, Noun::Alerts, Noun::Engagements, Noun::Goals] {
        caller.may(noun, Verb::Read)?;
    }
    let found = dashboard::dashboard(&caller.context).await?;
    Ok(Json(DashboardStats::from(&found)).into_response())
}
