//! Random lives of goals, beside a model of the rules in a few plain lines.

use anyhow::{Result, ensure};
use chrono::{Days, NaiveDate};
use fastenr_core::model::GoalStatus;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::{create, get, progress, texts, update};
use fastenr_tests::world::{World, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("store/goals/model/a_word_stands_until_progress", a_word_stands_until_progress);
}

#[derive(Debug, Clone, Copy)]
enum GoalStep {
    Progress(i64),
    Say(GoalStatus),
    /// The account has so many seats from now on.
    Seats(i64),
    Refresh,
    Wait(u64),
}

fn step() -> impl Strategy<Value = GoalStep> {
    // Few values, so that the same comes twice.
    let value = || prop::sample::select(vec![0_i64, 20, 50, 90, 100, 130]);
    prop_oneof![
        3 => value().prop_map(GoalStep::Progress),
        2 => prop::sample::select(GoalStatus::ALL).prop_map(GoalStep::Say),
        2 => value().prop_map(GoalStep::Seats),
        4 => Just(GoalStep::Refresh),
        3 => (0..25_u64).prop_map(GoalStep::Wait),
    ]
}

/// From 0 on the first day to 100 by the sixtieth after it.
const TARGET: i64 = 100;
const LENGTH: i64 = 60;

#[derive(Debug, Clone)]
struct Model {
    day: i64,
    seats: i64,
    value: i64,
    said: Option<GoalStatus>,
    status: GoalStatus,
    completed: Option<i64>,
    recorded: Option<(i64, i64)>,
}

impl Model {
    fn set(&mut self, value: i64) {
        if value != self.value {
            self.said = None;
        }
        self.value = value;
    }

    fn settle(&mut self) {
        self.status = match self.said {
            Some(said) => said,
            None if self.value >= TARGET => GoalStatus::Achieved,
            None if self.day > LENGTH => GoalStatus::Missed,
            // value / 100 + 10 % < day / 60
            None if (self.value + 10) * LENGTH < self.day * TARGET => GoalStatus::AtRisk,
            None => GoalStatus::OnTrack,
        };
        self.completed = (self.status == GoalStatus::Achieved).then(|| self.completed.unwrap_or(self.day));
    }

    fn does(&mut self, step: GoalStep) {
        match step {
            GoalStep::Wait(days) => self.day += i64::try_from(days).unwrap(),
            GoalStep::Seats(seats) => self.seats = seats,
            GoalStep::Say(status) => {
                self.said = Some(status);
                self.settle();
            }
            GoalStep::Progress(value) => {
                if self.recorded == Some((self.day, value)) && self.value == value {
                    return;
                }
                self.recorded = Some((self.day, value));
                self.set(value);
                self.settle();
            }
            GoalStep::Refresh => {
                let open = matches!(self.status, GoalStatus::OnTrack | GoalStatus::AtRisk);
                if open || self.day <= LENGTH {
                    if self.seats != self.value {
                        self.recorded = Some((self.day, self.seats));
                    }
                    self.set(self.seats);
                    self.settle();
                }
            }
        }
    }
}

fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 1).unwrap()
}

fn date(day: i64) -> NaiveDate {
    first() + Days::new(u64::try_from(day).unwrap())
}

async fn does(world: &World, name: &str, step: GoalStep) -> Result<()> {
    match step {
        GoalStep::Wait(_) => {}
        GoalStep::Seats(seats) => {
            world.update(name, &[("seats", &seats.to_string())]).await?;
        }
        GoalStep::Say(status) => {
            update(world, name, &[("status", status.as_str())]).await?;
        }
        GoalStep::Progress(value) => {
            progress(world, name, &value.to_string(), None).await?;
        }
        GoalStep::Refresh => {
            ops::goals::refresh(world, Some(name), false).await?;
        }
    }
    Ok(())
}

async fn a_word_stands_until_progress(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mut runner = TestRunner::deterministic();
    for n in 0..12 {
        let steps = prop::collection::vec(step(), 1..14).new_tree(&mut runner).unwrap().current();
        let name = format!("life-{n}");
        world.account(&[("external_id", &name), ("name", &name), ("seats", "0")]).await?;
        let until = date(LENGTH).to_string();
        let values = [
            ("external_id", name.as_str()),
            ("account", name.as_str()),
            ("title", name.as_str()),
            ("metric_type", "seat_count"),
            ("target_value", "100"),
            ("target_date", until.as_str()),
        ];
        create(&world, &values).await?;
        let mut model = Model {
            day: 0,
            seats: 0,
            value: 0,
            said: None,
            status: GoalStatus::OnTrack,
            completed: None,
            recorded: None,
        };
        for (at, step) in steps.iter().enumerate() {
            model.does(*step);
            let then = world.at(&format!("{}T07:00:00Z", date(model.day)));
            does(&then, &name, *step).await?;
            let goal = get(&then, &name).await?;
            let source = if model.said.is_some() { "person" } else { "rule" };
            let completed = model.completed.map(|day| date(day).to_string()).unwrap_or_default();
            let expected = format!("{} {} {source} {completed}", model.value, model.status.as_str());
            let found = texts(&goal, &["current_value", "status", "status_source", "completion_date"]);
            ensure!(found == expected, "{found:?}, not {expected:?}, after {:?}", &steps[..=at]);
        }
    }
    Ok(())
}
