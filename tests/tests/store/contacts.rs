//! Contacts: how rows of a file find them and their accounts, and what becomes of them when the account is archived.

use anyhow::Result;
use fastenr_core::import::mapping::{Mapping, Origin};
use fastenr_core::import::request::{Key, Mode, Report, Request};
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Page;
use fastenr_core::ops::{self, entries, selection};
use fastenr_tests::harness::{Backend, Tests};

use super::nouns::{LONG_ID, around};
use fastenr_tests::world::{World, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/contacts/matching", matching);
    tests.both("store/contacts/what_a_row_leaves_unsaid", what_a_row_leaves_unsaid);
    tests.both("store/contacts/accounts_by_key", accounts_by_key);
    tests.both("store/contacts/accounts_by_name_and_domain", accounts_by_name_and_domain);
    tests.both("store/contacts/one_account_for_all_rows", one_account_for_all_rows);
    tests.both("store/contacts/modes", modes);
    tests.both("store/contacts/of_archived_accounts", of_archived_accounts);
    tests.both("store/contacts/names_that_find_one", names_that_find_one);
}

fn skip() -> Request {
    Request { on_error: "skip".parse().unwrap(), ..Request::default() }
}

fn mapped(text: &str) -> Request {
    Request { mapping: Mapping::parse("m.toml", text).unwrap(), ..skip() }
}

async fn prepared(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    around(&world).await?;
    Ok(world)
}

/// What was refused: code, column, value, how many rows, the first few.
fn told(report: &Report) -> Vec<(&str, &str, &str, u64, Vec<u64>)> {
    let mut told: Vec<_> = report
        .problems
        .iter()
        .map(|problem| {
            let (column, value) = (problem.column.as_deref(), problem.value.as_deref());
            (problem.code.as_str(), column.unwrap_or("-"), value.unwrap_or("-"), problem.rows, problem.examples.clone())
        })
        .collect();
    told.sort_by(|a, b| a.4.cmp(&b.4).then(a.cmp(b)));
    told
}

type ExpectedProblem<'t> = (&'t str, &'t str, &'t str, u64, &'t [u64]);

/// Imports, and compares created, updated, unchanged and what was refused.
async fn check(
    world: &World,
    file: &str,
    request: Request,
    counts: [u64; 3],
    want: &[ExpectedProblem<'_>],
) -> Result<Report> {
    let dry = world.import_of(&CONTACT, file, Request { dry_run: true, ..request.clone() }).await?;
    let report = world.import_of(&CONTACT, file, request).await?;
    let want: Vec<_> =
        want.iter().map(|(code, column, value, n, rows)| (*code, *column, *value, *n, rows.to_vec())).collect();
    assert_eq!(told(&report), want, "{file}");
    let ledger = report.ledger;
    assert_eq!([ledger.created, ledger.updated, ledger.unchanged], counts, "{file}: {ledger:?}");
    assert_eq!((dry.ledger, &dry.problems), (ledger, &report.problems), "{file}");
    Ok(report)
}

async fn get(world: &World, name: &str) -> Result<Entry> {
    Ok(entries::get(world, &CONTACT, name).await?)
}

async fn matching(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    // Several of one account, one without an address, one address at two accounts.
    let file =
        "external_id,account,name,email\nc1,a0,Ann,ann@x.com\nc2,a0,Bea,\n,a0,Cyd,cyd@x.com\n,a1,Ann,ANN@x.com\n";
    check(&world, file, skip(), [4, 0, 0], &[]).await?;
    check(&world, file, skip(), [0, 0, 4], &[]).await?;
    // By the external id first, whatever the address; else by the address within the account.
    let file = "external_id,account,name,email\nc1,a0,Ann B,ann2@x.com\n,a0,Cyd D,CYD@X.com\n";
    check(&world, file, skip(), [0, 2, 0], &[]).await?;
    assert_eq!(get(&world, "c1").await?.text("email"), Some("ann2@x.com"));
    // A contact that has no external id takes its first one; one that has keeps it.
    check(&world, "external_id,account,name,email\nc3,a0,Cyd D,cyd@x.com\n", skip(), [0, 1, 0], &[]).await?;
    assert_eq!(get(&world, "c3").await?.text("email"), Some("cyd@x.com"));
    let other = "external_id,account,name,email\nc4,a0,Cyd D,cyd@x.com\n";
    check(&world, other, skip(), [0, 0, 0], &[("taken", "email", "cyd@x.com", 1, &[1])]).await?;
    // By the address alone the external id is a field like others.
    let by_email = || Request { key: Some(Key::Email), ..skip() };
    check(&world, other, by_email(), [0, 1, 0], &[]).await?;
    let taken = "external_id,account,name,email\nc1,a0,Cyd D,cyd@x.com\n";
    check(&world, taken, by_email(), [0, 0, 0], &[("taken", "external_id", "c1", 1, &[1])]).await?;
    let by_account = Request { key: Some(Key::Account), ..skip() };
    check(&world, "account,email,title\na1,ann@x.com,CTO\n", by_account, [0, 1, 0], &[]).await?;
    // Twins within the file: by id, by address, by both.
    let file = "external_id,account,name,email\nn1,a0,N,n@x.com\nn2,a0,N,N@x.com\nn3,a1,N,n@x.com\n";
    let twins: [ExpectedProblem<'_>; 1] = [("duplicate_key", "email", "-", 2, &[1, 2])];
    check(&world, file, skip(), [1, 0, 0], &twins).await?;
    let file = "external_id,account,name,email\nc1,a0,Ann,\n,a0,Ann,ann2@x.com\n";
    check(&world, file, skip(), [0, 0, 0], &[("duplicate_key", "external_id", "-", 2, &[1, 2])]).await?;
    let bad_twin = "account,name,email,role\na0,T,t@x.com,user\na0,T,t@x.com,nonsense\n";
    let report = world.import_of(&CONTACT, bad_twin, skip()).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected), (0, 2), "which of the two is meant, nobody knows");
    let nothing = "external_id,account,name,email\n,a0,Nobody,\n,,,\n";
    let report = check(&world, nothing, skip(), [0, 0, 0], &[("key_empty", "external_id", "-", 1, &[1])]).await?;
    assert_eq!(report.ledger.skipped, 1);
    assert_eq!(report.problems[0].rule, "the row has neither an external id nor an account and email to be matched by");
    Ok(())
}

/// A row may give an address and not the account, or the other way round: what is unique stays so.
async fn what_a_row_leaves_unsaid(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    let file =
        "external_id,account,name,email\nc1,a0,Ann,ann@x.com\nc2,a0,Bea,bea@x.com\nc3,a1,Cyd,ann@x.com\nc4,a1,Dee,\n";
    check(&world, file, skip(), [4, 0, 0], &[]).await?;
    check(&world, "external_id,email\nc2,ann@x.com\n", skip(), [0, 0, 0], &[("taken", "email", "ann@x.com", 1, &[1])])
        .await?;
    check(&world, "external_id,account\nc3,a0\n", skip(), [0, 0, 0], &[("taken", "email", "ann@x.com", 1, &[1])])
        .await?;
    check(&world, "external_id,account\nc4,a0\n", skip(), [0, 1, 0], &[]).await?;
    let both: [ExpectedProblem<'_>; 1] = [("duplicate_key", "email", "new@x.com", 2, &[1, 2])];
    check(&world, "external_id,email\nc2,new@x.com\nc4,new@x.com\n", skip(), [0, 0, 0], &both).await?;
    let file = "external_id,account,name,email\nc2,,,new@x.com\nc9,a0,New,new@x.com\n";
    check(&world, file, skip(), [0, 0, 0], &both).await?;
    // By ids as well, and a row without one falls back on what it has.
    let id = get(&world, "c2").await?.id();
    let file = format!("id,account,name,email\n{id},a0,Bea,ann@x.com\n,a1,Cyd 2,ann@x.com\n");
    check(&world, &file, skip(), [0, 1, 0], &[("taken", "email", "ann@x.com", 1, &[1])]).await?;
    assert_eq!(get(&world, "c3").await?.text("name"), Some("Cyd 2"));
    // Whoever forgets the account is told how to say it.
    let report = world.import_of(&CONTACT, "external_id,name\nc9,New\n", skip()).await?;
    assert_eq!(told(&report), [("required", "account", "-", 1, vec![1])]);
    assert!(report.warnings[0].to_string().contains("constant=account=ACCOUNT"), "{:?}", report.warnings);
    Ok(())
}

async fn accounts_by_key(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    let id = world.get("a1").await?.id;
    let other = world.organization("other").await?;
    let foreign = other.account(&[("name", "Foreign"), ("external_id", "foreign")]).await?.id;
    let file = format!(
        "external_id,account,name\n1,a0,A\n2,was-a0,B\n3,{id},C\n4,0013000000Gz3Xa,D\n5,{LONG_ID},E\n6,nothing,F\n7,gone,G\n\
         8,{foreign},H\n9,nothing,I\n10,Acme,J\n"
    );
    let theirs = foreign.to_string();
    let want: [ExpectedProblem<'_>; 4] = [
        ("unknown_account", "account", "nothing", 2, &[6, 9]),
        ("archived_account", "account", "gone", 1, &[7]),
        ("unknown_account", "account", &theirs, 1, &[8]),
        ("unknown_account", "account", "Acme", 1, &[10]),
    ];
    check(&world, &file, skip(), [5, 0, 0], &want).await?;
    for (contact, account) in [("1", "a0"), ("2", "a0"), ("3", "a1"), ("4", LONG_ID), ("5", LONG_ID)] {
        assert_eq!(get(&world, contact).await?.label("account"), Some(account), "{contact}");
    }
    Ok(())
}

async fn accounts_by_name_and_domain(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    let id = world.get("a1").await?.id;
    let file = format!(
        "external_id,account,name\n1,ACME,A\n2,Twin,B\n3,Gone,C\n4,No Such,D\n5,TWIN,E\n6,{id},F\n7,a0,G\n8,No such,H\n"
    );
    let want: [ExpectedProblem<'_>; 6] = [
        ("ambiguous_account", "account", "Twin", 1, &[2]),
        ("archived_account", "account", "Gone", 1, &[3]),
        ("unknown_account", "account", "No Such", 1, &[4]),
        ("ambiguous_account", "account", "TWIN", 1, &[5]),
        ("unknown_account", "account", "a0", 1, &[7]),
        ("unknown_account", "account", "No such", 1, &[8]),
    ];
    check(&world, &file, mapped("[lookup]\naccount = \"name\""), [2, 0, 0], &want).await?;
    // The address says the account as well.
    let file = "id_there,Mail,name\nd1,jo@acme.com,Jo\nd2,mia@www.bolt.com,Mia\nd3,x@twin.com,X\nd4,x@gone.com,X\nd5,x@no.com,X\n";
    let mapping =
        "[columns]\nexternal_id = \"id_there\"\naccount = \"Mail\"\nemail = \"Mail\"\n[lookup]\naccount = \"domain\"";
    let want: [ExpectedProblem<'_>; 3] = [
        ("ambiguous_account", "Mail", "x@twin.com", 1, &[3]),
        ("archived_account", "Mail", "x@gone.com", 1, &[4]),
        ("unknown_account", "Mail", "x@no.com", 1, &[5]),
    ];
    check(&world, file, mapped(mapping), [2, 0, 0], &want).await?;
    assert_eq!(get(&world, "mia@www.bolt.com").await?.label("account"), Some("a1"));
    Ok(())
}

/// `--constant account=…` names the account as a person does, whatever the rows' accounts are named by.
async fn one_account_for_all_rows(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    let with = |account: &str, mapping: &str| {
        let mut request = mapped(mapping);
        let constant = Origin::Constant { constant: account.to_owned() };
        request.mapping.columns.insert("account".into(), constant);
        request
    };
    let id = world.get("a1").await?.id.to_string();
    for (n, account) in ["a0", "acme", "acme.com", "was-a0", &id, "Bolt"].into_iter().enumerate() {
        for mapping in ["", "[lookup]\naccount = \"name\"", "[lookup]\naccount = \"domain\""] {
            let file = format!("external_id,name,email\ne{n},N,p{n}@x.com\n");
            world.import_of(&CONTACT, &file, with(account, mapping)).await?;
            let want = if account == id || account == "Bolt" { "a1" } else { "a0" };
            assert_eq!(get(&world, &format!("e{n}")).await?.label("account"), Some(want), "{account} {mapping}");
        }
    }
    let before = world.operations().await?.len();
    for (account, code) in [("nothing", "unknown_account"), ("Twin", "ambiguous_account"), ("gone", "archived_account")]
    {
        let report = world.import_of(&CONTACT, "external_id,name\nz,Z\n", with(account, "")).await;
        assert_eq!(refused(report), code);
    }
    assert_eq!(world.operations().await?.len(), before, "refused as a whole: nothing was begun");
    Ok(())
}

async fn modes(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    let file = "external_id,account,name,email\nc1,a0,Ann,ann@x.com\n,a0,Bea,bea@x.com\n";
    world.import_of(&CONTACT, file, skip()).await?;
    let more =
        "external_id,account,name,email\nc1,a0,Ann 2,ann@x.com\n,a0,Bea 2,bea@x.com\n,a0,Cyd,cyd@x.com\nc4,a1,Dee,\n";
    for (mode, created, updated, skipped) in [(Mode::Update, 0, 2, 2), (Mode::Create, 2, 0, 2), (Mode::Upsert, 0, 0, 0)]
    {
        let ledger = world.import_of(&CONTACT, more, Request { mode, ..skip() }).await?.ledger;
        assert_eq!((ledger.created, ledger.updated, ledger.skipped), (created, updated, skipped), "{mode:?}");
    }
    assert_eq!(get(&world, "bea@x.com").await?.text("name"), Some("Bea 2"));
    Ok(())
}

async fn listed(world: &World, pairs: &[(&str, &str)]) -> Result<Vec<String>> {
    let chosen = selection::selection(world, &CONTACT, pairs.iter().copied()).await?;
    let order = selection::order(&CONTACT, "name").unwrap();
    let found = ops::lists::list::<Entry>(world, &CONTACT, &chosen, order, Page::default()).await?;
    assert_eq!(found.total as usize, found.rows.len());
    Ok(found.rows.iter().map(|entry| entry.title()).collect())
}

async fn of_archived_accounts(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    let file = "external_id,account,name,email\nc1,a0,Ann,ann@x.com\nc2,a1,Bea,bea@x.com\n";
    world.import_of(&CONTACT, file, skip()).await?;
    assert_eq!(listed(&world, &[]).await?, ["Ann", "Bea"]);
    ops::accounts::set_archived(&world, "a0", true, None, false).await?;
    assert_eq!(listed(&world, &[]).await?, ["Bea"]);
    assert_eq!(listed(&world, &[("archived", "true")]).await?, ["Ann"]);
    assert_eq!(listed(&world, &[("account", "a0")]).await?, ["Ann"]);
    assert_eq!(listed(&world, &[("account", "a1"), ("archived", "true")]).await?, Vec::<String>::new());
    assert_eq!(listed(&world, &[("archived", "true"), ("account", "a0")]).await?, ["Ann"]);
    assert_eq!(get(&world, "c1").await?.title(), "Ann");
    // It rests with its account, whoever asks: nothing is made, changed or moved there.
    let make = given(&[("account", "a0"), ("name", "New")]);
    assert_eq!(refused(entries::create(&world, &CONTACT, &make, false).await), "archived_account");
    let change = given(&[("name", "Ann 2")]);
    assert_eq!(refused(entries::update(&world, &CONTACT, "c1", &change, None, false).await), "archived_account");
    let away = given(&[("account", "a0")]);
    assert_eq!(refused(entries::update(&world, &CONTACT, "c2", &away, None, false).await), "archived_account");
    let want: [ExpectedProblem<'_>; 1] = [("archived_account", "external_id", "-", 1, &[1])];
    check(&world, "external_id,name\nc1,Ann 2\nc2,Bea 2\n", skip(), [0, 1, 0], &want).await?;
    let id = get(&world, "c1").await?.id();
    let want: [ExpectedProblem<'_>; 1] = [("archived_account", "id", "-", 1, &[1])];
    check(&world, &format!("id,name\n{id},Ann 2\n"), skip(), [0, 0, 0], &want).await?;
    ops::accounts::set_archived(&world, "a0", false, None, false).await?;
    assert_eq!(listed(&world, &[]).await?, ["Ann", "Bea 2"]);
    assert_eq!(listed(&world, &[("archived", "true")]).await?, Vec::<String>::new());
    entries::update(&world, &CONTACT, "c1", &change, None, false).await?;
    // What is of an archived account can still be deleted.
    ops::accounts::set_archived(&world, "a0", true, None, false).await?;
    entries::delete(&world, &CONTACT, "c1", None, false).await?;
    Ok(())
}

async fn names_that_find_one(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    let file = "external_id,account,name,email\nc1,a0,Ann Lee,ann@x.com\nc2,a0,Bea,both@x.com\nc3,a1,Bea,both@x.com\n\
                0033000000Gz3XaAAJ,a1,Éva,eva@x.com\n";
    world.import_of(&CONTACT, file, skip()).await?;
    for name in ["c1", " ANN LEE ", "Ann@X.com"] {
        assert_eq!(get(&world, name).await?.text("external_id"), Some("c1"), "{name}");
    }
    for name in ["0033000000Gz3Xa", "0033000000Gz3XaAAJ", "éVA"] {
        assert_eq!(get(&world, name).await?.title(), "Éva", "{name}");
    }
    for name in ["Bea", "both@x.com"] {
        assert_eq!(refused(entries::get(&world, &CONTACT, name).await), "ambiguous_record", "{name}");
    }
    let error = entries::get(&world, &CONTACT, "Ann Le").await.unwrap_err();
    assert_eq!((error.code, error.hints.to_string().as_str()), ("unknown_record", "did you mean Ann Lee?"));
    Ok(())
}
