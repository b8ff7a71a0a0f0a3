//! Goals: their rules ([`crate::goals`]) in every write, progress, values from the data, and what came of them.

mod achieved;
mod import;
mod outlook;
mod progress;
mod refresh;
mod report;

pub use achieved::achieved_since;
pub use outlook::{Outlook, outlook, share};
pub use progress::{Step, progress};
pub(in crate::ops) use refresh::of_night;
pub use refresh::{RefreshOutcome, refresh};
pub use report::{GroupBy, report};

use chrono::NaiveDate;
use futures_util::future::BoxFuture;

use super::Context;
use super::rules::NounRules;
use crate::error::{Error, Invalid, Result, Setting};
use crate::goals::{self, DerivedStatus, State, StatusInput};
use crate::model::entry::Entry;
use crate::model::goal::GOAL;
use crate::model::noun::{Field, Value};
use crate::model::{GoalMetric, GoalStatus, GoalStatusSource, Milestones};
use crate::say;
use crate::store::records::Assignment;
use crate::store::staging::Staging;
use crate::store::{self, Tx};

/// The rules of goals, in every write.
#[derive(Debug)]
pub struct GoalRules;

impl NounRules for GoalRules {
    fn complete<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        context: &'a Context,
        old: Option<&'a Entry>,
        given: Vec<Assignment>,
        on: Option<NaiveDate>,
    ) -> BoxFuture<'a, Result<Vec<Assignment>>> {
        Box::pin(complete(tx, context, old, given, on))
    }

    fn prepare_staged<'a>(
        &'a self,
        staging: &'a Staging,
        tx: &'a mut Tx<'_>,
        context: &'a Context,
    ) -> BoxFuture<'a, Result<Option<i64>>> {
        Box::pin(import::carry_milestones(staging, tx, context))
    }

    fn complete_staged<'a>(
        &'a self,
        staging: &'a Staging,
        tx: &'a mut Tx<'_>,
        context: &'a Context,
        prepared: Option<i64>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(import::complete_rows(staging, tx, context, prepared))
    }
}

/// Whether a goal of this type takes its value from the data.
pub fn is_measured(metric: GoalMetric) -> bool {
    !matches!(metric, GoalMetric::Custom | GoalMetric::Renewals)
}

fn field(name: &str) -> Result<&'static Field> {
    let found = GOAL.field(name).map(|(_, field)| field);
    found.ok_or_else(|| Error::invalid("unknown_field", format!("goals have no field {name:?}")))
}

/// The values that a goal has and is given, together.
struct Values<'a> {
    old: Option<&'a Entry>,
    given: Vec<Assignment>,
}

impl Values<'_> {
    fn given(&self, name: &str) -> Option<&Value> {
        self.given.iter().find(|(field, _)| field.name == name).map(|(_, value)| value)
    }

    fn of(&self, name: &str) -> Value {
        let stored = || self.old.and_then(|old| GOAL.field(name).map(|(_, field)| old.stored(field)));
        self.given(name).cloned().or_else(stored).unwrap_or_default()
    }

    fn integer(&self, name: &str) -> Option<i64> {
        match self.of(name) {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    fn date(&self, name: &str) -> Option<NaiveDate> {
        match self.of(name) {
            Value::Date(day) => Some(day),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> String {
        match self.of(name) {
            Value::Text(text) => text,
            _ => String::new(),
        }
    }

    fn set(&mut self, name: &str, value: Value) -> Result<()> {
        match self.given.iter_mut().find(|(known, _)| known.name == name) {
            Some((_, given)) => *given = value,
            None => self.given.push((field(name)?, value)),
        }
        Ok(())
    }
}

/// What the rules make of a single write: a new goal where there is no `old`. A value that is given is of the day `on`.
///
/// # Errors
/// `target_date` before the day it began; `completion_date` of a goal that is not achieved.
async fn complete(
    tx: &mut Tx<'_>,
    context: &Context,
    old: Option<&Entry>,
    given: Vec<Assignment>,
    on: Option<NaiveDate>,
) -> Result<Vec<Assignment>> {
    let today = context.today();
    let mut values = Values { old, given };
    let started_on = values.date("started_on").unwrap_or(today);
    if old.is_none() {
        let measured = measured(tx, context, &values).await?;
        for (name, value) in
            begin(values.integer("start_value"), values.integer("current_value"), measured, started_on, today)
        {
            values.set(name, Value::Integer(value))?;
        }
    }
    if let Some(target_date) = values.date("target_date").filter(|day| *day < started_on) {
        let message = format!("target_date {target_date} is before the day it began, {started_on}");
        return Err(
            Error::invalid("target_date", message).hint(say!("give the day it began with {}", Setting::StartedOn))
        );
    }
    let said = StatusInput {
        status: values.given("status").and_then(|_| GoalStatus::parse(&values.text("status")).ok()),
        completion_date: values.given("completion_date").and_then(|_| values.date("completion_date")),
        by: GoalStatusSource::Person,
        progressed: old.is_some_and(|old| old.integer("current_value") != values.integer("current_value")),
        on: on.filter(|_| values.given("current_value").is_some()),
    };
    let cleared = values.given("completion_date").is_some_and(Value::is_null);
    let state = State {
        start: values.integer("start_value").unwrap_or(0),
        started_on,
        current: values.integer("current_value").unwrap_or(0),
        target: values.integer("target_value"),
        target_date: values.date("target_date"),
        milestones: milestones(&values.text("milestones"))?,
        status: old.map_or(GoalStatus::OnTrack, status_of),
        source: old.map_or(GoalStatusSource::Rule, source_of),
        completion_date: old.and_then(|old| old.date("completion_date")).filter(|_| !cleared),
    };
    let invalid = |invalid: Invalid| {
        Error::invalid(invalid.code, invalid.rule.into_owned())
            .hint(say!("give {} with it, or leave it out", Setting::Status.is("achieved")))
    };
    let derived = goals::derive(state, &said, today).map_err(invalid)?;
    let DerivedStatus { status, source, completion_date, milestones } = derived;
    let text = |text: &str| Value::Text(text.to_owned());
    values.set("status", text(status.as_str()))?;
    if old.is_some() || completion_date.is_some() {
        values.set("completion_date", completion_date.map_or(Value::Null, Value::Date))?;
    }
    if old.is_some() || !milestones.is_empty() {
        values.set("milestones", Value::Text(milestones.to_json()))?;
    }
    if old.is_some() || source != GoalStatusSource::Rule {
        values.set("status_source", text(source.as_str()))?;
    }
    Ok(values.given)
}

/// Where a new goal begins and stands, if nobody said: its value of today, if it has one. One that began before today began
/// with another, which nobody knows.
fn begin(
    start: Option<i64>,
    current: Option<i64>,
    measured: Option<i64>,
    started_on: NaiveDate,
    today: NaiveDate,
) -> impl Iterator<Item = (&'static str, i64)> {
    let start = measured.filter(|_| start.is_none() && started_on >= today).map(|value| ("start_value", value));
    let current = measured.filter(|_| current.is_none()).map(|value| ("current_value", value));
    start.into_iter().chain(current)
}

async fn measured(tx: &mut Tx<'_>, context: &Context, values: &Values<'_>) -> Result<Option<i64>> {
    let (Value::Id(account), Ok(metric)) = (values.of("account"), GoalMetric::parse(&values.text("metric_type")))
    else {
        return Ok(None);
    };
    if !is_measured(metric) {
        return Ok(None);
    }
    store::goals::measured(tx, &context.scope(), account, metric.as_str(), context.today()).await
}

fn status_of(goal: &Entry) -> GoalStatus {
    goal.text("status").and_then(|text| GoalStatus::parse(text).ok()).unwrap_or(GoalStatus::OnTrack)
}

fn source_of(goal: &Entry) -> GoalStatusSource {
    goal.text("status_source").and_then(|text| GoalStatusSource::parse(text).ok()).unwrap_or(GoalStatusSource::Rule)
}

fn milestones(text: &str) -> Result<Milestones> {
    Milestones::parse(text).map_err(|invalid| Error::invalid(invalid.code, invalid.rule.into_owned()))
}
