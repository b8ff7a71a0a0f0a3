//! One bad cell need not cost its row: the row goes in without it, and nothing is cleared.

use std::fs;

use anyhow::Result;
use fastenr_core::import::request::{BadCells, Key, Report, Request};
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};

use super::import_rejections::skip;
use fastenr_tests::world::{World, alias, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/cells/what_a_value_is_refused_for", values);
    tests.both("store/cells/what_the_database_refuses", of_the_database);
    tests.both("store/cells/rows_that_can_not_do_without", rows);
    tests.both("store/cells/of_other_nouns", other_nouns);
    tests.both("store/cells/mended_they_complete_the_rows", mended);
    tests.both("store/cells/random", random);
}

fn keep() -> Request {
    Request { bad_cells: BadCells::Keep, ..Request::default() }
}

/// What cells were left out for: code, column, rows.
fn told(report: &Report) -> Vec<(&str, &str, Vec<u64>)> {
    let mut told: Vec<_> = report
        .cell_problems
        .iter()
        .map(|problem| (problem.code.as_str(), problem.column.as_deref().unwrap_or("-"), problem.examples.clone()))
        .collect();
    told.sort_by(|a, b| a.2.cmp(&b.2).then(a.cmp(b)));
    told
}

/// Runs it dry and in earnest: nothing is rejected, these cells are left out, and a second time says the same.
async fn check(
    world: &World,
    noun: &'static Noun,
    file: &str,
    request: Request,
    want: &[(&str, &str, &[u64])],
) -> Result<Report> {
    let dry = world.import_of(noun, file, Request { dry_run: true, ..request.clone() }).await?;
    let report = world.import_of(noun, file, request.clone()).await?;
    let want: Vec<_> = want.iter().map(|(code, column, rows)| (*code, *column, rows.to_vec())).collect();
    assert_eq!(told(&report), want, "{file}\n{:?}", report.problems);
    assert_eq!((dry.ledger, &dry.cell_problems), (report.ledger, &report.cell_problems), "{file}");
    assert_eq!(
        (report.applied, report.ledger.rejected, report.bad_cells),
        (true, 0, want.iter().map(|w| w.2.len() as u64).sum())
    );
    assert_eq!(report.cells_file.is_some(), !want.is_empty());
    let again = world.import_of(noun, file, request).await?;
    assert_eq!((again.ledger.created, again.ledger.updated, told(&again)), (0, 0, want), "{file}");
    Ok(report)
}

async fn values(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    let had = "external_id,name,domain,industry,size,status,contract_end,auto_renew,seats,tags,owner,past_due_since,custom_fields\n\
               x,X,x.com,Retail,small,churned,2026-01-31,true,5,a,mia@example.com,2026-02-01,\"{\"\"k\"\":1}\"\n";
    world.import(had, Request::default()).await?;
    let before = world.get("x").await?;
    for (header, cell, code) in [
        ("domain", "not a domain", "domain"),
        ("industry", &"x".repeat(101), "industry_length"),
        ("size", "huge", "size"),
        ("status", "gone", "status"),
        ("contract_end", "2026-02-30", "date_calendar"),
        ("auto_renew", "perhaps", "bool"),
        ("seats", "-1", "seats"),
        ("tags", &"x".repeat(51), "tag"),
        ("owner", "nobody@example.com", "unknown_user"),
        ("days_past_due", "-1", "days_past_due"),
        ("custom_fields", "[1]", "custom_fields_json"),
    ] {
        let file = format!("external_id,name,{header}\nx,X,{cell}\nnew-{header},N,{cell}\n");
        for request in [keep(), Request { empty: "clear".parse().unwrap(), ..keep() }] {
            check(&world, &fastenr_core::model::account::ACCOUNT, &file, request, &[(code, header, &[1, 2])]).await?;
            assert_eq!(world.get("x").await?, before, "{header}: nothing is cleared");
        }
    }
    let new = world.get("new-status").await?;
    assert_eq!((new.status.as_str(), new.name.as_str()), ("active", "N"));
    // The other cells of the row count.
    let file = "external_id,name,size,seats\nx,X2,huge,7\n";
    check(&world, &fastenr_core::model::account::ACCOUNT, file, keep(), &[("size", "size", &[1])]).await?;
    let after = world.get("x").await?;
    assert_eq!((after.name.as_str(), after.seats, after.size), ("X2", Some(7), before.size));
    Ok(())
}

async fn of_the_database(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let accounts = &fastenr_core::model::account::ACCOUNT;
    for email in ["mia@example.com", "gone@example.com"] {
        world.user(email, email).await?;
    }
    world
        .import("external_id,name,owner,parent\np,P,,\na,Acme,mia@example.com,p\nb,Bolt,,\n", Request::default())
        .await?;
    ops::users::update(&world, "gone@example.com", &[], Some(false), false).await?;
    let kept = world.get("p").await?.id;
    alias(&world, "was-p", kept).await?;
    let file = "external_id,name,owner,seats\na,Acme,gone@example.com,1\nn1,N1,gone@example.com,2\n";
    check(&world, accounts, file, keep(), &[("deactivated_user", "owner", &[1, 2])]).await?;
    let a = world.get("a").await?;
    assert_eq!((a.owner.unwrap().label.as_str(), a.seats), ("mia@example.com", Some(1)));
    assert_eq!(world.get("n1").await?.owner, None);
    // Unchanged but for the cell is unchanged.
    let file = "external_id,name,owner\na,Acme,gone@example.com\n";
    assert_eq!(
        check(&world, accounts, file, keep(), &[("deactivated_user", "owner", &[1])]).await?.ledger.unchanged,
        1
    );
    let file = "external_id,name,parent\na,Acme,nothing\nn2,N2,nothing\nn3,N3,n2\n";
    check(&world, accounts, file, keep(), &[("unknown_parent", "parent", &[1, 2])]).await?;
    assert_eq!(world.get("a").await?.parent.unwrap().label, "p");
    assert_eq!(world.get("n3").await?.parent.unwrap().label, "n2");
    // Circles lose their links, and what hangs on them does not.
    let file = "external_id,name,parent\ny1,Y1,y2\ny2,Y2,y1\ny3,Y3,y1\n";
    check(&world, accounts, file, keep(), &[("parent_cycle", "parent", &[1]), ("parent_cycle", "parent", &[2])])
        .await?;
    assert_eq!((world.get("y1").await?.parent, world.get("y3").await?.parent.unwrap().label), (None, "y1".to_owned()));
    // What a record keeps may close a circle that the file alone does not: then it is looked at again.
    world.import("external_id,name,parent\nw1,W1,\nw2,W2,w1\n", Request::default()).await?;
    let file = "external_id,parent\nw1,w2\nw2,w3\nw3,w2\n";
    world.import("external_id,name\nw3,W3\n", Request::default()).await?;
    check(&world, accounts, file, keep(), &[("parent_cycle", "parent", &[1, 3]), ("parent_cycle", "parent", &[2])])
        .await?;
    assert_eq!((world.get("w1").await?.parent, world.get("w2").await?.parent.unwrap().label), (None, "w1".to_owned()));
    // External ids that are not the key: taken, of a merged account, damaged, all but taken, twice in the file.
    let by_name = || Request { key: Some(Key::Name), ..keep() };
    for (id, code) in
        [("a", "taken"), ("was-p", "merged"), ("1.2E+15", "external_id_scientific"), ("A", "external_id_case")]
    {
        let name = format!("New {code}");
        let file = format!("name,external_id,seats\n{name},{id},9\n");
        let report = check(&world, accounts, &file, by_name(), &[(code, "external_id", &[1])]).await?;
        assert_eq!(report.ledger.created, 1, "{id}");
        assert_eq!(world.get(&name).await?.external_id, None);
    }
    let file = "name,external_id\nT1,same\nT2,same\n";
    check(&world, accounts, file, by_name(), &[("duplicate_key", "external_id", &[1, 2])]).await?;
    // Beside ids, a row without one is found by its external id and can't do without.
    let id = world.get("b").await?.id;
    let file = format!("id,external_id,name\n{id},a,Bolt 2\n");
    check(&world, accounts, &file, keep(), &[("taken", "external_id", &[1])]).await?;
    assert_eq!(world.get("b").await?.name, "Bolt 2");
    let report = world
        .import("id,external_id,name\n,1.2E+15,X\n", Request { on_error: "skip".parse().unwrap(), ..keep() })
        .await?;
    assert_eq!((report.ledger.rejected, report.bad_cells), (1, 0));
    Ok(())
}

/// What a row can't do without costs it, and then its other bad cells are told with it.
async fn rows(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let keep = || Request { bad_cells: BadCells::Keep, ..skip() };
    for (file, codes) in [
        ("external_id,name,size\nx,,huge\n", "required size"),
        ("external_id,name,size\n,X,huge\n", "key_empty size"),
        ("external_id,name,size\n1.2E+15,X,huge\n", "external_id_scientific size"),
        ("external_id,name,size\nx,X,huge\nx,Y,small\n", "duplicate_key size"),
        ("external_id,name,size\nx,X\n", "fields_few"),
    ] {
        let report = world.import(file, keep()).await?;
        let mut told: Vec<&str> = report.problems.iter().map(|problem| problem.code.as_str()).collect();
        told.sort_unstable();
        assert_eq!(told.join(" "), codes, "{file}");
        assert_eq!((report.bad_cells, report.cells_file, report.ledger.created), (0, None, 0), "{file}");
    }
    // A row that is passed over has nothing to tell.
    world.import("external_id,name\nx,X\n", Request::default()).await?;
    let create = Request { mode: "create".parse().unwrap(), ..keep() };
    let report = world.import("external_id,name,size\nx,X,huge\ny,Y,huge\n", create).await?;
    assert_eq!((report.ledger.skipped, report.ledger.created, report.bad_cells), (1, 1, 1));
    // Without being asked, a bad cell costs its row.
    let report = world.import("external_id,name,size\nx,X,huge\n", skip()).await?;
    assert_eq!((report.ledger.rejected, report.bad_cells), (1, 0));
    Ok(())
}

async fn other_nouns(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    super::import_ids::accounts(&world, &["a"]).await?;
    let file = "account,metric_date,csat,nps\na,2026-02-01,high,200\n";
    check(&world, &METRIC, file, keep(), &[("nps", "nps", &[1]), ("number_format", "csat", &[1])]).await?;
    let contacts = "external_id,account,name,email,role\nc1,a,Jo,jo@example.com,champion\nc2,a,Mo,,\n";
    world.import_of(&CONTACT, contacts, Request::default()).await?;
    // An address that is another one's of the account; and one that is what the row is found by.
    let file = "external_id,account,name,email,role\nc2,a,Mo 2,jo@example.com,user\nc3,a,Bo,bo@example.com,\n";
    let report = check(&world, &CONTACT, file, keep(), &[("taken", "email", &[1])]).await?;
    assert_eq!((report.ledger.created, report.ledger.updated), (1, 1));
    let file = "external_id,account,name,email\nc4,a,Ti,ti@example.com\nc5,a,Ti,ti@example.com\n";
    check(&world, &CONTACT, file, keep(), &[("duplicate_key", "email", &[1, 2])]).await?;
    let file = "account,name,email,role\na,Ko,no address,user\n";
    let report = world.import_of(&CONTACT, file, Request { on_error: "skip".parse().unwrap(), ..keep() }).await?;
    assert_eq!((report.ledger.rejected, report.bad_cells), (1, 0), "{:?}", report.problems);
    let file = "account,name,email,role\na,Lo,lo@example.com,king\n";
    check(&world, &CONTACT, file, keep(), &[("contact_role", "role", &[1])]).await?;
    Ok(())
}

async fn mended(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let report = world.import("external_id,name,size,seats\na,A,huge,x\nb,B,small,1\nc,C,tiny,2\n", keep()).await?;
    assert_eq!((report.ledger.created, report.bad_cells, report.rejects_file.is_none()), (3, 3, true));
    let path = report.cells_file.unwrap();
    assert!(path.display().to_string().ends_with(".cells.csv"), "{path:?}");
    let text = fs::read_to_string(path)?;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "external_id,name,size,seats,_row,_column,_error");
    assert!(lines[1].starts_with("a,A,huge,x,1,seats; size,"), "{text}");
    assert!(lines[2].starts_with("c,C,tiny,2,3,size,") && lines.len() == 3, "{text}");
    let mended = text.replace("huge", "large").replace(",x,", ",9,").replace("tiny", "small");
    assert_eq!(world.import(&mended, Request::default()).await?.ledger.updated, 2);
    assert_eq!(world.get("a").await?.seats, Some(9));
    // Both files, where there is cause for both.
    let both = Request { on_error: "skip".parse().unwrap(), ..keep() };
    let report = world.import("external_id,name,size\nd,,small\ne,E,huge\n", both).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected, report.bad_cells), (1, 1, 1));
    assert!(report.rejects_file.is_some() && report.cells_file.is_some());
    Ok(())
}

/// Random cells, some of them bad: each row is counted once, a cell is there or told, and nothing that was there is lost.
async fn random(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let mut random = super::random::Random::seeded("store/cells/random");
    let choices: [(&str, &[&str], &[&str]); 4] = [
        ("size", &["small", "large", ""], &["huge", "XL?"]),
        ("seats", &["1", "20", ""], &["-1", "1.5"]),
        ("domain", &["x.com", ""], &["not a domain", "@"]),
        ("auto_renew", &["true", "no", ""], &["perhaps"]),
    ];
    let header = "external_id,name,size,seats,domain,auto_renew\n";
    for n in 0..backend.tries(10) {
        let world = first.organization(&format!("o{n}")).await?;
        for _ in 0..20 {
            let (mut file, mut bad) = (header.to_owned(), 0);
            for row in 0..5 {
                let cells: Vec<&str> = choices
                    .iter()
                    .map(|(_, good, wrong)| {
                        let is_bad = random.below(4) == 0;
                        bad += u64::from(is_bad);
                        *random.one(if is_bad { wrong } else { good })
                    })
                    .collect();
                file.push_str(&format!("a{row},A{row},{}\n", cells.join(",")));
            }
            let before = world.accounts().await?;
            let report = world.import(&file, keep()).await?;
            assert_eq!((report.bad_cells, report.ledger.rejected, report.ledger.rows), (bad, 0, 5), "{file}");
            assert!(report.ledger.holds() && report.applied);
            for (old, new) in before.iter().zip(world.accounts().await?) {
                let lost = (old.size.is_some() && new.size.is_none())
                    || (old.seats.is_some() && new.seats.is_none())
                    || (old.domain.is_some() && new.domain.is_none())
                    || (old.auto_renew.is_some() && new.auto_renew.is_none());
                assert!(!lost, "{file}");
            }
        }
    }
    Ok(())
}
