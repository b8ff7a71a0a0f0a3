//! What an error offers to callers of the API: parameters, members and paths, and what this caller can do alone.

use anyhow::Result;
use axum::http::Method;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::world;
use serde_json::{Value as Json, json};

use super::api::Api;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/ways_out/of_imports", of_imports);
    tests.both("http/ways_out/of_records", of_records);
}

/// What an import offers works.
async fn of_imports(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import("external_id,name\nA-1,Acme\n", Default::default()).await?;
    let api = Api::open(&world);
    let import = async |query: &str, file: &str| {
        api.ask(Method::POST, format!("/api/imports/accounts?{query}")).body("text/csv", file).send().await
    };
    // Of the file as a whole.
    let file = "external_id,name,contract_end\nA-2,Beta,01/02/2027\n";
    let refused = import("", file).await?.refused(422, "date_ambiguous").json;
    let detail = refused["detail"].as_str().unwrap_or_default();
    assert!(
        detail.ends_with("; choose `date_format=dmy` for 31/01/2024, or `date_format=mdy` for 01/31/2024"),
        "{detail}"
    );
    import("date_format=dmy", file).await?.ok(200);
    // Of a column, whose name an address has in its own way.
    let file = "external_id,name,Xyz & co\nA-2,Beta,5\n";
    let done = import("dry_run=true", file).await?.ok(200).json;
    let warning = done["warnings"][0].as_str().unwrap_or_default();
    assert!(warning.contains("`map=Xyz%20%26%20co=FIELD`") && warning.contains("`custom`"), "{warning}");
    import("map=Xyz%20%26%20co=seats", file).await?.ok(200);
    // Of its rows, and of a refusal that no row is to blame for.
    let bad = import("", "external_id,name\n1001.0,New\n").await?.ok(422).json;
    let hint = bad["problems"][0]["hint"].as_str().unwrap_or_default();
    assert!(hint.ends_with("`ids=as-written` accepts them as they are"), "{bad}");
    assert_eq!(bad["refusal"]["hints"], json!(["`on_error=skip` writes the good ones"]));
    let changes = import("key=name", "name,external_id\nAcme,X-1\n").await?.ok(422).json;
    let refusal = json!(["if these ids are right, `allow_id_changes` writes them"]);
    assert_eq!((&changes["refusal"]["code"], &changes["refusal"]["hints"]), (&json!("id_changes"), &refusal));
    import("key=name&allow_id_changes=true", "name,external_id\nAcme,X-1\n").await?.ok(200);
    Ok(())
}

/// Members where the body has them, paths where there are any, and nothing that only a terminal can do.
async fn of_records(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.import("external_id,name\nA-1,Acme\nA-2,Beta\n", Default::default()).await?;
    let api = Api::open(&world);
    let id = world.get("A-1").await?.id;
    api.delete("/api/accounts/A-1").await?;
    let detail = |json: &Json| json["detail"].as_str().unwrap_or_default().to_owned();
    let refused = api.put("/api/accounts/A-1", json!({"seats": 5})).await?.refused(409, "archived").json;
    assert_eq!(detail(&refused), format!("Acme is archived; restore it first: `POST /api/accounts/{id}/restore`"));
    let bulk = json!({"action": "update", "set": {"industry": "Retail"}});
    let refused = api.post("/api/bulk/accounts", bulk).await?.refused(422, "no_filter").json;
    assert_eq!(detail(&refused), "no accounts selected; add a filter, `ids`, or `all` for all accounts");
    let refused = api.post("/api/segments", json!({"name": "empty", "filter": {}})).await?.refused(422, "empty_filter");
    assert!(detail(&refused.json).ends_with(r#"; add one, such as `"status": "at_risk"`"#), "{}", refused.json);
    // The API makes no users.
    let file = "external_id,name,owner\nA-3,Gamma,nobody@example.com\n";
    let refused = api.get("/api/accounts?owner=nobody").await?.refused(404, "unknown_user").json;
    assert_eq!(detail(&refused), "no user is called \"nobody\"; list them with `GET /api/users`");
    let bad = api.ask(Method::POST, "/api/imports/accounts").body("text/csv", file).send().await?.ok(422).json;
    assert_eq!(bad["problems"][0].get("hint"), None, "{bad}");
    Ok(())
}
