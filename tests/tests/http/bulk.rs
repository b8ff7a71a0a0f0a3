//! `/api/bulk/…`

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::api::Api;
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/bulk/actions", actions);
    tests.both("http/bulk/items", items);
    tests.both("http/bulk/bad_input", bad_input);
}

const PATH: &str = "/api/bulk/accounts";

async fn actions(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    for n in 0..6 {
        let (id, name) = (format!("A,{n}"), format!("Acme {n}"));
        world
            .account(&[("external_id", &id), ("name", &name), ("industry", if n < 4 { "Energy" } else { "Food" })])
            .await?;
    }
    let set =
        json!({"action": "update", "set": {"size": "large", "industry": null}, "filter": {"industry": ["Energy"]}});
    let foretold = api.post(format!("{PATH}?dry_run=true"), set.clone()).await?.ok(200);
    assert_eq!((&foretold.json["changed"], foretold.json["changes"].as_array().map(Vec::len)), (&json!(4), Some(8)));
    let mut guarded = set.clone();
    guarded["max_affected"] = json!(3);
    let refused = api.post(PATH, guarded.clone()).await?.refused(409, "max_affected");
    assert!(!refused.text().contains("--"), "{}", refused.text());
    api.post(format!("{PATH}?dry_run=true"), guarded).await?.refused(409, "max_affected");
    let done = api.post(PATH, set).await?.ok(200);
    assert_eq!((&done.json["changed"], &done.json["operation"]), (&json!(4), &json!(done.header("fastenr-operation"))));
    assert_eq!(api.get("/api/accounts?size=large").await?.ok(200).json["total"], 4);

    // External ids with commas are ids like others.
    let tag = json!({"action": "tag", "tags": {"add": ["vip", "x"]}, "ids": ["A,0", "A,5"], "expect": 2});
    api.post(PATH, tag).await?.ok(200);
    assert_eq!(api.get("/api/accounts?tag=vip").await?.ok(200).json["total"], 2);
    api.post(PATH, json!({"action": "archive", "filter": {"tag": ["vip"]}})).await?.ok(200);
    assert_eq!(api.get("/api/accounts").await?.ok(200).json["total"], 4);
    api.post(PATH, json!({"action": "restore", "ids": ["A,0"]})).await?.ok(200);
    assert_eq!(api.get("/api/accounts").await?.ok(200).json["total"], 5);
    api.post(PATH, json!({"action": "archive", "ids": ["A,0", "nothing"]})).await?.refused(404, "unknown_ids");

    for (noun, new) in [
        ("goals", json!({"account": "A,1", "title": "Grow"})),
        (
            "engagements",
            json!({"account": "A,1", "type": "call", "title": "Hello", "completed_at": "2026-02-01T10:00:00Z"}),
        ),
    ] {
        api.post(format!("/api/{noun}"), new).await?.ok(201);
        let bulk = format!("/api/bulk/{noun}");
        api.post(&bulk, json!({"action": "update", "set": {"title": "Other"}, "filter": {"account": "A,1"}}))
            .await?
            .ok(200);
        api.post(&bulk, json!({"action": "archive", "all": true})).await?.refused(400, "action");
        let gone = api.post(&bulk, json!({"action": "delete", "all": true})).await?.ok(200);
        assert_eq!(gone.json["changed"], 1, "{noun}");
    }
    Ok(())
}

fn statuses(answer: &Json) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["status"].as_str().unwrap()).collect()
}

async fn items(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    for n in 0..3 {
        world
            .account(&[("external_id", &format!("A-{n}")), ("name", &format!("Acme {n}")), ("industry", "Energy")])
            .await?;
    }
    let mixed = json!({"items": [
        {"external_id": "A-0", "seats": 5, "industry": null},
        {"external_id": "A-1", "name": "Acme 1"},
        {"external_id": "A-9", "name": "Acme 9", "tags": ["new"]},
        {"external_id": "A-2", "seats": -1},
    ]});
    let refused = api.post(PATH, mixed.clone()).await?.ok(422);
    assert_eq!((&refused.json["applied"], &refused.json["operation"]), (&json!(false), &json!(null)));
    assert_eq!(statuses(&refused.json), ["updated", "unchanged", "created", "rejected"]);
    assert_eq!(refused.json["items"][3]["errors"][0]["member"], "seats");
    assert_eq!(refused.json["items"][2]["id"], json!(null));
    assert_eq!(api.get("/api/accounts").await?.ok(200).json["total"], 3);

    let mut skipping = mixed;
    skipping["on_error"] = json!("skip");
    let foretold = api.post(format!("{PATH}?dry_run=true"), skipping.clone()).await?.ok(200);
    let done = api.post(PATH, skipping).await?.ok(200);
    assert_eq!(statuses(&done.json), statuses(&foretold.json));
    assert_eq!((&done.json["created"], &done.json["rejected"]), (&json!(1), &json!(1)));
    assert_eq!(done.json["operation"], done.header("fastenr-operation"));
    let new = api.get("/api/accounts/A-9").await?.ok(200).json;
    assert_eq!((&new["id"], &new["tags"]), (&done.json["items"][2]["id"], &json!(["new"])));
    let changed = api.get("/api/accounts/A-0").await?.ok(200).json;
    assert_eq!((&changed["seats"], &changed["industry"]), (&json!(5), &json!(null)));

    let id = new["id"].as_str().unwrap();
    let by_id = api.post(PATH, json!({"items": [{"id": id, "seats": 3}]})).await?.ok(200);
    assert_eq!((statuses(&by_id.json)[0], &by_id.json["items"][0]["id"]), ("updated", &json!(id)));
    Ok(())
}

async fn bad_input(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let many = vec!["x"; 10_001];
    for (body, code) in [
        (json!({"action": "update", "set": {"siz": "large"}, "all": true}), "unknown_field"),
        (json!({"action": "delete", "all": true}), "action"),
        (json!({"action": "tag", "tags": {"add": ["a,b"]}, "all": true}), "comma"),
        (json!({"action": "archive", "ids": many}), "too_many"),
        (json!({"action": "archive", "ids": []}), "ids"),
        (json!({"action": "archive", "filter": {"statu": ["active"]}}), "unknown_field"),
        (json!({"items": []}), "items"),
        (json!({"items": [5]}), "body"),
        (json!({"items": [{"external_id": "A", "nme": "x"}]}), "unknown_field"),
        (json!({"items": [{"external_id": "A", "version": 3}]}), "read_only_field"),
        (json!({"item": []}), "unknown_field"),
    ] {
        api.post(PATH, body.clone()).await?.refused(400, code);
    }
    let tags = json!({"action": "tag", "tags": "vip", "all": true});
    let refused = api.post(PATH, tags).await?.refused(400, "body");
    assert_eq!(refused.json["errors"][0]["pointer"], "/tags");
    assert!(refused.text().contains("expected an object with add, remove or both"), "{}", refused.text());
    for (body, code) in [
        (json!({}), "action_or_items"),
        (json!({"action": "update", "set": {"size": "large"}}), "no_filter"),
        (json!({"action": "update", "all": true}), "no_change"),
        (json!({"action": "archive", "all": true, "filter": {"search": "x"}}), "all"),
        (json!({"action": "tag", "set": {"size": "large"}, "all": true}), "not_with"),
        (json!({"action": "archive", "all": true, "on_error": "skip"}), "not_with"),
        (json!({"action": "archive", "items": [{"id": "x"}]}), "action_and_items"),
        (json!({"items": [{"external_id": "A", "name": "x"}], "filter": {"search": "x"}}), "not_with"),
        (json!({"items": [{"name": "x"}]}), "no_key"),
        (json!({"items": [{"arr": [{}, 126]}]}), "no_key"),
    ] {
        let refused = api.post(PATH, body.clone()).await?.refused(422, code);
        assert!(!refused.text().contains("--") && !refused.text().contains("file"), "{}", refused.text());
    }
    Ok(())
}
