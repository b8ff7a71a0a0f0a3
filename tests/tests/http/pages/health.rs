//! The health of the book and its alerts: the pages say what the API says, and every bar leads to its list.

use anyhow::{Context as _, Result, ensure};
use fastenr_core::model::metric::METRIC;
use fastenr_core::money::Cents;
use fastenr_core::ops::{models, scores};
use fastenr_core::score::Model;
use fastenr_core::score::model::Bands;
use fastenr_tests::books::alerts::{escalate, run, three};
use fastenr_tests::books::likely::{MODEL, likely};
use fastenr_tests::books::scores::{book, recompute};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::world;
use serde_json::Value as Json;

use super::browser::{Browser, Shown};
use crate::api::Api;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/health_says_what_the_api_says", says_what_the_api_says);
    tests.both("http/pages/bars_lead_to_their_lists", bars_lead_to_their_lists);
    tests.both("http/pages/colors_are_those_of_the_model", colors);
    tests.both("http/pages/an_account_says_how_likely_churn_is", how_likely);
    tests.both("http/pages/health_when_there_is_nothing", nothing);
    tests.both("http/pages/alerts_say_what_the_api_says", alerts);
    tests.both("http/pages/held_alerts_are_released", held);
}

/// As the page has a score: with one decimal.
fn tenths(score: &Json) -> String {
    let Some(score) = score.as_f64() else { return "–".to_owned() };
    let hundredths = (score * 100.0).round() as i64;
    format!("{}.{}", (hundredths + 5) / 100, (hundredths + 5) / 10 % 10)
}

fn short(arr: &Json) -> String {
    Cents((arr.as_f64().unwrap_or(0.0) * 100.0).round() as i64).short()
}

fn row<'s>(rows: &'s [String], beginning: &str) -> Result<&'s String> {
    rows.iter().find(|row| row.starts_with(beginning)).with_context(|| format!("{beginning} in {rows:?}"))
}

async fn says_what_the_api_says(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, None).await?;
    let (api, browser) = (Api::open(&world), Browser::open(&world));
    for query in ["by=size", "by=industry", "by=owner&arr_min=5000", "by=size&status=active"] {
        let page = browser.get(format!("/dashboard/health?{query}")).await?.ok(200);
        let told = api.get(format!("/api/health/summary?{query}")).await?.ok(200).json;
        let summary = page.texts(".summary p").remove(0);
        let scored = format!("{} of {} account", told["health"]["accounts"], told["accounts"]);
        ensure!(summary.starts_with(&scored) && summary.contains(&short(&told["arr"])), "{summary}: {scored}");
        let rows = page.texts("tbody tr");
        for bands in [&told["health"]["bands"], &told["churn_risk"]["bands"]] {
            for band in bands.as_array().context("bands")? {
                let name = band["band"].as_str().context("a band")?;
                let line = page
                    .texts(".bands tbody tr")
                    .into_iter()
                    .find(|row| row.to_lowercase().starts_with(name))
                    .context("a row")?;
                assert_eq!(
                    line[name.len()..].trim(),
                    format!("{} {}", band["accounts"], short(&band["arr"])),
                    "{query}"
                );
            }
        }
        let counts: Vec<u64> = page.texts(".histogram b").iter().filter_map(|text| text.parse().ok()).collect();
        assert_eq!(serde_json::json!(counts), told["health"]["histogram"]);
        for (label, of) in [("Health", "health"), ("Churn risk", "churn_risk")] {
            let line = row(&rows, &format!("{label} {}", tenths(&told[of]["average"])))?;
            let mut wanted = vec![tenths(&told[of]["average_by_arr"])];
            wanted.extend(["p10", "median", "p90"].map(|name| told[of][name].to_string()));
            wanted.extend(told["trend"].as_array().context("a trend")?.iter().map(|ago| tenths(&ago[of]["average"])));
            ensure!(
                line.contains(&wanted[..4].join(" ")) && wanted[4..].iter().all(|one| line.contains(one)),
                "{line}: {wanted:?}"
            );
        }
        let groups = told["groups"].as_array().context("groups")?;
        let shown = page.texts("#compared tbody tr");
        assert_eq!(shown.len(), groups.len(), "{query}");
        for (group, shown) in groups.iter().zip(&shown) {
            let figures = [
                group["accounts"].to_string(),
                short(&group["arr"]),
                tenths(&group["health"]["average"]),
                tenths(&group["health"]["average_by_arr"]),
                group["health"]["median"].as_i64().map_or("–".into(), |score| score.to_string()),
                tenths(&group["churn_risk"]["average"]),
            ];
            ensure!(shown.contains(&figures.join(" ")), "{shown}: {figures:?}");
        }
        let left = page.texts(".plain li > p:first-child");
        for (label, name) in
            [("Too little data", "insufficient_data"), ("Onboarding", "onboarding"), ("Churned", "churned")]
        {
            let count = told["left_out"][name].as_u64().context("a count")?;
            assert_eq!(left.contains(&format!("{label} {count}")), count > 0, "{left:?}");
        }
        let moved = api.get("/api/health/movers?since=7d").await?.ok(200).json;
        if query == "by=size" {
            ensure!(
                page.words().contains(&format!("{} fell, {} rose", moved["fell"], moved["rose"])),
                "{}",
                page.words()
            );
        }
    }
    browser.get("/dashboard/health?by=color").await?.ok(400);
    browser.get("/dashboard/health?since=8d").await?.ok(400);
    // Today asks for a few of the movers.
    let moved = browser.block("/dashboard/health", "moved").await?.ok(200);
    ensure!(!moved.text.contains("<html") && !moved.text.contains("histogram"), "{}", moved.text);
    // The block alone, with the page's own parameters kept as no filter.
    let block = browser.block("/dashboard/health?by=owner&since=30d", "rows").await?.ok(200);
    ensure!(!block.text.contains("<html") && block.attributes(".chip", "href").is_empty(), "{}", block.text);
    Ok(())
}

/// A model may draw its bands elsewhere: bars and lines have its edges.
async fn colors(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, None).await?;
    let browser = Browser::open(&world);
    let bars = async || -> Result<Vec<String>> {
        Ok(browser.get("/dashboard/health").await?.ok(200).attributes(".histogram rect", "class"))
    };
    let mut model = Model::builtin().clone();
    model.name = "strict".to_owned();
    let edges = |model: &Model| {
        let band = |from: i64| format!("fill {}", model.bands.of(from).as_str());
        (0..10).map(|place| band(place * 10)).collect::<Vec<_>>()
    };
    assert_eq!(bars().await?, edges(&model));
    model.bands = Bands { healthy: 95, moderate: 90, concern: 85 };
    models::use_model(&world, &model, None, 1, false, &mut |_| {}).await?;
    let strict = edges(&model);
    ensure!(strict[8] == "fill critical", "{strict:?}");
    assert_eq!(bars().await?, strict);
    Ok(())
}

async fn total(api: &Api, page: &str) -> Result<u64> {
    let call = page.replace("/dashboard/", "/api/");
    api.get(&call).await?.ok(200).json["total"].as_u64().context(call)
}

async fn bars_lead_to_their_lists(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, None).await?;
    let (api, browser) = (Api::open(&world), Browser::open(&world));
    let mut followed = 0;
    for query in ["", "?by=industry", "?by=owner&status=active,at_risk"] {
        let page = browser.get(format!("/dashboard/health{query}")).await?.ok(200);
        let lists: [(&str, &str); 3] = [
            (".histogram a", ".histogram b"),
            (".bands th a", ".bands tr:has(a) td:nth-of-type(1)"),
            ("#compared th a", "#compared tr:has(th a) td:nth-of-type(1)"),
        ];
        for (links, counts) in lists {
            let (links, counts) = (page.attributes(links, "href"), page.texts(counts));
            assert_eq!(links.len(), counts.len(), "{query}");
            for (link, count) in links.iter().zip(&counts) {
                assert_eq!(total(&api, link).await?.to_string(), *count, "{link}");
                followed += 1;
            }
        }
        for link in page.attributes(".plain a", "href") {
            ensure!(total(&api, &link).await? > 0, "{link}");
        }
    }
    ensure!(followed > 40, "{followed}");
    Ok(())
}

async fn nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let browser = Browser::signed_in(&world, "*").await?;
    let words = |shown: Shown| shown.ok(200).words();
    ensure!(words(browser.get("/dashboard/health").await?).contains("No accounts yet"));
    ensure!(words(browser.get("/dashboard/alerts").await?).contains("No alerts yet"));
    world.account(&[("name", "Acme")]).await?;
    let early = words(browser.get("/dashboard/health").await?);
    ensure!(early.contains("No scores yet") && early.contains("fastenr recompute"), "{early}");
    scores::recompute(&world, &Default::default(), &mut |_| {}).await?;
    // Too little is known of everybody: it says of what, and how to import it.
    let little = words(browser.get("/dashboard/health").await?);
    ensure!(little.contains("Too little data 1") || little.contains("Onboarding 1"), "{little}");
    ensure!(words(browser.get("/dashboard/health?status=churned").await?).contains("No accounts match"));
    // A session that may not read it is shown no way to it.
    let few = Browser::signed_in(&world, "accounts:read").await?;
    few.get("/dashboard/health").await?.ok(403);
    let menu = few.get("/dashboard/accounts").await?.ok(200).texts("nav[aria-label=Main] a");
    assert_eq!(menu, ["Accounts"]);
    Ok(())
}

async fn alerts(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let (api, browser) = (Api::open(&world), Browser::signed_in(&world, "*").await?);
    for query in ["", "severity=critical", "state=all", "owner=jo@example.com&sort=arr:desc", "limit=2"] {
        let page = browser.get(format!("/dashboard/alerts?{query}").trim_end_matches('?')).await?.ok(200);
        let told = api.get(format!("/api/alerts?{query}")).await?.ok(200).json;
        let alerts = told["data"].as_array().context("alerts")?;
        assert_eq!(page.texts(".summary b")[0].split(' ').next(), Some(told["total"].to_string().as_str()), "{query}");
        let shown = page.texts(".alert");
        assert_eq!(shown.len(), alerts.len(), "{query}");
        let heads = page.texts(".alert-group h2");
        for (alert, shown) in alerts.iter().zip(&shown) {
            let text = |name: &str| alert[name].as_str().unwrap_or_default().replace('_', " ");
            // A message is a sentence on the page.
            let message: String = text("message").chars().skip(1).collect();
            for wanted in [message, text("severity"), text("rule"), text("opened_on")] {
                ensure!(shown.contains(&wanted), "{wanted:?} is not in {shown:?}");
            }
            ensure!(heads.iter().any(|head| head.starts_with(&text("account_name"))), "{heads:?}");
            ensure!(heads.iter().any(|head| head.contains(&short(&alert["arr"]))), "{heads:?}");
        }
        assert_eq!(page.attributes(".pager a[rel=next]", "href").is_empty(), told["hasMore"] == false, "{query}");
    }
    // Each is dealt with in place.
    let page = browser.get("/dashboard/alerts").await?.ok(200);
    let forms: Vec<String> = page.attributes(".alert form", "action");
    assert_eq!(forms.len(), 9);
    let seen = browser.post(&forms[0], &page.form(&forms[0])?).await?.ok(303);
    ensure!(seen.location().starts_with("/dashboard/alerts?done="), "{}", seen.location());
    let after = browser.get(seen.location()).await?.ok(200);
    assert_eq!(after.texts(".alert").len(), 2);
    let all = browser.get("/dashboard/alerts?state=acknowledged").await?.ok(200);
    ensure!(all.texts(".alert .fact")[0].starts_with("acknowledged by "), "{}", all.words());
    // Another day.
    let snooze = after
        .attributes(".alert form", "action")
        .into_iter()
        .find(|form| form.ends_with("/snooze"))
        .context("a form")?;
    browser.post(&snooze, &[("until", "7d"), ("back", "/dashboard/alerts")]).await?.ok(303);
    let snoozed = browser.get("/dashboard/alerts?state=snoozed").await?.ok(200);
    ensure!(snoozed.texts(".alert .fact")[0].starts_with("snoozed until 2026-03-09 by "), "{}", snoozed.words());
    browser.get("/dashboard/alerts?state=loud").await?.ok(400);
    let reader = Browser::signed_in(&world, "*:read").await?;
    ensure!(reader.get("/dashboard/alerts?state=all").await?.ok(200).attributes(".alert form", "action").is_empty());
    Ok(())
}

async fn held(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    // Four of thirty at once are held by the guard.
    let next = world.at("2026-03-03T07:00:00Z");
    escalate(&next, &[("x11", 1), ("x12", 1), ("x13", 1), ("x14", 1)]).await?;
    run(&next).await?;
    let browser = Browser::signed_in(&next, "*").await?;
    let page = browser.get("/dashboard/alerts").await?.ok(200);
    let line = page.texts(".held p");
    ensure!(line[0].starts_with("4 alerts are held back: 4 support escalation."), "{line:?}");
    let shown = browser.get(&page.attributes(".held a", "href")[0]).await?.ok(200);
    assert_eq!(shown.texts(".alert").len(), 4);
    ensure!(shown.texts(".alert .fact").iter().all(|fact| fact == "held: guard"), "{}", shown.words());
    ensure!(shown.attributes(".held a", "href").is_empty() && shown.attributes(".alert form", "action").is_empty());
    let open = page.texts(".alert").len();
    browser.post("/dashboard/alerts/release", &[("rule", "loud")]).await?.ok(422);
    let back = [("rule", "support_escalation"), ("reason", "checked"), ("back", "/dashboard/alerts")];
    let released = browser.post("/dashboard/alerts/release", &back).await?.ok(303);
    let after = browser.get(released.location()).await?.ok(200);
    // The guard's own alert is settled with them.
    assert_eq!((after.texts(".held p").len(), after.texts(".alert").len()), (0, open + 4 - 1), "{}", after.words());
    let reader = Browser::signed_in(&next, "*:read").await?;
    reader.post("/dashboard/alerts/release", &back).await?.ok(403);
    Ok(())
}

/// The API says the same wherever it says it, and the pages say it in words; while the percent is hidden, with the reason.
async fn how_likely(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let (accounts, metrics) = likely(12, "2024-05-01");
    world.import(&accounts, Default::default()).await?;
    world.import_of(&METRIC, &metrics, Default::default()).await?;
    models::use_model(&world, &Model::parse(MODEL)?, None, 1, false, &mut |_| {}).await?;
    let (api, browser) = (Api::open(&world), Browser::open(&world));
    let told = async |path: &str| -> Result<Json> {
        Ok(api.get(format!("/api/accounts/l60{path}")).await?.ok(200).json["churn_likelihood"].clone())
    };
    let shown = told("").await?;
    assert_eq!((&shown["verdict"], &shown["check"]["observed"]), (&"holds".into(), &12.into()), "{shown}");
    assert_eq!((told("/health").await?, told("/health/explain").await?), (shown.clone(), shown.clone()));
    let list = api.get("/api/accounts?search=customer%2060").await?.ok(200).json;
    let account = &list["data"][0];
    assert_eq!(
        (&account["churn_times_usual"], &account["churn_probability"]),
        (&shown["times_usual"], &shown["percent"])
    );

    let usual = shown["usual"].as_str().context("words")?;
    let id = account["id"].as_str().context("an id")?;
    let page = browser.get(format!("/dashboard/accounts/{id}")).await?.ok(200);
    let tile = page.texts(".health-tile p").join(" ");
    ensure!(
        tile.contains(&format!("Probability of churn: {usual}; ")) && tile.contains(" % of such accounts churn"),
        "{tile}"
    );
    let why = browser.get(format!("/dashboard/accounts/{id}/health")).await?.ok(200).texts(".panel p").join(" ");
    ensure!(why.contains(usual) && why.contains("Checked: from 2025-12-01 to 2026-02-28 12 accounts churned"), "{why}");

    let gone: Vec<String> = (60..80).map(|n| format!("l{n}")).filter(|name| name != "l60").collect();
    for name in gone {
        world.update(&name, &[("status", "churned"), ("churned_on", "2026-01-15")]).await?;
    }
    models::use_model(&world, &Model::parse(&MODEL.replace("Ours", "The same"))?, None, 1, false, &mut |_| {}).await?;
    let hidden = told("").await?;
    assert_eq!((&hidden["verdict"], &hidden["percent"]), (&"off".into(), &Json::Null), "{hidden}");
    let tile = browser.get(format!("/dashboard/accounts/{id}")).await?.ok(200).texts(".health-tile p").join(" ");
    ensure!(tile.contains("times the usual.") && !tile.contains("of such accounts"), "{tile}");
    let why = browser.get(format!("/dashboard/accounts/{id}/health")).await?.ok(200).texts(".panel p").join(" ");
    ensure!(why.contains("Percent hidden, fit the model again: "), "{why}");
    Ok(())
}
