//! The back-test: what it reads, what it leaves alone, and what it says.

use std::fmt::Write as _;

use anyhow::Result;
use chrono::{Datelike, Days, NaiveDate, Weekday};
use fastenr_core::model::Band;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::ops;
use fastenr_core::ops::scores::{self, Backtest, BacktestedScore, Question};
use fastenr_core::proof::{self, Case, Outcome, Proof};
use fastenr_core::store::scores::snapshots;
use fastenr_tests::harness::{Backend, Kind, Tests};
use futures_util::TryStreamExt;

use fastenr_tests::books::scores::{day, recompute};
use fastenr_tests::world::{World, everything, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scores/backtest/what_came_later_changes_no_digit", what_came_later_changes_no_digit);
    tests.postgres("store/scores/backtest/both_databases_find_the_same", both_databases_find_the_same);
    tests.both("store/scores/backtest/it_writes_nothing", it_writes_nothing);
    tests.both("store/scores/backtest/as_the_product_would_have_scored", as_the_product_would_have_scored);
    tests.both("store/scores/backtest/too_few_and_undated", too_few_and_undated);
    tests.both("store/scores/backtest/a_score_that_is_the_label_is_suspected", a_score_that_is_the_label_is_suspected);
    tests.both("store/scores/backtest/who_is_a_case", who_is_a_case);
    tests.both("store/scores/backtest/what_is_refused", what_is_refused);
}

const ACCOUNTS: u64 = 48;

fn later(on: NaiveDate, days: u64) -> NaiveDate {
    on.checked_add_days(Days::new(days)).unwrap()
}

/// Every fourth account churns, from the middle of January 2025 on, 12 days apart.
fn churned_on(account: u64) -> Option<NaiveDate> {
    account.is_multiple_of(4).then(|| later(day("2025-01-15"), account / 4 * 12))
}

/// A book with two years of history. Those that churn use the product less and less before it.
async fn book(world: &World) -> Result<()> {
    let mut accounts =
        "external_id,name,size,arr,seats,status,contract_start,contract_end,renewal_stage,past_due_since,\
                        churned_on,created_at\n"
            .to_owned();
    for n in 0..ACCOUNTS {
        let churned = churned_on(n);
        let _ = writeln!(
            accounts,
            "b{n},Book {n},{},{},{},{},2024-02-01,2026-{:02}-15,{},{},{},2024-02-01T00:00:00Z",
            ["small", "medium", "large"][usize::try_from(n % 3)?],
            n * 1_000,
            10 + n,
            if churned.is_some() { "churned" } else { "active" },
            1 + n % 12,
            ["likely", "unknown", "at_risk", "committed"][usize::try_from(n / 4 % 4)?],
            if n == 7 { "2025-05-02" } else { "" },
            churned.map(|on| on.to_string()).unwrap_or_default(),
        );
    }
    world.import(&accounts, Default::default()).await?;
    let mut rows =
        "account,metric_date,login_frequency,feature_adoption_score,session_minutes,active_users,support_tickets,\
                    urgent_tickets,escalated_tickets,csat,csat_responses,resolution_hours\n"
            .to_owned();
    for n in 0..ACCOUNTS {
        let churned = churned_on(n);
        for week in 0..57 {
            let on = later(day("2024-10-02"), week * 7 + n % 7);
            let left = churned.map_or(i64::MAX, |churned| (churned - on).num_days());
            if left < 0 {
                break;
            }
            let (logins, adoption) = if left < 120 { (n % 5, 30 + left / 4) } else { (20 + n % 9, 75) };
            let (urgent, escalated) = (u64::from((week + n) % 29 == 0), u64::from((week + n) % 31 == 0));
            let _ = writeln!(
                rows,
                "b{n},{on},{logins},{adoption},{},{},{},{urgent},{escalated},{},3,{}",
                20 + n % 11,
                4 + n % 7,
                week % 3 + urgent + escalated,
                70 + (n + week) % 30,
                4 + week % 20
            );
        }
    }
    world.import_of(&METRIC, &rows, Default::default()).await?;
    let mut engagements =
        "external_id,account,type,title,completed_at,outcome,direction,responded_at,competitor_stage\n".to_owned();
    for n in 0..ACCOUNTS {
        for month in 0..12_u64 {
            let on = later(day("2024-10-10"), month * 30 + n);
            if churned_on(n).is_some_and(|churned| later(on, 60) > churned) {
                break;
            }
            let kind = ["meeting", "call", "email", "training"][usize::try_from((n + month) % 4)?];
            let outcome = ["positive", "neutral", "negative", "action_required"][usize::try_from((n + month) % 4)?];
            let rival = if n % 13 == 0 && month == 5 { "evaluation" } else { "" };
            let _ = writeln!(
                engagements,
                "e{n}-{month},b{n},{kind},Talk,{on}T10:00:00Z,{outcome},outbound,{on}T15:00:00Z,{rival}"
            );
        }
    }
    world.import_of(&ENGAGEMENT, &engagements, Default::default()).await?;
    Ok(())
}

async fn test_of(world: &World, question: &Question) -> fastenr_core::Result<Backtest> {
    scores::backtest(world, question, &mut |_, _| {}).await
}

fn of(score: BacktestedScore) -> Question {
    Question { score, from: Some(day("2024-12-01")), to: Some(day("2025-06-30")), ..Question::default() }
}

async fn all(world: &World) -> Result<Vec<Backtest>> {
    let mut found = Vec::new();
    for score in BacktestedScore::ALL {
        found.push(test_of(world, &of(*score)).await?);
    }
    Ok(found)
}

/// Whatever is dated after the last cut-off, and whatever a field was changed to.
async fn what_came_later_changes_no_digit(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let before = all(&world).await?;
    assert!(before.iter().all(|found| found.proof.cases > 200 && found.proof.auc.is_some()), "{before:#?}");
    let rows = "account,metric_date,login_frequency,feature_adoption_score,session_minutes,active_users,support_tickets,\
                urgent_tickets,escalated_tickets,open_urgent_tickets,csat,resolution_hours,sentiment,sentiment_reason,\
                training_completion_rate\n\
                b1,2025-07-01,0,0,0,0,90,9,9,9,1,900,red,They said so,3\nb2,2025-12-30,900,100,90,99,0,0,0,0,99,1,green,,99\n";
    world.import_of(&METRIC, rows, Default::default()).await?;
    let engagements = "external_id,account,type,title,completed_at,outcome,competitor_stage\n\
                       z1,b1,meeting,Later,2025-07-01T00:00:00Z,negative,decision\nz2,b3,call,Later,2026-01-02T09:00:00Z,positive,\n";
    world.import_of(&ENGAGEMENT, engagements, Default::default()).await?;
    let contacts = "external_id,account,name,email,role,left_on\nc1,b1,Jo,jo@b1.example,champion,2025-07-02\n\
                    c2,b2,Al,al@b2.example,decision_maker,\n";
    world.import_of(&CONTACT, contacts, Default::default()).await?;
    let goals = "external_id,account,title,status,started_on,target_date\ng1,b1,Late,missed,2025-07-01,2025-12-31\n";
    world.import_of(&GOAL, goals, Default::default()).await?;
    let changed = [
        ("arr", "999999"),
        ("seats", "1"),
        ("size", "enterprise"),
        ("contract_end", "2026-03-03"),
        ("renewal_stage", "will_churn"),
        ("past_due_since", "2025-07-01"),
        ("auto_renew", "true"),
        ("status", "at_risk"),
    ];
    for name in ["b1", "b2", "b3", "b7"] {
        world.update(name, &changed).await?;
    }
    for name in ["b5", "b8"] {
        ops::accounts::set_archived(&world, name, true, None, false).await?;
    }
    world.account(&[("external_id", "new"), ("name", "New"), ("arr", "1"), ("contract_start", "2025-07-01")]).await?;
    world.account(&[("external_id", "newer"), ("name", "Newer"), ("arr", "1"), ("size", "small")]).await?;
    assert_eq!(all(&world).await?, before);
    Ok(())
}

async fn both_databases_find_the_same(backend: &Backend) -> Result<()> {
    let found = async |backend: &Backend| -> Result<Vec<Backtest>> {
        let world = world(backend).await?;
        book(&world).await?;
        all(&world).await
    };
    let postgres = found(backend).await?;
    assert_eq!(postgres, found(&Backend::new(Kind::Sqlite)?).await?);
    // And the score does see what the book was made to show.
    let churn = &postgres[0].proof;
    assert!(churn.auc.is_some_and(|auc| auc.value() > 0.6), "{churn:#?}");
    Ok(())
}

async fn it_writes_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, Some("2025-04-06")).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let mut days = Vec::new();
    scores::backtest(&world, &of(BacktestedScore::Churn), &mut |day, of| days.push((day, of))).await?;
    let done = days.len();
    assert!(days.iter().enumerate().all(|(at, (day, of))| (*day, *of) == (at + 1, done)), "{days:?}");
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    // One that may only read may ask.
    let reader = world.user("reader@example.com", "Reader").await?;
    let reader = world.acting_as(&fastenr_core::model::user::User { role: fastenr_core::model::Role::Read, ..reader });
    assert!(test_of(&reader, &of(BacktestedScore::Churn)).await?.proof.cases > 200);
    // Other organizations have nothing of it.
    let other = world.organization("other").await?;
    let found = test_of(&other, &of(BacktestedScore::Churn)).await?;
    assert_eq!((found.proof.cases, found.proof.accounts, found.undated_churns), (0, 0, 0));
    Ok(())
}

/// Snapshots of the same Sundays, stored by the product, give the same risks; those that are stored are not read.
async fn as_the_product_would_have_scored(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let cutoff = day("2025-03-31");
    let question = Question { from: Some(cutoff), to: Some(cutoff), ..Question::default() };
    let before = test_of(&world, &question).await?;

    let ages = (60..=90).rev().chain((0..=13).rev());
    for on in ages.map(|age| cutoff.checked_sub_days(Days::new(age)).unwrap()) {
        if on.weekday() == Weekday::Sun || on == cutoff {
            recompute(&world, Some(&on.to_string())).await?;
        }
    }
    let mut tx = world.db.read().await?;
    let rows: Vec<snapshots::Snapshot> = snapshots::stream_day(&mut tx, &world.scope(), cutoff)?.try_collect().await?;
    drop(tx);
    assert!(rows.iter().all(|row| row.band != "insufficient_data" && row.churn_band != "insufficient_data"));
    assert!(rows.iter().any(|row| row.parts.declining_health > Some(5_000)), "a trend is there to be read");
    let accounts = world.accounts().await?;
    let cases: Vec<Case> = (0..)
        .zip(&rows)
        .filter_map(|(number, row)| {
            let churned_on = accounts.iter().find(|account| account.id == row.account_id)?.churned_on;
            if churned_on.is_some_and(|on| on <= later(cutoff, 30)) {
                return None;
            }
            let churned = churned_on.is_some_and(|on| on <= later(cutoff, 120));
            let band = Band::parse(&row.band).ok();
            Some(Case { account: number, cutoff, risk: row.churn_points, churned, band })
        })
        .collect();
    let stored = proof::prove(&cases, &[], &proof::Options::default());
    let figures = |proof: &Proof| {
        let Proof { accounts, events, auc, auc_ci, lift_at_10, .. } = proof.clone();
        (accounts, events, auc, auc_ci, lift_at_10, proof.precision_at_k.clone(), proof.bands.clone())
    };
    assert_eq!(figures(&before.proof), figures(&stored));
    assert_eq!(before.insufficient_cases, 0);
    assert_eq!(test_of(&world, &question).await?, before, "what is stored is not read");
    Ok(())
}

async fn too_few_and_undated(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let nothing = test_of(&world, &Question::default()).await?;
    assert_eq!((nothing.from, nothing.to), (day("2024-11-30"), day("2025-10-31")));
    assert_eq!((nothing.proof.cases, nothing.proof.auc, nothing.coverage), (0, None, None));
    assert_eq!(nothing.proof.verdict.as_str(), "too few to say");
    book(&world).await?;
    for n in 0..3 {
        let status = if n == 0 { "active" } else { "churned" };
        let name = format!("Undated {n}");
        world.account(&[("name", &name), ("status", status), ("contract_start", "2024-05-01")]).await?;
    }
    // One of those has gone only now, and was active at every cut-off: when, nobody knows.
    world.update("Undated 0", &[("status", "churned")]).await?;
    world.account(&[("name", "Too late"), ("status", "churned"), ("contract_start", "2025-11-01")]).await?;
    let found = test_of(&world, &Question::default()).await?;
    assert_eq!(found.undated_churns, 3);
    assert_eq!((found.proof.accounts, found.proof.cutoffs), (48, 12));
    assert_eq!((found.proof.events, found.proof.verdict.as_str()), (12, "too few to say"));
    let outcome = found.proof.acceptance.iter().find(|line| line.line == "critical_churns").map(|line| line.outcome);
    assert!(matches!(outcome, Some(Outcome::TooFewToSay | Outcome::NotMeasured)), "{outcome:?}");
    let json = serde_json::to_value(&found)?;
    for name in [
        "accounts",
        "cutoffs",
        "events",
        "base_rate",
        "auc",
        "auc_ci",
        "lift_at_10",
        "precision_at_k",
        "brier",
        "below_green_before_churn",
        "verdict",
        "coverage",
        "undated_churns",
    ] {
        assert!(json.get(name).is_some(), "{name}: {json}");
    }
    Ok(())
}

/// A fact that was written down because of the churn: at each month end it tells who churns in the window.
async fn a_score_that_is_the_label_is_suspected(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let churned = |n: u64| n.is_multiple_of(2).then(|| later(day("2025-02-10"), n * 3));
    let mut accounts = "external_id,name,status,contract_start,churned_on\n".to_owned();
    let mut rows = "account,metric_date,feature_adoption_score\n".to_owned();
    for n in 0..80 {
        let status = if churned(n).is_some() { "churned" } else { "active" };
        let on = churned(n).map(|on| on.to_string()).unwrap_or_default();
        let _ = writeln!(accounts, "l{n},Leak {n},{status},2024-01-01,{on}");
        for month in 1..=9 {
            let end = NaiveDate::from_ymd_opt(2025, month + 1, 1).and_then(|first| first.pred_opt()).unwrap();
            let label = churned(n).is_some_and(|on| on > later(end, 30) && on <= later(end, 120));
            let _ = writeln!(rows, "l{n},{end},{}", if label { 0 } else { 100 });
        }
    }
    world.import(&accounts, Default::default()).await?;
    world.import_of(&METRIC, &rows, Default::default()).await?;
    let question = Question { from: Some(day("2025-01-01")), to: Some(day("2025-09-30")), ..Question::default() };
    let found = test_of(&world, &Question { score: BacktestedScore::ProductUsage, ..question.clone() }).await?;
    assert_eq!(found.proof.auc.map(proof::Figure::value), Some(1.0));
    assert_eq!((found.proof.events, found.proof.verdict.as_str()), (36, "suspected leakage"));
    assert_eq!(found.proof.brier.map(proof::Figure::value), Some(0.0));
    // It is named; without it nothing is known, and everyone is in the middle.
    let strongest = found.strongest_factor.as_ref().map(|strongest| (strongest.factor, strongest.auc_without.value()));
    assert_eq!(strongest, Some(("feature_adoption", 0.5)));
    let missing: Vec<_> = found.missing_factors.iter().map(|missing| (missing.factor, missing.accounts)).collect();
    let factors = ["login_frequency", "session_duration", "user_activity", "training"];
    assert_eq!(missing, factors.map(|factor| (factor, found.proof.accounts)));
    assert!(found.missing_factors.iter().all(|missing| missing.cases == found.proof.cases));
    // Adoption is 30 of the 100 of its component.
    assert_eq!(found.coverage.map(proof::Figure::value), Some(0.3));
    assert_eq!(found.insufficient_cases, 0, "12 % of health are known of everyone, and 10 % are enough");
    // Nothing is known of support: no case.
    let found = test_of(&world, &Question { score: BacktestedScore::Support, ..question }).await?;
    assert_eq!((found.proof.cases, found.missing_cases > 500), (0, true));
    Ok(())
}

/// At one cut-off, 2025-06-30, with lead 30 and horizon 90: the window is 2025-07-31 to 2025-10-28.
async fn who_is_a_case(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mut rows = "account,metric_date,feature_adoption_score\n".to_owned();
    let mut accounts = "external_id,name,status,contract_start,churned_on,created_at\n".to_owned();
    for (name, start, churned, created) in [
        ("stays", "2024-01-01", "", "2024-01-01"),
        ("starts that day", "2025-06-30", "", "2026-01-01"),
        ("starts later", "2025-07-01", "", "2024-01-01"),
        ("no start", "", "", "2025-06-30"),
        ("no start, later", "", "", "2025-07-01"),
        ("gone before", "2024-01-01", "2025-06-30", "2024-01-01"),
        ("goes in the lead", "2024-01-01", "2025-07-30", "2024-01-01"),
        ("goes on the first day", "2024-01-01", "2025-07-31", "2024-01-01"),
        ("goes on the last day", "2024-01-01", "2025-10-28", "2024-01-01"),
        ("goes after it", "2024-01-01", "2025-10-29", "2024-01-01"),
    ] {
        let status = if churned.is_empty() { "active" } else { "churned" };
        let _ = writeln!(
            accounts,
            "{name},{name},{status},{start},{churned},{created}T00:00:00Z",
            name = name.replace(',', "")
        );
        let _ = writeln!(rows, "{},2025-06-20,50", name.replace(',', ""));
    }
    world.import(&accounts, Default::default()).await?;
    world.import_of(&METRIC, &rows, Default::default()).await?;
    let cutoff = Some(day("2025-06-30"));
    let question = Question { score: BacktestedScore::Health, from: cutoff, to: cutoff, ..Question::default() };
    let found = test_of(&world, &question).await?;
    let proof = &found.proof;
    assert_eq!((proof.cases, proof.churned_cases, found.missing_cases), (6, 2, 0), "{found:#?}");
    // Both that went within the window; of the one on the last day no Sunday up to the cut-off is 60 to 90 days before.
    assert_eq!((proof.churned_accounts, proof.churned_accounts_scored), (2, 0));
    Ok(())
}

async fn what_is_refused(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let ask = async |question: Question| refused(test_of(&world, &question).await);
    let base = Question::default;
    assert_eq!(ask(Question { horizon: 0, ..base() }).await, "horizon");
    assert_eq!(ask(Question { lead: 4_000, ..base() }).await, "lead");
    assert_eq!(ask(Question { to: Some(day("2026-01-31")), ..base() }).await, "window_not_over");
    assert_eq!(ask(Question { from: Some(day("2025-12-01")), ..base() }).await, "no_cutoff");
    assert_eq!(ask(Question { from: Some(day("1990-01-01")), ..base() }).await, "too_many_cutoffs");
    Ok(())
}
