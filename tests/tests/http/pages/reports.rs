//! Reports: the pages say what the API says, and every figure leads to the list behind it.

use anyhow::{Context as _, Result, ensure};
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::number::grouped;
use fastenr_core::money::Cents;
use fastenr_core::ops::entries;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, given, world};
use serde_json::Value as Json;

use super::browser::{Browser, Shown};
use crate::api::Api;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/reports_say_what_the_api_says", say_what_the_api_says);
    tests.both("http/pages/figures_lead_to_their_lists", lead_to_their_lists);
    tests.both("http/pages/arr_says_what_the_api_says", arr);
    tests.both("http/pages/reports_when_there_is_nothing", nothing);
    tests.both("http/pages/achieved_goals_are_celebrated", celebrated);
}

async fn book(world: &World) -> Result<()> {
    world.user("mia@example.com", "Mia Roe").await?;
    for (key, size, owner) in [("a", "small", "mia@example.com"), ("b", "large", ""), ("c", "small", "")] {
        let values = [("external_id", key), ("name", &format!("Account {key}")), ("size", size), ("owner", owner)];
        world.account(&values).await?;
    }
    for (account, kind, day, outcome) in [
        ("a", "call", "2026-01-10", "positive"),
        ("a", "call", "2026-02-10", "negative"),
        ("a", "meeting", "2026-02-20", ""),
        ("b", "call", "2026-02-21", "positive"),
        ("b", "email", "2026-02-25", "action_required"),
        ("c", "call", "2025-06-01", "positive"),
    ] {
        let at = format!("{day}T10:00:00Z");
        let values =
            [("account", account), ("type", kind), ("title", "T"), ("outcome", outcome), ("completed_at", at.as_str())];
        entries::create(world, &ENGAGEMENT, &given(&values), false).await?;
    }
    let planned = [("account", "a"), ("type", "call"), ("title", "Ahead"), ("scheduled_at", "2026-02-15T10:00:00Z")];
    entries::create(world, &ENGAGEMENT, &given(&planned), false).await?;
    for (account, metric, status, due) in [
        ("a", "custom", "achieved", "2026-03-13"),
        ("a", "custom", "missed", "2026-02-01"),
        ("b", "custom", "on_track", "2026-12-01"),
        ("b", "adoption", "achieved", "2026-02-26"),
        ("c", "nps", "at_risk", "2026-06-01"),
    ] {
        let values = [
            ("account", account),
            ("title", &format!("Goal {metric} {status}")),
            ("metric_type", metric),
            ("status", status),
            ("started_on", "2026-01-01"),
            ("target_date", due),
        ];
        entries::create(world, &GOAL, &given(&values), false).await?;
    }
    Ok(())
}

/// As pages have a figure.
fn figure(value: &Json) -> String {
    match value {
        Json::Null => "–".to_owned(),
        number => number.as_u64().map_or_else(|| number.to_string(), grouped),
    }
}

fn rows(shown: &Shown, table: &str) -> Vec<String> {
    shown.texts(&format!("#{table} tbody tr"))
}

const ENGAGEMENTS: [&str; 12] = [
    "completed",
    "positive",
    "neutral",
    "action_required",
    "negative",
    "no_outcome",
    "per_30_days",
    "median_gap_days",
    "longest_gap_days",
    "days_since_last",
    "answered_percent",
    "median_response_hours",
];
const GOALS: [&str; 5] = ["goals", "achieved", "on_track", "at_risk", "missed"];

async fn say_what_the_api_says(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let (browser, api) = (Browser::signed_in(&world, "*").await?, Api::open(&world));
    for query in ["", "by=account", "by=owner&from=2025-01-01", "type=call", "by=type&from=30d&owner=mia@example.com"] {
        let page = browser.get(format!("/dashboard/engagements/report?{query}")).await?.ok(200);
        let told = api.get(format!("/api/engagements/report?{query}")).await?.ok(200).json;
        let data = told["data"].as_array().context("groups")?;
        let shown = rows(&page, "groups");
        assert_eq!(shown.len(), data.len(), "{query}");
        for (row, group) in shown.iter().zip(data) {
            let wanted: Vec<String> = ENGAGEMENTS.iter().map(|name| figure(&group[*name])).collect();
            ensure!(row.ends_with(&wanted.join(" ")), "{query}: {row}: {wanted:?}");
        }
        let total: Vec<String> = ENGAGEMENTS.iter().map(|name| figure(&told["total"][*name])).collect();
        assert_eq!(page.texts("#groups tfoot tr"), [format!("All {}", total.join(" "))], "{query}");
        let summary = page.texts(".summary p").concat();
        ensure!(summary.contains(told["from"].as_str().unwrap_or("?")), "{summary}");
        let block = browser.block(&format!("/dashboard/engagements/report?{query}"), "rows").await?.ok(200);
        ensure!(!block.text.contains("<html") && rows(&block, "groups") == shown, "{query}: {}", block.text);
    }
    for query in ["", "by=size", "by=owner", "by=industry&status=achieved,missed", "metric_type=custom"] {
        let page = browser.get(format!("/dashboard/goals/report?{query}")).await?.ok(200);
        let told = api.get(format!("/api/goals/report?{query}")).await?.ok(200).json;
        let data = told["groups"].as_array().context("groups")?;
        let shown = rows(&page, "groups");
        assert_eq!(shown.len(), data.len(), "{query}");
        let wanted = |group: &Json| -> String {
            let rate = figure(&group["completion_rate"]);
            let rate = if rate == "–" { rate } else { format!("{rate} %") };
            let days = ["median_days", "mean_days"].map(|name| figure(&group[name]));
            let counts = GOALS.map(|name| figure(&group[name]));
            counts.into_iter().chain([rate]).chain(days).collect::<Vec<_>>().join(" ")
        };
        for (row, group) in shown.iter().zip(data) {
            ensure!(row.ends_with(&wanted(group)), "{query}: {row}: {}", wanted(group));
        }
        let statuses = rows(&page, "statuses").concat();
        for name in &GOALS[1..] {
            let line = format!("{} {}", titled(name), figure(&told["total"][*name]));
            ensure!(statuses.contains(&line), "{query}: {statuses}: {line}");
        }
    }
    // How scores changed afterwards, for those who may see scores.
    for noun in ["engagements", "goals"] {
        let path = format!("/dashboard/{noun}/report?impact=true");
        let page = browser.get(&path).await?.ok(200);
        ensure!(page.words().contains("correlation, not proof"), "{}", page.words());
        let narrow = Browser::signed_in(&world, &format!("{noun}:read,accounts:read")).await?;
        narrow.get(&path).await?.ok(403);
        let page = narrow.get(format!("/dashboard/{noun}/report")).await?.ok(200);
        ensure!(!page.text.contains("impact=true"), "{}", page.words());
        browser.get(format!("/dashboard/{noun}/report?by=colour")).await?.ok(400);
    }
    Ok(())
}

/// `at_risk` is `At risk`.
fn titled(name: &str) -> String {
    let text = name.replace('_', " ");
    format!("{}{}", text[..1].to_uppercase(), &text[1..])
}

async fn lead_to_their_lists(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let (browser, api) = (Browser::signed_in(&world, "*").await?, Api::open(&world));
    let mut followed = 0;
    for page in [
        "/dashboard/engagements/report",
        "/dashboard/engagements/report?by=account&from=2025-01-01",
        "/dashboard/engagements/report?by=owner&outcome=positive",
        "/dashboard/goals/report",
        "/dashboard/goals/report?by=owner&open=true",
        "/dashboard/goals/report?by=size",
    ] {
        let shown = browser.get(page).await?.ok(200);
        let html = shown.html();
        for link in html.select(&super::browser::selector("td.number a[href]")) {
            let text: String = link.text().collect::<Vec<_>>().join("").trim().to_owned();
            let href = link.attr("href").unwrap_or_default();
            browser.visit(href).await?.ok(200);
            let total = api.get(href.replace("/dashboard/", "/api/")).await?.ok(200).json["total"].to_string();
            assert_eq!(text, total, "{page}: {href}");
            followed += 1;
        }
    }
    ensure!(followed > 25, "{followed}");
    Ok(())
}

async fn arr(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let (january, february) = (world.at("2026-01-10T08:00:00Z"), world.at("2026-02-10T08:00:00Z"));
    for (key, size, arr) in [("a", "small", "1000"), ("b", "large", "500000.5"), ("c", "", "70")] {
        january.account(&[("external_id", key), ("name", key), ("size", size), ("arr", arr)]).await?;
    }
    february.update("a", &[("arr", "1500")]).await?;
    february.update("b", &[("arr", "400000")]).await?;
    february.update("c", &[("status", "churned")]).await?;
    let (browser, api) = (Browser::signed_in(&world, "*").await?, Api::open(&world));
    for query in [
        "",
        "by=size",
        "by=owner&period=last-year",
        "by=quarter&size=small",
        "from=2026-02-01&to=2026-02-28&by=industry",
    ] {
        let page = browser.get(format!("/dashboard/arr?{query}")).await?.ok(200);
        let asked = if query.is_empty() { "by=month" } else { query };
        let told = api.get(format!("/api/arr/summary?{asked}")).await?.ok(200).json;
        let names = ["opening", "new", "expansion", "contraction", "churn", "closing"];
        let cents = |value: &Json| (value.as_f64().unwrap_or(0.0) * 100.0).round() as i64;
        let exact = |value: &Json| {
            let cents = cents(value);
            let part = if cents % 100 == 0 { String::new() } else { format!(".{:02}", cents % 100) };
            format!("{}{part}", grouped(cents.unsigned_abs() / 100))
        };
        let total = &told["total"];
        if page.texts(".empty").is_empty() {
            for (row, name) in rows(&page, "movements").iter().zip(names) {
                let wanted = format!("{} {} {}", titled(name), exact(&total[name]), total["accounts"][name]);
                assert_eq!(row, &wanted, "{query}");
            }
            let groups = told["groups"].as_array().context("groups")?;
            let shown = rows(&page, "groups");
            assert_eq!(shown.len(), groups.len(), "{query}");
            for (row, group) in shown.iter().zip(groups) {
                let wanted: Vec<String> = names.iter().map(|name| Cents(cents(&group[*name])).short()).collect();
                ensure!(row.contains(&wanted.join(" ")), "{query}: {row}: {wanted:?}");
                ensure!(row.ends_with(&group["accounts"]["closing"].to_string()), "{query}: {row}");
            }
        }
        // The call and the command that the page names.
        let texts = page.texts(".sheet code");
        let call = texts.iter().find_map(|text| text.strip_prefix("GET ")).context("a call")?;
        assert_eq!(api.get(call).await?.ok(200).json, told, "{query}");
        for href in page.attributes(".report a", "href") {
            browser.visit(&href).await?.ok(200);
        }
    }
    browser.get("/dashboard/arr?period=soon").await?.ok(422);
    browser.get("/dashboard/arr?by=colour").await?.ok(400);
    Browser::signed_in(&world, "arr:read").await?.get("/dashboard/arr").await?.ok(403);
    let list = browser.get("/dashboard/accounts").await?.ok(200);
    ensure!(list.attributes(".summary a", "href").contains(&"/dashboard/arr".to_owned()));
    Ok(())
}

async fn nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    for (path, told) in [
        ("/dashboard/engagements/report", "No engagements yet"),
        ("/dashboard/goals/report", "No goals yet"),
        ("/dashboard/arr", "No accounts yet"),
    ] {
        let shown = browser.get(path).await?.ok(200);
        ensure!(shown.words().contains(told), "{}", shown.words());
    }
    book(&world).await?;
    for (path, told) in [
        ("/dashboard/engagements/report?type=training", "No engagement in these days"),
        ("/dashboard/goals/report?search=nothing", "No goals match"),
        ("/dashboard/arr?search=nothing", "No ARR in this period"),
    ] {
        let shown = browser.get(path).await?.ok(200);
        ensure!(shown.words().contains(told), "{}", shown.words());
        browser.visit(&shown.attributes(".empty a", "href").remove(0)).await?.ok(200);
    }
    Ok(())
}

async fn celebrated(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    // Today is 2026-03-01.
    let today = browser.get("/dashboard?view=all").await?.ok(200);
    let feats = today.texts(".feats li");
    assert_eq!(feats.len(), 2, "{feats:?}");
    ensure!(feats.iter().any(|feat| feat.contains("Goal custom achieved 12 days early Account a")), "{feats:?}");
    ensure!(feats.iter().any(|feat| feat.contains("3 days late")), "{feats:?}");
    let href = today.attributes(".feats li a[href*=goals]", "href").remove(0);
    let goal = browser.get(&href).await?.ok(200);
    let note = goal.texts(".note.good").concat();
    ensure!(note.contains("12 days early") == note.contains("Well done"), "{note}");
    // Of the accounts of the filter, and for those who may read goals.
    let mine = browser.get("/dashboard?owner=mia@example.com").await?.ok(200);
    assert_eq!(mine.texts(".feats li").len(), 1);
    let scopes = "accounts:read,alerts:read,tasks:read,engagements:read,health:read";
    let narrow = Browser::signed_in(&world, scopes).await?.get("/dashboard?view=all").await?.ok(200);
    ensure!(narrow.texts(".feats li").is_empty(), "{}", narrow.words());
    // Another week.
    let later = Browser::signed_in(&world.at("2026-03-10T08:00:00Z"), "*").await?;
    ensure!(later.get("/dashboard?view=all").await?.ok(200).texts(".feats li").is_empty());
    Ok(())
}
