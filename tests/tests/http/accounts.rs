//! `/api/accounts`

use anyhow::Result;
use axum::http::Method;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::json;

use super::api::Api;
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/accounts/as_the_seed_has_it", seed);
    tests.both("http/accounts/conditional", conditional);
    tests.both("http/accounts/bad_input", bad_input);
    tests.both("http/accounts/dry_runs_write_nothing", dry_run);
    tests.both("http/accounts/totals_that_stop", totals_that_stop);
}

async fn seed(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let body =
        json!({"name": "Acme Corp", "industry": "Technology", "size": "medium", "arr": 50000, "status": "onboarding"});
    let made = api.post("/api/accounts", body).await?.ok(201);
    let id = made.json["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("/api/accounts/{id}"));
    assert_eq!(made.header("etag"), "\"1\"");
    assert!(!made.header("fastenr-operation").is_empty());
    assert_eq!((&made.json["arr"], &made.json["status"]), (&json!(50000), &json!("onboarding")));
    let list = api.get("/api/accounts?status=onboarding&search=acme&limit=1").await?.ok(200).json;
    assert_eq!(
        (&list["total"], &list["page"], &list["limit"], &list["hasMore"]),
        (&json!(1), &json!(1), &json!(1), &json!(false))
    );
    assert_eq!(list["data"][0]["id"], json!(id));
    let got = api.get(format!("/api/accounts/{id}")).await?.ok(200);
    assert_eq!(got.json["name"], "Acme Corp");
    let put = api.put(format!("/api/accounts/{id}"), json!({"industry": null, "arr": 60000.5})).await?.ok(200);
    assert_eq!((&put.json["industry"], &put.json["arr"]), (&json!(null), &json!(60000.5)));
    assert_eq!(put.header("etag"), "\"2\"");
    let gone = api.delete(format!("/api/accounts/{id}")).await?.ok(200);
    assert!(gone.json["archived_at"].is_string());
    assert_eq!(api.get("/api/accounts").await?.json["total"], 0);
    api.ask(Method::POST, format!("/api/accounts/{id}/restore")).send().await?.ok(200);
    assert_eq!(api.get("/api/accounts").await?.json["total"], 1);
    Ok(())
}

async fn conditional(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let account = world.account(&[("name", "Acme")]).await?;
    let api = Api::open(&world);
    let path = format!("/api/accounts/{}", account.id);
    // A view of an account and what is around it has no version; a record has one.
    assert_eq!(api.get(&path).await?.ok(200).header("etag"), "");
    let contact = api.post("/api/contacts", json!({"account": account.id, "name": "Jo"})).await?.ok(201);
    let contact = contact.header("location").to_owned();
    let get = |tag: &'static str| api.ask(Method::GET, &contact).header("if-none-match", tag).send_unchecked();
    for (tag, status) in [("\"1\"", 304), ("W/\"1\"", 304), ("\"7\", \"1\"", 304), ("*", 304), ("\"2\"", 200)] {
        assert_eq!(get(tag).await?.status, status, "{tag}");
    }
    let put = |tag: &'static str, arr: i64| {
        api.ask(Method::PUT, &path).header("if-match", tag).json(&json!({"arr": arr})).send()
    };
    for (arr, tag) in ["\"7\"", "W/\"7\"", "1", "\"x\"", "\"5\", \"6\""].into_iter().enumerate() {
        put(tag, arr as i64).await?.refused(412, "stale");
    }
    assert_eq!(put("\"1\"", 10).await?.ok(200).header("etag"), "\"2\"");
    assert_eq!(put("\"1\", \"2\"", 11).await?.ok(200).header("etag"), "\"3\"");
    assert_eq!(put("*", 12).await?.ok(200).header("etag"), "\"4\"");
    // As a proxy gives it on that encodes answers.
    assert_eq!(put("W/\"4\"", 12).await?.ok(200).header("etag"), "\"4\"");
    assert_eq!(put("\"4-gzip\"", 12).await?.ok(200).header("etag"), "\"4\"");
    // Nothing changes: no new version.
    assert_eq!(put("\"4\"", 12).await?.ok(200).header("etag"), "\"4\"");
    api.ask(Method::DELETE, &path).header("if-match", "\"1\"").send().await?.refused(412, "stale");
    Ok(())
}

async fn bad_input(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    for (query, status, code) in [
        ("statu=active", 400, "unknown_filter"),
        ("status=lost", 400, "status"),
        ("status=", 400, "blank"),
        ("limit=0", 400, "limit"),
        ("limit=5000", 400, "limit"),
        ("page=x", 400, "page"),
        ("sort=colour", 400, "sort"),
        ("search=%00", 400, "query"),
        ("search=%ff", 400, "query"),
        ("health_min=50&health_max=40", 422, "empty_range"),
        ("owner=nobody@example.com", 404, "unknown_user"),
        ("dry_run=true", 400, "unknown_filter"),
    ] {
        api.get(format!("/api/accounts?{query}")).await?.refused(status, code);
    }
    let told = api.get("/api/accounts?statu=active").await?.json;
    assert!(told["detail"].as_str().unwrap().contains("did you mean status"), "{told}");
    assert_eq!(told["errors"][0]["parameter"], "statu");
    for (body, status, code, pointer) in [
        (json!({}), 400, "required", "/name"),
        (json!({"name": "x", "nam": 1}), 400, "unknown_field", "/nam"),
        (json!({"name": "x", "arr": "5"}), 400, "type", "/arr"),
        (json!({"name": "x", "arr": 1.234}), 422, "arr_decimals", "/arr"),
        (json!({"name": "x", "version": 5}), 400, "read_only_field", "/version"),
        (json!({"name": "x", "external_id": "A-1"}), 409, "exists", ""),
        (json!({"name": "x", "parent": "nobody"}), 404, "unknown_account", ""),
    ] {
        let refused = api.post("/api/accounts", body).await?.refused(status, code);
        assert_eq!(refused.json["errors"][0]["pointer"].as_str().unwrap_or_default(), pointer, "{}", refused.json);
    }
    let ask = |media: &'static str, body: &'static str| api.ask(Method::POST, "/api/accounts").body(media, body).send();
    ask("text/plain", "{}").await?.refused(415, "media_type");
    ask("application/json", "{").await?.refused(400, "body");
    ask("application/json; charset=utf-8", "[]").await?.refused(400, "body");
    api.get("/api/accounts/nobody").await?.refused(404, "unknown_account");
    api.get("/api/accounts/%00").await?.refused(400, "path");
    api.get("/api/nothing").await?.refused(404, "no_such_path");
    let patch = api.ask(Method::PATCH, "/api/accounts").send().await?.refused(405, "no_such_method");
    assert!(patch.header("allow").contains("POST"), "{}", patch.header("allow"));
    Ok(())
}

async fn dry_run(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    let before = world.picture().await?;
    let would = api.post("/api/accounts?dry_run=true", json!({"name": "New"})).await?.ok(200);
    assert_eq!((would.json["name"].as_str(), would.header("etag")), (Some("New"), ""));
    let would = api.put("/api/accounts/A-1?dry_run=true", json!({"arr": 5})).await?.ok(200);
    assert_eq!(would.json["arr"], 5);
    api.delete("/api/accounts/A-1?dry_run=true").await?.ok(200);
    assert_eq!(world.picture().await?, before);
    Ok(())
}

async fn totals_that_stop(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for n in 0..4 {
        world.account(&[("name", &format!("Acme {n}")), ("size", "small")]).await?;
    }
    let api = Api::open(&world);
    let told = async |total: &str| {
        let json = api.get(format!("/api/accounts?size=small&limit=2&total={total}")).await?.ok(200).json;
        anyhow::Ok((json["total"].clone(), json["totalIsMinimum"].clone(), json["hasMore"].clone()))
    };
    let (none, yes) = (json!(null), json!(true));
    for _ in 0..2 {
        assert_eq!(told("upto:3").await?, (json!(3), yes.clone(), yes.clone()));
        assert_eq!(told("upto:4").await?, (json!(4), none.clone(), yes.clone()));
        assert_eq!(told("true").await?, (json!(4), none.clone(), yes.clone()));
        assert_eq!(told("false").await?, (none.clone(), none.clone(), yes.clone()));
    }
    // Remembered totals end with the next write, of whatever connection.
    world.account(&[("name", "Acme 5"), ("size", "small")]).await?;
    assert_eq!(told("true").await?.0, json!(5));
    let problem = api.get("/api/accounts?total=upto:0").await?.ok(400).json;
    assert_eq!(
        (&problem["errors"][0]["code"], problem["detail"].as_str().unwrap().contains("upto:10000")),
        (&json!("total"), true),
        "{problem}"
    );
    Ok(())
}
