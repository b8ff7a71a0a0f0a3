//! `/api/engagements.ics`: engagements for calendar programs, which subscribe to an address and can't send headers.

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::ops::{calendar, selection};

use crate::endpoint::{Answer as Answers, Endpoint, Media, Noun, Verb};
use crate::guard::{Caller, Query, TOKEN};
use crate::params::{Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{exports, filters, schema};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let token = Parameter::new(
        TOKEN,
        schema::text(),
        "An API key, instead of the header; it must have only the scope `calendar:read`. Revoking the key ends the \
         feed.",
    );
    vec![
        Endpoint::get("/api/engagements.ics", "engagements_calendar", feed)
            .of("engagements", Noun::Calendar, Verb::Read)
            .says(
                "Subscribe to engagements as a calendar feed",
                "iCalendar (RFC 5545): scheduled and completed engagements, the earliest first.",
            )
            .takes(filters::noun_filters(&ENGAGEMENT))
            .takes([token])
            .by_token()
            .answer(Answers {
                status: StatusCode::OK,
                about: "The calendar.".to_owned(),
                media: vec![Media { name: "text/calendar", schema: schema::pattern("").into(), example: None }],
                headers: Vec::new(),
            }),
    ]
}

async fn feed(caller: Caller, Query(pairs): Query) -> Answer {
    let mut taken = RemainingParameters::new(pairs);
    taken.text(TOKEN)?;
    let selection = selection::selection(&caller.context, &ENGAGEMENT, taken.rest()).await?;
    let body = exports::sent(&caller, calendar::stream(&caller.context, &selection))?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"engagements.ics\""),
        // Its address is a secret: no other place may hear of it.
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    Ok((headers, body).into_response())
}
