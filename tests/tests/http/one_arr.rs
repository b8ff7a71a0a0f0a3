//! What the API says of ARR, and of scores that nobody knows, is the same wherever it is asked.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::api::Api;
use fastenr_tests::books::scores::{book, recompute};
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/figures/one_arr", one_arr);
    tests.both("http/figures/unknown_is_null", unknown_is_null);
}

async fn one_arr(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    for (name, status, arr, churned_on) in [
        ("a", "active", "100.40", ""),
        ("r", "at_risk", "23.05", ""),
        ("c", "churned", "1000", "2026-02-01"),
        ("u", "churned", "5000", ""),
        ("z", "active", "70000", ""),
    ] {
        let since = ("created_at", "2025-01-01T00:00:00Z");
        let (status, arr, churned_on) = (("status", status), ("arr", arr), ("churned_on", churned_on));
        let ends = ("contract_end", "2026-03-20");
        world.account(&[("external_id", name), ("name", name), status, arr, churned_on, ends, since]).await?;
    }
    api.delete("/api/accounts/z").await?.ok(200);
    let get = async |path: &str| -> Result<Json> { Ok(api.get(path).await?.ok(200).json) };
    let list = get("/api/accounts").await?;
    assert_eq!(list["total"], 4, "a list's total counts its rows");
    let rows = list["data"].as_array().unwrap().iter();
    let sum: f64 = rows.filter(|row| row["status"] != "churned").filter_map(|row| row["arr"].as_f64()).sum();
    assert!((sum - 123.45).abs() < 1e-9, "{sum}");
    let arr = json!(123.45);
    assert_eq!(get("/api/dashboard/stats").await?["arr"], arr);
    assert_eq!(get("/api/health/summary").await?["arr"], arr);
    assert_eq!(get("/api/arr/summary").await?["total"]["closing"], arr);
    api.post("/api/segments", json!({"name": "Due", "filter": {"renews_within": "90d"}})).await?.ok(201);
    let due = get("/api/segments/Due").await?;
    assert_eq!((&due["arr"], &due["accounts"]), (&arr, &json!(2)));
    assert_eq!(get("/api/accounts?renews_within=90d").await?["total"], 2);
    assert_eq!(get("/api/accounts?renews_within=90d&status=churned").await?["total"], 2);
    assert_eq!(get("/api/health/summary?status=churned").await?["arr"], 6000);
    assert_eq!(get("/api/health/summary?band=churned").await?["arr"], 6000);
    Ok(())
}

async fn unknown_is_null(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    book(&world).await?;
    world.account(&[("external_id", "bare"), ("name", "Bare"), ("created_at", "2024-01-01T00:00:00Z")]).await?;
    recompute(&world, None).await?;
    let get = async |path: &str| -> Result<Json> { Ok(api.get(path).await?.ok(200).json) };
    let listed = get("/api/accounts?band=insufficient_data").await?;
    assert_eq!(listed["total"], 1);
    let bare = get("/api/accounts/bare").await?;
    for shown in [&listed["data"][0], &bare, &get("/api/accounts/bare/health").await?] {
        assert_eq!((&shown["health_score"], &shown["churn_risk_score"]), (&Json::Null, &Json::Null), "{shown}");
        assert_eq!((&shown["provisional_health_score"], &shown["band"]), (&json!(62), &json!("insufficient_data")));
    }
    let history = get("/api/accounts/bare/health/history").await?;
    let day = &history["data"][0];
    assert_eq!((&day["health_score"], &day["churn_risk_score"]), (&Json::Null, &Json::Null), "{day}");
    assert_eq!(day["provisional_health_score"], 62);
    let explained = get("/api/accounts/bare/health/explain?since=2026-02-01").await?;
    for shown in [&explained, &explained["since"]] {
        assert_eq!((&shown["health_score"], &shown["provisional_health_score"]), (&Json::Null, &json!(62)), "{shown}");
    }
    for shown in [&explained["churn"], &explained["since"]] {
        let scores = (&shown["churn_risk_score"], &shown["provisional_churn_risk_score"]);
        assert_eq!(scores, (&Json::Null, &json!(0)), "{shown}");
    }
    let known = get("/api/accounts/b5").await?;
    assert!(known["health_score"].is_i64() && known["provisional_health_score"].is_null(), "{known}");
    let explained = get("/api/accounts/b5/health/explain").await?;
    assert_eq!(
        (&explained["health_score"], &explained["provisional_health_score"]),
        (&known["health_score"], &Json::Null)
    );
    // A person's word is a score, whatever is known.
    let said = api.put("/api/accounts/bare/health/adjustment", json!({"score": 30, "reason": "They told me"})).await?;
    assert_eq!(said.ok(200).json["health_score"], 30);
    let said = get("/api/accounts/bare").await?;
    assert_eq!((&said["health_score"], &said["band"]), (&json!(30), &json!("critical")));
    // With health known, enough is known of churn risk, too: 100 less the health.
    assert_eq!((&said["provisional_health_score"], &said["churn_risk_score"]), (&Json::Null, &json!(70)));
    Ok(())
}
