//! `/api/engagements/{id}/attachments` and `/api/engagements.ics`.

use anyhow::Result;
use axum::http::Method;
use fastenr_core::model::KeyName;
use fastenr_core::model::api_key::{Expiry, Scopes};
use fastenr_core::ops::keys::{self, NewKey};
use fastenr_core::secret::Secrets;
use fastenr_http::server::Policy;
use fastenr_http::{Access, State};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::json;

use super::api::Api;
use fastenr_tests::world::{World, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/attachments/kept_byte_for_byte", kept_byte_for_byte);
    tests.both("http/attachments/calendar_by_token", calendar_by_token);
}

async fn kept_byte_for_byte(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let new = json!({"account": "A-1", "type": "call", "title": "Hello", "completed_at": "2026-02-01T10:00:00Z"});
    let engagement = api.post("/api/engagements", new).await?.ok(201);
    let files = format!("{}/attachments", engagement.header("location"));
    let bytes: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let put = |query: &str, bytes: &[u8]| {
        api.ask(Method::POST, format!("{files}{query}")).body("application/octet-stream", bytes).send()
    };
    put("?name=plan.bin&dry_run=true", &bytes).await?.ok(200);
    let made = put("?name=Pl%C3%A4ne%20%22a%22.bin", &bytes).await?.ok(201);
    let one = made.header("location").to_owned();
    assert_eq!((&made.json["size"], made.header("etag")), (&json!(5_000), "\"1\""));
    // The same bytes once more.
    assert_eq!(put("?name=again.bin", &bytes).await?.ok(200).json["id"], made.json["id"]);
    let got = api.get(&one).await?.ok(200);
    assert_eq!(got.bytes, bytes);
    assert_eq!(got.header("content-disposition"), "attachment; filename*=UTF-8''Pl%C3%A4ne%20%22a%22.bin");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    // A page is kept, and never shown as one.
    let page = put("?name=a.html", b"<script>alert(1)</script>").await?.ok(201);
    let page = api.get(page.header("location")).await?.ok(200);
    assert!(
        page.header("content-disposition").starts_with("attachment")
            && page.header("content-security-policy").contains("sandbox")
    );
    assert_eq!(api.get(&files).await?.ok(200).json["total"], 2);
    put("", &bytes).await?.refused(400, "required");
    api.get(format!("{files}/nothing")).await?.refused(404, "unknown_attachment");
    api.get("/api/engagements/nothing/attachments").await?.refused(404, "unknown_record");
    let delete = |tag: &'static str| api.ask(Method::DELETE, &one).header("if-match", tag).send();
    delete("\"7\"").await?.refused(412, "stale");
    api.delete(format!("{one}?dry_run=true")).await?.ok(200);
    delete("\"1\"").await?.ok(204);
    api.get(&one).await?.refused(404, "unknown_attachment");
    Ok(())
}

async fn key(world: &World, scopes: &str, seed: u64) -> Result<String> {
    let new = NewKey {
        name: KeyName::parse("feed").map_err(|_| anyhow::anyhow!("a name"))?,
        user: None,
        scopes: Scopes::parse(scopes).map_err(|_| anyhow::anyhow!("scopes"))?,
        expiry: Expiry::Never,
    };
    let made = keys::create(world, Secrets::Fixed(seed), &new, false).await?;
    Ok(made.secret.map(|secret| secret.expose().to_owned()).unwrap_or_default())
}

async fn calendar_by_token(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let open = Api::open(&world);
    for (kind, title) in [("call", "Hello"), ("demo", "Look")] {
        let new = json!({"account": "A-1", "type": kind, "title": title, "scheduled_at": "2026-04-01T10:00:00Z"});
        open.post("/api/engagements", new).await?.ok(201);
    }
    let all = open.get("/api/engagements.ics").await?.ok(200);
    assert_eq!(all.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(all.text().matches("BEGIN:VEVENT").count(), 2);
    let calls = open.get("/api/engagements.ics?type=call").await?.ok(200).text();
    assert!(calls.contains("SUMMARY:Hello") && !calls.contains("Look"), "{calls}");
    open.get("/api/engagements.ics?typ=call").await?.refused(400, "unknown_filter");

    let access = Access::Keys { db: world.db.clone(), clock: world.clock, ids: world.ids.clone() };
    let api = Api::with(State::new(access, Policy::default()));
    let (feed, wide) = (key(&world, "calendar:read", 1).await?, key(&world, "calendar:read,accounts:read", 2).await?);
    let path = format!("/api/engagements.ics?token={feed}");
    assert_eq!(api.get(&path).await?.ok(200).text(), all.text());
    api.get(format!("/api/engagements.ics?token={wide}")).await?.refused(403, "token_scope");
    api.key(&wide).get("/api/engagements.ics").await?.ok(200);
    api.get("/api/engagements.ics").await?.refused(401, "unauthenticated");
    api.get("/api/engagements.ics?token=nonsense").await?.ok(401);
    // Only here is a key taken from an address, and it opens nothing else.
    api.get(format!("/api/accounts?token={feed}")).await?.refused(401, "unauthenticated");
    api.key(&feed).get("/api/accounts").await?.refused(403, "missing_scope");
    keys::revoke(&world, &feed, false).await?;
    api.get(&path).await?.ok(401);
    Ok(())
}
