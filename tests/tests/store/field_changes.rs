//! The past of accounts' fields: loaded, chained, judged by what the account says, read by scores, taken back.

use std::fmt::Write as _;

use anyhow::Result;
use fastenr_core::import::request::{OnError, Report, Request};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::field_change::FIELD_CHANGE;
use fastenr_core::model::filter::Page;
use fastenr_core::ops::{self, lists, selection};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, everything, refused, world};
use uuid::Uuid;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/field_changes/a_past_is_loaded_and_chained", a_past_is_loaded_and_chained);
    tests.both("store/field_changes/what_does_not_hold_together_is_rejected", what_does_not_hold_together);
    tests.both("store/field_changes/one_write_of_several_fields", one_write_of_several_fields);
    tests.both("store/field_changes/an_undo_takes_it_back", an_undo_takes_it_back);
}

fn skipping() -> Request {
    Request { on_error: OnError::Skip, ..Request::default() }
}

async fn import(world: &World, file: &str, request: Request) -> fastenr_core::Result<Report> {
    world.import_of(&FIELD_CHANGE, file, request).await
}

/// Created, updated, unchanged, rejected.
fn counts(report: &Report) -> (u64, u64, u64, u64) {
    let ledger = &report.ledger;
    assert!(ledger.holds(), "{ledger:?}");
    (ledger.created, ledger.updated, ledger.unchanged, ledger.rejected)
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

/// All of them as a list shows them, by field and then by day: id, account, field, day, before, after.
async fn listed(world: &World, pairs: &[(&str, &str)], limit: u64) -> Result<Vec<Vec<String>>> {
    let chosen = selection::selection(world, &FIELD_CHANGE, pairs.iter().copied()).await?;
    let order = selection::order(&FIELD_CHANGE, "effective_on:asc")?;
    let mut all = Vec::new();
    for number in 1.. {
        let page = Page::new(number, limit)?;
        let found = lists::list::<Entry>(world, &FIELD_CHANGE, &chosen, order, page).await?.rows;
        if found.is_empty() {
            break;
        }
        let names = ["id", "account", "field", "effective_on", "old", "new"];
        all.extend(found.iter().map(|entry| {
            let fields = names.iter().map(|name| FIELD_CHANGE.field(name).unwrap().1);
            fields.map(|field| field.text(&entry.value(field)).into_owned()).collect::<Vec<_>>()
        }));
    }
    all.sort_by(|one, other| (&one[2], &one[3]).cmp(&(&other[2], &other[3])));
    Ok(all)
}

/// `seats 2025-01-01 5 8`.
async fn told(world: &World) -> Result<Vec<String>> {
    Ok(listed(world, &[], 100).await?.iter().map(|line| line[2..].join(" ")).collect())
}

/// An account with all that has a past; Noa has left.
async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    world.user("noa@example.com", "Noa").await?;
    world
        .account(&[
            ("name", "A"),
            ("external_id", "a"),
            ("arr", "1500.50"),
            ("size", "medium"),
            ("seats", "8"),
            ("contract_end", "2026-12-31"),
            ("renewal_stage", "likely"),
            ("auto_renew", "true"),
            ("owner", "mia@example.com"),
            ("created_at", "2020-01-01T00:00:00Z"),
        ])
        .await?;
    Ok(world.at("2026-04-01T07:00:00Z"))
}

const PAST: &str = "\
Account ID,Field Name,Edit Date,Old Value,New Value
a,seats,2024-01-01,,5
a,Seats,2025-01-01,5,8
a,Contract End,2025-06-30,2025-12-31,2026-12-31
a,renewal_stage,2025-09-01,,At Risk
a,renewal_stage,2025-10-01,at_risk,likely
a,past_due_since,2025-03-10,,2025-03-01
a,past_due_since,2025-03-20,2025-03-01,
a,size,2025-02-01,small,medium
a,owner,2025-05-05,noa@example.com,mia@example.com
a,auto_renew,2025-07-07,no,yes
a,arr,2024-01-01,,1000
a,arr,2025-01-01,1000,1500.5
";

async fn a_past_is_loaded_and_chained(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let dry = import(&world, PAST, Request { dry_run: true, ..Request::default() }).await?;
    assert_eq!((counts(&dry), told(&world).await?.len()), ((12, 0, 0, 0), 0), "{:?}", dry.problems);
    assert_eq!(counts(&import(&world, PAST, Request::default()).await?), (12, 0, 0, 0));
    assert_eq!(
        told(&world).await?,
        [
            "arr 2024-01-01  1000.00",
            "arr 2025-01-01 1000.00 1500.50",
            "auto_renew 2025-07-07 false true",
            "contract_end 2025-06-30 2025-12-31 2026-12-31",
            "owner 2025-05-05 noa@example.com mia@example.com",
            "past_due_since 2025-03-10  2025-03-01",
            "past_due_since 2025-03-20 2025-03-01 ",
            "renewal_stage 2025-09-01  at_risk",
            "renewal_stage 2025-10-01 at_risk likely",
            "seats 2024-01-01  5",
            "seats 2025-01-01 5 8",
            "size 2025-02-01 small medium",
        ]
    );
    let stored = everything(&world.db, &world.scope()).await?["account_changes"].clone();
    assert_eq!(counts(&import(&world, PAST, Request::default()).await?), (0, 0, 12, 0));
    assert_eq!(everything(&world.db, &world.scope()).await?["account_changes"], stored, "twice is once");

    // A change between two others takes its place in the chain, whether or not the file says what was before.
    let between = "account,field,date,new\na,seats,2024-06-01,6\na,contract_end,2024-01-15,2024-12-31\n";
    assert_eq!(counts(&import(&world, between, Request::default()).await?), (2, 0, 0, 0));
    let now = told(&world).await?;
    let of = |field: &str| now.iter().filter(|line| line.starts_with(field)).cloned().collect::<Vec<_>>();
    assert_eq!(of("seats"), ["seats 2024-01-01  5", "seats 2024-06-01 5 6", "seats 2025-01-01 6 8"]);
    assert_eq!(
        of("contract_end"),
        ["contract_end 2024-01-15  2024-12-31", "contract_end 2025-06-30 2024-12-31 2026-12-31"]
    );
    // A later write goes on from there, and a history may be filtered.
    let later = world.at("2026-05-01T07:00:00Z");
    later.update("a", &[("seats", "9")]).await?;
    let seats = listed(&later, &[("field", "seats"), ("from", "2025-01-01")], 1).await?;
    assert_eq!(seats.iter().map(|line| line[3..].join(" ")).collect::<Vec<_>>(), ["2025-01-01 6 8", "2026-05-01 8 9"]);
    Ok(())
}

async fn what_does_not_hold_together(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let before = everything(&world.db, &world.scope()).await?["account_changes"].clone();
    let head = "account,field,date,old,new\n";
    for (rows, expected, value) in [
        (
            "a,seats,2024-01-01,,5\na,size,2024-01-01,small,medium\n",
            (1, &["history_mismatch"][..]),
            "it would end with 5, the account has 8",
        ),
        (
            "a,owner,2024-01-01,mia@example.com,noa@example.com\n",
            (0, &["history_mismatch"]),
            "it would end with noa@example.com, the account has mia@example.com",
        ),
        (
            "a,past_due_since,2024-01-01,,2024-01-01\n",
            (0, &["history_mismatch"]),
            "it would end with 2024-01-01, the account has no value",
        ),
        ("a,arr,2024-01-01,,5\n", (0, &["history_mismatch"]), "it would end with 5.00, the account has 1500.50"),
        ("a,seats,2024-01-01,,5\na,seats,2024-02-01,6,8\n", (0, &["history_gap"]), ""),
        ("a,seats,2024-01-01,,eight\n", (0, &["number_format"]), "eight"),
        ("a,contract_end,2024-01-01,,soon\n", (0, &["date_format"]), "soon"),
        ("a,renewal_stage,2024-01-01,,maybe\n", (0, &["renewal_stage"]), "maybe"),
        ("a,owner,2024-01-01,,gone@example.com\n", (0, &["unknown_user"]), "gone@example.com"),
        ("a,status,2024-01-01,active,at_risk\n", (0, &["status_history"]), ""),
        ("a,name,2024-01-01,B,A\n", (0, &["changed_field"]), "name"),
        ("a,,2024-01-01,B,A\n", (0, &["required"]), ""),
        ("a,seats,,5,8\n", (0, &["key_empty"]), ""),
        ("a,seats,2027-01-01,5,8\n", (0, &["future"]), "2027-01-01"),
        ("nobody,seats,2024-01-01,5,8\n", (0, &["unknown_account"]), "nobody"),
        ("a,seats,2024-01-01,5,8\na,seats,2024-01-01,5,8\n", (0, &["duplicate_key"]), ""),
    ] {
        let dry = Request { dry_run: true, ..skipping() };
        let report = import(&world, &format!("{head}{rows}"), dry).await?;
        assert_eq!((report.ledger.created, &codes(&report)[..]), expected, "{rows} {:?}", report.problems);
        assert_eq!(report.problems[0].value.as_deref().unwrap_or_default(), value, "{rows}");
    }
    // The same day of two fields is no double, and a file has to say what its rows are about.
    let two = "account,field,date,new\na,seats,2024-01-01,8\na,size,2024-01-01,medium\n";
    assert_eq!(counts(&import(&world, two, Request { dry_run: true, ..Request::default() }).await?), (2, 0, 0, 0));
    let none = import(&world, "account,date,old,new\na,2024-01-01,5,8\n", skipping()).await;
    assert_eq!(refused(none), "no_field");
    assert_eq!(everything(&world.db, &world.scope()).await?["account_changes"], before);
    Ok(())
}

/// Lines of one write may share an id: no page leaves one out, and each comes back to itself.
async fn one_write_of_several_fields(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let file = "external_id,seats,size,contract_end\na,10,large,2027-01-31\n";
    world.import(file, Request::default()).await?;
    let now = world.at("2026-04-02T07:00:00Z");
    let lines = listed(&now, &[], 1).await?;
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line[0] == lines[0][0]), "one id: {lines:?}");
    let by_id = |change: &dyn Fn(&str) -> String| {
        lines.iter().fold("id,account,field,effective_on,old,new\n".to_owned(), |mut file, line| {
            let _ = writeln!(file, "{},{},{},{},{},{}", line[0], line[1], line[2], line[3], line[4], change(&line[5]));
            file
        })
    };
    assert_eq!(counts(&import(&now, &by_id(&str::to_owned), Request::default()).await?), (0, 0, 3, 0));
    // Another end than the account's is refused for the one field alone.
    let report = import(&now, &by_id(&|value: &str| value.replace("large", "small")), skipping()).await?;
    assert_eq!((counts(&report), codes(&report)), ((0, 0, 2, 1), vec!["history_mismatch"]));
    let moved = format!("id,account,field,effective_on\n{},a,seats,2026-03-20\n", lines[0][0]);
    assert_eq!(counts(&import(&now, &moved, Request::default()).await?), (0, 1, 0, 0));
    assert_eq!(
        told(&now).await?,
        ["contract_end 2026-04-01 2026-12-31 2027-01-31", "seats 2026-03-20  10", "size 2026-04-01 medium large"]
    );
    Ok(())
}

async fn an_undo_takes_it_back(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let first = import(&world, PAST, Request::default()).await?.operation.unwrap();
    let loaded = told(&world).await?;
    let between = "account,field,date,new\na,seats,2024-06-01,6\n";
    let second = import(&world, between, Request::default()).await?.operation.unwrap();
    let undo = async |operation: Uuid| ops::operations::undo(&world, &operation.to_string(), false, false).await;
    undo(second).await?;
    assert_eq!(told(&world).await?, loaded);
    undo(first).await?;
    assert!(told(&world).await?.is_empty());
    // An account with a past that was imported is in use, and stays.
    let other = world.import("external_id,name,seats\nb,B,3\n", Request::default()).await?.operation.unwrap();
    import(&world, "account,field,date,old,new\nb,seats,2025-01-01,1,3\n", Request::default()).await?;
    undo(other).await?;
    assert_eq!(world.get("b").await?.name.as_str(), "B");
    Ok(())
}
