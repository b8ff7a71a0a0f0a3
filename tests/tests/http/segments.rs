//! `/api/segments`, `/api/users`, and accounts that are one customer.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::json;

use super::api::Api;
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/segments/made_used_deleted", made_used_deleted);
    tests.both("http/segments/users", users);
    tests.both("http/segments/duplicates_merge", duplicates_merge);
}

async fn made_used_deleted(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    for (name, status) in [("Acme", "active"), ("Beta", "at_risk"), ("Gamma", "at_risk")] {
        world.account(&[("name", name), ("status", status)]).await?;
    }
    let body = json!({"name": "At risk", "filter": {"status": ["at_risk", "churned"]}});
    api.post("/api/segments?dry_run=true", body.clone()).await?.ok(200);
    let made = api.post("/api/segments", body.clone()).await?.ok(201);
    assert_eq!((&made.json["accounts"], made.header("etag")), (&json!(2), "\"1\""));
    let one = made.header("location").to_owned();
    assert_eq!(api.get(&one).await?.ok(200).json, api.get("/api/segments/at%20RISK").await?.ok(200).json);
    assert_eq!(api.get("/api/accounts?segment=At%20risk").await?.ok(200).json["total"], 2);
    api.post("/api/segments", body).await?.refused(409, "exists");
    for (body, code) in [
        (json!({"name": "x"}), "required"),
        (json!({"nam": "x", "filter": {}}), "invalid_fields"),
        (json!({"name": 5, "filter": {"search": "x"}}), "type"),
        (json!({"name": "x", "filter": {"statu": ["active"]}}), "unknown_field"),
        (json!({"name": "x", "filter": {"status": "active"}}), "type"),
    ] {
        api.post("/api/segments", body).await?.refused(400, code);
    }
    for (filter, code) in [(json!({}), "empty_filter"), (json!({"segment": ["At risk"]}), "nested_segment")] {
        api.post("/api/segments", json!({"name": "x", "filter": filter})).await?.refused(422, code);
    }
    api.post("/api/segments", json!({"name": "Big", "filter": {"arr_min": 5, "unowned": true}})).await?.ok(201);
    let first = api.get("/api/segments?limit=1").await?.ok(200).json;
    assert_eq!((&first["total"], &first["data"][0]["name"]), (&json!(2), &json!("At risk")));
    let next = first["nextCursor"].as_str().unwrap();
    let second = api.get(format!("/api/segments?limit=1&cursor={next}")).await?.ok(200).json;
    assert_eq!((&second["data"][0]["name"], &second["hasMore"]), (&json!("Big"), &json!(false)));
    let delete = |tag: &'static str| api.ask(axum::http::Method::DELETE, &one).header("if-match", tag).send();
    let put = |tag: &'static str, body: &serde_json::Value| {
        api.ask(axum::http::Method::PUT, &one).header("if-match", tag).json(body).send()
    };
    put("\"2\"", &json!({"name": "x"})).await?.refused(412, "stale");
    let tried = api.put(format!("{one}?dry_run=true"), json!({"filter": {"status": ["active"]}})).await?.ok(200).json;
    assert_eq!(tried["filter"], "--status active");
    let renamed = put("\"1\"", &json!({"name": "At RISK"})).await?.ok(200);
    assert_eq!((&renamed.json["name"], renamed.header("etag")), (&json!("At RISK"), "\"2\""));
    api.put(&one, json!({"name": "big"})).await?.refused(409, "exists");
    api.put(&one, json!({"filter": {}})).await?.refused(422, "empty_filter");
    api.put(&one, json!({"nam": "x"})).await?.refused(400, "unknown_field");
    delete("\"1\"").await?.refused(412, "stale");
    api.delete(format!("{one}?dry_run=true")).await?.ok(200);
    delete("\"2\"").await?.ok(204);
    api.get(&one).await?.refused(404, "unknown_segment");
    Ok(())
}

async fn users(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    for n in 0..4 {
        world.user(&format!("jo{n}@example.com"), &format!("Jo {n}")).await?;
    }
    let page = api.get("/api/users?limit=3").await?.ok(200).json;
    assert_eq!((&page["total"], page["data"].as_array().map(Vec::len)), (&json!(5), Some(3)));
    let next = page["nextCursor"].as_str().unwrap();
    assert_eq!(
        api.get(format!("/api/users?limit=3&cursor={next}")).await?.ok(200).json["data"].as_array().map(Vec::len),
        Some(2)
    );
    // A cursor belongs to its filter.
    api.get(format!("/api/users?limit=3&active=true&cursor={next}")).await?.refused(422, "cursor");
    assert_eq!(api.get("/api/users?active=true").await?.ok(200).json["total"], 5);
    api.get("/api/users?active=perhaps").await?.refused(400, "bool");
    let one = api.get("/api/users/jo1@example.com").await?.ok(200);
    assert_eq!((&one.json["name"], one.header("etag")), (&json!("Jo 1"), "\"1\""));
    api.get("/api/users/nobody@example.com").await?.refused(404, "unknown_user");
    Ok(())
}

async fn duplicates_merge(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    for (n, name) in ["Acme", "Borealis", "Cumulonimbus"].iter().enumerate() {
        let domain = format!("{}.example", name.to_lowercase());
        for (id, form) in [("A", ""), ("B", " Inc")] {
            let (id, name) = (format!("{id}-{n}"), format!("{name}{form}"));
            world.account(&[("external_id", &id), ("name", &name), ("domain", &domain)]).await?;
        }
    }
    let page = api.get("/api/accounts/duplicates?limit=2&min_score=60").await?.ok(200).json;
    assert_eq!((&page["total"], &page["hasMore"]), (&json!(3), &json!(true)));
    let next = page["nextCursor"].as_str().unwrap();
    let rest = api.get(format!("/api/accounts/duplicates?limit=2&min_score=60&cursor={next}")).await?.ok(200).json;
    let pair = &rest["data"][0];
    assert!(rest["data"].as_array().unwrap().len() == 1 && !page["data"].as_array().unwrap().contains(pair), "{rest}");
    api.get("/api/accounts/duplicates?min_score=101").await?.refused(400, "min_score");
    let (keep, duplicate) = (pair["keep_id"].as_str().unwrap(), pair["duplicate_id"].as_str().unwrap());
    let merge = format!("/api/accounts/{keep}/merge");
    let body = json!({"duplicates": [duplicate]});
    let foretold = api.post(format!("{merge}?dry_run=true"), body.clone()).await?.ok(200).json;
    assert_eq!((&foretold["operation"], &foretold["dry_run"]), (&json!(null), &json!(true)));
    let done = api.post(&merge, body).await?.ok(200);
    assert_eq!(done.json["operation"], done.header("fastenr-operation"));
    assert_eq!(done.json["aliases"], foretold["aliases"]);
    api.post(&merge, json!({"duplicates": [keep]})).await?.refused(422, "keep_named");
    api.post(&merge, json!({"duplicates": ["nothing"]})).await?.refused(404, "unknown_account");
    api.post(&merge, json!({"duplicate": ["x"]})).await?.refused(400, "unknown_field");

    let sure = "/api/accounts/duplicates/merge";
    api.post(sure, json!({"max_affected": 1})).await?.refused(409, "max_affected");
    api.post(sure, json!({"filter": {"serch": "x"}})).await?.refused(400, "unknown_field");
    let foretold = api.post(format!("{sure}?dry_run=true"), json!({})).await?.ok(200).json;
    assert_eq!((&foretold["merged"], &foretold["operation"]), (&json!(2), &json!(null)));
    let done = api.post(sure, json!({"expect": 2})).await?.ok(200);
    assert_eq!((&done.json["merged"], done.json["merges"].as_array().map(Vec::len)), (&json!(2), Some(2)));
    assert_eq!(done.json["operation"], done.header("fastenr-operation"));
    assert_eq!(api.post(sure, json!({})).await?.ok(200).json["operation"], json!(null));
    Ok(())
}
