//! Imports and exports over HTTP: the ledger adds up, what was rejected is told, and an export comes back unchanged.

use anyhow::Result;
use axum::http::Method;
use fastenr_core::import::request::Request;
use fastenr_core::model::account::ACCOUNT;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::json;

use super::api::{Answered, Api};
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/files/imported_and_told", imports);
    tests.both("http/files/an_export_comes_back", round_trip);
    tests.both("http/files/bad_input", bad_input);
}

async fn send(api: &Api, path: &str, media: &str, body: &str) -> Result<Answered> {
    api.ask(Method::POST, path).body(media, body).send().await
}

async fn imports(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let file = "external_id,name,arr,status\nA-1,Acme,1000,active\nA-2,Beta,x,active\nA-3,Gamma,5,active\n";
    let refused = send(&api, "/api/imports/accounts", "text/csv", file).await?.ok(422).json;
    assert_eq!((&refused["applied"], &refused["rejected"], &refused["rows"]), (&json!(false), &json!(1), &json!(3)));
    assert_eq!(refused["problems"][0]["column"], "arr");
    assert_eq!(api.get("/api/accounts").await?.json["total"], 0);
    let would = send(&api, "/api/imports/accounts?on_error=skip&dry_run=true", "text/csv", file).await?.ok(200).json;
    assert_eq!((&would["created"], &would["applied"], &would["operation"]), (&json!(2), &json!(false), &json!(null)));
    let done = send(&api, "/api/imports/accounts?on_error=skip", "text/csv; charset=utf-8", file).await?.ok(200).json;
    assert_eq!((&done["created"], &done["rejected"], &done["applied"]), (&json!(2), &json!(1), &json!(true)));
    assert_eq!(done["rejects"][0]["external_id"], "A-2");
    assert!(done["rejects"][0]["_error"].as_str().unwrap().contains("arr"), "{done}");
    let operation = api.get(format!("/api/operations/{}", done["operation"].as_str().unwrap())).await?.ok(200).json;
    assert_eq!((&operation["kind"], &operation["status"]), (&json!("accounts.import"), &json!("done")));
    let lines = "{\"external_id\":\"A-1\",\"arr\":2000}\n";
    let would = send(&api, "/api/imports/accounts?dry_run=true&mode=update", "application/x-ndjson", lines).await?;
    assert_eq!(
        would.ok(200).json["changes"][0],
        json!({"row": 1, "id": world.get("A-1").await?.id, "field": "arr", "old": 1000, "new": 2000})
    );
    let semicolons = "Kunde;Umsatz\nA-1;3.000,50\n".as_bytes();
    let path = "/api/imports/accounts?map=Kunde%3Dexternal_id&map=Umsatz%3Darr&number_format=1.234,56&mode=update";
    api.ask(Method::POST, path).body("text/csv; charset=windows-1252", semicolons).send().await?.ok(200);
    assert_eq!(api.get("/api/accounts?search=acme").await?.json["data"][0]["arr"], 3000.5);
    let metrics = "account,metric_date,csat\nA-1,2026-02-01,90\n";
    assert_eq!(send(&api, "/api/imports/metrics", "text/csv", metrics).await?.ok(200).json["created"], 1);
    Ok(())
}

async fn round_trip(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "external_id,name,arr,tags\nA-1,\"=Acme, \"\"Inc\"\"\",1000.5,\"a,b\"\nA-2,Zürich,,\n";
    world.import_of(&ACCOUNT, file, Request::default()).await?;
    let api = Api::open(&world);
    for (accept, media) in [("text/csv", "text/csv"), ("application/x-ndjson, */*;q=0.1", "application/x-ndjson")] {
        let export = api.ask(Method::GET, "/api/accounts").header("accept", accept).send().await?.ok(200);
        assert!(export.header("content-type").starts_with(media), "{}", export.header("content-type"));
        assert!(export.header("content-disposition").contains("accounts."), "{export:?}");
        let again = send(&api, "/api/imports/accounts?dry_run=true", media, &export.text()).await?.ok(200).json;
        assert_eq!((&again["rows"], &again["unchanged"]), (&json!(2), &json!(2)), "{again}");
    }
    let some = api.ask(Method::GET, "/api/accounts?search=acme&raw=true").header("accept", "text/csv").send().await?;
    assert!(some.text().contains("\"=Acme") && !some.text().contains("Zürich"), "{}", some.text());
    Ok(())
}

async fn bad_input(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    send(&api, "/api/imports/accounts", "application/json", "{}").await?.refused(415, "media_type");
    send(&api, "/api/imports/accounts?on_eror=skip", "text/csv", "name\nx\n").await?.refused(400, "unknown_filter");
    send(&api, "/api/imports/accounts?mode=never", "text/csv", "name\nx\n").await?.refused(400, "mode");
    send(&api, "/api/imports/accounts?map=x", "text/csv", "name\nx\n").await?.refused(400, "equation");
    let empty = send(&api, "/api/imports/accounts", "text/csv", "").await?;
    assert_eq!(empty.status, 422, "{}", empty.text());
    let pages = api.ask(Method::GET, "/api/accounts?limit=5").header("accept", "text/csv").send().await?;
    pages.refused(422, "no_pages");
    api.get("/api/accounts?raw=true").await?.refused(422, "raw");
    Ok(())
}
