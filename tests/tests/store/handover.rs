//! A user leaves: accounts, scheduled engagements and alerts go to others, with before-images of each.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{DateTime, Utc};
use fastenr_core::import::source::Source;
use fastenr_core::model::alert::ALERT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::nouns::TASK;
use fastenr_core::ops::alerts::{self, AlertAction};
use fastenr_core::ops::handover::{self, DeactivationOutcome, NewOwners, RemainingRecords};
use fastenr_core::ops::{self, entries, selection};
use fastenr_core::store::handover::{LeavingUser, Reassignment};
use fastenr_core::store::journal::Table;
use fastenr_core::store::{self, Lock, operations};
use fastenr_tests::harness::{Backend, Tests};
use uuid::Uuid;

use super::segments::open_alert;
use fastenr_tests::world::{World, alias, everything, given, query, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/handover/all_to_one", all_to_one);
    tests.both("store/handover/by_a_file", by_a_file);
    tests.both("store/handover/rows_that_cannot_be_used", rows_that_cannot_be_used);
    tests.both("store/handover/before_images", before_images);
    tests.both("store/handover/guards", guards);
}

/// Jo owns a, b, c and the archived d; Ann owns e.
async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    fill(&world).await?;
    Ok(world)
}

async fn fill(world: &World) -> Result<()> {
    for (email, name) in [("jo@example.com", "Jo"), ("ann@example.com", "Ann"), ("bob@example.com", "Bob")] {
        world.user(email, name).await?;
    }
    world.user("out@example.com", "Out").await?;
    ops::users::update(world, "Out", &[], Some(false), false).await?;
    let file = "external_id,name,arr,owner
a,Acme,100,jo@example.com
b,Bolt,200,jo@example.com
c,Cobalt,400,jo@example.com
d,Delta,800,jo@example.com
e,Echo,1600,ann@example.com
n,Nobody,,
";
    world.import(file, Default::default()).await?;
    ops::accounts::set_archived(world, "d", true, None, false).await?;
    for (account, title, at) in [
        ("a", "a planned", "scheduled_at"),
        ("b", "b planned", "scheduled_at"),
        ("e", "e planned", "scheduled_at"),
        ("a", "a done", "completed_at"),
        ("a", "a noted", "responded_at"),
    ] {
        let call = [
            ("account", account),
            ("type", "call"),
            ("title", title),
            (at, "2026-02-20T10:00:00Z"),
            ("created_by", "Jo"),
        ];
        entries::create(world, &ENGAGEMENT, &given(&call), false).await?;
    }
    let both = [("account", "a"), ("type", "call"), ("title", "a was planned"), ("created_by", "Jo")];
    let times = [("scheduled_at", "2026-02-20T10:00:00Z"), ("completed_at", "2026-02-20T10:00:00Z")];
    entries::create(world, &ENGAGEMENT, &given(&[&both[..], &times[..]].concat()), false).await?;
    for (account, title, done) in
        [("a", "a to do", ""), ("b", "b to do", ""), ("e", "e to do", ""), ("a", "a was done", "2026-02-20T10:00:00Z")]
    {
        let task = [("account", account), ("title", title), ("owner", "Jo"), ("done_at", done)];
        entries::create(world, &TASK, &given(&task), false).await?;
    }
    let jo = world.acting_as(&ops::users::get(world, "Jo").await?);
    for (n, account) in [(1, Some("a")), (2, Some("e")), (3, None), (4, Some("b"))] {
        let account = match account {
            Some(name) => Some(world.get(name).await?.id),
            None => None,
        };
        let id = open_alert(world, account, n).await?.to_string();
        let filter = selection::selection(&jo, &ALERT, [("id", id)]).await?;
        alerts::act(&jo, &filter, AlertAction::Acknowledge, "", false).await?;
        if n == 1 {
            let until = world.today() + chrono::Days::new(7);
            alerts::act(&jo, &filter, AlertAction::Snooze { until }, "", false).await?;
        }
        if n == 4 {
            alerts::act(&jo, &filter, AlertAction::Resolve, "done", false).await?;
        }
    }
    Ok(())
}

fn to(rest: Option<&str>, file: Option<&str>) -> Result<NewOwners> {
    let file = file.map(|text| Source::spool("accounts.csv", text.as_bytes())).transpose()?;
    Ok(NewOwners { rest: rest.map(str::to_owned), file })
}

/// Who gets how much: accounts, their ARR in cents, engagements, alerts, tasks.
fn shares(done: &DeactivationOutcome) -> Vec<(&str, u64, i64, [u64; 3])> {
    let share = |of: &'_ handover::Share| (of.accounts, of.arr.0, [of.engagements, of.alerts, of.tasks]);
    done.shares
        .iter()
        .map(|of| {
            let (accounts, arr, others) = share(of);
            (of.owner.name.as_str(), accounts, arr, others)
        })
        .collect()
}

async fn owners(world: &World) -> Result<BTreeMap<String, String>> {
    let accounts = world.accounts().await?.into_iter();
    let owner = |account: fastenr_core::model::account::Account| {
        Some((account.external_id?, account.owner.map(|owner| owner.label).unwrap_or_default()))
    };
    Ok(accounts.filter_map(owner).collect())
}

/// Whose each engagement is.
async fn authors(world: &World) -> Result<BTreeMap<String, String>> {
    let sql = "select e.title, u.name from engagements e join users u on u.organization_id = e.organization_id and u.id = e.created_by";
    Ok(query::<(String, String)>(&world.db, sql).await?.into_iter().collect())
}

/// Each task, whose it is, and its version.
async fn to_do(world: &World) -> Result<Vec<(String, String, i64)>> {
    let sql = "select t.title, u.name, t.version from tasks t \
               join users u on u.organization_id = t.organization_id and u.id = t.owner_id";
    query(&world.db, sql).await
}

/// Who has taken each alert on: topic, acknowledged by, snoozed by, version.
async fn alert_hands(world: &World) -> Result<Vec<(String, Option<String>, Option<String>, i64)>> {
    let sql = "select l.topic, a.name, s.name, l.version from alerts l \
               left join users a on a.organization_id = l.organization_id and a.id = l.acknowledged_by \
               left join users s on s.organization_id = l.organization_id and s.id = l.snoozed_by order by l.topic";
    query(&world.db, sql).await
}

async fn all_to_one(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let versions: BTreeMap<String, i64> = alert_hands(&world).await?.into_iter().map(|hand| (hand.0, hand.3)).collect();
    let new_owners = to(Some("ann@example.com"), None)?;
    let tried = handover::deactivate(&world, "Jo", &new_owners, true).await?;
    assert_eq!(everything(&world.db, &world.scope()).await?, before, "a dry run writes nothing");
    let done = handover::deactivate(&world, "jo@example.com", &new_owners, false).await?;
    assert_eq!((&tried.shares, tried.staying, tried.operation), (&done.shares, done.staying, None));
    assert_eq!(shares(&done), [("Ann", 4, 70_000, [3, 3, 3])]);
    assert_eq!(done.staying, RemainingRecords::default());
    assert_eq!(done.user.deactivated_at, Some(world.clock.now()));
    let expected = [("a", "ann"), ("b", "ann"), ("c", "ann"), ("d", "ann"), ("e", "ann"), ("n", "")];
    let email = |name: &str| if name.is_empty() { String::new() } else { format!("{name}@example.com") };
    let expected: BTreeMap<String, String> = expected.map(|(id, name)| (id.to_owned(), email(name))).into();
    assert_eq!(owners(&world).await?, expected);
    for (title, name) in authors(&world).await? {
        assert_eq!(name, if title.ends_with(" planned") && title != "a was planned" { "Ann" } else { "Jo" }, "{title}");
    }
    for (title, name, version) in to_do(&world).await? {
        let (whose, moved) = if title == "a was done" { ("Jo", 1) } else { ("Ann", 2) };
        assert_eq!((name.as_str(), version), (whose, moved), "{title}");
    }
    let ann = || Some("Ann".to_owned());
    let jo = || Some("Jo".to_owned());
    let hands: Vec<_> = alert_hands(&world).await?;
    let told: Vec<_> =
        hands.iter().map(|(topic, by, snoozed, _)| (topic.as_str(), by.clone(), snoozed.clone())).collect();
    // The last one is settled: who did it is a fact.
    assert_eq!(told, [("t1", ann(), ann()), ("t2", ann(), None), ("t3", ann(), None), ("t4", jo(), None)]);
    for (topic, .., version) in &hands {
        assert_eq!(*version, versions[topic] + i64::from(topic != "t4"), "{topic}");
    }
    let again = handover::deactivate(&world, "Jo", &new_owners, false).await?;
    assert!(!again.changed && again.operation.is_none() && again.shares.is_empty());
    let operation = &world.operations().await?[0];
    assert_eq!((operation.kind.as_str(), operation.status.as_str()), ("users.deactivate", "done"));
    assert!(operation.ledger.as_deref().unwrap().contains("\"updated\":14"), "{operation:?}");
    let feed: Vec<(String, String)> =
        query(&world.db, "select label, changes from activities where kind = 'users.deactivate'").await?;
    assert_eq!(feed.len(), 1);
    assert!(feed[0].1.contains("ann@example.com (4)"), "{feed:?}");
    Ok(())
}

async fn by_a_file(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    alias(&world, "was-c", world.get("c").await?.id).await?;
    let b = world.get("b").await?.id;
    let file = format!("\u{FEFF}Owner;note;Account\nann@example.com;x;a\nBob;y;{b}\n;;\nBOB@example.com;;was-c\n");
    let new_owners = to(None, Some(&file))?;
    let done = handover::deactivate(&world, "Jo", &new_owners, false).await?;
    assert_eq!(shares(&done), [("Ann", 1, 10_000, [1, 1, 1]), ("Bob", 2, 60_000, [1, 0, 1])]);
    // The archived account, what hangs on Ann's own account, and what is about the data.
    assert_eq!(done.staying, RemainingRecords { accounts: 1, engagements: 1, alerts: 2, tasks: 1 });
    let owners = owners(&world).await?;
    assert_eq!(
        [&owners["a"], &owners["b"], &owners["c"], &owners["d"]].map(|email| &email[..3]),
        ["ann", "bob", "bob", "jo@"]
    );
    let authors = authors(&world).await?;
    assert_eq!(["a planned", "b planned", "e planned"].map(|title| authors[title].as_str()), ["Ann", "Bob", "Jo"]);
    let operation = &world.operations().await?[0];
    assert_eq!(operation.source_name.as_deref(), Some("accounts.csv"));
    assert_eq!(operation.source_sha256.as_deref(), Some(new_owners.file.as_ref().unwrap().sha256()?));
    // What stayed can still be given away.
    let rest = handover::deactivate(&world, "Jo", &to(Some("Bob"), None)?, false).await?;
    assert_eq!(shares(&rest), [("Bob", 1, 0, [1, 2, 1])]);
    assert!(rest.operation.is_some());
    let jo = ops::users::get(&world, "Jo").await?;
    assert_eq!(jo.version, done.user.version, "she was deactivated before");

    let other = world.organization("other").await?;
    fill(&other).await?;
    let file = "account,owner\nb,Bob\n";
    let both = handover::deactivate(&other, "Jo", &to(Some("Ann"), Some(file))?, false).await?;
    assert_eq!(shares(&both), [("Ann", 3, 50_000, [2, 3, 2]), ("Bob", 1, 20_000, [1, 0, 1])]);
    Ok(())
}

async fn rows_that_cannot_be_used(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let file = "account,owner
a,ann@example.com
a,bob@example.com
zzz,Ann
e,Ann
n,Ann
b,nobody@example.com
b,Out
b,Jo
,Ann
b,
c,Ann,Bob
";
    for rest in [None, Some("Ann")] {
        let error = handover::deactivate(&world, "Jo", &to(rest, Some(file))?, false).await.unwrap_err();
        assert_eq!(error.code, "reassign_file");
        let expected = [
            "line 3: a is in line 2 already",
            "line 4: no account has the id or external id \"zzz\"",
            "line 5: e (Echo) is owned by ann@example.com, not by jo@example.com",
            "line 6: n (Nobody) is owned by nobody",
            "line 7: no user is called \"nobody@example.com\"",
            "line 8: out@example.com is deactivated and can't own accounts",
            "line 9: jo@example.com is the one who leaves",
            "line 10: account is empty",
            "line 11: owner is empty",
            "line 12: the row has 3 fields, the header has 2",
        ];
        for line in expected {
            assert!(error.message.contains(line), "{line}: {}", error.message);
        }
        assert_eq!(error.message.contains("b (Bolt) is in no row"), rest.is_none(), "{}", error.message);
        assert!(!error.message.contains("Delta"), "an archived account may stay: {}", error.message);
    }
    let missing = handover::deactivate(&world, "Jo", &to(None, Some("account,owner\na,Ann\nb,Ann\n"))?, false).await;
    let missing = missing.unwrap_err();
    assert_eq!(
        (missing.code, missing.message.as_str()),
        ("reassign_file", "accounts.csv: 1 problem\nc (Cobalt) is in no row")
    );
    assert!(missing.hints.to_string().contains("reassign_to=EMAIL"));
    for file in ["account,csm\na,Ann\n", "owner\nAnn\n", "account,manager\n"] {
        let refusal = refused(handover::deactivate(&world, "Jo", &to(None, Some(file))?, false).await);
        assert_eq!(refusal, "reassign_header", "{file}");
    }
    let many: String =
        std::iter::once("account,owner\n".to_owned()).chain((0..99).map(|n| format!("z{n},Ann\n"))).collect();
    let error = handover::deactivate(&world, "Jo", &to(None, Some(&many))?, false).await.unwrap_err();
    assert!(error.message.ends_with("and 82 more"), "{}", error.message);
    assert_eq!(everything(&world.db, &world.scope()).await?, before, "nothing was written");
    Ok(())
}

async fn before_images(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let jo = ops::users::get(&world, "Jo").await?;
    let changes = world.changes().await?.len();
    let versions = async || -> Result<BTreeMap<Uuid, i64>> {
        Ok(query::<(Uuid, i64)>(&world.db, "select id, version from accounts").await?.into_iter().collect())
    };
    let old = versions().await?;
    let done = handover::deactivate(&world, "Jo", &to(Some("Ann"), None)?, false).await?;
    let operation = done.operation.unwrap();
    let kept = async |table: &str, more: &str| -> Result<Vec<(Uuid, i64, i64)>> {
        let sql = format!(
            "select b.id, b.changed, b.version from {table}_before b where b.organization_id = $1 and b.operation_id = $2{more}"
        );
        let mut tx = world.db.read().await?;
        Ok(tx.of(&world.scope(), sql).bind(operation).fetch_all().await?)
    };
    let mask = |table: &str, columns: &[&str]| Table::find(table).unwrap().mask(columns);
    assert_eq!(kept("users", "").await?, [(jo.id, mask("users", &["deactivated_at"]), jo.version)]);
    let accounts = kept("accounts", "").await?;
    assert_eq!(accounts.len(), 4);
    let new = versions().await?;
    for (id, changed, version) in accounts {
        assert_eq!((changed, version), (mask("accounts", &["owner_id"]), old[&id]));
        assert_eq!(new[&id], old[&id] + 1);
    }
    let engagements = kept("engagements", "").await?;
    assert_eq!(engagements.len(), 3);
    assert_ne!(mask("engagements", &["created_by"]), 0);
    assert!(engagements.iter().all(|(_, changed, _)| *changed == mask("engagements", &["created_by"])));
    let tasks = kept("tasks", "").await?;
    assert_eq!(tasks.len(), 3);
    assert!(tasks.iter().all(|(_, changed, _)| *changed == mask("tasks", &["owner_id"])));
    let mut alerts: Vec<i64> = kept("alerts", "").await?.into_iter().map(|(_, changed, _)| changed).collect();
    alerts.sort_unstable();
    let (one, both) = (mask("alerts", &["acknowledged_by"]), mask("alerts", &["acknowledged_by", "snoozed_by"]));
    assert_eq!(alerts, [one, one, both]);
    // The dated history tells of the owner, under ids in the operation's range.
    let told = world.changes().await?;
    assert_eq!(told.len(), changes + 4);
    let mine: Vec<(Uuid, String, Option<String>, Option<String>)> = {
        let sql = "select c.id, c.field, c.old_value, c.new_value from account_changes c \
                   where c.organization_id = $1 and c.created_by_operation = $2";
        let mut tx = world.db.read().await?;
        tx.of(&world.scope(), sql).bind(operation).fetch_all().await?
    };
    let ann = ops::users::get(&world, "Ann").await?.id.to_string();
    let range: Vec<(Uuid, Option<Uuid>, Option<DateTime<Utc>>)> =
        query(&world.db, "select id, last_id, finished_at from operations where kind = 'users.deactivate'").await?;
    for (id, field, was, is) in mine {
        assert_eq!((field.as_str(), was, is), ("owner", Some(jo.id.to_string()), Some(ann.clone())));
        assert!(id > range[0].0 && id <= range[0].1.unwrap());
    }
    assert!(range[0].2.is_some());
    Ok(())
}

async fn guards(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let nobody = NewOwners::default();
    let error = handover::deactivate(&world, "Jo", &nobody, false).await.unwrap_err();
    assert_eq!((error.code, error.message.as_str()), ("owns_accounts", "jo@example.com still owns 3 accounts"));
    let error = ops::users::update(&world, "Jo", &[], Some(false), false).await.unwrap_err();
    assert_eq!(error.code, "owns_accounts");
    assert!(error.hints.to_string().contains("users deactivate jo@example.com reassign_to=EMAIL"));
    for (new_owner, code) in [("Jo", "same_user"), ("Out", "deactivated_user"), ("Nobody", "unknown_user")] {
        assert_eq!(
            refused(handover::deactivate(&world, "Jo", &to(Some(new_owner), None)?, false).await),
            code,
            "{new_owner}"
        );
    }
    assert_eq!(refused(handover::deactivate(&world, "Joe", &to(Some("Ann"), None)?, false).await), "unknown_user");
    let admin = world.user.email.clone();
    assert_eq!(refused(handover::deactivate(&world, &admin, &to(Some("Ann"), None)?, false).await), "last_admin");
    let ann = world.acting_as(&ops::users::get(&world, "Ann").await?);
    assert_eq!(refused(handover::deactivate(&ann, "Jo", &to(Some("Bob"), None)?, false).await), "not_admin");
    // Who owns nothing needs no heir.
    let bob = handover::deactivate(&world, "Bob", &nobody, false).await?;
    assert!(bob.user.deactivated_at.is_some() && bob.operation.is_some() && bob.shares.is_empty());
    Ok(())
}

/// Every statement of it, once.
pub(super) async fn once(world: &World) -> Result<()> {
    let world = &world.organization("handover").await?;
    fill(world).await?;
    let file = "account,owner\na,Bob\nzzz,Bob\n";
    let _ = handover::deactivate(world, "Jo", &to(Some("Ann"), Some(file))?, false).await;
    handover::deactivate(world, "Jo", &to(Some("Ann"), Some("account,owner\na,Bob\n"))?, false).await?;
    Ok(())
}

/// The functions of the store, at a user and an account that only they have.
pub(super) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    use fastenr_core::store::handover;
    let untouched = everything(&theirs.db, &theirs.scope()).await?;
    let (account, user) = (theirs.get("only").await?.id, ops::users::get(theirs, "only@example.com").await?.id);
    let scope = &ours.scope();
    let own = super::tenants::operation(ours);
    let mut conn = ours.db.hold(&ours.scope()).await?;
    handover::create(&mut conn).await?;
    {
        let mut tx = conn.write(scope, Lock::Exclusive).await?;
        let tx = &mut tx;
        operations::insert(tx, scope, &own).await?;
        assert!(handover::owned(tx, scope, user).await?.is_empty());
        handover::stage(tx, &[Reassignment { account, owner: ours.user.id, change: ours.ids.next() }]).await?;
        let from = LeavingUser { user, rest: Some(ours.user.id) };
        assert!(handover::engagements(tx, scope, from).await?.is_empty());
        assert!(handover::alerts(tx, scope, from).await?.is_empty());
        assert!(handover::tasks(tx, scope, from).await?.is_empty());
        let now = ours.clock.now();
        let stamp =
            store::records::Stamp { operation: own.id, now, effective_on: now.date_naive(), user: ours.user.id };
        assert_eq!(handover::move_accounts(tx, scope, stamp).await?, 0);
        assert_eq!(handover::move_engagements(tx, scope, from, stamp).await?, 0);
        assert_eq!(handover::move_alerts(tx, scope, from, stamp).await?, 0);
        assert_eq!(handover::move_tasks(tx, scope, from, stamp).await?, 0);
    }
    drop(conn);
    called.extend([
        "handover::owned",
        "handover::engagements",
        "handover::alerts",
        "handover::move_accounts",
        "handover::move_engagements",
        "handover::move_alerts",
        "handover::tasks",
        "handover::move_tasks",
    ]);
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched);
    Ok(())
}
