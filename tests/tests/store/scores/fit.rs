//! A fit of a model: what it reads, what it leaves alone, and that it is the same everywhere.

use anyhow::Result;
use fastenr_core::fit::{Fit, Verdict};
use fastenr_core::model::Role;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::user::User;
use fastenr_core::ops::scores::{self, BacktestedScore, FitQuestion, Question};
use fastenr_tests::harness::{Backend, Kind, Tests};

use fastenr_tests::books::churn::churning;
use fastenr_tests::world::{World, everything, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scores/fit/what_came_later_changes_no_digit", what_came_later_changes_no_digit);
    tests.postgres("store/scores/fit/both_databases_write_the_same", both_databases_write_the_same);
    tests.both("store/scores/fit/its_cases_are_those_of_the_back_test", its_cases_are_those_of_the_back_test);
    tests.both("store/scores/fit/it_writes_nothing", it_writes_nothing);
}

async fn book(world: &World, (accounts, metrics): (String, String)) -> Result<()> {
    world.import(&accounts, Default::default()).await?;
    world.import_of(&METRIC, &metrics, Default::default()).await?;
    Ok(())
}

async fn fit(world: &World) -> fastenr_core::Result<Fit> {
    let to = Some("2025-10-31".parse().unwrap());
    scores::fit(world, &FitQuestion { to, ..FitQuestion::default() }, &mut |_, _| {}).await
}

async fn what_came_later_changes_no_digit(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world, churning(true)).await?;
    let before = fit(&world).await?;
    assert!(before.verdict.is_written(), "{before:#?}");
    let rows = "account,metric_date,login_frequency,feature_adoption_score,support_tickets,open_urgent_tickets,sentiment,\
                sentiment_reason\n\
                c1,2025-11-01,0,0,90,9,red,They said so\nc2,2026-01-30,900,100,0,0,green,\n";
    world.import_of(&METRIC, rows, Default::default()).await?;
    let engagements = "external_id,account,type,title,completed_at,outcome\n\
                       z1,c1,meeting,Later,2025-11-01T00:00:00Z,negative\nz2,c4,call,Later,2026-01-02T09:00:00Z,positive\n";
    world.import_of(&ENGAGEMENT, engagements, Default::default()).await?;
    for name in ["c1", "c2", "c5"] {
        world.update(name, &[("seats", "900"), ("arr", "5"), ("past_due_since", "2025-12-01")]).await?;
    }
    world.account(&[("name", "New"), ("arr", "1"), ("contract_start", "2025-11-01")]).await?;
    assert_eq!(fit(&world).await?, before);
    Ok(())
}

/// Whatever the ids are, and the order in which the rows came.
async fn both_databases_write_the_same(backend: &Backend) -> Result<()> {
    let reversed = |file: String| {
        let (head, rows) = file.split_once('\n').unwrap();
        let rows: Vec<&str> = rows.lines().rev().collect();
        format!("{head}\n{}\n", rows.join("\n"))
    };
    let (accounts, metrics) = churning(true);
    let postgres = world(backend).await?;
    book(&postgres, (accounts.clone(), metrics.clone())).await?;
    let other = Backend::new(Kind::Sqlite)?;
    let sqlite = world(&other).await?;
    book(&sqlite, (reversed(accounts), reversed(metrics))).await?;
    let (postgres, sqlite) = (fit(&postgres).await?, fit(&sqlite).await?);
    assert!(postgres.to_toml().is_some(), "{postgres:#?}");
    assert_eq!(postgres.to_toml(), sqlite.to_toml());
    assert_eq!(serde_json::to_string(&postgres)?, serde_json::to_string(&sqlite)?);
    Ok(())
}

/// The figures of the model in use are those that a back-test of the same month ends has.
async fn its_cases_are_those_of_the_back_test(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world, churning(true)).await?;
    let fitted = fit(&world).await?;
    let (from, to) = (fitted.test.from, fitted.test.to);
    let question = Question { score: BacktestedScore::Health, from, to, ..Question::default() };
    let proof = scores::backtest(&world, &question, &mut |_, _| {}).await?.proof;
    assert_eq!(
        (proof.cases, proof.churned_cases, proof.events, proof.auc, proof.lift_at_10),
        (fitted.test.cases, fitted.test.churned_cases, fitted.test.events, fitted.in_use.auc, fitted.in_use.lift_at_10)
    );
    // The model that is written has learned from the test as well, and still is the same within chance.
    let models = fastenr_core::score::model::Models::new(fitted.model.clone());
    let question = Question { models: Some(models.into()), ..question };
    let after = scores::backtest(&world, &question, &mut |_, _| {}).await?;
    let (found, told) = (after.proof.auc.unwrap().value(), fitted.fitted.unwrap().auc.unwrap().value());
    assert!((found - told).abs() < 0.03, "{found} {told}");
    assert_eq!(after.insufficient_cases, 0);
    Ok(())
}

async fn it_writes_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world, churning(false)).await?;
    let reader = world.user("reader@example.com", "Reader").await?;
    let reader = world.acting_as(&User { role: Role::Read, ..reader });
    let before = everything(&world.db, &world.scope()).await?;
    let found = fit(&reader).await?;
    assert_eq!((found.verdict, found.model.is_none()), (Verdict::NoSignal, true), "{found:#?}");
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    // Other organizations have nothing of it.
    let other = world.organization("other").await?;
    let found = fit(&other).await?;
    assert_eq!((found.verdict, found.test.cases, found.train.cases), (Verdict::TooFew, 0, 0));
    Ok(())
}
