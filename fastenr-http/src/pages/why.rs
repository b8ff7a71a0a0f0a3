//! `/dashboard/accounts/{id}/health`: the explanation of a score.

use fastenr_core::model::when::Sense;
use fastenr_core::ops::accounts as ops;
use fastenr_core::ops::period;
use fastenr_core::ops::scores::explain_account;
use fastenr_core::score::{Amount, FactorLine, Line as ScoreLine, NextBand};
use fastenr_core::view::explanation::{ExplanationSince, HealthExplained};
use fastenr_html::format::{label, signed, word};
use fastenr_html::page::{Component, Factor, Line, Step, WhyPage};
use fastenr_html::part::Health;

use super::request::PageRequest;
use super::{answer, row};
use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun};
use crate::guard::Query;
use crate::params::{Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{Problem, schema};

pub(super) fn rows() -> Vec<Endpoint> {
    vec![row::page("/dashboard/accounts/{id}/health", "Explanation of a score", Noun::Health, show).takes([
        Parameter::new("as_of", schema::date(), "Day of the score (default: today)."),
        Parameter::new("since", schema::day_or_duration(), "Show what changed since this day."),
    ])]
}

async fn show(request: PageRequest, PathParts(name): PathParts<String>, Query(pairs): Query) -> Answer {
    request.caller.may(Noun::Accounts, crate::endpoint::Verb::Read)?;
    let context = request.context();
    let mut taken = RemainingParameters::new(pairs);
    let as_of = taken.day("as_of")?;
    let day = as_of.unwrap_or_else(|| context.today());
    let since = match taken.text("since")? {
        Some(text) => Some(
            period::day_from(&request.caller.context, day, &text, Sense::Back)
                .map_err(|invalid| Problem::from(invalid.of("since", &text)))?,
        ),
        None => None,
    };
    let account = ops::get(context, &name).await?;
    let id = account.id.to_string();
    let found = explain_account(context, &id, as_of, since).await?;
    let told = HealthExplained::from(&found);
    let here = request.here();
    let score = match (told.health_score, told.provisional_health_score) {
        (Some(score), _) => score.to_string(),
        (None, Some(score)) => format!("about {score}"),
        (None, None) => "–".to_owned(),
    };
    let components = told.components.iter().map(|part| Component {
        name: label(&name_of(&part.name)),
        score: part.score.map(points),
        share: part.score.map_or(0, |score| (score.0 / 100).clamp(0, 100)),
        weight: format!("{} %", points(part.weight)),
        contribution: added(part.contribution),
        factors: part.factors.iter().map(factor).collect(),
    });
    let known = here.day_of(account.created_at).day;
    let known = account.contract_start.map_or(known, |start| start.min(known));
    // Of a day on which it was not there yet, there is no score to compare with.
    let others = [("7 days", 7), ("30 days", 30), ("90 days", 90)]
        .into_iter()
        .filter(|(_, days)| (told.as_of - known).num_days() >= *days)
        .map(|(text, days)| (text.to_owned(), format!("/dashboard/accounts/{id}/health?since={days}d")));
    let page = WhyPage {
        frame: request.frame(format!("Why {} has a score of {score}", account.name), "accounts").await?,
        health: Health::new(told.health_score, Some(told.band.as_str()), Some(told.coverage.0)),
        score,
        as_of: here.day(told.as_of),
        components: components.collect(),
        lines: told.lines.iter().map(line).collect(),
        risk: told.churn.churn_risk_score.map(|score| format!("{score}, {}", word(told.churn.band.as_str()))),
        churn: told.churn.factors.iter().map(factor).collect(),
        churn_lines: told.churn.lines.iter().map(line).collect(),
        next: next(&told.next_band),
        likelihood: found.likelihood.as_ref().map(|likelihood| {
            let [said, note] = likelihood.lines();
            (format!("Probability of churn: {said}."), answer::sentence(note))
        }),
        since: told.since.as_ref().map(|since| changed(since, &here)),
        others: others.collect(),
        model: told.model.clone(),
        name: account.name,
        id,
    };
    if request.wants("why") { answer::fragment(page.as_why()) } else { answer::page(&page) }
}

fn name_of(name: &impl serde::Serialize) -> String {
    serde_json::to_value(name).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Without trailing zeros.
fn points(amount: Amount) -> String {
    let text = amount.to_string();
    text.strip_suffix(".00").unwrap_or(&text).to_owned()
}

/// What something adds to a score, with a minus as other numbers have it.
fn added(amount: Amount) -> String {
    amount.to_string().replace('-', "−")
}

fn factor<F: serde::Serialize>(of: &FactorLine<F>) -> Factor {
    Factor {
        name: label(&name_of(&of.name)),
        fact: of.fact.clone(),
        score: of.score.map(points),
        contribution: added(of.contribution),
    }
}

fn line(of: &ScoreLine) -> Line {
    Line { name: label(of.name), fact: of.fact.clone(), contribution: added(of.contribution) }
}

fn next(reach: &NextBand) -> String {
    let to = |band: fastenr_core::model::Band| format!("To reach {}", word(band.as_str()));
    match reach {
        NextBand::Top => "This is the best band.".to_owned(),
        NextBand::Behaviour => "A score needs usage, support or engagement data.".to_owned(),
        NextBand::Data { coverage, floor } => {
            format!("{} % of the data is available; a score needs {} %.", points(*coverage), points(*floor))
        }
        NextBand::Adjusted { until } => format!("The score is adjusted by a user until {until}."),
        NextBand::Cap { band, cap, limit } => {
            format!("{}, resolve the cap {}, which limits the score to {}.", to(*band), word(cap), points(*limit))
        }
        NextBand::Factor { band, factor, needed, fact, by, .. } => {
            let (to, name) = (to(*band), word(&name_of(factor)));
            match by {
                Some(by) => format!("{to}: {name}, {by} instead of {fact}."),
                None => format!("{to}: {name} at {} or more; now {fact}.", points(*needed)),
            }
        }
        NextBand::Several { band, lacking } => {
            format!("{}, {} more points are needed, more than one factor can add.", to(*band), points(*lacking))
        }
    }
}

fn changed(
    since: &ExplanationSince,
    here: &fastenr_html::format::RenderContext,
) -> (fastenr_html::format::Day, String, Vec<Step>) {
    let score = match (since.health_score, since.provisional_health_score) {
        (Some(score), _) => score.to_string(),
        (None, Some(score)) => format!("about {score}"),
        (None, None) => "not scored".to_owned(),
    };
    let steps = since.steps.iter().map(|step| Step {
        cause: step.cause.words().to_owned(),
        points: signed(step.health),
        facts: step.changes.iter().take(5).map(delta).collect(),
    });
    (here.day(since.day), score, steps.collect())
}

fn delta(delta: &fastenr_core::score::Delta) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    format!("{}: {} → {}", label(delta.name), text(&delta.before), text(&delta.after))
}
