//! `POST /api/operations/{id}/cancel`: long work ends within its statement, and nothing of it is kept.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use axum::http::Method;
use fastenr_http::server::Policy;
use fastenr_http::{Access, State};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::api::{Answered, Api};
use crate::store::slow::{quick, slow};
use crate::store::support::{World, everything, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/cancel/within_its_statement", within_its_statement);
    tests.both("http/cancel/what_is_not_running", what_is_not_running);
}

/// Answers with the operation as soon as there is one.
fn impatient(world: &World) -> Api {
    let access = Access::Open(Box::new(world.context.clone()));
    Api::with(State::with_patience(access, Policy::default(), Duration::ZERO))
}

async fn cancel(api: &Api, id: &str) -> Result<Answered> {
    api.ask(Method::POST, format!("/api/operations/{id}/cancel")).send().await
}

/// The operation that a request began, once its statement is at work.
async fn begun(answered: Answered) -> Result<String> {
    let id = answered.ok(202).json["id"].as_str().context("no id")?.to_owned();
    tokio::time::sleep(Duration::from_millis(500)).await;
    Ok(id)
}

/// Everything but what the operation says of itself.
async fn data(world: &World) -> Result<Json> {
    let mut all = everything(&world.db, &world.scope()).await?;
    all.retain(|table, _| !["operations", "operation_results"].contains(table));
    Ok(json!(all))
}

/// Cancels it, and holds that it was: at once, whole, and told to whoever asks.
async fn is_cancelled(world: &World, api: &Api, id: &str, before: &Json) -> Result<()> {
    let asked = Instant::now();
    let cancelled = cancel(api, id).await?.ok(200).json;
    let took = asked.elapsed();
    ensure!(took < Duration::from_secs(2), "it took {took:?}");
    assert_eq!((&cancelled["id"], &cancelled["status"]), (&json!(id), &json!("cancelled")));
    ensure!(cancelled["finished_at"].is_string(), "{cancelled}");
    assert_eq!(&data(world).await?, before);
    let place = format!("/api/operations/{id}/result");
    for _ in 0..100 {
        let answer = api.get(&place).await?;
        if answer.status != 202 {
            answer.refused(409, "cancelled");
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    cancel(api, id).await?.refused(409, "not_running");
    Ok(())
}

/// A table, what happens to its rows, and the request that makes it happen.
const WORK: [(&str, &str, &str, &str, &str); 4] = [
    ("accounts", "insert", "/api/imports/accounts", "text/csv", "external_id,name\nB-1,Beta\nB-2,Gamma\n"),
    ("accounts", "update", "/api/imports/accounts", "text/csv", "external_id,seats\nA-1,9\nA-2,9\n"),
    (
        "accounts",
        "update",
        "/api/bulk/accounts",
        "application/json",
        r#"{"action":"tag","tags":{"add":["x"]},"all":true}"#,
    ),
    ("score_snapshots", "insert", "/api/recompute", "application/json", "{}"),
];

async fn within_its_statement(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let (api, patient) = (impatient(&world), Api::open(&world));
    for n in 1..4 {
        world.account(&[("name", &format!("Acme {n}")), ("external_id", &format!("A-{n}"))]).await?;
    }
    for (table, event, path, media, body) in WORK {
        let before = data(&world).await?;
        slow(&world.db, table, event).await?;
        let id = begun(api.ask(Method::POST, path).body(media, body).send().await?).await?;
        assert_eq!(api.get(format!("/api/operations/{id}")).await?.ok(200).json["status"], "running", "{path}");
        is_cancelled(&world, &api, &id, &before).await.with_context(|| format!("{path} {event}"))?;
        quick(&world.db, table).await?;
    }
    // An undo is work like any other.
    let made = patient.ask(Method::POST, WORK[0].2).body(WORK[0].3, WORK[0].4).send().await?.ok(200).json;
    let before = data(&world).await?;
    slow(&world.db, "accounts", "delete").await?;
    let undo = format!("/api/operations/{}/undo", made["operation"].as_str().context("no operation")?);
    let id = begun(api.ask(Method::POST, &undo).send().await?).await?;
    is_cancelled(&world, &api, &id, &before).await?;
    quick(&world.db, "accounts").await?;
    // Nothing is left behind that would be in the way of the next.
    patient.ask(Method::POST, &undo).send().await?.ok(200);
    assert_eq!(patient.get("/api/accounts").await?.ok(200).json["total"], 3);
    Ok(())
}

async fn what_is_not_running(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let made = api.post("/api/accounts", json!({"name": "Acme"})).await?.ok(201);
    let id = made.header("fastenr-operation").to_owned();
    let refused = cancel(&api, &id).await?;
    ensure!(refused.text().contains("undo it instead"), "{}", refused.text());
    refused.refused(409, "not_running");
    cancel(&api, "ffffffff").await?.refused(404, "unknown_operation");
    Ok(())
}
