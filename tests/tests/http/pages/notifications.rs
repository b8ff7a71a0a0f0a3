//! Notifications: the page and the API say the same, and what is read in one is read in the other.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fastenr_core::ops::{activities, users};
use fastenr_tests::books::alerts::three;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::World;
use serde_json::{Value as Json, json};

use super::browser::Browser;
use crate::api::Api;
use crate::guard::{uncounted, with_keys};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/pages/notifications_say_what_the_api_says", say_what_the_api_says);
    tests.both("http/pages/notifications_need_what_they_tell_of", need_what_they_tell_of);
}

/// As Jo, once nothing is open that could still come before what is there.
async fn jo(world: &World) -> Result<World> {
    let jo = world.acting_as(&users::get(world, "jo@example.com").await?);
    for _ in 0..600 {
        if activities::end(&jo).await?.1.is_empty() {
            return Ok(jo);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("something is open for 30 seconds")
}

const BELL: &str = "#bell";

async fn say_what_the_api_says(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let jo = jo(&world).await?;
    let (api, browser) = (Api::open(&jo), Browser::open(&jo));
    let page = browser.get("/dashboard/notifications").await?.ok(200);
    let told = api.get("/api/notifications").await?.ok(200).json;
    let rows = told["notifications"].as_array().context("rows")?;
    let texts = |rows: &[Json]| -> Vec<String> {
        // Sentences on the page.
        rows.iter().filter_map(|row| row["text"].as_str()).map(|text| text[1..].to_owned()).collect()
    };
    let shown: Vec<String> =
        page.texts("tbody th a").iter().map(|text| text[1..].trim_end_matches('.').to_owned()).collect();
    assert_eq!((shown, rows.len()), (texts(rows), 2));
    ensure!(rows.iter().all(|row| row["unread"] == true), "{told}");
    assert_eq!(page.texts("tr.unread").len(), 2);
    assert_eq!(page.attributes(BELL, "aria-label"), ["Notifications: 2 unread"]);
    // The bell is on every page, and by itself.
    for path in ["/dashboard/accounts?view=rows", "/dashboard/notifications?limit=1"] {
        let other = browser.get(path).await?.ok(200);
        assert_eq!(other.attributes(BELL, "aria-label"), ["Notifications: 2 unread"], "{path}");
    }
    let bell = browser.block("/dashboard/notifications", "bell").await?.ok(200);
    assert_eq!((bell.texts(BELL), bell.texts("main").len()), (vec!["2".to_owned()], 0));
    ensure!(browser.get("/dashboard/notifications?limit=1").await?.words().contains("1 of 2"), "the rest is not told");

    let fields = page.form("/dashboard/notifications/read")?;
    browser.post("/dashboard/notifications/read", &fields).await?.ok(303);
    assert_eq!(api.get("/api/notifications?unread=true").await?.ok(200).json["notifications"], json!([]));
    let page = browser.get("/dashboard/notifications?unread=true").await?.ok(200);
    ensure!(page.words().contains("Nothing unread"), "{}", page.words());
    ensure!(page.form("/dashboard/notifications/read").is_err(), "there is nothing to mark");

    let read = "/api/notifications/read";
    assert_eq!(api.post(read, json!({})).await?.ok(200).json, json!({"unread": 0}));
    assert_eq!(api.post(read, json!({"cursor": told["cursor"]})).await?.ok(200).json, json!({"unread": 0}));
    api.post(read, json!({"cursor": "yesterday"})).await?.refused(422, "cursor");
    api.post(read, json!({"cursor": 7, "up_to": 1})).await?.refused(400, "invalid_fields");
    api.get("/api/notifications?limit=0").await?.refused(400, "limit");
    Ok(())
}

async fn need_what_they_tell_of(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let jo = jo(&world).await?;
    let some = Browser::signed_in(&jo, "accounts:read,activities:read").await?;
    let page = some.get("/dashboard/accounts").await?.ok(200);
    ensure!(page.texts(BELL).is_empty(), "a bell that can't be opened");
    some.get("/dashboard/notifications").await?.ok(403);
    ensure!(some.post("/dashboard/notifications/read", &[("cursor", "x")]).await?.ok(403).texts(BELL).is_empty());
    // Reading is all that is needed to mark as read.
    let reader = Browser::signed_in(&jo, "*:read").await?;
    let page = reader.get("/dashboard/notifications").await?.ok(200);
    reader.post("/dashboard/notifications/read", &page.form("/dashboard/notifications/read")?).await?.ok(303);
    let page = reader.get("/dashboard").await?.ok(200);
    assert_eq!(page.attributes(BELL, "aria-label"), ["Notifications: none unread"]);
    Browser::new(with_keys(&jo, uncounted())).get("/dashboard/events").await?.ok(303);
    Ok(())
}
