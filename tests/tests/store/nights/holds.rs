//! What is new to a whole book is held; what is new in it opens at once.

use anyhow::Result;
use fastenr_core::model::alert::AlertState;
use fastenr_core::ops::alerts::{self, HeldFilter};
use fastenr_core::ops::{models, operations};
use fastenr_core::score::Model;
use fastenr_core::score::alerts::{HeldBy, Rule};
use fastenr_tests::books::alerts::escalate;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, world};

use super::{all, held, night, on, standing, topics};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/nights/a_first_run_holds", a_first_run_holds);
    tests.both("store/nights/a_new_account_opens_at_once", a_new_account_opens_at_once);
    tests.both("store/nights/what_gets_worse_opens", what_gets_worse_opens);
    tests.both("store/nights/released_by_rule_reason_and_arr", released_by_rule_reason_and_arr);
    tests.both("store/nights/a_new_rule_and_a_new_model_hold", a_new_rule_and_a_new_model_hold);
    tests.both("store/nights/scoring_past_days_is_no_night", scoring_past_days_is_no_night);
}

/// Thirty customers; the contracts of the first ten end 80, 81, … days after the second of March.
async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    let morning = on(&world, 2, 6);
    let mut file = "external_id,name,arr,contract_end,created_at\n".to_owned();
    for n in 0..30 {
        let end = if n < 10 { format!("2026-05-{:02}", 21 + n) } else { "2027-06-01".to_owned() };
        file.push_str(&format!("x{n},Account {n},{}000,{end},2024-01-01T00:00:00Z\n", 10 * n));
    }
    morning.import(&file, Default::default()).await?;
    Ok(world)
}

async fn a_first_run_holds(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let first = &night(&world, 2).await?[0];
    assert_eq!((first.alerts_opened, first.alerts_held), (0, 10));
    assert_eq!(held(first).into_iter().collect::<Vec<_>>(), [(("first_run", "renewal_window"), 10)]);
    assert!(!first.is_guarded(), "nobody has to look at the data");
    let line = first.summary();
    assert!(line.ends_with("10 alerts held, reason first_run (renewal_window 10)"), "{line}");
    assert!(standing(&world).await?.contains(&"x0 renewal_window info held by first_run".to_owned()));
    assert!(topics(&on(&world, 2, 8)).await?.is_empty());
    // They are counted every night, and on a run of the same day.
    for day in [2, 3, 4] {
        let outcomes = night(&world, day).await?;
        let last = outcomes.last().unwrap();
        assert_eq!((last.alerts_opened, last.alerts_held), (0, 10), "{day}");
        assert!(last.summary().contains("10 alerts held, reason first_run (renewal_window 10)"), "{}", last.summary());
    }
    Ok(())
}

async fn a_new_account_opens_at_once(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    night(&world, 2).await?;
    night(&world, 3).await?;
    let morning = on(&world, 4, 6);
    let file = "external_id,name,arr,contract_start,contract_end\nbig,Big,500000,2025-03-01,2026-03-07\n";
    morning.import(file, Default::default()).await?;
    let outcomes = night(&world, 4).await?;
    assert_eq!((outcomes.len(), outcomes[0].alerts_opened), (1, 1));
    assert!(standing(&world).await?.contains(&"big renewal_window critical open".to_owned()));
    // Also one that is entered and scored on the day of the first run.
    let other = world.organization("other").await?;
    on(&other, 2, 6).account(&[("name", "First")]).await?;
    night(&other, 2).await?;
    on(&other, 2, 8).account(&[("name", "Second"), ("contract_end", "2026-03-09")]).await?;
    night(&other, 2).await?;
    let found = all(&other).await?;
    assert_eq!((found.len(), found[0].state), (1, AlertState::Open));
    Ok(())
}

async fn what_gets_worse_opens(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    night(&world, 2).await?;
    // 60 days before the first end.
    let outcomes = night(&world, 22).await?;
    assert_eq!(outcomes.iter().map(|night| night.alerts_opened).sum::<u64>(), 1);
    let open: Vec<String> = standing(&world).await?.into_iter().filter(|line| line.ends_with("open")).collect();
    assert_eq!(open, ["x0 renewal_window warning open"]);
    let found = all(&world).await?;
    let alert = found.iter().find(|alert| alert.state == AlertState::Open).unwrap();
    assert_eq!((alert.opened_on.to_string(), alert.fired_on.to_string()), ("2026-03-22".into(), "2026-03-22".into()));
    assert_eq!(outcomes.last().unwrap().alerts_held, 9);
    Ok(())
}

async fn released_by_rule_reason_and_arr(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    // One ticket is enough for a band: the rule that reads it is none of this.
    let quiet = model("name = \"Ours\"\nalerts.health_below.enabled = false");
    models::use_model(&on(&world, 2, 5), &quiet, None, 0, false, &mut |_| {}).await?;
    night(&world, 2).await?;
    let later = on(&world, 3, 6);
    // The guard holds another rule.
    escalate(&later, &[("x1", 1), ("x2", 1), ("x3", 1), ("x4", 2)]).await?;
    let outcomes = night(&world, 3).await?;
    assert!(outcomes[0].is_guarded());
    let line = outcomes[0].summary();
    assert!(line.contains("4 alerts HELD, reason guard (support_escalation 4)"), "{line}");
    assert!(line.contains("10 alerts held, reason first_run (renewal_window 10)"), "{line}");
    let now = on(&world, 3, 8);
    let of = |rules: &[Rule], held_by: &[HeldBy], min_arr| HeldFilter {
        rules: rules.to_vec(),
        held_by: held_by.to_vec(),
        min_arr,
    };
    for (filter, count) in [
        (of(&[], &[], None), 14),
        (of(&[Rule::RenewalWindow], &[], None), 10),
        (of(&[], &[HeldBy::Guard], None), 4),
        (of(&[], &[HeldBy::Guard, HeldBy::FirstRun], None), 14),
        (of(&[], &[HeldBy::NewModel], None), 0),
        (of(&[], &[], Some(8_000_000)), 2),
        (of(&[Rule::SupportEscalation], &[], Some(3_000_000)), 2),
        (of(&[Rule::SupportEscalation], &[HeldBy::FirstRun], None), 0),
    ] {
        assert_eq!(alerts::release(&now, &filter, "", true).await?.total(), count, "{filter:?}");
    }
    let done = alerts::release(&now, &of(&[], &[], Some(8_000_000)), "the large ones", false).await?;
    assert_eq!(done.rules, [(Rule::RenewalWindow, 2)]);
    let lines = standing(&now).await?;
    assert!(lines.contains(&"x9 renewal_window info open".to_owned()), "{lines:?}");
    assert!(lines.contains(&"x7 renewal_window info held by first_run".to_owned()), "{lines:?}");
    // What the guard had to say stands until it holds no more of the rule.
    alerts::release(&now, &of(&[Rule::SupportEscalation], &[], Some(4_000_000)), "", false).await?;
    assert_eq!(topics(&now).await?, ["guard:support_escalation"]);
    alerts::release(&now, &of(&[Rule::SupportEscalation], &[], None), "", false).await?;
    assert_eq!(topics(&now).await?, [""; 0]);
    Ok(())
}

fn model(text: &str) -> Model {
    Model::parse(text).unwrap()
}

async fn a_new_rule_and_a_new_model_hold(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let off = model("name = \"Ours\"\nalerts.renewal_window.enabled = false\nalerts.health_below.enabled = false");
    models::use_model(&on(&world, 2, 6), &off, None, 0, false, &mut |_| {}).await?;
    let first = &night(&world, 2).await?[0];
    assert_eq!(first.alerts_held, 0);
    let next = on(&world, 3, 6);
    escalate(&next, &[("x1", 1)]).await?;
    let all_rules = model("name = \"Ours\"\nalerts.hysteresis = 4\nalerts.health_below.enabled = false");
    // The days before are scored by it, and that is no night of it.
    models::use_model(&next, &all_rules, None, 1, false, &mut |_| {}).await?;
    night(&world, 3).await?;
    let lines = standing(&world).await?;
    assert_eq!(lines.iter().filter(|line| line.ends_with("renewal_window info held by new_rule")).count(), 10);
    assert!(lines.contains(&"x1 support_escalation warning held by new_model".to_owned()), "{lines:?}");
    // From its second night on it opens.
    escalate(&on(&world, 4, 6), &[("x2", 1)]).await?;
    let outcomes = night(&world, 4).await?;
    assert_eq!((outcomes[0].alerts_opened, outcomes[0].alerts_held), (1, 11));
    assert!(!outcomes[0].is_guarded());
    Ok(())
}

/// A year of history may be scored before the first night: it holds what holds all the same.
async fn scoring_past_days_is_no_night(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let outcomes = night(&world, 6).await?;
    assert_eq!(outcomes.len(), 5);
    assert_eq!(outcomes[..4].iter().map(|day| day.alerts_held + day.alerts_opened).sum::<u64>(), 0);
    assert_eq!((outcomes[4].alerts_opened, outcomes[4].alerts_held), (0, 10));
    assert_eq!(held(&outcomes[4]).len(), 1);
    // Taking it back makes the next one the first.
    let operation = outcomes[4].operation.unwrap();
    operations::undo(&on(&world, 6, 8), &operation.to_string(), false, false).await?;
    let again = night(&world, 7).await?;
    assert_eq!(held(again.last().unwrap()).keys().next(), Some(&("first_run", "renewal_window")));
    Ok(())
}
