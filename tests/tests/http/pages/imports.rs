//! Import in the browser: a file is uploaded, read, mapped, checked, imported exactly as it was checked, and undone.

use anyhow::{Context as _, Result, ensure};
use axum::http::Method;
use fastenr_core::import::mapping::{Mapping, Origin, fold_value};
use fastenr_core::import::request::{OnError, Request};
use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::operation::Ledger;
use fastenr_core::ops;
use fastenr_http::server::{self, Options, Shutdown};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, everything, given, world};

use super::browser::{Browser, Shown, but, selector};
use crate::guard::{uncounted, with_keys};
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/import_messy", import_messy);
    tests.both("http/pages/an_import_does_what_was_checked_or_nothing", checked_or_nothing);
    tests.both("http/pages/an_import_archives_what_was_checked_or_nothing", archived_or_nothing);
    tests.both("http/pages/uploads_are_of_whoever_sent_them", of_whoever_sent_them);
    tests.both("http/pages/imports_need_what_they_write", need_what_they_write);
    tests.both("http/pages/imports_sent_twice_are_done_once", sent_twice);
    tests.both("http/pages/bad_files_are_told", bad_files);
    tests.both("http/pages/files_are_read_as_they_are_told_to_be", told);
    tests.both("http/pages/a_mapping_is_used_again", mapping_again);
    tests.both("http/pages/imports_of_every_noun", every_noun);
}

const NONE: [(&str, &str); 0] = [];
const PATH: &str = "/dashboard/imports";
const HEADERS: [(&str, &str); 2] =
    [("content-type", "multipart/form-data; boundary=xyz"), ("origin", "http://localhost")];

/// What a browser sends of the form of the first page.
fn form(noun: &str, name: &str, content: &[u8], mapping: &str) -> Vec<u8> {
    let part = |head: &str| format!("--xyz\r\nContent-Disposition: form-data; {head}\r\n\r\n").into_bytes();
    let mut body = part("name=\"noun\"");
    body.extend(noun.bytes());
    body.extend(b"\r\n");
    body.extend(part(&format!("name=\"file\"; filename=\"{}\"", name.replace('"', "%22"))));
    body.extend(content);
    body.extend(b"\r\n");
    body.extend(part("name=\"mapping\"; filename=\"\""));
    body.extend(mapping.bytes());
    body.extend(b"\r\n--xyz--\r\n");
    body
}

async fn send(browser: &Browser, noun: &str, name: &str, content: &[u8]) -> Result<Shown> {
    browser.send(Method::POST, PATH, form(noun, name, content, ""), &HEADERS).await
}

/// Uploads a file of this noun: the path of its pages.
pub(super) async fn upload(browser: &Browser, noun: &str, name: &str, content: impl AsRef<[u8]>) -> Result<String> {
    Ok(send(browser, noun, name, content.as_ref()).await?.ok(303).location())
}

/// Checks the file as it is suggested: the page of the check.
pub(super) async fn check(browser: &Browser, path: &str) -> Result<Shown> {
    checked(browser, path, &[]).await
}

/// Checks the file with these answers in the form of the columns.
async fn checked(browser: &Browser, path: &str, answers: &[(&str, &str)]) -> Result<Shown> {
    let page = browser.get(format!("{path}/map")).await?.ok(200);
    let mut fields = page.form(&format!("{path}/map"))?;
    for (name, value) in answers {
        ensure!(fields.iter().any(|(known, _)| known == name), "no {name} in {fields:?}");
        fields = but(fields, name, value);
    }
    let done = browser.post(&format!("{path}/map"), &but(fields, "go", "check")).await?.ok(303);
    Ok(browser.visit(done.location()).await?.ok(200))
}

/// Imports what the page has checked: the page of the result.
async fn apply(browser: &Browser, path: &str, page: &Shown) -> Result<Shown> {
    let action = format!("{path}/apply");
    let done = browser.post(&action, &page.form(&action)?).await?.ok(303);
    Ok(browser.visit(done.location()).await?.ok(200))
}

/// The counts that a page tells.
fn ledger(page: &Shown) -> Result<Ledger> {
    let (labels, counts) = (page.texts(".ledger dt"), page.texts(".ledger dd"));
    let mut ledger = Ledger::default();
    for (label, count) in labels.iter().zip(&counts) {
        let count = count.replace(',', "").parse()?;
        match label.as_str() {
            "Rows" => ledger.rows = count,
            "Created" => ledger.created = count,
            "Updated" => ledger.updated = count,
            "Unchanged" => ledger.unchanged = count,
            "Skipped" => ledger.skipped = count,
            "Rejected" => ledger.rejected = count,
            "Archived" => ledger.archived = count,
            _ => anyhow::bail!("{label}"),
        }
    }
    ensure!(!labels.is_empty() && ledger.holds(), "{ledger:?}: {}", page.words());
    Ok(ledger)
}

async fn latest(world: &World) -> Result<fastenr_core::model::operation::Operation> {
    world.operations().await?.into_iter().next().context("an operation")
}

/// Answers the form of the columns as a mapping file does.
fn answers(page: &Shown, action: &str, mapping: &Mapping) -> Result<Vec<(String, String)>> {
    let mut fields = page.form(action)?;
    let field_of = |header: &str| {
        mapping.columns.iter().find(|(_, origin)| matches!(origin, Origin::Header(known) if known == header))
    };
    let html = page.html();
    for label in html.select(&selector("label[for]")) {
        let (name, text) = (label.attr("for").unwrap_or_default(), label.text().collect::<String>());
        let answer = match name.split('.').next().unwrap_or_default() {
            "c" => {
                let field =
                    field_of(text.strip_prefix("Field of ").context("a header")?).map(|(field, _)| field.as_str());
                let field = field.unwrap_or_default();
                Some(if field.starts_with("custom.") { "=custom".to_owned() } else { field.to_owned() })
            }
            "v" => {
                let (word, header) =
                    text.strip_suffix(" means").and_then(|text| text.split_once(" in ")).context("a word")?;
                let field = field_of(header).map(|(field, _)| field.as_str()).unwrap_or_default();
                mapping.values.get(field).and_then(|words| words.get(&fold_value(word))).cloned()
            }
            "f" => {
                let told = &mapping.formats[text.strip_prefix("Format of ").context("a header")?];
                told.date.map(|date| date.to_string()).or(told.number.map(|number| number.to_string()))
            }
            "r" => mapping.fx.rates.get(name.trim_start_matches("r.")).map(ToString::to_string),
            "l" => Some("name".to_owned()),
            _ => None,
        };
        if let Some(answer) = answer {
            fields = but(fields, name, &answer);
        }
    }
    Ok(fields)
}

fn example(name: &str) -> Result<Vec<u8>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    std::fs::read(&path).with_context(|| path.display().to_string())
}

/// What the file says of an account.
fn told_of(account: &Account) -> String {
    let fields = ACCOUNT.fields.iter().filter(|field| field.writable() && field.name != "owner");
    fields.map(|field| format!("{}={} ", field.name, field.text(&account.value(field)))).collect()
}

async fn import_messy(backend: &Backend) -> Result<()> {
    let ours = world(backend).await?;
    let theirs = ours.organization("theirs").await?;
    let users = String::from_utf8(example("users.csv")?)?;
    for world in [&ours, &theirs] {
        world.import_users(&users, Request::default()).await?;
    }
    let (browser, messy) = (Browser::signed_in(&ours, "*").await?, example("accounts_messy.csv")?);
    let german = Mapping::parse("german_crm.toml", &String::from_utf8(example("mappings/german_crm.toml")?)?)?;
    let start = browser.get(PATH).await?.ok(200);
    ensure!(
        start.attributes("form.upload select option", "value").contains(&"accounts".to_owned()),
        "{}",
        start.words()
    );
    let path = upload(&browser, "accounts", "accounts_messy.csv", &messy).await?;
    let page = browser.get(&path).await?.ok(200);
    for told in ["windows-1252", "semicolon", "60", "accounts_messy.csv"] {
        ensure!(page.words().contains(told), "{told}: {}", page.words());
    }
    // What its columns are, and then what their words are: the form asks for those of the fields that were chosen.
    let map = format!("{path}/map");
    for _ in 0..2 {
        let page = browser.get(&map).await?.ok(200);
        browser.post(&map, &but(answers(&page, &map, &german)?, "go", "map")).await?.ok(303);
    }
    let page = browser.get(&map).await?.ok(200);
    ensure!(page.words().contains("Schläft") && page.words().contains("“Schläft” (1 row) means"), "{}", page.words());
    // By now it is known which columns have days and numbers.
    let page = browser.get(&path).await?.ok(200);
    for told in ["Jahresumsatz 1.234,56", "Vertragsbeginn dmy"] {
        ensure!(page.words().contains(told), "{told}: {}", browser.get(format!("{path}/mapping.toml")).await?.text);
    }
    let before = everything(&ours.db, &ours.scope()).await?;
    let page = check(&browser, &path).await?;
    assert_eq!(everything(&ours.db, &ours.scope()).await?, before);
    // Three rows are bad: it is said which and why, and how the others are imported.
    ensure!(
        page.words().contains("Nothing can be imported yet") && page.form(&format!("{path}/apply")).is_err(),
        "{}",
        page.words()
    );
    assert_eq!(page.texts("#problems tbody th").len(), 3, "{}", page.words());
    for told in ["Schläft", "-8.000,00", "31/02/2027", "58", "59", "60"] {
        ensure!(page.texts("#problems").concat().contains(told), "{told}: {}", page.words());
    }
    let rejects = browser.get(format!("{path}/rejects.csv")).await?.ok(200);
    ensure!(rejects.header("content-disposition").starts_with("attachment"), "{:?}", rejects.headers);
    assert_eq!(rejects.text.lines().count(), 4, "{}", rejects.text);
    let again = format!("{path}/check");
    let skip = page.attributes(&format!("form[action='{again}'] input[name=on_error]"), "value");
    assert_eq!(skip, ["skip"]);
    browser.post(&again, &[("on_error", "skip")]).await?.ok(303);
    let page = browser.get(&again).await?.ok(200);
    let foretold = ledger(&page)?;
    assert_eq!((foretold.rows, foretold.created, foretold.rejected), (60, 57, 3), "{}", page.words());
    ensure!(
        page.texts("code").contains(&"fastenr accounts import FILE --mapping mapping.toml --on-error skip".to_owned()),
        "{}",
        page.words()
    );
    let toml = browser.get(format!("{path}/mapping.toml")).await?.ok(200);
    ensure!(toml.header("content-disposition").contains("mapping.toml"), "{:?}", toml.headers);
    let page = apply(&browser, &path, &page).await?;
    assert_eq!(ledger(&page)?, foretold);
    let operation = latest(&ours).await?;
    ensure!(page.words().contains("Imported") && page.words().contains(&operation.id.to_string()), "{}", page.words());
    assert_eq!(
        (operation.kind.as_str(), operation.source_name.as_deref()),
        ("accounts.import", Some("accounts_messy.csv"))
    );
    assert_eq!(serde_json::from_str::<Ledger>(operation.ledger.as_deref().unwrap_or_default())?, foretold);
    let imported = ours.accounts().await?;
    assert_eq!(imported.len(), 57);
    assert_eq!(browser.get(format!("{path}/rejects.csv")).await?.ok(200).text, rejects.text);
    // The mapping that was downloaded does the same where there is no browser.
    let request = || -> Result<Request> {
        Ok(Request {
            mapping: Mapping::parse("mapping.toml", &toml.text)?,
            on_error: OnError::Skip,
            ..Request::default()
        })
    };
    let source = fastenr_core::import::source::Source::spool("accounts_messy.csv", messy.as_slice())?;
    let report = ops::import::run(&theirs, &ACCOUNT, source.clone(), request()?, &mut |_| {}).await?;
    assert_eq!(report.ledger, foretold);
    let told = |accounts: &[Account]| accounts.iter().map(told_of).collect::<Vec<_>>();
    assert_eq!(told(&imported), told(&theirs.accounts().await?));
    assert!(imported.iter().any(|account| account.owner.is_some()));
    // Nothing is left to do for it, here or there.
    let page = check(&browser, &path).await?;
    ensure!(
        page.words().contains("Nothing would change") && page.form(&format!("{path}/apply")).is_err(),
        "{}",
        page.words()
    );
    assert_eq!(ledger(&page)?.unchanged, 57);
    let undo = format!("/dashboard/operations/{}/undo", operation.id);
    browser.post(&undo, &[("back", format!("{path}/check"))]).await?.ok(303);
    assert_eq!(ours.accounts().await?.len(), 0);
    Ok(())
}

const BOOK: &str = "external_id,name,arr\nA-1,Acme,1000\nA-2,Beta,2000\nA-3,Gamma,3000\n";

/// A book of three accounts.
async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    world.import(BOOK, Request::default()).await?;
    Ok(world)
}

async fn checked_or_nothing(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let file = "external_id,name,arr\nA-1,Acme,1500\nA-2,Beta,2000\nA-4,Delta,4000\n";
    let path = upload(&browser, "accounts", "book.csv", file).await?;
    let page = check(&browser, &path).await?;
    let foretold = ledger(&page)?;
    assert_eq!((foretold.created, foretold.updated, foretold.unchanged), (1, 1, 1));
    assert_eq!(page.texts("#changes tbody tr"), ["1 open ARR 1000 1500"]);
    // The counts stay what they are: what would be overwritten is another value.
    world.update("A-1", &[("arr", "1200")]).await?;
    let before = world.accounts().await?;
    let refused = apply(&browser, &path, &page).await?;
    ensure!(refused.words().contains("Nothing was imported: data changed since the check"), "{}", refused.words());
    assert_eq!(world.accounts().await?, before);
    assert_eq!(latest(&world).await?.status, "failed");
    // What was checked once is not imported later.
    let action = format!("{path}/apply");
    let stale = browser.post(&action, &page.form(&action)?).await?.ok(409);
    ensure!(stale.attributes("main a", "href").contains(&PATH.to_owned()), "{}", stale.words());
    let again = format!("{path}/check");
    browser.post(&again, &refused.form(&again)?).await?.ok(303);
    let page = browser.get(&again).await?.ok(200);
    assert_eq!(page.texts("#changes tbody tr"), ["1 open ARR 1200 1500"]);
    // Another row is matched: the counts stay, and so does each field that changes.
    world.account(&[("external_id", "A-4"), ("name", "Delta"), ("arr", "4000")]).await?;
    world.update("A-2", &[("external_id", "B-2")]).await?;
    let refused = apply(&browser, &path, &page).await?;
    ensure!(refused.words().contains("Nothing was imported"), "{}", refused.words());
    let page = check(&browser, &path).await?;
    let foretold = ledger(&page)?;
    let page = apply(&browser, &path, &page).await?;
    assert_eq!(ledger(&page)?, foretold);
    assert_eq!(world.get("A-1").await?.arr.map(|arr| arr.to_string()).as_deref(), Some("1500.00"));
    // Its undo is seen first; the page then says so and offers to check once more.
    let undo = format!("/dashboard/operations/{}/undo", latest(&world).await?.id);
    ensure!(page.attributes("main a", "href").contains(&undo), "{}", page.words());
    browser.post(&undo, &browser.get(&undo).await?.ok(200).form(&undo)?).await?.ok(303);
    let page = browser.get(&again).await?.ok(200);
    ensure!(page.words().contains("Undone") && page.form(&again).is_ok(), "{}", page.words());
    assert_eq!(world.get("A-1").await?.arr.map(|arr| arr.to_string()).as_deref(), Some("1200.00"));
    Ok(())
}

async fn archived_or_nothing(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let path = upload(&browser, "accounts", "book.csv", "external_id,name,arr\nA-1,Acme,1000\nA-2,Beta,2000\n").await?;
    let page = checked(&browser, &path, &[("o.missing", "archive")]).await?;
    ensure!(page.words().contains("set “Most records to archive” under Columns"), "{}", page.words());
    let page = checked(&browser, &path, &[("o.missing", "archive"), ("o.max_missing", "50%")]).await?;
    assert_eq!(ledger(&page)?.archived, 1);
    ensure!(
        page.texts("code").iter().any(|code| code.ends_with("--missing archive --max-missing 50%")),
        "{}",
        page.words()
    );
    // Another one is missing by now.
    ops::accounts::set_archived(&world, "A-3", true, None, false).await?;
    world.account(&[("external_id", "A-5"), ("name", "Epsilon")]).await?;
    let refused = apply(&browser, &path, &page).await?;
    ensure!(refused.words().contains("Nothing was imported"), "{}", refused.words());
    assert!(world.get("A-5").await?.archived_at.is_none());
    let again = format!("{path}/check");
    browser.post(&again, &NONE).await?.ok(303);
    let page = browser.get(&again).await?.ok(200);
    apply(&browser, &path, &page).await?;
    assert!(world.get("A-5").await?.archived_at.is_some());
    // Who may not delete is not offered it, and refused.
    let narrow = Browser::signed_in(&world, "accounts:read,accounts:write").await?;
    let path = upload(&narrow, "accounts", "book.csv", BOOK).await?;
    let map = format!("{path}/map");
    let form = narrow.get(&map).await?.ok(200).form(&map)?;
    ensure!(!form.iter().any(|(name, _)| name == "o.missing"), "{form:?}");
    narrow.post(&map, &but(but(form, "o.missing", "archive"), "go", "check")).await?.ok(403);
    Ok(())
}

/// Every page of an upload.
const PAGES: [&str; 5] = ["", "/map", "/mapping.toml", "/check", "/rejects.csv"];
const FORMS: [&str; 5] = ["", "/map", "/check", "/apply", "/remove"];

async fn of_whoever_sent_them(backend: &Backend) -> Result<()> {
    let ours = seed(world(backend).await?, "ours").await?;
    let theirs = seed(ours.organization("theirs").await?, "theirs").await?;
    let sam = ours.user("sam@example.com", "Sam").await?;
    // All on one server.
    let mut browser = Browser::new(with_keys(&ours, uncounted()));
    browser.sign_in(&ours, "*").await?;
    let path = upload(&browser, "accounts", "secret-plans.csv", BOOK).await?;
    let page = check(&browser, &path).await?;
    let form = page.form(&format!("{path}/apply"))?;
    let before = everything(&ours.db, &ours.scope()).await?;
    for other in [&theirs, &ours.acting_as(&sam)] {
        let mut stranger = browser.clone();
        stranger.sign_in(other, "*").await?;
        ensure!(!stranger.get(PATH).await?.ok(200).text.contains("secret-plans"), "listed");
        for rest in PAGES {
            let shown = stranger.get(format!("{path}{rest}")).await?.ok(404);
            ensure!(!shown.text.contains("secret-plans") && !shown.text.contains("Acme"), "{rest}: {}", shown.words());
            ensure!(shown.words().contains("removed an hour after their last use"), "{}", shown.words());
            ensure!(shown.attributes("main a", "href").contains(&PATH.to_owned()), "{}", shown.words());
        }
        for rest in FORMS {
            let shown = stranger.post(&format!("{path}{rest}"), &form).await?;
            ensure!(
                [303, 404].contains(&shown.status) && (rest == "/remove") == (shown.status == 303),
                "{rest}: {}",
                shown.status
            );
        }
    }
    let after = everything(&ours.db, &ours.scope()).await?;
    for (table, lines) in before {
        ensure!(["api_keys", "activities"].contains(&table) || after.get(table) == Some(&lines), "{table} has changed");
    }
    // It is still there, as it was.
    let page = apply(&browser, &path, &page).await?;
    assert_eq!(ledger(&page)?.created, 3);
    browser.post(&format!("{path}/remove"), &NONE).await?.ok(303);
    browser.get(&path).await?.ok(404);
    Ok(())
}

async fn need_what_they_write(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let reader = [("email", "r@example.com"), ("name", "Reader"), ("role", "read")];
    let reader = ops::users::create(&world, &given(&reader), false).await?.record;
    let before = world.accounts().await?;
    for browser in [
        Browser::signed_in(&world, "*:read").await?,
        Browser::signed_in(&world.acting_as(&reader), "*:read").await?,
        Browser::open(&world.acting_as(&reader)),
    ] {
        let page = browser.get(PATH).await?.ok(200);
        ensure!(page.words().contains("Nothing can be imported") && page.form(PATH).is_err(), "{}", page.words());
        ensure!(
            !browser.get("/dashboard/accounts").await?.ok(200).attributes("a", "href").contains(&PATH.to_owned()),
            "linked"
        );
        send(&browser, "accounts", "a.csv", BOOK.as_bytes()).await?.ok(403);
        send(&browser, "users", "a.csv", b"email,name\nx@example.com,X\n").await?.ok(403);
    }
    // A session is offered what it may write, and can't have another noun.
    let mut browser = Browser::new(with_keys(&world, uncounted()));
    browser.sign_in(&world, "accounts:*,goals:read").await?;
    let offered = browser.get(PATH).await?.ok(200).attributes("form.upload option", "value");
    ensure!(offered.contains(&"accounts".to_owned()) && !offered.contains(&"goals".to_owned()), "{offered:?}");
    send(&browser, "goals", "a.csv", b"account,title\nA-1001,X\n").await?.ok(403);
    // Users are a matter of administrators.
    let sam = world.user("sam@example.com", "Sam").await?;
    let plain = Browser::signed_in(&world.acting_as(&sam), "*").await?;
    ensure!(
        !plain.get(PATH).await?.ok(200).attributes("form.upload option", "value").contains(&"users".to_owned()),
        "users"
    );
    send(&plain, "users", "a.csv", b"email,name\nx@example.com,X\n").await?.ok(403);
    // Who may write and not read is told the counts, and no old values.
    let blind = Browser::signed_in(&world, "accounts:write").await?;
    let path = upload(&blind, "accounts", "a.csv", "external_id,name\nA-1001,Another\n").await?;
    let page = check(&blind, &path).await?;
    assert_eq!(ledger(&page)?.updated, 1);
    ensure!(!page.text.contains("ours account"), "{}", page.words());
    // Another session of the same user may do less.
    let path = upload(&browser, "accounts", "a.csv", BOOK).await?;
    let page = check(&browser, &path).await?;
    let form = page.form(&format!("{path}/apply"))?;
    let mut narrow = browser.clone();
    narrow.sign_in(&world, "*:read,goals:*").await?;
    for rest in PAGES {
        narrow.get(format!("{path}{rest}")).await?.ok(403);
    }
    for rest in ["", "/map", "/check", "/apply"] {
        narrow.post(&format!("{path}{rest}"), &form).await?.ok(403);
    }
    // Where somebody else sends the form, nothing is done.
    let foreign = [("content-type", HEADERS[0].1), ("origin", "https://evil.example")];
    browser.send(Method::POST, PATH, form_of_book(), &foreign).await?.ok(403);
    assert_eq!(world.accounts().await?, before);
    apply(&browser, &path, &page).await?;
    assert_eq!(world.accounts().await?.len(), before.len() + 3);
    Ok(())
}

fn form_of_book() -> Vec<u8> {
    form("accounts", "a.csv", BOOK.as_bytes(), "")
}

async fn sent_twice(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let path = upload(&browser, "accounts", "a.csv", BOOK).await?;
    let map = format!("{path}/map");
    let old = browser.get(&map).await?.ok(200).form(&map)?;
    let (check_path, apply_path) = (format!("{path}/check"), format!("{path}/apply"));
    // Together: one is done, and both lead to it.
    let (one, two) = tokio::join!(browser.post(&check_path, &NONE), browser.post(&check_path, &NONE));
    assert_eq!((one?.ok(303).location(), two?.ok(303).location()), (check_path.clone(), check_path.clone()));
    let page = browser.get(&check_path).await?.ok(200);
    let form = page.form(&apply_path)?;
    let (one, two) = tokio::join!(browser.post(&apply_path, &form), browser.post(&apply_path, &form));
    assert_eq!((one?.ok(303).location(), two?.ok(303).location()), (check_path.clone(), check_path.clone()));
    browser.post(&apply_path, &form).await?.ok(303);
    assert_eq!((world.accounts().await?.len(), world.operations().await?.len()), (3, 1));
    // A form of columns that another one has replaced.
    browser.post(&map, &but(old.clone(), "go", "map")).await?.ok(303);
    let stale = browser.post(&map, &but(old, "go", "map")).await?.ok(409);
    ensure!(stale.attributes("main a", "href").contains(&PATH.to_owned()), "{}", stale.words());
    // What was not checked is not imported.
    browser.post(&apply_path, &form).await?.ok(409);
    browser.post(&apply_path, &NONE).await?.ok(409);
    let page = check(&browser, &path).await?;
    ensure!(page.words().contains("Nothing would change"), "{}", page.words());
    browser.post(&apply_path, &NONE).await?.ok(409);
    // Three files at a time; one that was imported makes room.
    for _ in 0..2 {
        upload(&browser, "accounts", "b.csv", BOOK).await?;
    }
    let full = send(&browser, "accounts", "c.csv", BOOK.as_bytes()).await?.ok(409);
    ensure!(
        full.words().contains("You have 3 uploaded files") && full.form(&format!("{path}/remove")).is_ok(),
        "{}",
        full.words()
    );
    browser.post(&format!("{path}/remove"), &NONE).await?.ok(303);
    let other = upload(&browser, "accounts", "c.csv", "external_id,name\nA-9,Iota\n").await?;
    let page = check(&browser, &other).await?;
    apply(&browser, &other, &page).await?;
    upload(&browser, "accounts", "d.csv", BOOK).await?;
    browser.get(&other).await?.ok(404);
    Ok(())
}

async fn bad_files(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let options = Options { import_limit: 200_000, ..Options::default() };
    let routes = fastenr_http::router(with_keys(&world, uncounted()));
    let mut browser = Browser::new(with_keys(&world, uncounted()));
    browser.router = server::app(routes, world.db.clone(), &options, &Shutdown::default());
    browser.sign_in(&world, "*").await?;
    // What can't be taken is told where another file is chosen.
    let shown = send(&browser, "accounts", "", b"").await?.ok(422);
    ensure!(shown.words().contains("No file was chosen") && shown.form(PATH).is_ok(), "{}", shown.words());
    let shown = send(&browser, "nothing", "a.csv", BOOK.as_bytes()).await?.ok(422);
    ensure!(shown.words().contains("Choose what the file has") && shown.form(PATH).is_ok(), "{}", shown.words());
    let large = format!("external_id,name\n{}", "A-1,Acme\n".repeat(30_000));
    let shown = send(&browser, "accounts", "a.csv", large.as_bytes()).await?.ok(413);
    ensure!(shown.words().contains("200000 bytes"), "{}", shown.words());
    let broken = browser.send(Method::POST, PATH, b"--xyz\r\nbroken".to_vec(), &HEADERS).await?.ok(400);
    ensure!(broken.words().contains("before it was whole"), "{}", broken.words());
    browser.post(PATH, &[("noun", "accounts")]).await?.ok(415);
    let mapping = form("accounts", "a.csv", BOOK.as_bytes(), "[columns\n");
    let shown = browser.send(Method::POST, PATH, mapping, &HEADERS).await?.ok(422);
    ensure!(shown.words().contains("mapping"), "{}", shown.words());
    ensure!(browser.get(PATH).await?.ok(200).texts("tbody tr").is_empty(), "something was kept");
    // What can't be read is told on the page that says how it is read.
    let mut binary = vec![0_u8; 3_000];
    binary.iter_mut().enumerate().for_each(|(n, byte)| *byte = u8::try_from(n * 7 % 251).unwrap_or(0));
    let locked = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("files/workbooks/locked.xlsx"))?;
    for (name, content, told) in [
        ("empty.csv", b"".as_slice(), "empty"),
        ("header.csv", b"external_id,name\n", ""),
        ("binary.csv", &binary, ""),
        ("locked.xlsx", &locked, "password"),
        ("fake.xlsx", b"PK\x03\x04 not a workbook", ""),
        ("image.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ""),
        ("unnamed.csv", b"name,\nx,y\n", "column 2"),
        ("twice.csv", b"name,name\nx,y\n", "name"),
    ] {
        let path = upload(&browser, "accounts", name, content).await?;
        let page = browser.visit(&path).await?.ok(200);
        let alert = page.texts("main [role=alert]");
        ensure!(
            name == "header.csv" || (alert.len() == 1 && alert[0].contains(told)),
            "{name}: {alert:?} {}",
            page.words()
        );
        ensure!(page.form(&path).is_ok() && page.form(&format!("{path}/remove")).is_ok(), "{name}");
        // Nothing goes on from there.
        if name != "header.csv" {
            browser.get(format!("{path}/map")).await?.ok(303);
            browser.get(format!("{path}/check")).await?.ok(303);
            browser.post(&format!("{path}/check"), &NONE).await?.ok(303);
            ensure!(
                browser.visit(format!("{path}/check")).await?.ok(200).texts("main [role=alert]").len() == 1,
                "{name}"
            );
        }
        browser.post(&format!("{path}/remove"), &NONE).await?.ok(303);
    }
    assert!(world.accounts().await?.is_empty());
    for nonsense in ["x", "00000000-0000-0000-0000-000000000000"] {
        browser.get(format!("{PATH}/{nonsense}")).await?.ok(404);
        browser.post(&format!("{PATH}/{nonsense}/remove"), &NONE).await?.ok(303);
    }
    Ok(())
}

async fn told(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let read = async |path: &str, name: &str, value: &str| -> Result<Shown> {
        let page = browser.get(path).await?.ok(200);
        browser.post(path, &but(page.form(path)?, name, value)).await
    };
    // Russian names, in an encoding that nobody can be sure of.
    let russian = b"external_id,name\nA-4,\xD1\xE5\xE2\xE5\xF0\n";
    let path = upload(&browser, "accounts", "russian.csv", russian).await?;
    let page = browser.get(&path).await?.ok(200);
    ensure!(page.texts("main [role=alert]").concat().contains("ncoding"), "{}", page.words());
    read(&path, "encoding", "windows-1251").await?.ok(303);
    let page = check(&browser, &path).await?;
    apply(&browser, &path, &page).await?;
    assert_eq!(world.get("A-4").await?.name.to_string(), "Север");
    browser.post(&format!("{path}/remove"), &NONE).await?.ok(303);
    // Quotes that are escaped by a backslash, and those that are not closed.
    let path =
        upload(&browser, "accounts", "quotes.csv", "external_id,name,x\nA-2,Two,\"x\nA-3,Three,y\nA-4,Four,z\"\n")
            .await?;
    let page = browser.get(&path).await?.ok(200);
    ensure!(page.texts("main [role=alert]").concat().contains("quote"), "{}", page.words());
    read(&path, "multiline", "true").await?.ok(303);
    assert_eq!(ledger(&checked(&browser, &path, &[("c.2", "")]).await?)?.rows, 1);
    let wrong = read(&path, "skip_lines", "many").await?.ok(422);
    ensure!(
        wrong.texts("main [role=alert]").len() == 1 && wrong.attributes("#skip_lines", "value") == ["many"],
        "{:?} {:?}",
        wrong.texts("main [role=alert]"),
        wrong.attributes("#skip_lines", "value")
    );
    browser.post(&format!("{path}/remove"), &NONE).await?.ok(303);
    // A sheet of a workbook.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("files/workbooks");
    let path = upload(&browser, "accounts", "sheets.xlsx", std::fs::read(folder.join("sheets.xlsx"))?).await?;
    ensure!(browser.get(&path).await?.ok(200).texts("main [role=alert]").concat().contains("sheet"), "no question");
    read(&path, "sheet", "Accounts").await?.ok(303);
    let page = check(&browser, &path).await?;
    assert_eq!(ledger(&page)?.created, 1);
    browser.post(&format!("{path}/remove"), &NONE).await?.ok(303);
    // Titles above the header, found and told.
    let titles = "Accounts of March\n\nexternal_id;name;arr\nA-7;Eta;1.500,50\nA-8;Theta;2.000,00\n";
    let path = upload(&browser, "accounts", "titles.csv", titles).await?;
    let page = browser.get(&path).await?.ok(200);
    ensure!(page.words().contains("Line of the header 3"), "{}", page.words());
    let page = check(&browser, &path).await?;
    apply(&browser, &path, &page).await?;
    assert_eq!(world.get("A-7").await?.arr.map(|arr| arr.to_string()).as_deref(), Some("1500.50"));
    // Days that can be read in two ways are asked about.
    let days = "external_id,name,contract_end\nA-7,Eta,01/02/2027\nA-8,Theta,03/04/2027\n";
    let path = upload(&browser, "accounts", "days.csv", days).await?;
    let map = format!("{path}/map");
    let page = browser.get(&map).await?.ok(200);
    ensure!(page.form(&map)?.iter().any(|(name, _)| name == "f.2"), "{}", page.words());
    let page = check(&browser, &path).await?;
    ensure!(page.form(&format!("{path}/apply")).is_err() && page.words().contains("contract_end"), "{}", page.words());
    let page = checked(&browser, &path, &[("f.2", "mdy")]).await?;
    apply(&browser, &path, &page).await?;
    assert_eq!(world.get("A-8").await?.contract_end.map(|day| day.to_string()).as_deref(), Some("2027-03-04"));
    Ok(())
}

async fn mapping_again(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let file = "Nr,Firma,Stufe,Notiz\n1001,Acme,Gold,x\n1002,Beta,Silber,y\n";
    let path = upload(&browser, "accounts", "march.csv", file).await?;
    let map = format!("{path}/map");
    let chosen = [("c.0", "external_id"), ("c.1", "name"), ("c.2", "status"), ("c.3", "=custom")];
    checked(&browser, &path, &chosen).await?;
    let answers = [("v.2.0", "active"), ("v.2.1", "at_risk"), ("o.mode", "create")];
    let page = checked(&browser, &path, &answers).await?;
    assert_eq!(ledger(&page)?.created, 2, "{}", page.words());
    apply(&browser, &path, &page).await?;
    assert_eq!(world.get("1002").await?.status.to_string(), "at_risk");
    // Saved and downloaded at once.
    let form = browser.get(&map).await?.ok(200).form(&map)?;
    let done = browser.post(&map, &but(form, "go", "file")).await?.ok(303);
    let toml = browser.get(done.location()).await?.ok(200).text;
    let next = form_with("accounts", "april.csv", "Nr,Firma,Stufe,Notiz\n1003,Gamma,Silber,z\n", &toml);
    let path = browser.send(Method::POST, PATH, next, &HEADERS).await?.ok(303).location();
    let page = check(&browser, &path).await?;
    apply(&browser, &path, &page).await?;
    let made = world.get("1003").await?;
    assert_eq!((made.name.to_string(), made.status.to_string()), ("Gamma".to_owned(), "at_risk".to_owned()));
    // Of another file it is said that its columns are not there.
    let other = form_with("accounts", "other.csv", "id,title\n1,x\n", &toml);
    let path = browser.send(Method::POST, PATH, other, &HEADERS).await?.ok(303).location();
    let page = browser.get(&path).await?.ok(200);
    ensure!(page.texts("main [role=alert]").concat().contains("has no column"), "{}", page.words());
    Ok(())
}

fn form_with(noun: &str, name: &str, content: &str, mapping: &str) -> Vec<u8> {
    form(noun, name, content.as_bytes(), mapping)
}

/// One row of each noun that can be imported.
async fn every_noun(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let offered = browser.get(PATH).await?.ok(200).attributes("form.upload option", "value");
    for noun in &offered {
        let file = match noun.as_str() {
            "accounts" => "external_id,name\nA-7,Other\n",
            "contacts" => "account,name,email\nA-1001,Jo,jo@ours.example\n",
            "engagements" => {
                "external_id,account,type,title,completed_at\nE-7,A-1001,call,Other,2026-02-01T10:00:00Z\n"
            }
            "goals" => "external_id,account,title\nX-7,A-1001,Other\n",
            "tasks" => "external_id,account,title\nX-7,A-1001,Other\n",
            "metrics" => "account,metric_date,csat\nA-1001,2026-02-01,80\n",
            "team" => "account,user,role\nA-1001,other@example.com,executive_sponsor\n",
            "users" => "email,name\nother@example.com,Other\n",
            "arr" => "account,effective_on,new_arr,kind\nA-1001,2025-01-01,6000,new\n",
            "changes" => "account,field,effective_on,old,new\nA-1001,auto_renew,2025-01-01,true,\n",
            other => anyhow::bail!("{other}: no file"),
        };
        let path = upload(&browser, noun, &format!("{noun}.csv"), file).await?;
        let page = browser.get(&path).await?.ok(200);
        ensure!(page.texts("main [role=alert]").is_empty(), "{noun}: {:?}", page.texts("[role=alert]"));
        let page = check(&browser, &path).await?;
        let foretold = ledger(&page).with_context(|| format!("{noun}: {}", page.words()))?;
        // The account's past is there already, and may not be contradicted.
        assert_eq!(foretold.created, u64::from(noun != "arr"), "{noun}: {}", page.words());
        if foretold.created > 0 {
            let page = apply(&browser, &path, &page).await?;
            assert_eq!(ledger(&page)?, foretold, "{noun}");
        }
        browser.post(&format!("{path}/remove"), &NONE).await?.ok(303);
    }
    ensure!(offered.len() >= 8, "{offered:?}");
    // A calendar has no columns.
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260201T100000Z\r\nDTSTART:20260201T100000Z\r\nSUMMARY:Review\r\nATTENDEE:mailto:jo@ours.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let path = upload(&browser, "engagements", "cal.ics", calendar).await?;
    let page = browser.get(&path).await?.ok(200);
    browser.post(&format!("{path}/check"), &page.form(&format!("{path}/check"))?).await?.ok(303);
    browser.get(format!("{path}/check")).await?.ok(200);
    browser.get(format!("{path}/map")).await?.ok(303);
    Ok(())
}
