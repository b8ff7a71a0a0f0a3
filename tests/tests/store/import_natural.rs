//! Engagements and goals without ids: found by account, kind, moment and folded title, so that twice the same is one.

use anyhow::Result;
use fastenr_core::import::request::{Duplicates, Key, Report, Request};
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};

use super::import_rejections::skip;
use super::nouns::rows;
use fastenr_tests::world::{World, given, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/natural/engagements", engagements);
    tests.both("store/natural/goals", goals);
    tests.both("store/natural/twice_in_a_file", twice);
    tests.both("store/natural/beside_ids", beside_ids);
    tests.both("store/natural/random", random);
}

async fn ledger(world: &World, noun: &'static Noun, file: &str, request: Request) -> Result<(u64, u64, u64, u64)> {
    let dry = world.import_of(noun, file, Request { dry_run: true, ..request.clone() }).await?;
    let Report { ledger, problems, .. } = world.import_of(noun, file, request).await?;
    assert_eq!(dry.ledger, ledger, "{file} {problems:?}");
    Ok((ledger.created, ledger.updated, ledger.unchanged, ledger.rejected))
}

async fn engagements(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    super::import_ids::accounts(&world, &["a", "b"]).await?;
    let header = "account,type,title,scheduled_at,completed_at,outcome\n";
    let file = format!(
        "{header}a,call,Kick-off,2026-02-01T10:00:00Z,,\nb,call,Kick-off,2026-02-01T10:00:00Z,,\n\
         a,meeting,Kick-off,2026-02-01T10:00:00Z,,\na,call,Kick-off,2026-02-02T10:00:00Z,,\na,note,Straße  1,,,\n"
    );
    assert_eq!(ledger(&world, &ENGAGEMENT, &file, skip()).await?, (5, 0, 0, 0));
    assert_eq!(ledger(&world, &ENGAGEMENT, &file, skip()).await?, (0, 0, 5, 0));
    // The same in another spelling, at the same moment in another zone; that it is done now makes it no other.
    let again = format!(
        "{header}a,Call,KICK-OFF,2026-02-01T11:00:00+01:00,2026-02-01T10:30:00Z,positive\na,note,STRASSE 1,,,neutral\n"
    );
    assert_eq!(ledger(&world, &ENGAGEMENT, &again, skip()).await?, (0, 2, 0, 0));
    assert_eq!(ledger(&world, &ENGAGEMENT, &again, skip()).await?, (0, 0, 2, 0));
    assert_eq!(rows(&world, &ENGAGEMENT).await?.len(), 5);
    // By the key that says so, also where there are ids.
    let by_account = Request { key: Some(Key::Account), ..skip() };
    assert_eq!(ledger(&world, &ENGAGEMENT, &again, by_account).await?, (0, 0, 2, 0));
    // Without a title or an account there is nothing to go by.
    let report = world.import_of(&ENGAGEMENT, &format!("{header}a,call,,,,\n"), skip()).await?;
    assert_eq!(report.problems[0].code, "key_empty");
    let refused = world.import_of(&ENGAGEMENT, "type,completed_at\ncall,2026-02-01\n", skip()).await.unwrap_err();
    assert_eq!(refused.code, "no_key");
    // Two that were there already: nobody knows which.
    for _ in 0..2 {
        let values = given(&[("account", "b"), ("type", "note"), ("title", "Twin")]);
        ops::entries::create(&world, &ENGAGEMENT, &values, false).await?;
    }
    let report = world.import_of(&ENGAGEMENT, &format!("{header}b,note,twin,,,\n"), skip()).await?;
    assert_eq!(report.problems[0].code, "ambiguous_key");
    Ok(())
}

async fn goals(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    super::import_ids::accounts(&world, &["a"]).await?;
    let file = "account,title,metric_type,target_date,target_value\na,Grow,arr,2026-12-31,5\na,Grow,nps,2026-12-31,5\na,Grow,,,5\n";
    assert_eq!(ledger(&world, &GOAL, file, skip()).await?, (3, 0, 0, 0));
    assert_eq!(ledger(&world, &GOAL, file, skip()).await?, (0, 0, 3, 0));
    let again =
        "account,title,target_date,metric_type,target_value\na,GROW,2026-12-31,arr,7\na,Grow,2027-12-31,arr,7\n";
    assert_eq!(ledger(&world, &GOAL, again, skip()).await?, (1, 1, 0, 0));
    // A file that says no kind means the usual one.
    assert_eq!(ledger(&world, &GOAL, "account,title,target_value\na,grow,9\n", skip()).await?, (0, 1, 0, 0));
    Ok(())
}

async fn twice(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let header = "account,type,title,completed_at,outcome\n";
    let same = "a,call,Talk,2026-02-01T10:00:00Z,positive\na,call,talk ,2026-02-01T10:00:00Z,positive\n";
    let other = "a,call,Talk,2026-02-01T10:00:00Z,negative\n";
    for (n, (rest, duplicates, counts, skipped)) in [
        ("", Duplicates::Reject, (1, 0, 0, 0), 1),
        (other, Duplicates::Reject, (0, 0, 0, 2), 1),
        (other, Duplicates::First, (1, 0, 0, 0), 2),
        (other, Duplicates::Last, (1, 0, 0, 0), 2),
    ]
    .into_iter()
    .enumerate()
    {
        let world = first.organization(&format!("o{n}")).await?;
        super::import_ids::accounts(&world, &["a"]).await?;
        let file = format!("{header}{same}{rest}");
        let request = Request { duplicates, ..skip() };
        assert_eq!(ledger(&world, &ENGAGEMENT, &file, request.clone()).await?, counts, "{duplicates:?}");
        let report = world.import_of(&ENGAGEMENT, &file, request).await?;
        assert_eq!(report.ledger.skipped, skipped);
        assert!(report.notes.iter().any(|note| note.text.starts_with("skipped")), "{:?}", report.notes);
    }
    Ok(())
}

async fn beside_ids(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    super::import_ids::accounts(&world, &["a"]).await?;
    let header = "external_id,account,type,title,completed_at\n";
    let file = format!("{header}e1,a,call,Talk,2026-02-01T10:00:00Z\n,a,call,Other,2026-02-01T10:00:00Z\n");
    assert_eq!(ledger(&world, &ENGAGEMENT, &file, skip()).await?, (2, 0, 0, 0));
    assert_eq!(ledger(&world, &ENGAGEMENT, &file, skip()).await?, (0, 0, 2, 0));
    // An id makes it another one, whatever it is called.
    let file = format!("{header}e2,a,call,Talk,2026-02-01T10:00:00Z\n");
    assert_eq!(ledger(&world, &ENGAGEMENT, &file, skip()).await?, (1, 0, 0, 0));
    Ok(())
}

/// Random rows, some of them twice and in other spellings: as many records as there are different ones, however often they come.
async fn random(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let mut random = super::random::Random::seeded("store/natural/random");
    for n in 0..backend.tries(5) {
        let world = first.organization(&format!("o{n}")).await?;
        super::import_ids::accounts(&world, &["a", "b"]).await?;
        let mut known = std::collections::BTreeSet::new();
        for _ in 0..40 {
            let mut file = String::from("account,type,title,completed_at\n");
            for _ in 0..6 {
                let account = *random.one(&["a", "b"]);
                let kind = *random.one(&["call", "note"]);
                let title = random.below(4);
                let spelt = *random.one(&["Große Frage", "GROSSE  FRAGE", "große frage "]);
                let at = *random.one(&["", "2026-02-01T10:00:00Z", "2026-02-02T10:00:00Z"]);
                file.push_str(&format!("{account},{kind},{spelt} {title},{at}\n"));
                known.insert((account, kind, title, at));
            }
            let request = Request { duplicates: Duplicates::First, ..skip() };
            let report = world.import_of(&ENGAGEMENT, &file, request).await?;
            assert_eq!(report.ledger.rejected, 0, "{file} {:?}", report.problems);
            assert_eq!(rows(&world, &ENGAGEMENT).await?.len(), known.len(), "{file}");
        }
    }
    Ok(())
}
