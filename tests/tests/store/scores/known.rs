//! How much has to be known of an account, and what is known of it without a row.

use std::fmt::Write as _;

use anyhow::Result;
use chrono::Days;
use fastenr_core::model::AccountBand;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::scores::{explain_account, views};
use fastenr_core::score::{Amount, Band, ChurnFactor, Component, Factor};
use fastenr_core::store::scores::book;
use fastenr_core::view::explanation::HealthExplained;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::books::scores::{day, recompute};
use fastenr_tests::world::{World, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scores/known/a_part_of_the_data_is_enough", a_part_of_the_data_is_enough);
    tests.both("store/scores/known/who_drops_out_is_told", who_drops_out_is_told);
    tests.both("store/scores/known/no_ticket_is_none", no_ticket_is_none);
    tests.both("store/scores/known/since_the_contract_began", since_the_contract_began);
}

async fn accounts(world: &World, count: u64) -> Result<()> {
    let mut rows = "external_id,name,contract_start\n".to_owned();
    rows.extend((1..=count).map(|n| format!("k{n},Known {n},2024-01-01\n")));
    world.import(&rows, Default::default()).await?;
    Ok(())
}

/// A row a day of so many accounts, from `from` days ago to `to` days ago.
async fn daily(world: &World, count: u64, (from, to): (u64, u64), header: &str, cells: &str) -> Result<()> {
    let mut rows = format!("account,metric_date,{header}\n");
    for n in 1..=count {
        for age in to..=from {
            let on = world.today().checked_sub_days(Days::new(age)).unwrap();
            let _ = writeln!(rows, "k{n},{on},{cells}");
        }
    }
    world.import_of(&METRIC, &rows, Default::default()).await?;
    Ok(())
}

/// A feed of logins and adoption is 22 % of the model: everybody has a band by it, and it is said once.
async fn a_part_of_the_data_is_enough(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    accounts(&world, 21).await?;
    daily(&world, 20, (60, 0), "login_frequency,feature_adoption_score", "3,70").await?;
    let done = recompute(&world, None).await?;
    assert_eq!((done.scored, done.insufficient, done.became_insufficient), (21, 1, 0));
    // 20 of 21 have 22 %.
    assert_eq!(done.mean_coverage, Some(Amount(2_095)));
    assert!(done.summary().ends_with("data for 21 % of the model"), "{}", done.summary());
    let mut tx = world.db.read().await?;
    let stored = book::of_day(&mut tx, &world.scope(), world.today()).await?.unwrap();
    drop(tx);
    assert_eq!(stored.health_known, Some(2_095));
    for account in world.accounts().await? {
        let explained = explain_account(&world, &account.external_id.clone().unwrap(), None, None).await?;
        let shown = HealthExplained::from(&explained);
        assert_eq!(Some(shown.band.as_str()), account.band.map(AccountBand::as_str), "{}", account.name);
        assert_eq!(shown.health_score, account.health_score, "{}", account.name);
        assert_eq!(shown.provisional_health_score, account.provisional_health_score, "{}", account.name);
    }
    let summary = views::summary(&world, &Selection::default(), None).await?;
    assert_eq!((summary.mean_coverage, summary.most_missing), (Some(2_095), Some(Component::ProductUsage)));
    assert_eq!((summary.left_out.insufficient_data, summary.total.health.count()), (1, 20));
    // One alone is held against the same mean.
    let request = fastenr_core::ops::scores::Request {
        accounts: vec![world.get("k1").await?.id],
        ..fastenr_core::ops::scores::Request::default()
    };
    let one = fastenr_core::ops::scores::recompute(&world, &request, &mut |_| {}).await?;
    assert_eq!((one.scored, one.changed, one.mean_coverage), (1, 0, None));
    Ok(())
}

async fn who_drops_out_is_told(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    accounts(&world, 20).await?;
    daily(&world, 20, (120, 70), "login_frequency,feature_adoption_score", "3,70").await?;
    let then = world.today().checked_sub_days(Days::new(70)).unwrap();
    let before = recompute(&world, Some(&then.to_string())).await?;
    assert_eq!((before.scored, before.insufficient), (20, 0));
    let now = recompute(&world, None).await?;
    assert_eq!((now.insufficient, now.became_insufficient, now.missing_data), (20, 20, Some("product_usage")));
    let told = "20 (100 % of the accounts) moved to insufficient_data: the usage feed is missing";
    assert!(now.summary().contains(told), "{}", now.summary());
    // It is said once.
    assert_eq!(recompute(&world, None).await?.became_insufficient, 0);
    Ok(())
}

/// While the feed of tickets is alive and old enough, who has no row has no ticket; that alone is no reason for a band.
async fn no_ticket_is_none(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    accounts(&world, 3).await?;
    daily(&world, 2, (60, 0), "login_frequency", "3").await?;
    let tickets = "support_tickets,urgent_tickets,csat,resolution_hours";
    daily(&world, 1, (29, 0), tickets, "1,0,90,5").await?;
    let of = async |name: &str, factor: Factor| {
        let explained = explain_account(&world, name, None, None).await.unwrap();
        let component = &explained.explanation.components[1];
        component.factors.iter().find(|line| line.name == factor).unwrap().score
    };
    assert_eq!(of("k2", Factor::TicketVolume).await, None, "the feed is young");
    daily(&world, 1, (30, 30), tickets, "1,0,90,5").await?;
    for name in ["k2", "k3"] {
        assert_eq!(of(name, Factor::TicketVolume).await, Some(Amount(10_000)), "{name}");
        assert_eq!(of(name, Factor::TicketSeverity).await, Some(Amount(10_000)), "{name}");
        assert_eq!((of(name, Factor::Csat).await, of(name, Factor::ResolutionTime).await), (None, None), "{name}");
    }
    let done = recompute(&world, None).await?;
    assert_eq!((done.scored, done.insufficient), (3, 1));
    let third = explain_account(&world, "k3", None, None).await?.explanation;
    assert_eq!((third.band, third.coverage), (Band::InsufficientData, Amount(1_250)));
    let escalations = &third.churn.factors[ChurnFactor::SupportEscalations.place()];
    assert_eq!(escalations.score, Some(Amount(0)));
    Ok(())
}

/// An imported book without `created_at` has its seats and ARR on the days since the contracts began.
async fn since_the_contract_began(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let rows = "external_id,name,arr,seats,contract_start,contract_end\nk1,One,1000,50,2024-01-01,2026-12-31\n\
                k2,Two,1000,,2024-01-01,2026-12-31\n";
    world.import(rows, Default::default()).await?;
    daily(&world, 2, (120, 0), "active_users,login_frequency", "40,9").await?;
    world.update("k2", &[("seats", "50")]).await?;
    let on = day("2025-12-20");
    let of = async |name: &str| explain_account(&world, name, Some(on), None).await;
    let (one, two) = (of("k1").await?, of("k2").await?);
    let users = |of: &fastenr_core::ops::scores::ExplainedScores| {
        of.explanation.components[0].factors.iter().find(|line| line.name == Factor::UserActivity).unwrap().score
    };
    assert_eq!((users(&one), users(&two)), (Some(Amount(8_000)), None));
    let growth = |of: &fastenr_core::ops::scores::ExplainedScores| {
        of.explanation.components[3].factors.iter().find(|line| line.name == Factor::Expansion).unwrap().fact.clone()
    };
    assert!(growth(&one).starts_with("ARR 0 % in 12 months"), "{}", growth(&one));
    assert_eq!((one.unknown_fields.len(), two.unknown_fields), (0, vec!["seats"]));
    assert_eq!((one.accounts_with_unknown_fields, two.accounts_with_unknown_fields), (1, 1));
    let today = explain_account(&world, "k2", None, None).await?;
    assert_eq!((users(&today), today.unknown_fields.len()), (Some(Amount(8_000)), 0));
    assert_eq!(today.accounts_with_unknown_fields, 0);
    Ok(())
}
