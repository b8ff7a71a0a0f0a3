//! The nouns of an account: each is listed, made, read, changed and deleted alike.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::api::Api;
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/records/made_read_changed_deleted", whole_life);
    tests.both("http/records/put_finds_what_is_there", put_again);
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
