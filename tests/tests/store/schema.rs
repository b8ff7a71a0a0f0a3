//! The two schemas are one: tables, columns, keys, indexes, references; and how a database comes to have it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Result;
use fastenr_core::ops;
use fastenr_core::ops::admin::FirstOrganization;
use fastenr_core::store::{Db, Engine, migration_names};
use fastenr_tests::harness::{Backend, Kind, Tests};

use fastenr_tests::world::{clock, connect, execute, lines, query, refused};

pub(crate) fn register(tests: &mut Tests) {
    tests.postgres("store/schema/both_databases_are_alike", both_databases_are_alike);
    tests.sqlite("store/schema/is_documented", is_documented);
    tests.plain("store/schema/migrations_have_the_same_names", migrations_have_the_same_names);
    tests.empty().both("store/schema/migrating", migrating);
    tests.empty().both("store/schema/two_migrate_at_once", two_migrate_at_once);
    tests.empty().both("store/schema/another_schema_is_refused", another_schema_is_refused);
    tests.empty().both("store/schema/health", health);
    tests.sqlite("store/schema/pragmas", pragmas);
    tests.sqlite("store/schema/backup", backup);
}

async fn migrated(backend: &Backend) -> Result<Db> {
    let db = connect(backend, false).await?;
    ops::admin::migrate(&db, clock(fastenr_tests::world::NOW)).await?;
    Ok(db)
}

/// `docs/schema.md` has a section for each table and a line for each of its columns; before-images are told together.
async fn is_documented(backend: &Backend) -> Result<()> {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema.md"))?;
    let section = |table: &str| {
        let (_, rest) = document.split_once(&format!("\n## {table}\n"))?;
        Some(rest.split("\n## ").next().unwrap_or(rest))
    };
    let mut missing = Vec::new();
    for line in shape(&migrated(backend).await?).await? {
        if let Some(table) = line.strip_prefix("table ") {
            let told = if table.ends_with("_before") {
                document.contains(&format!("`{table}`"))
            } else {
                section(table).is_some()
            };
            missing.extend((!told).then(|| table.to_owned()));
        }
        let column = line.strip_prefix("column ").and_then(|rest| rest.split(' ').next()?.split_once('.'));
        if let Some((table, column)) = column.filter(|(table, _)| !table.ends_with("_before"))
            && !section(table).is_some_and(|section| section.contains(&format!("\n| {column} |")))
        {
            missing.push(format!("{table}.{column}"));
        }
    }
    assert!(missing.is_empty(), "docs/schema.md lacks {missing:?}");
    Ok(())
}

/// One line for everything that both databases must have.
async fn shape(db: &Db) -> Result<BTreeSet<String>> {
    let queries = match db.engine() {
        Engine::Sqlite => SQLITE_SHAPE,
        Engine::Postgres => POSTGRES_SHAPE,
    };
    let mut shape = BTreeSet::new();
    for sql in queries {
        for (line,) in query::<(String,)>(db, *sql).await? {
            shape.insert(line);
        }
    }
    Ok(shape)
}

const SQLITE_SHAPE: &[&str] = &[
    "select 'table ' || name from sqlite_master where type = 'table' and name not like '\\_%' escape '\\' and name not like 'sqlite_%'",
    "select 'column ' || t.name || '.' || c.name || case when c.\"notnull\" then ' not null' else '' end
            || coalesce(' default ' || c.dflt_value, '')
     from sqlite_master t, pragma_table_info(t.name) c
     where t.type = 'table' and t.name not like '\\_%' escape '\\' and t.name not like 'sqlite_%'",
    "select 'primary key ' || t.name || ' (' || group_concat(c.name, ', ' order by c.pk) || ')'
     from sqlite_master t, pragma_table_info(t.name) c
     where t.type = 'table' and c.pk > 0 and t.name not like '\\_%' escape '\\' group by t.name",
    "select case when i.\"unique\" then 'unique ' else '' end || 'index ' || case when i.origin = 'u' then '' else i.name || ' ' end
            || 'on ' || t.name || ' (' || group_concat(c.name || case when c.\"desc\" then ' desc' else '' end, ', ' order by c.seqno) || ')'
            || case when i.partial then ' partial' else '' end
     from sqlite_master t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) c
     where t.type = 'table' and i.origin <> 'pk' and c.key and t.name not like '\\_%' escape '\\' group by t.name, i.name",
    "select 'reference ' || t.name || ' (' || group_concat(f.\"from\", ', ' order by f.seq) || ') to ' || f.\"table\"
            || ' (' || group_concat(f.\"to\", ', ' order by f.seq) || ')'
     from sqlite_master t, pragma_foreign_key_list(t.name) f where t.type = 'table' group by t.name, f.id",
];

const POSTGRES_SHAPE: &[&str] = &[
    "select 'table ' || tablename from pg_tables where schemaname = 'public' and left(tablename, 1) <> '_'",
    "select 'column ' || c.relname || '.' || a.attname || case when a.attnotnull then ' not null' else '' end
            || coalesce(' default ' || regexp_replace(pg_get_expr(d.adbin, d.adrelid), '::.*', ''), '')
     from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and left(c.relname, 1) <> '_'",
    "select 'primary key ' || c.conrelid::regclass || ' (' || string_agg(a.attname, ', ' order by k.n) || ')'
     from pg_constraint c, unnest(c.conkey) with ordinality k (attnum, n), pg_attribute a
     where c.contype = 'p' and a.attrelid = c.conrelid and a.attnum = k.attnum and left(c.conrelid::regclass::text, 1) <> '_'
       and c.connamespace = 'public'::regnamespace group by c.oid, c.conrelid",
    "select case when i.indisunique then 'unique ' else '' end || 'index ' || case when u.oid is null then c.relname || ' ' else '' end
            || 'on ' || i.indrelid::regclass || ' ('
            || string_agg(a.attname || case when i.indoption[k.n - 1] & 1 = 1 then ' desc' else '' end, ', ' order by k.n) || ')'
            || case when i.indpred is null then '' else ' partial' end
     from pg_index i join pg_class c on c.oid = i.indexrelid
     cross join lateral unnest(i.indkey::int2[]) with ordinality k (attnum, n)
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
     left join pg_constraint u on u.conindid = i.indexrelid and u.contype = 'u'
     where not i.indisprimary and c.relnamespace = 'public'::regnamespace and left(i.indrelid::regclass::text, 1) <> '_'
     group by i.indexrelid, i.indrelid, i.indisunique, i.indpred, c.relname, u.oid",
    "select 'reference ' || c.conrelid::regclass || ' (' || string_agg(a.attname, ', ' order by k.n) || ') to ' || c.confrelid::regclass
            || ' (' || string_agg(b.attname, ', ' order by k.n) || ')'
     from pg_constraint c, unnest(c.conkey, c.confkey) with ordinality k (own, other, n), pg_attribute a, pg_attribute b
     where c.contype = 'f' and a.attrelid = c.conrelid and a.attnum = k.own and b.attrelid = c.confrelid and b.attnum = k.other
       and c.connamespace = 'public'::regnamespace group by c.oid, c.conrelid, c.confrelid",
];

async fn both_databases_are_alike(backend: &Backend) -> Result<()> {
    let postgres = shape(&migrated(backend).await?).await?;
    let sqlite = shape(&migrated(&Backend::new(Kind::Sqlite)?).await?).await?;
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    assert_eq!(
        (only(&sqlite, &postgres), only(&postgres, &sqlite)),
        (vec![], vec![]),
        "(only SQLite, only PostgreSQL)"
    );
    for kind in ["table ", "column ", "primary key ", "index ", "unique index ", "reference "] {
        assert!(sqlite.iter().any(|line| line.starts_with(kind)), "no {kind}was compared");
    }
    // Every key begins with the organization.
    let listed = ["primary key", "index", "unique index", "reference"];
    for line in sqlite.iter().filter(|line| listed.iter().any(|kind| line.starts_with(kind))) {
        let columns = &line[line.find('(').unwrap()..];
        assert!(columns.starts_with("(organization_id") || line.contains("organizations"), "{line}");
    }
    // Text sorts by code point, where the database has another order of its own.
    let elsewhere: Vec<(String,)> = query(
        &migrated(backend).await?,
        "select cast(table_name || '.' || column_name as text) from information_schema.columns \
         where table_schema = 'public' and data_type = 'text' and collation_name is distinct from 'C' \
         and left(table_name, 1) <> '_'",
    )
    .await?;
    assert_eq!(elsewhere, []);
    Ok(())
}

fn migrations_have_the_same_names() -> Result<()> {
    let names: Vec<&str> = migration_names().collect();
    assert!(names.is_sorted());
    for engine in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(engine);
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            files.push(entry?.file_name().to_string_lossy().trim_end_matches(".sql").to_owned());
        }
        files.sort();
        assert_eq!(files, names, "{engine}");
    }
    Ok(())
}

async fn migrating(backend: &Backend) -> Result<()> {
    let db = connect(backend, false).await?;
    let names: Vec<&str> = migration_names().collect();
    let state = ops::admin::status(&db).await?;
    assert_eq!((state.is_empty(), state.pending), (true, names.clone()));
    let now = clock(fastenr_tests::world::NOW);
    assert_eq!(refused(ops::Context::open(db.clone(), now, None, None).await), "not_migrated");
    let zone = |zone: &str| FirstOrganization { time_zone: Some(zone.to_owned()), ..Default::default() };
    assert_eq!(refused(ops::admin::migrate_with(&db, now, &zone("Mars/Base")).await), "time_zone");
    assert!(ops::admin::status(&db).await?.is_empty(), "a mistake writes nothing");
    let first = ops::admin::migrate(&db, now).await?;
    let made = first.seeded.map(|made| (made.slug, made.currency, made.time_zone));
    assert_eq!((first.applied, made), (names.clone(), Some(("default".into(), "USD".into(), "UTC".into()))));
    assert_eq!(refused(ops::admin::migrate_with(&db, now, &zone("UTC")).await), "not_empty");
    let context = ops::Context::open(db.clone(), now, None, None).await?;
    assert_eq!((context.organization.slug.as_str(), context.organization.currency.as_str()), ("default", "USD"));
    assert_eq!(context.user.email, ops::admin::FIRST_ADMIN);
    let before = (shape(&db).await?, lines(&db, "organizations", None).await?, lines(&db, "users", None).await?);
    let again = ops::admin::migrate(&db, clock("2027-01-01")).await?;
    assert_eq!((again.applied, again.seeded), (vec![], None));
    assert_eq!((shape(&db).await?, lines(&db, "organizations", None).await?, lines(&db, "users", None).await?), before);
    let state = ops::admin::status(&db).await?;
    assert_eq!((state.applied.len(), state.pending), (names.len(), vec![]));
    Ok(())
}

/// As two processes that start on the same new database.
async fn two_migrate_at_once(backend: &Backend) -> Result<()> {
    let (one, two) = (connect(backend, false).await?, connect(backend, false).await?);
    let now = clock(fastenr_tests::world::NOW);
    let tasks = [one.clone(), two].map(|db| tokio::spawn(async move { ops::admin::migrate(&db, now).await }));
    for task in tasks {
        task.await??;
    }
    assert_eq!(lines(&one, "organizations", None).await?.len(), 1);
    assert_eq!(lines(&one, "users", None).await?.len(), 1);
    assert_eq!(ops::admin::status(&one).await?.pending, Vec::<&str>::new());
    Ok(())
}

async fn another_schema_is_refused(backend: &Backend) -> Result<()> {
    let db = migrated(backend).await?;
    let now = clock(fastenr_tests::world::NOW);
    let blob = if db.engine() == Engine::Sqlite { "x'00'" } else { "'\\x00'::bytea" };
    execute(&db, format!("update _sqlx_migrations set checksum = {blob} where version = 2")).await?;
    assert_eq!(refused(ops::admin::status(&db).await), "changed_migration");
    assert_eq!(refused(ops::admin::migrate(&db, now).await), "changed_migration");
    assert_eq!(refused(ops::Context::open(db.clone(), now, None, None).await), "changed_migration");
    execute(&db, "update _sqlx_migrations set version = 9999 where version = 2").await?;
    let before = lines(&db, "_sqlx_migrations", None).await?;
    assert_eq!(refused(ops::admin::status(&db).await), "newer_schema");
    assert_eq!(refused(ops::admin::migrate(&db, now).await), "newer_schema");
    assert_eq!(refused(ops::admin::check(&db).await), "newer_schema");
    assert_eq!(refused(ops::Context::open(db.clone(), now, None, None).await), "newer_schema");
    assert_eq!(lines(&db, "_sqlx_migrations", None).await?, before);
    Ok(())
}

async fn health(backend: &Backend) -> Result<()> {
    let db = connect(backend, false).await?;
    let checks = ops::admin::check(&db).await?;
    assert_eq!((checks.len(), checks[0].problems.len()), (1, migration_names().count()));
    let db = {
        drop(db);
        migrated(backend).await?
    };
    let checks = ops::admin::check(&db).await?;
    assert_eq!(
        checks.iter().map(|check| check.name).collect::<Vec<_>>(),
        ["schema version", "integrity", "foreign keys", "feed"]
    );
    assert!(checks.iter().all(|check| check.problems.is_empty()), "{checks:?}");
    if backend.kind == Kind::Sqlite {
        // What a tool that does not enforce references may leave behind.
        let (mut conn, sql) = (
            raw(backend).await?,
            "insert into account_aliases values (x'01', x'03', 'k', 'k', x'02', null, 1, 't', 't')",
        );
        sqlx::raw_sql("pragma foreign_keys = off").execute(&mut conn).await?;
        sqlx::raw_sql(sql).execute(&mut conn).await?;
        assert_eq!(db.foreign_keys().await?, ["account_aliases row 1 points at no row of accounts"]);
        assert_eq!(db.integrity().await?, Vec::<String>::new());
    }
    Ok(())
}

async fn raw(backend: &Backend) -> Result<sqlx::SqliteConnection> {
    use sqlx::Connection;
    Ok(sqlx::SqliteConnection::connect(&backend.url).await?)
}

async fn pragmas(backend: &Backend) -> Result<()> {
    let db = migrated(backend).await?;
    for (pragma, value) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        let sql = format!("select cast({pragma} as text) from pragma_{pragma}");
        // On every connection, not only the first.
        let (mut one, mut two) = (db.read().await?, db.read().await?);
        for tx in [&mut one, &mut two] {
            assert_eq!(tx.sql(sql.clone()).fetch_one::<(String,)>().await?.0, value, "{pragma}");
        }
    }
    Ok(())
}

async fn backup(backend: &Backend) -> Result<()> {
    let world = fastenr_tests::world::world(backend).await?;
    world.account(&[("name", "Acme")]).await?;
    let file = backend.path("copy.db");
    ops::admin::backup(&world.db, &file).await?;
    assert_eq!(refused(ops::admin::backup(&world.db, &file).await), "exists");
    let copy = Db::connect(&file.display().to_string(), &Default::default()).await?;
    assert_eq!(lines(&copy, "accounts", None).await?, lines(&world.db, "accounts", None).await?);
    Ok(())
}
