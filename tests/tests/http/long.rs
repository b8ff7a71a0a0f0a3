//! `/api/operations`, and answers to work that takes long.

use std::time::Duration;

use anyhow::{Result, ensure};
use fastenr_core::ops::operations;
use fastenr_core::store::Lock;
use fastenr_http::server::Policy;
use fastenr_http::{Access, State};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::api::{Answered, Api};
use fastenr_tests::world::{World, connect, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/long/listed_and_taken_back", listed_and_taken_back);
    tests.both("http/long/answered_early", answered_early);
    tests.both("http/long/activities", activities);
}

async fn listed_and_taken_back(backend: &Backend) -> Result<()> {
    // Later than what made the organization, whose id has a random place within its moment.
    let world = world(backend).await?.at("2026-03-01T08:00:00Z");
    let api = Api::open(&world);
    let made = api.post("/api/accounts", json!({"name": "Acme", "external_id": "A-1", "seats": 5})).await?.ok(201);
    let id = made.header("fastenr-operation").to_owned();
    let changed = api.put("/api/accounts/A-1", json!({"seats": 7, "industry": "Energy"})).await?.ok(200);
    let change = changed.header("fastenr-operation").to_owned();
    let list = api.get("/api/operations?limit=1").await?.ok(200).json;
    assert_eq!((&list["total"], &list["data"][0]["id"]), (&json!(3), &json!(change)));
    let next = list["nextCursor"].as_str().unwrap();
    assert_eq!(api.get(format!("/api/operations?limit=1&cursor={next}")).await?.ok(200).json["data"][0]["id"], id);
    assert_eq!(api.get("/api/operations?kind=accounts.update&since=7d").await?.ok(200).json["total"], 1);
    api.get("/api/operations?knd=x").await?.refused(400, "unknown_filter");
    api.get("/api/operations?by=nobody@example.com").await?.refused(404, "unknown_user");
    let one = api.get(format!("/api/operations/{change}")).await?.ok(200).json;
    assert_eq!((&one["kind"], &one["status"]), (&json!("accounts.update"), &json!("done")));
    api.get("/api/operations/ffffffff").await?.refused(404, "unknown_operation");
    // An answer given at once is not kept; that nothing is to come is known a minute later.
    let result = format!("/api/operations/{change}/result");
    api.get(&result).await?.ok(202);
    let later = Api::open(&world.at("2026-03-01T08:01:00Z"));
    later.get(&result).await?.refused(404, "no_result");

    // Somebody changed one of the two fields since.
    api.put("/api/accounts/A-1", json!({"seats": 9})).await?.ok(200);
    let undo = format!("/api/operations/{change}/undo");
    let foretold = empty_post(&api, format!("{undo}?dry_run=true")).await?.ok(200).json;
    assert_eq!((&foretold["operation"], &foretold["left"][0]["field"]), (&json!(null), &json!("seats")));
    let done = empty_post(&api, undo.clone()).await?.ok(200);
    assert_eq!(done.json["operation"], done.header("fastenr-operation"));
    assert_eq!(done.json["left"], foretold["left"]);
    let account = api.get("/api/accounts/A-1").await?.ok(200).json;
    assert_eq!((&account["seats"], &account["industry"]), (&json!(9), &json!(null)));
    empty_post(&api, undo.clone()).await?.refused(409, "nothing_undone");
    empty_post(&api, format!("{undo}?force=true")).await?.ok(200);
    assert_eq!(api.get("/api/accounts/A-1").await?.ok(200).json["seats"], 5);
    empty_post(&api, undo).await?.refused(409, "undone");
    Ok(())
}

async fn empty_post(api: &Api, path: String) -> Result<Answered> {
    api.ask(axum::http::Method::POST, path).send().await
}

/// A client without patience.
fn impatient(world: &World) -> Api {
    let access = Access::Open(Box::new(world.context.clone()));
    Api::with(State::with_patience(access, Policy::default(), Duration::ZERO))
}

async fn result(api: &Api, place: &str) -> Result<Json> {
    for _ in 0..200 {
        let answer = api.get(place).await?;
        if answer.status != 202 {
            return Ok(answer.ok(200).json);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("{place} is not done")
}

async fn answered_early(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = impatient(&world);
    for n in 0..5 {
        world.account(&[("name", &format!("Acme {n}")), ("external_id", &format!("A-{n}"))]).await?;
    }
    let tag = json!({"action": "tag", "tags": {"add": ["vip"]}, "all": true});
    let early = api.post("/api/bulk/accounts", tag).await?.ok(202);
    let id = early.json["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (early.header("location"), early.header("retry-after")),
        (format!("/api/operations/{id}").as_str(), "2")
    );
    assert_eq!(early.json["kind"], "accounts.bulk-tag");
    let done = result(&api, &format!("/api/operations/{id}/result")).await?;
    assert_eq!((&done["operation"], &done["changed"]), (&json!(id), &json!(5)));
    assert_eq!(operations::get(&world, &id).await?.status, "done");
    // Another process has it too.
    let other = Api::open(&World::on(connect(backend, false).await?, backend.dir.path()).await?);
    assert_eq!(result(&other, &format!("/api/operations/{id}/result")).await?, done);

    let untag = json!({"action": "tag", "tags": {"remove": ["vip"]}, "all": true});
    let early = api.post("/api/bulk/accounts?dry_run=true", untag).await?.ok(202);
    let place = early.header("location").to_owned();
    ensure!(place.ends_with("/result"), "a dry run is no operation: {place}");
    let foretold = result(&api, &place).await?;
    assert_eq!((&foretold["dry_run"], &foretold["changed"]), (&json!(true), &json!(5)));

    // What is refused is told as it would have been.
    let early = api.post("/api/bulk/accounts", json!({"action": "archive", "all": true, "expect": 1})).await?;
    let place = format!("/api/operations/{}/result", early.ok(202).json["id"].as_str().unwrap());
    loop {
        let answer = api.get(&place).await?;
        if answer.status != 202 {
            assert_eq!(answer.header("content-type"), "application/problem+json");
            answer.refused(409, "expected");
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Somebody holds the lock, and the client goes away: the work is done nevertheless.
    let late = json!({"action": "tag", "tags": {"add": ["late"]}, "all": true});
    let lock = world.db.write(&world.scope(), Lock::Exclusive).await?;
    let asked = tokio::time::timeout(Duration::from_millis(200), api.post("/api/bulk/accounts", late)).await;
    ensure!(asked.is_err(), "it is answered before it has begun");
    lock.rollback().await?;
    for _ in 0..200 {
        if api.get("/api/accounts?tag=late").await?.ok(200).json["total"] == 5 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("nobody saw to it")
}

async fn activities(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    for n in 0..3 {
        api.post("/api/accounts", json!({"name": format!("Acme {n}"), "external_id": format!("A-{n}")})).await?.ok(201);
    }
    let list = api.get("/api/activities?kind=accounts.*&limit=2").await?.ok(200).json;
    assert_eq!((&list["total"], &list["data"][0]["label"]), (&json!(3), &json!("Acme 2")));
    let next = list["nextCursor"].as_str().unwrap();
    let rest = api.get(format!("/api/activities?kind=accounts.*&limit=2&cursor={next}")).await?.ok(200).json;
    assert_eq!(rest["data"][0]["label"], "Acme 0");
    assert_eq!(api.get("/api/activities?account=A-1").await?.ok(200).json["total"], 1);
    api.get("/api/activities?actr=x").await?.refused(400, "unknown_filter");
    Ok(())
}
