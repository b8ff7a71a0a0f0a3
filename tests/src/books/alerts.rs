//! A book on which alerts open.

use anyhow::Result;
use fastenr_core::model::alert::{ALERT, Alert};
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::ops::{lists, scores};

use crate::harness::Backend;
use crate::world::{World, world};

/// Thirty accounts with usage, every third owned by Jo.
pub async fn book(world: &World) -> Result<()> {
    world.user("jo@example.com", "Jo Doe").await?;
    let mut accounts = "external_id,name,owner,arr,seats,contract_end,created_at\n".to_owned();
    let mut rows =
        "account,metric_date,login_frequency,feature_adoption_score,active_users,training_completion_rate,csat,\
escalated_tickets,support_tickets\n"
            .to_owned();
    for n in 0..30 {
        let owner = if n % 3 == 0 { "jo@example.com" } else { "" };
        accounts.push_str(&format!("x{n},Account {n},{owner},{n}000,20,2027-01-31,2024-01-01T00:00:00Z\n"));
        let days = (1..=28).map(|day| format!("2026-02-{day:02}"));
        for day in days.chain(["2026-03-01".to_owned()]) {
            rows.push_str(&format!("x{n},{day},20,95,20,95,97,0,1\n"));
        }
    }
    world.import(&accounts, Default::default()).await?;
    world.import_of(&METRIC, &rows, Default::default()).await?;
    run(world).await?;
    Ok(())
}

pub async fn run(world: &World) -> fastenr_core::Result<scores::Outcome> {
    scores::recompute(world, &scores::Request::default(), &mut |_| {}).await
}

/// The alerts that pass, the most urgent first.
pub async fn alerts(world: &World, selection: &Selection) -> fastenr_core::Result<Vec<Alert>> {
    lists::all(world, &ALERT, selection, Order::first(&ALERT)).await
}

/// Escalated tickets on the world's day.
pub async fn escalate(world: &World, tickets: &[(&str, u64)]) -> Result<()> {
    let mut rows = "account,metric_date,escalated_tickets\n".to_owned();
    for (account, count) in tickets {
        rows.push_str(&format!("{account},{},{count}\n", world.today()));
    }
    world.import_of(&METRIC, &rows, Default::default()).await?;
    Ok(())
}

/// A day on which one escalation, two of them and a near renewal open three alerts.
pub async fn three(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    book(&world).await?;
    let next = world.at("2026-03-02T07:00:00Z");
    escalate(&next, &[("x1", 1), ("x3", 2)]).await?;
    next.update("x6", &[("contract_end", "2026-05-15")]).await?;
    let done = run(&next).await?;
    assert_eq!((done.alerts_opened, done.alerts_held), (3, 0));
    Ok(next)
}
