//! Alerts from the run that opens them to whoever deals with them; and what the rules would have opened.

use std::collections::BTreeSet;

use anyhow::Result;
use fastenr_core::model::activity::ACTIVITY;
use fastenr_core::model::activity::FeedItem;
use fastenr_core::model::alert::{ALERT, Alert, AlertState, in_state};
use fastenr_core::model::filter::Page;
use fastenr_core::model::selection::{Condition, Order, Selection};
use fastenr_core::ops::alerts::{self, AlertAction, HeldFilter};
use fastenr_core::ops::selection::selection;
use fastenr_core::ops::{activities, lists, scores};
use fastenr_core::score::alerts::{HeldBy, Rule, Severity};
use fastenr_core::store::alert_records::{self, Actor};
use fastenr_core::store::{self, Lock};
use fastenr_tests::books::alerts::{alerts as all, book, escalate, run, three};
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;

use fastenr_tests::world::{World, everything, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/alerts/a_list", a_list);
    tests.both("store/alerts/what_people_do", what_people_do);
    tests.both("store/alerts/held_and_released", held_and_released);
    tests.both("store/alerts/sent_once", sent_once);
    tests.both("store/alerts/a_replay_is_what_was", a_replay_is_what_was);
}

async fn found(world: &World, pairs: &[(&str, &str)]) -> Result<Vec<Alert>> {
    let filter = selection(world, &ALERT, pairs.iter().copied()).await?;
    let all = all(world, &filter).await?;
    let first = Order::first(&ALERT);
    let page = lists::list::<Alert>(world, &ALERT, &filter, first, Page { number: 1, limit: 2 }).await?;
    assert_eq!((page.total, &page.rows[..]), (all.len() as u64, &all[..all.len().min(2)]));
    Ok(all)
}

fn told(alerts: &[Alert]) -> Vec<String> {
    alerts.iter().map(|alert| format!("{} {} {}", alert.severity, alert.title(), alert.message)).collect()
}

async fn a_list(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let all = found(&world, &[]).await?;
    assert_eq!(
        told(&all),
        [
            "critical support_escalation of Account 3 2 escalated tickets in 30 days",
            "warning support_escalation of Account 1 1 escalated ticket in 7 days",
            "info renewal_window of Account 6 contract ends in 74 days, on 2026-05-15; no renewal stage",
        ]
    );
    let account = all[0].account.as_ref().unwrap();
    assert_eq!((account.label(), account.arr), ("x3".to_owned(), Some(300_000)));
    assert_eq!(account.owner, Some(("jo@example.com".to_owned(), "Jo Doe".to_owned())));
    for (pairs, count) in [
        (vec![("owner", "Jo Doe")], 2),
        (vec![("unowned", "true")], 1),
        (vec![("unowned", "true"), ("owner", "jo@example.com")], 3),
        (vec![("severity", "critical,info")], 2),
        (vec![("rule", "support_escalation")], 2),
        (vec![("rule", "support-escalation"), ("rule", "renewal_window")], 3),
        (vec![("account", "Account 3")], 1),
        (vec![("since", "2026-03-02")], 3),
        (vec![("since", "2026-03-03")], 0),
        (vec![("state", "acknowledged,held,resolved,snoozed")], 0),
        (vec![("state", "all")], 3),
        (vec![("unowned", "false"), ("owner", "Jo Doe")], 2),
        (vec![("unowned", "true"), ("owner", "jo@example.com"), ("severity", "critical")], 1),
        (vec![("held_by", "guard")], 0),
        (vec![("unsent", "true")], 3),
    ] {
        assert_eq!(found(&world, &pairs).await?.len(), count, "{pairs:?}");
    }
    for (pairs, code) in [
        (vec![("sevrity", "critical")], "unknown_filter"),
        (vec![("severity", "fatal")], "severity"),
        (vec![("rule", "health")], "alert_rule"),
        (vec![("state", "closed")], "alert_state"),
        (vec![("account", "nothing")], "unknown_account"),
        (vec![("owner", "nobody@example.com")], "unknown_user"),
        (vec![("since", "yesterday")], "date"),
        (vec![("id", "7")], "id"),
        (vec![("since", "1d"), ("since", "2d")], "given_twice"),
    ] {
        assert_eq!(refused(selection(&world, &ALERT, pairs.clone()).await), code, "{pairs:?}");
    }
    let counts = alerts::counts(&world, &Selection::default()).await?;
    assert_eq!((counts.of(AlertState::Open), counts.critical()), (3, 1));
    // What is archived is out of the way, unless it is asked for.
    fastenr_core::ops::accounts::set_archived(&world, "x3", true, None, false).await?;
    assert_eq!(found(&world, &[]).await?.len(), 2);
    assert_eq!(found(&world, &[("account", "x3")]).await?.len(), 1);
    Ok(())
}

async fn feed(world: &World) -> Result<Vec<FeedItem>> {
    let filter = selection(world, &ACTIVITY, [("kind", "alerts")]).await?;
    Ok(activities::list(world, &filter, Page { number: 1, limit: 100 }).await?.rows)
}

async fn what_people_do(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let all = found(&world, &[]).await?;
    let one = |alert: &Alert| Selection::of_ids([alert.id]);
    let open = in_state(AlertState::Open, world.today())?;
    let before = everything(&world.db, &world.scope()).await?;
    let tried = alerts::act(&world, &open, AlertAction::Acknowledge, "soon", true).await?;
    assert_eq!((tried.alerts.len(), tried.operation), (3, None));
    assert_eq!(everything(&world.db, &world.scope()).await?, before);

    let done = alerts::act(&world, &one(&all[0]), AlertAction::Acknowledge, "call on Monday", false).await?;
    assert_eq!((done.alerts.len(), done.alerts[0].state), (1, AlertState::Acknowledged));
    let word = done.alerts[0].acknowledged.as_ref().unwrap();
    assert_eq!((word.by.as_deref(), word.reason.as_deref()), (Some("admin@fastenr.local"), Some("call on Monday")));
    let again = alerts::act(&world, &one(&all[0]), AlertAction::Acknowledge, "", false).await?;
    assert_eq!((again.alerts.len(), again.unchanged, again.operation), (0, 1, None));

    let until = "2026-03-10".parse()?;
    let done = alerts::act(&world, &one(&all[1]), AlertAction::Snooze { until }, "", false).await?;
    assert_eq!(done.alerts[0].state, AlertState::Snoozed);
    let state = |world: World, id: uuid::Uuid| async move {
        let state = self::all(&world, &Selection::of_ids([id])).await?[0].state;
        let (name, text) = (state.as_str(), id.to_string());
        for (asked, found) in [(name, 1), ("all", 1), ("resolved", 0)] {
            let filter = selection(&world, &ALERT, [("state", asked), ("id", text.as_str())]).await?;
            assert_eq!(self::all(&world, &filter).await?.len(), found, "{asked}");
        }
        anyhow::Ok(state)
    };
    assert_eq!(state(world.at("2026-03-09T23:00:00Z"), all[1].id).await?, AlertState::Snoozed);
    assert_eq!(state(world.at("2026-03-10T00:00:00Z"), all[1].id).await?, AlertState::Open);

    let done = alerts::act(&world, &one(&all[2]), AlertAction::Resolve, "renewed by phone", false).await?;
    assert_eq!(done.alerts[0].resolved.as_ref().unwrap().reason.as_deref(), Some("renewed by phone"));
    assert!(found(&world, &[]).await?.is_empty());
    for (act, reason, code) in [
        (AlertAction::Resolve, " ", "reason"),
        (AlertAction::Snooze { until: world.today() }, "", "past_day"),
        (AlertAction::Acknowledge, &"x".repeat(501), "reason"),
    ] {
        assert_eq!(refused(alerts::act(&world, &one(&all[0]), act, reason, false).await), code);
    }
    let nothing = Selection::of_ids([world.ids.next()]);
    assert_eq!(refused(alerts::act(&world, &nothing, AlertAction::Acknowledge, "", false).await), "unknown_alert");

    let feed = feed(&world).await?;
    let told: Vec<(&str, &str)> =
        feed.iter().map(|item| (item.activity.kind.as_str(), item.activity.label.as_str())).collect();
    assert_eq!(
        told,
        [
            ("alerts.resolve", "renewal_window of Account 6"),
            ("alerts.snooze", "support_escalation of Account 1"),
            ("alerts.acknowledge", "support_escalation of Account 3"),
        ]
    );
    assert_eq!(feed[0].account.as_ref().unwrap().0, "x6");
    assert!(feed[0].activity.changes.to_string().contains("renewed by phone"));

    // What a person settled stays so while its rule holds as it did, also in another run of the day.
    for time in ["2026-03-02T20:00:00Z", "2026-03-03T07:00:00Z"] {
        let done = run(&world.at(time)).await?;
        assert_eq!((done.alerts_opened, done.alerts_cleared), (0, 0), "{time}");
    }
    // It opens anew where it gets worse.
    let later = world.at("2026-03-17T07:00:00Z");
    let _ = run(&later).await?;
    let open = found(&later, &[("rule", "renewal_window")]).await?;
    assert_eq!(told_of(&open), ["warning 59 days"]);
    Ok(())
}

fn told_of(alerts: &[Alert]) -> Vec<String> {
    let days =
        |alert: &Alert| alert.message.split(" in ").nth(1).and_then(|rest| rest.split(',').next()).map(str::to_owned);
    alerts.iter().map(|alert| format!("{} {}", alert.severity, days(alert).unwrap_or_default())).collect()
}

async fn held_and_released(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let next = world.at("2026-03-02T07:00:00Z");
    escalate(&next, &[("x1", 1), ("x2", 1), ("x3", 1), ("x4", 2)]).await?;
    next.update("x6", &[("contract_end", "2026-05-15")]).await?;
    let done = run(&next).await?;
    assert_eq!(done.alerts_held, 4);
    let open = found(&next, &[]).await?;
    let told: Vec<String> = open.iter().map(Alert::title).collect();
    assert_eq!(told, ["guard:support_escalation", "renewal_window of Account 6"]);
    assert_eq!(
        open[0].message,
        "support_escalation would open for 4 of 30 accounts in one run: alerts held; check the data, then release them"
    );
    let held = found(&next, &[("state", "held")]).await?;
    assert_eq!(held.len(), 4);
    let tried = alerts::act(&next, &Selection::of_ids([held[0].id]), AlertAction::Acknowledge, "", false).await?;
    assert_eq!((tried.alerts.len(), tried.unchanged), (0, 1), "a held one is to be released first");

    let later = next.at("2026-03-03T07:00:00Z");
    assert_eq!(
        alerts::release(&later, &HeldFilter { rules: vec![Rule::HealthDrop], ..HeldFilter::default() }, "", false)
            .await?
            .total(),
        0
    );
    let tried = alerts::release(&later, &HeldFilter::default(), "", true).await?;
    assert_eq!((tried.total(), tried.operation), (4, None));
    assert_eq!(found(&later, &[("state", "held")]).await?.len(), 4);
    let done = alerts::release(&later, &HeldFilter::default(), "it is real", false).await?;
    assert_eq!(done.rules, [(Rule::SupportEscalation, 4)]);
    assert!(found(&later, &[("state", "held")]).await?.is_empty());
    let open = found(&later, &[("rule", "support_escalation")]).await?;
    assert_eq!((open.len(), open[0].severity, open[0].opened_on), (4, Severity::Critical, later.today()));
    assert!(found(&later, &[("rule", "data_quality")]).await?.is_empty(), "the guard has nothing more to say");
    assert_eq!(feed(&later).await?[0].activity.label, "4 support_escalation");
    assert_eq!(alerts::release(&later, &HeldFilter::default(), "", false).await?.total(), 0);
    let done = run(&later).await?;
    assert_eq!((done.alerts_opened, done.alerts_held), (0, 0));
    Ok(())
}

async fn sent_once(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    // With the total, which is remembered.
    let unsent = |world: World| async move { found(&world, &[("unsent", "true")]).await };
    let all = unsent(world.clone()).await?;
    assert_eq!(all.len(), 3);
    let two: Vec<&Alert> = all.iter().take(2).collect();
    assert_eq!(alerts::mark_sent(&world, &two).await?, 2);
    assert_eq!(alerts::mark_sent(&world, &two).await?, 0);
    assert_eq!(unsent(world.clone()).await?, all[2..]);
    // The second one gets worse.
    let next = world.at("2026-03-03T07:00:00Z");
    escalate(&next, &[("x1", 1)]).await?;
    run(&next).await?;
    let again = unsent(next.clone()).await?;
    assert_eq!(
        again.iter().map(Alert::title).collect::<Vec<_>>(),
        ["support_escalation of Account 1", "renewal_window of Account 6"]
    );
    assert_eq!((again[0].severity, again[0].fired_on), (Severity::Critical, next.today()));
    // What was read before it got worse does not count as sent.
    assert_eq!(alerts::mark_sent(&next, &[&all[1]]).await?, 0);
    Ok(())
}

/// Nights that were run and a replay of them agree about every rule that compares no scores; the replay knows more of the past.
async fn a_replay_is_what_was(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let mut opened = BTreeSet::new();
    let mut last = world.clone();
    for day in 2..=8 {
        let night = world.at(&format!("2026-03-0{day}T07:00:00Z"));
        match day {
            2 => escalate(&night, &[("x1", 1)]).await?,
            3 => escalate(&night, &[("x1", 1), ("x2", 1)]).await?,
            4 => drop(night.update("x6", &[("contract_end", "2026-05-15")]).await?),
            5 => drop(night.update("x9", &[("contract_end", "2026-03-20")]).await?),
            6 => escalate(&night, &[("x10", 1), ("x11", 1), ("x12", 1), ("x13", 2)]).await?,
            _ => {}
        }
        run(&night).await?;
        let since = night.today().to_string();
        let fired = selection(&night, &ALERT, [("since", since.as_str()), ("state", "all")]).await?;
        for alert in all(&night, &fired).await?.into_iter().filter(|alert| alert.account.is_some()) {
            if !alert.rule.of_scores() {
                let held = alert.state == AlertState::Held;
                opened.insert((night.today(), alert.rule, alert.account.unwrap().label(), alert.message, held));
            }
        }
        last = night;
    }
    let before = everything(&last.db, &last.scope()).await?;
    let mut days = 0;
    let replayed = scores::replay(&last, "2026-03-02".parse()?, &mut |_, of| days = of).await?;
    assert_eq!(everything(&last.db, &last.scope()).await?, before, "a replay writes nothing");
    assert_eq!((replayed.accounts, days), (30, 7), "it goes on from the night before");
    let (_, held) = replayed.count(Rule::SupportEscalation);
    assert_eq!(held, 4);
    let replayed: BTreeSet<_> = replayed
        .opened
        .into_iter()
        .filter(|opened| !opened.rule.of_scores())
        .map(|opened| (opened.on, opened.rule, opened.account, opened.message, opened.held))
        .collect();
    assert_eq!(replayed, opened);
    assert!(opened.len() >= 8, "{opened:?}");
    assert_eq!(refused(scores::replay(&last, "2026-03-09".parse()?, &mut |_, _| {}).await), "future_day");
    assert_eq!(refused(scores::replay(&last, "2024-03-09".parse()?, &mut |_, _| {}).await), "long_replay");
    Ok(())
}

/// Everything there is to do with alerts, once.
pub(super) async fn once(world: &World) -> Result<()> {
    let day = world.today().to_string();
    let narrow = [
        ("id", world.user.id.to_string()),
        ("state", "open,snoozed".into()),
        ("severity", "info".into()),
        ("rule", "health_drop".into()),
        ("held_by", "guard".into()),
        ("owner", world.user.email.clone()),
        ("unowned", "true".into()),
        ("since", day),
        ("arr_min", "1".into()),
    ];
    let narrow = selection(world, &ALERT, narrow).await?;
    let in_segment = narrow.clone().and(Condition::Accounts(Box::default()));
    for filter in [narrow, in_segment, Selection::default()] {
        alerts::counts(world, &filter).await?;
        for sort in ALERT.sorts {
            alerts::by_account(world, &filter, Order { sort, descending: true }).await?;
        }
    }
    alerts::release(world, &HeldFilter::default(), "", false).await?;
    scores::replay(world, world.today(), &mut |_, _| {}).await?;
    let scope = world.scope();
    let mut tx = world.db.write(&scope, Lock::Exclusive).await?;
    let (tx, id, day, now) = (&mut tx, world.ids.next(), world.today(), world.clock.now());
    let hand = Actor { user: world.user.id, reason: None, operation: world.ids.next(), now };
    alert_records::acknowledge(tx, &scope, id, &hand).await?;
    alert_records::snooze(tx, &scope, id, day, &hand).await?;
    alert_records::resolve(tx, &scope, id, &hand).await?;
    alert_records::resolve_topic(tx, &scope, "feed:usage", &hand).await?;
    let held = HeldFilter { rules: vec![Rule::UsageStop], held_by: vec![HeldBy::Guard], min_arr: Some(1) };
    for filter in [&held.selection()?, &Selection::everything()] {
        alert_records::held(tx, &scope, filter).await?;
        alert_records::release(tx, &scope, filter, day, (hand.operation, now)).await?;
    }
    let night = store::scores::apply::AlertNight { day, at: now, now, operation: hand.operation };
    store::alerts::clear_topic(tx, &scope, "feed:usage", night).await?;
    alert_records::mark_sent(tx, &scope, id, day, now).await?;
    alert_records::names(tx, &scope, &[id]).await?;
    Ok(())
}

/// The functions of the store, at alerts that only they have.
pub(super) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let account = theirs.get("only").await?.id;
    let day = theirs.today();
    let mut ids = Vec::new();
    // Open of an account, held of an account, about the data.
    for n in 0..3_usize {
        let id = theirs.ids.next();
        ids.push(id);
        let mut tx = theirs.db.write_any().await?;
        let sql = "insert into alerts (organization_id, id, account_id, rule, topic, severity, level, message, held, opened_on, \
                     opened_at, fired_on, updated_at) \
                   values ($1, $2, $3, $4, $5, 'warning', 1, 'why', (1 = $6), $7, $8, $7, $8)";
        tx.of(&theirs.scope(), sql)
            .bind(id)
            .bind((n < 2).then_some(account))
            .bind(["health_drop", "usage_stop", "data_quality"][n].to_owned())
            .bind(["", "", "feed:usage"][n].to_owned())
            .bind(i64::from(n == 1))
            .bind(day)
            .bind(theirs.clock.now())
            .execute()
            .await?;
        tx.commit().await?;
    }
    let untouched = everything(&theirs.db, &theirs.scope()).await?;
    let (scope, now) = (&ours.scope(), ours.clock.now());
    let hand = Actor { user: ours.user.id, reason: None, operation: ours.operations().await?[0].id, now };
    let mut tx = ours.db.write(scope, Lock::Exclusive).await?;
    let tx = &mut tx;
    let mut note = |name: &'static str| called.insert(name);
    for filter in [Selection::default(), Selection::of_ids(ids.clone())] {
        let (urgent, page) = (Order::first(&ALERT), Page::default());
        let listed: Vec<Alert> = store::lists::list(tx, scope, &ALERT, &filter, urgent, page).await?;
        let streamed: Vec<Alert> = store::lists::stream(tx, scope, &ALERT, &filter, urgent)?.try_collect().await?;
        assert!(listed.iter().chain(&streamed).all(|alert| !ids.contains(&alert.id)));
        let counted: i64 = alert_records::counts(tx, scope, &filter, day).await?.iter().map(|(.., count)| count).sum();
        assert_eq!(counted, streamed.len() as i64);
        assert!(streamed.is_empty() || store::lists::any(tx, scope, &ALERT).await?);
    }
    for id in &ids {
        assert_eq!(alert_records::acknowledge(tx, scope, *id, &hand).await?, 0);
        assert_eq!(alert_records::snooze(tx, scope, *id, day, &hand).await?, 0);
        assert_eq!(alert_records::resolve(tx, scope, *id, &hand).await?, 0);
        assert_eq!(alert_records::mark_sent(tx, scope, *id, day, now).await?, 0);
    }
    // Our own first run held some, and only those count.
    let waiting = in_state(AlertState::Held, day)?;
    let own: i64 = alert_records::counts(tx, scope, &waiting, day).await?.iter().map(|(.., count)| count).sum();
    let of_much = HeldFilter { min_arr: Some(i64::MAX), ..HeldFilter::default() };
    for (filter, own) in [(of_much.selection()?, 0), (Selection::everything(), own)] {
        let held: i64 = alert_records::held(tx, scope, &filter).await?.iter().map(|(.., count)| count).sum();
        assert_eq!(held, own);
        let released = alert_records::release(tx, scope, &filter, day, (hand.operation, now)).await?;
        assert_eq!(i64::try_from(released)?, own);
    }
    assert_eq!(alert_records::resolve_topic(tx, scope, "feed:usage", &hand).await?, 0);
    assert!(alert_records::names(tx, scope, &[account]).await?.is_empty());
    assert!(alert_records::goal_turns(tx, scope).await?.iter().all(|turn| turn.account_id != account));
    for name in [
        "alert_records::counts",
        "alert_records::acknowledge",
        "alert_records::snooze",
        "alert_records::resolve",
        "alert_records::mark_sent",
        "alert_records::held",
        "alert_records::release",
        "alert_records::resolve_topic",
        "alert_records::names",
        "alert_records::goal_turns",
    ] {
        note(name);
    }
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched);
    Ok(())
}
