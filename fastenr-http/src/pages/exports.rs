//! Exports of lists.

use axum::response::IntoResponse;
use fastenr_core::export::Format;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::Noun as Records;
use fastenr_core::model::nouns::TASK;
use fastenr_core::model::segment::flags;
use fastenr_core::ops::export::ExportSelection;
use fastenr_core::ops::{calendar, selection};
use fastenr_html::link;
use fastenr_html::part::{Elsewhere, Export};

use super::answer::Plain;
use super::request::PageRequest;
use super::row;
use crate::endpoint::{Endpoint, Noun};
use crate::guard::Query;
use crate::params::Pairs;
use crate::reply::Answer;
use crate::{exports, filters};

pub(super) fn rows() -> Vec<Endpoint> {
    let mut rows = Vec::new();
    for (ending, format) in [("csv", Format::CSV), ("jsonl", Format::Lines)] {
        rows.push(
            row::page(
                &format!("/dashboard/accounts.{ending}"),
                "Export accounts",
                Noun::Accounts,
                move |request, query| accounts(request, query, format),
            )
            .takes(filters::noun_filters(&ACCOUNT)),
        );
        for (noun, scope) in [(&ENGAGEMENT, Noun::Engagements), (&GOAL, Noun::Goals), (&TASK, Noun::Tasks)] {
            rows.push(
                row::page(
                    &format!("/dashboard/{}.{ending}", noun.many),
                    "Export records",
                    scope,
                    move |request, query| entries(noun, request, query, format),
                )
                .takes(filters::noun_filters(noun)),
            );
        }
    }
    rows.push(
        row::page("/dashboard/engagements.ics", "Export engagements as a calendar", Noun::Engagements, ics)
            .takes(filters::noun_filters(&ENGAGEMENT)),
    );
    rows
}

async fn accounts(request: PageRequest, Query(pairs): Query, format: Format) -> Answer {
    let chosen = selection::selection(request.context(), &ACCOUNT, pairs).await?;
    file(exports::file(&request.caller, ExportSelection::Accounts(chosen), format))
}

async fn entries(noun: &'static Records, request: PageRequest, Query(pairs): Query, format: Format) -> Answer {
    let chosen = selection::selection(request.context(), noun, pairs).await?;
    file(exports::file(&request.caller, ExportSelection::Entries(noun, chosen), format))
}

async fn ics(request: PageRequest, Query(pairs): Query) -> Answer {
    let chosen = selection::selection(request.context(), &ENGAGEMENT, pairs).await?;
    let body = exports::sent(&request.caller, calendar::stream(request.context(), &chosen))?;
    let headers = [
        (axum::http::header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (axum::http::header::CONTENT_DISPOSITION, "attachment; filename=\"engagements.ics\""),
    ];
    file(Ok((headers, body).into_response()))
}

fn file(answer: Answer) -> Answer {
    let mut response = answer?;
    response.extensions_mut().insert(Plain);
    Ok(response)
}

/// The same list as a file, a command and an API call.
pub(super) fn ways(noun: &Records, filters: &Pairs) -> Export {
    let pairs = || filters.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let (many, filtered) = (noun.many, options(noun, filters));
    Export {
        csv: link::with(&format!("/dashboard/{many}.csv"), pairs()),
        jsonl: link::with(&format!("/dashboard/{many}.jsonl"), pairs()),
        command: format!("fastenr {many} list{filtered} --all"),
        api: format!("GET {}", link::with(&format!("/api/{many}"), pairs())),
    }
}

/// Filters as options, after a blank where there are any.
fn options(noun: &Records, filters: &Pairs) -> String {
    let flags = flags(noun, filters);
    if flags.is_empty() { flags } else { format!(" {flags}") }
}

/// A page that is no list of records, as the command with the page's filters and as the call.
pub(super) fn elsewhere(command: &str, noun: &Records, call: String, filters: &Pairs) -> Elsewhere {
    Elsewhere { command: format!("fastenr {command}{}", options(noun, filters)), api: format!("GET {call}") }
}
