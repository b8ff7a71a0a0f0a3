//! The whole database in another place: the same content, whichever kind it is of.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use chrono::Duration;
use fastenr_core::ops::copy::{Copied, CopyProgress, CopySource};
use fastenr_core::ops::{self, Context};
use fastenr_core::secret::Secrets;
use fastenr_core::store::copy::anonymise::is_replaced;
use fastenr_core::store::copy::{Digest, Table, digests, schema};
use fastenr_core::store::{Db, Engine, feed};
use fastenr_tests::harness::{Backend, Kind, Start, Tests};
use fastenr_tests::world::{World, connect, execute, query, refused, world};
use proptest::prelude::*;
use serde_json::Value as Json;
use sqlx::Connection as _;

use crate::import_laws::holds_for;
use crate::undo::{Step, content, differences, step, take};

pub(crate) fn register(tests: &mut Tests) {
    tests.postgres("store/copy/takes_every_table_and_column", takes_every_table_and_column);
    tests.both("store/copy/there_and_back", there_and_back);
    tests.both("store/copy/one_organization", one_organization);
    tests.both("store/copy/into_an_empty_database_only", into_an_empty_database_only);
    tests.both("store/copy/a_source_that_can_not_be_copied", a_source_that_can_not_be_copied);
    tests.both("store/copy/the_feed_goes_on", the_feed_goes_on);
    tests.both("store/copy/any_text_and_bytes", any_text_and_bytes);
    tests.both("store/copy/anonymised_has_nothing_of_the_source", anonymised);
}

/// Of the other kind, where this machine has it.
pub(crate) fn other(kind: Kind) -> Result<Backend> {
    match kind {
        Kind::Postgres => Backend::starting(Kind::Sqlite, Start::Empty),
        Kind::Sqlite => {
            Backend::starting(Kind::Postgres, Start::Empty).or_else(|_| Backend::starting(Kind::Sqlite, Start::Empty))
        }
    }
}

pub(crate) async fn copied(from: &Db, to: &Db, only: Option<&str>) -> fastenr_core::Result<Copied> {
    let source = CopySource::open(from.clone(), only).await?;
    source.copy_into(to, fastenr_tests::world::clock("2026-04-01"), &mut |_| {}).await
}

async fn tables(db: &Db) -> Result<Vec<Table>> {
    Ok(schema::tables(&mut db.read().await?).await?)
}

/// Both databases have the same list, with the same meaning of each column, and it has every table but the one that says where
/// the feed is.
async fn takes_every_table_and_column(backend: &Backend) -> Result<()> {
    let postgres = connect(backend, false).await?;
    let file = Backend::new(Kind::Sqlite)?;
    let sqlite = connect(&file, false).await?;
    let (of_postgres, of_sqlite) = (tables(&postgres).await?, tables(&sqlite).await?);
    for (one, other) in of_postgres.iter().zip(&of_sqlite) {
        assert_eq!(
            one, other,
            "a column of SQLite that is not what its declared type says is listed in store/copy/schema.rs"
        );
    }
    let mut copied: Vec<String> = of_sqlite.into_iter().map(|table| table.name).collect();
    copied.push("feed".to_owned());
    copied.sort();
    for (db, sql) in [
        (
            &sqlite,
            "select name from sqlite_master where type = 'table' and name not like '\\_%' escape '\\' and name not like 'sqlite_%'",
        ),
        (
            &postgres,
            "select cast(tablename as text) from pg_tables where schemaname = 'public' and left(tablename, 1) <> '_'",
        ),
    ] {
        let mut all: Vec<String> = query::<(String,)>(db, sql).await?.into_iter().map(|(name,)| name).collect();
        all.sort();
        assert_eq!(copied, all);
    }
    Ok(())
}

async fn opened(db: &Db, world: &World, organization: &str) -> Result<World> {
    let mut there = world.clone();
    there.context = Context::open(db.clone(), world.clock, Some(organization), None).await?;
    Ok(there)
}

/// Random histories, through the other kind of database and back into one of the first: every digest is the same, and every row as the
/// database itself writes it.
async fn there_and_back(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    holds_for(
        2,
        || prop::collection::vec(step(), 4..9),
        async |number, steps| {
            let slug = format!("case-{number}");
            let book = first.organization(&slug).await?;
            let mut at = book.clock.now();
            let start = [
                Step::Accounts { from: 0, count: 4, salt: 1, archive: false },
                Step::Metrics { days: 10, salt: 1 },
                Step::Night,
            ];
            for step in start.iter().chain(&steps) {
                at += if matches!(step, Step::Night) { Duration::days(1) } else { Duration::minutes(1) };
                take(&book.at(&at.to_rfc3339()), step).await.with_context(|| format!("{step:?}"))?;
            }
            let (over, back) = (other(backend.kind)?, Backend::starting(backend.kind, Start::Empty)?);
            let (over, back) = (connect(&over, false).await?, connect(&back, false).await?);
            let there = copied(&first.db, &over, None).await?;
            let again = copied(&over, &back, None).await?;
            assert_eq!(there.tables, again.tables);
            ensure!(there.epoch != again.epoch);
            for db in [&first.db, &over, &back] {
                assert_eq!(sorted(digests(db, None).await?), sorted(there.tables.clone()));
            }
            let (was, is) = (content(&book).await?, content(&opened(&back, &first, &slug).await?).await?);
            ensure!(was == is, "{}", differences(&was, &is));
            for db in [&over, &back] {
                let checks = ops::admin::check(db).await?;
                ensure!(checks.iter().all(|check| check.problems.is_empty()), "{checks:?}");
            }
            for db in [over, back] {
                db.close().await;
            }
            Ok(())
        },
    )
}

fn sorted(tables: Vec<(String, Digest)>) -> BTreeMap<String, Digest> {
    tables.into_iter().collect()
}

async fn one_organization(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let book = world.organization("book").await?;
    for world in [&world, &book] {
        take(world, &Step::Accounts { from: 0, count: 3, salt: 1, archive: false }).await?;
        take(world, &Step::Segment { salt: 1 }).await?;
    }
    let over = other(backend.kind)?;
    let to = connect(&over, false).await?;
    let done = copied(&world.db, &to, Some("book")).await?;
    let here = digests(&world.db, Some(book.organization.id)).await?;
    assert_eq!(sorted(done.tables), sorted(here.clone()));
    assert_eq!(sorted(digests(&to, None).await?), sorted(here));
    let organizations = ops::organizations::list(&to).await?;
    assert_eq!(organizations.iter().map(|organization| &*organization.slug).collect::<Vec<_>>(), ["book"]);
    assert_eq!(opened(&to, &world, "book").await?.accounts().await?.len(), 3);
    assert_eq!(refused(CopySource::open(world.db.clone(), Some("bok")).await.map(drop)), "unknown_organization");
    Ok(())
}

async fn into_an_empty_database_only(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    take(&world, &Step::Accounts { from: 0, count: 3, salt: 1, archive: false }).await?;
    let expected = sorted(digests(&world.db, None).await?);
    // What only `db migrate` was at is empty.
    let migrated = Backend::new(backend.kind)?;
    let to = connect(&migrated, false).await?;
    let mut stages = Vec::new();
    let source = CopySource::open(world.db.clone(), None).await?;
    source.copy_into(&to, world.clock, &mut |progress| stages.push(progress)).await?;
    assert_eq!(sorted(digests(&to, None).await?), expected);
    let rows = expected.values().map(|digest| digest.rows).sum();
    ensure!(stages.contains(&CopyProgress::Writing { rows, total: rows }), "{stages:?}");
    ensure!(stages.contains(&CopyProgress::Indexing) && rows > 5, "{stages:?}");
    // The indexes and references are those of before.
    assert_eq!(shape(&to).await?, shape(&world.db).await?);

    for to in [&to, &world.db] {
        let before = sorted(digests(to, None).await?);
        assert_eq!(refused(copied(&world.db, to, None).await.map(drop)), "target_not_empty");
        assert_eq!(sorted(digests(to, None).await?), before);
    }
    // Somebody is in it already.
    let used = Backend::new(backend.kind)?;
    let used = World::on(connect(&used, false).await?, used.dir.path()).await?;
    used.user("mia@example.com", "Mia").await?;
    assert_eq!(refused(copied(&world.db, &used.db, None).await.map(drop)), "target_not_empty");
    Ok(())
}

async fn shape(db: &Db) -> Result<Vec<(String,)>> {
    query(
        db,
        match db.engine() {
            Engine::Sqlite => "select name || ' ' || coalesce(sql, '') from sqlite_master where name not like 'sqlite_stat%' order by 1",
            Engine::Postgres => {
                "select indexdef from pg_indexes where schemaname = 'public' union all \
                 select conrelid::regclass || ' ' || conname || ' ' || convalidated || ' ' || pg_get_constraintdef(oid) from pg_constraint order by 1"
            }
        },
    )
    .await
}

async fn a_source_that_can_not_be_copied(backend: &Backend) -> Result<()> {
    let empty = Backend::starting(backend.kind, Start::Empty)?;
    let empty = connect(&empty, false).await?;
    assert_eq!(refused(CopySource::open(empty, None).await.map(drop)), "not_migrated");
    let world = world(backend).await?;
    if let Some(path) = world.db.path() {
        // As a tool that does not enforce references may leave it.
        let mut conn = sqlx::SqliteConnection::connect(&path.display().to_string()).await?;
        sqlx::raw_sql("pragma foreign_keys = off").execute(&mut conn).await?;
        let alias = "insert into account_aliases values (x'00000000000000000000000000000001', x'00000000000000000000000000000003', 'k', \
                     'k', x'00000000000000000000000000000002', null, 1, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')";
        sqlx::raw_sql(alias).execute(&mut conn).await?;
        for kind in [backend.kind, other(backend.kind)?.kind] {
            let to = Backend::starting(kind, Start::Empty)?;
            let to = connect(&to, false).await?;
            let error = copied(&world.db, &to, None).await.map(drop).unwrap_err();
            ensure!(error.code == "corrupt" && error.message.contains("the source is damaged"), "{error}");
            assert_eq!(refused(ops::admin::status(&to).await), "unfinished_copy");
        }
        sqlx::raw_sql("delete from account_aliases").execute(&mut conn).await?;
        conn.close().await?;
    }
    // As an earlier version left it.
    execute(&world.db, "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)")
        .await?;
    let error = CopySource::open(world.db.clone(), None).await.map(drop).unwrap_err();
    assert_eq!(error.code, "not_migrated");
    ensure!(error.message.contains("the source is 1 migration behind"), "{error}");
    Ok(())
}

/// Positions of the source are refused, rows come in the same order, and what is written then comes last.
async fn the_feed_goes_on(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let book = world.organization("book").await?;
    for world in [&world, &book] {
        take(world, &Step::Accounts { from: 0, count: 3, salt: 1, archive: false }).await?;
        world.update("a1", &[("arr", "5")]).await?;
    }
    let labels = async |world: &World| -> Result<Vec<(String,)>> {
        let order = if world.db.engine() == Engine::Sqlite { "seq" } else { "xid, seq" };
        let sql = format!("select kind || ' ' || label from activities where organization_id = $1 order by {order}");
        Ok(world.db.read().await?.of(&world.scope(), sql).fetch_all().await?)
    };
    for kind in [backend.kind, other(backend.kind)?.kind] {
        let target = Backend::starting(kind, Start::Empty)?;
        let to = connect(&target, false).await?;
        copied(&world.db, &to, None).await?;
        for world in [&world, &book] {
            let there = opened(&to, world, &world.organization.slug).await?;
            let (was, mut is) = (labels(world).await?, labels(&there).await?);
            assert_eq!(was, is);
            there.update("a2", &[("name", "Afterwards")]).await?;
            is.push(("accounts.update Afterwards".to_owned(),));
            assert_eq!(labels(&there).await?, is);
            let here = feed::read_feed(&mut world.db.read().await?, &world.scope()).await?;
            let moved = feed::read_feed(&mut to.read().await?, &world.scope()).await?;
            ensure!(here.epoch != moved.epoch && moved.is_at_home(), "{here:?}, {moved:?}");
            assert_eq!(feed::unreached(&mut to.read().await?, &world.scope()).await?, 0);
        }
    }
    Ok(())
}

/// What is escaped in a line.
async fn any_text_and_bytes(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let name = "tab\tback\\slash \\N \\. “Ünï” 🎉 \u{b}\u{c}\u{8}\u{1b}";
    let scope = world.scope();
    world.account(&[("name", "Acme"), ("external_id", "A-1")]).await?;
    let mut tx = world.db.write_any().await?;
    let sql = "update accounts set name = $2, industry = $3 where organization_id = $1";
    tx.of(&scope, sql).bind(name.to_owned()).bind("line\r\nfeed\n".to_owned()).execute().await?;
    tx.commit().await?;
    let (over, back) = (other(backend.kind)?, Backend::starting(backend.kind, Start::Empty)?);
    let (over, back) = (connect(&over, false).await?, connect(&back, false).await?);
    copied(&world.db, &over, None).await?;
    copied(&over, &back, None).await?;
    for db in [&over, &back] {
        let found: Vec<(String, String)> = query(db, "select name, industry from accounts").await?;
        assert_eq!(found, [(name.to_owned(), "line\r\nfeed\n".to_owned())]);
    }
    Ok(())
}

/// Every value of a text column that is replaced, or of one that is kept; of JSON, its texts.
async fn texts(db: &Db, replaced: bool) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut all = BTreeMap::new();
    for table in tables(db).await? {
        for column in &table.columns {
            if column.form != schema::Form::Text || is_replaced(&table, &column.name) != replaced {
                continue;
            }
            let sql = format!("select distinct {0} from {1} where {0} is not null", column.name, table.name);
            let mut values = BTreeSet::new();
            for (text,) in query::<(String,)>(db, sql).await? {
                match serde_json::from_str(&text) {
                    Ok(json @ (Json::Array(_) | Json::Object(_))) => json_texts(&json, &mut values),
                    _ => values.extend([text]),
                }
            }
            all.insert(format!("{}.{}", table.name, column.name), values);
        }
    }
    Ok(all)
}

fn json_texts(json: &Json, into: &mut BTreeSet<String>) {
    match json {
        Json::String(text) => into.extend([text.clone()]),
        Json::Array(all) => all.iter().for_each(|json| json_texts(json, into)),
        // The name of a changed field is no text of anybody.
        Json::Object(all) => {
            all.iter().filter(|(name, _)| *name != "field").for_each(|(_, json)| json_texts(json, into));
        }
        _ => {}
    }
}

/// Of a database in which everything has been done. A column that says nothing of itself is refused by the copy.
async fn anonymised(backend: &Backend) -> Result<()> {
    let url = &crate::statements::everything_once(backend.kind).await?.url;
    let source = Db::connect(url, &Default::default()).await?;
    let copy = async |seed: Option<u64>, kind: Kind| -> Result<(Backend, Db, Copied)> {
        let target = Backend::starting(kind, Start::Empty)?;
        let to = connect(&target, false).await?;
        let from = CopySource::open(source.clone(), None).await?.anonymised(seed, Secrets::System)?;
        let done = from.copy_into(&to, fastenr_tests::world::clock("2026-04-01"), &mut |_| {}).await?;
        Ok((target, to, done))
    };
    let (_one, to, done) = copy(Some(1), backend.kind).await?;
    let (_same, other_kind, same) = copy(Some(1), other(backend.kind)?.kind).await?;
    if backend.kind == Kind::Sqlite {
        let (_another, _, another) = copy(Some(2), Kind::Sqlite).await?;
        ensure!(done.tables != another.tables);
    }
    assert_eq!(done.tables, same.tables);
    for db in [&to, &other_kind] {
        let checks = ops::admin::check(db).await?;
        ensure!(checks.iter().all(|check| check.problems.is_empty()), "{checks:?}");
    }

    let (was, is) = (texts(&source, true).await?, texts(&to, true).await?);
    let mut there = String::new();
    for (column, values) in &is {
        there.extend(values.iter().flat_map(|value| [column, ": ", value.as_str(), "\n"]));
    }
    // Comments of models are fastenr's own, and letters of a hash may be any word.
    let has_words = |line: &&str| !line.starts_with('#') && !line.contains("sha256: ");
    let there: String = there.to_lowercase().split_inclusive('\n').filter(has_words).collect();
    for (column, values) in texts(&to, false).await? {
        ensure!(!values.iter().any(|value| value.contains('@')), "an address is kept in {column}");
    }
    // Old and new values of dated fields are no list of words.
    let kept = texts(&source, false).await?.into_iter().filter(|(column, _)| !column.ends_with("_value"));
    let own: BTreeSet<String> = kept.flat_map(|(_, values)| values).map(|text| text.to_lowercase()).collect();
    let (mut looked_for, mut columns, mut problems) = (0, 0, Vec::new());
    for (column, values) in &was {
        // The name of the first organization stays, so do names of custom fields, and words of fastenr's own: a status, or why a run
        // resolved an alert.
        let said = |value: &&String| {
            let value = value.to_lowercase();
            column.starts_with("organizations.") && value == "default"
                || value == "cleared"
                || value.starts_with("custom.")
                || own.contains(&value)
        };
        let long = |value: &&String| value.chars().filter(|c| c.is_alphabetic()).count() >= 4;
        let mut some = 0;
        for value in values.iter().filter(long).filter(|value| !said(value)) {
            let value = value.to_lowercase();
            // An id is no name, and a flag is none.
            if uuid::Uuid::parse_str(&value).is_err() && !matches!(&*value, "true" | "false") {
                let says = |line: &&str| {
                    line.split_once(": ").is_some_and(|(_, text)| !own.contains(text) && text.contains(&value))
                };
                let found = there.contains(&value).then(|| there.lines().find(says)).flatten();
                problems.extend(found.map(|line| format!("{value:?} of {column} is there: {line}")));
                some += 1;
            }
        }
        looked_for += some;
        columns += usize::from(some > 0);
    }
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    ensure!(looked_for > 150 && columns > 40, "{looked_for} values of {columns} columns");

    // The same shape: as many rows, as many different values of each column.
    let counts: BTreeMap<String, u64> =
        digests(&source, None).await?.into_iter().map(|(name, digest)| (name, digest.rows)).collect();
    for (name, digest) in &done.tables {
        assert_eq!(counts[name], digest.rows, "{name}");
    }
    for column in ["accounts.industry", "accounts.external_id", "users.email", "contacts.email", "segments.name"] {
        assert_eq!(was[column].len(), is[column].len(), "{column}");
    }
    let sums =
        "select count(*), cast(coalesce(sum(arr), 0) as bigint), count(health_score), count(domain) from accounts";
    assert_eq!(query::<(i64, i64, i64, i64)>(&to, sums).await?, query(&source, sums).await?);
    for organization in ops::organizations::list(&to).await? {
        let context =
            Context::open(to.clone(), fastenr_tests::world::clock("2026-04-01"), Some(&organization.slug), None).await;
        if let Ok(context) = context {
            ops::models::list(&context).await?;
        }
    }
    source.close().await;
    Ok(())
}
