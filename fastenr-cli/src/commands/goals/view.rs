//! A goal for people and programs: its fields, its progress and its projected finish.

use fastenr_core::goals::{Certainty, Projection};
use fastenr_core::model::Milestone;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::model::number::GOAL_VALUE;
use fastenr_core::ops::goals::{Outlook, share};
use fastenr_core::view::goal::{SHARE, listed, looked_at};

use crate::output::{Record, bar, percent};

const PROGRESS: Field = Field::new("progress", Meaning::Line, "progress toward the target, as a bar");

/// Computed fields of each goal in a list.
pub(super) const OF_EACH: &[Field] = &[PROGRESS, SHARE];

/// Computed fields of a single goal; programs get [`GOAL_OUTLOOK`](fastenr_core::view::goal::GOAL_OUTLOOK).
pub(super) static TO_READ: [Field; 4] = [
    PROGRESS,
    Field::new("expected_share", Meaning::Line, "expected progress by now, on a straight line"),
    Field::new("next_milestone", Meaning::Line, "open milestone that is due first"),
    Field::new("projection", Meaning::Line, "projected finish at the current pace"),
];

pub(super) fn of_each(goal: &Entry, field: &Field) -> Value {
    match field.name {
        "progress" => share(goal).map_or(Value::Null, |share| Value::Text(bar(share))),
        _ => listed(goal, field),
    }
}

/// One goal and its outlook.
pub(super) struct View {
    pub(super) goal: Entry,
    pub(super) outlook: Outlook,
}

impl Record for View {
    fn value(&self, field: &Field) -> Value {
        let Outlook { progress_share, expected_share, next_milestone, projection } = &self.outlook;
        if field.meaning != Meaning::Line {
            return looked_at(&self.goal, &self.outlook, field);
        }
        let text = |text: Option<String>| text.map_or(Value::Null, Value::Text);
        match field.name {
            "progress" => text(progress_share.map(bar)),
            "expected_share" => text(expected_share.map(percent)),
            "next_milestone" => text(next_milestone.as_ref().map(next)),
            "projection" => text(projection.as_ref().map(told)),
            _ => self.goal.value(field),
        }
    }

    fn title(&self) -> String {
        self.goal.title()
    }
}

fn next(milestone: &Milestone) -> String {
    let value = milestone.target_value.map(|value| format!(": {}", GOAL_VALUE.text(value))).unwrap_or_default();
    let day = milestone.target_date.map(|day| format!(" by {day}")).unwrap_or_default();
    format!("{}{value}{day}", milestone.title)
}

/// `about 2026-05-20, between 2026-05-10 and 2026-06-02 (medium confidence, 7 data points)`.
fn told(projection: &Projection) -> String {
    let Projection { finish, earliest, latest, certainty, points } = projection;
    let range = match (earliest, latest) {
        (Some(earliest), Some(latest)) => format!(", between {earliest} and {latest}"),
        (Some(earliest), None) => format!(", not before {earliest}"),
        _ => String::new(),
    };
    let sure = match certainty {
        Certainty::High => "high",
        Certainty::Medium => "medium",
        Certainty::Low => "low",
    };
    format!("about {finish}{range} ({sure} confidence, {points} data points)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projections_in_words() {
        let day = |text: &str| text.parse().ok();
        let finish = "2026-05-20".parse().unwrap();
        let of = |earliest, latest, certainty| told(&Projection { finish, earliest, latest, certainty, points: 7 });
        assert_eq!(
            of(day("2026-05-10"), day("2026-06-02"), Certainty::Medium),
            "about 2026-05-20, between 2026-05-10 and 2026-06-02 (medium confidence, 7 data points)"
        );
        assert_eq!(
            of(day("2026-05-10"), None, Certainty::Low),
            "about 2026-05-20, not before 2026-05-10 (low confidence, 7 data points)"
        );
        assert_eq!(of(None, None, Certainty::High), "about 2026-05-20 (high confidence, 7 data points)");
    }
}
