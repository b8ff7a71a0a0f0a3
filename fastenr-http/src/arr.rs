//! `/api/arr/summary`: what a period did to the ARR.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::arr_change::GroupBy;
use fastenr_core::model::filter::Archived;
use fastenr_core::ops::arr;
use fastenr_core::ops::selection::selection;
use fastenr_core::view::arr::ArrSummary;

use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Pairs, Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{Problem, filters, schema};

/// A year, a quarter, a month, or a word for one of them.
const PERIOD: &str = "^([1-9][0-9]{3}(-(Q[1-4]|0[1-9]|1[0-2]))?|(this|last)-(month|quarter|year))$";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/arr/summary", "arr_summary", summary)
            .of("arr", Noun::Arr, Verb::Read)
            .says(
                "Summarize the ARR movements of a period",
                "Opening + new + expansion - contraction - churn = closing, to the cent, in each group and in the \
                 total. NRR and GRR are percentages of the opening. An account counts as churned from the day in \
                 churned_on; churned accounts without this date are left out and counted in `undated`. Without a \
                 period: this year until today.",
            )
            .takes(parameters())
            .takes(filters::noun_filters(&ACCOUNT))
            .answers_as::<ArrSummary>(StatusCode::OK, "The summary."),
    ]
}

pub(crate) fn parameters() -> [Parameter; 5] {
    [
        Parameter::new(
            "period",
            schema::pattern(PERIOD),
            "Period, instead of `from` and `to`: 2025, 2025-Q3, 2025-03, or this- or last- with month, \
             quarter or year.",
        ),
        Parameter::new("from", schema::date(), "First day (default: 1 January of the year of `to`)."),
        Parameter::new("to", schema::date(), "Last day (default today)."),
        Parameter::new(
            "by",
            schema::choice(GroupBy::TEXTS),
            "Group by size, industry or owner, with today's values; or by month, quarter or year, each part \
             opening with the closing of the part before.",
        ),
        Parameter::new("with_archived", schema::boolean(), "Include archived accounts."),
    ]
}

async fn summary(caller: Caller, Query(pairs): Query) -> Answer {
    Ok(Json(found(&caller, pairs).await?).into_response())
}

/// What was asked of the ARR, for the API and the pages.
pub(crate) async fn found(caller: &Caller, pairs: Pairs) -> Result<ArrSummary, Problem> {
    let context = &caller.context;
    let mut taken = RemainingParameters::new(pairs);
    let (name, from, to) = (taken.text("period")?, taken.text("from")?, taken.text("to")?);
    let period = arr::period(context, name.as_deref(), from.as_deref(), to.as_deref())?;
    let by = match taken.text("by")? {
        Some(text) => Some(GroupBy::parse(&text).map_err(|invalid| Problem::from(invalid.of("by", &text)))?),
        None => None,
    };
    let with_archived = taken.flag("with_archived")?;
    let mut filter = selection(context, &ACCOUNT, taken.rest()).await?;
    match filter.archived {
        Archived::Only if with_archived => {
            let detail = "archived accounts alone, or too: give archived or with_archived";
            return Err(Problem::invalid("archived", detail).at_parameter("with_archived"));
        }
        _ if with_archived => filter.archived = Archived::With,
        _ => {}
    }
    let report = arr::summary(context, &filter, period, by).await?;
    Ok(ArrSummary::from(&report))
}
