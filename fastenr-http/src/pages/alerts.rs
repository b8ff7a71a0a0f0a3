//! Acknowledge, snooze and resolve, from the page of the account.

use fastenr_core::model::selection::Selection;
use fastenr_core::ops::alerts::{self, Act};

use super::fields::Fields;
use super::look::Look;
use super::{answer, row};
use crate::Problem;
use crate::at::At;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::reply::Answer;

pub(super) fn rows() -> Vec<Endpoint> {
    let write = (Noun::Alerts, Verb::Write);
    vec![
        row::form("/dashboard/alerts/{id}/acknowledge", "Acknowledge an alert", write, |look, at, fields| {
            act(look, at, fields, |_, _| Ok(Act::Acknowledge))
        }),
        row::form("/dashboard/alerts/{id}/snooze", "Snooze an alert", write, |look, at, fields| {
            act(look, at, fields, snooze)
        }),
        row::form("/dashboard/alerts/{id}/resolve", "Resolve an alert", write, |look, at, fields| {
            act(look, at, fields, |_, _| Ok(Act::Resolve))
        }),
    ]
}

fn snooze(look: &Look, fields: &Fields) -> Result<Act, Problem> {
    let text = fields.text("until").unwrap_or("7d");
    let until =
        alerts::until(look.context(), text).map_err(|invalid| Problem::from(invalid.of("until", text)).of_content())?;
    Ok(Act::Snooze { until })
}

async fn act(
    look: Look,
    At(name): At<String>,
    fields: Fields,
    of: fn(&Look, &Fields) -> Result<Act, Problem>,
) -> Answer {
    let act = of(&look, &fields)?;
    let id = alerts::id_of(look.context(), &name).await?;
    let reason = fields.text("reason").unwrap_or_default();
    let acted = alerts::act(look.context(), &Selection::of_ids([id]), act, reason, false)
        .await
        .map_err(|error| Problem::from(error).of_content())?;
    let page = fields.back().unwrap_or_else(|| "/dashboard/accounts".to_owned());
    Ok(answer::done(&page, acted.operation))
}
