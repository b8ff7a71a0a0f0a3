//! What stands before every handler, held for every operation of the document: a new one is covered by being in it.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, header};
use fastenr_core::model::KeyName;
use fastenr_core::model::api_key::{BYTES, Expiry, Scope, ScopeNoun, ScopeVerb, Scopes, Secret};
use fastenr_core::ops;
use fastenr_core::ops::keys::{self, CreatedKey, NewKey};
use fastenr_core::secret::Secrets;
use fastenr_http::server::{self, Options, Policy, Shutdown};
use fastenr_http::{Access, State};
use fastenr_tests::harness::{Backend, Tests};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use super::api::Api;
use super::operations::{self, Operation};
use super::tenants::seed;
use fastenr_tests::world::{World, everything, given, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/guard/no_key_no_answer", no_key_no_answer);
    tests.both("http/guard/a_key_without_the_scope", a_key_without_the_scope);
    tests.both("http/guard/who_may_only_read", who_may_only_read);
    tests.both("http/guard/revoked_at_once", revoked_at_once);
    tests.both("http/guard/revoked_while_the_body_comes", revoked_while_the_body_comes);
    tests.both("http/guard/unknown_parameters", unknown_parameters);
    tests.both("http/guard/unfit_bodies", unfit_bodies);
    tests.both("http/guard/keys_of_calls_where_there_are_none", keys_of_calls);
    tests.both("http/guard/head_and_options", head_and_options);
    tests.both("http/guard/problems_name_their_request", problems_name_their_request);
}

/// What anybody may ask, and why.
const OPEN: &[(&str, &str)] = &[
    ("service_openapi", "the document has no data"),
    ("service_docs", "leads to the page"),
    ("service_docs_page", "the document, to browse"),
    ("service_docs_file", "what the page is made of"),
];

/// Whoever asks needs a key; nobody is counted.
pub(super) fn with_keys(world: &World, policy: Policy) -> State {
    let (db, clock, ids) = (world.db.clone(), world.clock, world.ids.clone());
    State::new(Access::Keys { db, clock, ids }, policy)
}

pub(super) fn uncounted() -> Policy {
    Policy { rate_limit: 0, ..Policy::default() }
}

pub(super) async fn key(world: &World, name: &str, scopes: &str) -> Result<CreatedKey> {
    let new =
        NewKey { name: KeyName::parse(name)?, user: None, scopes: Scopes::parse(scopes)?, expiry: Expiry::default() };
    Ok(keys::create(world, Secrets::System, &new, false).await?)
}

pub(super) fn text(made: &CreatedKey) -> &str {
    made.secret.as_ref().unwrap().expose()
}

/// A request that may be answered, to wherever the names of its path lead.
fn ask<'a>(operation: &Operation, api: &'a Api) -> super::api::RequestBuilder<'a> {
    let ask = api.ask(operation.method.clone(), operation.anywhere() + &operation.query());
    match operation.body() {
        Some(body) => ask.json(&body),
        None => ask,
    }
}

async fn no_key_no_answer(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::with(with_keys(&world, uncounted()));
    let (good, revoked) = (key(&world, "Good", "*").await?, key(&world, "Revoked", "*").await?);
    keys::revoke(&world, &revoked.key.prefix, false).await?;
    let expired = key(&world.at("2025-01-01T00:00:00Z"), "Expired", "*").await?;
    let unknown = Secret::make(world.organization.id, &Secrets::System.draw::<BYTES>()?);
    let elsewhere = Secret::make(uuid::Uuid::nil(), &Secrets::System.draw::<BYTES>()?);
    let last = if text(&good).ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{last}", &text(&good)[..text(&good).len() - 1]);
    let cases = [
        (None, "unauthenticated"),
        (Some("nonsense"), "unauthenticated"),
        (Some(unknown.expose()), "unauthenticated"),
        (Some(elsewhere.expose()), "unauthenticated"),
        (Some(wrong.as_str()), "unauthenticated"),
        (Some(text(&revoked)), "key_revoked"),
        (Some(text(&expired)), "key_expired"),
    ];
    let before = everything(&world.db, &world.scope()).await?;
    for operation in operations::guarded() {
        for (key, code) in cases {
            let with = key.map_or_else(|| api.clone(), |key| api.key(key));
            let refused = ask(&operation, &with).send().await.with_context(|| operation.id.clone())?;
            assert_eq!((refused.status, refused.problem()), (401, code), "{}", operation.id);
            assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"fastenr\"", "{}", operation.id);
        }
        // Another scheme is no key.
        let basic = ask(&operation, &api).header("authorization", "Basic Zm5yOmZucg==").send().await?;
        assert_eq!(basic.status, 401, "{}", operation.id);
    }
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let open: BTreeSet<String> =
        operations::all().into_iter().filter(Operation::is_open).map(|operation| operation.id).collect();
    assert_eq!(open, OPEN.iter().map(|(id, _)| (*id).to_owned()).collect());
    Ok(())
}

/// All but one.
fn without(noun: ScopeNoun, verb: ScopeVerb) -> Result<String> {
    let mut scopes = Vec::new();
    for one in ScopeNoun::ALL {
        for of in ScopeVerb::ALL {
            if (*one, *of) != (noun, verb) {
                scopes.push(Scope::parse(&format!("{one}:{}", of.as_str()))?);
            }
        }
    }
    Ok(Scopes::new(scopes)?.to_string())
}

async fn a_key_without_the_scope(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::with(with_keys(&world, uncounted()));
    for operation in operations::guarded() {
        let (noun, verb) = operation.need().with_context(|| operation.id.clone())?;
        let made = key(&world, &operation.id, &without(noun, verb)?).await?;
        let refused = ask(&operation, &api.key(text(&made))).send().await?;
        assert_eq!((refused.status, refused.problem()), (403, "missing_scope"), "{}", operation.id);
        let detail = refused.json["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains(&format!("{noun}:{}", verb.as_str())), "{}: {detail}", operation.id);
        assert!(!operation.reads() || verb == ScopeVerb::Read, "{} writes by GET", operation.id);
    }
    Ok(())
}

fn writes(operation: &Operation) -> bool {
    operation.need().is_ok_and(|(_, verb)| verb != ScopeVerb::Read)
}

/// Scopes never widen what a user may do.
async fn who_may_only_read(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let user = world.user("jo@example.com", "Jo Doe").await?;
    let made = key(&world.acting_as(&user), "Jo", "*").await?;
    ops::users::update(&world, "jo@example.com", &given(&[("role", "read")]), None, false).await?;
    let api = Api::with(with_keys(&world, uncounted())).key(text(&made));
    let before = everything(&world.db, &world.scope()).await?;
    for operation in operations::guarded().filter(writes) {
        let refused = ask(&operation, &api).send().await?;
        assert_eq!((refused.status, refused.problem()), (403, "read_only_user"), "{}", operation.id);
    }
    let mut after = everything(&world.db, &world.scope()).await?;
    // That the key was used is noted beside the calls.
    after.insert("api_keys", before["api_keys"].clone());
    assert_eq!(after, before);
    assert_eq!(api.get("/api/accounts").await?.status, 200);
    Ok(())
}

/// Also by another process on the same database.
async fn revoked_at_once(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let other = World::on(fastenr_tests::world::connect(backend, false).await?, backend.dir.path()).await?;
    let made = key(&world, "Mine", "accounts:read").await?;
    let apis = [&world, &other].map(|world| Api::with(with_keys(world, uncounted())).key(text(&made)));
    for api in &apis {
        api.get("/api/accounts").await?.ok(200);
    }
    keys::revoke(&world, "Mine", false).await?;
    for api in &apis {
        api.get("/api/accounts").await?.refused(401, "key_revoked");
    }
    Ok(())
}

/// Of a call whose key is revoked before its body has come nothing is written.
async fn revoked_while_the_body_comes(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "A-1"), ("name", "Acme")]).await?;
    let other = World::on(fastenr_tests::world::connect(backend, false).await?, backend.dir.path()).await?;
    let open = Api::open(&world);
    let state = async || {
        let accounts = open.get("/api/accounts").await?.ok(200).json;
        anyhow::Ok((accounts, open.get("/api/operations").await?.ok(200).json))
    };
    let before = state().await?;
    let (json, csv) = ("application/json", "text/csv");
    for (n, (method, path, media, first, rest)) in [
        (Method::POST, "/api/accounts", json, "{\"name\": ", "\"Slow\"}"),
        (Method::PUT, "/api/accounts/A-1", json, "{\"seats\": ", "5}"),
        (Method::PUT, "/api/accounts/A-1/health/adjustment", json, "{\"score\": ", "35, \"reason\": \"Slow\"}"),
        (
            Method::POST,
            "/api/bulk/accounts",
            json,
            "{\"action\": \"tag\", ",
            "\"tags\": {\"add\": [\"x\"]}, \"all\": true}",
        ),
        (Method::POST, "/api/imports/accounts", csv, "external_id,name\n", "N-1,Slow\n"),
        (Method::POST, "/api/segments", json, "{\"name\": \"Slow\", \"filter\": ", "{\"status\": [\"active\"]}}"),
    ]
    .into_iter()
    .enumerate()
    {
        let made = key(&world, &format!("Slow {n}"), "*").await?;
        let (revoking, prefix) = (other.clone(), made.key.prefix.clone());
        let rest = stream::once(async move {
            keys::revoke(&revoking, &prefix, false).await?;
            // Longer than a key that was just looked at is taken for good.
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok::<_, fastenr_core::Error>(rest)
        });
        let body = Body::from_stream(stream::iter([Ok::<_, fastenr_core::Error>(first)]).chain(rest));
        let request = Request::builder().method(method).uri(path).header("content-type", media);
        let request = request.header("authorization", format!("Bearer {}", text(&made)));
        let router = fastenr_http::router(with_keys(&world, uncounted()));
        let answer = router.oneshot(request.body(body)?).await?;
        let (status, bytes) = (answer.status(), answer.into_body().collect().await?.to_bytes());
        let told = String::from_utf8_lossy(&bytes);
        assert!(status == 401 && told.contains("key_revoked"), "{path}: {status} {told}");
        assert_eq!(state().await?, before, "{path}");
    }
    Ok(())
}

async fn unknown_parameters(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let made = key(&world, "All", "*").await?;
    let api = Api::with(with_keys(&world, uncounted())).key(text(&made));
    for operation in operations::all() {
        let query = operation.query();
        let query = if query.is_empty() { "?".to_owned() } else { format!("{query}&") };
        let path = format!("{}{query}nonsense=1", operation.anywhere());
        let refused = api.ask(operation.method.clone(), path).json(&json!({})).send().await?;
        assert_eq!((refused.status, refused.problem()), (400, "unknown_filter"), "{}", operation.id);
        assert_eq!(refused.json["errors"][0]["parameter"], "nonsense", "{}", operation.id);
    }
    Ok(())
}

async fn unfit_bodies(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let open = Api::open(&world);
    let made = key(&world, "All", "*").await?;
    let api = Api::with(with_keys(&world, uncounted())).key(text(&made));
    let before = everything(&world.db, &world.scope()).await?;
    for operation in operations::guarded() {
        let Some(mut body) = operation.body() else { continue };
        let path = operation.first(&open).await? + &operation.query();
        let ask = || api.ask(operation.method.clone(), &path);
        let media = ask().body("text/plain", body.to_string()).send().await?;
        assert_eq!((media.status, media.problem()), (415, "media_type"), "{}", operation.id);
        for text in ["{", "", "[1]", "null", "\"x\"", "{\"a\":1}{"] {
            let refused = ask().body("application/json", text).send().await?;
            assert_eq!(refused.status, 400, "{} {text:?}: {}", operation.id, refused.text());
        }
        body.as_object_mut().with_context(|| operation.id.clone())?.insert("nonsense".into(), json!(1));
        let refused = ask().json(&body).send().await?;
        assert_eq!(refused.status, 400, "{}: {}", operation.id, refused.text());
        let errors = refused.json["errors"].as_array().cloned().unwrap_or_default();
        let told = errors.iter().any(|one| one["pointer"] == "/nonsense" && one["code"] == "unknown_field");
        assert!(told, "{}: {}", operation.id, refused.json);
    }
    let mut after = everything(&world.db, &world.scope()).await?;
    after.insert("api_keys", before["api_keys"].clone());
    assert_eq!(after, before);
    Ok(())
}

/// A POST that can't be sent again says so, instead of taking the key for nothing.
async fn keys_of_calls(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    for operation in operations::guarded().filter(|operation| operation.method == Method::POST) {
        let refused = ask(&operation, &api).header("idempotency-key", "a b").send().await?;
        assert_eq!((refused.status, refused.problem()), (400, "idempotency_key"), "{}", operation.id);
        if !operation.takes("header", "Idempotency-Key") {
            let refused = ask(&operation, &api).header("idempotency-key", "k").send().await?;
            assert_eq!((refused.status, refused.problem()), (400, "idempotency_key"), "{}", operation.id);
        }
    }
    Ok(())
}

async fn send(app: &Router, method: Method, path: &str, key: &str) -> Result<Response<Body>> {
    let request = Request::builder().method(method).uri(path);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {key}")).body(Body::empty())?;
    Ok(app.clone().oneshot(request).await?)
}

async fn head_and_options(backend: &Backend) -> Result<()> {
    let world = seed(world(backend).await?, "ours").await?;
    let open = Api::open(&world);
    let made = key(&world, "All", "*").await?;
    let routes = fastenr_http::router(with_keys(&world, uncounted()));
    let app = server::app(routes, world.db.clone(), &Options::default(), &Shutdown::default());
    let all = operations::all();
    for operation in &all {
        let path = match operation.is_open() {
            true => operation.anywhere(),
            false => operation.first(&open).await? + &operation.query(),
        };
        let options = send(&app, Method::OPTIONS, &path, "").await?;
        assert_eq!(options.status(), 204, "{path}");
        let allowed = options.headers()["allow"].to_str()?.to_owned();
        for other in all.iter().filter(|other| other.path == operation.path) {
            assert!(allowed.split(',').any(|one| one == other.method.as_str()), "{path}: {allowed}");
        }
        assert!(options.into_body().collect().await?.to_bytes().is_empty());
        if !operation.reads() {
            continue;
        }
        let [get, head] = [Method::GET, Method::HEAD].map(|method| send(&app, method, &path, text(&made)));
        let (mut get, mut head) = (get.await?, head.await?);
        // Each request has its own id; of what is only known by the content, HEAD may be silent (RFC 9110, 9.3.2).
        for answer in [&mut get, &mut head] {
            answer.headers_mut().remove("x-request-id");
            answer.headers_mut().remove(header::VARY);
        }
        assert_eq!((head.status(), head.headers()), (get.status(), get.headers()), "HEAD {path}");
        assert!(get.status().as_u16() < 400 || operation.is_open(), "GET {path}: {}", get.status());
        assert!(head.into_body().collect().await?.to_bytes().is_empty(), "HEAD {path} has a body");
    }
    Ok(())
}

async fn problems_name_their_request(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let made = key(&world, "All", "*").await?;
    let routes = fastenr_http::router(with_keys(&world, uncounted()));
    let app = server::app(routes, world.db.clone(), &Options::default(), &Shutdown::default());
    // By another task, too.
    for (given, again) in [("job-1", None), ("job-2", Some("once"))] {
        let mut request = Request::post("/api/accounts").header("x-request-id", given);
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", text(&made)));
        if let Some(again) = again {
            request = request.header("idempotency-key", again);
        }
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from("{}"))?;
        let answer = app.clone().oneshot(request).await?;
        assert_eq!((answer.status().as_u16(), answer.headers()["x-request-id"].to_str()?), (400, given));
        let told: serde_json::Value = serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?;
        assert_eq!(told["request_id"], given, "{told}");
    }
    Ok(())
}
