//! Two organizations on one server: neither sees nor touches what is the other's, at any path of the document.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use fastenr_core::ops::{self, scores};
use fastenr_tests::books::alerts::alerts;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::api::Api;
use super::guard::{key, text, uncounted, with_keys};
use super::operations;
use fastenr_tests::world::{World, everything, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/tenants/nobody_reaches_anothers_record", nobody_reaches);
    tests.both("http/tenants/nobody_is_told_of_another", nobody_is_told);
}

/// One of everything, on a day on which an alert is open.
pub(super) async fn seed(world: World, name: &str) -> Result<World> {
    let api = Api::open(&world);
    let made = |path: &'static str, body: Json| {
        let api = &api;
        async move { anyhow::Ok(api.post(path, body).await?.ok(201)) }
    };
    let account = json!({"name": format!("{name} account"), "external_id": "A-1001", "arr": 5000,
                         "contract_end": "2027-01-31", "created_at": "2024-01-01T00:00:00Z"});
    made("/api/accounts", account).await?;
    made("/api/contacts", json!({"account": "A-1001", "name": format!("{name} contact")})).await?;
    let meeting = json!({"account": "A-1001", "type": "call", "title": format!("{name} call"), "external_id": "E-1",
                         "completed_at": "2026-02-20T10:00:00Z"});
    made("/api/engagements", meeting).await?;
    ops::attachments::attach(&world, "E-1", "notes.txt", name.as_bytes().to_vec(), false).await?;
    let goal = json!({"account": "A-1001", "title": format!("{name} goal"), "milestones": [{"title": "Half"}]});
    made("/api/goals", goal).await?;
    made("/api/tasks", json!({"account": "A-1001", "title": format!("{name} task"), "due": "2026-03-05"})).await?;
    made("/api/metrics", json!({"account": "A-1001", "metric_date": "2026-02-28", "login_frequency": 20})).await?;
    made("/api/team", json!({"account": "A-1001", "user": world.user.email, "role": "csm"})).await?;
    world.update("A-1001", &[("arr", "6000")]).await?;
    let filter = [("status".to_owned(), "active".to_owned())];
    ops::segments::create(&world, &format!("{name} segment"), &filter, false).await?;
    scores::recompute(&world, &Default::default(), &mut |_| {}).await?;
    let world = world.at("2026-03-02T07:00:00Z");
    world.update("A-1001", &[("contract_end", "2026-04-15")]).await?;
    scores::recompute(&world, &Default::default(), &mut |_| {}).await?;
    ensure!(!alerts(&world, &Default::default()).await?.is_empty(), "no alert is open");
    let newest = Api::open(&world).get("/api/operations?limit=1").await?.ok(200).json["data"][0]["id"].clone();
    let newest = Uuid::parse_str(newest.as_str().context("an operation")?)?;
    ops::results::keep(&world, newest, 200, "{\"rows\":1}").await?;
    Ok(world)
}

async fn two(backend: &Backend) -> Result<(World, World)> {
    let ours = world(backend).await?;
    let theirs = ours.organization("theirs").await?;
    Ok((seed(ours, "ours").await?, seed(theirs, "theirs").await?))
}

async fn nobody_reaches(backend: &Backend) -> Result<()> {
    let (ours, theirs) = two(backend).await?;
    let them = Api::open(&theirs);
    let made = key(&ours, "All", "*").await?;
    let us = Api::with(with_keys(&ours, uncounted())).key(text(&made));
    let before = everything(&theirs.db, &theirs.scope()).await?;
    let mut asked = 0;
    for operation in operations::guarded().filter(operations::Operation::is_named) {
        if operation.id == "models_get" {
            // The first one is built in, and everybody's.
            continue;
        }
        let path = operation.first(&them).await.with_context(|| operation.id.clone())?;
        let path = path + &operation.query();
        if operation.reads() {
            // It is there, for those whose it is.
            assert_eq!(them.get(&path).await?.status, 200, "{} {path}", operation.id);
        }
        let ask = us.ask(operation.method.clone(), &path);
        let ask = match operation.body() {
            Some(body) => ask.json(&body),
            None => ask,
        };
        let refused = ask.send().await?;
        assert_eq!(refused.status, 404, "{} {path}: {}", operation.id, refused.text());
        asked += 1;
    }
    assert!(asked > 10, "{asked}");
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, before);
    Ok(())
}

/// Every id in a value.
fn ids(value: &Json, into: &mut BTreeSet<Uuid>) {
    match value {
        Json::String(text) => into.extend(Uuid::parse_str(text)),
        Json::Array(items) => items.iter().for_each(|item| ids(item, into)),
        Json::Object(members) => members.values().for_each(|member| ids(member, into)),
        _ => {}
    }
}

async fn nobody_is_told(backend: &Backend) -> Result<()> {
    let (ours, theirs) = two(backend).await?;
    let them = Api::open(&theirs);
    let made = key(&ours, "All", "*").await?;
    let us = Api::with(with_keys(&ours, uncounted())).key(text(&made));
    let reading: Vec<_> = operations::guarded().filter(|one| one.reads() && !one.streams()).collect();
    let mut foreign = BTreeSet::from([theirs.organization.id]);
    for operation in &reading {
        let path = operation.first(&them).await? + &operation.query();
        let answer = them.get(&path).await?.ok(200);
        ids(&answer.json, &mut foreign);
    }
    assert!(foreign.len() >= 8, "{foreign:?}");
    let account = them.get("/api/accounts").await?.json["data"][0]["id"].as_str().unwrap().to_owned();
    for operation in &reading {
        let path = operation.first(&Api::open(&ours)).await? + &operation.query();
        let answer = us.get(&path).await?.ok(200);
        let mut seen = BTreeSet::new();
        ids(&answer.json, &mut seen);
        assert!(seen.is_disjoint(&foreign) && !answer.text().contains("theirs"), "{path}: {}", answer.text());
        // Nor where one asks for it by a filter.
        if operation.takes("query", "account") {
            let query = operation.query();
            let joint = if query.is_empty() { "?" } else { "&" };
            let asked = us.get(format!("{path}{joint}account={account}")).await?;
            assert!(asked.status == 404 || asked.json["total"] == 0, "{path}: {}", asked.text());
        }
    }
    Ok(())
}
