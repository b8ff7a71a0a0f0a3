//! What the cells of a file say: nothing, amounts of money, months, times, and what is refused until somebody says it.

use anyhow::Result;
use fastenr_core::import::mapping::Mapping;
use fastenr_core::import::request::{Empty, OnError, Report, Request};
use fastenr_core::model::arr_change::ARR_CHANGE;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops;
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/values/words_for_no_value", words_for_no_value);
    tests.both("store/values/no_word_clears_a_field", no_word_clears_a_field);
    tests.both("store/values/names_and_ids_are_words", names_and_ids_are_words);
    tests.both("store/values/errors_of_spreadsheets", errors_of_spreadsheets);
    tests.both("store/values/amounts_as_they_are_written", amounts_as_they_are_written);
    tests.both("store/values/numbers_of_other_units", numbers_of_other_units);
    tests.both("store/values/currencies_beside_the_amounts", currencies_beside_the_amounts);
    tests.both("store/values/several_currencies_in_a_column", several_currencies_in_a_column);
    tests.both("store/values/months", months);
    tests.both("store/values/times_without_a_zone", times_without_a_zone);
    tests.both("store/values/session_minutes_are_hundredths", session_minutes_are_hundredths);
    tests.both("store/values/tags_of_any_list", tags_of_any_list);
    tests.both("store/values/years_of_other_calendars", years_of_other_calendars);
    tests.both("store/values/words_for_currencies", words_for_currencies);
    tests.both("store/values/numbers_that_lost_their_digits", numbers_that_lost_their_digits);
}

fn skip() -> Request {
    Request { on_error: OnError::Skip, ..Request::default() }
}

fn mapped(text: &str) -> Request {
    Request { mapping: Mapping::parse("m.toml", text).unwrap(), ..skip() }
}

fn map(header: &str, field: &str) -> Request {
    Request { maps: vec![(header.to_owned(), field.to_owned())], ..skip() }
}

/// What was refused: code and rows.
fn codes(report: &Report) -> Vec<(&str, Vec<u64>)> {
    let mut codes: Vec<_> =
        report.problems.iter().map(|problem| (problem.code.as_str(), problem.examples.clone())).collect();
    codes.sort_unstable();
    codes
}

async fn field_of(world: &World, external_id: &str, name: &str) -> Result<String> {
    let account = world.get(external_id).await?;
    let (_, field) = fastenr_core::model::account::ACCOUNT.field(name).unwrap();
    Ok(field.text(&account.value(field)).into_owned())
}

async fn words_for_no_value(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "external_id,name,industry,tags,arr,contract_end,size,owner,seats,custom.plan,auto_renew\n\
                a,A,N/A,null,NULL,-,n/a,-,TBD,(blank),—\n\
                b,B,None,undefined,#N/A,TBD,None,N/A,nan,\\N,NULL\n\
                c,C,Retail,x,5,2026-12-31,small,,7,NA,yes\n";
    let report = world.import(file, Request::default()).await?;
    assert!(report.applied, "{:?}", report.problems);
    for id in ["a", "b"] {
        for name in ["industry", "tags", "arr", "contract_end", "size", "owner", "seats", "custom_fields", "auto_renew"]
        {
            assert_eq!(field_of(&world, id, name).await?, "", "{name} of {id}");
        }
    }
    // Namibia, or North America.
    assert_eq!(field_of(&world, "c", "custom_fields").await?, r#"{"plan":"NA"}"#);
    let notes: Vec<&String> = report.notes.iter().filter(|note| note.starts_with("read as no value: ")).collect();
    assert_eq!(notes.len(), 1, "{:?}", report.notes);
    for told in ["\"-\" (2 cells)", "\"N/A\" (2 cells)", "\"#N/A\" (1 cell)", "\"—\" (1 cell)"] {
        assert!(notes[0].contains(told), "{told}: {}", notes[0]);
    }
    // Other words, by the flag and by the mapping; the flag counts for more.
    let file = "external_id,industry,arr\na,unknown,N/A\nb,Retail,7\n";
    let unknown = Request { null_words: Some("unknown".parse()?), ..skip() };
    let report = world.import(file, unknown.clone()).await?;
    assert_eq!(codes(&report), [("number_format", vec![1])]);
    let report = world.import(file, mapped("[nulls]\nwords = [\"default\", \"unknown\"]")).await?;
    assert_eq!((codes(&report), report.ledger.unchanged), (vec![], 2), "b has its ARR by now");
    let both = Request { null_words: Some("".parse()?), ..mapped("[nulls]\nwords = [\"default\"]") };
    assert_eq!(codes(&world.import(file, both).await?), [("number_format", vec![1])]);
    // What the mapping names is no word for nothing.
    let report = world
        .import(
            "external_id,renewal_stage,arr\nb,-,-\n",
            mapped("[values.renewal_stage]\n\"-\" = \"unknown\"\n[values.arr]\n\"-\" = \"0\""),
        )
        .await?;
    assert_eq!(report.ledger.updated, 1, "{:?}", report.problems);
    let now = [field_of(&world, "b", "renewal_stage").await?, field_of(&world, "b", "arr").await?];
    assert_eq!(now, ["unknown", "0.00"]);
    // Names are made of what there is.
    world.account(&[("name", "Acme"), ("external_id", "acme")]).await?;
    let people = "account,First Name,Last Name,email\nacme,Ann,N/A,ann@acme.com\nacme,Bo,Baker,bo@acme.com\n";
    let report = world.import_of(&CONTACT, people, Request::default()).await?;
    assert_eq!(report.ledger.created, 2, "{:?}", report.problems);
    assert_eq!(ops::entries::get(&world, &CONTACT, "ann@acme.com").await?.text("name"), Some("Ann"));
    Ok(())
}

async fn no_word_clears_a_field(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let full =
        "external_id,name,industry,arr,size,tags,custom.plan,past_due_since\na,A,Retail,5,small,x,gold,2026-01-01\n";
    world.import(full, Request::default()).await?;
    let names = ["industry", "arr", "size", "tags", "custom_fields", "past_due_since"];
    let nothing = "external_id,industry,arr,size,tags,custom.plan,past_due_since\na,N/A,-,NULL,none,TBD,n/a\n";
    let clear = Request { empty: Empty::Clear, ..skip() };
    for request in [skip(), clear.clone()] {
        let report = world.import(nothing, request).await?;
        assert_eq!((report.ledger.unchanged, codes(&report)), (1, vec![]));
    }
    // The mark clears whatever an empty cell says; a name can't be cleared.
    let mark = mapped("[clear]\nword = \"#CLEAR\"");
    let file =
        "external_id,name,industry,arr,size,tags,custom.plan,past_due_since\na,A,#CLEAR,#clear,,#CLEAR,#CLEAR,#CLEAR\n";
    assert_eq!(world.import(file, mark.clone()).await?.ledger.updated, 1);
    let mut now = Vec::new();
    for name in names {
        now.push(field_of(&world, "a", name).await?);
    }
    assert_eq!(now, ["", "", "small", "", "", ""]);
    let report = world.import("external_id,name\na,#CLEAR\n", mark).await?;
    assert_eq!(codes(&report), [("required", vec![1])]);
    // Days past due, too, and an empty cell where it is asked.
    world.import(full, Request::default()).await?;
    let days = mapped("[clear]\nword = \"gone\"");
    assert_eq!(world.import("external_id,days_past_due\na,N/A\n", clear.clone()).await?.ledger.unchanged, 1);
    assert_eq!(world.import("external_id,days_past_due\na,gone\n", days).await?.ledger.updated, 1);
    assert_eq!(
        world.import("external_id,industry,arr,size,tags,custom.plan\na,,,,,\n", clear).await?.ledger.updated,
        1
    );
    assert_eq!(field_of(&world, "a", "industry").await?, "");
    Ok(())
}

async fn names_and_ids_are_words(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "external_id,name,industry\na,NULL,Retail\nb,nan,Retail\n-,Dash,Retail\nd,Nancy,Retail\ne,NA,Retail\n";
    let report = world.import(file, skip()).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected), (2, 3), "{:?}", report.problems);
    assert!(report.problems.iter().all(|problem| problem.code == "null_word"), "{:?}", report.problems);
    // The way out of the message works.
    let rule = &report.problems.iter().find(|problem| problem.value.as_deref() == Some("NULL")).unwrap().rule;
    assert!(rule.contains("values.name.\"NULL\" = \"NULL\""), "{rule}");
    let report = world.import(file, mapped("[values.name]\n\"NULL\" = \"NULL\"\nnan = \"Nan\"")).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected), (2, 1));
    // A record that is called so comes back from an export; another name is still none.
    for line in ["external_id,name\na,NULL\n", "external_id,name\na,null\n"] {
        let report = world.import(line, skip()).await?;
        assert_eq!(report.ledger.rejected, 0, "{:?}", report.problems);
    }
    assert_eq!(world.import("external_id,name\nd,TBD\n", skip()).await?.ledger.rejected, 1);
    world.account(&[("name", "Odd"), ("external_id", "N/A")]).await?;
    assert_eq!(world.import("external_id,name\nN/A,Odd\n", skip()).await?.ledger.unchanged, 1);
    // What is to be is a title; an account may be called so, and where none is the row has none.
    let meetings = "external_id,account,type,title\nm,a,meeting,TBD\nn,N/A,meeting,Kickoff\no,NULL,meeting,Review\n";
    let report = world.import_of(&fastenr_core::model::engagement::ENGAGEMENT, meetings, skip()).await?;
    assert_eq!((report.ledger.created, codes(&report)), (2, vec![("unknown_account", vec![3])]));
    Ok(())
}

async fn errors_of_spreadsheets(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (header, cell) in [
        ("industry", "#REF!"),
        ("industry", "#BEZUG!"),
        ("arr", "#DIV/0!"),
        ("contract_end", "########"),
        ("tags", "#NAME?"),
        ("custom.plan", "#VALUE!"),
        ("size", "#NUM!"),
        ("owner", "#SPILL!"),
        ("industry", "#ЗНАЧ!"),
        ("seats", "#DEĞER!"),
        ("industry", "#DIV/0"),
    ] {
        let file = format!("external_id,name,{header}\na,A,{cell}\nb,B,\n");
        let report = world.import(&file, Request { dry_run: true, ..skip() }).await?;
        assert_eq!(codes(&report), [("spreadsheet_error", vec![1])], "{header} {cell}");
        // As a word for nothing it is one.
        let word = Request { null_words: Some(cell.parse()?), dry_run: true, ..skip() };
        assert_eq!(world.import(&file, word).await?.ledger.created, 2, "{header} {cell}");
        // And so the mapping says, as the message has it.
        let empty = mapped(&format!("[values.\"{header}\"]\n\"{cell}\" = \"\""));
        assert_eq!(world.import(&file, Request { dry_run: true, ..empty }).await?.ledger.created, 2, "{header} {cell}");
    }
    let report = world.import("external_id,name\na,#REF!\n", skip()).await?;
    assert_eq!(codes(&report), [("spreadsheet_error", vec![1])]);
    Ok(())
}

async fn amounts_as_they_are_written(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let amount = async |cell: &str| -> Result<Result<String, String>> {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(["external_id", "name", "arr"])?;
        out.write_record(["x", "X", cell])?;
        out.write_record(["y", "Y", "1234.5"])?;
        let file = String::from_utf8(out.into_inner()?)?;
        let report = world.import(&file, skip()).await?;
        Ok(match report.problems.first() {
            None => Ok(field_of(&world, "x", "arr").await?),
            Some(problem) => Err(problem.code.clone()),
        })
    };
    for (cell, stored) in [
        ("1234.5600000000001", "1234.56"),
        ("99.99000000000001", "99.99"),
        ("1234.5599999999999", "1234.56"),
        ("１２３４．５０", "1234.50"),
        ("٢٥٠٫٥", "250.50"),
        ("۱۲۳", "123.00"),
        ("\u{200F}77", "77.00"),
        ("$ -", "0.00"),
        (" $-   ", "0.00"),
        ("1.5E+3", "1500.00"),
    ] {
        assert_eq!(amount(cell).await?.as_deref(), Ok(stored), "{cell}");
    }
    for (cell, code) in [
        ("12%", "number_percent"),
        ("１２％", "number_percent"),
        ("٪١٢", "number_format"),
        ("1234.567", "arr_decimals"),
        ("0.005", "arr_decimals"),
        ("1234.56001", "arr_decimals"),
        ("5-", "arr_range"),
        ("-5", "arr_range"),
        ("5--", "number_format"),
    ] {
        assert_eq!(amount(cell).await?, Err(code.to_owned()), "{cell}");
    }
    let report = world.import("external_id,arr\nx,0.1000000000000000055511151231257827\ny,7\n", skip()).await?;
    assert!(
        report.notes.iter().any(|note| note == "1 number rounded to the cent or whole number within 0.000001"),
        "{:?}",
        report.notes
    );
    // A whole column of percentages is no amount either.
    let report = world.import("external_id,name,arr\na,A,12%\nb,B,15%\n", skip()).await?;
    assert_eq!(codes(&report), [("number_percent", vec![1]), ("number_percent", vec![2])]);
    // Goals may be negative: the minus behind the number, too.
    let goals = "external_id,account,title,target_value,start_value\ng,x,Fewer tickets,5-,80%\n";
    let report = world.import_of(&fastenr_core::model::goal::GOAL, goals, skip()).await?;
    assert_eq!(report.ledger.created, 1, "{:?}", report.problems);
    assert_eq!(
        ops::entries::get(&world, &fastenr_core::model::goal::GOAL, "g").await?.integer("target_value"),
        Some(-500)
    );
    Ok(())
}

async fn numbers_of_other_units(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (cell, factor, stored) in [
        ("99.99", "multiply = 12", Ok("1199.88")),
        ("123456", "divide = 100", Ok("1234.56")),
        ("1000", "divide = 3", Ok("333.33")),
        ("1000", "multiply = \"1.5\"\ndivide = 2", Ok("750.00")),
        ("12345.6", "divide = 100", Err("arr_decimals")),
        ("9999999999", "multiply = 12", Err("arr_range")),
    ] {
        let file = format!("external_id,name,MRR\nx,X,{cell}\n");
        let request = Request { maps: map("MRR", "arr").maps, ..mapped(&format!("[numbers.arr]\n{factor}")) };
        let report = world.import(&file, request).await?;
        match stored {
            Ok(stored) => {
                assert_eq!(field_of(&world, "x", "arr").await?, stored, "{cell} {factor}: {:?}", report.problems)
            }
            Err(code) => assert_eq!(codes(&report), [(code, vec![1])], "{cell} {factor}"),
        }
    }
    // Whole numbers stay whole, seconds are minutes, shares are percent, and a rate comes behind.
    let report = world.import("external_id,seats\nx,10\n", mapped("[numbers.seats]\ndivide = 3")).await?;
    assert_eq!(codes(&report), [("seats", vec![1])]);
    let metrics = "account,metric_date,session_minutes,csat\nx,2026-01-01,90,0.875\n";
    let request = mapped("[numbers.session_minutes]\ndivide = 60\n[numbers.csat]\nmultiply = 100");
    let report = world.import_of(&METRIC, metrics, request).await?;
    assert_eq!(report.ledger.created, 1, "{:?}", report.problems);
    let metric = the_only(&world, &METRIC).await?;
    assert_eq!((metric.integer("session_minutes"), metric.integer("csat")), (Some(150), Some(8_750)));
    let request = mapped("fx = { column = \"Currency\", EUR = \"1.1\" }\n[numbers.arr]\nmultiply = 12");
    world.import("external_id,arr,Currency\nx,10.01,EUR\n", request).await?;
    assert_eq!(field_of(&world, "x", "arr").await?, "132.13", "10.01 times 12 times 1.1, to the cent");
    let report = world.import("external_id,industry\nx,Retail\n", mapped("[numbers.arr]\nmultiply = 12")).await?;
    assert!(report.warnings.iter().any(|warning| warning.contains("no column is arr")), "{:?}", report.warnings);
    assert_eq!(refused(world.import("external_id\nx\n", mapped("[numbers.ar]\nmultiply = 12")).await), "unknown_field");
    Ok(())
}

async fn the_only(world: &World, noun: &'static Noun) -> Result<Entry> {
    let order = ops::selection::order(noun, "id:asc")?;
    let page = fastenr_core::model::filter::Page { number: 1, limit: 2 };
    let mut found = ops::lists::list::<Entry>(world, noun, &Default::default(), order, page).await?.rows;
    assert_eq!(found.len(), 1);
    Ok(found.remove(0))
}

async fn currencies_beside_the_amounts(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (file, code) in [
        ("external_id,name,ACV Currency,ACV\na,A,EUR,100\nb,B,JPY,9\n", "currency_column"),
        ("external_id,name,Currency,arr\na,A,USD,100\nb,B,eur,9\n", "currency_column"),
        ("external_id,name,Sign,arr\na,A,€,100\n", "currency_column"),
        ("external_id,name,Billing,arr\na,A,EUR - Euro,100\n", "currency_column"),
        ("external_id,name,custom.ccy,arr\na,A,CHF,100\nb,B,n/a,1\n", "currency_column"),
        ("external_id,name,arr\na,A,€5\n", "currency"),
        ("external_id,name,arr\na,A,5 EUR\n", "currency"),
    ] {
        let error = world.import(file, skip()).await.unwrap_err();
        assert_eq!(error.code, code, "{file}");
        assert!(error.hint.is_some_and(|hint| hint.contains("fx = {")), "{file}");
    }
    let error = world.import("external_id,name,ARR (EUR)\na,A,5\n", map("ARR (EUR)", "arr")).await.unwrap_err();
    assert_eq!(error.code, "currency");
    assert!(world.accounts().await?.is_empty());
    // What is said is obeyed: a rate, or that the column is to be left out.
    let file = "external_id,name,ACV Currency,ACV\na,A,EUR,100\nb,B,€,10\nc,C,USD,1\nd,D,-,2\ne,E,EUR - Euro,1\n";
    let report = world.import(file, mapped("fx = { column = \"ACV Currency\", EUR = \"1.1\" }")).await?;
    assert_eq!(report.ledger.created, 5, "{:?}", report.problems);
    for (id, arr) in [("a", "110.00"), ("b", "11.00"), ("c", "1.00"), ("d", "2.00"), ("e", "1.10")] {
        assert_eq!(field_of(&world, id, "arr").await?, arr, "{id}");
    }
    world.import(file, map("ACV Currency", "")).await?;
    assert_eq!(field_of(&world, "a", "arr").await?, "100.00");
    world.import(file, mapped("[ignore]\ncolumns = [\"ACV Currency\"]")).await?;
    let header = Request { maps: map("ARR (EUR)", "arr").maps, ..mapped("fx = { EUR = \"1.2\" }") };
    world.import("external_id,ARR (EUR)\na,5\n", header).await?;
    assert_eq!(field_of(&world, "a", "arr").await?, "6.00");
    // Nothing is to be said where all is in one currency, or where there are no amounts, or the words are words.
    for file in [
        "external_id,name,Currency,arr\na,A,USD,100\nb,B,usd,9\nc,C,$,1\n",
        "external_id,name,Currency\na,A,EUR\n",
        "external_id,name,Access,arr\na,A,ALL,1\nb,B,TOP,1\n",
        "external_id,name,Country,arr\na,A,EUR,1\nb,B,Germany,1\n",
        "external_id,name,Rating,arr\na,A,R,1\n",
    ] {
        let report = world.import(file, Request { dry_run: true, ..skip() }).await?;
        assert_eq!(codes(&report), [], "{file}");
    }
    // In another organization the same file is at home.
    let euros = OrganizationChange { slug: Some("eur".into()), currency: Some("EUR".into()), ..Default::default() };
    let euros = world.organization_of(euros).await?;
    assert_eq!(
        euros.import("external_id,name,ARR (EUR),Currency\na,A,5,EUR\n", map("ARR (EUR)", "arr")).await?.ledger.created,
        1
    );
    Ok(())
}

async fn several_currencies_in_a_column(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "external_id,name,arr\na,A,$100.00\nb,B,€10.00\nc,C,GBP 1.00\nd,D,-\n";
    let error = world.import(file, skip()).await.unwrap_err();
    assert_eq!(error.code, "number_currencies");
    let report = world.import(file, mapped("fx = { EUR = \"1.1\", GBP = \"1.3\" }")).await?;
    assert_eq!(report.ledger.created, 4, "{:?}", report.problems);
    for (id, arr) in [("a", "100.00"), ("b", "11.00"), ("c", "1.30"), ("d", "")] {
        assert_eq!(field_of(&world, id, "arr").await?, arr, "{id}");
    }
    let unsaid = "external_id,arr\na,$100.00\nb,€10.00\nc,7.00\nd,¥5.00\n";
    let report = world.import(unsaid, mapped("fx = { EUR = \"1.1\" }")).await?;
    assert_eq!(codes(&report), [("currency_rate", vec![4]), ("currency_unsaid", vec![3])]);
    Ok(())
}

async fn months(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "A"), ("arr", "300")]).await?;
    let file = "account,Month,arr\na,2025-11,100\na,12/2025,200\na,Feb 2026,300\n";
    let report = world.import_of(&ARR_CHANGE, file, skip()).await?;
    assert_eq!(report.ledger.created, 3, "{:?}", report.problems);
    assert!(report.notes.contains(&"3 months read as the first day of the month".to_owned()), "{:?}", report.notes);
    let order = ops::selection::order(&ARR_CHANGE, "effective_on:asc")?;
    let page = fastenr_core::model::filter::Page { number: 1, limit: 20 };
    let found = ops::lists::list::<Entry>(&world, &ARR_CHANGE, &Default::default(), order, page).await?.rows;
    let (_, field) = ARR_CHANGE.field("effective_on").unwrap();
    let days: Vec<String> = found.iter().map(|row| field.text(&row.value(field)).into_owned()).collect();
    assert_eq!(days, ["2025-11-01", "2025-12-01", "2026-02-01"]);
    // The day of a metric is no period.
    let report = world.import_of(&METRIC, "account,metric_date,nps\na,2026-02,50\n", skip()).await?;
    assert_eq!(codes(&report), [("date_format", vec![1])]);
    Ok(())
}

async fn times_without_a_zone(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let berlin =
        OrganizationChange { slug: Some("b".into()), time_zone: Some("Europe/Berlin".into()), ..Default::default() };
    let world = first.organization_of(berlin).await?;
    let file = "external_id,name,created_at\na,A,2025-01-31 23:30\nb,B,31.01.2025 08:00\nc,C,2025-01-31T10:00:00Z\nd,D,2025-01-31\n";
    for (request, a, b, d, zone) in [
        (Request::default(), "2025-01-31T22:30:00Z", "2025-01-31T07:00:00Z", "2025-01-30T23:00:00Z", "Europe/Berlin"),
        (
            Request { time_zone: Some(fastenr_core::model::TimeZone::UTC), ..mapped("[times]\nzone = \"Asia/Tokyo\"") },
            "2025-01-31T23:30:00Z",
            "2025-01-31T08:00:00Z",
            "2025-01-31T00:00:00Z",
            "UTC",
        ),
        (
            mapped("[times]\nzone = \"Asia/Tokyo\""),
            "2025-01-31T14:30:00Z",
            "2025-01-30T23:00:00Z",
            "2025-01-30T15:00:00Z",
            "Asia/Tokyo",
        ),
        (
            mapped("[formats.created_at]\ntime_zone = \"America/New_York\""),
            "2025-02-01T04:30:00Z",
            "2025-01-31T13:00:00Z",
            "2025-01-31T05:00:00Z",
            "America/New_York",
        ),
    ] {
        let report = world.import(file, request).await?;
        for (id, at) in [("a", a), ("b", b), ("c", "2025-01-31T10:00:00Z"), ("d", d)] {
            assert_eq!(field_of(&world, id, "created_at").await?, at, "{id} in {zone}");
        }
        let note = format!("2 times without a zone read in {zone}; --time-zone sets another");
        assert!(report.notes.contains(&note), "{:?}", report.notes);
    }
    Ok(())
}

async fn session_minutes_are_hundredths(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "A")]).await?;
    let file = "account,metric_date,session_minutes\na,2026-02-01,12.3450\n";
    world.import_of(&METRIC, file, skip()).await?;
    let metric = the_only(&world, &METRIC).await?;
    assert_eq!(metric.integer("session_minutes"), Some(1_234), "a measurement, half to even");
    let values = given(&[("account", "a"), ("metric_date", "2026-02-01"), ("session_minutes", "7.5")]);
    assert_eq!(ops::entries::put(&world, &METRIC, &values, false).await?.record.integer("session_minutes"), Some(750));
    // What the migration makes of rows that were there, in the table and in the images of an undo.
    let rows = |sql: &str| fastenr_tests::world::query::<(i64,)>(&world.db, sql.to_owned());
    let before: Vec<(i64,)> = rows("select session_minutes from health_metrics").await?;
    let images: Vec<(i64,)> = rows("select session_minutes from health_metrics_before").await?;
    let text = match backend.kind {
        fastenr_tests::harness::Kind::Sqlite => include_str!("../../../migrations/sqlite/0011_session_minutes.sql"),
        fastenr_tests::harness::Kind::Postgres => {
            include_str!("../../../migrations/postgres/0011_session_minutes.sql")
        }
    };
    for statement in text.lines().filter(|line| line.starts_with("update")) {
        fastenr_tests::world::execute(&world.db, statement.trim_end_matches(';')).await?;
    }
    let hundred = |rows: Vec<(i64,)>| rows.into_iter().map(|(n,)| (n * 100,)).collect::<Vec<_>>();
    assert_eq!(rows("select session_minutes from health_metrics").await?, hundred(before));
    assert_eq!((rows("select session_minutes from health_metrics_before").await?, images.len()), (hundred(images), 1));
    Ok(())
}

async fn tags_of_any_list(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (cell, tags) in [
        ("vip|emea", "emea, vip"),
        ("a | b; c", "a, b, c"),
        ("\"a,b|c\"", "a, b, c"),
        ("[beta]", "[\"[beta]\"]"),
        ("\"{vip,emea}\"", "emea, vip"),
        ("\"{\"\"x y\"\",emea}\"", "emea, x y"),
        ("\"['vip', 'emea']\"", "emea, vip"),
        ("vip，emea；東京、大阪", "emea, vip, 大阪, 東京"),
        ("vip • emea", "emea, vip"),
        ("\"vip\nemea\"", "emea, vip"),
    ] {
        world.import(&format!("external_id,name,tags\na,A,{cell}\n"), skip()).await?;
        assert_eq!(field_of(&world, "a", "tags").await?, tags, "{cell}");
    }
    // A pipe within a tag, which JSON can say, comes back from an export.
    world.import("external_id,name,tags\na,A,\"[\"\"x|y\"\",\"\"z\"\"]\"\n", skip()).await?;
    let text = field_of(&world, "a", "tags").await?;
    assert_eq!(text, r#"["x|y","z"]"#);
    let again = format!("external_id,tags\na,\"{}\"\n", text.replace('"', "\"\""));
    assert_eq!(world.import(&again, skip()).await?.ledger.unchanged, 1);
    Ok(())
}

/// They are refused whatever is said of the order; days that are merely far away are imported with a warning.
async fn years_of_other_calendars(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (cell, format) in
        [("31/01/2567", None), ("31/01/2567", Some("dmy")), ("1403-05-12", None), ("1403/05/12", Some("ymd"))]
    {
        let request = Request { date_format: format.map(str::parse).transpose()?, ..skip() };
        let report =
            world.import(&format!("external_id,name,contract_end\na,A,{cell}\nb,B,2026-01-31\n"), request).await?;
        assert_eq!(codes(&report), [("date_calendar", vec![1])], "{cell}");
    }
    let file = "external_id,name,contract_start,contract_end\nc,C,1899-12-30,2026-01-31\nd,D,1900-01-01,2206-01-31\n";
    let report = world.import(file, skip()).await?;
    assert_eq!(report.ledger.created, 2);
    assert_eq!(
        report.warnings,
        [
            "1 date in \"contract_end\" is before 1970 or more than 50 years ahead, such as 2206-01-31 (row 2): imported as written",
            "2 dates in \"contract_start\" are before 1970 or more than 50 years ahead, such as 1899-12-30 (row 1): imported as written",
        ]
    );
    Ok(())
}

/// A column that is called currency is one, whatever its words.
async fn words_for_currencies(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for words in ["Euro,US Dollar", "€ EUR,$ USD", "euros,Taler", "Taler,Taler", "Swiss franc,Swiss franc"] {
        let (one, other) = words.split_once(',').unwrap();
        let file = format!("external_id,name,arr,Currency\na,A,100,{one}\nb,B,200,{other}\n");
        assert_eq!(refused(world.import(&file, skip()).await), "currency_column", "{words}");
        let told = world.import(&file, Request { dry_run: true, ..map("Currency", "") }).await?;
        assert_eq!(told.ledger.created, 2, "{words}");
    }
    let rates = mapped("[fx]\ncolumn = \"Currency\"\nEUR = \"2\"");
    world.import("external_id,name,arr,Currency\na,A,100,Euro\nb,B,200,US dollars\n", rates).await?;
    assert_eq!(world.get("a").await?.arr.map(|arr| arr.cents()), Some(20_000));
    assert_eq!(world.get("b").await?.arr.map(|arr| arr.cents()), Some(20_000));
    Ok(())
}

async fn numbers_that_lost_their_digits(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import("external_id,name\na,A\n", skip()).await?;
    for (id, code) in [
        ("=00123", "external_id_formula"),
        ("\"1,001\"", "external_id_grouped"),
        ("\"12,345,678\"", "external_id_grouped"),
        ("1\u{202f}001", "external_id_grouped"),
    ] {
        let report = world.import(&format!("external_id,name\n{id},B\n"), skip()).await?;
        assert_eq!(codes(&report), [(code, vec![1])], "{id}");
    }
    let phones = "external_id,account,name,phone\np,a,Jo,4.93012E+11\nq,a,Mia,+49 30 1\n";
    let report = world.import_of(&CONTACT, phones, skip()).await?;
    assert_eq!(codes(&report), [("digits_lost", vec![1])]);
    Ok(())
}
