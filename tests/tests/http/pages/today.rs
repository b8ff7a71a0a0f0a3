//! Today: the page says what the API says, and its list is worked off in place.

use anyhow::{Context as _, Result, ensure};
use fastenr_core::model::nouns::TASK;
use fastenr_core::money::Cents;
use fastenr_core::ops::entries;
use fastenr_tests::books::alerts::three;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, given, world};
use serde_json::Value as Json;

use super::browser::{Browser, Shown, but, selector};
use crate::api::Api;
use crate::guard::{uncounted, with_keys};
use crate::tenants::seed;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/today_says_what_the_api_says", says_what_the_api_says);
    tests.both("http/pages/today_is_worked_off", worked_off);
    tests.both("http/pages/today_begins_with_mine", begins_with_mine);
    tests.both("http/pages/today_when_there_is_nothing", nothing);
}

async fn busy(backend: &Backend) -> Result<World> {
    let world = three(backend).await?;
    for (account, title, due) in [("x29", "Offer", "2026-03-01"), ("x3", "Call Ada", "2026-02-20")] {
        let values = [("account", account), ("title", title), ("due", due)];
        entries::create(&world, &TASK, &given(&values), false).await?;
    }
    Ok(world)
}

fn names(shown: &Shown) -> Vec<String> {
    shown.texts(".todo .what > p:first-child a")
}

async fn says_what_the_api_says(backend: &Backend) -> Result<()> {
    let world = busy(backend).await?;
    let (api, browser) = (Api::open(&world), Browser::open(&world));
    for query in ["", "&owner=jo@example.com", "&arr_min=5000&limit=2"] {
        let page = browser.get(format!("/dashboard?view=all{query}")).await?.ok(200);
        let told = api.get(format!("/api/today?{}", query.trim_start_matches('&'))).await?.ok(200).json;
        let rows = told["accounts"].as_array().context("rows")?;
        let text = |row: &Json, name: &str| row[name].as_str().map(str::to_owned);
        let api_names: Vec<String> = rows.iter().filter_map(|row| text(row, "account_name")).collect();
        assert_eq!(names(&page), api_names, "{query}");
        let total = told["total"].as_u64().context("a total")?;
        ensure!(page.texts(".needs .summary p")[0].starts_with(&total.to_string()), "{}", page.words());
        let shown = page.texts(".todo");
        let titles = page.html();
        let titles: Vec<Vec<String>> = titles
            .select(&selector(".todo"))
            .map(|row| {
                row.select(&selector("[title]")).filter_map(|one| one.attr("title").map(str::to_owned)).collect()
            })
            .collect();
        for ((row, shown), titles) in rows.iter().zip(&shown).zip(&titles) {
            // Days are said as distances, and exactly beside them.
            for day in ["contract_end", "next_step_on", "owner"].iter().filter_map(|name| text(row, name)) {
                ensure!(titles.contains(&day), "{day} is not in {titles:?}");
            }
            let mut wanted: Vec<String> = ["severity", "next_step"].iter().filter_map(|name| text(row, name)).collect();
            // Reasons are sentences on the page.
            wanted.extend(text(row, "reason").map(|reason| reason.chars().skip(1).collect()));
            if let Some(arr) = row["arr"].as_f64() {
                wanted.push(Cents((arr * 100.0).round() as i64).short());
            }
            wanted.extend(row["health_score"].as_i64().map(|score| score.to_string()));
            wanted.push(if row["last_engagement"].is_null() { "last touch never".into() } else { "last touch".into() });
            wanted.push(if row["next_step"].is_null() { "next: none planned".into() } else { "next:".into() });
            wanted.extend(text(row, "changed").iter().flat_map(|words| words.split("; ")).map(str::to_owned));
            let others = row["alerts"].as_u64().unwrap() + row["tasks"].as_u64().unwrap() - 1;
            wanted.extend((others > 0).then(|| format!("and {others} more")));
            for wanted in wanted {
                ensure!(shown.contains(&wanted), "{wanted:?} is not in {shown:?}");
            }
        }
        // The page names the call that answers the same.
        let call = page.texts(".sheet code").into_iter().find(|text| text.starts_with("GET ")).context("a call")?;
        assert_eq!(api.get(call.trim_start_matches("GET ")).await?.ok(200).json, told, "{query}");
    }
    // The figures are those of the API, and each leads to the list behind it.
    let page = browser.get("/dashboard?view=all").await?.ok(200);
    let stats = api.get("/api/dashboard/stats").await?.ok(200).json;
    let cells = page.texts(".panel table.small tbody tr");
    for band in stats["health"]["bands"].as_array().context("bands")? {
        let (name, count) = (band["band"].as_str().context("a band")?, &band["accounts"]);
        let line = cells.iter().find(|line| line.to_lowercase().starts_with(name)).context("a line")?;
        ensure!(line.split(' ').nth(1) == Some(count.to_string().as_str()), "{line}: {band}");
        let listed = api.get(format!("/api/accounts?band={name}")).await?.ok(200).json;
        assert_eq!(&listed["total"], count);
        ensure!(page.attributes(".panel a", "href").contains(&format!("/dashboard/accounts?band={name}")));
    }
    // Whoever may not read all of it gets none of it.
    let few = crate::guard::key(&world, "Few", "accounts:read,alerts:read").await?;
    let api = Api::with(with_keys(&world, uncounted())).key(few.secret.context("a secret")?.expose());
    api.get("/api/today").await?.refused(403, "missing_scope");
    Ok(())
}

async fn worked_off(backend: &Backend) -> Result<()> {
    let world = busy(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let home = "/dashboard?view=all";
    let shown = browser.get(home).await?.ok(200);
    assert_eq!(names(&shown), ["Account 3", "Account 29", "Account 1", "Account 6"]);
    // Acknowledged in place, undone in place.
    let seen =
        browser.post("/dashboard/alerts/acknowledge", &shown.form("/dashboard/alerts/acknowledge")?).await?.ok(303);
    ensure!(seen.location().starts_with(home), "{}", seen.location());
    let after = browser.get(seen.location()).await?.ok(200);
    // Its task is still overdue, and now the reason.
    assert_eq!(names(&after), ["Account 29", "Account 3", "Account 1", "Account 6"]);
    let undo = after.attributes(".flash form", "action").pop().context("undo")?;
    let undone = browser.post(&undo, &after.form(&undo)?).await?.ok(303);
    assert_eq!(names(&browser.get(undone.location()).await?.ok(200)), names(&shown));
    // Snoozed, and out of the list.
    let form = shown.html();
    let ids: Vec<String> = form
        .select(&selector("form[action='/dashboard/alerts/snooze'] input[name=id]"))
        .filter_map(|input| input.attr("value").map(str::to_owned))
        .collect();
    let snooze = [("id", ids.last().context("ids")?.as_str()), ("until", "7d"), ("back", home)];
    browser.post("/dashboard/alerts/snooze", &snooze).await?.ok(303);
    assert_eq!(names(&browser.get(home).await?), ["Account 3", "Account 29", "Account 1"]);
    browser.post("/dashboard/alerts/snooze", &[("id", ids[0].as_str()), ("until", "0d")]).await?.ok(422);
    browser.post("/dashboard/alerts/acknowledge", &[("back", home)]).await?.ok(422);
    browser.post("/dashboard/alerts/acknowledge", &[("id", "nonsense")]).await?.ok(400);
    // The task is done in place.
    let task = entries::get(&world, &TASK, "Offer").await?.id();
    let set = format!("/dashboard/tasks/{task}/set");
    browser.post(&set, &shown.form(&set)?).await?.ok(303);
    assert_eq!(names(&browser.get(home).await?), ["Account 3", "Account 1"]);
    // A call is logged in place, with its next step.
    let log = shown.form("/dashboard/engagements/new")?;
    let log = but(but(log, "title", "Called Ada"), "next", "Send figures");
    let done = browser.post("/dashboard/engagements/new", &log).await?.ok(303);
    ensure!(done.location().starts_with(home), "{}", done.location());
    let words = browser.get(done.location()).await?.ok(200).words();
    ensure!(words.contains("Called Ada") && words.contains("last touch today"), "{words}");
    // Who reads only is offered nothing to do, and can't do it.
    let reader = Browser::signed_in(&world, "*:read").await?;
    let shown = reader.get(home).await?.ok(200);
    ensure!(shown.attributes(".todo form", "action").is_empty(), "{}", shown.text);
    reader.post("/dashboard/alerts/acknowledge", &[("id", ids[0].as_str())]).await?.ok(403);
    Ok(())
}

async fn begins_with_mine(backend: &Backend) -> Result<()> {
    let world = busy(backend).await?;
    let jo = fastenr_core::ops::users::get(&world, "jo@example.com").await?;
    let hers = Browser::signed_in(&world.acting_as(&jo), "*").await?;
    let mine = hers.get("/dashboard").await?.ok(200);
    assert_eq!(names(&mine), ["Account 3", "Account 6"]);
    ensure!(mine.words().contains("My book") && mine.words().contains("10 accounts"), "{}", mine.words());
    let every = mine.attributes(".chips a.quiet", "href").pop().context("a way to the others")?;
    assert_eq!(names(&hers.get(every).await?.ok(200)).len(), 4);
    // Whoever owns none sees everybody's, and is told so.
    let admin = Browser::signed_in(&world, "*").await?;
    let all = admin.get("/dashboard").await?.ok(200);
    ensure!(all.words().contains("You own no accounts") && names(&all).len() == 4, "{}", all.words());
    // The filters of the page are those of the API, and blank ones are dropped.
    let form = mine.attributes("form.filters select", "name");
    assert_eq!(form, ["owner"]);
    let dropped = hers.get("/dashboard?view=all&owner=&segment=").await?.ok(303);
    assert_eq!(dropped.location(), "/dashboard?view=all");
    hers.get("/dashboard?ownr=jo").await?.ok(400);
    // A session that may not read all of it begins with the first page that it can open.
    let goals = Browser::signed_in(&world, "goals:read").await?;
    assert_eq!(goals.get("/dashboard").await?.ok(303).location(), "/dashboard/goals");
    let few = Browser::signed_in(&world, "accounts:read").await?;
    let first = few.visit("/dashboard").await?.ok(200);
    ensure!(!first.texts("nav a").contains(&"Today".to_owned()), "{}", first.words());
    Ok(())
}

async fn nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let empty = browser.get("/dashboard").await?.ok(200).words();
    ensure!(empty.contains("No accounts yet") && empty.contains("fastenr accounts import"), "{empty}");
    world.account(&[("name", "Acme"), ("external_id", "acme"), ("owner", &world.user.email)]).await?;
    let early = browser.get("/dashboard").await?.ok(200).words();
    ensure!(early.contains("No scores yet") && early.contains("fastenr recompute"), "{early}");
    let world = seed(world, "ours").await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let calm = browser.get("/dashboard").await?.ok(200);
    ensure!(calm.words().contains("Nothing needs attention"), "{}", calm.words());
    ensure!(calm.attributes(".empty a", "href") == ["/dashboard?view=all"], "{}", calm.text);
    Ok(())
}
