//! `/api/goals/report` and `/api/engagements/report`: what came of them.

use std::str::FromStr;

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::ops::scores::impact;
use fastenr_core::ops::selection::selection;
use fastenr_core::ops::{engagements, goals};
use fastenr_core::view::engagement_report::EngagementReport;
use fastenr_core::view::goal_report::GoalReport;

use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::{Pairs, Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{Problem, filters, schema};

const ENGAGEMENT_BY: [engagements::GroupBy; 3] =
    [engagements::GroupBy::Type, engagements::GroupBy::Account, engagements::GroupBy::Owner];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/goals/report", "goals_report", of_goals)
            .of("goals", Noun::Goals, Verb::Read)
            .says(
                "Report on goals",
                "Achieved and missed goals, the completion rate, achieved / (achieved + missed), and the days to \
                 completion.",
            )
            .takes(goal_parameters())
            .takes(filters::noun_filters(&GOAL))
            .answers_as::<GoalReport>(StatusCode::OK, "The report."),
        Endpoint::get("/api/engagements/report", "engagements_report", of_engagements)
            .of("engagements", Noun::Engagements, Verb::Read)
            .says(
                "Report on engagements",
                "How often customers were met, with which outcomes, and how fast they answered. `from` and `to` set \
                 the period, by default the last 90 days until today. An engagement belongs to the day on which it \
                 was completed, in the organization's time zone.",
            )
            .takes(engagement_parameters())
            .takes(filters::noun_filters(&ENGAGEMENT))
            .answers_as::<EngagementReport>(StatusCode::OK, "The report."),
    ]
}

pub(crate) fn goal_parameters() -> [Parameter; 2] {
    let by = Parameter::new(
        "by",
        schema::choice(&goals::GroupBy::ALL.map(goals::GroupBy::as_str)),
        "Grouping: metric_type, or size, industry or owner of the account (default metric_type).",
    );
    [by, impact_parameter()]
}

pub(crate) fn engagement_parameters() -> [Parameter; 2] {
    let by = Parameter::new(
        "by",
        schema::choice(&ENGAGEMENT_BY.map(engagements::GroupBy::as_str)),
        "Grouping: type, account or owner of the account (default type).",
    );
    [by, impact_parameter()]
}

fn impact_parameter() -> Parameter {
    let about = "Also show how scores changed in the 30 days after, compared with accounts without one: correlation, \
        not proof. The key also needs `health:read`.";
    Parameter::new("impact", schema::boolean(), about)
}

/// Whether scores are asked for too, which not every key may see.
fn impact(taken: &mut RemainingParameters, caller: &Caller) -> Result<bool, Problem> {
    let asked = taken.flag("impact")?;
    if asked {
        caller.may(Noun::Health, Verb::Read)?;
    }
    Ok(asked)
}

async fn of_goals(caller: Caller, Query(pairs): Query) -> Answer {
    Ok(Json(goals_found(&caller, pairs).await?).into_response())
}

/// What was asked of the goals, for the API and the pages.
pub(crate) async fn goals_found(caller: &Caller, pairs: Pairs) -> Result<GoalReport, Problem> {
    let context = &caller.context;
    let mut taken = RemainingParameters::new(pairs);
    let by = match taken.text("by")? {
        Some(text) => goals::GroupBy::from_str(&text).map_err(|invalid| Problem::from(invalid.of("by", &text)))?,
        None => goals::GroupBy::default(),
    };
    let impact = impact(&mut taken, caller)?;
    let chosen = selection(context, &GOAL, taken.rest()).await?;
    let report = goals::report(context, &chosen, by).await?;
    let rows = match impact {
        true => Some(impact::of_goals(context, &chosen).await?),
        false => None,
    };
    Ok(GoalReport::new(&report, by, rows.as_deref()))
}

async fn of_engagements(caller: Caller, Query(pairs): Query) -> Answer {
    Ok(Json(engagements_found(&caller, pairs).await?).into_response())
}

/// What was asked of the engagements, for the API and the pages.
pub(crate) async fn engagements_found(caller: &Caller, pairs: Pairs) -> Result<EngagementReport, Problem> {
    let context = &caller.context;
    let mut taken = RemainingParameters::new(pairs);
    let by = match taken.text("by")? {
        Some(text) => ENGAGEMENT_BY.into_iter().find(|by| by.as_str() == text).ok_or_else(|| {
            let texts = ENGAGEMENT_BY.map(engagements::GroupBy::as_str).join(", ");
            Problem::invalid("by", format!("by {text:?}: a row is for one of {texts}")).at_parameter("by")
        })?,
        None => engagements::GroupBy::default(),
    };
    let impact = impact(&mut taken, caller)?;
    let (from, to) = (taken.text("from")?, taken.text("to")?);
    let period = engagements::period(context, from.as_deref(), to.as_deref())?;
    let chosen = selection(context, &ENGAGEMENT, taken.rest()).await?;
    let reported = engagements::report(context, &chosen, period, by).await?;
    let rows = match impact {
        true => Some(impact::of_engagements(context, &chosen, period).await?),
        false => None,
    };
    Ok(EngagementReport::new(&reported, by, rows.as_deref()))
}
