//! The rules of goals in an import: before its rows are compared, and after.

use super::{begin, milestones};
use crate::error::Result;
use crate::goals::{State, StatusInput, carry_over, derive};
use crate::model::{GoalStatus, GoalStatusSource};
use crate::ops::Context;
use crate::store::Tx;
use crate::store::staging::{DerivedGoalRow, GoalRow, Staging};

/// Rows at a time.
const RANGE: i64 = 500;

fn ranges(last: i64) -> impl Iterator<Item = (i64, i64)> {
    (0..=last / RANGE).map(|range| (range * RANGE, range * RANGE + RANGE - 1))
}

/// Milestones of the file keep the days on which they were reached. To be called before rows are compared; the result is
/// what [`complete_rows`] has to be given.
pub(super) async fn carry_milestones(staging: &Staging, tx: &mut Tx<'_>, context: &Context) -> Result<Option<i64>> {
    let last = staging.begin_completing(tx).await?;
    let Some((bit, _)) = staging.noun.field("milestones") else { return Ok(Some(last)) };
    // What a person says of a milestone is all there is to say of it.
    if staging.fields.contains(&bit) && !staging.is_a_persons() {
        for range in ranges(last) {
            for (n, theirs, ours) in staging.differing_milestones(tx, &context.scope(), range).await? {
                let mut carried = milestones(&theirs)?;
                carry_over(&mut carried, &milestones(&ours)?);
                let carried = carried.to_json();
                if carried != theirs {
                    staging.put_milestones(tx, n, carried).await?;
                }
            }
        }
    }
    Ok(Some(last))
}

/// Sets what follows for each goal that the file creates or changes.
pub(super) async fn complete_rows(
    staging: &Staging,
    tx: &mut Tx<'_>,
    context: &Context,
    last: Option<i64>,
) -> Result<()> {
    let Some(last) = last else { return Ok(()) };
    for range in ranges(last) {
        let mut done = Vec::new();
        for row in staging.incomplete(tx, &context.scope(), range, context.today()).await? {
            let n = row.n;
            match complete(staging, context, row)? {
                Ok(completed) => done.push(completed),
                Err(Contradiction { field, rule }) => staging.contradicted(tx, n, field, field, rule).await?,
            }
        }
        staging.put_completed(tx, done).await?;
    }
    staging.end_completing(tx).await
}

/// A field that does not go with the others, and the rule.
struct Contradiction {
    field: &'static str,
    rule: String,
}

impl Contradiction {
    const fn new(field: &'static str, rule: String) -> Self {
        Self { field, rule }
    }
}

/// One row; or the rule that it breaks.
fn complete(staging: &Staging, context: &Context, row: GoalRow) -> Result<Result<DerivedGoalRow, Contradiction>> {
    let today = context.today();
    let bit = |name: &str| staging.bit(name);
    let created = row.changed.is_none();
    let changed = row.changed.unwrap_or(0);
    let started_on = row.started_on.unwrap_or(today);
    let mut start = row.start_value;
    let mut current = row.current_value;
    if created {
        for (name, value) in begin(start, current, row.measured, started_on, today) {
            *(if name == "start_value" { &mut start } else { &mut current }) = Some(value);
        }
    }
    let (start, current) = (start.unwrap_or(0), current.unwrap_or(0));
    let status = |text: &Option<String>| text.as_deref().and_then(|text| GoalStatus::parse(text).ok());
    let had_status = status(&row.had_status).unwrap_or(GoalStatus::OnTrack);
    let had_source = row.had_source.as_deref().and_then(|text| GoalStatusSource::parse(text).ok());
    let had_source = had_source.unwrap_or(GoalStatusSource::Rule);
    let had_milestones = row.had_milestones.unwrap_or_else(|| "[]".to_owned());
    let said = StatusInput {
        status: status(&row.said_status),
        completion_date: row.said_completion,
        by: if staging.is_a_persons() { GoalStatusSource::Person } else { GoalStatusSource::Import },
        progressed: changed & bit("current_value") != 0,
        on: None,
    };
    let state = State {
        start,
        started_on,
        current,
        target: row.target_value,
        target_date: row.target_date,
        milestones: milestones(row.milestones.as_deref().unwrap_or_default())?,
        status: had_status,
        source: had_source,
        completion_date: row.had_completion.filter(|_| !row.clears_completion),
    };
    if staging.is_a_persons() && row.target_date.is_some_and(|day| day < started_on) {
        return Ok(Err(Contradiction::new(
            "target_date",
            format!("the target date is before {started_on}, the day it began"),
        )));
    }
    let derived = match derive(state, &said, today) {
        Ok(derived) => derived,
        Err(invalid) => return Ok(Err(Contradiction::new("completion_date", invalid.rule.into_owned()))),
    };
    let milestones = derived.milestones.to_json();
    let mut now = changed;
    for (name, differs) in [
        ("status", derived.status != had_status),
        ("status_source", derived.source != had_source),
        ("completion_date", derived.completion_date != row.had_completion),
        ("milestones", milestones != had_milestones),
    ] {
        now = if differs { now | bit(name) } else { now & !bit(name) };
    }
    Ok(Ok(DerivedGoalRow {
        n: row.n,
        changed: now,
        start_value: start,
        current_value: current,
        status: derived.status.as_str(),
        status_source: derived.source.as_str(),
        completion_date: derived.completion_date,
        milestones,
    }))
}
