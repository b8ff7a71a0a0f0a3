//! What a key may do follows what a request does, and what it is told follows what it may read.

use anyhow::{Context as _, Result, ensure};
use axum::http::Method;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::api::{Answered, Api};
use super::guard::{key, text, uncounted, with_keys};
use fastenr_tests::world::{World, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/scopes/follow_what_a_request_does", follow);
    tests.both("http/scopes/an_undo_is_a_write_of_what_it_changes", undoing);
    tests.both("http/scopes/views_leave_out_what_others_would_show", views);
    tests.both("http/scopes/a_write_tells_nothing_that_a_read_would_not", telling);
}

async fn with(world: &World, scopes: &str) -> Result<Api> {
    let made = key(world, "Mine", scopes).await?;
    Ok(Api::with(with_keys(world, uncounted())).key(text(&made)))
}

async fn import(api: &Api, path: &str, file: &str) -> Result<Answered> {
    api.ask(Method::POST, path).body("text/csv", file).send().await
}

async fn follow(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for n in 0..12 {
        world.account(&[("name", &format!("Acme {n}")), ("external_id", &format!("A-{n}"))]).await?;
    }
    let writes = with(&world, "accounts:read,accounts:write").await?;
    let deletes = with(&world, "accounts:*").await?;
    let rows: String = (1..12).map(|n| format!("A-{n},Acme {n}\n")).collect();
    let file = format!("external_id,name\n{rows}");
    let missing = "/api/imports/accounts?missing=archive";
    import(&writes, missing, &file).await?.refused(403, "missing_scope");
    import(&writes, "/api/imports/accounts", &file).await?.ok(200);
    assert_eq!(import(&deletes, missing, &file).await?.ok(200).json["archived"], 1);
    let duplicates = json!({"duplicates": ["A-2"]});
    writes.post("/api/accounts/A-1/merge", duplicates.clone()).await?.refused(403, "missing_scope");
    deletes.post("/api/accounts/A-1/merge", duplicates).await?.ok(200);
    let archive = json!({"action": "archive", "ids": ["A-3"]});
    writes.post("/api/bulk/accounts", archive.clone()).await?.refused(403, "missing_scope");
    deletes.post("/api/bulk/accounts", archive).await?.ok(200);
    Ok(())
}

async fn undo(api: &Api, operation: &str) -> Result<Answered> {
    api.ask(Method::POST, format!("/api/operations/{operation}/undo")).send().await
}

async fn undoing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let all = with(&world, "*").await?;
    let operation = |answer: &Answered| answer.header("fastenr-operation").to_owned();
    let made = operation(&all.post("/api/accounts", json!({"name": "Acme", "external_id": "A-1"})).await?.ok(201));
    let only = with(&world, "operations:*").await?;
    undo(&only, &made).await?.refused(403, "missing_scope");
    let contact = all.post("/api/contacts", json!({"account": "A-1", "name": "Ada"})).await?.ok(201);
    let place = contact.header("location").to_owned();
    let changed = operation(&all.put(&place, json!({"title": "CTO"})).await?.ok(200));
    undo(&only, &changed).await?.refused(403, "missing_scope");
    // One field was changed since: who did it is for those who may read operations.
    let both = operation(&all.put(&place, json!({"title": "CEO", "email": "ada@example.com"})).await?.ok(200));
    all.put(&place, json!({"title": "CFO"})).await?.ok(200);
    let blind = with(&world, "operations:write,contacts:read,contacts:write").await?;
    let told = undo(&blind, &both).await?.ok(200).json;
    assert_eq!((&told["ledger"]["skipped"], &told["left"]), (&json!(1), &json!([])), "{told}");
    let deleted = operation(&all.delete(&place).await?.ok(204));
    undo(&blind, &deleted).await?.refused(403, "missing_scope");
    assert_eq!(all.get("/api/contacts").await?.ok(200).json["total"], 0);
    undo(&with(&world, "operations:write,contacts:write,contacts:delete").await?, &deleted).await?.ok(200);
    assert_eq!(all.get("/api/contacts").await?.ok(200).json["total"], 1);
    Ok(())
}

async fn views(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let all = with(&world, "*").await?;
    all.post("/api/accounts", json!({"name": "Acme", "external_id": "A-1"})).await?.ok(201);
    all.post("/api/contacts", json!({"account": "A-1", "name": "Ada"})).await?.ok(201);
    let call = json!({"account": "A-1", "type": "call", "title": "Hello", "completed_at": "2026-02-01T10:00:00Z"});
    all.post("/api/engagements", call).await?.ok(201);
    all.post("/api/metrics", json!({"account": "A-1", "metric_date": "2026-02-01", "csat": 90})).await?.ok(201);
    let whole = all.get("/api/accounts/A-1").await?.ok(200);
    assert_eq!((whole.header("fastenr-left-out"), &whole.json["counts"]["contacts"]), ("", &json!(1)));
    let kinds = |answer: &Answered| -> Vec<String> {
        let events = answer.json["data"].as_array().cloned().unwrap_or_default();
        events.iter().filter_map(|event| event["kind"].as_str().map(str::to_owned)).collect()
    };
    ensure!(kinds(&all.get("/api/accounts/A-1/timeline").await?.ok(200)).contains(&"contact".to_owned()));

    let some = with(&world, "accounts:read,goals:read").await?;
    let part = some.get("/api/accounts/A-1").await?.ok(200);
    assert_eq!(
        part.header("fastenr-left-out"),
        "contacts:read, engagements:read, metrics:read, alerts:read, health:read"
    );
    assert_eq!(
        part.json["counts"],
        json!({"contacts": null, "engagements": null, "attachments": null, "goals": 0, "metrics": null, "alerts": null})
    );
    for (member, empty) in [
        ("contacts", json!([])),
        ("last_engagement", json!(null)),
        ("next_engagement", json!(null)),
        ("metrics", json!({})),
    ] {
        assert_eq!(part.json[member], empty, "{member}");
    }
    let timeline = some.get("/api/accounts/A-1/timeline").await?.ok(200);
    assert_eq!(kinds(&timeline), ["change"], "{}", timeline.text());
    ensure!(timeline.header("fastenr-left-out").contains("contacts:read"), "{:?}", timeline.headers);
    assert_eq!(some.get("/api/accounts/A-1/timeline?kind=contact").await?.ok(200).json["data"], json!([]));
    Ok(())
}

async fn telling(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let all = with(&world, "*").await?;
    all.post("/api/accounts", json!({"name": "Acme", "external_id": "A-1", "arr": 5})).await?.ok(201);
    let writes = with(&world, "accounts:write").await?;
    for body in [json!({}), json!({"seats": 7})] {
        let written = writes.put("/api/accounts/A-1", body).await?.ok(204);
        ensure!(written.bytes.is_empty() && !written.header("etag").is_empty(), "{:?}", written.headers);
    }
    let made = writes.post("/api/accounts", json!({"name": "Beta"})).await?.ok(204);
    let place = made.header("location").to_owned();
    assert_eq!(all.get(place).await?.ok(200).json["name"], "Beta");
    // Sent again it is told as little.
    let again = || writes.ask(Method::PUT, "/api/accounts/A-1").header("idempotency-key", "k").json(&json!({})).send();
    again().await?.ok(204);
    ensure!(again().await?.ok(204).bytes.is_empty());
    writes.put("/api/accounts/A-1?dry_run=true", json!({"seats": 8})).await?.refused(403, "missing_scope");
    import(&writes, "/api/imports/accounts?dry_run=true", "external_id,seats\nA-1,9\n")
        .await?
        .refused(403, "missing_scope");

    let near = json!({"account": "Acmi", "name": "Ada"});
    let blind = with(&world, "contacts:*").await?.post("/api/contacts", near.clone()).await?;
    ensure!(!blind.text().contains("Acme"), "{}", blind.text());
    blind.refused(404, "unknown_account");
    let seeing = with(&world, "contacts:*,accounts:read").await?.post("/api/contacts", near).await?;
    ensure!(seeing.text().contains("Acme"), "{}", seeing.text());
    let detail: Json = serde_json::from_slice(&seeing.bytes).context("a problem")?;
    ensure!(detail["detail"].is_string());
    Ok(())
}
