//! `/api/alerts`: listed, dealt with, let through.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::json;

use super::api::Api;
use fastenr_tests::books::alerts::{escalate, run, three};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/alerts/listed_and_dealt_with", listed_and_dealt_with);
    tests.both("http/alerts/recompute", recompute);
}

async fn listed_and_dealt_with(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let api = Api::open(&world);
    let list = api.get("/api/alerts?limit=2").await?.ok(200).json;
    assert_eq!(
        (&list["total"], &list["hasMore"], &list["data"][0]["severity"]),
        (&json!(3), &json!(true), &json!("critical"))
    );
    let next = list["nextCursor"].as_str().unwrap();
    let rest = api.get(format!("/api/alerts?limit=2&cursor={next}")).await?.ok(200).json;
    assert_eq!((rest["data"].as_array().map(Vec::len), &rest["hasMore"]), (Some(1), &json!(false)));
    assert_eq!(api.get("/api/alerts?severity=critical&owner=jo@example.com").await?.ok(200).json["total"], 1);
    api.get("/api/alerts?sevrity=critical").await?.refused(400, "unknown_filter");
    api.get("/api/alerts?severity=loud").await?.refused(400, "severity");

    let id = list["data"][0]["id"].as_str().unwrap();
    let one = format!("/api/alerts/{id}");
    assert_eq!(api.get(&one).await?.ok(200).json, list["data"][0]);
    let reason = json!({"reason": "call on Monday"});
    let tried = api.post(format!("{one}/acknowledge?dry_run=true"), reason.clone()).await?.ok(200);
    assert_eq!((tried.json["state"].as_str(), tried.header("fastenr-operation")), (Some("open"), ""));
    let seen = api.post(format!("{one}/acknowledge"), reason.clone()).await?.ok(200);
    assert_eq!(
        (&seen.json["state"], &seen.json["acknowledged_reason"]),
        (&json!("acknowledged"), &json!("call on Monday"))
    );
    assert_ne!(seen.header("fastenr-operation"), "");
    // It is so already.
    assert_eq!(api.post(format!("{one}/acknowledge"), json!({})).await?.ok(200).header("fastenr-operation"), "");
    let snoozed = api.post(format!("{one}/snooze"), json!({"until": "2w"})).await?.ok(200);
    assert_eq!((&snoozed.json["state"], &snoozed.json["snoozed_until"]), (&json!("snoozed"), &json!("2026-03-16")));
    api.post(format!("{one}/snooze"), json!({"until": "2026-03-02"})).await?.refused(422, "past_day");
    api.post(format!("{one}/snooze"), json!({"until": "soon"})).await?.refused(400, "date");
    api.post(format!("{one}/resolve"), json!({"reason": " "})).await?.refused(400, "reason");
    api.post(format!("{one}/resolve"), json!({})).await?.refused(400, "body");
    api.post(format!("{one}/resolve"), json!({"reson": "x"})).await?.refused(400, "unknown_field");
    let over = api.post(format!("{one}/resolve"), json!({"reason": "renewed by phone"})).await?.ok(200);
    assert_eq!(over.json["state"], "resolved");
    for unknown in ["nothing", "00000000-0000-0000-0000-000000000000"] {
        api.get(format!("/api/alerts/{unknown}")).await?.refused(404, "unknown_alert");
        api.post(format!("/api/alerts/{unknown}/acknowledge"), json!({})).await?.refused(404, "unknown_alert");
    }

    let none = api.post("/api/alerts/release", json!({})).await?.ok(200);
    assert_eq!(none.json, json!({"operation": null}));
    api.post("/api/alerts/release", json!({"rules": ["health_dorp"]})).await?.refused(400, "alert_rule");
    api.post("/api/alerts/release", json!({"held_by": ["nobody"]})).await?.refused(400, "held_by");
    // Four of thirty at once are held by the guard.
    let next = world.at("2026-03-03T07:00:00Z");
    escalate(&next, &[("x11", 1), ("x12", 1), ("x13", 1), ("x14", 1)]).await?;
    run(&next).await?;
    let api = Api::open(&next);
    let held = api.get("/api/alerts?state=held&held_by=guard").await?.ok(200);
    assert_eq!((&held.json["total"], &held.json["data"][0]["held_by"]), (&json!(4), &json!("guard")));
    let some = api.post("/api/alerts/release", json!({"held_by": ["guard"], "min_arr": 13000})).await?.ok(200);
    assert_eq!(some.json["support_escalation"], 2);
    let rest = api.post("/api/alerts/release", json!({"rules": ["support_escalation"]})).await?.ok(200);
    assert_eq!(rest.json["support_escalation"], 2);
    Ok(())
}

async fn recompute(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let api = Api::open(&world);
    let again = api.post("/api/recompute", json!({})).await?.ok(200);
    assert_eq!((&again.json["changed"], &again.json["accounts"]), (&json!(0), &json!(30)));
    world.update("x9", &[("contract_end", "2026-03-20")]).await?;
    let foretold = api.post("/api/recompute?dry_run=true", json!({"accounts": ["x9"]})).await?.ok(200);
    assert_eq!((&foretold.json["operation"], foretold.header("fastenr-operation")), (&json!(null), ""));
    let done = api.post("/api/recompute", json!({"accounts": ["x9"]})).await?.ok(200);
    assert_eq!(done.json["alerts_opened"], foretold.json["alerts_opened"]);
    assert_eq!(done.json["operation"], done.header("fastenr-operation"));
    api.post("/api/recompute", json!({"as_of": "2030-01-01"})).await?.refused(422, "future_day");
    api.post("/api/recompute", json!({"as_of": "yesterday"})).await?.refused(400, "date");
    api.post("/api/recompute", json!({"accounts": ["nobody"]})).await?.refused(404, "unknown_account");
    let busy = fastenr_core::ops::scores::Run::begin(&world).await?;
    let refused = api.post("/api/recompute", json!({})).await?.refused(503, "busy");
    assert_ne!(refused.header("retry-after"), "");
    busy.end().await;
    Ok(())
}
