//! What the columns of a file are at the first try: names in two parts, words of another system, custom fields; and that a
//! draft of a mapping file says the same.

use anyhow::Result;
use fastenr_core::import::mapping::{Mapping, Origin};
use fastenr_core::import::request::{OnError, Request};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::team::TEAM;
use fastenr_core::model::user::USER;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/columns/first_and_last_name", first_and_last_name);
    tests.both("store/columns/words_of_another_system", words_of_another_system);
    tests.both("store/columns/custom_fields", custom_fields);
    tests.both("store/columns/alike_but_for_case", alike_but_for_case);
    tests.both("store/columns/a_draft_reads_as_the_import_does", a_draft_reads_as_the_import_does);
    tests.both("store/columns/a_key_that_is_not_there", a_key_that_is_not_there);
}

fn skip() -> Request {
    Request { on_error: OnError::Skip, ..Request::default() }
}

fn told(maps: &[(&str, &str)]) -> Request {
    Request { maps: maps.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect(), ..skip() }
}

fn mapped(text: &str) -> Request {
    Request { mapping: Mapping::parse("m.toml", text).unwrap(), ..skip() }
}

async fn draft(world: &World, noun: &'static Noun, file: &str) -> fastenr_core::Result<String> {
    ops::import::suggest_mapping(world, noun, &world.source(file)?, &Request::default()).await
}

async fn first_and_last_name(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "acme"), ("name", "Acme")]).await?;
    for (headers, email) in [
        ("First Name,Last Name", "a@acme.com"),
        ("firstname,lastname", "b@acme.com"),
        ("property_firstname,property_lastname", "c@acme.com"),
        ("Vorname,Nachname", "d@acme.com"),
        ("Contact First Name,Contact Surname", "e@acme.com"),
    ] {
        let file = format!("{headers},Email,Account Id\n Ann , Able ,{email},acme\n");
        let report = world.import_of(&CONTACT, &file, skip()).await?;
        assert_eq!(report.ledger.created, 1, "{headers}: {:?}", report.problems);
        assert!(
            report.warnings.is_empty() && report.notes.iter().any(|note| note.ends_with("are combined into the name")),
            "{report:?}"
        );
        assert_eq!(ops::entries::get(&world, &CONTACT, email).await?.text("name"), Some("Ann Able"), "{headers}");
        let text = draft(&world, &CONTACT, &file).await?;
        assert!(text.contains("name = { template = "), "{text}");
        assert_eq!(world.import_of(&CONTACT, &file, mapped(&text)).await?.ledger.unchanged, 1, "{text}");
    }
    // A name of its own counts, and so does what is told.
    let file = "First Name,Last Name,Full Name,Email,Account Id\nAnn,Able,Dr. Ann Able,f@acme.com,acme\n";
    world.import_of(&CONTACT, file, skip()).await?;
    assert_eq!(ops::entries::get(&world, &CONTACT, "f@acme.com").await?.text("name"), Some("Dr. Ann Able"));
    let file = "First Name,Last Name,Email,Account Id\nAnn,Able,g@acme.com,acme\n";
    world.import_of(&CONTACT, file, told(&[("Last Name", "name")])).await?;
    assert_eq!(ops::entries::get(&world, &CONTACT, "g@acme.com").await?.text("name"), Some("Able"));
    let report = world.import_of(&USER, "Email,First Name,Last Name\nu@example.com,Uma,Ueno\n", skip()).await?;
    assert_eq!((report.ledger.created, ops::users::get(&world, "u@example.com").await?.name.as_str()), (1, "Uma Ueno"));
    Ok(())
}

async fn words_of_another_system(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (header, cells) in [
        ("Tier", ["Gold", "Silver", ""]),
        ("Segment", ["Mid-Market", "SMB", "Enterprise"]),
        ("Lifecycle Stage", ["Customer", "Lead", "customer"]),
        ("Renewal", ["Auto", "Manual", "Auto"]),
        ("Users", ["Ann; Bo", "Cy", ""]),
        ("Auto Renewal", ["Automatic", "By hand", ""]),
    ] {
        let rows: String = cells.iter().enumerate().map(|(n, cell)| format!("{n},Customer {n},{cell}\n")).collect();
        let file = format!("external_id,name,{header}\n{rows}");
        let report = world.import(&file, skip()).await?;
        assert_eq!((report.ledger.rejected, report.ledger.skipped), (0, 0), "{header}: {:?}", report.problems);
        let said: Vec<&String> = report.warnings.iter().filter(|warning| warning.contains("is usually")).collect();
        assert_eq!(said.len(), 1, "{header}: {:?}", report.warnings);
        assert!(said[0].contains(cells[0]) && said[0].contains("--map"), "{}", said[0]);
        // Kept, where custom fields are.
        let report = world.import(&file, Request { custom: true, ..skip() }).await?;
        assert_eq!(report.ledger.updated, cells.iter().filter(|cell| !cell.is_empty()).count() as u64, "{header}");
        // A draft leaves it to a person, and can be used as it stands.
        let text = draft(&world, &ACCOUNT, &file).await?;
        assert!(text.contains("usually this field, but with other values"), "{text}");
        assert_eq!(world.import(&file, mapped(&text)).await?.ledger.rejected, 0, "{text}");
        // What is told is obeyed.
        let field = ACCOUNT.field_by_header(header).unwrap().1.name;
        let report = world.import(&file, told(&[(header, field)])).await?;
        assert!(report.ledger.rejected >= 2, "{header}: {report:?}");
    }
    // Words that are placed fit, and so do most of these: the others are bad cells, and their message says why.
    let file = "external_id,name,Tier\n1,A,Gold\n2,B,Silver\n";
    let placed = mapped("[values.size]\nGold = \"enterprise\"\nSilver = \"medium\"");
    assert_eq!(world.import(file, placed).await?.ledger.updated, 2);
    assert_eq!(world.get("1").await?.size.map(|size| size.as_str()), Some("enterprise"));
    let file = "external_id,name,Tier\n1,A,small\n2,B,Large\n3,C,Gold\n";
    let report = world.import(file, skip()).await?;
    assert_eq!((report.ledger.rejected, report.problems.len()), (1, 1), "{report:?}");
    assert!(report.problems[0].rule.contains("--map Tier= leaves it out"), "{}", report.problems[0].rule);
    // The field's own name is meant as it stands, and a field that must be there is not left out.
    assert_eq!(world.import("external_id,name,size\n1,A,Gold\n", skip()).await?.ledger.rejected, 1);
    let calls = "external_id,account,Activity Type,title\nc,1,Lunch,Out\n";
    assert_eq!(world.import_of(&ENGAGEMENT, calls, skip()).await?.problems[0].code, "engagement_type");
    Ok(())
}

async fn custom_fields(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    // Another name of a field that another column is, and a column `id` that is none.
    let file = "external_id,name,Customer,Company ID,Region\na,Acme,True,77,EMEA\n";
    let report = world.import(file, Request { custom: true, ..skip() }).await?;
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    assert_eq!(world.get("a").await?.custom_fields, r#"{"Company ID":"77","Customer":"True","Region":"EMEA"}"#);
    // An id that is no UUID is the external id, also beside a column of numbers that nobody filled.
    let file = "ID,Account Number,name\n001x0000002xLCVAA2,,Gravity\n001x0000002xLCWAA2,n/a,BX\n";
    assert_eq!(world.import(file, skip()).await?.ledger.created, 2);
    assert_eq!(world.get("001x0000002xLCVAA2").await?.name, "Gravity");
    for noun in [&ENGAGEMENT, &TEAM, &USER] {
        let error = world.import_of(noun, "external_id\na\n", Request { custom: true, ..skip() }).await.unwrap_err();
        assert_eq!((error.code, error.hint.is_some()), ("custom_fields", true), "{}", noun.many);
    }
    Ok(())
}

async fn alike_but_for_case(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "external_id,Name,NAME\na,Acme,Other\n";
    let error = world.import(file, skip()).await.unwrap_err();
    assert_eq!(
        (error.code, error.hint.as_deref().map(|hint| hint.contains("--map NAME="))),
        ("header_duplicate", Some(true))
    );
    world.import(file, told(&[("NAME", "")])).await?;
    assert_eq!(world.get("a").await?.name, "Acme");
    world.import(file, mapped("[ignore]\ncolumns = [\"Name\"]")).await?;
    assert_eq!(world.get("a").await?.name, "Other");
    assert_eq!(refused(world.import("external_id,name,Notes,notes\na,A,x,y\n", skip()).await), "header_duplicate");
    assert_eq!(refused(draft(&world, &ACCOUNT, "external_id,name,Notes,notes\na,A,x,y\n").await), "header_duplicate");
    Ok(())
}

/// Each column that a draft maps is read by the import, or named by it.
async fn a_draft_reads_as_the_import_does(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (noun, file) in [
        (
            &ACCOUNT,
            "Account ID,property_name,GICS Sector,Website,Tier,Renewal Date,ARR Currency,ACV\n1,Acme,IT,acme.com,Gold,2026-12-31,USD,5\n",
        ),
        (&ACCOUNT, "id,Company Name,Customer,Industry,Lifecycle Stage\n17,Acme,yes,Retail,Lead\n"),
        (&CONTACT, "Record ID,First Name,Last Name,Email,Primary Company,Contact Owner\n1,Ann,Able,a@x.com,acme,Jo\n"),
        (
            &ENGAGEMENT,
            "engagement_id,property_hs_title,start_time,type,Account Id\n1,Kickoff,2026-01-01 10:00,meeting,acme\n",
        ),
    ] {
        let text = draft(&world, noun, file).await?;
        let columns = Mapping::parse("m.toml", &text)?.columns;
        let drafted = columns.values().filter_map(|origin| match origin {
            Origin::Header(header) => Some(header.as_str()),
            _ => None,
        });
        let report = world.import_of(noun, file, Request { dry_run: true, ..skip() }).await;
        let (warnings, refusal) = match report {
            Ok(report) => (report.warnings.join("\n"), String::new()),
            Err(error) => (String::new(), error.to_string()),
        };
        for header in drafted {
            let meant = noun.field_by_header(header).is_some() || header == "id";
            assert!(
                meant || warnings.contains(header) || refusal.contains("matched by"),
                "{header}: {warnings} {refusal}\n{text}"
            );
        }
    }
    // What only looks like a field is named with the way to take it.
    let file = "external_id,name,GICS Sector\na,A,IT\n";
    let report = world.import(file, skip()).await?;
    assert!(
        report.warnings.iter().any(|warning| warning.contains("--map 'GICS Sector=industry'")),
        "{:?}",
        report.warnings
    );
    world.import(file, told(&[("GICS Sector", "industry")])).await?;
    assert_eq!(world.get("a").await?.industry.as_deref(), Some("IT"));
    Ok(())
}

async fn a_key_that_is_not_there(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (file, told) in [
        ("\n\nCompany;Revenue\nAcme;5\n", "the columns read from line 3, separated by semicolons are Company, Revenue"),
        ("name\tindustry\nAcme\tIT\n", "the columns read from line 1, separated by tabs are name, industry"),
    ] {
        let error = world.import(file, skip()).await.unwrap_err();
        assert!(error.code == "no_key" && error.message.contains(told), "{error}");
        assert!(error.hint.is_some_and(|hint| hint.contains("--key name")), "{file}");
    }
    Ok(())
}
