//! Keys that stand twice, rows of merged accounts, and records that the file does not have.

use anyhow::Result;
use fastenr_core::import::request::{Duplicates, Key, MaxMissing, Missing, Request};
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::user::USER;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};

use super::import_rejections::{check, skip};
use fastenr_tests::world::{World, alias, everything, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/duplicates/first_and_last", first_and_last);
    tests.both("store/duplicates/of_other_nouns", of_other_nouns);
    tests.both("store/duplicates/of_merged_accounts", of_merged_accounts);
    tests.both("store/missing/guarded", guarded);
    tests.both("store/missing/empty_files", empty_files);
    tests.both("store/missing/random", random);
}

fn counting(duplicates: Duplicates) -> Request {
    Request { duplicates, ..skip() }
}

async fn first_and_last(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    for (duplicates, names) in [(Duplicates::First, ["X", "Y"]), (Duplicates::Last, ["Z", "Y"])] {
        let world = first.organization(&format!("{duplicates:?}").to_lowercase()).await?;
        let file = "external_id,name\nn,X\nm,Y\nn,W\nn,Z\n";
        let report = check(&world, file, counting(duplicates), &[]).await?;
        assert_eq!((report.ledger.created, report.ledger.skipped), (2, 2));
        assert!(report.notes.iter().any(|note| note.starts_with("skipped 2 rows: ")), "{:?}", report.notes);
        assert_eq!([world.get("n").await?.name, world.get("m").await?.name], names);
        assert_eq!(check(&world, file, counting(duplicates), &[]).await?.ledger.unchanged, 2);
        // Which one counts is a matter of its place alone; a bad one is refused whether it counts or not.
        let bad = "external_id,name,seats\nq,A,1\nq,B,-1\n";
        let report = check(&world, bad, counting(duplicates), &[("seats", "seats", &[2])]).await?;
        let counts = (report.ledger.created, report.ledger.skipped);
        assert_eq!(counts, if duplicates == Duplicates::First { (1, 0) } else { (0, 1) });
        // An id and an external id of one record.
        let id = world.get("m").await?.id;
        let report = check(&world, &format!("id,external_id,name\n{id},,P\n,m,Q\n"), counting(duplicates), &[]).await?;
        assert_eq!((report.ledger.updated, report.ledger.skipped), (1, 1));
        assert_eq!(world.get("m").await?.name, if duplicates == Duplicates::First { "P" } else { "Q" });
        // What is unique and not the key is no key.
        let by_name = Request { key: Some(Key::Name), ..counting(duplicates) };
        let want: [(&str, &str, &[u64]); 1] = [("duplicate_key", "external_id", &[1, 2])];
        check(&world, "name,external_id\nN1,same\nN2,same\n", by_name, &want).await?;
    }
    Ok(())
}

async fn of_other_nouns(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    super::import_ids::accounts(&world, &["a"]).await?;
    let last = || counting(Duplicates::Last);
    let metrics = "account,metric_date,login_frequency\na,2026-02-01,1\na,2026-02-02,2\na,2026-02-01,3\n";
    let report = world.import_of(&METRIC, metrics, last()).await?;
    assert_eq!(
        (report.ledger.created, report.ledger.skipped, report.ledger.rejected),
        (2, 1, 0),
        "{:?}",
        report.problems
    );
    let contacts = "external_id,account,name,email\n,a,Jo,jo@example.com\n,a,Jo Doe,jo@example.com\nc1,a,Mo,mo@example.com\nc2,a,Mo,mo@example.com\n";
    let report = world.import_of(&CONTACT, contacts, last()).await?;
    // Two external ids are two people, whatever their address.
    assert_eq!(
        (report.ledger.created, report.ledger.skipped, report.ledger.rejected),
        (1, 1, 2),
        "{:?}",
        report.problems
    );
    let users = "email,name\nbo@example.com,Bo\nBO@example.com,Bo B\n";
    let report = world.import_of(&USER, users, counting(Duplicates::First)).await?;
    assert_eq!((report.ledger.created, report.ledger.skipped), (1, 1), "{:?}", report.problems);
    Ok(())
}

async fn of_merged_accounts(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    super::import_ids::accounts(&world, &["kept", "gone", "other"]).await?;
    let (kept, gone) = (world.get("kept").await?.id, world.get("gone").await?.id);
    alias(&world, "alias", kept).await?;
    ops::merge::merge(&world, "kept", &["gone".to_owned()], None, false).await?;
    for file in [
        "external_id,arr\nalias,1\nkept,2\nother,3\n".to_owned(),
        "external_id,arr\nkept,2\ngone,1\nalias,7\nother,3\n".to_owned(),
        format!("id,external_id,arr\n{gone},gone,1\n{kept},kept,2\n,other,3\n"),
    ] {
        let report = check(&world, &file, skip(), &[]).await?;
        let skipped = file.matches("gone,").count().min(1) as u64 + file.matches("alias,").count() as u64;
        assert_eq!(report.ledger.skipped, skipped, "{file}");
        assert!(report.notes.iter().any(|note| note.contains("of merged accounts")), "{:?}", report.notes);
        assert_eq!(world.get("kept").await?.arr.unwrap().cents(), 200, "{file}");
    }
    // Alone, it stands for the account that it was merged into; its id does not.
    assert_eq!(check(&world, "external_id,arr\ngone,9\n", skip(), &[]).await?.ledger.updated, 1);
    let want: [(&str, &str, &[u64]); 1] = [("merged_match", "id", &[1])];
    check(&world, &format!("id,arr\n{gone},1\n"), skip(), &want).await?;
    Ok(())
}

/// Accounts `0` to `count`, with three digits.
async fn book(world: &World, count: usize) -> Result<String> {
    let file: String = (0..count).map(|n| format!("A-{n:03},Account {n}\n")).collect();
    let file = format!("external_id,name\n{file}");
    world.import(&file, Request::default()).await?;
    Ok(file)
}

fn archive(max_missing: Option<&str>) -> Request {
    let max_missing = max_missing.map_or_else(MaxMissing::default, |text| text.parse().unwrap());
    Request { missing: Missing::Archive, max_missing, ..Request::default() }
}

async fn guarded(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = book(&world, 40).await?;
    world.account(&[("name", "By hand")]).await?;
    let without = |count: usize| file.lines().take(41 - count).map(|line| format!("{line}\n")).collect::<String>();
    for (missing, most, refused) in [
        (4, None, false),
        (5, None, true),
        (5, Some("5"), false),
        (5, Some("4"), true),
        (5, Some("12.5%"), false),
        (5, Some("12.4%"), true),
        (40, Some("99%"), true),
        (1, Some("0"), true),
        (0, Some("0"), false),
    ] {
        for dry_run in [true, false] {
            let before = everything(&world.db, &world.scope()).await?;
            let report = world.import(&without(missing), Request { dry_run, ..archive(most) }).await;
            let report = match missing {
                40 => continue,
                _ => report?,
            };
            let code = report.refusal.as_ref().map(|refusal| refusal.code);
            assert_eq!(code, refused.then_some("too_many_missing"), "{missing} {most:?}");
            assert_eq!((report.ledger.archived, report.applied), (missing as u64, !dry_run && !refused));
            if refused {
                let mut after = everything(&world.db, &world.scope()).await?;
                after.remove("operations");
                assert!(after.iter().all(|(table, rows)| before[table] == *rows), "something was written");
            } else if !dry_run {
                for n in 40 - missing..40 {
                    ops::accounts::set_archived(&world, &format!("A-{n:03}"), false, None, false).await?;
                }
            }
        }
    }
    let told = world.import(&without(5), archive(None)).await?.refusal.unwrap().message;
    assert_eq!(told, "the file does not have 5 of 40 accounts, more than 10 %: they would be archived");
    // Ids in another form: the whole book would go, and come again under other ids.
    let other: String =
        file.lines().skip(1).map(|line| line.replace("A-", "1")).map(|line| format!("{line}\n")).collect();
    let other = format!("external_id,name\n{other}");
    let report = world.import(&other, archive(None)).await?;
    assert_eq!((report.refusal.unwrap().code, report.ledger.archived), ("too_many_missing", 40));
    let floats = other.replace(",Account", ".0,Account");
    let report = world.import(&floats, Request { on_error: "skip".parse().unwrap(), ..archive(Some("100%")) }).await?;
    assert_eq!((report.ledger.rejected, report.ledger.archived), (40, 0));
    let written = Request { ids: "as-written".parse().unwrap(), ..archive(None) };
    assert_eq!(world.import(&floats, written).await?.refusal.unwrap().code, "too_many_missing");
    Ok(())
}

async fn empty_files(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for accounts in [0, 3] {
        book(&world, accounts).await?;
        let before = world.picture().await?;
        for file in ["external_id,name\n", "external_id,name\n,\n , \n"] {
            for dry_run in [true, false] {
                let report = world.import(file, Request { dry_run, ..archive(Some("100%")) }).await?;
                assert_eq!(report.refusal.unwrap().code, "missing_empty", "{file}");
            }
        }
        assert_eq!(world.picture().await?, before);
    }
    Ok(())
}

/// Files that lack some accounts at random: never more is archived than was allowed.
async fn random(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let mut random = super::random::Random::seeded("store/missing/random");
    for n in 0..backend.tries(10) {
        let world = first.organization(&format!("o{n}")).await?;
        let count = 1 + random.below(30);
        let file = book(&world, count).await?;
        for _ in 0..20 {
            let lost = random.below(3) * 5;
            let mut kept: Vec<&str> = file.lines().skip(1).collect();
            kept.retain(|_| random.below(20) >= lost);
            let missing = count - kept.len();
            let text = format!("external_id,name\n{}\n", kept.join("\n"));
            let most = random.below(12);
            let (asked, allowed) = match random.below(2) {
                0 => (most.to_string(), most),
                _ => (format!("{}%", most * 5), count * most * 5 / 100),
            };
            let report = world.import(&text, Request { dry_run: true, ..archive(Some(&asked)) }).await?;
            assert_eq!(report.refusal.is_some(), kept.is_empty() || missing > allowed, "{missing} of {count}, {asked}");
        }
    }
    Ok(())
}
