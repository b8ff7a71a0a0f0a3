//! The dashboard, ARR, reports, goals on their way, and models.

use anyhow::Result;
use axum::http::Method;
use fastenr_core::model::KeyName;
use fastenr_core::model::api_key::{Expiry, Scopes};
use fastenr_core::ops::keys;
use fastenr_core::secret::Secrets;
use fastenr_http::server::Policy;
use fastenr_http::{Access, State};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::api::Api;
use fastenr_tests::books::scores::{book, recompute};
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/figures/a_dashboard_is_what_the_lists_say", dashboard);
    tests.both("http/figures/arr_and_reports", reports);
    tests.both("http/figures/goals_on_their_way", goals);
    tests.both("http/figures/milestones", milestones);
    tests.both("http/figures/models", models);
    tests.both("http/figures/a_key_sees_and_sets_what_its_scopes_say", scopes);
}

async fn dashboard(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let empty = api.get("/api/dashboard/stats").await?.ok(200).json;
    assert_eq!((&empty["accounts"], &empty["arr"], &empty["health"]["average"]), (&json!(0), &json!(0), &Json::Null));
    book(&world).await?;
    world
        .account(&[
            ("external_id", "x"),
            ("name", "X"),
            ("arr", "9"),
            ("status", "churned"),
            ("contract_end", "2026-03-05"),
        ])
        .await?;
    world.account(&[("external_id", "y"), ("name", "Y"), ("arr", "50"), ("status", "at_risk")]).await?;
    recompute(&world, None).await?;
    // Archived after it was scored: it is in no figure any more.
    world.account(&[("external_id", "z"), ("name", "Z"), ("arr", "1000000")]).await?;
    api.delete("/api/accounts/z").await?.ok(200);
    let stats = api.get("/api/dashboard/stats").await?.ok(200).json;
    let total = |query: &'static str| {
        let api = &api;
        async move { anyhow::Ok(api.get(query).await?.ok(200).json["total"].clone()) }
    };
    assert_eq!(stats["accounts"], total("/api/accounts").await?);
    for status in stats["statuses"].as_array().unwrap() {
        let query = format!("/api/accounts?status={}", status["status"].as_str().unwrap());
        assert_eq!(status["accounts"], api.get(query).await?.json["total"], "{status}");
    }
    let arr: i64 = (1..=24).map(|n| n * 1_000).sum::<i64>() + 50;
    assert_eq!(stats["arr"], arr);
    assert_eq!(stats["at_risk"]["accounts"], total("/api/accounts?status=at_risk").await?);
    let due = total("/api/accounts?renews_within=90d&status=active,at_risk,onboarding").await?;
    assert_eq!((&stats["renewals"]["accounts"], &stats["renewals"]["by"]), (&due, &json!("2026-05-30")));
    let engaged = total("/api/engagements?from=30d").await?;
    assert!(
        stats["engagements"]["completed"].as_u64() > Some(0)
            && stats["engagements"]["completed"].as_u64() <= engaged.as_u64()
    );
    assert_eq!(stats["goals"]["open"], total("/api/goals?open=true").await?);
    let summary = api.get("/api/health/summary").await?.ok(200).json;
    assert_eq!(stats["as_of"], summary["as_of"]);
    for name in ["average", "accounts", "bands"] {
        assert_eq!(stats["health"][name], summary["health"][name], "{name}");
    }
    assert_eq!(stats["health"]["left_out"], summary["left_out"]);
    // Another organization's is empty.
    let other = Api::open(&world.organization("other").await?);
    assert_eq!(other.get("/api/dashboard/stats").await?.ok(200).json["accounts"], 0);
    api.get("/api/dashboard/stats?state=active").await?.refused(400, "unknown_filter");
    // With a filter they are those of the accounts that the list shows.
    for filter in ["status=at_risk,churned", "arr_min=5000", "search=x", "renews_within=90d", "archived=true"] {
        let stats = api.get(format!("/api/dashboard/stats?{filter}")).await?.ok(200).json;
        let list = api.get(format!("/api/accounts?{filter}")).await?.json;
        assert_eq!(stats["accounts"], list["total"], "{filter}");
        let summary = api.get(format!("/api/health/summary?{filter}")).await?.ok(200).json;
        assert_eq!(stats["health"]["bands"], summary["health"]["bands"], "{filter}");
        assert!(stats["alerts"]["open"].as_u64() <= api.get("/api/alerts").await?.json["total"].as_u64());
    }
    let met = api.get("/api/dashboard/stats?arr_min=1000000000").await?.ok(200).json;
    assert_eq!(
        (&met["engagements"]["completed"], &met["goals"]["open"], &met["alerts"]["open"]),
        (&json!(0), &json!(0), &json!(0))
    );
    Ok(())
}

async fn reports(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    book(&world).await?;
    let arr = api.get("/api/arr/summary?period=2026&by=size&status=active").await?.ok(200).json;
    assert_eq!(
        (&arr["from"], &arr["by"], arr["groups"].as_array().unwrap().len()),
        (&json!("2026-01-01"), &json!("size"), 3)
    );
    assert_eq!(arr["total"]["closing"], 300_000);
    api.get("/api/arr/summary?from=2025-01-01&to=2025-12-31&by=month&with_archived=true").await?.ok(200);
    let goals = api.get("/api/goals/report?by=owner&impact=true").await?.ok(200).json;
    assert_eq!((&goals["total"]["goals"], &goals["total"]["missed"]), (&json!(1), &json!(1)));
    assert!(goals["impact"]["rows"].is_array());
    for by in ["type", "account", "owner"] {
        let met = api
            .get(format!("/api/engagements/report?by={by}&from=2025-12-01&to=2026-03-01&impact=true"))
            .await?
            .ok(200)
            .json;
        assert_eq!((&met["by"], &met["total"]["completed"]), (&json!(by), &json!(10)), "{met}");
    }
    for (path, code) in [
        ("arr/summary?period=2026&from=2026-01-01", "period"),
        ("arr/summary?period=soon", "period"),
        ("arr/summary?by=colour", "group_by"),
        ("arr/summary?archived=true&with_archived=true", "archived"),
        ("arr/summary?from=x", "date"),
        ("goals/report?by=colour", "by"),
        ("goals/report?page=1", "unknown_filter"),
        ("engagements/report?by=colour", "by"),
        ("engagements/report?impact=yes", "impact"),
        ("engagements/report?from=2026-02-01&to=2026-01-01", "period"),
    ] {
        let refused = api.get(format!("/api/{path}")).await?;
        let status = if code == "period" { 422 } else { 400 };
        assert_eq!(refused.status, status, "{path} {}", refused.text());
        assert!(refused.problem() == code || code == "group_by", "{path} {}", refused.text());
    }
    Ok(())
}

async fn goals(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    let goal = json!({"account": "A-1", "external_id": "G", "title": "Grow", "start_value": 0, "target_value": 100,
                      "started_on": "2026-01-01", "target_date": "2026-06-30", "milestones": [{"title": "Half", "target_value": 50}]});
    api.post("/api/goals", goal).await?.ok(201);
    let path = "/api/goals/G/progress";
    let looked = api.get(path).await?.ok(200).json;
    assert_eq!((&looked["progress_share"], &looked["next_milestone"]["title"]), (&json!(0), &json!("Half")));
    let before = api.post(format!("{path}?dry_run=true"), json!({"value": 40})).await?.ok(200);
    assert_eq!((&before.json["current_value"], before.header("etag")), (&json!(40), ""));
    let done = api.post(path, json!({"value": 40, "on": "2026-02-01"})).await?.ok(200);
    assert_eq!((&done.json["current_value"], done.header("fastenr-operation").is_empty()), (&json!(40), false));
    let done = api.post(path, json!({"by": 12.5})).await?.ok(200);
    assert_eq!(done.json["current_value"], 52.5);
    assert!(done.json["milestones"][0]["completed_on"].is_string());
    assert_eq!(api.get(path).await?.ok(200).json["progress_share"], 52.5);
    for (body, code, pointer) in [
        (json!({}), "required", "/value"),
        (json!({"value": 5, "by": 5}), "given_twice", "/by"),
        (json!({"value": "5"}), "type", "/value"),
        (json!({"valu": 5}), "unknown_field", "/valu"),
        (json!({"value": 5, "on": "soon"}), "date", "/on"),
    ] {
        let refused = api.post(path, body).await?.refused(400, code);
        assert_eq!(refused.json["errors"][0]["pointer"].as_str().unwrap_or_default(), pointer, "{}", refused.json);
    }
    for (body, code, pointer) in [
        (json!({"value": 5, "on": "2026-03-02"}), "future", ""),
        (json!({"value": 5, "on": "2025-03-02"}), "before_start", ""),
        (json!({"by": 5, "on": "2026-02-02"}), "late_step", ""),
        (json!({"value": 1.234}), "goal_value", "/value"),
        (json!({"by": 1.234}), "goal_value", "/by"),
    ] {
        let refused = api.post(path, body).await?.refused(422, code);
        assert_eq!(refused.json["errors"][0]["pointer"].as_str().unwrap_or_default(), pointer, "{}", refused.json);
    }
    api.post("/api/goals/nothing/progress", json!({"value": 1})).await?.refused(404, "unknown_record");
    Ok(())
}

async fn milestones(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    api.post("/api/goals", json!({"account": "A-1", "external_id": "G", "title": "Grow", "target_value": 100}))
        .await?
        .ok(201);
    let path = "/api/goals/G/milestones";
    let none = api.get(path).await?.ok(200);
    assert_eq!((&none.json, none.header("etag")), (&json!({"milestones": []}), "\"1\""));
    let list =
        json!({"milestones": [{"title": "Half", "target_value": 50.5}, {"title": "All", "target_date": "2026-06-30"}]});
    let put = |tag: &'static str, list: Json| api.ask(Method::PUT, path).header("if-match", tag).json(&list).send();
    let done = put("\"1\"", list.clone()).await?.ok(200);
    assert_eq!((&done.json["milestones"][0]["target_value"], done.header("etag")), (&json!(50.5), "\"2\""));
    put("\"1\"", list).await?.refused(412, "stale");
    assert_eq!(put("*", json!({"milestones": []})).await?.ok(200).json, json!({"milestones": []}));
    for body in [
        json!({}),
        json!({"milestones": null}),
        json!({"milestones": [], "title": "x"}),
        json!({"milestones": [{"titel": "x"}]}),
        json!({"milestones": [{"title": ""}]}),
    ] {
        let refused = put("*", body).await?;
        assert_eq!(
            (refused.status, refused.json["errors"][0]["pointer"].is_string()),
            (400, true),
            "{}",
            refused.text()
        );
    }
    Ok(())
}

async fn models(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let list = api.get("/api/models").await?.ok(200).json;
    assert_eq!(
        (&list["total"], &list["data"][0]["name"], &list["data"][0]["position"]),
        (&json!(1), &json!("built-in"), &json!(1))
    );
    let model = api.get("/api/models/built-in").await?.ok(200).json;
    assert_eq!(model["name"], "built-in");
    api.get("/api/models/ours").await?.refused(404, "unknown_model");
    Ok(())
}

async fn scopes(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let access = || Access::Keys { db: world.db.clone(), clock: world.clock, ids: world.ids.clone() };
    let api = Api::with(State::new(access(), Policy::default()));
    let key = async |seed: u64, scopes: &str| {
        let new = keys::NewKey {
            name: KeyName::parse("test").unwrap(),
            user: None,
            scopes: Scopes::parse(scopes).unwrap(),
            expiry: Expiry::Never,
        };
        let made = keys::create(&world, Secrets::Fixed(seed), &new, false).await?;
        anyhow::Ok(api.key(made.secret.unwrap().expose()))
    };
    let narrow = key(1, "accounts:read,accounts:write,metrics:write,goals:read").await?;
    let wide = key(2, "*:read,accounts:write,metrics:write,health:write").await?;
    let body = json!({"health_score": 5, "reason": "x"});
    let day = json!({"account": "A-1", "health_score": 6, "reason": "x"});
    narrow.put("/api/accounts/A-1", body.clone()).await?.refused(403, "missing_scope");
    narrow.post("/api/v1/health", day.clone()).await?.refused(403, "missing_scope");
    narrow.put("/api/accounts/A-1", json!({"arr": 5})).await?.ok(200);
    narrow.get("/api/dashboard/stats").await?.refused(403, "missing_scope");
    narrow.get("/api/goals/report?impact=true").await?.refused(403, "missing_scope");
    narrow.get("/api/goals/report").await?.ok(200);
    wide.put("/api/accounts/A-1", body).await?.ok(200);
    wide.post("/api/v1/health", day).await?.ok(200);
    wide.get("/api/dashboard/stats").await?.ok(200);
    wide.get("/api/goals/report?impact=true").await?.ok(200);
    Ok(())
}
