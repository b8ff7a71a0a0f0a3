//! Progress of a goal: a value of a day.

use chrono::NaiveDate;

use super::{field, outlook};
use crate::error::{Error, Result, Setting, Verb};
use crate::model::entry::Entry;
use crate::model::goal::GOAL;
use crate::model::noun::Value;
use crate::model::number::GOAL_VALUE;
use crate::ops::entries::{self, DatedValue, EntryChange};
use crate::ops::{Change, Context, Written};
use crate::say;
use crate::store::Lock;

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// At this value.
    To(String),
    /// So much further than it was, or back.
    By(String),
}

/// Records the value that a goal had on a day: `on`, or today.
///
/// The newest value is the goal's; what follows from it is derived in the same operation. A value of a day before the last
/// recorded one only adds to the history.
///
/// # Errors
/// `unknown_record`, `ambiguous_record`, `goal_value`, `future`, `before_start`, `late_step`, `stale`.
pub async fn progress(
    context: &Context,
    name: &str,
    step: &Step,
    on: Option<NaiveDate>,
    dry_run: bool,
) -> Result<Written<Entry>> {
    context.may_write()?;
    let today = context.today();
    let on = on.unwrap_or(today);
    if on > today {
        return Err(Error::invalid("future", format!("progress is not after today, {today}")));
    }
    let mut tx = context.write(Lock::Shared).await?;
    let goal = entries::find(&mut tx, context, &GOAL, name).await?;
    let started_on = goal.date("started_on").unwrap_or(today);
    if on < started_on {
        let earlier = Verb::GoalsUpdate.on(goal.id()).with(Setting::StartedOn.like("DATE"));
        return Err(Error::invalid("before_start", format!("{} began on {started_on}", goal.title()))
            .hint(say!("if it began earlier: {}", earlier)));
    }
    let points = outlook::points(&mut tx, context, &goal).await?;
    let current = goal.integer("current_value").unwrap_or(0);
    let late = points.last().is_some_and(|(last, _)| *last > on);
    let parse = |text: &str| GOAL_VALUE.parse(text).map_err(|invalid| invalid.of("progress", text));
    let value = match step {
        Step::To(text) => parse(text)?,
        Step::By(text) if late => {
            return Err(Error::invalid("late_step", format!("{text} further on {on} is further than what?"))
                .hint("newer values are recorded; give the value of the day itself"));
        }
        Step::By(text) => current.saturating_add(parse(text)?),
    };
    if !(GOAL_VALUE.least..=GOAL_VALUE.most).contains(&value) {
        return Err(Error::invalid(GOAL_VALUE.code, GOAL_VALUE.rule));
    }
    let of_the_day = points.iter().rfind(|(day, _)| *day <= on);
    if of_the_day == Some(&(on, value)) && (late || value == current) {
        return Ok(Written { record: goal, operation: None, changes: Vec::<Change>::new() });
    }
    let field = field("current_value")?;
    // A late value takes the place of none.
    let (old, new) = (if late { Value::Null } else { Value::Integer(current) }, Value::Integer(value));
    let assignments = if late { Vec::new() } else { vec![(field, new.clone())] };
    let change = EntryChange { verb: "progress", dated: Some(DatedValue { field, old, new, on }) };
    entries::change(tx, context, goal, assignments, change, dry_run).await
}
