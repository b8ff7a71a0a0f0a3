//! Who says what the status of an account is: a person, an import, the nightly run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use fastenr_core::import::request::Request;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::{Status, StatusSource};
use fastenr_core::ops::{operations, timeline};
use fastenr_tests::books::scores::{METRICS, metrics, recompute};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, refused, world};

use super::random::Random;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/statuses/an_unchanged_file_and_the_run_settle", an_unchanged_file_and_the_run_settle);
    tests.both("store/statuses/an_imports_word", an_imports_word);
    tests.both("store/statuses/the_model_turns_back_its_own", the_model_turns_back_its_own);
    tests.both("store/statuses/a_persons_word", a_persons_word);
    tests.both("store/statuses/until_a_day", until_a_day);
    tests.both("store/statuses/in_bulk", in_bulk);
    tests.both("store/statuses/the_timeline_tells_it", the_timeline_tells_it);
    tests.both("store/statuses/an_undo_puts_the_word_back", an_undo_puts_the_word_back);
}

const HEADER: &str = "external_id,name,status,seats,created_at,contract_end\n";
const MOODS: &str = "account,metric_date,sentiment,sentiment_reason\n";

fn line(id: &str, status: &str) -> String {
    format!("{id},{id},{status},10,2024-01-01T00:00:00Z,2027-12-31\n")
}

/// Usage that is well; where `red`, the mood of the account is the worst there is.
async fn facts(world: &World, id: &str, red: bool) -> Result<()> {
    let rows = format!("{METRICS}{}", metrics(world, id, 60, 0, 20));
    world.import_of(&METRIC, &rows, Request::default()).await?;
    let (mood, reason) = if red { ("red", "They said so") } else { ("green", "All is well") };
    let rows = format!("{MOODS}{id},{},{mood},{reason}\n", world.today());
    world.import_of(&METRIC, &rows, Request::default()).await?;
    Ok(())
}

async fn status(world: &World, id: &str) -> Result<(Status, StatusSource)> {
    world.get(id).await.map(|account| (account.status, account.status_source))
}

async fn statuses(world: &World) -> Result<BTreeMap<String, (Status, StatusSource)>> {
    let accounts = world.accounts().await?.into_iter();
    Ok(accounts.map(|account| (account.name, (account.status, account.status_source))).collect())
}

/// Law: however the file, the scores and people differ on the statuses, after one round of both nothing moves.
async fn an_unchanged_file_and_the_run_settle(backend: &Backend) -> Result<()> {
    let mut random = Random::seeded("store/statuses");
    let first = world(backend).await?;
    for round in 0..backend.tries(3) {
        let world = first.organization(&format!("book-{round}")).await?;
        let words = ["active", "at_risk", "onboarding", "churned", ""];
        let mut file = HEADER.to_owned();
        for n in 0..16 {
            let id = format!("a{n}");
            file.push_str(&line(&id, words[random.below(words.len())]));
        }
        world.import(&file, Request::default()).await?;
        for n in 0..16 {
            facts(&world, &format!("a{n}"), random.below(2) == 0).await?;
        }
        // People and the run say other things than the file.
        recompute(&world, None).await?;
        for n in 0..16 {
            if random.below(3) == 0 {
                world.update(&format!("a{n}"), &[("status", words[random.below(3)])]).await?;
            }
        }
        let mut settled = None;
        for night in 1..=4 {
            let report = world.import(&file, Request::default()).await?;
            let run = recompute(&world, None).await?;
            let now = statuses(&world).await?;
            if let Some(before) = &settled {
                assert_eq!(&now, before, "night {night} of book {round}");
                assert_eq!((report.ledger.updated, run.status_changes), (0, 0), "night {night} of book {round}");
            }
            settled = Some(now);
        }
    }
    Ok(())
}

async fn an_imports_word(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let import = async |word: &str| world.import(&format!("{HEADER}{}", line("a", word)), Request::default()).await;
    import("onboarding").await?;
    world.update("a", &[("status", "active")]).await?;
    // The same word again says nothing.
    let report = import("onboarding").await?;
    assert_eq!((report.ledger.unchanged, status(&world, "a").await?), (1, (Status::Active, StatusSource::Person)));
    assert!(report.warnings.iter().any(|line| line.text.starts_with("1 row has a status")), "{:?}", report.warnings);
    // Another one does, also against a person.
    import("at_risk").await?;
    assert_eq!(status(&world, "a").await?, (Status::AtRisk, StatusSource::Import));
    assert_eq!(world.get("a").await?.imported_status, Some(Status::AtRisk));
    // Its own at_risk it lifts itself.
    import("active").await?;
    assert_eq!(status(&world, "a").await?, (Status::Active, StatusSource::Import));
    // A person's it does not, and the word is kept all the same.
    world.update("a", &[("status", "at_risk")]).await?;
    import("churned").await?;
    world.update("a", &[("status", "at_risk")]).await?;
    let report = import("active").await?;
    assert_eq!((report.ledger.updated, status(&world, "a").await?), (1, (Status::AtRisk, StatusSource::Person)));
    assert_eq!(world.get("a").await?.imported_status, Some(Status::Active));
    assert_eq!(import("active").await?.ledger.unchanged, 1);
    Ok(())
}

async fn the_model_turns_back_its_own(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = format!("{HEADER}{}{}{}", line("file", "at_risk"), line("model", "active"), line("said", "active"));
    world.import(&file, Request::default()).await?;
    for id in ["file", "model", "said"] {
        facts(&world, id, id != "file").await?;
    }
    recompute(&world, None).await?;
    assert_eq!(status(&world, "file").await?, (Status::AtRisk, StatusSource::Import), "an import's word stands");
    assert_eq!(status(&world, "model").await?, (Status::AtRisk, StatusSource::Model));
    // The file now says what the model had said: once the model turns back, it is the file's word.
    let file = file.replace("said,said,active", "said,said,at_risk");
    assert_eq!(world.import(&file, Request::default()).await?.ledger.updated, 0);
    for id in ["model", "said"] {
        facts(&world, id, false).await?;
    }
    recompute(&world, None).await?;
    assert_eq!(status(&world, "model").await?, (Status::Active, StatusSource::Model));
    for _ in 0..2 {
        world.import(&file, Request::default()).await?;
        recompute(&world, None).await?;
        assert_eq!(status(&world, "said").await?, (Status::AtRisk, StatusSource::Import));
    }
    Ok(())
}

async fn a_persons_word(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    // Nobody has said a status of the first.
    world.account(&[("external_id", "none"), ("name", "None"), ("seats", "10")]).await?;
    world.account(&[("external_id", "said"), ("name", "Said"), ("seats", "10"), ("status", "active")]).await?;
    for id in ["none", "said"] {
        facts(&world, id, true).await?;
    }
    let later = world.at("2026-04-15T07:00:00Z");
    for id in ["none", "said"] {
        facts(&later, id, true).await?;
    }
    recompute(&later, None).await?;
    assert_eq!(status(&world, "none").await?, (Status::AtRisk, StatusSource::Model));
    assert_eq!(status(&world, "said").await?, (Status::Active, StatusSource::Person));
    // What the model said, said by a person, is the person's.
    let version = world.get("none").await?.version;
    let updated = world.update("none", &[("status", "at_risk")]).await?;
    assert_eq!((updated.status_source, updated.version), (StatusSource::Person, version + 1));
    assert_eq!(world.update("none", &[("status", "at_risk")]).await?.version, version + 1, "twice is once");
    facts(&later, "none", false).await?;
    recompute(&later, None).await?;
    assert_eq!(status(&world, "none").await?, (Status::AtRisk, StatusSource::Person));
    Ok(())
}

async fn until_a_day(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import(&format!("{HEADER}{}", line("a", "active")), Request::default()).await?;
    facts(&world, "a", false).await?;
    let account = world.update("a", &[("status", "at_risk"), ("status_until", "2026-03-02")]).await?;
    assert_eq!(account.status_until.map(|day| day.to_string()).as_deref(), Some("2026-03-02"));
    let night = async |day: u32| -> Result<(Status, StatusSource)> {
        let world = world.at(&format!("2026-03-{day:02}T07:00:00Z"));
        facts(&world, "a", false).await?;
        recompute(&world, None).await?;
        status(&world, "a").await
    };
    // An import that says the same ends nothing.
    let report = world.import(&format!("{HEADER}{}", line("a", "at_risk")), Request::default()).await?;
    assert_eq!((report.ledger.unchanged, world.get("a").await?.status_until), (1, account.status_until));
    assert_eq!(night(2).await?, (Status::AtRisk, StatusSource::Person));
    assert_eq!(night(3).await?, (Status::Active, StatusSource::Model));
    assert_eq!(world.get("a").await?.status_until, None);
    // A day that is over is no end, and a word without an end takes the old one away.
    let past = fastenr_tests::world::given(&[("status", "at_risk"), ("status_until", "2026-02-28")]);
    assert_eq!(refused(fastenr_core::ops::accounts::update(&world, "a", &past, None, false).await), "past_day");
    world.update("a", &[("status", "at_risk"), ("status_until", "2026-03-31")]).await?;
    assert_eq!(world.update("a", &[("status", "at_risk")]).await?.status_until, None);
    Ok(())
}

async fn in_bulk(backend: &Backend) -> Result<()> {
    use fastenr_core::model::account::ACCOUNT;
    use fastenr_core::ops::bulk::{self, BulkAction};
    let world = world(backend).await?;
    world.import(&format!("{HEADER}{}{}", line("a", "active"), line("b", "at_risk")), Request::default()).await?;
    let bulk = async |given: &[(&str, &str)]| {
        let request = bulk::Request {
            noun: &ACCOUNT,
            action: BulkAction::Update(fastenr_tests::world::given(given)),
            filter: Vec::new(),
            ids: None,
            all: true,
            dry_run: false,
            max_affected: None,
            expect: None,
            plan: None,
            expect_preview: None,
            most_told: None,
        };
        bulk::run(&world, request, &mut |_, _| Ok(())).await
    };
    let done = bulk(&[("status", "at_risk"), ("status_until", "2026-12-31")]).await?;
    assert_eq!((done.changed, done.unchanged), (2, 0));
    for id in ["a", "b"] {
        let account = world.get(id).await?;
        assert_eq!((account.status, account.status_source), (Status::AtRisk, StatusSource::Person), "{id}");
        assert_eq!(account.status_until.map(|day| day.to_string()).as_deref(), Some("2026-12-31"), "{id}");
    }
    assert_eq!(bulk(&[("status", "at_risk"), ("status_until", "2026-12-31")]).await?.unchanged, 2);
    assert_eq!(bulk(&[("status", "at_risk")]).await?.changed, 2);
    assert_eq!(world.get("a").await?.status_until, None);
    assert_eq!(refused(bulk(&[("status_until", "2026-02-28")]).await), "past_day");
    Ok(())
}

/// Each write between runs names what was before, what came of it, and whose word it was.
async fn the_timeline_tells_it(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import(&format!("{HEADER}{}", line("a", "onboarding")), Request::default()).await?;
    let at = |hour: u32| world.at(&format!("2026-03-01T{hour:02}:00:00Z"));
    facts(&at(8), "a", true).await?;
    at(9).import(&format!("{HEADER}{}", line("a", "active")), Request::default()).await?;
    recompute(&at(10), None).await?;
    at(11).import(&format!("{HEADER}{}", line("a", "churned")), Request::default()).await?;
    at(12).import(&format!("{HEADER}{}", line("a", "active")), Request::default()).await?;
    recompute(&at(13), None).await?;
    at(14).update("a", &[("status", "active")]).await?;
    let told = timeline::timeline(&at(15), "a", &timeline::TimelineFilter::default()).await?;
    let mut lines = String::new();
    for event in told.events.iter().rev() {
        for change in event.changes.as_array().into_iter().flatten() {
            if change["field"] == "status" {
                let what = event.title.split(" of ").next().unwrap_or_default();
                let _ = writeln!(lines, "{what}: {} → {}", change["old"], change["new"]);
            }
        }
    }
    snapbox::assert_data_eq!(
        lines,
        snapbox::str![[r#"
changed by import: "onboarding" → "active"
status changed by the nightly run: "active" → "at_risk"
changed by import: "at_risk" → "churned"
changed by import: "churned" → "active"
status changed by the nightly run: "active" → "at_risk"
updated account: "at_risk" → "active"

"#]]
    );
    Ok(())
}

async fn an_undo_puts_the_word_back(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import(&format!("{HEADER}{}", line("a", "active")), Request::default()).await?;
    world.update("a", &[("status", "at_risk"), ("status_until", "2026-12-31")]).await?;
    let before = world.get("a").await?;
    let report = world.import(&format!("{HEADER}{}", line("a", "churned")), Request::default()).await?;
    let changed = world.get("a").await?;
    assert_eq!((changed.status_source, changed.status_until), (StatusSource::Import, None));
    operations::undo(&world, &report.operation.unwrap().to_string(), false, false).await?;
    let after = world.get("a").await?;
    let word = |account: &fastenr_core::model::account::Account| {
        (account.status, account.status_source, account.status_until, account.imported_status)
    };
    assert_eq!(word(&after), word(&before));
    // The file's word is new again.
    world.import(&format!("{HEADER}{}", line("a", "churned")), Request::default()).await?;
    assert_eq!(status(&world, "a").await?, (Status::Churned, StatusSource::Import));
    Ok(())
}
