//! Milestones: the steps on the way to a goal.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::day;
use super::members::Members;
use super::number::GOAL_VALUE;
use super::text::MilestoneTitle;
use crate::error::Invalid;

const MEMBERS: Members = Members {
    one: "milestone",
    keys: &["title", "target_value", "target_date", "completed_on"],
    json: "milestones_json",
    key: "milestone_key",
};

/// The years that both databases and every export write with four digits.
const YEARS: std::ops::RangeInclusive<i32> = 1000..=9999;

/// One step on the way to a goal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Milestone {
    pub title: MilestoneTitle,
    /// In hundredths of the goal's unit. Without one, only a person completes the milestone.
    pub target_value: Option<i64>,
    pub target_date: Option<NaiveDate>,
    pub completed_on: Option<NaiveDate>,
}

/// As an object; what is absent is left out, numbers are exact and short.
impl Serialize for Milestone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("title", &self.title)?;
        if let Some(value) = self.target_value {
            object.serialize_entry("target_value", &GOAL_VALUE.json(value))?;
        }
        if let Some(day) = self.target_date {
            object.serialize_entry("target_date", &day)?;
        }
        if let Some(day) = self.completed_on {
            object.serialize_entry("completed_on", &day)?;
        }
        object.end()
    }
}

/// Up to 100 milestones of one goal, in the order they were given. Stored, printed and read as a JSON array of objects
/// with the members `title`, `target_value`, `target_date` and `completed_on`, in this order. Equal lists make equal text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Milestones(Vec<Milestone>);

impl Milestones {
    /// The most milestones of one goal.
    pub const MAX: usize = 100;

    /// Codes `milestones_count`, `milestone_date` (a year that has not four digits).
    pub fn new(milestones: Vec<Milestone>) -> Result<Self, Invalid> {
        if milestones.len() > Self::MAX {
            return Err(Invalid::new("milestones_count", "a goal has at most 100 milestones"));
        }
        let strange = |day: Option<NaiveDate>| day.is_some_and(|day| !YEARS.contains(&day.year()));
        match milestones.iter().position(|m| strange(m.target_date) || strange(m.completed_on)) {
            Some(n) => Err(MEMBERS.about(n, &Invalid::new("milestone_date", "the year of a date has four digits"))),
            None => Ok(Self(milestones)),
        }
    }

    /// A JSON array of objects; an empty text is the empty list. A value is a JSON number as [`GOAL_VALUE`] has it,
    /// a date a text `YYYY-MM-DD`; `null` is as good as absent. Of members with one name the last counts.
    ///
    /// Codes `milestones_json`, `milestone_key` (an unknown member), `milestone_title_empty`, `milestone_title_length`,
    /// `milestone_title_control`, `goal_value`, `milestone_date`, `milestones_count`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        Self::from_value(&serde_json::from_str(text).map_err(|_| MEMBERS.no_list())?)
    }

    /// As [`Self::parse`], of JSON that was read before.
    pub fn from_value(list: &Value) -> Result<Self, Invalid> {
        MEMBERS.read(list, milestone).and_then(Self::new)
    }

    /// The stored form.
    pub fn to_json(&self) -> String {
        // Texts, numbers and dates: nothing in it can fail to be written.
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Milestone> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Milestone> {
        self.0.iter_mut()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn milestone(members: &Members, object: &Map<String, Value>) -> Result<Milestone, Invalid> {
    let date = |key: &str| match members.text(object, key)? {
        Some(text) => {
            let rule = || Invalid::new("milestone_date", format!("{key} is a date written YYYY-MM-DD"));
            day::day(text).map(Some).ok_or_else(rule)
        }
        None => Ok(None),
    };
    let target_value = match object.get("target_value") {
        None | Some(Value::Null) => None,
        Some(Value::Number(number)) => Some(GOAL_VALUE.parse(&number.to_string())?),
        Some(_) => return Err(Invalid::new(MEMBERS.json, "target_value is a number")),
    };
    Ok(Milestone {
        title: MilestoneTitle::parse(members.text(object, "title")?.unwrap_or_default())?,
        target_value,
        target_date: date("target_date")?,
        completed_on: date("completed_on")?,
    })
}

impl<'m> IntoIterator for &'m Milestones {
    type Item = &'m Milestone;
    type IntoIter = std::slice::Iter<'m, Milestone>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// The stored form, so that a cell of a CSV file comes back.
impl fmt::Display for Milestones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl FromStr for Milestones {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn canonical_text() {
        for (text, canonical) in [
            ("", "[]"),
            (" [ ] ", "[]"),
            (r#"[{"title":" Kick-off "}]"#, r#"[{"title":"Kick-off"}]"#),
            (
                r#"[{"completed_on":"2026-02-01","target_value":12.50,"title":"A","target_date":null}]"#,
                r#"[{"title":"A","target_value":12.5,"completed_on":"2026-02-01"}]"#,
            ),
            (
                r#"[{"title":"B","target_value":-1.2e3,"target_date":"2026-02-01"},{"title":"A"}]"#,
                r#"[{"title":"B","target_value":-1200,"target_date":"2026-02-01"},{"title":"A"}]"#,
            ),
        ] {
            let milestones = Milestones::parse(text).unwrap();
            assert_eq!(milestones.to_json(), canonical, "{text}");
            assert_eq!(milestones.to_string(), canonical);
            assert_eq!(serde_json::to_string(&milestones).unwrap(), canonical);
        }
    }

    #[test]
    fn refusals() {
        let many = format!("[{}]", vec![r#"{"title":"A"}"#; 101].join(","));
        let long = format!(r#"[{{"title":"{}"}}]"#, "x".repeat(256));
        for (text, code) in [
            ("{}", "milestones_json"),
            ("Kick-off", "milestones_json"),
            ("[1]", "milestones_json"),
            (r#"[{"title":1}]"#, "milestones_json"),
            (r#"[{"title":"A","target_value":"5"}]"#, "milestones_json"),
            (r#"[{"title":"A","target_date":20260101}]"#, "milestones_json"),
            (r#"[{"titel":"A"}]"#, "milestone_key"),
            ("[{}]", "milestone_title_empty"),
            (r#"[{"title":" "}]"#, "milestone_title_empty"),
            (r#"[{"title":"a\nb"}]"#, "milestone_title_control"),
            (&long, "milestone_title_length"),
            (r#"[{"title":"A","target_value":0.001}]"#, "goal_value"),
            (r#"[{"title":"A","target_value":1e30}]"#, "goal_value"),
            (r#"[{"title":"A","target_date":"01/02/2026"}]"#, "milestone_date"),
            (r#"[{"title":"A","completed_on":"2026-02-30"}]"#, "milestone_date"),
            (r#"[{"title":"A","completed_on":"0026-02-01"}]"#, "milestone_date"),
            (&many, "milestones_count"),
        ] {
            assert_eq!(Milestones::parse(text).unwrap_err().code, code, "{text}");
        }
        assert_eq!(
            Milestones::parse(r#"[{"title":"A"},{"titel":"B"}]"#).unwrap_err().rule,
            "milestone 2: \"titel\" is none of title, target_value, target_date, completed_on (did you mean title?)"
        );
    }

    #[test]
    fn the_document_is_right() {
        let document = include_str!("../../../docs/goals.md");
        let json = document.lines().find(|line| line.starts_with("[{\"title\"")).unwrap();
        assert_eq!(Milestones::parse(json).unwrap().to_json(), json);
    }

    fn any_day() -> impl Strategy<Value = Option<NaiveDate>> {
        prop::option::of((1000..=9999_i32, 1..=366_u32).prop_filter_map("a day", |(y, d)| NaiveDate::from_yo_opt(y, d)))
    }

    fn any_milestone() -> impl Strategy<Value = Milestone> {
        let title = "\\PC{1,12}".prop_filter_map("a title", |t| MilestoneTitle::parse(&t).ok());
        (title, prop::option::of(GOAL_VALUE.least..=GOAL_VALUE.most), any_day(), any_day()).prop_map(
            |(title, target_value, target_date, completed_on)| Milestone {
                title,
                target_value,
                target_date,
                completed_on,
            },
        )
    }

    proptest! {
        #[test]
        fn the_text_comes_back(list in prop::collection::vec(any_milestone(), 0..6)) {
            let milestones = Milestones::new(list).unwrap();
            let read = Milestones::parse(&milestones.to_json()).unwrap();
            prop_assert_eq!(&read, &milestones);
            prop_assert_eq!(read.to_json(), milestones.to_json());
        }

        #[test]
        fn nothing_panics(text in "[\\[{\"title:target_vu0-9eE.,}\\]]{0,40}") {
            let _ = Milestones::parse(&text);
        }
    }
}
