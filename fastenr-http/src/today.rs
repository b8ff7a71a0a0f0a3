//! `/api/today`: the accounts that need something, with the reason, the last touch and the next step.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::filter::Page;
use fastenr_core::ops::selection::selection;
use fastenr_core::ops::today::{self, Today, USUAL_ROWS};
use fastenr_core::view::today::TodayList;

use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Pairs, Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{Problem, filters, schema};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/today", "today", show)
            .of("accounts", Noun::Accounts, Verb::Read)
            .says(
                "List the accounts that need something today",
                "One row per account with an open alert or a task due by today: by severity, then by ARR weighted by how \
                 near the renewal is, ARR × (1 + 3 × (90 − days until the renewal, 0 to 90) / 90). An overdue task \
                 counts as a warning, a task due today as an info. The key also needs `alerts:read`, `tasks:read`, \
                 `engagements:read` and `health:read`.",
            )
            .takes([limit()])
            .takes(filters::noun_filters(&ACCOUNT))
            .answers_as::<TodayList>(StatusCode::OK, "The accounts."),
    ]
}

/// How many accounts, for the API and for its page.
pub(crate) fn limit() -> Parameter {
    const MOST: i64 = Page::MOST as i64;
    let says = format!("Maximum number of accounts, 1 to {MOST} (default {USUAL_ROWS}).");
    Parameter::new("limit", schema::integer(1, MOST), says)
}

async fn show(caller: Caller, Query(pairs): Query) -> Answer {
    let found = found(&caller, pairs).await?;
    Ok(Json(TodayList::from(&found)).into_response())
}

/// What a query asks for: for the API and for its page.
pub(crate) async fn found(caller: &Caller, pairs: Pairs) -> Result<Today, Problem> {
    for noun in today::READS {
        caller.may(noun, Verb::Read)?;
    }
    let mut taken = RemainingParameters::new(pairs);
    let limit = usize::try_from(taken.limit(USUAL_ROWS)?).unwrap_or(usize::MAX);
    let filter = selection(&caller.context, &ACCOUNT, taken.rest()).await?;
    Ok(today::today(&caller.context, &filter, limit).await?)
}
