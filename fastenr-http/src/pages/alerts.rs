//! Acknowledge, snooze and resolve, from any page that shows alerts.

use fastenr_core::model::alert::ALERT;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::alerts::{self, AlertAction};
use fastenr_core::ops::selection;

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
        row::form("/dashboard/alerts/acknowledge", "Acknowledge alerts", write, |request, fields| {
            act_on_several(request, fields, |_, _| Ok(AlertAction::Acknowledge))
        }),
        row::form("/dashboard/alerts/snooze", "Snooze alerts", write, |request, fields| {
            act_on_several(request, fields, snooze)
        }),
    ]
}

fn snooze(request: &PageRequest, fields: &Fields) -> Result<AlertAction, Problem> {
    let text = fields.text("until").unwrap_or("7d");
    let until = alerts::until(request.context(), text)
        .map_err(|invalid| Problem::from(invalid.of("until", text)).of_content())?;
    Ok(AlertAction::Snooze { until })
}

type Act = fn(&PageRequest, &Fields) -> Result<AlertAction, Problem>;

async fn act(request: PageRequest, PathParts(name): PathParts<String>, fields: Fields, of: Act) -> Answer {
    let act = of(&request, &fields)?;
    let id = alerts::id_of(request.context(), &name).await?;
    done(&request, &fields, &Selection::of_ids([id]), act).await
}

/// On those that the form names, as the page showed them: one operation, and one undo.
async fn act_on_several(request: PageRequest, fields: Fields, of: Act) -> Answer {
    let act = of(&request, &fields)?;
    let ids = fields.text("id").unwrap_or_default();
    if ids.is_empty() {
        return Err(Problem::invalid("blank", "the form names no alerts").of_content());
    }
    let chosen = selection::selection(request.context(), &ALERT, [("id", ids)]).await?;
    done(&request, &fields, &chosen, act).await
}

async fn done(request: &PageRequest, fields: &Fields, chosen: &Selection, act: AlertAction) -> Answer {
    let reason = fields.text("reason").unwrap_or_default();
    let acted = alerts::act(request.context(), chosen, act, reason, false)
        .await
        .map_err(|error| Problem::from(error).of_content())?;
    let page = fields.back().unwrap_or_else(|| "/dashboard".to_owned());
    Ok(answer::done(&page, acted.operation))
}
