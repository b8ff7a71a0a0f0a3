//! What a write makes of a goal: status, completion date and milestones, together with who said so.

use chrono::NaiveDate;

use super::{Facts, Outcome, reach, reached, status};
use crate::error::Invalid;
use crate::model::{GoalStatus, GoalStatusSource, Milestones};

/// A goal with the values it is to have; what follows from them is as it was before the write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub start: i64,
    pub started_on: NaiveDate,
    pub current: i64,
    pub target: Option<i64>,
    pub target_date: Option<NaiveDate>,
    pub milestones: Milestones,
    pub status: GoalStatus,
    pub source: GoalStatusSource,
    pub completion_date: Option<NaiveDate>,
}

/// What the write says beside the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusInput {
    pub status: Option<GoalStatus>,
    /// A goal that has one was achieved, whatever the values are.
    pub completion_date: Option<NaiveDate>,
    /// Who says both.
    pub by: GoalStatusSource,
    /// Whether the value changes.
    pub progressed: bool,
    /// The day the value is of; `None` is today.
    pub on: Option<NaiveDate>,
}

impl StatusInput {
    /// Nothing: the day alone may change where the goal stands.
    pub const NOTHING: Self =
        Self { status: None, completion_date: None, by: GoalStatusSource::Rule, progressed: false, on: None };
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedStatus {
    pub status: GoalStatus,
    pub source: GoalStatusSource,
    pub completion_date: Option<NaiveDate>,
    pub milestones: Milestones,
}

/// Applies the rules to a write. A completion date that is given says `achieved`, where neither the rule nor a status does.
///
/// # Errors
/// `completion_date` where one is given with a status that has none.
pub fn derive(state: State, said: &StatusInput, today: NaiveDate) -> Result<DerivedStatus, Invalid> {
    let stands = (state.source != GoalStatusSource::Rule && !said.progressed).then_some(state.status);
    let is_there = || state.target.is_some_and(|target| reached(state.start, state.current, target));
    let implied = match stands {
        Some(status) => status != GoalStatus::Achieved,
        None => !is_there(),
    };
    let word = said.status.or_else(|| said.completion_date.filter(|_| implied).map(|_| GoalStatus::Achieved));
    let before = state.completion_date.filter(|_| state.status == GoalStatus::Achieved);
    let facts = Facts {
        start: state.start,
        started_on: state.started_on,
        current: state.current,
        progress_on: said.on,
        target: state.target,
        target_date: state.target_date,
        completion_date: said.completion_date.or(before),
        manual: word.or(stands),
        progressed: false,
    };
    let Outcome { status, completion_date, by_rule } = status(&facts, today);
    if said.completion_date.is_some() && completion_date.is_none() {
        let rule = format!("a goal that is {} has no completion date", status.as_str());
        return Err(Invalid::new("completion_date", rule));
    }
    let source = match (by_rule, word) {
        (true, _) => GoalStatusSource::Rule,
        (false, Some(_)) => said.by,
        (false, None) => state.source,
    };
    let mut milestones = state.milestones;
    let day = said.on.map_or(today, |day| day.min(today));
    reach(&mut milestones, state.start, state.target, state.current, day);
    Ok(DerivedStatus { status, source, completion_date, milestones })
}

/// A list that says nothing of completion keeps the days of those it has in common with `before`: the same title and
/// value. Other systems know the plan and not what was reached.
pub fn carry_over(milestones: &mut Milestones, before: &Milestones) {
    for milestone in milestones.iter_mut().filter(|milestone| milestone.completed_on.is_none()) {
        let same = before.iter().find(|known| {
            known.title == milestone.title
                && known.target_value == milestone.target_value
                && known.completed_on.is_some()
        });
        milestone.completed_on = same.and_then(|known| known.completed_on);
    }
}

#[cfg(test)]
mod tests {
    use GoalStatus::{Achieved, AtRisk, Missed, OnTrack};
    use GoalStatusSource::{Import, Person, Rule};

    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, day).unwrap()
    }

    fn state() -> State {
        State {
            start: 0,
            started_on: day(1),
            current: 0,
            target: Some(100),
            target_date: Some(day(11)),
            milestones: Milestones::default(),
            status: OnTrack,
            source: Rule,
            completion_date: None,
        }
    }

    const PERSON: StatusInput = StatusInput { by: Person, ..StatusInput::NOTHING };

    #[test]
    fn who_says_so() {
        let by_hand = State { status: Missed, source: Person, ..state() };
        let done = State { status: Achieved, source: Import, completion_date: Some(day(3)), ..state() };
        for (state, said, expected) in [
            (state(), StatusInput::NOTHING, (AtRisk, Rule, None)),
            (state(), StatusInput { status: Some(Achieved), ..PERSON }, (Achieved, Person, Some(day(9)))),
            (state(), StatusInput { status: Some(OnTrack), ..PERSON }, (OnTrack, Person, None)),
            (by_hand.clone(), StatusInput::NOTHING, (Missed, Person, None)),
            (by_hand.clone(), StatusInput { progressed: true, ..PERSON }, (AtRisk, Rule, None)),
            (by_hand, StatusInput { completion_date: Some(day(4)), ..PERSON }, (Achieved, Person, Some(day(4)))),
            (done.clone(), StatusInput::NOTHING, (Achieved, Import, Some(day(3)))),
            (done.clone(), StatusInput { completion_date: Some(day(4)), ..PERSON }, (Achieved, Import, Some(day(4)))),
            (done.clone(), StatusInput { progressed: true, ..PERSON }, (AtRisk, Rule, None)),
            (
                State { current: 100, ..done },
                StatusInput { progressed: true, ..PERSON },
                (Achieved, Rule, Some(day(3))),
            ),
            (
                State { current: 100, ..state() },
                StatusInput { progressed: true, completion_date: Some(day(2)), ..PERSON },
                (Achieved, Rule, Some(day(2))),
            ),
        ] {
            let derived = derive(state.clone(), &said, day(9)).unwrap();
            assert_eq!((derived.status, derived.source, derived.completion_date), expected, "{state:?} {said:?}");
        }
        let said = StatusInput { status: Some(Missed), completion_date: Some(day(2)), ..PERSON };
        assert_eq!(derive(state(), &said, day(9)).unwrap_err().code, "completion_date");
    }

    #[test]
    fn milestones_keep_their_days() {
        let list = |text: &str| Milestones::parse(text).unwrap();
        let mut new =
            list(r#"[{"title":"a","target_value":1},{"title":"b"},{"title":"c","completed_on":"2026-01-05"}]"#);
        let before = list(
            r#"[{"title":"c","completed_on":"2026-01-02"},{"title":"a","target_value":1,"completed_on":"2026-01-03"},
                {"title":"b","target_value":2,"completed_on":"2026-01-04"}]"#,
        );
        carry_over(&mut new, &before);
        let days: Vec<_> = new.iter().map(|milestone| milestone.completed_on).collect();
        assert_eq!(days, [Some(day(3)), None, Some(day(5))]);
    }
}
