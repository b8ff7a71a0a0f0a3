//! No function of scoring reaches into another organization; and every statement of it, run once.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::Days;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::scores::{self, Request};
use fastenr_core::score::Model;
use fastenr_core::store::Lock;
use fastenr_core::store::alert_records;
use fastenr_core::store::alerts as alerts_store;
use fastenr_core::store::operations;
use fastenr_core::store::scores::accounts::{self, Feeds};
use fastenr_core::store::scores::apply::{self, AlertMove, ScoredAccount};
use fastenr_core::store::scores::book::{self, BookRow, BookRun};
use fastenr_core::store::scores::fold::Fold;
use fastenr_core::store::scores::touch::GoalDays;
use fastenr_core::store::scores::{Range, causes, churned, gather, snapshots, touch, views};
use futures_util::TryStreamExt;
use uuid::Uuid;

use fastenr_tests::books::scores::{METRICS, book as fill_book, metrics, recompute};
use fastenr_tests::world::World;

/// Some metrics and a run, for the neighbours of the tenants' test.
pub(crate) async fn neighbour(world: &World, account: &str) -> Result<()> {
    let rows = format!("{METRICS}{}", metrics(world, account, 10, 0, 3));
    world.import_of(&METRIC, &rows, Default::default()).await?;
    let severe = "account,metric_date,urgent_tickets,escalated_tickets,sentiment,sentiment_reason\n";
    let on = world.today().pred_opt().unwrap();
    world.import_of(&METRIC, &format!("{severe}{account},{on},2,1,red,They said so\n"), Default::default()).await?;
    recompute(world, None).await?;
    Ok(())
}

macro_rules! call {
    ($called:ident, $area:ident, $module:ident :: $function:ident ( $($argument:expr),* $(,)? )) => {{
        $called.insert(concat!(stringify!($area), "::", stringify!($function)));
        $module::$function($($argument),*)
    }};
}

/// What we ask for in ranges of all accounts has nothing of theirs.
pub(crate) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let scope = &ours.scope();
    let own: BTreeSet<Uuid> = ours.accounts().await?.iter().map(|account| account.id).collect();
    let their = theirs.get("only").await?.id;
    let day = ours.today();
    let end = ours.clock.now() + chrono::TimeDelta::days(2);
    let long_ago = ours.clock.now() - chrono::TimeDelta::days(900);
    let all = Range { after: Uuid::nil(), to: Uuid::max() };
    let only_own = |ids: Vec<Uuid>| assert!(ids.iter().all(|id| own.contains(id)), "{ids:?}");

    let mut conn = ours.db.hold(&ours.scope()).await?;
    // Their lock is in nobody's way.
    let mut their_conn = theirs.db.hold(&theirs.scope()).await?;
    let their_lock = theirs.db.try_exclusive(&mut their_conn, &theirs.scope(), "recompute").await?;
    called.insert("liveness::try_exclusive");
    let lock = ours.db.try_exclusive(&mut conn, scope, "recompute").await?;
    assert!(their_lock.is_some() && lock.is_some());
    their_lock.unwrap().release(&mut their_conn).await?;
    drop(their_conn);
    gather::create(&mut conn).await?;
    apply::create(&mut conn).await?;
    let mut read = conn.read().await?;
    let tx = &mut read;
    call!(called, scores, gather::fill(tx, scope, (day, day), None)).await?;
    let sums: Vec<(Uuid,)> = tx.sql("select account_id from score_sums").fetch_all().await?;
    assert!(!sums.is_empty());
    only_own(sums.into_iter().map(|(id,)| id).collect());
    gather::fill(tx, scope, (day, day), Some(their)).await?;
    let sums: Vec<(Uuid,)> = tx.sql("select account_id from score_sums").fetch_all().await?;
    assert!(sums.is_empty());

    let feeds = Feeds { usage: true, tickets: true, training: true, logins: true, active_users: true };
    let rows = call!(called, scores, accounts::batch(tx, scope, (day, end), feeds, (Uuid::nil(), None), 99)).await?;
    assert_eq!(rows.len(), own.len());
    only_own(rows.iter().map(|row| row.id).collect());
    let changes = call!(called, scores, accounts::changes_after(tx, scope, None, day - Days::new(9), day)).await?;
    only_own(changes.iter().map(|row| row.account_id).collect());
    let severe = call!(called, scores, accounts::severe(tx, scope, all, (day, day))).await?;
    assert!(!severe.is_empty());
    only_own(severe.iter().map(|row| row.account_id).collect());
    let moods = call!(called, scores, accounts::sentiments(tx, scope, all, (day, day))).await?;
    assert!(!moods.is_empty());
    only_own(moods.iter().map(|row| row.account_id).collect());
    let completed = call!(called, scores, touch::completed(tx, scope, all, long_ago, end)).await?;
    only_own(completed.iter().map(|row| row.account_id).collect());
    let last = call!(called, scores, touch::last(tx, scope, all, end)).await?;
    only_own(last.iter().map(|row| row.account_id).collect());
    let roles = call!(called, scores, touch::roles(tx, scope, all, end)).await?;
    only_own(roles.iter().map(|row| row.account_id).collect());
    let goals =
        call!(called, scores, touch::goals(tx, scope, all, GoalDays { since: (day, end), until: None })).await?;
    only_own(goals.iter().map(|row| row.account_id).collect());
    let goals = touch::goals(tx, scope, all, GoalDays { since: (day, end), until: Some((day, end)) }).await?;
    only_own(goals.iter().map(|row| row.account_id).collect());
    assert!(call!(called, scores, touch::adjustments(tx, scope, all, day)).await?.is_empty());

    let usage = call!(called, scores, book::feed_days(tx, scope, day, 3, None)).await?;
    assert_eq!(usage.len(), 4);
    call!(called, scores, book::any_training(tx, scope, day)).await?;
    assert!(call!(called, scores, book::any_tickets(tx, scope, day)).await?);
    gather::fill(tx, scope, (day, day), None).await?;
    assert!(book::connected(tx).await?.has(0));
    assert_eq!(call!(called, scores, accounts::unknown(tx, scope, (day, end), &["arr"])).await?, 0);
    let missing = call!(called, scores, views::missing(tx, scope, day)).await?;
    assert!(missing.iter().all(|count| usize::try_from(*count).unwrap() <= own.len()), "{missing:?}");
    call!(called, scores, book::any_past_due(tx, scope, day)).await?;
    let ranked: Vec<_> = call!(called, scores, book::ranked(tx, scope, (day, end), None))?.try_collect().await?;
    only_own(ranked.iter().map(|row| row.id).collect());
    let stored = call!(called, scores, book::stored(tx, scope, day)).await?.unwrap();
    assert_eq!(stored.scored, i64::try_from(own.len())?);
    let ranks = call!(called, scores, book::stored_ranks(tx, scope, day)).await?.unwrap();
    assert!(ranks.0 == day && ranks.1.is_some());
    assert_eq!(call!(called, scores, book::of_day(tx, scope, day)).await?, Some(stored));
    assert!(stored.known().is_some_and(|known| known.health > 0));

    let night = call!(called, scores, book::night(tx, scope, day)).await?.unwrap();
    assert!(night.live && !night.models.is_empty());
    assert_eq!(call!(called, scores, book::judged(tx, scope, day)).await?, [(night.rules, night.models)]);
    assert_eq!(call!(called, scores, book::first_night(tx, scope)).await?, Some(day));
    assert_eq!(call!(called, scores, book::last_night(tx, scope, None)).await?, Some(day));
    assert_eq!(call!(called, scores, book::moments(tx, scope, day)).await?.len(), 1);
    assert_eq!(call!(called, scores, book::accounts(tx, scope)).await?, i64::try_from(own.len())?);
    let told = call!(called, scores, book::usage_told(tx, scope, (day - Days::new(9), day))).await?;
    assert!(told.iter().all(|(_, fields)| fields[0].rows <= own.len() as i64), "{told:?}");
    let seen = call!(called, scores, snapshots::first_seen(tx, scope, day, long_ago)).await?;
    only_own(seen.into_iter().map(|(id, _)| id).collect());
    let points: Vec<_> = call!(called, scores, snapshots::stream_points(tx, scope, day))?.try_collect().await?;
    only_own(points.into_iter().map(|(row, ..)| row.account_id).collect());
    let imports = call!(called, operations, operations::imports(tx, scope, (long_ago, end))).await?;
    assert!(!imports.is_empty());

    let today = call!(called, scores, snapshots::of_day(tx, scope, day, all)).await?;
    assert_eq!(today.len(), own.len());
    only_own(today.iter().map(|row| row.account_id).collect());
    let streamed: Vec<_> = call!(called, scores, snapshots::stream_day(tx, scope, day))?.try_collect().await?;
    assert_eq!(streamed, today);
    let today_only = [day];
    assert!(call!(called, scores, snapshots::of_account(tx, scope, their, &today_only)).await?.is_empty());
    assert_eq!(call!(called, scores, snapshots::days(tx, scope, day, day)).await?, [day]);
    assert_eq!(call!(called, scores, snapshots::last_day(tx, scope, None)).await?, Some(day));
    let earlier = call!(called, scores, snapshots::earlier(tx, scope, all, day.succ_opt().unwrap())).await?;
    only_own(earlier.iter().map(|row| row.account_id).collect());
    let before = call!(called, scores, snapshots::milestones(tx, scope, all, day + Days::new(7))).await?;
    only_own(before.iter().map(|row| row.account_id).collect());
    assert!(call!(called, scores, causes::edits(tx, scope, their, day - Days::new(99), day)).await?.is_empty());
    let days = (day - Days::new(99), day);
    assert!(call!(called, scores, causes::rows(tx, scope, their, days, (long_ago, end))).await?.is_empty());
    // Our own first run held some, and only those are told.
    let standing = call!(called, alerts, alerts_store::open(tx, scope, all, None)).await?;
    let of_a_night = alerts_store::open(tx, scope, all, Some((day, long_ago))).await?;
    let on_the_day = call!(called, alerts, alerts_store::open_on(tx, scope, (day, end))).await?;
    for open in [&standing, &of_a_night, &on_the_day] {
        only_own(open.iter().map(|alert| alert.account_id).collect());
    }
    assert!(call!(called, alerts, alerts_store::accepted(tx, scope)).await?.is_empty());
    assert!(call!(called, alerts, alerts_store::topics(tx, scope)).await?.is_empty());
    let held: i64 =
        alert_records::held(tx, scope, &Selection::everything()).await?.iter().map(|(.., count)| count).sum();
    assert_eq!(usize::try_from(held)?, standing.iter().filter(|alert| alert.held).count());

    let mut fold = Fold::default();
    called.insert("scores::advance");
    fold.advance(tx, scope, day).await?;
    let days: Vec<_> = fold.feed_days(3).into_iter().filter(|day| day.usage).collect();
    assert_eq!(days.len(), usage.iter().filter(|day| day.usage).count());
    let span = churned::Span { last: day, last_end: end, first_end: end };
    let left = call!(called, scores, churned::dated(tx, scope, span, (day - Days::new(99), day))).await?;
    only_own(left.into_iter().map(|(id, _)| id).collect());
    assert_eq!(call!(called, scores, churned::undated(tx, scope, span)).await?, 0);
    let model = Model::builtin().fingerprint();
    let past = (long_ago.date_naive(), day);
    let scored = call!(called, scores, churned::by_score(tx, scope, (day, &model), past)).await?;
    assert!(scored.iter().map(|(_, accounts, _)| *accounts).sum::<i64>() <= i64::try_from(own.len())?, "{scored:?}");

    // Their account among what we write: nothing becomes of it.
    let mut snapshot = today.into_iter().next().unwrap();
    snapshot.account_id = their;
    let status = Some(("active".to_owned(), "at_risk".to_owned(), ours.ids.next()));
    let scored = ScoredAccount { snapshot, new_snapshot: false, new_scores: true, version: 1, status };
    let moved = |kind| AlertMove {
        id: ours.ids.next(),
        account_id: their,
        rule: "health_below".into(),
        kind,
        level: 1,
        severity: "warning".into(),
        message: "below".into(),
        hold: None,
    };
    apply::clear(tx).await?;
    apply::stage(tx, vec![scored], vec![moved("raise"), moved("lower"), moved("clear")]).await?;
    read.commit().await?;
    let (operation, now) = (ours.operations().await?[0].id, ours.clock.now());
    let mut write = conn.write(scope, Lock::Exclusive).await?;
    let tx = &mut write;
    assert_eq!(call!(called, scores, apply::keep_snapshots(tx, scope, day, operation)).await?, 0);
    assert_eq!(call!(called, scores, apply::snapshots(tx, scope, operation)).await?, 0);
    assert_eq!(call!(called, scores, apply::accounts(tx, scope, now)).await?, 0);
    assert_eq!(call!(called, scores, apply::keep_turning(tx, scope, operation)).await?, 0);
    assert_eq!(call!(called, scores, apply::track(tx, scope, day, operation, now)).await?, 0);
    let night = apply::AlertNight { day, at: now, now, operation };
    let counts = call!(called, scores, apply::alerts(tx, scope, night, &["usage_stop"])).await?;
    assert_eq!((counts.opened, counts.raised, counts.cleared), (0, 0, 0));
    let (health_known, churn_known) = (Some(1), None);
    let row = BookRow { connected: 1, csat_sum: 1, csat_count: 1, scored: 1, health_known, churn_known };
    call!(called, scores, book::keep(tx, scope, day, (row, BookRun::default(), &[0; 6]), operation)).await?;
    let alert = alerts_store::TopicAlert { id: ours.ids.next(), topic: "feed:usage".into(), message: "silent".into() };
    assert_eq!(call!(called, alerts, alerts_store::open_topic(tx, scope, &alert, night)).await?, 1);
    assert_eq!(call!(called, alerts, alerts_store::clear_topic(tx, scope, "feed:usage", night)).await?, 1);
    write.rollback().await?;
    drop(conn);
    Ok(())
}

/// Everything there is to do with scores, once.
pub(crate) async fn once(world: &World) -> Result<()> {
    fill_book(world).await?;
    recompute(world, Some("2026-02-20")).await?;
    for dry_run in [true, false] {
        scores::recompute(world, &Request { dry_run, ..Request::default() }, &mut |_| {}).await?;
    }
    let one = Request { accounts: vec![world.get("b3").await?.id], ..Request::default() };
    scores::recompute(world, &one, &mut |_| {}).await?;
    world.update("b3", &[("seats", "99"), ("past_due_since", "2026-01-15")]).await?;
    scores::recompute(world, &one, &mut |_| {}).await?;
    scores::explain_account(world, "b3", None, Some(fastenr_tests::books::scores::day("2026-02-20"))).await?;
    scores::missed(world, fastenr_tests::books::scores::day("2026-02-20")).await?;
    Ok(())
}
