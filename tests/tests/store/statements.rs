//! Every statement that the library runs: held to one organization, and fit to be prepared.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use fastenr_core::import::mapping::Mapping;
use fastenr_core::import::request::{Key, Missing, Mode, Request};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops;
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_core::store::{RecordedStatement, accounts, users};
use fastenr_tests::harness::{self, Backend, Kind, Tests};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};
use tokio::sync::OnceCell;

use super::held;
use fastenr_tests::world::{World, connect, given, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.plain("store/statements/the_checker_is_strict", held::the_checker_is_strict);
    tests.both("store/statements/each_is_held_to_its_organization", each_is_held_to_its_organization);
    tests.both("store/statements/each_can_be_prepared", each_can_be_prepared);
    tests.sqlite("store/statements/a_large_load_on_sqlite", a_large_load_on_sqlite);
}

/// What is left of doing everything there is to do.
pub(super) struct Everything {
    pub(super) url: String,
    recorded: Vec<RecordedStatement>,
}

/// Everything there is to do, done by the first test that looks at it.
pub(super) async fn everything_once(kind: Kind) -> Result<&'static Everything> {
    static DONE: [OnceCell<Everything>; 2] = [const { OnceCell::const_new() }; 2];
    let done = DONE[kind as usize].get_or_try_init(async || -> Result<Everything> {
        let backend = Backend::new(kind)?;
        let recorded = everything(&backend).await?;
        Ok(Everything { url: harness::keep(backend), recorded })
    });
    done.await
}

async fn everything(backend: &Backend) -> Result<Vec<RecordedStatement>> {
    let world = World::on(connect(backend, true).await?, backend.dir.path()).await?;
    let now = world.clock.now();
    people(&world).await?;
    imports(&world).await?;
    super::goals::once(&world).await?;
    super::nouns_statements::once(&world).await?;
    super::segments::once(&world).await?;
    super::handover::once(&world).await?;
    super::keys::once(&world).await?;
    super::idempotency::once(&world).await?;
    world.update("a", &[("arr", "7"), ("owner", ""), ("external_id", "A1"), ("parent", "p")]).await?;
    ops::accounts::set_archived(&world, "A1", true, None, false).await?;
    ops::accounts::set_archived(&world, "A1", false, None, false).await?;
    for name in ["nothing at all", "nothing.com", "p"] {
        let _ = ops::accounts::get(&world, name).await;
    }
    let change = OrganizationChange { currency: Some("EUR".into()), ..OrganizationChange::default() };
    let _ = ops::organizations::update(&world.db, world.clock, "default", &change, false).await;
    ops::lists::any(&world, &ACCOUNT).await?;
    ops::admin::check(&world.db).await?;
    super::arr::once(&world).await?;
    super::merge::once(&world.organization("merge").await?).await?;
    super::import_events::once(&world.organization("events").await?).await?;
    super::feed::once(&world.organization("feed").await?).await?;
    super::scores::once(&world.organization("scores").await?).await?;
    super::undo::once(&world.organization("undo").await?).await?;
    super::erasure::once(&world.organization("erasure").await?).await?;
    super::prune::once(&world.organization("prune").await?).await?;
    super::scores::models::once(&world.organization("models").await?).await?;
    super::scores::views::once(&world.organization("views").await?).await?;
    let mut tx = world.db.write_any().await?;
    users::set_deactivated(&mut tx, &world.scope(), world.user.id, None, now).await?;
    accounts::names_like(&mut tx, &world.scope(), "acme", 3).await?;
    let operation = world.ids.next();
    fastenr_core::store::operations::get(&mut tx, &world.scope(), operation).await?;
    fastenr_core::store::organizations::by_slug(&mut tx, "default").await?;
    tx.commit().await?;
    super::alerts::once(&world).await?;
    super::engagements::once(&world).await?;
    super::bulk::once(&world).await?;
    super::cursors::once(&world).await?;
    super::scores::impact::once(&world).await?;
    Ok(world.db.recorded())
}

async fn people(world: &World) -> Result<()> {
    world.user("mia@example.com", "Mia").await?;
    ops::users::update(world, "Mia", &given(&[("external_id", "m"), ("role", "read")]), None, false).await?;
    ops::users::update(world, "Mia", &[], Some(false), false).await?;
    ops::users::update(world, "Mia", &[], Some(true), false).await?;
    ops::users::list(world).await?;
    let users = "email,name,external_id\nmia@example.com,Mia M,\nnoa@example.com,Noa,n\n,X,\n";
    world.import_users(users, Request { allow_id_changes: true, ..skipping() }).await?;
    let by_id = Request { key: Some(Key::ExternalId), ..skipping() };
    world.import_users("email,name,external_id\nmia@example.com,Mia M,n\n", by_id).await?;
    Ok(())
}

fn skipping() -> Request {
    Request { on_error: "skip".parse().unwrap(), empty: "clear".parse().unwrap(), ..Request::default() }
}

async fn imports(world: &World) -> Result<()> {
    let file = "external_id,name,domain,industry,size,status,arr,owner,parent,contract_start,contract_end,auto_renew,renewal_stage,\
past_due_since,seats,tags,custom_fields,churned_on,created_at,custom.k
p,Parent,p.com,Retail,small,active,1,noa@example.com,,2026-01-01,2026-12-31,true,likely,2026-02-01,1,x,{},,2020-01-01,v
a,Acme,a.com,Retail,small,at_risk,1,noa@example.com,p,2026-01-01,2026-12-31,true,likely,2026-02-01,1,x,\"{\"\"z\"\":1}\",,2020-01-01,v
b,Bad,,,,wrong,x,nobody,unknown,,,,,,,,,,,
c,Twice,,,,,,,,,,,,,,,,,,
c,Twice,,,,,,,,,,,,,,,,,,
";
    for mode in [Mode::Upsert, Mode::Create, Mode::Update] {
        world.import(file, Request { mode, ..skipping() }).await?;
    }
    let changed =
        file.replace(",1,", ",2,").replace("Retail", "Food").replace("at_risk", "active").replace(",v\n", ",w\n");
    let source = world.source(&changed)?;
    let dry = Request { dry_run: true, ..skipping() };
    ops::import::run_with_changes(world, &ACCOUNT, source, dry, &mut |_| {}, &mut |_, _| Ok(())).await?;
    world.import(&changed, skipping()).await?;
    for key in [Key::Name, Key::Domain] {
        world.import(&changed, Request { key: Some(key), ..skipping() }).await?;
    }
    let id = world.get("a").await?.id;
    let file = format!("id,external_id,name\n{id},a2,Acme\n{},,X\n,p,Y\n", world.ids.next());
    world.import(&file, skipping()).await?;
    world.import(&file, Request { allow_id_changes: true, ..skipping() }).await?;
    let back = format!("id,external_id\n{id},a\n");
    world.import(&back, Request { allow_id_changes: true, ..skipping() }).await?;
    strict_and_lenient(world).await?;
    let mapping = Mapping::parse("m.toml", "[lookup]\nparent = \"name\"\n[filter]\nskip = [\"x\"]")?;
    let request = Request { mapping, missing: Missing::Archive, max_missing: "100%".parse().unwrap(), ..skipping() };
    world.import("external_id,name,parent,skip\na,Acme,Parent,\nn,New,Acme,\nz,Z,Z,x\n", request).await?;
    world.import("external_id,name,arr\nq,Q,x\n", Request::default()).await?;
    Ok(())
}

/// Damaged and similar ids, doubled keys, bad cells, look-ups: what only they run.
async fn strict_and_lenient(world: &World) -> Result<()> {
    let file = "external_id,name,domain,owner,parent,custom.k,size\n1.2E+5,D,,,,,\nA,Near,,,,,\nn,N,n.com,gone@example.com,v,v,huge\n\
                n,N,n.com,,n,v,\nm,M,m.com,,m,,\n";
    for duplicates in ["first", "last", "reject"] {
        for lookup in ["name", "domain", "email", "custom.k", "key"] {
            let mut request = Request {
                duplicates: duplicates.parse().unwrap(),
                bad_cells: "keep".parse().unwrap(),
                dry_run: lookup != "key",
                ..skipping()
            };
            request.mapping.look_up("account", lookup).unwrap();
            world.import(file, request).await?;
        }
    }
    let by_name = Request { key: Some(Key::Name), bad_cells: "keep".parse().unwrap(), ..skipping() };
    world.import("name,external_id\nNew,a\nAcme,P\n", by_name).await?;
    ops::records::custom_keys(world, &ACCOUNT).await?;
    Ok(())
}

async fn each_is_held_to_its_organization(backend: &Backend) -> Result<()> {
    let recorded = &everything_once(backend.kind).await?.recorded;
    let scoped = recorded.iter().filter(|statement| statement.organization.is_some()).count();
    assert!(scoped > 200, "only {scoped} statements of an organization were recorded");
    let problems: BTreeSet<String> = recorded.iter().filter_map(told).collect();
    assert!(problems.is_empty(), "{}", problems.into_iter().collect::<Vec<_>>().join("\n\n"));
    Ok(())
}

fn told(statement: &RecordedStatement) -> Option<String> {
    let problem = held::problem(&statement.sql, statement.organization.is_some())?;
    Some(format!("{problem}:\n  {}", statement.sql))
}

async fn each_can_be_prepared(backend: &Backend) -> Result<()> {
    let Everything { url, recorded } = everything_once(backend.kind).await?;
    let mut seen = BTreeSet::new();
    let mut sqlite = None;
    let mut postgres = None;
    match backend.kind {
        Kind::Sqlite => sqlite = Some(SqliteConnection::connect(url).await?),
        Kind::Postgres => postgres = Some(PgConnection::connect(url).await?),
    }
    for RecordedStatement { sql, .. } in recorded {
        // A temporary table is made for real, as what follows is about it.
        let mut run = Vec::new();
        if let Some(rest) = sql.strip_prefix("create temporary table ") {
            let name = rest.split_whitespace().next().unwrap_or_default();
            run.extend([format!("drop table if exists temp.{name}"), sql.clone()]);
            if backend.kind == Kind::Postgres {
                run[0] = format!("drop table if exists pg_temp.{name}");
            }
        } else if !seen.insert(sql.clone()) {
            continue;
        }
        for sql in &run {
            match (&mut sqlite, &mut postgres) {
                (Some(conn), _) => {
                    sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(conn).await?;
                }
                (_, Some(conn)) => {
                    sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(conn).await?;
                }
                _ => unreachable!(),
            }
        }
        if run.is_empty() {
            let text = AssertSqlSafe(sql.clone()).into_sql_str();
            match (&mut sqlite, &mut postgres) {
                (Some(conn), _) => {
                    conn.prepare(text).await.with_context(|| sql.clone())?;
                }
                (_, Some(conn)) => {
                    conn.prepare(text).await.with_context(|| sql.clone())?;
                }
                _ => unreachable!(),
            }
        }
    }
    assert!(seen.len() > 100, "only {} different statements", seen.len());
    Ok(())
}

/// Indexes are taken down and built again, the size of the table is asked for and its statistics are refreshed: of the whole
/// table, whose rows none of these statements gives away.
async fn a_large_load_on_sqlite(backend: &Backend) -> Result<()> {
    let world = World::on(connect(backend, true).await?, backend.dir.path()).await?;
    let indexes = "select name, sql from sqlite_master where type = 'index' and sql is not null order by name";
    let before: Vec<(String, String)> = fastenr_tests::world::query(&world.db, indexes).await?;
    let file: String = std::iter::once("external_id,name\n".to_owned())
        .chain((0..20_000).map(|n| format!("x{n},Account {n}\n")))
        .collect();
    let report = world.import(&file, Request::default()).await?;
    assert_eq!(report.ledger.created, 20_000);
    assert_eq!(fastenr_tests::world::query::<(String, String)>(&world.db, indexes).await?, before);
    let of_the_table = |sql: &str| {
        let whole = ["select coalesce(max(rowid), 0) from accounts", "analyze accounts"];
        whole.contains(&sql) || before.iter().any(|(_, create)| create == sql)
    };
    let recorded = world.db.recorded();
    assert!(recorded.iter().any(|statement| of_the_table(&statement.sql)));
    let others = recorded.iter().filter(|statement| !of_the_table(&statement.sql));
    let problems: BTreeSet<String> = others.filter_map(told).collect();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(world.db.integrity().await?, Vec::<String>::new());
    let again = self::world(backend).await?;
    assert_eq!(again.import(&file, Request::default()).await?.ledger.unchanged, 20_000);
    Ok(())
}
