//! Nights: made up for when they were missed, held when everything is new, in doubt when the data looks wrong.

mod doubts;
mod holds;
mod law;
mod people;

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::NaiveDate;
use fastenr_core::model::alert::{Alert, AlertState, in_state};
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::scores::{self, Outcome, Request, Run};
use fastenr_tests::books::alerts::alerts;
use fastenr_tests::harness::Tests;
use fastenr_tests::world::World;

pub(crate) fn register(tests: &mut Tests) {
    doubts::register(tests);
    holds::register(tests);
    law::register(tests);
    people::register(tests);
}

/// The same on a day of March, at an hour.
fn on(world: &World, day: u32, hour: u32) -> World {
    world.at(&format!("2026-03-{day:02}T{hour:02}:00:00Z"))
}

/// The run of the morning of a day, after what was missed since the first of March; its outcomes in their order.
async fn night(world: &World, day: u32) -> Result<Vec<Outcome>> {
    let world = on(world, day, 7);
    let mut run = Run::begin(&world).await?;
    let mut outcomes = Vec::new();
    for missed in scores::missed(&world, NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()).await? {
        let request = Request { as_of: Some(missed), ..Request::default() };
        outcomes.push(run.day(&world, &request, &mut |_| {}).await?);
    }
    run.end().await;
    Ok(outcomes)
}

/// The alerts of accounts, whatever their state, by account and rule.
async fn all(world: &World) -> Result<Vec<Alert>> {
    let mut all = alerts(world, &Selection::default()).await?;
    all.retain(|alert| alert.account.is_some());
    Ok(all)
}

/// `x1 renewal_window open`, of those that are not resolved.
async fn standing(world: &World) -> Result<Vec<String>> {
    let mut told: Vec<String> = all(world)
        .await?
        .iter()
        .filter(|alert| alert.state != AlertState::Resolved)
        .map(|alert| {
            let reason = alert.held_by.map_or(String::new(), |reason| format!(" by {}", reason.as_str()));
            let account = alert.account.as_ref().unwrap().label();
            format!("{account} {} {} {}{reason}", alert.rule, alert.severity, alert.state)
        })
        .collect();
    told.sort();
    Ok(told)
}

/// What is open about the data.
async fn topics(world: &World) -> Result<Vec<String>> {
    let found = alerts(world, &in_state(AlertState::Open, world.today())?).await?;
    let mut topics: Vec<String> =
        found.into_iter().filter(|alert| alert.account.is_none()).map(|alert| alert.topic).collect();
    topics.sort();
    Ok(topics)
}

/// How many are held, by reason and rule.
fn held(outcome: &Outcome) -> BTreeMap<(&str, &str), u64> {
    outcome.held.iter().map(|held| ((held.held_by.as_str(), held.rule.as_str()), held.alerts)).collect()
}
