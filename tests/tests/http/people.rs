//! A person by the API: found, exported, erased.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::json;

use super::api::Api;
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/people/found_exported_erased", found_exported_erased);
}

async fn found_exported_erased(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    world.account(&[("name", "Jane Doe Ltd"), ("external_id", "A-2")]).await?;
    let api = Api::open(&world);
    let contact = json!({"account": "A-1", "name": "Jane Doe", "email": "jane@acme.example", "external_id": "c1"});
    api.post("/api/contacts", contact).await?.ok(201);
    let path = "/api/people/jane%40acme.example";
    let found = api.get(path).await?.ok(200).json;
    assert_eq!(found["person"]["names"], json!(["Jane Doe"]));
    assert_eq!(api.get("/api/people/c1").await?.ok(200).json, found);
    let known = api.get(&format!("{path}/export")).await?.ok(200).json;
    assert_eq!(known["contacts"][0]["email"], "jane@acme.example");
    let tried = api.post(&format!("{path}/erase?dry_run=true"), json!(null)).await?.ok(200).json;
    assert_eq!(tried["operation"], json!(null));
    let erased = api.post(&format!("{path}/erase"), json!(null)).await?.ok(200);
    assert_eq!(erased.header("fastenr-operation"), erased.json["operation"].as_str().unwrap_or_default());
    assert!(
        erased.json["left"]
            .as_array()
            .is_some_and(|left| left[0]["place"].as_str().is_some_and(|place| place.starts_with("accounts.name:")))
    );
    let contact = api.get("/api/contacts").await?.ok(200).json["data"][0].clone();
    assert_eq!((&contact["name"], &contact["email"]), (&erased.json["pseudonym"], &erased.json["address"]));
    let receipts = api.get("/api/people/erasures").await?.ok(200).json;
    assert_eq!(receipts["data"][0]["erased"], erased.json["erased"]);
    api.get(path).await?.refused(404, "unknown_person");
    // The rest, by the new address.
    let address = erased.json["address"].as_str().unwrap_or_default().replace('@', "%40");
    let rest =
        api.post(&format!("/api/people/{address}/erase?name=Jane%20Doe&also=all"), json!(null)).await?.ok(200).json;
    assert_eq!((&rest["pseudonym"], &rest["left"]), (&erased.json["pseudonym"], &json!([])));
    world.user("mia@example.com", "Mia").await?;
    api.post("/api/people/mia%40example.com/erase", json!(null)).await?.refused(409, "active_user");
    Ok(())
}
