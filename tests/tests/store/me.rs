//! `@me` is whoever calls, in every field and every filter that names users; days and amounts as people type them, for people.

use anyhow::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::activity::ACTIVITY;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::noun::{Meaning, Value};
use fastenr_core::model::nouns::{NOUNS, TASK};
use fastenr_core::model::selection::{Condition, Test};
use fastenr_core::ops::engagements::NextTask;
use fastenr_core::ops::period::Remarks;
use fastenr_core::ops::{self, Context, entries, selection};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, world};

use super::nouns::{around, children, least, rows};

pub(super) fn register(tests: &mut Tests) {
    tests.both("store/me/in_every_field", in_every_field);
    tests.both("store/me/in_every_filter", in_every_filter);
    tests.both("store/me/programs_write_iso", programs_write_iso);
    tests.both("store/me/a_call_and_its_task_are_one_operation", one_operation);
}

/// Mia, who has said so.
async fn named(world: &World) -> Result<Context> {
    Ok(Context::open(world.db.clone(), world.clock, Some("default"), Some("mia@example.com")).await?)
}

async fn in_every_field(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    around(&world).await?;
    let me = named(&world).await?;
    let nobody = Context { is_named: false, ..me.clone() };
    for noun in children() {
        let fields = noun.fields.iter().filter(|field| matches!(field.meaning, Meaning::User | Meaning::Author));
        for field in fields.filter(|field| field.writable()) {
            let mut given = least(noun, 1);
            given.retain(|(name, _)| name != field.name);
            given.push((field.name.to_owned(), Some(" @Me ".to_owned())));
            let made = entries::create(&me, noun, &given, true).await?;
            assert_eq!(made.record.value(field), Value::Text("mia@example.com".into()), "{}.{}", noun.many, field.name);
            let refused = entries::create(&nobody, noun, &given, true).await.expect_err("nobody is named");
            assert_eq!(refused.code, "nobody_named", "{}.{}", noun.many, field.name);
        }
    }
    let users = ACCOUNT.fields.iter().filter(|field| field.writable() && field.meaning == Meaning::User);
    assert_eq!(users.clone().count(), 1);
    let owner = [("owner".to_owned(), Some("@me".to_owned()))];
    let made = ops::accounts::update(&me, "a0", &owner, None, true).await?;
    assert_eq!(made.record.owner.map(|owner| owner.id), Some(me.user.id));
    let key = ops::users::get(&me, "@ME").await?;
    assert_eq!(key.id, me.user.id);
    assert_eq!(ops::users::get(&nobody, "@me").await.expect_err("nobody").code, "nobody_named");
    Ok(())
}

async fn in_every_filter(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    around(&world).await?;
    let me = named(&world).await?;
    let nobody = Context { is_named: false, ..me.clone() };
    let mut seen = 0;
    for noun in NOUNS.iter().copied() {
        for filter in noun.filters.iter().filter(|filter| matches!(filter.test, Test::Users(_) | Test::Owners)) {
            let pairs = [(filter.name, "@me,noa@example.com")];
            let chosen = selection::selection(&me, noun, pairs).await?;
            let named = chosen.conditions.iter().find_map(|condition| match condition {
                Condition::In(_, _, values) => Some(values),
                _ => None,
            });
            let values = named.unwrap_or_else(|| panic!("{}.{}", noun.many, filter.name));
            assert_eq!(values[0], Value::Id(me.user.id), "{}.{}", noun.many, filter.name);
            let refused = selection::selection(&nobody, noun, pairs).await.expect_err("nobody is named");
            assert_eq!(refused.code, "nobody_named");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen}");
    Ok(())
}

/// What a person types is no value of the API, nor of a file.
async fn programs_write_iso(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    around(&world).await?;
    let given = |name: &str, text: &str| [(name.to_owned(), Some(text.to_owned()))];
    let person = world.context.clone().typed(Remarks::default());
    for (field, text, value) in [
        ("contract_end", "monday", "2026-03-02"),
        ("created_at", "yesterday 9:00", "2026-02-28T09:00:00Z"),
        ("arr", "1.5k", "1500.00"),
    ] {
        let typed = ops::accounts::update(&person, "a0", &given(field, text), None, true).await?;
        assert_eq!(typed.changes[0].new, value);
        ops::accounts::update(&world, "a0", &given(field, text), None, true).await.expect_err("ISO alone");
    }
    let since = selection::selection(&person, &ACTIVITY, [("since", "monday")]).await?;
    let Condition::AtLeast(_, _, Value::Instant(at)) = since.conditions[0] else { panic!("{since:?}") };
    assert_eq!(at.to_rfc3339(), "2026-02-23T00:00:00+00:00");
    selection::selection(&world, &ACTIVITY, [("since", "monday")]).await.expect_err("ISO alone");
    let report = world.import("external_id,owner,contract_end\na0,mia@example.com,monday\n", Default::default()).await;
    assert!(report.is_err() || report.is_ok_and(|report| report.ledger.rejected == 1));
    Ok(())
}

async fn one_operation(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    around(&world).await?;
    let text = |name: &str, text: &str| (name.to_owned(), Some(text.to_owned()));
    let given = [text("account", "a0"), text("type", "call"), text("title", "Agreed"), text("completed_at", "now")];
    let next =
        NextTask { title: "Send offer".into(), due: Some("2026-03-06".into()), owner: Some("mia@example.com".into()) };
    let (tried, _) = ops::engagements::log(&world, &given, Some(next.clone()), true).await?;
    assert_eq!((tried.operation, rows(&world, &TASK).await?.len()), (None, 0));
    let (made, task) = ops::engagements::log(&world, &given, Some(next), false).await?;
    let task = task.expect("a task");
    assert_eq!(task.label("owner"), Some("mia@example.com"));
    assert_eq!((task.text("title"), task.text("source")), (Some("Send offer"), Some("engagement")));
    assert_eq!(task.id_of("source_id"), Some(made.record.id()));
    let id = made.operation.expect("an operation").to_string();
    let operation = ops::operations::get(&world, &id).await?;
    assert_eq!(operation.kind, "engagements.create");
    let ledger = operation.ledger.expect("a ledger");
    assert!(ledger.contains(r#""created":2"#), "{ledger}");
    assert_eq!(
        ops::operations::subject(&world, operation.id).await?,
        Some(("engagements".into(), Some(made.record.id())))
    );
    let undone = ops::operations::undo(&world, &id, false, false).await?;
    assert_eq!((undone.ledger.deleted, undone.ledger.skipped), (2, 0));
    assert_eq!((rows(&world, &TASK).await?.len(), rows(&world, &ENGAGEMENT).await?.len()), (0, 0));
    // Where the task can't be, neither can the call.
    let bad = NextTask { title: "Send offer".into(), due: Some("soon".into()), owner: None };
    assert_eq!(ops::engagements::log(&world, &given, Some(bad), false).await.expect_err("no day").code, "date");
    assert_eq!(rows(&world, &ENGAGEMENT).await?.len(), 0);
    Ok(())
}
