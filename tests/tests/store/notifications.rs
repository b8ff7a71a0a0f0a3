//! What is new for a user, and what the user has read.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use chrono::DateTime;
use fastenr_core::model::activity::Cursor;
use fastenr_core::model::alert::ALERT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::notification::NotificationKind;
use fastenr_core::model::nouns::TASK;
use fastenr_core::ops::alerts::{AlertAction, act};
use fastenr_core::ops::notifications::{Notification, cursor, list, read, unread};
use fastenr_core::ops::selection::selection;
use fastenr_core::ops::{activities, entries, operations, users};
use fastenr_core::store::notifications as store;
use fastenr_core::view::notification::{NOTIFICATION_FIELDS, value};
use fastenr_tests::books::alerts::{escalate, run, three};
use fastenr_tests::harness::{Backend, Kind, Start, Tests};
use fastenr_tests::world::{World, connect, execute, given, refused};

use uuid::Uuid;

use super::copy::copied;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/notifications/what_is_new", what_is_new);
    tests.both("store/notifications/what_was_read_stays_read", what_was_read_stays_read);
    tests.both("store/notifications/what_was_undone_is_no_news", what_was_undone_is_no_news);
    tests.both("store/notifications/many_are_one", many_are_one);
    tests.both("store/notifications/names_are_of_accounts", names_are_of_accounts);
    tests.both("store/notifications/work_that_took_long", work_that_took_long);
    tests.both("store/notifications/a_copy_knows_what_was_read", a_copy_knows_what_was_read);
}

/// As Jo, who owns every third account, once nothing is open any more that could still come before what is there.
async fn jo(world: &World) -> Result<World> {
    let user = users::get(world, "jo@example.com").await?;
    let jo = world.acting_as(&user);
    settled(&jo).await?;
    Ok(jo)
}

/// On PostgreSQL other tests of the same server may have transactions open.
async fn settled(world: &World) -> Result<()> {
    for _ in 0..600 {
        if activities::end(world).await?.1.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("something is open for 30 seconds")
}

async fn all(world: &World) -> Result<Vec<Notification>> {
    settled(world).await?;
    Ok(list(world, false, 100).await?.rows)
}

fn texts(rows: &[Notification]) -> Vec<&str> {
    rows.iter().map(|row| row.text.as_str()).collect()
}

async fn task(world: &World, owner: &str, title: &str) -> Result<String> {
    let values = [("account", "x1"), ("title", title), ("owner", owner)];
    Ok(entries::create(world, &TASK, &given(&values), false).await?.record.id().to_string())
}

async fn what_is_new(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let jo = jo(&world).await?;
    // Accounts that were imported for Jo, and the alerts of two of them: x1 is nobody's.
    let first = all(&jo).await?;
    assert_eq!(
        first.iter().map(|row| (row.kind, row.count)).collect::<Vec<_>>(),
        [(NotificationKind::Alert, 2), (NotificationKind::Account, 10)]
    );
    assert_eq!(
        texts(&first),
        [
            "2 alerts on your accounts: Account 3, Account 6",
            "you own 10 more accounts: Account 0, Account 12, Account 15 and 7 more"
        ]
    );
    ensure!(first.iter().all(|row| row.is_unread && row.actor == world.user.email), "{first:?}");
    ensure!(unread(&world).await? == 0, "nothing is new for who did it all");

    let later = world.at("2026-03-02T09:00:00Z");
    later.update("x1", &[("owner", "jo@example.com")]).await?;
    task(&later, "jo@example.com", "Call them").await?;
    task(&later, "", "Nobody's").await?;
    let goal = [("account", "x3"), ("title", "Seats"), ("target_value", "100"), ("target_date", "2026-03-14")];
    let goal = entries::create(&later, &GOAL, &given(&goal), false).await?.record.id().to_string();
    entries::update(&later, &GOAL, &goal, &given(&[("current_value", "100")]), None, false).await?;
    // Jo's own doings are no news to Jo.
    let own = jo.at("2026-03-02T09:30:00Z");
    own.update("x2", &[("owner", "jo@example.com")]).await?;
    task(&own, "jo@example.com", "Own").await?;
    let found = all(&jo.at("2026-03-02T10:00:00Z")).await?;
    assert_eq!(
        texts(&found)[..3],
        [
            "goal achieved, 12 days early: Seats (Account 3)",
            "task for you: Call them (Account 1)",
            "you own Account 1 now"
        ]
    );
    assert_eq!(found.len(), 5, "{:?}", texts(&found));
    let shown: Vec<String> =
        NOTIFICATION_FIELDS.iter().map(|field| format!("{} {:?}", field.name, value(&found[2], field))).collect();
    ensure!(shown.contains(&"account Text(\"x1\")".to_owned()), "{shown:?}");

    // What was seen to is no news any more.
    let alerts = selection(&own, &ALERT, [("state", "open"), ("owner", "jo@example.com")]).await?;
    act(&own, &alerts, AlertAction::Acknowledge, "seen", false).await?;
    let found = all(&jo.at("2026-03-02T10:00:00Z")).await?;
    ensure!(found.iter().all(|row| row.kind != NotificationKind::Alert), "{:?}", texts(&found));
    // After thirty days nothing is new.
    ensure!(all(&jo.at("2026-04-10T10:00:00Z")).await?.is_empty());
    Ok(())
}

async fn what_was_read_stays_read(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let jo = jo(&world).await?.at("2026-03-02T09:00:00Z");
    let looked = list(&jo, false, 1).await?;
    assert_eq!((looked.unread, looked.total, looked.rows.len()), (2, 2, 1));
    // Something comes between looking and marking: it stays unread.
    let later = world.at("2026-03-02T09:00:01Z");
    task(&later, "jo@example.com", "Call them").await?;
    settled(&jo).await?;
    let later = jo.at("2026-03-02T09:01:00Z");
    let place = cursor(&looked.cursor.to_string())?;
    assert_eq!(read(&later, Some(place)).await?, 1);
    let found = list(&later, true, 100).await?;
    assert_eq!(texts(&found.rows), ["task for you: Call them (Account 1)"]);
    // Another process knows it, another user has their own.
    let mut other = later.clone();
    other.context.db = connect(backend, false).await?;
    assert_eq!(unread(&other).await?, 1);
    assert_eq!(read(&other, None).await?, 0);
    assert_eq!(unread(&later).await?, 0);
    assert_eq!(list(&later, false, 100).await?.rows.len(), 3);
    // A tab that was opened earlier takes nothing back.
    assert_eq!(read(&jo.at("2026-03-02T09:02:00Z"), Some(place)).await?, 0);
    let elsewhere = world.organization("elsewhere").await?;
    elsewhere.account(&[("name", "Elsewhere")]).await?;
    settled(&elsewhere).await?;
    let foreign = list(&elsewhere, false, 1).await?.cursor;
    ensure!(refused(cursor("yesterday")) == "cursor");
    ensure!(refused(read(&later, Some(foreign)).await) == "cursor", "a place in another feed");
    Ok(())
}

async fn what_was_undone_is_no_news(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let jo = jo(&world).await?;
    read(&jo, None).await?;
    let later = world.at("2026-03-02T09:00:00Z");
    let id = task(&later, "jo@example.com", "Call them").await?;
    later.update("x1", &[("owner", "jo@example.com")]).await?;
    let now = jo.at("2026-03-02T10:00:00Z");
    settled(&now).await?;
    assert_eq!(unread(&now).await?, 2);
    let last = later.operations().await?[0].id.to_string();
    operations::undo(&later, &last, false, false).await?;
    settled(&now).await?;
    assert_eq!(texts(&list(&now, true, 9).await?.rows), ["task for you: Call them (Account 1)"]);
    entries::update(&later, &TASK, &id, &given(&[("done_at", "2026-03-02T08:30:00Z")]), None, false).await?;
    settled(&now).await?;
    assert_eq!(unread(&now).await?, 0);
    Ok(())
}

async fn many_are_one(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let jo = jo(&world).await?;
    read(&jo, None).await?;
    let later = world.at("2026-03-02T09:00:00Z");
    let file = "external_id,name,owner\nx1,Account 1,jo@example.com\nx2,Account 2,jo@example.com\nx3,Account 3,jo@example.com\n\
                n1,New,jo@example.com\n";
    later.import(file, Default::default()).await?;
    let tasks = "external_id,account,title,owner\nt1,x1,One,jo@example.com\nt2,x1,Two,jo@example.com\n";
    later.import_of(&TASK, tasks, Default::default()).await?;
    let now = jo.at("2026-03-02T10:00:00Z");
    settled(&now).await?;
    let found = list(&now, true, 9).await?;
    // x3 was Jo's before.
    assert_eq!(
        texts(&found.rows),
        ["2 tasks for you: One (Account 1), Two (Account 1)", "you own 3 more accounts: Account 1, Account 2, New"]
    );
    Ok(())
}

/// Several tasks of one account are not several accounts, and each account is named before one is named again.
async fn names_are_of_accounts(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let jo = jo(&world).await?;
    read(&jo, None).await?;
    let next = world.at("2026-03-03T07:00:00Z");
    escalate(&next, &[("x12", 2), ("x9", 2)]).await?;
    for account in ["x9", "x12"] {
        next.update(account, &[("contract_end", "2026-04-15")]).await?;
    }
    run(&next).await?;
    let tasks = "external_id,account,title,owner\nt1,x1,One,jo@example.com\nt2,x1,Two,jo@example.com\n\
                 t3,x1,Three,jo@example.com\nt4,x2,Four,jo@example.com\n";
    next.import_of(&TASK, tasks, Default::default()).await?;
    let now = jo.at("2026-03-03T10:00:00Z");
    settled(&now).await?;
    let found = list(&now, true, 9).await?.rows;
    let alerts = found.iter().find(|row| row.kind == NotificationKind::Alert).unwrap();
    ensure!(alerts.count > 2 && alerts.text.ends_with("on your accounts: Account 12, Account 9"), "{alerts:?}");
    let tasks = found.iter().find(|row| row.kind == NotificationKind::Task).unwrap();
    ensure!(tasks.text.starts_with("4 tasks for you: ") && tasks.text.ends_with(" and 1 more"), "{tasks:?}");
    ensure!(tasks.text.contains("Four (Account 2)"), "{tasks:?}");
    // What was marked by a later look is not taken back, whatever comes in which order.
    let early = list(&now, false, 1).await?.cursor;
    assert_eq!(read(&now.at("2026-03-03T11:00:00Z"), None).await?, 0);
    assert_eq!(read(&now, Some(early)).await?, 0);
    Ok(())
}

async fn work_that_took_long(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    settled(&world).await?;
    let kind = NotificationKind::Work;
    ensure!(!all(&world).await?.iter().any(|row| row.kind == kind), "nothing took ten seconds");
    let started = match backend.kind {
        Kind::Sqlite => "'2026-03-02T06:57:00Z'",
        Kind::Postgres => "timestamptz '2026-03-02T06:57:00Z'",
    };
    let recompute = "(select max(id) from operations where kind = 'accounts.recompute')";
    let recompute = match backend.kind {
        Kind::Sqlite => recompute.to_owned(),
        Kind::Postgres => recompute.replace("max(id)", "cast(max(cast(id as text)) as uuid)"),
    };
    execute(&world.db, format!("update operations set started_at = {started} where id = {recompute}")).await?;
    let found = all(&world).await?;
    let work: Vec<&Notification> = found.iter().filter(|row| row.kind == kind).collect();
    ensure!(work.len() == 1 && work[0].text.contains("in 3 min"), "{found:?}");
    // One that failed after a while, and one that was refused at once.
    let failed = format!(
        "update operations set status = 'failed', message = 'the disk is full', started_at = {started}, \
         finished_at = {} where id = {recompute}",
        started.replace("06:57", "06:59")
    );
    execute(&world.db, failed).await?;
    let found = all(&world).await?;
    let bad: Vec<&Notification> = found.iter().filter(|row| row.kind == NotificationKind::FailedWork).collect();
    ensure!(bad.len() == 1 && bad[0].text == "accounts.recompute failed after 2 min: the disk is full", "{found:?}");
    Ok(())
}

async fn a_copy_knows_what_was_read(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let jo = jo(&world).await?.at("2026-03-02T09:00:00Z");
    read(&jo, None).await?;
    let later = world.at("2026-03-02T09:30:00Z");
    task(&later, "jo@example.com", "Call them").await?;
    let target = Backend::starting(backend.kind, Start::Empty)?;
    let to = connect(&target, false).await?;
    copied(&world.db, &to, None).await?;
    let mut there = jo.at("2026-03-02T10:00:00Z");
    there.context.db = to;
    settled(&there).await?;
    assert_eq!(texts(&list(&there, true, 9).await?.rows), ["task for you: Call them (Account 1)"]);
    Ok(())
}

/// Neither what is new for their user nor what their user has read is told here.
pub(crate) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let (scope, now) = (&ours.scope(), ours.clock.now());
    called.extend(["notifications::mark", "notifications::news", "notifications::set_mark"]);
    let tx = &mut ours.db.write_any().await?;
    store::set_mark(tx, scope, ours.user.id, Cursor::START, now).await?;
    ensure!(store::mark(tx, scope, ours.user.id).await?.is_some_and(|mark| mark.place == Some(Cursor::START)));
    ensure!(store::mark(tx, scope, theirs.user.id).await?.is_none());
    ensure!(store::mark(tx, &theirs.scope(), theirs.user.id).await?.is_none());
    let ever = DateTime::UNIX_EPOCH;
    ensure!(store::news(tx, scope, theirs.user.id, (None, 0), ever, false).await?.is_empty());
    let own: BTreeSet<Uuid> = ours.accounts().await?.iter().map(|account| account.id).collect();
    let news = store::news(tx, scope, ours.user.id, (None, 0), ever, false).await?;
    ensure!(news.iter().filter_map(|row| row.account_id).all(|id| own.contains(&id)), "{news:?}");
    Ok(())
}
