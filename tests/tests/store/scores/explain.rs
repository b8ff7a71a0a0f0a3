//! Explanations: they add up, and say what changed since another day and why.

use anyhow::Result;
use fastenr_core::model::metric::METRIC;
use fastenr_core::ops::scores::{Cause, explain_account};
use fastenr_core::score::Amount;
use fastenr_core::view::explanation::HealthExplained;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::books::scores::{METRICS, book, day, metrics, recompute};
use fastenr_tests::world::{everything, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scores/explanations_add_up", explanations_add_up);
    tests.both("store/scores/what_changed_and_why", what_changed_and_why);
    tests.both("store/scores/what_has_no_score", what_has_no_score);
}

async fn explanations_add_up(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, Some("2026-02-10")).await?;
    recompute(&world, None).await?;
    let before = everything(&world.db, &world.scope()).await?;
    for account in world.accounts().await? {
        let id = account.external_id.clone().unwrap();
        let explained = explain_account(&world, &id, None, Some(day("2026-02-10"))).await?;
        let of = &explained.explanation;
        let shown = HealthExplained::from(&explained);
        assert_eq!(
            (shown.health_score, shown.churn_risk_score),
            (account.health_score, account.churn_risk_score),
            "{id}"
        );
        assert_eq!(shown.provisional_health_score, account.provisional_health_score, "{id}");
        assert_eq!(shown.health_score.or(shown.provisional_health_score), Some(of.health_score), "{id}");
        let total: i64 = of.components.iter().map(|line| line.contribution.0).sum::<i64>()
            + of.lines.iter().map(|line| line.contribution.0).sum::<i64>();
        assert_eq!(Amount(total), Amount(of.health_score * 100), "{id}");
        let since = explained.since.unwrap();
        let moved: i64 = since.steps.iter().map(|step| step.health).sum();
        assert_eq!(since.health_score + moved, of.health_score, "{id}");
        let moved: i64 = since.steps.iter().map(|step| step.churn_risk).sum();
        assert_eq!(since.churn_risk_score + moved, of.churn_risk_score, "{id}");
        for step in since.steps.iter().filter(|step| step.cause != Cause::RecordedLater) {
            for (score, change) in [("health_score", step.health), ("churn_risk_score", step.churn_risk)] {
                let changes = step.changes.iter().filter(|delta| delta.score == score);
                assert_eq!(changes.map(|delta| delta.change.0).sum::<i64>(), change * 100, "{id} {step:?}");
            }
        }
    }
    assert_eq!(everything(&world.db, &world.scope()).await?, before, "an explanation writes nothing");
    Ok(())
}

async fn what_changed_and_why(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, None).await?;
    let later = world.at("2026-03-08T07:00:00Z");
    let edited = later.update("b1", &[("seats", "500"), ("renewal_stage", "will_churn")]).await?;
    let rows = format!("{METRICS}{}", metrics(&later, "b1", 7, 0, 90));
    later.import_of(&METRIC, &rows, Default::default()).await?;
    // Something about a day that was scored already.
    let late = format!("{METRICS}b2,2026-02-27,900,11,1,90,40,15,30,90\n");
    later
        .import_of(
            &METRIC,
            &late,
            fastenr_core::import::request::Request { mode: "upsert".parse().unwrap(), ..Default::default() },
        )
        .await?;
    recompute(&later, None).await?;

    let explained = explain_account(&later, &edited.id.to_string(), None, Some(day("2026-03-01"))).await?;
    let since = explained.since.unwrap();
    let step = |cause| since.steps.iter().find(|step| step.cause == cause);
    let edits = &step(Cause::Edits).unwrap().edits;
    let told: Vec<(&str, Option<&str>, Option<&str>)> =
        edits.iter().map(|edit| (edit.field.as_str(), edit.new_value.as_deref(), edit.by.as_deref())).collect();
    assert!(told.contains(&("seats", Some("500"), Some("admin@fastenr.local"))), "{told:?}");
    assert!(told.contains(&("renewal_stage", Some("will_churn"), Some("admin@fastenr.local"))), "{told:?}");
    assert!(step(Cause::Edits).unwrap().churn_risk > 0);
    let rows = &step(Cause::NewData).unwrap().rows;
    assert_eq!(
        (rows[0].what.as_str(), rows[0].rows, rows[0].operation.as_deref()),
        ("metrics", 7, Some("metrics.import"))
    );
    assert!(step(Cause::Time).is_some());
    assert!(step(Cause::RecordedLater).is_none(), "{since:?}");

    let other = explain_account(&later, "b2", None, Some(day("2026-03-01"))).await?.since.unwrap();
    assert!(other.steps.iter().any(|step| step.cause == Cause::RecordedLater), "{other:?}");
    Ok(())
}

async fn what_has_no_score(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Gone"), ("status", "churned"), ("churned_on", "2026-01-05")]).await?;
    assert_eq!(refused(explain_account(&world, "Gone", None, None).await), "not_scored");
    world.account(&[("name", "Bare")]).await?;
    let bare = explain_account(&world, "Bare", None, None).await?;
    assert_eq!((bare.explanation.health_score, bare.explanation.coverage), (50, Amount(0)));
    assert_eq!(refused(explain_account(&world, "Bare", Some(day("2026-03-02")), None).await), "future_day");
    assert_eq!(refused(explain_account(&world, "Bare", None, Some(day("2026-03-01"))).await), "since");
    Ok(())
}
