//! Many records at once: the preview says what the API says, and exactly that is done, or nothing.

use anyhow::{Context as _, Result, ensure};
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, everything, world};
use serde_json::json;

use super::browser::{Browser, Shown, but};
use crate::api::Api;
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/many_are_changed_as_previewed", as_previewed);
    tests.both("http/pages/what_changed_since_the_preview", changed_since);
    tests.both("http/pages/many_of_every_noun", every_noun);
    tests.both("http/pages/many_need_what_one_needs", needs);
    tests.both("http/pages/mistakes_in_a_change_of_many", mistakes);
}

const PATH: &str = "/dashboard/bulk/accounts";
/// What a refused form leaves behind, and when a session was used.
const JOURNAL: [&str; 3] = ["operations", "idempotency_keys", "api_keys"];

const APPLY: &str = "/dashboard/bulk/accounts/apply";

async fn book(world: World) -> Result<World> {
    let world = seed(world, "ours").await?;
    for n in 0..12 {
        let (name, status) = (format!("Child {n:02}"), if n < 8 { "at_risk" } else { "active" });
        let stage = if n < 2 { "likely" } else { "" };
        world.account(&[("name", &name), ("external_id", &name), ("status", status), ("renewal_stage", stage)]).await?;
    }
    Ok(world)
}

/// The form of an action.
fn form(shown: &Shown, path: &str, action: &str) -> Result<Vec<(String, String)>> {
    let is = |fields: &Vec<(String, String)>| fields.iter().any(|(name, value)| name == "action" && value == action);
    shown.forms(path).into_iter().find(is).with_context(|| format!("no form for {action}: {}", shown.words()))
}

/// What would change, as the page shows it.
async fn preview(browser: &Browser, address: &str, action: &str, values: &[(&str, &str)]) -> Result<Shown> {
    let path = address.split('?').next().unwrap_or_default();
    let mut fields = form(&browser.visit(address).await?.ok(200), path, action)?;
    for (name, value) in values {
        fields = but(fields, name, value);
    }
    browser.post(path, &fields).await
}

async fn as_previewed(backend: &Backend) -> Result<()> {
    let world = book(world(backend).await?).await?;
    let (browser, api) = (Browser::signed_in(&world, "*").await?, Api::open(&world));
    let list = browser.get("/dashboard/accounts?status=at_risk&sort=name:asc").await?.ok(200);
    let ids = list.attributes("tbody .pick-row[form=bulk][name=ids]", "value");
    assert_eq!(ids.len(), 8);
    let all = list.attributes("#bulk a", "href").remove(0);
    assert_eq!(all, format!("{PATH}?status=at_risk"));
    ensure!(list.texts("#bulk a")[0].contains("8 accounts"), "{:?}", list.texts("#bulk a"));
    let before = everything(&world.db, &world.scope()).await?;
    // As the API foretells it.
    let shown = preview(&browser, &all, "update", &[("renewal_stage", "likely")]).await?.ok(200);
    let body = json!({"action": "update", "set": {"renewal_stage": "likely"}, "filter": {"status": ["at_risk"]}});
    let told = api.post("/api/bulk/accounts?dry_run=true", body).await?.ok(200).json;
    let changes = told["changes"].as_array().context("changes")?;
    assert_eq!((changes.len(), &told["changed"], &told["unchanged"]), (6, &json!(6), &json!(2)));
    let rows = shown.texts("#changes tbody tr");
    for (row, change) in rows.iter().zip(changes) {
        assert_eq!(row, &format!("{} Renewal stage – likely", change["name"].as_str().unwrap_or_default()));
    }
    assert_eq!(rows.len(), 6);
    assert_eq!(shown.texts(".ledger dd"), ["8", "6"]);
    ensure!(shown.words().contains("2 accounts already have these values"), "{}", shown.words());
    assert_eq!(everything(&world.db, &world.scope()).await?, before, "a preview writes nothing");
    // Some of them, as ticked rows are sent.
    let sent = browser.get(format!("{PATH}?ids={}&ids={}&ids={}", ids[0], ids[3], ids[4])).await?.ok(303);
    assert_eq!(sent.location(), format!("{PATH}?ids={},{},{}", ids[0], ids[3], ids[4]));
    let shown = preview(&browser, &sent.location(), "update", &[("renewal_stage", "likely")]).await?.ok(200);
    assert_eq!(shown.texts(".ledger dd"), ["3", "2"]);
    ensure!(shown.words().contains("3 selected accounts"), "{}", shown.words());
    // Back to what was typed.
    let fields = shown.form(APPLY)?;
    let back = browser.post(PATH, &but(fields.clone(), "step", "edit")).await?.ok(200);
    let typed = form(&back, PATH, "update")?;
    ensure!(typed.contains(&("renewal_stage".to_owned(), "likely".to_owned())), "{typed:?}");
    let done = browser.post(APPLY, &fields).await?.ok(303);
    let stages = async || -> Result<usize> {
        let accounts = world.accounts().await?;
        Ok(accounts.iter().filter(|account| account.renewal_stage.is_some()).count())
    };
    assert_eq!(stages().await?, 4);
    let operation = browser.get(done.location()).await?.ok(200);
    ensure!(operation.words().contains("Updated 2"), "{}", operation.words());
    // A form that is sent twice is processed once.
    let count = world.operations().await?.len();
    let again = browser.post(APPLY, &fields).await?;
    ensure!(again.status == 303, "{}", again.words());
    assert_eq!(world.operations().await?.len(), count);
    // And it is undone.
    let undo = format!("{}/undo", done.location());
    ensure!(operation.attributes("main a", "href").contains(&undo), "{}", operation.words());
    let fields = browser.get(&undo).await?.ok(200).form(&undo)?;
    browser.post(&undo, &fields).await?.ok(303);
    assert_eq!(stages().await?, 2);
    Ok(())
}

async fn changed_since(backend: &Backend) -> Result<()> {
    let world = book(world(backend).await?).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let shown = preview(&browser, &format!("{PATH}?status=at_risk"), "tag", &[("add", "spring, late")]).await?.ok(200);
    assert_eq!(shown.texts("#changes tbody tr").len(), 8);
    world.update("Child 11", &[("status", "at_risk")]).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let refused = browser.post(APPLY, &shown.form(APPLY)?).await?.ok(409);
    ensure!(refused.words().contains("Nothing was changed"), "{}", refused.words());
    assert_eq!(refused.texts("#changes tbody tr").len(), 9);
    let after = everything(&world.db, &world.scope()).await?;
    // The failed attempt is in the journal.
    for (table, rows) in before.iter().filter(|(table, _)| !JOURNAL.contains(table)) {
        ensure!(after.get(table) == Some(rows), "{table}");
    }
    let done = browser.post(APPLY, &refused.form(APPLY)?).await?.ok(303);
    let page = browser.get(done.location()).await?.ok(200);
    ensure!(page.words().contains("Bulk-tagged accounts"), "{}", page.words());
    assert_eq!(browser.get("/dashboard/accounts?tag=spring,late").await?.ok(200).texts("tbody tr").len(), 9);
    // A preview that nobody was shown.
    let mut forged = shown.form(APPLY)?;
    forged.retain(|(name, _)| name != "idempotency_key");
    browser.post(APPLY, &but(forged.clone(), "preview", "0123")).await?.ok(409);
    forged.retain(|(name, _)| name != "preview");
    browser.post(APPLY, &forged).await?.ok(422);
    Ok(())
}

async fn every_noun(backend: &Backend) -> Result<()> {
    let world = book(world(backend).await?).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    for (noun, list, set) in [
        ("goals", "/dashboard/goals", ("unit", "seats")),
        ("engagements", "/dashboard/engagements", ("outcome", "positive")),
        ("tasks", "/dashboard/tasks?view=all", ("due", "2026-07-01")),
        ("accounts", "/dashboard/accounts?status=at_risk", ("industry", "Food")),
    ] {
        let page = browser.get(list).await?.ok(200);
        let ids = page.attributes(".pick-row", "value");
        ensure!(!ids.is_empty(), "{noun}: {}", page.words());
        let path = format!("/dashboard/bulk/{noun}");
        let apply = format!("{path}/apply");
        let away = if noun == "accounts" { "archive" } else { "delete" };
        for (action, values) in [("update", vec![set]), (away, vec![])] {
            let address = format!("{path}?ids={}", ids[0]);
            let shown = preview(&browser, &address, action, &values).await?.ok(200);
            assert_eq!(shown.texts(".ledger dd"), ["1", "1"], "{noun} {action}");
            assert_eq!(shown.texts("#changes tbody tr").len(), 1, "{noun} {action}: {}", shown.words());
            let done = browser.post(&apply, &shown.form(&apply)?).await?.ok(303);
            let operation = browser.get(done.location()).await?.ok(200);
            ensure!(operation.words().contains(noun), "{noun} {action}: {}", operation.words());
            let rows = browser.get(list).await?.ok(200).attributes(".pick-row", "value");
            assert_eq!(rows.contains(&ids[0]), action == "update", "{noun} {action}");
        }
        // What all that match leads to, also where nothing is filtered.
        let all = page.attributes("#bulk a", "href").remove(0);
        browser.get(&all).await?.ok(200);
    }
    // The archived one comes back; of archived accounts nothing else is offered.
    let archived = browser.get("/dashboard/accounts?archived=true").await?.ok(200);
    assert_eq!(archived.attributes("#bulk input[type=hidden]", "name"), ["archived"]);
    let id = archived.attributes("tbody .pick-row", "value").remove(0);
    let address = format!("{PATH}?archived=true&ids={id}");
    let page = browser.get(&address).await?.ok(200);
    ensure!(form(&page, PATH, "update").is_err() && form(&page, PATH, "archive").is_err(), "{}", page.words());
    let shown = preview(&browser, &address, "restore", &[]).await?.ok(200);
    browser.post(APPLY, &shown.form(APPLY)?).await?.ok(303);
    ensure!(
        browser.get("/dashboard/accounts?archived=true").await?.ok(200).attributes(".pick-row", "value").is_empty()
    );
    // Their records rest with them.
    let tasks = browser.get("/dashboard/tasks?archived=true").await?.ok(200);
    ensure!(tasks.attributes("#bulk", "action").is_empty());
    Ok(())
}

async fn needs(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let theirs = seed(world.organization("theirs").await?, "theirs").await?;
    let world = book(world).await?;
    let ours = world.get("Child 01").await?.id;
    let reader = Browser::signed_in(&world, "*:read").await?;
    for list in ["accounts", "goals", "engagements", "tasks?view=all"] {
        let page = reader.get(format!("/dashboard/{list}")).await?.ok(200);
        ensure!(page.attributes("#bulk, .pick-row, .pick-all", "class").is_empty(), "{list}: {}", page.words());
    }
    let before = world.accounts().await?;
    let update = [("action", "update"), ("ids", &ours.to_string()), ("industry", "Food"), ("preview", "x")];
    for scopes in ["*:read", "accounts:write", "goals:*"] {
        let browser = Browser::signed_in(&world, scopes).await?;
        browser.get(format!("{PATH}?all=true")).await?.ok(403);
        browser.post(PATH, &update).await?.ok(403);
        browser.post(APPLY, &update).await?.ok(403);
    }
    // Without the right to delete nothing is taken away.
    let writer = Browser::signed_in(&world, "accounts:read,accounts:write").await?;
    let page = writer.get(format!("{PATH}?status=at_risk")).await?.ok(200);
    ensure!(form(&page, PATH, "archive").is_err(), "{}", page.words());
    let archive = [("action", "archive"), ("filter.status", "at_risk"), ("preview", "x")];
    writer.post(PATH, &archive).await?.ok(403);
    writer.post(APPLY, &archive).await?.ok(403);
    // Who may not read operations comes back to the list.
    let shown = preview(&writer, &format!("{PATH}?ids={ours}"), "update", &[("industry", "Food")]).await?.ok(200);
    let done = writer.post(APPLY, &shown.form(APPLY)?).await?.ok(303);
    ensure!(done.location().starts_with("/dashboard/accounts?done="), "{}", done.location());
    assert_eq!(world.get("Child 01").await?.industry.as_deref(), Some("Food"));
    // Ids of another organization are ids of nothing.
    let browser = Browser::signed_in(&world, "*").await?;
    let foreign = theirs.accounts().await?[0].id;
    for ids in [foreign.to_string(), format!("{foreign},{ours}")] {
        let refused = preview(&browser, &format!("{PATH}?ids={ids}"), "update", &[("industry", "Gone")]).await?.ok(404);
        ensure!(
            refused.words().contains("Select again in the list") && !refused.text.contains("theirs"),
            "{}",
            refused.words()
        );
    }
    let segment = ops::segments::create(&theirs, "Theirs", &[("status".into(), "active".into())], false).await?;
    browser.get(format!("{PATH}?segment={}", segment.record.name)).await?.ok(404);
    assert_eq!(world.accounts().await?.len(), before.len());
    ensure!(theirs.accounts().await?.iter().all(|account| account.industry.as_deref() != Some("Gone")));
    Ok(())
}

async fn mistakes(backend: &Backend) -> Result<()> {
    let world = book(world(backend).await?).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let before = everything(&world.db, &world.scope()).await?;
    let at_risk = format!("{PATH}?status=at_risk");
    let no_values: &[(&str, &str)] = &[];
    for (action, values, told) in [
        ("update", no_values, "Give at least one field a value"),
        ("update", &[("arr", "many"), ("contract_end", "soon")], "Renewal date"),
        ("update", &[("owner", "nobody@example.com")], "nobody@example.com"),
        ("update", &[("industry", "Food"), ("clear", "industry")], "not both"),
        ("update", &[("clear", "status")], "status"),
        ("update", &[("industry", "Food"), ("max_affected", "few")], "whole number"),
        ("tag", &[("add", " ")], "Type a tag"),
        ("tag", &[("add", "x"), ("remove", "x")], "added and removed"),
        ("update", &[("parent", "Child 01")], "a circle"),
    ] {
        let shown = preview(&browser, &at_risk, action, values).await?;
        ensure!([409, 422].contains(&shown.status), "{values:?}: {} {}", shown.status, shown.words());
        let alert = shown.texts("[role=alert]").concat();
        ensure!(alert.contains("Nothing was changed") && alert.contains(told), "{values:?}: {alert}");
        // What was typed is still there.
        let typed = form(&shown, PATH, action)?;
        for (name, value) in values.iter().filter(|(name, _)| !["clear", "owner"].contains(name)) {
            ensure!(typed.contains(&((*name).to_owned(), value.trim().to_owned())), "{name}: {typed:?}");
        }
    }
    // The guard speaks its own words, and offers no button.
    let shown = preview(&browser, &at_risk, "update", &[("industry", "Food"), ("max_affected", "7")]).await?.ok(200);
    let alert = shown.texts("[role=alert]").concat();
    ensure!(alert.contains("8 accounts match, 8 would change, more than the maximum of 7"), "{alert}");
    ensure!(!shown.form(APPLY)?.iter().any(|(name, _)| name == "preview"), "{}", shown.words());
    let forced = but(shown.form(APPLY)?, "preview", "x");
    browser.post(APPLY, &forced).await?.ok(409);
    // Nothing would change.
    let shown = preview(&browser, &at_risk, "update", &[("status", "at_risk")]).await?.ok(200);
    ensure!(shown.words().contains("8 accounts already have these values"), "{}", shown.words());
    ensure!(!shown.form(APPLY)?.iter().any(|(name, _)| name == "preview"), "{}", shown.words());
    for (address, status) in [
        (PATH.to_owned(), 422),
        (format!("{PATH}?all=true&status=at_risk"), 200),
        (format!("{PATH}?status=lost"), 400),
        (format!("{PATH}?sort=name"), 400),
        ("/dashboard/bulk/contacts?all=true".to_owned(), 404),
    ] {
        let shown = browser.visit(&address).await?;
        assert_eq!(shown.status, status, "{address}: {}", shown.words());
    }
    let both = [("action", "archive"), ("all", "true"), ("filter.status", "at_risk")];
    browser.post(PATH, &both).await?.ok(422);
    browser.post(PATH, &[("action", "burn"), ("all", "true")]).await?.ok(422);
    browser.post(PATH, &[("action", "archive")]).await?.ok(422);
    let after = everything(&world.db, &world.scope()).await?;
    for (table, rows) in before.iter().filter(|(table, _)| !JOURNAL.contains(table)) {
        ensure!(after.get(table) == Some(rows), "{table}");
    }
    Ok(())
}
