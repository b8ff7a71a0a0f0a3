//! The nouns of an account: each is listed, made, read, changed and deleted alike.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::api::Api;
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/records/made_read_changed_deleted", whole_life);
    tests.both("http/records/put_finds_what_is_there", put_again);
    tests.both("http/records/called_like_a_part_of_a_path", called_like_a_path);
}

async fn whole_life(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    let cases: [(&str, Json, Json); 5] = [
        (
            "contacts",
            json!({"account": "A-1", "name": "Jo Doe", "email": "jo@acme.example"}),
            json!({"role": "champion"}),
        ),
        (
            "engagements",
            json!({"account_id": "A-1", "type": "call", "title": "Hello", "completed_at": "2026-02-01T10:00:00Z",
                   "attendees": [{"name": "Jo", "email": "jo@acme.example", "role": "user"}], "tags": ["x"]}),
            json!({"outcome": "positive", "tags": null}),
        ),
        (
            "goals",
            json!({"account": "A-1", "title": "Grow", "target_value": 10.5, "milestones": [{"title": "Half"}]}),
            json!({"current_value": 5}),
        ),
        (
            "metrics",
            json!({"account": "A-1", "metric_date": "2026-02-01", "csat": 87.5}),
            json!({"csat": null, "nps": -5}),
        ),
        ("team", json!({"account": "A-1", "user": "admin@localhost"}), json!({"role": "support"})),
    ];
    for (path, new, change) in cases {
        let path = format!("/api/{path}");
        let mut new = new;
        if path == "/api/team" {
            new["user"] = json!(world.user.email);
        }
        let made = api.post(&path, new).await?.ok(201);
        let one = format!("{path}/{}", made.json["id"].as_str().unwrap());
        assert_eq!(made.header("location"), one);
        let list = api.get(format!("{path}?account=A-1")).await?.ok(200).json;
        assert_eq!((&list["total"], &list["data"][0]["id"]), (&json!(1), &made.json["id"]), "{path}");
        let got = api.get(&one).await?.ok(200);
        assert_eq!(got.header("etag"), "\"1\"");
        let put = api.put(&one, change.clone()).await?.ok(200);
        for (name, value) in change.as_object().unwrap() {
            let value = if name == "tags" { &json!([]) } else { value };
            assert_eq!(&put.json[name], value, "{path} {name}");
        }
        api.put(&one, json!({"nme": 1})).await?.refused(400, "unknown_field");
        api.get(format!("{path}?acount=A-1")).await?.refused(400, "unknown_filter");
        api.delete(&one).await?.ok(204);
        api.get(&one).await?.refused(404, "unknown_record");
        api.delete(&one).await?.refused(404, "unknown_record");
    }
    Ok(())
}

/// Whatever it is called, each record can be read, changed and deleted by that.
async fn called_like_a_path(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    let goal = |name: &str| json!({"account": "A-1", "title": name, "target_value": 10});
    let engagement =
        |name: &str| json!({"account": "A-1", "type": "call", "title": name, "completed_at": "2026-02-01T10:00:00Z"});
    let segment = |name: &str| json!({"name": name, "filter": {"status": ["active"]}});
    type BodyOf<'m> = &'m dyn Fn(&str) -> Json;
    let kinds: [(&str, &str, BodyOf<'_>); 6] = [
        ("accounts", "name", &|name| json!({"name": name})),
        ("accounts", "external_id", &|name| json!({"name": "Other", "external_id": name})),
        ("contacts", "external_id", &|name| json!({"account": "A-1", "name": "Jo", "external_id": name})),
        ("goals", "title", &goal),
        ("engagements", "title", &engagement),
        ("segments", "name", &segment),
    ];
    for (noun, field, new) in kinds {
        for name in ["duplicates", "report", "release", "summary", "stream", "=report", "==duplicates", ".", ".."] {
            if noun == "contacts" && name.starts_with('=') {
                continue;
            }
            let made = api.post(format!("/api/{noun}"), new(name)).await?.ok(201);
            let path = format!("/api/{noun}/={name}");
            let got = api.get(&path).await?.ok(200);
            assert_eq!((&got.json["id"], got.json[field].as_str()), (&made.json["id"], Some(name)), "{path}");
            if noun != "segments" {
                api.put(&path, json!({"tags": null}))
                    .await
                    .map(|answer| assert!([200, 400].contains(&answer.status)))?;
                if noun == "accounts" {
                    api.get(format!("{path}/timeline")).await?.ok(200);
                }
            }
            let deleted = api.delete(&path).await?;
            assert!(matches!(deleted.status, 200 | 204), "{path}: {}", deleted.text());
            // An archived account is found by its name no less.
            if noun != "accounts" {
                api.get(&path)
                    .await?
                    .refused(404, if noun == "segments" { "unknown_segment" } else { "unknown_record" });
            }
        }
    }
    let refused = api.put("/api/goals/report", json!({"title": "x"})).await?.ok(405);
    assert!(refused.text().contains("/api/goals/=report"), "{}", refused.text());
    Ok(())
}

async fn put_again(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    let body = |csat: i64| json!({"account": "A-1", "metric_date": "2026-02-01", "csat": csat});
    let made = api.post("/api/metrics", body(80)).await?.ok(201);
    let again = api.post("/api/metrics", body(90)).await?.ok(200);
    assert_eq!((&again.json["id"], &again.json["csat"]), (&made.json["id"], &json!(90)));
    assert_eq!(again.header("location"), "");
    Ok(())
}
