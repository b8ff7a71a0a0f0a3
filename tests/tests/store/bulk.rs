//! Bulk writes: what a single write does, to many; foreseen, guarded, and nothing where something is wrong.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::operation::Ledger;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::bulk::{self, BulkAction, Report, Request, RowChange};
use fastenr_core::ops::{self, entries};
use fastenr_core::store::Lock;
use fastenr_core::store::journal;
use fastenr_core::store::staging::{RowRules, Staging};
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;

use super::nouns::{Row, rows};
use fastenr_tests::world::{World, alias, everything, execute, given, query, refused, world, written};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/bulk/is_what_single_updates_are", is_what_single_updates_are);
    tests.both("store/bulk/goals_follow_their_rules", goals_follow_their_rules);
    tests.both("store/bulk/what_it_leaves_behind", what_it_leaves_behind);
    tests.both("store/bulk/a_dry_run_foretells", a_dry_run_foretells);
    tests.both("store/bulk/guards", guards);
    tests.both("store/bulk/ids", ids);
    tests.both("store/bulk/plans", plans);
    tests.both("store/bulk/previews", previews);
    tests.both("store/bulk/tags", tags);
    tests.both("store/bulk/archived_and_restored", archived_and_restored);
    tests.both("store/bulk/deleted_with_what_hangs_on_them", deleted_with_what_hangs_on_them);
    tests.both("store/bulk/refusals_write_nothing", refusals_write_nothing);
}

fn request(noun: &'static Noun, action: BulkAction, filter: &[(&str, &str)]) -> Request {
    Request {
        noun,
        action,
        filter: filter.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
        ids: None,
        all: filter.is_empty(),
        dry_run: false,
        max_affected: None,
        expect: None,
        plan: None,
        expect_preview: None,
        most_told: None,
    }
}

fn set(values: &[(&str, &str)]) -> BulkAction {
    BulkAction::Update(given(values))
}

async fn run(world: &World, request: Request) -> fastenr_core::Result<Report> {
    bulk::run(world, request, &mut |_, _| Ok(())).await
}

async fn foreseen(world: &World, request: Request) -> fastenr_core::Result<(Report, Vec<RowChange>)> {
    let mut told = Vec::new();
    let request = Request { dry_run: true, ..request };
    let report = bulk::run(world, request, &mut |_, change| {
        told.push(change);
        Ok(())
    })
    .await?;
    Ok((report, told))
}

fn counts(report: &Report) -> (u64, u64, u64) {
    (report.matched, report.changed, report.unchanged)
}

const BOOK: &str = "external_id,name,status,size,arr,owner,industry,tags,custom.tier,contract_end\n\
    a,Acme,active,small,100,mia@example.com,Retail,\"vip, x\",gold,2026-05-01\n\
    b,Bolt,at_risk,small,200,noa@example.com,Food,X,,2026-06-01\n\
    c,Cobalt,active,large,,,,,silver,\n\
    d,Delta,churned,large,0,mia@example.com,,vip,gold,2025-01-01\n";

async fn book(world: &World) -> Result<()> {
    for (email, name) in [("mia@example.com", "Mia"), ("noa@example.com", "Noa"), ("gone@example.com", "Gone")] {
        world.user(email, name).await?;
    }
    ops::users::update(world, "gone@example.com", &[], Some(false), false).await?;
    world.import(BOOK, Default::default()).await?;
    Ok(())
}

async fn is_what_single_updates_are(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let changes = [
        ("status", "at_risk"),
        ("owner", "noa@example.com"),
        ("parent", "a"),
        ("arr", "250.5"),
        ("auto_renew", "yes"),
        ("contract_end", "2026-06-01"),
        ("past_due_since", "today"),
        ("industry", ""),
        ("custom.tier", "gold"),
        ("custom.note", "n"),
        ("tags", "vip"),
    ];
    let (one, many) = (first.organization("one").await?, first.organization("many").await?);
    for world in [&one, &many] {
        book(world).await?;
    }
    for name in ["b", "c"] {
        one.update(name, &changes).await?;
    }
    let report =
        run(&many, Request { ids: Some(many.source("b\nc\n")?), all: false, ..request(&ACCOUNT, set(&changes), &[]) })
            .await?;
    assert_eq!(report.matched, 2);
    assert_eq!(many.picture().await?, one.picture().await?);
    // A member of custom fields is taken away, the others stay.
    run(&many, request(&ACCOUNT, set(&[("custom.tier", "")]), &[("custom.note", "n")])).await?;
    one.update("b", &[("custom.tier", "")]).await?;
    one.update("c", &[("custom.tier", "")]).await?;
    assert_eq!(many.picture().await?, one.picture().await?);
    Ok(())
}

async fn goals(world: &World) -> Result<()> {
    world.account(&[("external_id", "a"), ("name", "Acme")]).await?;
    world.account(&[("external_id", "z"), ("name", "Zeta")]).await?;
    let file = "external_id,account,title,current_value,target_value,started_on,target_date\n\
        g1,a,One,40,100,2026-01-01,2026-05-01\ng2,a,Two,10,100,2026-01-01,2026-05-01\n\
        g3,a,Three,100,100,2026-01-01,2026-05-01\ng4,a,Four,1,100,2025-01-01,2025-05-01\n\
        g5,z,Five,1,100,2026-01-01,2026-05-01\n";
    world.import_of(&GOAL, file, Default::default()).await?;
    ops::accounts::set_archived(world, "z", true, None, false).await?;
    Ok(())
}

/// Cells without what differs from one organization to the next.
async fn cells(world: &World, noun: &'static Noun) -> Result<Vec<Vec<String>>> {
    let all: Vec<Row> = rows(world, noun).await?;
    let keep = |name: &str| !matches!(name, "id" | "account_id" | "organization_id");
    let shown = |row: Row| {
        noun.fields.iter().zip(row.cells).filter(|(field, _)| keep(field.name)).map(|(_, cell)| cell).collect()
    };
    Ok(all.into_iter().map(shown).collect())
}

async fn goals_follow_their_rules(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let later = "2026-03-02T07:00:00Z";
    for (n, changes) in [
        &[("status", "at_risk")][..],
        &[("current_value", "100")],
        &[("target_date", "2026-12-31"), ("title", "New")],
        &[("target_value", "40"), ("started_on", "2024-01-01")],
        &[("status", "achieved"), ("completion_date", "2026-02-01")],
        &[("completion_date", "")],
        &[("milestones", r#"[{"title":"Half","target_value":50}]"#)],
    ]
    .into_iter()
    .enumerate()
    {
        let one = first.organization(&format!("one-{n}")).await?;
        let many = first.organization(&format!("many-{n}")).await?;
        for world in [&one, &many] {
            goals(world).await?;
        }
        let (one, many) = (one.at(later), many.at(later));
        let mut changed = 0;
        for name in ["g1", "g2", "g3", "g4"] {
            let made = entries::update(&one, &GOAL, name, &given(changes), None, false).await?;
            changed += u64::from(made.operation.is_some());
        }
        let report = run(&many, request(&GOAL, set(changes), &[])).await?;
        assert_eq!(counts(&report), (4, changed, 4 - changed), "{changes:?}");
        assert_eq!(cells(&many, &GOAL).await?, cells(&one, &GOAL).await?, "{changes:?}");
        let lines = |world: &World| {
            let sql = format!(
                "select c.field, c.old_value, c.new_value from goal_changes c where c.organization_id = {} \
                 order by c.field, c.old_value, c.new_value",
                literal(world)
            );
            let db = world.db.clone();
            async move { query::<(String, Option<String>, Option<String>)>(&db, sql).await }
        };
        assert_eq!(lines(&many).await?, lines(&one).await?, "{changes:?}");
    }
    let many = first.organization("contradiction").await?;
    goals(&many).await?;
    let before = written(&many.db, &many.scope()).await?;
    let dated = set(&[("target_date", "2025-06-01")]);
    assert_eq!(refused(run(&many, request(&GOAL, dated, &[])).await), "not_changed");
    let completed = set(&[("completion_date", "2026-02-01"), ("status", "missed")]);
    assert_eq!(refused(run(&many, request(&GOAL, completed, &[])).await), "not_changed");
    assert_eq!(written(&many.db, &many.scope()).await?, before);
    Ok(())
}

/// The organization's id, as SQL of its database.
fn literal(world: &World) -> String {
    let id = world.organization.id;
    match world.db.engine() {
        fastenr_core::store::Engine::Sqlite => format!("x'{}'", id.simple()),
        fastenr_core::store::Engine::Postgres => format!("'{id}'"),
    }
}

async fn what_it_leaves_behind(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let action = set(&[("status", "onboarding"), ("industry", "Food")]);
    let report = run(&world, request(&ACCOUNT, action, &[("size", "small")])).await?;
    assert_eq!(counts(&report), (2, 2, 0));
    let id = report.operation.unwrap();
    let operation = world.operations().await?.into_iter().find(|operation| operation.id == id).unwrap();
    assert_eq!((operation.kind.as_str(), operation.status.as_str()), ("accounts.bulk-update", "done"));
    let parameters: serde_json::Value = serde_json::from_str(&operation.parameters)?;
    let asked = serde_json::json!({"filter": "size=small", "set": {"industry": "Food", "status": "onboarding"}});
    assert_eq!(parameters, asked);
    let ledger: Ledger = serde_json::from_str(operation.ledger.as_deref().unwrap())?;
    assert_eq!(ledger, Ledger { rows: 2, updated: 2, ..Ledger::default() });
    let bit = |name: &str| 1_i64 << ACCOUNT.field(name).unwrap().0;
    let kept: Vec<(String, i64, String, Option<String>, i64)> =
        query(&world.db, "select name, changed, status, industry, version from accounts_before order by name").await?;
    assert_eq!(
        kept,
        [
            ("Acme".into(), bit("status") | bit("industry"), "active".into(), Some("Retail".into()), 1),
            ("Bolt".into(), bit("status"), "at_risk".into(), Some("Food".into()), 1),
        ]
    );
    let acme = world.get("a").await?;
    assert_eq!((acme.version, acme.status_source.as_str()), (2, "person"));
    // Lines of history have ids of their own, after the operation's and before the end of its range.
    let lines: Vec<(uuid::Uuid,)> =
        query(&world.db, "select c.id from account_changes c where c.field = 'status' and c.new_value = 'onboarding'")
            .await?;
    let last: Vec<(Option<uuid::Uuid>,)> =
        query(&world.db, "select o.last_id from operations o where o.kind = 'accounts.bulk-update'").await?;
    let different: BTreeSet<_> = lines.iter().collect();
    assert_eq!((lines.len(), different.len()), (2, 2));
    assert!(lines.iter().all(|(line,)| *line > id && Some(*line) < last[0].0));
    let told: Vec<(String, String)> =
        query(&world.db, "select a.kind, a.label from activities a where a.kind = 'accounts.bulk-update'").await?;
    assert_eq!(told, [("accounts.bulk-update".into(), "2 changed: size=small".into())]);
    Ok(())
}

async fn a_dry_run_foretells(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let action = set(&[("status", "active"), ("owner", "mia@example.com"), ("arr", "100"), ("custom.tier", "gold")]);
    let what = request(&ACCOUNT, action, &[]);
    let before = everything(&world.db, &world.scope()).await?;
    let (report, told) = foreseen(&world, what.clone()).await?;
    assert_eq!(everything(&world.db, &world.scope()).await?, before, "a dry run writes nothing");
    // What is said again of a status that an import had set is a person's word now.
    assert_eq!(counts(&report), (4, 4, 0));
    let lines: Vec<String> =
        told.iter().map(|row| format!("{} {}: {} → {}", row.name, row.field, row.old.text, row.new.text)).collect();
    assert_eq!(
        lines,
        [
            "Bolt status: at_risk → active",
            "Bolt arr: 200.00 → 100.00",
            "Bolt owner: noa@example.com → mia@example.com",
            r#"Bolt custom_fields:  → {"tier":"gold"}"#,
            "Cobalt arr:  → 100.00",
            "Cobalt owner:  → mia@example.com",
            r#"Cobalt custom_fields: {"tier":"silver"} → {"tier":"gold"}"#,
            "Delta status: churned → active",
            "Delta arr: 0.00 → 100.00",
        ]
    );
    let done = run(&world, what.clone()).await?;
    assert_eq!(counts(&done), counts(&report));
    for row in &told {
        let account = world.get(&row.id.to_string()).await?;
        let (_, field) = ACCOUNT.field(row.field).unwrap();
        assert_eq!(field.text(&account.value(field)), row.new.text);
    }
    let after = written(&world.db, &world.scope()).await?;
    let again = run(&world, what).await?;
    assert_eq!((counts(&again), again.operation), ((4, 0, 4), None));
    assert_eq!(written(&world.db, &world.scope()).await?, after, "twice is once");
    Ok(())
}

async fn guards(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file: String = std::iter::once("external_id,name,status,tags\n".to_owned())
        .chain((0..11).map(|n| format!("k{n},Account {n},active,x\n")))
        .collect();
    world.import(&file, Default::default()).await?;
    let before = written(&world.db, &world.scope()).await?;
    let what = request(&ACCOUNT, set(&[("status", "churned")]), &[("status", "active"), ("tag", "x")]);
    let guarded = Request { max_affected: Some(10), ..what.clone() };
    let error = run(&world, guarded.clone()).await.unwrap_err();
    assert_eq!(error.code, "max_affected");
    assert_eq!(error.message, "status=active tag=x: 11 accounts match, 11 would change, more than the maximum of 10");
    let (report, told) = foreseen(&world, guarded).await?;
    assert_eq!((report.refusal.unwrap().code, told.len()), ("max_affected", 11));
    for expect in [10, 12] {
        let error = run(&world, Request { expect: Some(expect), ..what.clone() }).await.unwrap_err();
        assert_eq!(error.code, "expected");
    }
    assert_eq!(written(&world.db, &world.scope()).await?, before);
    let both = Request { max_affected: Some(11), expect: Some(11), ..what };
    assert_eq!(run(&world, both).await?.changed, 11);
    Ok(())
}

async fn ids(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let acme = world.get("a").await?.id;
    alias(&world, "was-a", acme).await?;
    let named = |file: &str, filter: &[(&str, &str)]| -> Result<Request> {
        let mut what = request(&ACCOUNT, set(&[("industry", "Named")]), filter);
        (what.ids, what.all) = (Some(world.source(file)?), false);
        Ok(what)
    };
    for (file, filter, expected) in [
        ("a\nb\n".to_owned(), &[][..], (2, Some(2))),
        (format!("{acme}\na\nwas-a\nb\n"), &[], (2, Some(2))),
        (format!("name,external_id,id\nx,b,{acme}\n"), &[], (1, Some(1))),
        ("External ID;x\nb;1\nc;2\n".to_owned(), &[], (2, Some(2))),
        ("external_id\n\n b \n".to_owned(), &[], (1, Some(1))),
        ("a\nb\nc\n".to_owned(), &[("size", "small")], (2, Some(3))),
        ("id\n".to_owned(), &[], (0, Some(0))),
    ] {
        let (report, _) = foreseen(&world, named(&file, filter)?).await?;
        assert_eq!((report.matched, report.named), expected, "{file}");
    }
    let many: String = (0..9).map(|n| format!("no-{n}\nno-{n}\n")).collect();
    let error = run(&world, named(&format!("a\n{many}"), &[])?).await.unwrap_err();
    assert_eq!((error.code, error.kind), ("unknown_ids", fastenr_core::Kind::NotFound));
    assert_eq!(error.message, "9 ids mean no account: no-0, no-1, no-2, no-3, no-4 and 4 more");
    assert_eq!(refused(run(&world, named("name,owner\na,b\n", &[])?).await), "no_ids");
    // Archived accounts don't pass, though they are known.
    ops::accounts::set_archived(&world, "b", true, None, false).await?;
    let report = run(&world, named("a\nb\n", &[])?).await?;
    assert_eq!((report.matched, report.named, report.changed), (1, Some(2), 1));
    Ok(())
}

/// A run that is given a preview does what that has shown, or nothing.
async fn previews(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let all = [
        request(&ACCOUNT, set(&[("status", "onboarding"), ("owner", "noa@example.com")]), &[("size", "small")]),
        request(&ACCOUNT, BulkAction::Archive, &[("size", "small")]),
    ];
    for what in all {
        let (report, _) = foreseen(&world, what.clone()).await?;
        let shown = report.preview.clone().expect("a preview");
        assert!(foreseen(&world, Request { most_told: Some(1), ..what.clone() }).await?.0.preview.is_none());
        assert_eq!(foreseen(&world.at("2026-03-04T07:00:00Z"), what.clone()).await?.0.preview, Some(shown.clone()));
        let held = Request { expect_preview: Some(shown), ..what };
        // One that joins, and one that is no more what it was.
        for (name, size, back) in [("c", "small", "large"), ("a", "large", "small")] {
            world.update(name, &[("size", size)]).await?;
            let before = written(&world.db, &world.scope()).await?;
            assert_eq!(refused(run(&world, held.clone()).await), "plan_differs");
            assert_eq!(written(&world.db, &world.scope()).await?, before, "nothing was written");
            world.update(name, &[("size", back)]).await?;
        }
        // What the change does not look at may be another.
        world.update("a", &[("industry", "Other")]).await?;
        let done = run(&world.at("2026-03-05T07:00:00Z"), held.clone()).await?;
        assert_eq!(done.changed, report.changed);
        assert_eq!(refused(run(&world, held).await), "plan_differs");
    }
    let (report, _) = foreseen(&world, request(&ACCOUNT, set(&[("arr", "1")]), &[])).await?;
    let wrong = Some(fastenr_core::import::request::Preview::carried("x"));
    let request = Request { expect_preview: wrong, ..request(&ACCOUNT, set(&[("arr", "1")]), &[]) };
    assert!(report.preview.is_some());
    assert_eq!(refused(run(&world, request).await), "plan_differs");
    Ok(())
}

async fn plans(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let path: PathBuf = backend.path("small.plan");
    let action = set(&[("status", "onboarding"), ("owner", "noa@example.com")]);
    let what = Request { plan: Some(path.clone()), ..request(&ACCOUNT, action, &[("size", "small")]) };
    let (report, told) = foreseen(&world, Request { most_told: Some(1), ..what.clone() }).await?;
    assert_eq!((report.changed, told.len()), (2, 1));
    let text = std::fs::read_to_string(&path)?;
    let lines: Vec<serde_json::Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!((lines[0]["command"].as_str(), lines[0]["changed"].as_u64()), (Some("accounts.bulk-update"), Some(2)));
    assert_eq!(lines.len(), 4, "{text}");
    // Another value, one that joined, one that left.
    world.update("a", &[("owner", "noa@example.com"), ("status", "churned")]).await?;
    world.update("b", &[("size", "large")]).await?;
    world.update("c", &[("size", "small")]).await?;
    let before = written(&world.db, &world.scope()).await?;
    let error = run(&world, what.clone()).await.unwrap_err();
    assert_eq!(error.code, "plan_differs");
    let told = error.message.split_once(": ").unwrap().1;
    assert_eq!(
        told.split("; ").collect::<Vec<_>>(),
        [
            "a (Acme), status: planned active → onboarding, now churned → onboarding",
            "a (Acme), owner: planned mia@example.com → noa@example.com, now no change",
            "b (Bolt), status: planned at_risk → onboarding, now no change",
            "c (Cobalt), status: not planned, now active → onboarding",
            "c (Cobalt), owner: not planned, now – → noa@example.com",
        ]
    );
    let other = Request { filter: vec![("size".into(), "large".into())], ..what.clone() };
    assert_eq!(refused(run(&world, other).await), "other_plan");
    let other = Request { action: set(&[("status", "active")]), ..what.clone() };
    assert_eq!(refused(run(&world, other).await), "other_plan");
    assert_eq!(written(&world.db, &world.scope()).await?, before, "nothing was written");
    std::fs::write(backend.path("no.plan"), "x\n")?;
    assert_eq!(refused(run(&world, Request { plan: Some(backend.path("no.plan")), ..what.clone() }).await), "plan");
    // As it was planned, also on another day.
    world.update("a", &[("owner", "mia@example.com"), ("status", "active")]).await?;
    world.update("b", &[("size", "small")]).await?;
    world.update("c", &[("size", "large"), ("industry", "Untouched by the plan")]).await?;
    let report = run(&world.at("2026-03-05T07:00:00Z"), what).await?;
    assert_eq!(counts(&report), (2, 2, 0));
    // The moment that the run sets is not the plan's, and `now` is.
    let path = backend.path("archive.plan");
    let archive = Request { plan: Some(path), ..request(&ACCOUNT, BulkAction::Archive, &[("size", "large")]) };
    foreseen(&world, archive.clone()).await?;
    assert_eq!(run(&world.at("2026-03-06T07:00:00Z"), archive).await?.changed, 2);
    // A record that was written since is not the one that was to be deleted.
    let made =
        entries::create(&world, &METRIC, &given(&[("account", "a"), ("metric_date", "2026-02-01")]), false).await?;
    let doomed = Request { plan: Some(backend.path("delete.plan")), ..request(&METRIC, BulkAction::Delete, &[]) };
    foreseen(&world, doomed.clone()).await?;
    entries::update(&world, &METRIC, &made.record.id().to_string(), &given(&[("nps", "5")]), None, false).await?;
    let error = run(&world, doomed.clone()).await.unwrap_err();
    assert!(error.message.ends_with("record: planned version 1 → –, now version 2 → –"), "{}", error.message);
    foreseen(&world, doomed.clone()).await?;
    assert_eq!(run(&world, doomed).await?.changed, 1);
    Ok(())
}

async fn tags(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let action = |add: &str, remove: &str| BulkAction::Tag { add: add.into(), remove: remove.into() };
    let report = run(&world, request(&ACCOUNT, action("VIP, new", "x"), &[])).await?;
    assert_eq!(counts(&report), (4, 4, 0));
    let tags: Vec<(String, String)> = query(&world.db, "select name, tags from accounts order by name").await?;
    let expected = [
        ("Acme", r#"["new","vip"]"#),
        ("Bolt", r#"["new","VIP"]"#),
        ("Cobalt", r#"["new","VIP"]"#),
        ("Delta", r#"["new","vip"]"#),
    ];
    assert_eq!(tags, expected.map(|(name, tags)| (name.to_owned(), tags.to_owned())));
    assert_eq!(counts(&run(&world, request(&ACCOUNT, action("vip", "x"), &[])).await?), (4, 0, 4));
    let full: Vec<String> = (0..49).map(|n| format!("t{n}")).collect();
    world.update("a", &[("tags", &full.join(","))]).await?;
    let error = run(&world, request(&ACCOUNT, action("one, two", ""), &[])).await.unwrap_err();
    assert_eq!(error.code, "not_changed");
    assert_eq!(error.message, "tags: a record has at most 50 tags; so 1 account can't be changed");
    assert_eq!(refused(run(&world, request(&ACCOUNT, action("", " , "), &[])).await), "no_change");
    assert_eq!(refused(run(&world, request(&ACCOUNT, action("a", "A"), &[])).await), "given_twice");
    Ok(())
}

async fn archived_and_restored(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    entries::create(&world, &GOAL, &given(&[("account", "a"), ("title", "Rests")]), false).await?;
    let start = world.picture().await?;
    let report = run(&world, request(&ACCOUNT, BulkAction::Archive, &[("owner", "mia@example.com")])).await?;
    assert_eq!(counts(&report), (2, 2, 0));
    let operation = world.operations().await?.remove(0);
    let ledger: Ledger = serde_json::from_str(operation.ledger.as_deref().unwrap())?;
    assert_eq!(ledger, Ledger { rows: 2, updated: 2, archived: 2, ..Ledger::default() });
    assert_eq!(
        counts(&run(&world, request(&ACCOUNT, set(&[("status", "churned")]), &[("size", "small")])).await?),
        (1, 1, 0)
    );
    world.update("b", &[("status", "at_risk")]).await?;
    // What belongs to an archived account rests with it.
    assert_eq!(run(&world, request(&GOAL, set(&[("title", "New")]), &[("account", "a")])).await?.matched, 0);
    let merged = world.get("b").await?.id;
    let id = |world: &World, id: uuid::Uuid| match world.db.engine() {
        fastenr_core::store::Engine::Sqlite => format!("x'{}'", id.simple()),
        fastenr_core::store::Engine::Postgres => format!("'{id}'"),
    };
    execute(&world.db, format!("update accounts set merged_into = {} where name = 'Delta'", id(&world, merged)))
        .await?;
    let report = run(&world, request(&ACCOUNT, BulkAction::Restore, &[])).await?;
    assert_eq!(counts(&report), (1, 1, 0), "one that was merged stays");
    execute(&world.db, "update accounts set merged_into = null").await?;
    run(&world, request(&ACCOUNT, BulkAction::Restore, &[("tag", "vip")])).await?;
    let without = |lines: Vec<String>| -> Vec<String> {
        lines
            .into_iter()
            .filter(|line| line.starts_with("id=") && !line.contains("Bolt"))
            .map(|line| line.replace("version=\"3\"", "version=\"1\""))
            .collect()
    };
    assert_eq!(without(world.picture().await?), without(start));
    Ok(())
}

async fn deleted_with_what_hangs_on_them(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    goals(&world).await?;
    for (title, tag) in [("First", "x"), ("Second", "x"), ("Third", "y")] {
        let values = [("account", "a"), ("type", "call"), ("title", title), ("tags", tag)];
        entries::create(&world, &ENGAGEMENT, &given(&values), false).await?;
        ops::attachments::attach(&world, title, "a.txt", title.as_bytes().to_vec(), false).await?;
    }
    let what = request(&ENGAGEMENT, BulkAction::Delete, &[("tag", "x")]);
    let (report, told) = foreseen(&world, what.clone()).await?;
    let lines: Vec<String> = told.iter().map(|row| format!("{} {} {}", row.name, row.field, row.old.text)).collect();
    assert_eq!((report.changed, lines), (2, vec!["First record version 1".into(), "Second record version 1".into()]));
    assert_eq!(counts(&run(&world, what.clone()).await?), (2, 2, 0));
    assert_eq!(run(&world, what).await?.matched, 0);
    // The second one found nothing.
    let mut operations = world.operations().await?;
    operations.sort_by_key(|operation| operation.id);
    let operation = operations.into_iter().find(|operation| operation.kind == "engagements.bulk-delete");
    let ledger: Ledger = serde_json::from_str(operation.unwrap().ledger.as_deref().unwrap())?;
    assert_eq!(ledger, Ledger { deleted: 2, ..Ledger::default() });
    for (table, left) in [("engagements", 1), ("attachments", 1)] {
        let kept: Vec<(i64,)> = query(&world.db, format!("select changed from {table}_before")).await?;
        assert_eq!(kept, [(journal::DELETED,), (journal::DELETED,)], "{table}");
        let count: Vec<(i64,)> = query(&world.db, format!("select count(*) from {table}")).await?;
        assert_eq!(count, [(left,)], "{table}");
    }
    run(&world, request(&GOAL, set(&[("current_value", "50")]), &[])).await?;
    let history = "select count(*) from goal_changes";
    let lines: Vec<(i64,)> = query(&world.db, history).await?;
    assert_eq!(run(&world, request(&GOAL, BulkAction::Delete, &[("account", "a")])).await?.changed, 4);
    assert_eq!(query::<(i64,)>(&world.db, history).await?, lines, "the history of goals stays");
    Ok(())
}

async fn refusals_write_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    world.update("b", &[("parent", "a")]).await?;
    let before = written(&world.db, &world.scope()).await?;
    let churned = || set(&[("status", "churned")]);
    for (action, filter, code) in [
        (set(&[]), &[("size", "small")][..], "no_change"),
        (set(&[("statsu", "churned")]), &[], "unknown_field"),
        (set(&[("health_score", "5")]), &[], "read_only_field"),
        (set(&[("status", "gone")]), &[], "status"),
        (set(&[("status", "")]), &[], "required"),
        (set(&[("status", "active"), ("status", "churned")]), &[], "given_twice"),
        (set(&[("owner", "nobody@example.com")]), &[], "unknown_user"),
        (set(&[("owner", "gone@example.com")]), &[], "not_changed"),
        (set(&[("parent", "b")]), &[], "not_changed"),
        (set(&[("external_id", "k")]), &[], "unique"),
        (set(&[("external_id", "b")]), &[("search", "Acme")], "not_changed"),
        (churned(), &[("archived", "true")], "archived"),
        (churned(), &[("sise", "small")], "unknown_filter"),
    ] {
        let told = format!("{action:?}");
        assert_eq!(refused(run(&world, request(&ACCOUNT, action, filter)).await), code, "{told}");
    }
    let mut nothing = request(&ACCOUNT, churned(), &[]);
    nothing.all = false;
    let error = run(&world, nothing).await.unwrap_err();
    assert_eq!(error.code, "no_filter");
    assert!(error.hints.to_string().contains("all for"));
    let mut both = request(&ACCOUNT, churned(), &[("size", "small")]);
    both.all = true;
    assert_eq!(refused(run(&world, both).await), "all");
    let error = run(&world, request(&ACCOUNT, set(&[("statsu", "x")]), &[])).await.unwrap_err();
    assert_eq!(error.hints.to_string(), "did you mean status or status_until?");
    let mut reader = ops::users::get(&world, "mia@example.com").await?;
    reader.role = fastenr_core::model::Role::Read;
    assert_eq!(refused(run(&world.acting_as(&reader), request(&ACCOUNT, churned(), &[])).await), "read_only_user");
    assert_eq!(written(&world.db, &world.scope()).await?, before);
    // The only one may take what is free.
    assert_eq!(run(&world, request(&ACCOUNT, set(&[("external_id", "k")]), &[("search", "Acme")])).await?.changed, 1);
    Ok(())
}

/// Every statement of bulk writes, once: for the checks that read recorded statements.
pub(crate) async fn once(world: &World) -> Result<()> {
    let world = &world.organization("bulk").await?;
    book(world).await?;
    goals(&world.organization("bulk-goals").await?).await?;
    let goals = &world.organization("bulk-goals-2").await?;
    self::goals(goals).await?;
    let all = [
        ("external_id", "k"),
        ("status", "churned"),
        ("arr", "1"),
        ("owner", "noa@example.com"),
        ("parent", "c"),
        ("custom.k", "v"),
        ("contract_end", "2026-01-01"),
        ("auto_renew", "no"),
        ("created_at", "2020-01-01T00:00:00Z"),
        ("tags", "a"),
    ];
    let named = |mut what: Request, file: &str| -> Result<Request> {
        what.ids = Some(world.source(file)?);
        what.all = false;
        Ok(what)
    };
    let what = named(request(&ACCOUNT, set(&all), &[]), "a\n")?;
    foreseen(world, what.clone()).await?;
    run(world, what).await?;
    for action in [BulkAction::Tag { add: "t".into(), remove: "a".into() }, BulkAction::Archive, BulkAction::Restore] {
        foreseen(world, request(&ACCOUNT, action.clone(), &[])).await?;
        run(world, request(&ACCOUNT, action, &[])).await?;
    }
    for values in [&[("current_value", "90")][..], &[("status", "at_risk"), ("completion_date", "")]] {
        foreseen(goals, request(&GOAL, set(values), &[])).await?;
        run(goals, request(&GOAL, set(values), &[])).await?;
    }
    let engagement = given(&[("account", "a"), ("type", "call"), ("title", "T")]);
    entries::create(goals, &ENGAGEMENT, &engagement, false).await?;
    let moved = set(&[("created_by", "admin@example.com"), ("outcome", "positive"), ("scheduled_at", "now")]);
    foreseen(goals, request(&ENGAGEMENT, moved.clone(), &[("open", "")])).await.ok();
    run(goals, request(&ENGAGEMENT, moved, &[])).await?;
    for noun in [&ENGAGEMENT, &GOAL, &METRIC] {
        foreseen(goals, request(noun, BulkAction::Delete, &[])).await?;
        run(goals, request(noun, BulkAction::Delete, &[])).await?;
    }
    Ok(())
}

/// The steps of a bulk write, at what only they have.
pub(crate) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    use fastenr_core::import::mapping::AccountLookup;
    use fastenr_core::import::request::Key;
    use fastenr_core::model::StatusSource;
    use fastenr_core::model::noun::Value;
    let scope = &ours.scope();
    let their = theirs.get("only").await?;
    let own = ours.accounts().await?.len() as u64;
    let (bit, tags) = ACCOUNT.field("tags").unwrap();
    let (arr_bit, arr) = ACCOUNT.field("arr").unwrap();
    let staging = |fields: Vec<usize>| Staging {
        noun: &ACCOUNT,
        fields,
        key: Key::Id,
        headers: Vec::new(),
        account_lookup: AccountLookup::Key,
        merge_custom: false,
        skips: false,
        events: None,
        source: StatusSource::Person,
        row_rules: RowRules::default(),
    };
    let which = Selection::default();
    for step in ["wanted", "chosen", "deleted"] {
        let staging = staging(vec![arr_bit, bit]);
        let mut conn = ours.db.hold(&ours.scope()).await?;
        staging.create(&mut conn).await?;
        staging.create_named_records(&mut conn).await?;
        let mut held = conn.write(scope, Lock::Exclusive).await?;
        let tx = &mut held;
        let names = [their.id.to_string(), "only".into(), "was-only".into()];
        staging.add_names(tx, (1..).zip(names).collect()).await?;
        let wanted = staging.find_named_records(tx, scope).await?;
        called.insert("staging::find_named_records");
        assert_eq!((wanted.records, wanted.unknown), (0, 3));
        let values = [(arr, Value::Integer(7))];
        called.extend([
            "staging::choose",
            "staging::mark_for_deletion",
            "staging::delete",
            "staging::texts",
            "staging::told",
        ]);
        called.insert("staging::told_deleted");
        match step {
            "wanted" => assert_eq!(staging.choose(tx, scope, &which, Some(&wanted), &values).await?, 0),
            "chosen" => {
                assert_eq!(staging.choose(tx, scope, &which, None, &values).await?, own);
                let texts = staging.texts(tx, scope, tags, 0, 100).await?;
                assert_eq!(texts.len() as u64, own);
                staging.compare(tx, scope).await?;
                let told: Vec<_> = staging.told(tx, scope, None)?.try_collect().await?;
                assert!(told.iter().all(|change| change.id != their.id));
            }
            _ => {
                assert_eq!(staging.mark_for_deletion(tx, scope, &which, Some(&wanted)).await?, 0);
                mark(tx, their.id).await?;
                assert!(staging.told_deleted(tx, scope, None)?.try_collect::<Vec<_>>().await?.is_empty());
                assert_eq!(staging.delete(tx, scope, ours.ids.next()).await?, 0);
            }
        }
        held.rollback().await?;
        drop(conn);
    }
    Ok(())
}

/// As if theirs were among those to be deleted.
async fn mark(tx: &mut fastenr_core::store::Tx<'_>, id: uuid::Uuid) -> Result<()> {
    tx.sql("insert into verdicts (n, id, verdict, changed) values (1, $1, 2, 0)").bind(id).execute().await?;
    Ok(())
}
