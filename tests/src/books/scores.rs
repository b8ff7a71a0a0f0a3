//! A book with everything that scoring reads.

use std::fmt::Write as _;

use anyhow::Result;
use chrono::{Days, NaiveDate};
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::ops;
use fastenr_core::ops::scores::{self, Outcome, Request};

use crate::world::{World, given};

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Recomputes as of a day, or of today.
pub async fn recompute(world: &World, as_of: Option<&str>) -> fastenr_core::Result<Outcome> {
    let request = Request { as_of: as_of.map(day), ..Request::default() };
    scores::recompute(world, &request, &mut |_| {}).await
}

/// Rows of usage and tickets of an account for so many days before today, the latest `until` days ago.
pub fn metrics(world: &World, account: &str, days: u64, until: u64, logins: u64) -> String {
    let mut rows = String::new();
    for age in until..until + days {
        let on = world.today().checked_sub_days(Days::new(age)).unwrap();
        let _ = writeln!(rows, "{account},{on},{logins},72,30,8,0,95,4,6");
    }
    rows
}

pub const METRICS: &str = "account,metric_date,login_frequency,feature_adoption_score,session_minutes,active_users,\
support_tickets,csat,csat_responses,resolution_hours\n";

/// A book of accounts with everything that scoring reads: usage, tickets, engagements, contacts, contracts.
pub async fn book(world: &World) -> Result<()> {
    let mut accounts =
        "external_id,name,size,arr,seats,contract_start,contract_end,renewal_stage,created_at\n".to_owned();
    for n in 1..=24 {
        let _ = writeln!(
            accounts,
            "b{n},Book {n},{},{},{},2024-01-01,2026-{:02}-15,{},2024-01-01T00:00:00Z",
            ["small", "medium", "large"][n % 3],
            n * 1_000,
            10 + n,
            1 + n % 12,
            ["likely", "unknown", "at_risk", "committed"][n % 4],
        );
    }
    world.import(&accounts, Default::default()).await?;
    let mut rows = METRICS.to_owned();
    for n in 1..=24 {
        // The last two went silent.
        let until = if n > 22 { 40 } else { 0 };
        rows.push_str(&metrics(world, &format!("b{n}"), 60, until, n));
    }
    world.import_of(&METRIC, &rows, Default::default()).await?;
    let mut engagements =
        "external_id,account,type,title,completed_at,outcome,direction,responded_at,attendees\n".to_owned();
    for n in 1..=12_u64 {
        let on = world.today().checked_sub_days(Days::new(n * 9)).unwrap();
        let kind = ["meeting", "call", "email", "training"][usize::try_from(n % 4)?];
        let outcome = ["positive", "neutral", "negative", "action_required"][usize::try_from(n % 4)?];
        let _ = writeln!(
            engagements,
            "e{n},b{n},{kind},Talk {n},{on}T10:00:00Z,{outcome},outbound,{on}T15:00:00Z,Jo <jo@b{n}.example>"
        );
    }
    world.import_of(&ENGAGEMENT, &engagements, Default::default()).await?;
    let mut contacts = "external_id,account,name,email,role\n".to_owned();
    for n in 1..=12 {
        let _ = writeln!(contacts, "c{n},b{n},Jo {n},jo@b{n}.example,champion");
    }
    world.import_of(&CONTACT, &contacts, Default::default()).await?;
    let late = [
        ("account", "b1"),
        ("title", "Late"),
        ("target_value", "10"),
        ("started_on", "2025-12-01"),
        ("target_date", "2026-01-01"),
    ];
    ops::entries::create(world, &GOAL, &given(&late), false).await?;
    Ok(())
}
