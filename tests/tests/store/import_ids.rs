//! External ids: what spreadsheets leave of them is never taken for one, and none is changed by accident.

use anyhow::Result;
use fastenr_core::import::request::{Ids, Key, Request};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::user::USER;
use fastenr_tests::harness::{Backend, Tests};

use super::import_rejections::{by, check, skip};
use fastenr_tests::world::{World, alias, everything, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/ids/damaged", damaged);
    tests.both("store/ids/near", near);
    tests.both("store/ids/near_within_a_file", near_within_a_file);
    tests.both("store/ids/in_every_noun", in_every_noun);
    tests.both("store/ids/changes_are_asked_for", changes);
    tests.both("store/ids/references", references);
    tests.both("store/ids/random", random);
}

fn as_written() -> Request {
    Request { ids: Ids::AsWritten, ..skip() }
}

async fn damaged(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (id, code) in [
        ("1.23457E+15", "external_id_scientific"),
        ("4,89E+09", "external_id_scientific"),
        ("1001.0", "external_id_decimal"),
        ("'00123", "external_id_apostrophe"),
        ("#N/A", "external_id_error"),
        ("#REF!", "external_id_error"),
        ("=\"00123", "external_id_formula"),
    ] {
        let file = format!("external_id,name\n\"{}\",X\nfine,Y\n", id.replace('"', "\"\""));
        let report = check(&world, &file, skip(), &[(code, "external_id", &[1])]).await?;
        assert_eq!(report.problems[0].value.as_deref(), Some(id));
        // Also where the mode would pass over what matches nothing.
        let update = Request { mode: "update".parse().unwrap(), ..skip() };
        check(&world, &file, update, &[(code, "external_id", &[1])]).await?;
        // A record that bears it exactly is that record.
        check(&world, &file, as_written(), &[]).await?;
        assert_eq!(world.get(id).await?.name, "X");
        let report = check(&world, &file.replace(",X", ",X2"), skip(), &[]).await?;
        assert_eq!((report.ledger.updated, report.ledger.unchanged), (1, 1), "{id}");
    }
    // What programs write so that a spreadsheet keeps it.
    let file = "external_id,name\n=\"00123\",A\n\"=\"\"00124\"\"\",B\n";
    assert_eq!(check(&world, file, skip(), &[]).await?.ledger.created, 2);
    assert_eq!((world.get("00123").await?.name, world.get("00124").await?.name), ("A".into(), "B".into()));
    // Characters that take no room are no part of an id.
    let file = "external_id,name\n\u{feff}00123\u{a0},A\n\u{200b}00124,B\n";
    assert_eq!(check(&world, file, skip(), &[]).await?.ledger.unchanged, 2);
    // JSON has no quotes around numbers.
    let lines = "{\"external_id\": 1002.0, \"name\": \"X\"}\n{\"external_id\": 1003, \"name\": \"Y\"}\n";
    let mut request = skip();
    request.read.format = Some("jsonl".parse().unwrap());
    check(&world, lines, request, &[("external_id_decimal", "external_id", &[1])]).await?;
    Ok(())
}

async fn near(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import("external_id,name\n00123,Acme\nAbc-1,Bolt\n0013000000Gz3Xa,Cup\n0,Zero\nä1,Dot\n", skip()).await?;
    let kept = world.get("00123").await?.id;
    alias(&world, "0777", kept).await?;
    for (id, code) in [
        ("123", "external_id_zeros"),
        ("0123", "external_id_zeros"),
        ("000123", "external_id_zeros"),
        ("abc-1", "external_id_case"),
        ("ABC-1", "external_id_case"),
        ("0abc-1", "external_id_zeros"),
        ("777", "external_id_zeros"),
        ("000", "external_id_zeros"),
    ] {
        let file = format!("external_id,name\n{id},X\n");
        let report = check(&world, &file, skip(), &[(code, "external_id", &[1])]).await?;
        assert!(report.problems[0].rule.contains(": "), "the existing id is named: {}", report.problems[0].rule);
        let dry = Request { dry_run: true, ..as_written() };
        assert_eq!(world.import(&file, dry).await?.ledger.created, 1, "{id}");
    }
    // An id of Salesforce differs by case from another one; letters beyond ASCII are not folded.
    for id in ["0013000000Gz3XA", "1230", "00123-1", "Ä1", "bc-1"] {
        let dry = Request { dry_run: true, ..skip() };
        let report = world.import(&format!("external_id,name\n{id},X\n"), dry).await?;
        assert_eq!(report.ledger.created, 1, "{id}: {:?}", report.problems);
    }
    // By another key, too: whether the account is new, or gets this id.
    let want: [(&str, &str, &[u64]); 1] = [("external_id_zeros", "external_id", &[1])];
    check(&world, "name,external_id\nNew,123\n", by(Key::Name), &want).await?;
    world.account(&[("name", "Without")]).await?;
    check(&world, "name,external_id\nWithout,123\n", by(Key::Name), &want).await?;
    // Its own id in another form is a change, which has a guard of its own.
    let file = format!("id,external_id\n{kept},123\n");
    let report = world.import(&file, Request { allow_id_changes: true, ..skip() }).await?;
    assert_eq!((report.ledger.updated, world.get("123").await?.id), (1, kept), "{:?}", report.problems);
    Ok(())
}

async fn near_within_a_file(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let zeros: &[(&str, &str, &[u64])] =
        &[("external_id_zeros", "external_id", &[1]), ("external_id_zeros", "external_id", &[3])];
    let cases: &[(&str, &str, &[u64])] =
        &[("external_id_case", "external_id", &[1]), ("external_id_case", "external_id", &[3])];
    for (ids, want) in [
        (["00123", "x", "123"], zeros),
        (["0Ab", "x", "aB"], zeros),
        (["Ab-1", "77", "aB-1"], cases),
        // Alike but for a letter that is not folded, for zeros within, or ids of Salesforce.
        (["Ä1", "x", "ä1"], &[]),
        (["A-01", "x", "a-1"], &[]),
        (["0013000000Gz3Xa", "x", "0013000000Gz3XA"], &[]),
    ] {
        let file = format!("external_id,name\n{},A\n{},B\n{},C\n", ids[0], ids[1], ids[2]);
        let dry = Request { dry_run: true, ..skip() };
        let report = check(&world, &file, dry, want).await?;
        assert_eq!(report.ledger.created, 3 - report.ledger.rejected, "{ids:?}");
        if let Some(problem) = report.problems.first() {
            assert!(problem.rule.starts_with("the external ids of rows 1 and 3 differ only in "), "{}", problem.rule);
            let dry = Request { dry_run: true, ..as_written() };
            assert_eq!(world.import(&file, dry).await?.ledger.created, 3, "{ids:?}");
        }
    }
    // One that exists is that record; the other is refused because of it, as alone.
    world.account(&[("external_id", "00123"), ("name", "Acme")]).await?;
    let want: [(&str, &str, &[u64]); 1] = [("external_id_zeros", "external_id", &[2])];
    check(&world, "external_id,name\n00123,Acme\n123,Other\n", skip(), &want).await?;
    Ok(())
}

/// Header and first row of a noun, and what it is called by.
fn sample(noun: &'static Noun, id: &str, n: usize) -> String {
    let (header, row) = match noun.many {
        "accounts" => ("name", format!("N{n}")),
        "contacts" => ("account,name,email", format!("a,N{n},n{n}@example.com")),
        "engagements" => ("account,type,title,completed_at", format!("a,call,N{n},2026-02-0{n}T10:00:00Z")),
        "goals" => ("account,title,target_value", format!("a,N{n},5")),
        _ => ("email,name", format!("n{n}@example.com,N{n}")),
    };
    format!("external_id,{header}\n{id},{row}\n")
}

async fn in_every_noun(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "Acme")]).await?;
    for noun in [&ACCOUNT, &CONTACT, &ENGAGEMENT, &GOAL, &USER] {
        let code = async |id: &str, n: usize, request: Request| -> Result<String> {
            let report = world.import_of(noun, &sample(noun, id, n), request).await?;
            let codes: Vec<String> = report.problems.into_iter().map(|problem| problem.code).collect();
            Ok(codes.join(" "))
        };
        for (n, (id, want)) in [
            ("00123", ""),
            ("123", "external_id_zeros"),
            ("X-1", ""),
            ("x-1", "external_id_case"),
            ("1.2E+10", "external_id_scientific"),
            ("77.0", "external_id_decimal"),
            ("=\"077\"", ""),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(code(id, n + 1, skip()).await?, want, "{} {id}", noun.many);
        }
        assert_eq!(code("123", 8, as_written()).await?, "", "{}", noun.many);
    }
    Ok(())
}

async fn changes(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import("external_id,name\n00123,Acme\nMAR1,March\nX,Ex\n,\n", Request::default()).await?;
    world.account(&[("name", "Without")]).await?;
    let id = async |name: &str| world.get(name).await.map(|account| account.id);
    let (acme, march, without) = (id("Acme").await?, id("March").await?, id("Without").await?);
    let before = everything(&world.db, &world.scope()).await?;
    let file = format!("id,external_id,name\n{acme},9,Acme\n{march},M-9,March\n{without},W,Without\n");
    for dry_run in [true, false] {
        let report = world.import(&file, Request { dry_run, ..Request::default() }).await?;
        let refusal = report.refusal.unwrap();
        assert_eq!((refusal.code, refusal.is_guard(), report.applied), ("id_changes", true, false));
        assert_eq!(refusal.message, "2 accounts would get another external id: 00123 → 9, MAR1 → M-9");
        assert_eq!(report.ledger.updated, 3);
    }
    let mut after = everything(&world.db, &world.scope()).await?;
    after.remove("operations");
    assert!(before.iter().all(|(table, rows)| *table == "operations" || after[table] == *rows));
    // A first id is no change, and neither is the other form of one.
    let first = format!("id,external_id\n{without},W\n");
    assert_eq!(world.import(&first, Request::default()).await?.ledger.updated, 1);
    // Nor is what the file leaves as it is; clearing is.
    let same = format!("id,external_id,name\n{acme},00123,Acme 2\n");
    assert_eq!(world.import(&same, Request::default()).await?.ledger.updated, 1);
    let clear = Request { empty: "clear".parse().unwrap(), ..Request::default() };
    let report = world.import(&format!("id,external_id\n{acme},\n"), clear.clone()).await?;
    assert!(report.refusal.unwrap().message.ends_with("00123 → no external id"));
    // By name or domain as by id.
    let report =
        world.import("name,external_id\nMarch,1\n", Request { key: Some(Key::Name), ..Request::default() }).await?;
    assert_eq!(report.refusal.unwrap().code, "id_changes");
    // Where it is meant, it is said.
    let report = world.import(&file, Request { allow_id_changes: true, ..Request::default() }).await?;
    assert!(
        report.applied && report.notes.iter().any(|note| note.text.contains("external id of 2 accounts")),
        "{report:?}"
    );
    assert_eq!((id("9").await?, id("M-9").await?), (acme, march));
    // Bad rows come first; the changes are told all the same.
    let report = world.import(&format!("id,external_id,arr\n{acme},8,x\n{march},7,\n"), Request::default()).await?;
    assert_eq!(report.refusal.unwrap().code, "bad_rows");
    assert!(
        report.warnings.iter().any(|warning| warning.text.contains("1 account would get")),
        "{:?}",
        report.warnings
    );
    Ok(())
}

/// Ids of accounts in other files are read in the same way, and none is made.
async fn references(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import("external_id,name\n00123,Acme\n", Request::default()).await?;
    let contacts = "account,name,email\n=\"00123\",Jo,jo@example.com\n123,Mo,mo@example.com\n";
    let report = world.import_of(&CONTACT, contacts, skip()).await?;
    assert_eq!((report.ledger.created, report.problems[0].code.as_str()), (1, "unknown_account"));
    let child = "external_id,name,parent\nc,Child,=\"00123\"\n";
    assert_eq!(world.import(child, Request::default()).await?.ledger.created, 1);
    assert_eq!(world.get("c").await?.parent.unwrap().label, "00123");
    Ok(())
}

/// Random ids, damaged at random: what differs from an existing one only as spreadsheets make ids differ is refused, all else goes
/// in, and a book that was exported comes back.
async fn random(backend: &Backend) -> Result<()> {
    use super::random::Random;
    let first = world(backend).await?;
    let mut random = Random::seeded("store/ids/random");
    for n in 0..backend.tries(10) {
        let world = first.organization(&format!("o{n}")).await?;
        let ids: Vec<String> = (0..20).map(|at| id(&mut random, at)).collect();
        let file: String = ids.iter().map(|id| format!("{id},N {id}\n")).collect();
        let report = world.import(&format!("external_id,name\n{file}"), Request::default()).await?;
        assert_eq!(report.ledger.created, 20, "{file} {:?}", report.problems);
        for _ in 0..20 {
            let whole = random.one(&ids).clone();
            let (damaged, told) = damage(&mut random, &whole);
            let report = world.import(&format!("external_id,name\n\"{damaged}\",New\n"), skip()).await?;
            let codes: Vec<&str> = report.problems.iter().map(|problem| problem.code.as_str()).collect();
            assert_eq!(codes, [told], "{damaged} of {whole}");
        }
        assert_eq!(world.accounts().await?.len(), 20);
    }
    Ok(())
}

/// Digits with zeros before them, or letters and digits; no two alike but for zeros and case.
fn id(random: &mut super::random::Random, at: usize) -> String {
    let zeros = "0".repeat(1 + random.below(3));
    if random.below(2) == 0 {
        format!("{zeros}{}{at:02}", 1 + random.below(900))
    } else {
        format!("Cust-{}-{at:02}", random.below(900))
    }
}

fn damage(random: &mut super::random::Random, id: &str) -> (String, &'static str) {
    let number = id.starts_with('0');
    match random.below(5) {
        0 if number => (id.trim_start_matches('0').to_owned(), "external_id_zeros"),
        1 if number => (format!("{}.0", id.trim_start_matches('0')), "external_id_decimal"),
        2 if number => (format!("{}.{}E+1{}", &id[1..2], &id[2..3], random.below(9)), "external_id_scientific"),
        0 => (id.to_uppercase(), "external_id_case"),
        1 => (id.to_lowercase(), "external_id_case"),
        3 => (format!("'{id}"), "external_id_apostrophe"),
        _ => ((*random.one(&["#N/A", "#REF!", "#VALUE!", "#NAME?"])).to_owned(), "external_id_error"),
    }
}

/// Used by other tests of imports.
pub(super) async fn accounts(world: &World, ids: &[&str]) -> Result<()> {
    for id in ids {
        world.account(&[("external_id", id), ("name", &format!("Account {id}"))]).await?;
    }
    Ok(())
}
