//! Operations: the list is the API's, an undo is seen before it is done.

use anyhow::{Context as _, Result, ensure};
use fastenr_core::import::request::Request;
use fastenr_core::model::operation::Ledger;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, everything, world};

use super::browser::Browser;
use crate::api::Api;
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/operations_say_what_the_api_says", say_what_the_api_says);
    tests.both("http/pages/an_undo_is_seen_before_it_is_done", seen_before_it_is_done);
    tests.both("http/pages/what_is_not_undone_says_why", says_why);
    tests.both("http/pages/an_undo_needs_what_it_changes", needs_what_it_changes);
}

const PATH: &str = "/dashboard/operations";
const NONE: [(&str, &str); 0] = [];

async fn say_what_the_api_says(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    world.import("external_id,name,arr\nI-1,One,1\nI-2,Two,x\n", Request::default()).await?;
    let (browser, api) = (Browser::signed_in(&world, "*").await?, Api::open(&world));
    for query in ["", "?kind=accounts.*", "?by=admin@fastenr.local&since=1d", "?limit=3", "?kind=goals.delete"] {
        let (page, listed) = (
            browser.visit(format!("{PATH}{query}")).await?.ok(200),
            api.get(format!("/api/operations{query}")).await?.ok(200).json,
        );
        let listed = listed["data"].as_array().context("a list")?.clone();
        let hrefs = page.attributes("tbody th a", "href");
        let ids: Vec<String> =
            listed.iter().map(|one| format!("{PATH}/{}", one["id"].as_str().unwrap_or_default())).collect();
        assert_eq!(hrefs, ids, "{query}");
        for (row, one) in page.texts("tbody tr").iter().zip(&listed) {
            for told in [&one["summary"], &one["status"]] {
                ensure!(row.contains(told.as_str().unwrap_or_default()), "{row}: {one}");
            }
            let file = one["source_name"].as_str().map(|name| name.chars().take(20).collect::<String>());
            ensure!(file.is_none_or(|file| row.contains(&file)), "{row}: {one}");
        }
        ensure!(!listed.is_empty() || page.words().contains("No operations match"), "{query}: {}", page.words());
        let block = browser.block(&format!("{PATH}{query}"), "rows").await?.ok(200);
        assert_eq!(block.attributes("tbody th a", "href"), ids, "{query}");
    }
    ensure!(browser.get(format!("{PATH}?limit=3")).await?.ok(200).words().contains("Next"), "no next page");
    let failed = browser.get(PATH).await?.ok(200).attributes("tbody th a", "href").remove(0);
    let page = browser.get(&failed).await?.ok(200);
    ensure!(page.words().contains("failed") && page.words().contains("1 row is bad"), "{}", page.words());
    ensure!(!page.attributes("main a", "href").contains(&format!("{failed}/undo")), "{}", page.words());
    browser.get(format!("{PATH}/00000000-0000-0000-0000-000000000000")).await?.ok(404);
    Ok(())
}

/// Two accounts are overwritten and one is created; one of them is changed by somebody else afterwards.
async fn imported(world: &World) -> Result<String> {
    world.import("external_id,name,arr\nA-1,Acme,1000\nA-2,Beta,2000\n", Request::default()).await?;
    let file = "external_id,name,arr\nA-1,Acme,1100\nA-2,Beta,2200\nA-3,Gamma,3300\n";
    let report = world.import(file, Request::default()).await?;
    let sam = world.user("sam@example.com", "Sam").await?;
    world.acting_as(&sam).update("A-2", &[("arr", "9999")]).await?;
    Ok(report.operation.context("an operation")?.to_string())
}

async fn arr(world: &World, name: &str) -> Result<String> {
    Ok(world.get(name).await?.arr.map(|arr| arr.to_string()).unwrap_or_default())
}

async fn seen_before_it_is_done(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let operation = imported(&world).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let (one, undo) = (format!("{PATH}/{operation}"), format!("{PATH}/{operation}/undo"));
    let page = browser.get(&one).await?.ok(200);
    assert_eq!(page.texts(".ledger dt"), ["Rows", "Created", "Updated"], "{}", page.words());
    ensure!(page.attributes("main a", "href").contains(&undo), "{}", page.words());
    let before = everything(&world.db, &world.scope()).await?;
    let page = browser.get(&undo).await?.ok(200);
    assert_eq!(
        page.texts("main table:not(#left table) tbody tr").first().map(String::as_str),
        Some("accounts 1 1 0 1"),
        "{}",
        page.words()
    );
    let left = page.texts("#left tbody tr");
    ensure!(
        left.len() == 1
            && ["Beta", "ARR", "2000", "2200", "9999", "updated account by sam@example.com"]
                .iter()
                .all(|told| left[0].contains(told)),
        "{left:?}"
    );
    let forced = browser.get(format!("{undo}?force=true")).await?.ok(200);
    assert_eq!(
        forced.texts("main tbody tr").first().map(String::as_str),
        Some("accounts 2 1 0 0"),
        "{}",
        forced.words()
    );
    ensure!(forced.form(&undo)?.contains(&("force".to_owned(), "true".to_owned())), "{}", forced.words());
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    // Done as it was seen.
    let done = browser.post(&undo, &page.form(&undo)?).await?.ok(303);
    ensure!(done.location().starts_with(&format!("{one}?done=")), "{}", done.location());
    let page = browser.get(done.location()).await?.ok(200);
    ensure!(page.words().contains("Undone.") && page.words().contains("It was undone by"), "{}", page.words());
    assert_eq!((arr(&world, "A-1").await?, arr(&world, "A-2").await?), ("1000.00".to_owned(), "9999.00".to_owned()));
    assert!(ops::accounts::get(&world, "A-3").await.is_err());
    let latest = world.operations().await?.remove(0);
    let ledger: Ledger = serde_json::from_str(latest.ledger.as_deref().unwrap_or_default())?;
    assert_eq!((ledger.updated, ledger.deleted, ledger.skipped), (1, 2, 1));
    // What was left can still be overwritten; the undo is an operation of its own, and is undone in the same way.
    let again = browser.get(&undo).await?.ok(200);
    ensure!(again.words().contains("Overwrite later changes, too"), "{}", again.words());
    let forced = browser.get(format!("{undo}?force=true")).await?.ok(200);
    browser.post(&undo, &forced.form(&undo)?).await?.ok(303);
    assert_eq!(arr(&world, "A-2").await?, "2000.00");
    let back = format!("{PATH}/{}/undo", latest.id);
    let page = browser.get(&back).await?.ok(200);
    browser.post(&back, &page.form(&back)?).await?.ok(303);
    assert_eq!(arr(&world, "A-1").await?, "1100.00");
    Ok(())
}

async fn says_why(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    world.account(&[("name", "Short-lived")]).await?;
    let made = world.operations().await?.remove(0).id;
    let undo = format!("{PATH}/{made}/undo");
    browser.post(&undo, &NONE).await?.ok(303);
    // Every operation there is has a preview, or a reason why it has none.
    for operation in world.operations().await? {
        let page = browser.get(format!("{PATH}/{}", operation.id)).await?.ok(200);
        ensure!(page.words().contains(&operation.id.to_string()), "{}", page.words());
        let page = browser.get(format!("{PATH}/{}/undo", operation.id)).await?.ok(200);
        let is_offered = page.form(&format!("{PATH}/{}/undo", operation.id)).is_ok();
        let told = page.texts("main .note, main p.quiet, #left td").concat();
        let is_forced = page.words().contains("Overwrite later changes");
        ensure!(
            !is_forced || told.contains("changed since") || told.contains("later"),
            "{}: {}",
            operation.kind,
            page.words()
        );
        ensure!(is_offered || !told.is_empty(), "{}: {}", operation.kind, page.words());
    }
    let page = browser.get(&undo).await?.ok(200);
    ensure!(page.texts("main .note").concat().contains("undone") && page.form(&undo).is_err(), "{}", page.words());
    // Who asks for it all the same is refused.
    let refused = browser.post(&undo, &NONE).await?.ok(409);
    ensure!(!refused.words().contains("dry_run"), "{}", refused.words());
    browser.get(format!("{PATH}/00000000-0000-0000-0000-000000000000/undo")).await?.ok(404);
    Ok(())
}

async fn needs_what_it_changes(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let operation = imported(&world).await?;
    let undo = format!("{PATH}/{operation}/undo");
    let before = world.accounts().await?;
    let reader = Browser::signed_in(&world, "*:read").await?;
    let page = reader.get(format!("{PATH}/{operation}")).await?.ok(200);
    ensure!(!page.attributes("main a", "href").contains(&undo), "{}", page.words());
    for scopes in ["*:read", "accounts:*", "operations:*", "operations:*,accounts:read,accounts:write"] {
        let browser = Browser::signed_in(&world, scopes).await?;
        browser.get(&undo).await?.ok(403);
        browser.post(&undo, &NONE).await?.ok(403);
    }
    // What others did later is told to those who may read operations and the records.
    let narrow = Browser::signed_in(&world, "operations:write,accounts:*").await?;
    let page = narrow.get(&undo).await?.ok(200);
    ensure!(page.texts("#left tbody tr").is_empty() && !page.text.contains("sam@example.com"), "{}", page.words());
    assert_eq!(world.accounts().await?, before);
    // Of another organization nothing is there.
    let theirs = Browser::signed_in(&world.organization("theirs").await?, "*").await?;
    for path in [format!("{PATH}/{operation}"), undo.clone()] {
        theirs.get(path).await?.ok(404);
    }
    theirs.post(&undo, &NONE).await?.ok(404);
    assert_eq!(world.accounts().await?, before);
    Ok(())
}
