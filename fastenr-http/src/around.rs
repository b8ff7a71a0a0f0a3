//! `/api/accounts/{id}` and what happened there: an account with everything around it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::event::EventKind;
use fastenr_core::model::filter::Page;
use fastenr_core::ops::{overview, timeline};
use fastenr_core::view::account::AccountOverview;
use fastenr_core::view::event::Timeline;

use crate::at::At;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::filters::TIME;
use crate::guard::{Caller, Query};
use crate::params::{Parameter, Style, Taken};
use crate::reply::Answer;
use crate::schema;

const TAG: &str = "accounts";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let kinds = schema::array(schema::choice(EventKind::TEXTS)).min_items(Some(1));
    let limit = schema::integer(1, Page::MOST as i64);
    vec![
        Endpoint::get("/api/accounts/{id}", "accounts_get", get)
            .of(TAG, Noun::Accounts, Verb::Read)
            .says(
                "Get an account and what is around it",
                "Its fields and scores, then team, parent and children, contacts, the last and the next engagement, open \
                 goals and the latest metrics. As it is made of many records it has no ETag; `If-Match` of a write to the \
                 account takes its `version`, in quotes: `\"7\"`.",
            )
            .answers_as::<AccountOverview>(StatusCode::OK, "The account."),
        Endpoint::get("/api/accounts/{id}/timeline", "accounts_timeline", told)
            .of(TAG, Noun::Accounts, Verb::Read)
            .says(
                "What happened around an account",
                "The newest first. Engagements stand where they took place, planned ones at their time; goals where they \
                 were set, changed status and were reached; then what people wrote and what imports changed.",
            )
            .takes([
                Parameter::new("kind", kinds, "Only these kinds.").style(Style::Commas),
                Parameter::new("from", schema::pattern(TIME), "From then on: a time ago such as 90d, a day, a moment."),
                Parameter::new("to", schema::pattern(TIME), "Up to then; without it planned engagements come first."),
                Parameter::new("limit", limit, "How many events at most, 1 to 1000 (default 25)."),
            ])
            .answers_as::<Timeline>(StatusCode::OK, "The latest events."),
    ]
}

async fn get(caller: Caller, At(name): At<String>) -> Answer {
    let around = overview::overview(&caller.context, &name).await?;
    Ok(Json(AccountOverview::from(&around)).into_response())
}

async fn told(caller: Caller, At(name): At<String>, Query(pairs): Query) -> Answer {
    let mut taken = Taken::new(pairs);
    let kinds = taken.list("kind");
    let (from, to) = (taken.text("from")?, taken.text("to")?);
    let limit = taken.limit(Page::default().limit)?;
    let mut wanted = timeline::wanted(&caller.context, &kinds, from.as_deref(), to.as_deref())?;
    wanted.limit = usize::try_from(limit).ok();
    let found = timeline::timeline(&caller.context, &name, &wanted).await?;
    Ok(Json(Timeline::new(&found.events, Some(limit), found.has_more)).into_response())
}
