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
    tests.both("http/files/guards_and_leniency", guards);
    tests.both("http/files/an_export_comes_back", round_trip);
    tests.both("http/files/read_as_they_are_told_to_be", told);
    tests.both("http/files/bad_input", bad_input);
    tests.both("http/files/workbooks_as_they_are", workbooks);
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

async fn workbooks(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("files/workbooks");
    let post = async |query: &str, media: &str, name: &str| {
        let body = std::fs::read(folder.join(name))?;
        api.ask(Method::POST, format!("/api/imports/accounts{query}")).body(media, body).send().await
    };
    let excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(post("", excel, "openpyxl.xlsx").await?.ok(200).json["created"], 4);
    let again = post("", "application/vnd.oasis.opendocument.spreadsheet", "libreoffice.ods").await?.ok(200).json;
    assert_eq!((&again["unchanged"], &again["rows"]), (&json!(4), &json!(4)));
    // What browsers say of any file of Excel's, CSV included.
    assert_eq!(post("", "application/vnd.ms-excel", "xlwt.xls").await?.ok(200).json["unchanged"], 4);
    assert_eq!(post("", "application/vnd.ms-excel", "table.csv").await?.ok(200).json["unchanged"], 4);
    assert_eq!(post("?sheet=Accounts", excel, "sheets.xlsx").await?.ok(200).json["created"], 1);
    let told = post("?on_error=skip", excel, "typed.xlsx").await?.ok(200).json;
    assert_eq!((&told["created"], &told["rejects"][0]["_row"]), (&json!(1), &json!("5")));
    for (name, code) in [("sheets.xlsx", "sheet_several"), ("locked.xlsx", "workbook_password")] {
        let refused = post("", excel, name).await?;
        assert!(refused.ok(422).json.to_string().contains(code), "{name}");
    }
    Ok(())
}

async fn told(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let escaped = "external_id,name\nA-1,\"The \\\"Best\\\" Co\"\n";
    let path = "/api/imports/accounts";
    let refused = send(&api, path, "text/csv", escaped).await?.ok(422).json;
    assert_eq!(refused["problems"][0]["code"], "quote_broken");
    send(&api, &format!("{path}?quote_escape=backslash"), "text/csv", escaped).await?.ok(200);
    let swallowed = "external_id,name,x\nA-2,Two,\"x\nA-3,Three,y\nA-4,Four,z\"\n";
    send(&api, path, "text/csv", swallowed).await?.refused(422, "quote_swallows");
    send(&api, &format!("{path}?multiline=true&dry_run=true"), "text/csv", swallowed).await?.ok(200);
    let russian = b"external_id,name\nA-4,\xD1\xE5\xE2\xE5\xF0\n".as_slice();
    let post = |query: &str| api.ask(Method::POST, format!("{path}?{query}")).body("text/csv", russian).send();
    post("").await?.refused(422, "encoding_unsure");
    post("encoding=windows-1251").await?.ok(200);
    post("encoding=ebcdic").await?.refused(422, "encoding");
    assert_eq!(api.get("/api/accounts?search=a-4").await?.json["data"][0]["name"], "Север");
    Ok(())
}

/// What the command refuses with exit code 5, and what it lets through when asked.
async fn guards(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let import =
        async |query: &str, file: &str| send(&api, &format!("/api/imports/accounts?{query}"), "text/csv", file).await;
    let book = "external_id,name,custom.billing\nA-1,Acme,700\n002,Beta,701\nA-3,Gamma,701\n";
    import("", book).await?.ok(200);
    for (query, file, code) in [
        ("missing=archive", "external_id,name\n", "missing_empty"),
        ("missing=archive", "external_id,name\nA-1,Acme\n", "too_many_missing"),
        ("missing=archive&max_missing=50%25", "external_id,name\nA-1,Acme\n", "too_many_missing"),
        ("key=name", "name,external_id\nAcme,X\n", "id_changes"),
        ("", "external_id,name\n2,Beta\n", "bad_rows"),
    ] {
        let refused = import(query, file).await?.ok(422).json;
        assert_eq!(
            (&refused["refusal"]["code"], &refused["applied"]),
            (&json!(code), &json!(false)),
            "{query} {refused}"
        );
    }
    assert_eq!(api.get("/api/accounts").await?.json["total"], 3);
    import("missing=archive&max_missing=2", "external_id,name\nA-1,Acme\n").await?.ok(200);
    assert_eq!(api.get("/api/accounts").await?.json["total"], 1);
    import("key=name&allow_id_changes=true", "name,external_id\nAcme,X\n").await?.ok(200);
    import("ids=as-written", "external_id,name\n1.5E+9,Odd\n").await?.ok(200);
    let doubles = import("duplicates=last", "external_id,name\nD,One\nD,Two\n").await?.ok(200).json;
    assert_eq!((&doubles["created"], &doubles["skipped"]), (&json!(1), &json!(1)));
    let cells = import("bad_cells=keep", "external_id,name,size\nE,Ed,huge\n").await?.ok(200).json;
    assert_eq!(
        (&cells["created"], &cells["bad_cells"], &cells["cells"][0]["size"]),
        (&json!(1), &json!(1), &json!("huge"))
    );
    let nps = "account,metric_date,nps\n700,2026-02-01,50\n";
    let by = |by: &str| format!("/api/imports/metrics?lookup=account%3D{by}");
    assert_eq!(send(&api, &by("custom.billing"), "text/csv", nps).await?.ok(200).json["created"], 1);
    assert_eq!(send(&api, &by("nickname"), "text/csv", nps).await?.status, 422);
    import("max_missing=much", "external_id,name\n").await?.refused(400, "max_missing");
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
