//! An account with what is around it, and what happened there.

use anyhow::Result;
use axum::http::Method;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::json;

use super::api::Api;
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/around/an_account_with_all_of_it", overview);
    tests.both("http/around/what_happened", timeline);
}

async fn overview(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Above"), ("external_id", "P")]).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1"), ("arr", "1200.50"), ("parent", "P")]).await?;
    let api = Api::open(&world);
    api.post("/api/contacts", json!({"account": "A-1", "name": "Jo Doe"})).await?.ok(201);
    let met = json!({"account": "A-1", "type": "call", "title": "Hello", "completed_at": "2026-02-01T10:00:00Z"});
    api.post("/api/engagements", met).await?.ok(201);
    api.post("/api/goals", json!({"account": "A-1", "title": "Grow", "target_value": 10, "current_value": 5}))
        .await?
        .ok(201);
    api.post("/api/metrics", json!({"account": "A-1", "metric_date": "2026-02-01", "csat": 87.5})).await?.ok(201);
    let got = api.get("/api/accounts/A-1").await?.ok(200);
    assert_eq!((got.header("etag"), &got.json["arr"]), ("", &json!(1200.5)));
    assert_eq!(got.json["last_engagement"]["title"], "Hello");
    assert_eq!(got.json["parent_account"]["external_id"], "P");
    assert_eq!(got.json["contacts"][0]["name"], "Jo Doe");
    assert_eq!(got.json["goals"][0]["progress"], 50);
    assert_eq!(got.json["metrics"]["csat"]["value"], 87.5);
    assert_eq!(got.json["counts"]["engagements"], 1);
    // Its version is what a write takes.
    let tag = format!("\"{}\"", got.json["version"]);
    let put = |tag: String| {
        api.ask(Method::PUT, "/api/accounts/A-1").header("if-match", &tag).json(&json!({"seats": 5})).send()
    };
    put(tag.clone()).await?.ok(200);
    put(tag).await?.refused(412, "stale");
    api.get("/api/accounts/A-1?fields=name").await?.refused(400, "unknown_filter");
    Ok(())
}

async fn timeline(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    for day in 1..=3 {
        let body = json!({"account": "A-1", "type": "call", "title": format!("Call {day}"),
                          "completed_at": format!("2026-02-0{day}T10:00:00Z")});
        api.post("/api/engagements", body).await?.ok(201);
    }
    world.update("A-1", &[("arr", "5")]).await?;
    let path = "/api/accounts/A-1/timeline";
    let all = api.get(path).await?.ok(200).json;
    assert_eq!((&all["limit"], &all["hasMore"]), (&json!(25), &json!(false)));
    let changed = |event: &serde_json::Value| event["kind"] == "change" && event["changes"][0]["field"] == "arr";
    assert!(all["data"].as_array().unwrap().iter().any(changed), "{all}");
    let calls = api.get(format!("{path}?kind=engagement&limit=2")).await?.ok(200).json;
    assert_eq!((&calls["data"][0]["title"], &calls["hasMore"]), (&json!("call: Call 3"), &json!(true)));
    let early = api.get(format!("{path}?kind=engagement,goal&to=2026-02-01")).await?.ok(200).json;
    assert_eq!((early["data"].as_array().unwrap().len(), &early["data"][0]["title"]), (1, &json!("call: Call 1")));
    api.get(format!("{path}?from=2026-02-02&to=2026-02-01")).await?.refused(422, "empty_range");
    for (query, code) in [
        ("kind=weather", "event_kind"),
        ("from=soon", "time"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("page=2", "unknown_filter"),
    ] {
        api.get(format!("{path}?{query}")).await?.refused(400, code);
    }
    api.get("/api/accounts/nobody/timeline").await?.refused(404, "unknown_account");
    Ok(())
}
