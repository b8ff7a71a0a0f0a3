//! Health: metrics and scores recorded, shown, explained; a person's word.

use anyhow::Result;
use axum::http::Method;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::api::Api;
use fastenr_tests::books::scores::{book, recompute};
use fastenr_tests::world::{everything, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/health/metrics_and_a_score_are_one_operation", recorded);
    tests.both("http/health/nothing_is_half_written", whole_or_nothing);
    tests.both("http/health/an_account_is_changed_and_adjusted", changed);
    tests.both("http/health/a_score_needs_a_reason", reasons);
    tests.both("http/health/of_one_account", of_one);
    tests.both("http/health/of_the_book", of_all);
}

const PATH: &str = "/api/v1/health";

async fn recorded(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1"), ("contract_start", "2024-01-01")]).await?;
    let api = Api::open(&world);
    let made =
        api.post(PATH, json!({"account": "A-1", "metric_date": "2026-03-01", "login_frequency": 5})).await?.ok(201);
    assert_eq!((&made.json["metrics"]["login_frequency"], &made.json["account"]["name"]), (&json!(5), &json!("Acme")));
    let again = json!({"account": "A-1", "metric_date": "2026-03-01", "login_frequency": 6, "health_score": 35,
                       "reason": "They told me so", "until": "2026-06-30"});
    let before = world.operations().await?.len();
    let again = api.post(PATH, again).await?.ok(200);
    assert_eq!(
        (&again.json["account"]["health_score"], &again.json["metrics"]["overall_health_score"]),
        (&json!(35), &json!(35))
    );
    assert_eq!(again.json["metrics"]["id"], made.json["metrics"]["id"]);
    let operation = again.header("fastenr-operation").to_owned();
    let kinds: Vec<String> = world.operations().await?.into_iter().map(|operation| operation.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "metrics.update").count(), 1, "{kinds:?}");
    assert!(!kinds.iter().any(|kind| kind == "accounts.adjust"), "{kinds:?}");
    assert!(kinds.len() > before);
    let list = api.get(format!("{PATH}?account=A-1&from=2026-03-01&limit=1")).await?.ok(200).json;
    assert_eq!((&list["total"], &list["data"][0]["overall_health_score"]), (&json!(1), &json!(35)));
    // The same once more changes nothing.
    let same = json!({"account": "A-1", "metric_date": "2026-03-01", "overall_health_score": 35,
                      "reason": "They told me so", "until": "2026-06-30"});
    assert_eq!(api.post(PATH, same).await?.ok(200).header("fastenr-operation"), "");
    // Both are taken back at once.
    ops::operations::undo(&world, &operation, false, false).await?;
    let list = api.get(format!("{PATH}?account=A-1")).await?.ok(200).json;
    assert_eq!(list["data"][0]["login_frequency"], 5);
    assert_eq!(api.get("/api/accounts/A-1/health").await?.ok(200).json["adjustment"], Json::Null);
    // A score alone, for as long as is usual.
    let alone =
        api.post(PATH, json!({"account": "A-1", "health_score": 20.0, "reason": "Silence"})).await?.ok(200).json;
    assert_eq!((&alone["metrics"], &alone["account"]["health_score"]), (&Json::Null, &json!(20)));
    let shown = api.get("/api/accounts/A-1/health").await?.ok(200).json;
    assert_eq!(
        (&shown["adjustment"]["until"], &shown["adjustment"]["reason"]),
        (&json!("2026-05-30"), &json!("Silence"))
    );
    Ok(())
}

async fn whole_or_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    world.account(&[("name", "Gone"), ("external_id", "G-1"), ("status", "churned")]).await?;
    let api = Api::open(&world);
    let before = everything(&world.db, &world.scope()).await?;
    let with = |account: &str, until: &str| json!({"account": account, "metric_date": "2026-03-01", "csat": 50, "health_score": 5, "reason": "x", "until": until});
    api.post(PATH, with("G-1", "2026-06-30")).await?.refused(409, "frozen");
    let refused = api.post(PATH, with("A-1", "2026-03-01")).await?.refused(422, "until");
    assert_eq!(refused.json["errors"][0]["pointer"], "/until");
    let put = json!({"arr": 7, "health_score": 5, "reason": "x", "until": "2036-01-01"});
    api.put("/api/accounts/A-1", put).await?.refused(422, "until");
    api.put("/api/accounts/A-1", json!({"status": "churned", "health_score": 5, "reason": "x"}))
        .await?
        .refused(409, "frozen");
    let would = api.post(format!("{PATH}?dry_run=true"), with("A-1", "2026-06-30")).await?.ok(200);
    assert_eq!((&would.json["metrics"]["csat"], would.header("fastenr-operation")), (&json!(50), ""));
    api.put("/api/accounts/A-1?dry_run=true", json!({"arr": 7, "health_score": 5, "reason": "x"})).await?.ok(200);
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    Ok(())
}

async fn changed(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    let path = "/api/accounts/A-1";
    let put = json!({"arr": 700, "seats": null, "health_score": 35, "reason": "Sponsor left", "until": "2026-06-30"});
    let done = api.ask(Method::PUT, path).header("if-match", "\"1\"").json(&put).send().await?.ok(200);
    assert_eq!((&done.json["arr"], &done.json["health_score"]), (&json!(700), &json!(35)));
    let operation = done.header("fastenr-operation").to_owned();
    let told = |kinds: &[fastenr_core::model::operation::Operation]| {
        kinds
            .iter()
            .filter(|operation| operation.kind.starts_with("accounts."))
            .map(|operation| operation.kind.clone())
            .collect::<Vec<_>>()
    };
    assert!(!told(&world.operations().await?).contains(&"accounts.adjust".to_owned()));
    api.ask(Method::PUT, path).header("if-match", "\"1\"").json(&put).send().await?.refused(412, "stale");
    let events = api.get(format!("{path}/timeline?kind=change")).await?.ok(200).json;
    let has = |event: &Json, name: &str| {
        event["changes"].as_array().is_some_and(|changes| changes.iter().any(|change| change["field"] == name))
    };
    let both = |event: &Json| has(event, "arr") && has(event, "adjusted_score");
    assert!(events["data"].as_array().unwrap().iter().any(both), "{events}");
    ops::operations::undo(&world, &operation, false, false).await?;
    let got = api.get(path).await?.ok(200).json;
    assert_eq!(got["arr"], Json::Null);
    assert_eq!(api.get(format!("{path}/health")).await?.ok(200).json["adjustment"], Json::Null);
    // Nothing but a score.
    let alone = api.put(path, json!({"health_score": 12, "reason": "Silence"})).await?.ok(200);
    assert_eq!(alone.json["health_score"], 12);
    assert!(told(&world.operations().await?).contains(&"accounts.adjust".to_owned()));
    Ok(())
}

async fn reasons(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let api = Api::open(&world);
    let day = |more: Json| {
        let mut body = json!({"account": "A-1", "metric_date": "2026-03-01", "csat": 50});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, code, pointer) in [
        (json!({"health_score": 5}), "reason_required", "/reason"),
        (json!({"overall_health_score": 5}), "reason_required", "/reason"),
        (json!({"health_score": 5, "reason": null}), "reason_required", "/reason"),
        (json!({"health_score": 5, "reason": 7}), "type", "/reason"),
        (json!({"health_score": 101, "reason": "x"}), "score", "/health_score"),
        (json!({"health_score": null, "reason": "x"}), "score", "/health_score"),
        (json!({"health_score": "5", "reason": "x"}), "score", "/health_score"),
        (json!({"health_score": 5, "overall_health_score": 5, "reason": "x"}), "given_twice", "/overall_health_score"),
        (json!({"reason": "x"}), "score_required", "/health_score"),
        (json!({"until": "2026-06-30"}), "score_required", "/health_score"),
        (json!({"health_score": 5, "reason": "x", "until": "soon"}), "date", "/until"),
        (json!({"helth_score": 5}), "unknown_field", "/helth_score"),
    ] {
        let refused = api.post(PATH, day(more)).await?.refused(400, code);
        assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{}", refused.json);
    }
    for (body, code, pointer) in [
        (json!({"health_score": 5, "arr": 5}), "reason_required", "/reason"),
        (json!({"reason": "x", "arr": 5}), "score_required", "/health_score"),
        (json!({"overall_health_score": 5, "reason": "x"}), "score_required", "/health_score"),
        (json!({"churn_risk_score": 5}), "read_only_field", "/churn_risk_score"),
    ] {
        let refused = api.put("/api/accounts/A-1", body).await?.refused(400, code);
        assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{}", refused.json);
    }
    api.post(PATH, json!({"metric_date": "2026-03-01"})).await?.refused(400, "required");
    api.post(PATH, json!({"account": "A-1"})).await?.refused(400, "required");
    api.post(PATH, json!({"account": "nobody", "health_score": 5, "reason": "x"}))
        .await?
        .refused(404, "unknown_account");
    api.get(format!("{PATH}?acount=A-1")).await?.refused(400, "unknown_filter");
    assert_eq!(api.get(PATH).await?.ok(200).json["total"], 0);
    Ok(())
}

async fn of_one(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    book(&world).await?;
    let path = "/api/accounts/b1/health";
    assert_eq!(api.get(path).await?.ok(200).json["health_score"], Json::Null);
    recompute(&world, Some("2026-02-20")).await?;
    recompute(&world, None).await?;
    let shown = api.get(path).await?.ok(200).json;
    assert_eq!((&shown["as_of"], &shown["account"]["external_id"]), (&json!("2026-03-01"), &json!("b1")));
    let early = api.get(format!("{path}?as_of=2026-02-25")).await?.ok(200).json;
    assert_eq!(early["as_of"], "2026-02-20");
    let history = api.get(format!("{path}/history?since=2w")).await?.ok(200).json;
    assert_eq!((&history["total"], &history["data"][1]["as_of"]), (&json!(2), &json!("2026-03-01")));
    let explained = api.get(format!("{path}/explain?since=9d")).await?.ok(200).json;
    assert_eq!(
        (&explained["health_score"], &explained["since"]["day"]),
        (&shown["health_score"], &json!("2026-02-20"))
    );
    let adjustment = format!("{path}/adjustment");
    let body = json!({"score": 11, "reason": "They told me so", "until": "2026-06-30"});
    let before = world.picture().await?;
    api.put(format!("{adjustment}?dry_run=true"), body.clone()).await?.ok(200);
    assert_eq!(world.picture().await?, before);
    let done = api.put(&adjustment, body.clone()).await?.ok(200);
    assert_eq!((&done.json["health_score"], done.header("fastenr-operation").is_empty()), (&json!(11), false));
    assert_eq!(api.put(&adjustment, body).await?.ok(200).header("fastenr-operation"), "");
    assert_eq!(api.get(path).await?.ok(200).json["adjustment"]["score"], 11);
    api.get(format!("{path}/explain")).await?.ok(200);
    let cleared = api.delete(&adjustment).await?.ok(200);
    assert_eq!(cleared.json["health_score"], shown["health_score"]);
    assert_eq!(api.delete(&adjustment).await?.ok(200).header("fastenr-operation"), "");
    for (query, code) in [
        ("?as_of=2026-03-02", "future_day"),
        ("/history?since=4000d", "long_history"),
        ("/explain?since=2026-03-01", "since"),
    ] {
        api.get(format!("{path}{query}")).await?.refused(422, code);
    }
    for (query, code) in [
        ("?as_of=0001-01-01", "as_of"),
        ("?as_of=x", "as_of"),
        ("/history?since=x", "duration"),
        ("/explain?since=soon", "date"),
        ("?since=7d", "unknown_filter"),
    ] {
        api.get(format!("{path}{query}")).await?.refused(400, code);
    }
    let past = json!({"score": 5, "reason": "x", "until": "2026-02-01"});
    let refused = api.put(&adjustment, past).await?.refused(422, "until");
    assert_eq!(refused.json["errors"][0]["pointer"], "/until");
    for (body, code, pointer) in [
        (json!({"reason": "x"}), "score_required", "/score"),
        (json!({}), "required", "/score"),
        (json!({"score": 5}), "reason_required", "/reason"),
        (json!({"score": 5, "reason": "x", "util": "2026-06-30"}), "unknown_field", "/util"),
    ] {
        let refused = api.put(&adjustment, body).await?.refused(400, code);
        assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{}", refused.json);
    }
    api.get("/api/accounts/nobody/health").await?.refused(404, "unknown_account");
    Ok(())
}

async fn of_all(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let api = Api::open(&world);
    let none = api.get("/api/health/summary").await?.ok(200).json;
    assert_eq!((&none["as_of"], &none["health"]["average"]), (&Json::Null, &Json::Null));
    assert_eq!(api.get("/api/health/movers").await?.ok(200).json["to"], Json::Null);
    book(&world).await?;
    recompute(&world, Some("2026-02-20")).await?;
    recompute(&world, None).await?;
    let all = api.get("/api/health/summary?by=size").await?.ok(200).json;
    assert_eq!((&all["accounts"], all["groups"].as_array().unwrap().len()), (&json!(24), 3));
    let small = api.get("/api/health/summary?size=small,medium&arr_min=5000").await?.ok(200).json;
    assert!(small["accounts"].as_u64() < Some(24), "{small}");
    let moved = api.get("/api/health/movers?since=7d&limit=1").await?.ok(200).json;
    assert_eq!((&moved["from"], &moved["to"]), (&json!("2026-02-20"), &json!("2026-03-01")));
    assert!(moved["falls"].as_array().unwrap().len() <= 1);
    for (query, code) in [
        ("summary?by=colour", "by"),
        ("summary?sise=small", "unknown_filter"),
        ("summary?limit=5", "unknown_filter"),
        ("movers?since=x", "duration"),
        ("movers?limit=0", "limit"),
        ("movers?health_min=200", "health_score"),
    ] {
        let refused = api.get(format!("/api/health/{query}")).await?;
        assert_eq!(refused.status, 400, "{query} {}", refused.text());
        assert!(refused.problem() == code || code == "health_score", "{query} {}", refused.text());
    }
    Ok(())
}
