//! A goal as people and programs see it: its fields, how far it is and when it will be there.

use fastenr_core::goals::{Certainty, Projection};
use fastenr_core::model::Milestone;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::model::number::{GOAL_VALUE, PERCENT};
use fastenr_core::ops::goals::Outlook;

use crate::output::{Record, bar, percent};

const PROGRESS: Field = Field::new("progress", Meaning::Line, "how far it is, as a bar");
const SHARE: Field =
    Field::new("progress_share", Meaning::Number(&PERCENT), "how far it is on the way to the target, 0 to 100 %");

/// What each goal of a list can show beside its fields.
pub(super) const OF_EACH: &[Field] = &[PROGRESS, SHARE];

/// What one goal shows to programs beside its fields.
pub(super) static OF_ONE: [Field; 4] = [
    SHARE,
    Field::new("expected_share", Meaning::Number(&PERCENT), "how far a straight line would be"),
    Field::new("next_milestone", Meaning::Custom, "the open milestone that is due first"),
    Field::new("projection", Meaning::Custom, "when it will be there if it goes on like this"),
];

/// The same for people.
pub(super) static TO_READ: [Field; 4] = [
    PROGRESS,
    Field::new("expected_share", Meaning::Line, "how far a straight line would be"),
    Field::new("next_milestone", Meaning::Line, "the open milestone that is due first"),
    Field::new("projection", Meaning::Line, "when it will be there if it goes on like this"),
];

pub(super) fn of_each(share: Option<u16>, field: &Field) -> Value {
    match (share, field.name) {
        (None, _) => Value::Null,
        (Some(share), "progress") => Value::Text(bar(share)),
        (Some(share), _) => Value::Integer(i64::from(share)),
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
        let for_people = field.meaning == Meaning::Line;
        match field.name {
            "progress" | "progress_share" => of_each(*progress_share, field),
            "expected_share" => expected_share.map_or(Value::Null, |share| match for_people {
                true => Value::Text(percent(share)),
                false => Value::Integer(i64::from(share)),
            }),
            "next_milestone" => next_milestone.as_ref().map_or(Value::Null, |milestone| match for_people {
                true => Value::Text(next(milestone)),
                false => serde_json::to_string(milestone).map_or(Value::Null, Value::Text),
            }),
            "projection" => projection.map_or(Value::Null, |projection| match for_people {
                true => Value::Text(told(&projection)),
                false => Value::Text(self.outlook.projection_json().to_string()),
            }),
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

/// `about 2026-05-20, between 2026-05-10 and 2026-06-02, fairly sure from 7 points`.
fn told(projection: &Projection) -> String {
    let Projection { finish, earliest, latest, certainty, points } = projection;
    let range = match (earliest, latest) {
        (Some(earliest), Some(latest)) => format!(", between {earliest} and {latest}"),
        (Some(earliest), None) => format!(", not before {earliest}"),
        _ => String::new(),
    };
    let sure = match certainty {
        Certainty::High => "quite sure",
        Certainty::Medium => "fairly sure",
        Certainty::Low => "a rough guess",
    };
    format!("about {finish}{range}, {sure} from {points} points")
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
            "about 2026-05-20, between 2026-05-10 and 2026-06-02, fairly sure from 7 points"
        );
        assert_eq!(
            of(day("2026-05-10"), None, Certainty::Low),
            "about 2026-05-20, not before 2026-05-10, a rough guess from 7 points"
        );
        assert_eq!(of(None, None, Certainty::High), "about 2026-05-20, quite sure from 7 points");
    }
}
