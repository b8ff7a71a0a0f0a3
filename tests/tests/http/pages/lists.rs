//! Lists: what their filters are called, what their addresses say, what they show.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::world;

use super::browser::Browser;
use crate::api::{Api, DOCUMENT};
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/filters_are_the_apis", filters_are_the_apis);
    tests.both("http/pages/blanks_are_dropped", blanks_are_dropped);
    tests.both("http/pages/done_is_a_filter_too", done_is_a_filter_too);
    tests.both("http/pages/pages_say_what_the_api_says", same_as_the_api);
    tests.both("http/pages/cursors_go_through_the_list", cursors);
    tests.both("http/pages/empty_says_which", empty_says_which);
    tests.both("http/pages/segments_are_kept", segments);
    tests.both("http/pages/files_are_the_apis", files);
    tests.sqlite("http/pages/totals_stop", totals_stop);
}

/// Parameters of a list in the document, without those of its pages.
fn documented(path: &str) -> BTreeSet<String> {
    let parameters = DOCUMENT["paths"][path]["get"]["parameters"].as_array().expect("parameters");
    let names = parameters.iter().filter_map(|parameter| parameter["name"].as_str().map(str::to_owned));
    let pages = ["page", "limit", "cursor", "total", "sort", "raw", "account_id", "custom"];
    names.filter(|name| !pages.contains(&name.as_str())).collect()
}

async fn filters_are_the_apis(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    for noun in ["accounts", "engagements", "goals", "tasks"] {
        let all = if noun == "tasks" { "?view=all" } else { "" };
        let shown = browser.get(format!("/dashboard/{noun}{all}")).await?.ok(200);
        let fields = shown.attributes("form.filters input:not([type=hidden]), form.filters select", "name");
        let names: BTreeSet<String> = fields.into_iter().collect();
        assert_eq!(names, documented(&format!("/api/{noun}")), "{noun}");
        // The address of a filtered page is that of the call.
        let api = shown.texts(".sheet code").into_iter().find(|text| text.starts_with("GET ")).unwrap_or_default();
        assert_eq!(api, format!("GET /api/{noun}"));
    }
    let filtered = "status=active,at_risk&owner=admin@example.com&renews_within=90d&search=a%20b&custom.tier=gold";
    let user = world.user.email.clone();
    let filtered = filtered.replace("admin@example.com", &user);
    let shown = browser.get(format!("/dashboard/accounts?{filtered}")).await?.ok(200);
    let texts = shown.texts(".sheet code");
    let call = texts.iter().find_map(|text| text.strip_prefix("GET ")).unwrap_or_default();
    Api::open(&world).get(call).await?.ok(200);
    let command = texts.iter().find(|text| text.starts_with("fastenr ")).cloned().unwrap_or_default();
    assert_eq!(
        command,
        format!(
            "fastenr accounts list --status active,at_risk --owner {user} --renews-within 90d --search 'a b' --custom tier=gold --all"
        )
    );
    assert_eq!(shown.texts("#rows > .chips .chip").len(), 5);
    Ok(())
}

/// What was done just now has the name of a filter: an id is told apart from a word.
async fn done_is_a_filter_too(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let planned =
        [("account", "A-1001"), ("type", "call"), ("title", "Ahead"), ("scheduled_at", "2026-03-09T10:00:00Z")];
    let made = browser.post("/dashboard/engagements/new", &planned).await?.ok(303);
    let operation = made.location().split("done=").nth(1).map(str::to_owned).expect("an operation");
    for (filter, calls) in [("done=true", ["ours call"]), ("open=true", ["Ahead"])] {
        let shown = browser.get(format!("/dashboard/engagements?{filter}&done={operation}")).await?.ok(200);
        assert_eq!(shown.texts(".engagement .what > p:first-child"), calls, "{filter}");
        ensure!(shown.words().contains("Saved: created engagement Ahead"), "{filter}: {}", shown.words());
        assert_eq!(shown.texts("#rows > .chips .chip").len(), 1, "{filter}");
    }
    Ok(())
}

async fn blanks_are_dropped(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let sent = browser
        .get("/dashboard/accounts?search=&status=active&status=at_risk&owner=&renews_within=&sort=name%3Aasc")
        .await?
        .ok(303);
    assert_eq!(sent.location(), "/dashboard/accounts?status=active,at_risk&sort=name:asc");
    browser.get(sent.location()).await?.ok(200);
    // The API still refuses what says nothing.
    assert_eq!(browser.get("/dashboard/accounts?search=+").await?.ok(303).location(), "/dashboard/accounts");
    Api::open(&world).get("/api/accounts?search=").await?.refused(400, "blank");
    // Every list, also with nothing but blanks.
    for noun in ["engagements", "goals", "tasks"] {
        let shown = browser.get(format!("/dashboard/{noun}")).await?.ok(200);
        let names = shown.attributes("form.filters input:not([type=checkbox]), form.filters select", "name");
        let query: Vec<String> = names.iter().map(|name| format!("{name}=")).collect();
        let sent = browser.get(format!("/dashboard/{noun}?{}", query.join("&"))).await?.ok(303);
        assert_eq!(sent.location(), format!("/dashboard/{noun}"));
    }
    Ok(())
}

async fn same_as_the_api(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    for (name, arr, status) in [
        ("Quill Tools", "1234567.5", "active"),
        ("Raven Glass", "250000", "churned"),
        ("Almond Dairy", "0", "onboarding"),
    ] {
        world
            .account(&[
                ("name", name),
                ("arr", arr),
                ("status", status),
                ("contract_end", "2026-04-01"),
                ("domain", "example.com"),
                ("seats", "42"),
            ])
            .await?;
    }
    let (browser, api) = (Browser::signed_in(&world, "*").await?, Api::open(&world));
    let told = api.get("/api/accounts?sort=arr:desc").await?.ok(200).json;
    let shown = browser.get("/dashboard/accounts?sort=arr:desc").await?.ok(200);
    let rows = shown.texts("tbody tr");
    let data = told["data"].as_array().unwrap();
    assert_eq!(rows.len(), data.len());
    for (row, told) in rows.iter().zip(data) {
        let has = |text: &str| -> Result<()> {
            ensure!(row.contains(text), "{row} has no {text}");
            Ok(())
        };
        has(told["name"].as_str().unwrap_or_default())?;
        has(&told["status"].as_str().unwrap_or_default().replace('_', " "))?;
        if let Some(health) = told["health_score"].as_i64() {
            has(&health.to_string())?;
        }
        if let Some(arr) = told["arr"].as_f64() {
            has(&grouped(arr))?;
        }
    }
    ensure!(shown.words().contains(&format!("{} accounts", told["total"])), "{}", shown.words());
    // The account's own page says its fields.
    let id = data[0]["id"].as_str().unwrap_or_default();
    let one = api.get(format!("/api/accounts/{id}")).await?.ok(200).json;
    let page = browser.get(format!("/dashboard/accounts/{id}")).await?.ok(200).words();
    for name in ["name", "domain", "contract_end", "seats"] {
        let text = one[name].as_str().map(str::to_owned).unwrap_or_else(|| one[name].to_string());
        ensure!(page.contains(&text), "{name} {text}: {page}");
    }
    let account = world.get("A-1001").await?.id;
    let one = api.get(format!("/api/accounts/{account}")).await?.ok(200).json;
    let page = browser.get(format!("/dashboard/accounts/{account}")).await?.ok(200).words();
    for text in [
        &one["contacts"][0]["name"],
        &one["goals"][0]["title"],
        &one["last_engagement"]["title"],
        &one["alerts"][0]["severity"],
    ] {
        ensure!(page.contains(text.as_str().unwrap_or("?")), "{text}: {page}");
    }
    let why = browser.get(format!("/dashboard/accounts/{account}/health")).await?.ok(200).words();
    let explained = api.get(format!("/api/accounts/{account}/health/explain")).await?.ok(200).json;
    for component in explained["components"].as_array().unwrap() {
        for factor in component["factors"].as_array().unwrap() {
            ensure!(why.contains(factor["fact"].as_str().unwrap_or("?")), "{factor}: {why}");
        }
    }
    Ok(())
}

fn grouped(arr: f64) -> String {
    let whole = fastenr_core::model::number::grouped(arr.trunc() as u64);
    let cents = (arr.fract() * 100.0).round() as u64;
    if cents == 0 { whole } else { format!("{whole}.{cents:02}") }
}

async fn cursors(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for n in 0..23 {
        world.account(&[("name", &format!("Account {n:02}")), ("arr", &format!("{}", 1_000 * (n % 5)))]).await?;
    }
    let browser = Browser::signed_in(&world, "*").await?;
    for sort in ["name:asc", "name:desc", "arr:desc", "contract_end:asc"] {
        let mut seen = Vec::new();
        let mut address = format!("/dashboard/accounts?limit=5&sort={sort}");
        for _ in 0..10 {
            let shown = browser.get(&address).await?.ok(200);
            seen.extend(shown.texts("tbody th"));
            ensure!(shown.words().contains("23 accounts"), "{}", shown.words());
            let Some(next) = shown.attributes(".pager a[rel=next]", "href").pop() else { break };
            // The block alone is the same.
            let block = browser.block(&next, "rows").await?.ok(200);
            ensure!(!block.text.contains("<html") && block.text.contains("<table"), "{}", block.text);
            address = next;
        }
        let unique: BTreeSet<&String> = seen.iter().collect();
        assert_eq!((seen.len(), unique.len()), (23, 23), "{sort}");
    }
    Ok(())
}

async fn empty_says_which(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    for (noun, none) in [
        ("accounts", "No accounts yet"),
        ("engagements", "No engagements yet"),
        ("goals", "No goals yet"),
        ("tasks", "No tasks yet"),
    ] {
        let shown = browser.get(format!("/dashboard/{noun}")).await?.ok(200);
        ensure!(shown.words().contains(none), "{}", shown.words());
    }
    let world = seed(world, "ours").await?;
    for (query, none) in [
        ("accounts?status=churned", "No accounts match"),
        ("engagements?search=nothing", "No engagements match"),
        ("goals?status=missed", "No goals match"),
        ("tasks?search=nothing", "No tasks match"),
    ] {
        let shown = browser.get(format!("/dashboard/{query}")).await?.ok(200);
        ensure!(shown.words().contains(none), "{}", shown.words());
        let out = shown.attributes(".empty a", "href");
        let noun = query.split('?').next().unwrap_or_default();
        // Tasks without a filter would be one's own.
        let all = if noun == "tasks" { "?view=all" } else { "" };
        assert_eq!(out, [format!("/dashboard/{noun}{all}")]);
    }
    drop(world);
    Ok(())
}

async fn segments(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let shown = browser.get("/dashboard/accounts?status=active&arr_min=1000").await?.ok(200);
    let mut fields = shown.form("/dashboard/segments")?;
    fields.retain(|(name, _)| name != "name");
    assert_eq!(fields, [("filter.status".to_owned(), "active".to_owned()), ("filter.arr_min".into(), "1000".into())]);
    fields.push(("name".to_owned(), "Good ones".to_owned()));
    let done = browser.post("/dashboard/segments", &fields).await?.ok(303);
    let page = browser.get(done.location()).await?.ok(200);
    ensure!(page.words().contains("Saved") && page.words().contains("ours account"), "{}", page.words());
    browser.post("/dashboard/segments", &fields).await?.ok(409);
    let listed = browser.get("/dashboard/segments").await?.ok(200);
    ensure!(listed.words().contains("Good ones"), "{}", listed.words());
    let id = ops::segments::get(&world, "Good ones").await?.id;
    let none: [(&str, &str); 0] = [];
    browser.post(&format!("/dashboard/segments/{id}/delete"), &none).await?.ok(303);
    browser.get(done.location().split("&done").next().unwrap_or_default()).await?.ok(404);
    Ok(())
}

async fn files(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    world.account(&[("name", "=cmd"), ("status", "at_risk")]).await?;
    let (browser, api) = (Browser::signed_in(&world, "*").await?, Api::open(&world));
    for noun in ["accounts", "engagements", "goals", "tasks"] {
        for (ending, media) in [("csv", "text/csv"), ("jsonl", "application/x-ndjson")] {
            let page = browser.get(format!("/dashboard/{noun}.{ending}")).await?.ok(200);
            let call =
                api.ask(axum::http::Method::GET, format!("/api/{noun}")).header("accept", media).send().await?.ok(200);
            assert_eq!(page.text, call.text(), "{noun}.{ending}");
            ensure!(page.header("content-disposition").starts_with("attachment"), "{noun}.{ending}");
        }
    }
    let some = browser.get("/dashboard/accounts.csv?status=at_risk").await?.ok(200);
    assert_eq!(some.text.lines().count(), 2);
    let calendar = browser.get("/dashboard/engagements.ics").await?.ok(200);
    ensure!(
        calendar.text.starts_with("BEGIN:VCALENDAR")
            && calendar.header("content-disposition").starts_with("attachment")
    );
    Ok(())
}

async fn totals_stop(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let rows: String =
        (0..10_001).map(|n| format!("A-{n},Account {n},{}\n", if n == 0 { "at_risk" } else { "active" })).collect();
    world.import(&format!("external_id,name,status\n{rows}"), Default::default()).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let all = browser.get("/dashboard/accounts").await?.ok(200).words();
    ensure!(all.contains("10,000+ accounts") && all.contains("25 of more than 10,000"), "{all}");
    let some = browser.get("/dashboard/accounts?status=active").await?.ok(200).words();
    ensure!(some.contains("10,000 accounts"), "{some}");
    Ok(())
}
