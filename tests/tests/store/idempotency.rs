//! Calls that may be sent again: one is worked on, all get its answer; and answers that come later.

use std::collections::{BTreeSet, HashMap};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use fastenr_core::model::idempotency::{Answer, IdempotencyKey, PendingCall, fingerprint};
use fastenr_core::ops::idempotency::{self, CallStatus, KEPT, LEASE, Lease};
use fastenr_core::ops::{self, results};
use fastenr_core::store;
use fastenr_core::store::idempotency::{Attempt, Call};
use fastenr_core::store::results::OperationResult;
use fastenr_tests::harness::{Backend, Tests};
use uuid::Uuid;

use fastenr_tests::world::{World, connect, everything, lines, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/idempotency/one_of_many_starts", one_of_many_starts);
    tests.both("store/idempotency/as_a_model_says", as_a_model_says);
    tests.both("store/idempotency/an_answer_comes_back_whole", an_answer_comes_back_whole);
    tests.both("store/idempotency/callers_are_apart", callers_are_apart);
    tests.both("store/idempotency/what_has_expired_goes", what_has_expired_goes);
    tests.both("store/idempotency/results_are_kept_a_while", results_are_kept_a_while);
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

fn answer(body: &str) -> Answer {
    Answer { status: 201, headers: vec![("location".into(), "/api/x".into())], body: Some(body.to_owned()) }
}

async fn begin(world: &World, text: &str, print: &str) -> Result<CallStatus> {
    Ok(idempotency::begin(world, Uuid::nil(), &key(text), print).await?)
}

#[track_caller]
fn started(begun: CallStatus) -> Lease {
    match begun {
        CallStatus::Started(lease) => lease,
        other => panic!("not started: {other:?}"),
    }
}

fn later(world: &World, by: TimeDelta) -> World {
    world.at(&(world.clock.now() + by).to_rfc3339())
}

/// As many requests as a client that lost its patience sends, to two servers.
async fn one_of_many_starts(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let other = {
        let mut other = world.clone();
        other.context.db = connect(backend, false).await?;
        other
    };
    for round in 0..4 {
        let (text, print) = (format!("round {round}").replace(' ', "-"), fingerprint("POST", "/api/x", b"{}"));
        let tasks: Vec<_> = (0..12)
            .map(|n| {
                let world = if n % 2 == 0 { world.clone() } else { other.clone() };
                let (text, print) = (text.clone(), print.clone());
                tokio::spawn(async move { begin(&world, &text, &print).await })
            })
            .collect();
        let mut leases = Vec::new();
        for task in tasks {
            match task.await?? {
                CallStatus::Started(lease) => leases.push(lease),
                CallStatus::Running(until) => assert_eq!(until, world.clock.now() + LEASE),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(leases.len(), 1);
        assert!(idempotency::finish(&other, &leases[0], answer("done")).await?);
        for world in [&world, &other] {
            assert_eq!(begin(world, &text, &print).await?, CallStatus::Replay(answer("done")));
        }
    }
    Ok(())
}

/// What a call is, told in memory.
struct ModelCall {
    print: char,
    holder: usize,
    lease_until: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    answer: Option<String>,
}

/// Many steps, in an order that nobody chose: begin, finish, abandon, wait.
async fn as_a_model_says(backend: &Backend) -> Result<()> {
    let mut world = world(backend).await?;
    let mut told: HashMap<usize, ModelCall> = HashMap::new();
    // Every lease ever had, its call first.
    let mut leases: Vec<(usize, Lease)> = Vec::new();
    let mut random = 7_u64;
    let mut draw = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    let mut seen = BTreeSet::new();
    for step in 0..400 {
        let now = world.clock.now();
        match draw(10) {
            0..=4 => {
                let (call, print) = (draw(3), ['a', 'b'][usize::from(draw(4) == 0)]);
                let begun = begin(&world, &format!("call-{call}"), &print.to_string()).await?;
                let expected = match told.get(&call).filter(|told| told.expires_at > now) {
                    None => "started",
                    Some(told) if told.print != print => "mismatch",
                    Some(told) if told.answer.is_some() => "replay",
                    Some(told) if told.lease_until > now => "running",
                    Some(_) => "started",
                };
                let got = match begun {
                    CallStatus::Started(lease) => {
                        let holder = leases.len();
                        leases.push((call, lease));
                        let (lease_until, expires_at) = (now + LEASE, now + KEPT);
                        told.insert(call, ModelCall { print, holder, lease_until, expires_at, answer: None });
                        "started"
                    }
                    CallStatus::Replay(answer) => {
                        assert_eq!(answer.body, told[&call].answer, "step {step}");
                        "replay"
                    }
                    CallStatus::Mismatch => "mismatch",
                    CallStatus::Written(operation) => panic!("nothing was written: {operation:?}"),
                    CallStatus::Running(until) => {
                        assert_eq!(until, told[&call].lease_until, "step {step}");
                        "running"
                    }
                };
                assert_eq!(got, expected, "step {step}");
                seen.insert(got);
            }
            5..=7 if !leases.is_empty() => {
                let holder = leases.len() - 1 - draw(leases.len().min(4));
                let (call, lease) = &leases[holder];
                let holds = told.get(call).is_some_and(|told| told.holder == holder && told.answer.is_none());
                if draw(2) == 0 {
                    let body = format!("answer {step}");
                    let kept = idempotency::finish(&world, lease, answer(&body)).await?;
                    // One that expired meanwhile may be swept already, or not yet.
                    if told.get(call).is_some_and(|told| told.expires_at > now) {
                        assert_eq!(kept, holds, "step {step}");
                    }
                    if kept && let Some(told) = told.get_mut(call) {
                        (told.answer, told.expires_at) = (Some(body), now + KEPT);
                    }
                    seen.insert(if kept { "kept" } else { "too late" });
                } else {
                    let gone = idempotency::abandon(&world, lease).await?;
                    if told.get(call).is_some_and(|told| told.expires_at > now) {
                        assert_eq!(gone, holds, "step {step}");
                    }
                    if gone {
                        told.remove(call);
                    }
                    seen.insert(if gone { "abandoned" } else { "too late" });
                }
            }
            _ => {
                let waits = [
                    TimeDelta::microseconds(1),
                    TimeDelta::seconds(30),
                    LEASE,
                    LEASE - TimeDelta::microseconds(1),
                    TimeDelta::days(2),
                    KEPT,
                ];
                world = later(&world, waits[draw(waits.len())]);
            }
        }
    }
    let all = ["abandoned", "kept", "mismatch", "replay", "running", "started", "too late"];
    assert_eq!(seen, BTreeSet::from(all));
    Ok(())
}

async fn an_answer_comes_back_whole(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let odd = Answer {
        status: 422,
        headers: vec![
            ("etag".into(), "\"3\"".into()),
            ("x".into(), "é\u{1f600}'; --".into()),
            ("x".into(), String::new()),
        ],
        body: Some("{\"é\":\"\\u0000\u{1f600}'\"}".into()),
    };
    let empty = Answer { status: 204, headers: vec![], body: Some(String::new()) };
    let largest = Answer { body: Some("é".repeat(Answer::LARGEST / 2)), ..odd.clone() };
    let too_large = Answer { body: Some("x".repeat(Answer::LARGEST + 1)), ..odd.clone() };
    let without = Answer { body: None, ..odd.clone() };
    for (n, (given, kept)) in
        [(&odd, &odd), (&empty, &empty), (&largest, &largest), (&too_large, &without), (&without, &without)]
            .into_iter()
            .enumerate()
    {
        let text = format!("!~\"'{n}");
        let lease = started(begin(&world, &text, "p").await?);
        assert!(idempotency::finish(&world, &lease, given.clone()).await?);
        assert!(!idempotency::finish(&world, &lease, empty.clone()).await?);
        assert!(!idempotency::abandon(&world, &lease).await?);
        let CallStatus::Replay(answer) = begin(&world, &text, "p").await? else { panic!("{text}") };
        assert!(answer == *kept, "{text}");
    }
    Ok(())
}

async fn callers_are_apart(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let other = world.organization("other").await?;
    let same = key("same");
    let (one, two) = (world.ids.next(), world.ids.next());
    for (world, caller, body) in
        [(&world, one, "1"), (&world, two, "2"), (&other, one, "3"), (&world, Uuid::nil(), "4")]
    {
        let lease = started(idempotency::begin(world, caller, &same, body).await?);
        idempotency::finish(world, &lease, answer(body)).await?;
    }
    for (world, caller, body) in
        [(&world, one, "1"), (&world, two, "2"), (&other, one, "3"), (&world, Uuid::nil(), "4")]
    {
        assert_eq!(idempotency::begin(world, caller, &same, body).await?, CallStatus::Replay(answer(body)));
        assert_eq!(idempotency::begin(world, caller, &same, "5").await?, CallStatus::Mismatch);
    }
    // Case tells keys apart.
    drop(started(idempotency::begin(&world, one, &key("SAME"), "1").await?));
    Ok(())
}

async fn what_has_expired_goes(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for n in 0..150 {
        let lease = started(begin(&world, &format!("old-{n}"), "p").await?);
        if n % 2 == 0 {
            idempotency::finish(&world, &lease, answer("x")).await?;
        }
    }
    let rows = async || -> Result<usize> { Ok(lines(&world.db, "idempotency_keys", None).await?.len()) };
    let almost = later(&world, KEPT - TimeDelta::microseconds(1));
    drop(started(begin(&almost, "new", "p").await?));
    assert_eq!(rows().await?, 151);
    let over = later(&world, KEPT);
    // Some at each call; what is not gone yet stands for nothing all the same.
    drop(started(begin(&over, "old-149", "another").await?));
    assert!(rows().await? < 60, "{}", rows().await?);
    drop(started(begin(&over, "newer", "p").await?));
    assert_eq!(rows().await?, 3);
    Ok(())
}

async fn results_are_kept_a_while(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let other = world.organization("other").await?;
    let operation = world.ids.next();
    assert_eq!(results::get(&world, operation).await?, None);
    let body = format!("{{\"é\":\"{}\"}}", "x".repeat(1 << 20));
    results::keep(&world, operation, 200, "{}").await?;
    results::keep(&world, operation, 409, &body).await?;
    let kept = OperationResult { status: 409, body, created_at: world.clock.now() };
    assert!(results::get(&world, operation).await? == Some(kept.clone()));
    assert_eq!(results::get(&other, operation).await?, None);
    let almost = later(&world, KEPT - TimeDelta::microseconds(1));
    assert!(results::get(&almost, operation).await? == Some(kept));
    let over = later(&world, KEPT);
    assert_eq!(results::get(&over, operation).await?, None);
    results::keep(&over, over.ids.next(), 200, "{}").await?;
    assert_eq!(lines(&world.db, "operation_results", None).await?.len(), 1);
    Ok(())
}

/// Every use once, for the statements.
pub(super) async fn once(world: &World) -> Result<()> {
    let lease = started(begin(world, "once", "p").await?);
    begin(world, "once", "p").await?;
    idempotency::finish(world, &lease, answer("x")).await?;
    let lease = started(begin(world, "twice", "p").await?);
    idempotency::release(world, &lease).await?;
    let lease = started(begin(world, "twice", "p").await?);
    idempotency::written(world, &lease).await?;
    idempotency::abandon(world, &lease).await?;
    let mut calling = world.clone();
    calling.context.call = PendingCall::new(world.ids.next());
    let made = calling.account(&[("name", "Asked for once")]).await?;
    let sql = "select o.id from operations o where o.organization_id = $1 and o.call_id is not null";
    let operation: Vec<(Uuid,)> = world.db.read().await?.of(&world.scope(), sql).fetch_all().await?;
    let subject = ops::operations::subject(world, operation[0].0).await?;
    assert_eq!(subject, Some(("accounts".to_owned(), Some(made.id))));
    store::operations::forget_call(&mut world.db.write_any().await?, &world.scope(), operation[0].0).await?;
    results::keep(world, world.ids.next(), 200, "{}").await?;
    results::get(world, world.ids.next()).await?;
    Ok(())
}

/// The functions of the store, at calls and results that only they have.
pub(super) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    use store::{idempotency as calls, results as kept};
    let call = Call { api_key: Uuid::nil(), key: "theirs".into() };
    drop(started(begin(theirs, &call.key, "p").await?));
    let operation = theirs.ids.next();
    results::keep(theirs, operation, 200, "{}").await?;
    let untouched = everything(&theirs.db, &theirs.scope()).await?;
    let scope = &ours.scope();
    let now = ours.clock.now() + TimeDelta::days(30);
    let holder: Vec<(Uuid,)> = fastenr_tests::world::query(&theirs.db, "select holder from idempotency_keys").await?;
    let mut tx = ours.db.write_any().await?;
    let tx = &mut tx;
    assert_eq!(calls::get(tx, scope, &call).await?, None);
    assert_eq!(calls::finish(tx, scope, &call, holder[0].0, &answer("ours"), now).await?, 0);
    assert_eq!(calls::abandon(tx, scope, &call, holder[0].0).await?, 0);
    assert_eq!(calls::sweep(tx, scope, now).await?, 0);
    let attempt = Attempt {
        holder: ours.ids.next(),
        call: ours.ids.next(),
        fingerprint: "ours".into(),
        now,
        lease_until: now + LEASE,
        expires_at: now + KEPT,
    };
    assert_eq!(calls::release(tx, scope, &call, holder[0].0, now).await?, 0);
    assert_eq!(calls::claim(tx, scope, &call, &attempt).await?, Some(attempt.call));
    assert_eq!(kept::get(tx, scope, operation, ours.clock.now()).await?, None);
    assert_eq!(kept::sweep(tx, scope, now).await?, 0);
    let result = OperationResult { status: 500, body: "ours".into(), created_at: now };
    kept::put(tx, scope, operation, &result, now + KEPT).await?;
    called.extend(["idempotency::get", "idempotency::finish", "idempotency::abandon", "idempotency::sweep"]);
    called.extend(["idempotency::claim", "idempotency::release", "results::get", "results::sweep", "results::put"]);
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched);
    Ok(())
}
