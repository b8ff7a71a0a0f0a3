//! Acknowledge, snooze and resolve, from the page of the account.

use fastenr_core::model::selection::Selection;
use fastenr_core::ops::alerts::{self, AlertAction};

use super::fields::Fields;
use super::request::PageRequest;
use super::{answer, row};
use crate::Problem;
use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::reply::Answer;

pub(super) fn rows() -> Vec<Endpoint> {
    let write = (Noun::Alerts, Verb::Write);
    vec![
        row::form("/dashboard/alerts/{id}/acknowledge", "Acknowledge an alert", write, |request, at, fields| {
            act(request, at, fields, |_, _| Ok(AlertAction::Acknowledge))
        }),
        row::form("/dashboard/alerts/{id}/snooze", "Snooze an alert", write, |request, at, fields| {
            act(request, at, fields, snooze)
        }),
        row::form("/dashboard/alerts/{id}/resolve", "Resolve an alert", write, |request, at, fields| {
            act(request, at, fields, |_, _| Ok(AlertAction::Resolve))
        }),
    ]
}

fn snooze(request: &PageRequest, fields: &Fields) -> Result<AlertAction, Problem> {
    let text = fields.text("until").unwrap_or("7d");
    let until = alerts::until(request.context(), text)
        .map_err(|invalid| Problem::from(invalid.of("until", text)).of_content())?;
    Ok(AlertAction::Snooze { until })
}

async fn act(
    request: PageRequest,
    PathParts(name): PathParts<String>,
    fields: Fields,
    of: fn(&PageRequest, &Fields) -> Result<AlertAction, Problem>,
) -> Answer {
    let act = of(&request, &fields)?;
    let id = alerts::id_of(request.context(), &name).await?;
    let reason = fields.text("reason").unwrap_or_default();
    let acted = alerts::act(request.context(), &Selection::of_ids([id]), act, reason, false)
        .await
        .map_err(|error| Problem::from(error).of_content())?;
    let page = fields.back().unwrap_or_else(|| "/dashboard/accounts".to_owned());
    Ok(answer::done(&page, acted.operation))
}
