//! Requests that are larger than anybody means: refused alike on both databases, and told in bounded answers.

use anyhow::{Result, ensure};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Map, Value as Json, json};

use super::api::Api;
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/sizes/filters_that_no_database_takes", filters);
    tests.both("http/sizes/days_that_no_database_takes", days);
    tests.both("http/sizes/the_first_hundred_mistakes", mistakes);
}

async fn filters(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    let words = |count: usize| vec!["acme"; count].join("+");
    let customs = |count: usize| (0..count).map(|n| format!("custom.k{n}=x")).collect::<Vec<_>>().join("&");
    let tags = |count: usize| (0..count).map(|n| format!("t{n}")).collect::<Vec<_>>().join(",");
    for (path, fits) in [
        (format!("/api/accounts?search={}", words(50)), true),
        (format!("/api/accounts?search={}", words(1_000)), false),
        (format!("/api/contacts?search={}", words(20)), true),
        (format!("/api/contacts?search={}", words(1_000)), false),
        (format!("/api/goals?search={}", words(1_000)), false),
        (format!("/api/accounts?{}", customs(20)), true),
        (format!("/api/accounts?{}", customs(1_000)), false),
        (format!("/api/accounts?tag={}", tags(1_000)), false),
        (format!("/api/accounts?status={}", vec!["active"; 5_000].join(",")), true),
    ] {
        let answer = api.get(&path).await?;
        let expected = if fits { answer.status == 200 } else { [400, 422].contains(&answer.status) };
        ensure!(expected, "{} of {}: {}", answer.status, &path[..60.min(path.len())], answer.text());
    }
    let body = json!({"action": "tag", "tags": {"add": ["x"]}, "filter": {"search": words(1_000).replace('+', " ")}});
    let answer = api.post("/api/bulk/accounts", body).await?;
    ensure!([400, 422].contains(&answer.status), "{}", answer.text());
    Ok(())
}

async fn days(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let goal = json!({"account": "A-1", "title": "Grow", "target_value": 5, "metric_type": "adoption"});
    let api = Api::open(&world);
    let goal = api.post("/api/goals", goal).await?.ok(201).json["id"].as_str().unwrap_or_default().to_owned();
    for day in ["-262143-01-01", "%2B262142-12-31", "0000-01-01", "10000-01-01"] {
        for path in [
            "/api/activities?since=DAY",
            "/api/activities?until=DAY",
            "/api/operations?since=DAY",
            "/api/engagements?from=DAY",
            "/api/engagements/report?from=DAY",
            "/api/metrics?from=DAY",
            "/api/arr/summary?from=DAY",
            "/api/accounts/A-1/timeline?from=DAY",
            "/api/accounts/A-1/timeline?to=DAY",
            "/api/health/movers?since=DAY",
        ] {
            let answer = api.get(path.replace("DAY", day)).await?;
            ensure!([400, 404, 422].contains(&answer.status), "{path} {day}: {} {}", answer.status, answer.text());
        }
        let day = day.replace("%2B", "+");
        for (path, body) in [
            ("/api/recompute".to_owned(), json!({"as_of": day})),
            (format!("/api/goals/{goal}/progress"), json!({"value": 1, "on": day})),
            ("/api/contacts".to_owned(), json!({"account": "A-1", "name": "Ada", "left_on": day})),
        ] {
            let answer = api.post(&path, body).await?;
            ensure!([400, 404, 405, 422].contains(&answer.status), "{path} {day}: {} {}", answer.status, answer.text());
        }
    }
    Ok(())
}

async fn mistakes(backend: &Backend) -> Result<()> {
    let api = Api::open(&world(backend).await?);
    let body: Map<String, Json> = (0..5_000).map(|n| (format!("member_{n}"), json!(n))).collect();
    let refused = api.post("/api/accounts", Json::Object(body)).await?.refused(400, "invalid_fields");
    assert_eq!(refused.json["errors"].as_array().map(Vec::len), Some(100));
    assert_eq!(refused.json["more_errors"], 4_900);
    ensure!(refused.bytes.len() < 100_000, "{} bytes", refused.bytes.len());
    // Of many items too: the same mistake in each is told of the first hundred.
    let items: Vec<Json> = (0..1_000).map(|n| json!({"external_id": format!("A-{n}"), "nam": n})).collect();
    let refused = api.post("/api/bulk/accounts", json!({"items": items})).await?.refused(400, "invalid_fields");
    assert_eq!(refused.json["errors"].as_array().map(Vec::len), Some(100));
    assert_eq!(
        (&refused.json["errors"][99]["pointer"], &refused.json["more_errors"]),
        (&json!("/items/99/nam"), &json!(900))
    );
    let two = api.post("/api/accounts", json!({"nam": 1, "arrr": 2})).await?.refused(400, "invalid_fields");
    assert_eq!(two.json.get("more_errors"), None);
    Ok(())
}
