//! POSTs that are sent again: the work is done once, and its answer is everybody's.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use axum::http::Method;
use fastenr_core::model::idempotency::{IdempotencyKey, fingerprint};
use fastenr_core::ops::idempotency::{self, CallStatus};
use fastenr_core::store::{Db, DbOptions, Lock};
use fastenr_http::server::Policy;
use fastenr_http::{Access, State};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::api::{Answered, Api};
use super::guard::{key, text, uncounted, with_keys};
use fastenr_tests::world::{World, connect, execute, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/idempotency/of_many_at_once_one_writes", many_at_once);
    tests.both("http/idempotency/answered_again_after_a_restart", after_a_restart);
    tests.both("http/idempotency/a_lost_call_is_taken_over", taken_over);
    tests.both("http/idempotency/a_client_that_goes_away", goes_away);
    tests.both("http/idempotency/a_crash_before_the_answer_is_kept", crash);
    tests.both("http/idempotency/two_attempts_at_once_write_once", two_attempts);
    tests.both("http/idempotency/failures_are_not_kept", failures);
    tests.both("http/idempotency/large_answers", large);
}

const PATH: &str = "/api/accounts";

async fn post(api: &Api, key: &str, body: &Json) -> Result<Answered> {
    api.ask(Method::POST, PATH).header("idempotency-key", key).json(body).send().await
}

fn new(name: &str) -> Json {
    json!({ "name": name })
}

async fn count(world: &World) -> Result<usize> {
    Ok(world.accounts().await?.len())
}

fn replayed(answer: &Answered) -> bool {
    answer.header("idempotency-replayed") == "true"
}

/// Two servers, and a client that has no patience.
async fn many_at_once(backend: &Backend) -> Result<()> {
    let here = world(backend).await?;
    let there = World::on(connect(backend, false).await?, backend.dir.path()).await?;
    let apis = [Api::open(&here), Api::open(&there)];
    for round in 0..3 {
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let api = apis[n % 2].clone();
                tokio::spawn(async move { post(&api, &format!("round-{round}"), &new(&format!("N{round}"))).await })
            })
            .collect();
        let mut made: Vec<Answered> = Vec::new();
        for task in tasks {
            let answer = task.await??;
            if answer.status == 201 {
                made.push(answer);
            } else {
                let answer = answer.refused(409, "idempotency_running");
                assert_eq!(answer.header("retry-after"), "1");
            }
        }
        assert_eq!(made.iter().filter(|answer| !replayed(answer)).count(), 1);
        assert!(made.iter().all(|answer| answer.bytes == made[0].bytes));
        assert_eq!(count(&here).await?, round + 1);
        for api in &apis {
            let again = post(api, &format!("round-{round}"), &new(&format!("N{round}"))).await?.ok(201);
            assert!(replayed(&again) && again.bytes == made[0].bytes, "{}", again.text());
        }
    }
    Ok(())
}

async fn after_a_restart(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let (mine, other) = (key(&first, "Mine", "*").await?, key(&first, "Other", "*").await?);
    let server = Api::with(with_keys(&first, uncounted()));
    let made = post(&server.key(text(&mine)), "k", &new("Acme")).await?.ok(201);
    assert!(!replayed(&made));
    let wrong =
        post(&server.key(text(&mine)), "w", &json!({"name": "x", "nam": 1})).await?.refused(400, "unknown_field");
    let second = World::on(connect(backend, false).await?, backend.dir.path()).await?;
    let server = Api::with(with_keys(&second, uncounted()));
    let api = server.key(text(&mine));
    let again = post(&api, "k", &new("Acme")).await?.ok(201);
    assert!(replayed(&again) && again.bytes == made.bytes);
    for name in ["content-type", "etag", "location", "fastenr-operation"] {
        assert!(!made.header(name).is_empty(), "{name}");
        assert_eq!(again.header(name), made.header(name), "{name}");
    }
    // A mistake stays one.
    let told = post(&api, "w", &json!({"name": "x", "nam": 1})).await?.refused(400, "unknown_field");
    assert!(replayed(&told) && told.bytes == wrong.bytes && !replayed(&wrong));
    assert_eq!(told.header("content-type"), "application/problem+json");
    post(&api, "k", &new("Acme 2")).await?.refused(422, "idempotency_mismatch");
    let dry = api.ask(Method::POST, format!("{PATH}?dry_run=true")).header("idempotency-key", "k");
    dry.json(&new("Acme")).send().await?.refused(422, "idempotency_mismatch");
    let elsewhere = api.ask(Method::POST, "/api/contacts").header("idempotency-key", "k");
    elsewhere.json(&new("Acme")).send().await?.refused(422, "idempotency_mismatch");
    assert_eq!(count(&first).await?, 1);
    // Keys of calls are each caller's own.
    let others = post(&server.key(text(&other)), "k", &new("Acme")).await?.ok(201);
    assert!(!replayed(&others) && others.json["id"] != made.json["id"]);
    assert_eq!(count(&first).await?, 2);
    for bad in ["", "a b", &"k".repeat(256)] {
        post(&api, bad, &new("x")).await?.refused(400, "idempotency_key");
    }
    let twice = api.ask(Method::POST, PATH).header("idempotency-key", "a").header("idempotency-key", "a");
    twice.json(&new("x")).send().await?.refused(400, "idempotency_key");
    // Where nothing is made by asking again, the header means nothing.
    api.ask(Method::GET, PATH).header("idempotency-key", "k").send().await?.ok(200);
    assert_eq!(count(&first).await?, 2);
    Ok(())
}

/// A server that died at work: nobody else works on it until its lease has run out.
async fn taken_over(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let body = new("Acme");
    let print = fingerprint("POST", PATH, body.to_string().as_bytes());
    let key = IdempotencyKey::parse("k")?;
    let begun = idempotency::begin(&world, world.user.id, &key, &print).await?;
    ensure!(matches!(begun, CallStatus::Started(_)), "{begun:?}");
    let api = Api::open(&world);
    let running = post(&api, "k", &body).await?.refused(409, "idempotency_running");
    assert_eq!(running.header("retry-after"), "1");
    post(&Api::open(&world.at("2026-03-01T07:00:59Z")), "k", &body).await?.refused(409, "idempotency_running");
    assert_eq!(count(&world).await?, 0);
    let later = world.at("2026-03-01T07:01:01Z");
    let made = post(&Api::open(&later), "k", &body).await?.ok(201);
    assert!(!replayed(&made));
    // The answer is kept for a week from then on.
    assert!(replayed(&post(&Api::open(&world.at("2026-03-08T07:01:00Z")), "k", &body).await?.ok(201)));
    assert_eq!(count(&world).await?, 1);
    assert!(!replayed(&post(&Api::open(&world.at("2026-03-08T07:01:02Z")), "k", &body).await?.ok(201)));
    assert_eq!(count(&world).await?, 2);
    Ok(())
}

/// Whenever the connection breaks, the write and its answer are one.
async fn goes_away(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let (mut cut, rounds) = (0, 20);
    for round in 0..rounds {
        let (name, body) = (format!("round-{round}"), new(&format!("N{round}")));
        let patience = Duration::from_micros(300 * round);
        cut += u64::from(tokio::time::timeout(patience, post(&api, &name, &body)).await.is_err());
        let begun = Instant::now();
        let answer = loop {
            let answer = post(&api, &name, &body).await?;
            if answer.status != 409 {
                break answer;
            }
            ensure!(begun.elapsed() < Duration::from_secs(20), "nobody works on it, and nobody may");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let id = answer.ok(201).json["id"].clone();
        assert_eq!(post(&api, &name, &body).await?.json["id"], id);
        assert_eq!(count(&world).await? as u64, round + 1);
    }
    assert!(cut > 0, "every client had its answer in no time");
    Ok(())
}

/// What can be mended by waiting is worked on when it is sent again.
async fn failures(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let impatient = DbOptions { lock_timeout: Duration::from_millis(200), ..DbOptions::default() };
    let mut hasty = world.context.clone();
    hasty.db = Db::connect(&backend.url, &impatient).await?;
    let api = Api::with(State::new(Access::Open(Box::new(hasty)), Policy::default()));
    let held = world.db.write(&world.scope(), Lock::Exclusive).await?;
    let busy = post(&api, "k", &new("Acme")).await?.refused(503, "busy");
    assert!(!busy.header("retry-after").is_empty() && !replayed(&busy));
    held.rollback().await?;
    assert!(!replayed(&post(&api, "k", &new("Acme")).await?.ok(201)));
    assert!(replayed(&post(&api, "k", &new("Acme")).await?.ok(201)));
    assert_eq!(count(&world).await?, 1);
    Ok(())
}

async fn large(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    let post = |length: usize| {
        let body = json!({"account": "A-1", "title": "Grow", "description": format!("x{}", "😀".repeat(length))});
        let ask = api.ask(Method::POST, "/api/goals").header("idempotency-key", &format!("of-{length}"));
        ask.json(&body).send()
    };
    let kept = post(60_000).await?.ok(201);
    assert!(kept.bytes.len() > 240_000 && kept.bytes.len() < 256 << 10, "{}", kept.bytes.len());
    let again = post(60_000).await?.ok(201);
    assert!(replayed(&again) && again.bytes == kept.bytes);
    let large = post(80_000).await?.ok(201);
    assert!(large.bytes.len() > 256 << 10, "{}", large.bytes.len());
    let again = post(80_000).await?.refused(410, "answer_not_kept");
    assert!(replayed(&again) && again.header("etag").is_empty());
    for name in ["location", "fastenr-operation"] {
        assert!(!large.header(name).is_empty(), "{name}");
        assert_eq!(again.header(name), large.header(name), "{name}");
    }
    assert_eq!(api.get(again.header("location")).await?.ok(200).json, large.json);
    assert_eq!(api.get("/api/goals?total=true").await?.json["total"], 2);
    Ok(())
}

/// As a crash leaves it that comes after the write and before its answer is kept.
async fn lose_the_answer(world: &World) -> Result<()> {
    let sql = "update idempotency_keys set status = 'running', answer_status = null, answer_headers = null, answer_body = null";
    ensure!(execute(&world.db, sql).await? > 0);
    Ok(())
}

/// Every kind of write is answered again by what it wrote, at once and when its lease has run out.
async fn crash(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let late = Api::open(&world.at("2026-03-01T07:02:00Z"));
    let api = Api::open(&world);
    let contact = json!({"account": "A-1", "name": "Ada"});
    let metrics = json!({"account": "A-1", "metric_date": "2026-02-01", "csat": 90});
    let writes = [
        (Method::POST, "/api/accounts", json!({"name": "Beta", "external_id": "B-1"}), 201),
        (Method::PUT, "/api/accounts/B-1", json!({"seats": 7}), 200),
        (Method::POST, "/api/contacts", contact, 201),
        (Method::POST, "/api/metrics", metrics, 201),
        (Method::DELETE, "/api/accounts/B-1", Json::Null, 200),
    ];
    for (n, (method, path, body, status)) in writes.iter().enumerate() {
        let send = async |api: &Api| {
            let ask = api.ask(method.clone(), *path).header("idempotency-key", &format!("w-{n}"));
            let ask = if body.is_null() { ask } else { ask.json(body) };
            ask.send().await
        };
        let first = send(&api).await?.ok(*status);
        let operations = world.operations().await?.len();
        for api in [&api, &late] {
            lose_the_answer(&world).await?;
            let again = send(api).await?.ok(*status);
            assert!(replayed(&again), "{method} {path}");
            assert_eq!(again.json, first.json, "{method} {path}");
            for name in ["etag", "location", "fastenr-operation"] {
                assert_eq!(again.header(name), first.header(name), "{method} {path}: {name}");
            }
            assert_eq!(again.header("fastenr-replayed"), "", "{method} {path}");
        }
        assert_eq!(world.operations().await?.len(), operations, "{method} {path} was done twice");
    }
    // What somebody wrote since is said to be that.
    let made = post(&api, "since", &new("Gamma")).await?.ok(201);
    let place = made.header("location").to_owned();
    let later = Api::open(&world.at("2026-03-01T07:00:30Z"));
    later.put(&place, json!({"seats": 9})).await?.ok(200);
    lose_the_answer(&world).await?;
    let again = post(&api, "since", &new("Gamma")).await?.ok(201);
    assert_eq!((again.header("fastenr-replayed"), &again.json["seats"]), ("current", &json!(9)));
    // One that is gone.
    let contact = api.post("/api/contacts", json!({"account": "A-1", "name": "Bo"})).await?.ok(201);
    let gone = api.ask(Method::DELETE, contact.header("location")).header("idempotency-key", "gone");
    gone.send().await?.ok(204);
    lose_the_answer(&world).await?;
    let gone = api.ask(Method::DELETE, contact.header("location")).header("idempotency-key", "gone");
    assert!(replayed(&gone.send().await?.ok(204)));
    // Of many records there is no one record to tell.
    let tag = json!({"action": "tag", "tags": {"add": ["x"]}, "all": true});
    let bulk =
        |tag: Json| api.ask(Method::POST, "/api/bulk/accounts").header("idempotency-key", "bulk").json(&tag).send();
    let id = bulk(tag.clone()).await?.ok(200).json["operation"].as_str().unwrap_or_default().to_owned();
    lose_the_answer(&world).await?;
    let again = bulk(tag).await?.refused(410, "answer_not_kept");
    assert_eq!(
        (again.header("fastenr-operation"), again.header("location")),
        (&*id, &*format!("/api/operations/{id}"))
    );
    Ok(())
}

/// An attempt that is so slow that another one takes over: one of them writes, and both are told what it wrote.
async fn two_attempts(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let (api, late) = (Api::open(&world), Api::open(&world.at("2026-03-01T07:02:00Z")));
    let held = world.db.write(&world.scope(), Lock::Exclusive).await?;
    let slow = tokio::spawn(async move { post(&api, "k", &new("Acme")).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let quick = tokio::spawn(async move { post(&late, "k", &new("Acme")).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    held.rollback().await?;
    let (slow, quick) = (slow.await??, quick.await??);
    // On SQLite the first claim waits for the lock too: then one is told that the other is at it.
    let made: Vec<Answered> = [slow, quick].into_iter().filter(|answer| answer.status == 201).collect();
    ensure!(!made.is_empty());
    assert!(made.iter().all(|answer| answer.json["id"] == made[0].json["id"]));
    assert_eq!(count(&world).await?, 1);
    Ok(())
}
