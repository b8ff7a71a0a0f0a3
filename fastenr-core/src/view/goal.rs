//! Computed fields of a goal: its progress and its projected finish.

use super::Hundredths;
use super::record::optional_number;
use crate::model::entry::Entry;
use crate::model::noun::{Field, Meaning, Value};
use crate::model::number::PERCENT;
use crate::ops::goals::{self, Outlook};

/// The progress of a goal, as in the overview of an account.
pub static PROGRESS: Field =
    Field::new("progress", Meaning::Number(&PERCENT), "progress from start to target, 0 to 100 %");

/// Computed fields of a goal in a list.
pub static GOAL_COMPUTED: &[Field] = &[SHARE];

/// Computed fields of a single goal.
pub static GOAL_OUTLOOK: &[Field] = &[
    SHARE,
    Field::new("expected_share", Meaning::Number(&PERCENT), "progress expected today on a straight line, 0 to 100 %"),
    Field::new("next_milestone", Meaning::Custom, "next open milestone, an object as in milestones"),
    Field::new(
        "projection",
        Meaning::Custom,
        "projected finish from the recorded values: an object with finish, earliest, latest (days), certainty (low, \
         medium, high) and points",
    ),
];

/// The progress of a goal.
pub const SHARE: Field =
    Field::new("progress_share", Meaning::Number(&PERCENT), "progress from start to target, 0 to 100 %");

/// In percent; none without a target.
pub fn progress(goal: &Entry) -> Option<Hundredths> {
    goals::share(goal).map(|share| Hundredths(i64::from(share)))
}

/// The value of a field of the goal or of [`GOAL_COMPUTED`].
pub fn listed(goal: &Entry, field: &Field) -> Value {
    match field.name {
        "progress_share" => optional_number(progress(goal).map(|share| share.0)),
        _ => goal.value(field),
    }
}

/// The value of a field of the goal or of [`GOAL_OUTLOOK`].
pub fn looked_at(goal: &Entry, outlook: &Outlook, field: &Field) -> Value {
    let share = |share: Option<u16>| optional_number(share.map(i64::from));
    match field.name {
        "progress_share" => share(outlook.progress_share),
        "expected_share" => share(outlook.expected_share),
        "next_milestone" => {
            let milestone = outlook.next_milestone.as_ref().and_then(|milestone| serde_json::to_string(milestone).ok());
            milestone.map_or(Value::Null, Value::Text)
        }
        "projection" => match outlook.projection {
            Some(_) => Value::Text(outlook.projection_json().to_string()),
            None => Value::Null,
        },
        _ => goal.value(field),
    }
}
