//! `db migrate`, `db status`, `db backup`, `db check`.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Kind, Tests};

use super::support::{Direct, book, content, migrated, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.empty().both("cli/database/only_the_default_is_made_unasked", only_the_default);
    tests.empty().both("cli/database/migrate_and_status", migrate_and_status);
    tests.both("cli/database/a_newer_schema_is_refused", a_newer_schema);
    tests.sqlite("cli/database/a_backup_is_a_database", a_backup);
    tests.sqlite("cli/database/a_backup_while_others_write", a_backup_while_others_write);
    tests.both("cli/database/check_finds_nothing_wrong", check);
    tests.sqlite("cli/database/check_finds_damage", damage);
    tests.empty().sqlite("cli/database/what_is_no_database_is_said_so", no_database);
}

async fn only_the_default(backend: &Backend) -> Result<()> {
    let fastenr = Fastenr::new(backend);
    for words in [&["accounts", "list"][..], &["organizations", "list"], &["users", "list"]] {
        let output = fastenr.args(words).run();
        ensure!(matches!(output.status, 4 | 5), "{}", output.transcript());
        ensure!(output.stderr.contains("fastenr db migrate"), "{}", output.transcript());
    }
    if backend.kind == Kind::Sqlite {
        ensure!(!backend.path("fastenr.db").exists(), "a mistyped path makes no file");
        fastenr.args(["accounts", "list"]).run().code(4).matches(snapbox::str![[r#"
$ fastenr accounts list
-- stderr
error: there is no database at [DIR]/fastenr.db
hint: create it with `fastenr db migrate`
-- exit 4

"#]]);
        fs::write(backend.path("fastenr.db"), "")?;
    }
    fastenr.args(["accounts", "list"]).run().code(5).matches(snapbox::str![[r#"
$ fastenr accounts list
-- stderr
error: the database is empty
hint: run `fastenr db migrate`
-- exit 5

"#]]);
    Ok(())
}

async fn migrate_and_status(backend: &Backend) -> Result<()> {
    let fastenr = Fastenr::new(backend);
    if backend.kind == Kind::Sqlite {
        fs::write(backend.path("fastenr.db"), "")?;
    }
    let status = || fastenr.args(["db", "status", "-o", "json"]).run().ok().json();
    let empty = status();
    ensure!(empty["pending"].as_array().is_some_and(|pending| !pending.is_empty()), "{empty}");
    fastenr.args(["db", "migrate", "--currency", "EURO"]).run().code(2);
    let made =
        fastenr.args(["db", "migrate", "--currency", "EUR", "--time-zone", "Europe/Berlin", "-o", "json"]).run().ok();
    assert_eq!((&made.json()["applied"], &made.json()["seeded"]), (&empty["pending"], &true.into()));
    let said = "created the organization \"default\" (currency EUR, time zone Europe/Berlin) and its admin";
    ensure!(made.stderr.contains(said), "{}", made.transcript());
    let late = fastenr.args(["db", "migrate", "--currency", "USD"]).run().code(5);
    ensure!(late.stderr.contains("`fastenr organizations update default`"), "{}", late.transcript());
    let again = fastenr.args(["db", "migrate", "-o", "json"]).run().ok();
    assert_eq!(again.json(), serde_json::json!({ "applied": [], "seeded": false }));
    ensure!(again.stderr.ends_with("is up to date\n"), "{}", again.transcript());
    let current = status();
    assert_eq!(current["pending"], serde_json::json!([]));
    assert_eq!(current["engine"], backend.kind.to_string());
    let last = empty["pending"].as_array().and_then(|pending| pending.last()?.as_str()?.get(..4)?.parse::<u64>().ok());
    assert_eq!(current["schema_version"].as_u64(), last);
    let shown = current["database"].to_string();
    ensure!(!shown.contains("postgres://"), "a URL may hold a password: {shown}");
    Ok(())
}

async fn a_newer_schema(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    match Direct::open(backend).await? {
        Direct::Sqlite(mut connection) => {
            let sql = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                       values (9999, 'from the future', true, x'00', 0)";
            sqlx::query(sql).execute(&mut connection).await?;
        }
        Direct::Postgres(mut connection) => {
            let sql = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                       values (9999, 'from the future', true, '\\x00', 0)";
            sqlx::query(sql).execute(&mut connection).await?;
        }
    }
    for words in [&["accounts", "list"][..], &["db", "migrate"], &["accounts", "create", "x"]] {
        let output = fastenr.args(words).run();
        ensure!(output.status == 5 && output.stderr.contains("newer"), "{}", output.transcript());
    }
    Ok(())
}

fn at(fastenr: &Fastenr, file: &Path) -> Fastenr {
    fastenr.clone().env("FASTENR_DATABASE_URL", file)
}

async fn a_backup(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.args(["db", "backup", "copy.db"]).run().ok().matches(snapbox::str![[r#"
$ fastenr db backup copy.db
-- stderr
[DIR]/fastenr.db → copy.db
-- exit 0

"#]]);
    fastenr.args(["db", "backup", "copy.db"]).run().code(5).matches(snapbox::str![[r#"
$ fastenr db backup copy.db
-- stderr
error: copy.db exists already
hint: a backup never overwrites: name another file
-- exit 5

"#]]);
    let copy = at(&fastenr, &backend.path("copy.db"));
    assert_eq!(content(&copy), content(&fastenr));
    fastenr.args(["accounts", "update", "A-1", "--arr", "1"]).run().ok();
    assert_eq!(content(&copy)[0]["arr"], 1_200_000, "a copy stays what it was");
    copy.args(["db", "check"]).run().ok();
    copy.args(["accounts", "update", "A-1", "--arr", "2"]).run().ok();
    fastenr.args(["db", "backup", "missing/copy.db"]).run().code(1);
    Ok(())
}

async fn a_backup_while_others_write(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin(book(0, 8_000, 1)).run().ok();
    fastenr.write("book.csv", book(0, 8_000, 2));
    let mut import = fastenr.args(["accounts", "import", "book.csv"]).spawn();
    let mut copies = Vec::new();
    while import.is_running() && copies.len() < 40 {
        let name = format!("copy-{}.db", copies.len());
        fastenr.args(["db", "backup", &name]).run().ok();
        copies.push(name);
    }
    import.wait().ok();
    ensure!(!copies.is_empty());
    for name in copies {
        let copy = at(&fastenr, &backend.path(&name));
        copy.args(["db", "check"]).run().ok();
        let count = |flags: &[&str]| {
            let list = ["accounts", "list", "-o", "json", "--limit", "1"];
            copy.args([&list[..], flags].concat()).run().ok().json()["total"].as_u64()
        };
        let (all, new) = (count(&[]), count(&["--arr-min", "2"]));
        ensure!(all == Some(8_000) && matches!(new, Some(0 | 8_000)), "{name}: {new:?} of {all:?} are new");
    }
    Ok(())
}

async fn check(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let shown = fastenr.args(["db", "check"]).run().ok().stdout;
    for name in ["schema version", "integrity", "foreign keys", "feed"] {
        ensure!(shown.lines().any(|line| line.starts_with(name) && line.ends_with(" ok")), "{name}: {shown}");
    }
    let found = fastenr.args(["db", "check", "-o", "json"]).run().ok().json();
    for name in ["schema_version", "integrity", "foreign_keys", "feed"] {
        assert_eq!(found[name], "ok", "{found}");
    }
    ensure!(found["feed_epoch"].as_str().is_some_and(|epoch| epoch.len() == 36), "{found}");
    // The numbers of the feed are a cluster's.
    assert_eq!(found["system_identifier"].is_string(), backend.kind == Kind::Postgres, "{found}");
    Ok(())
}

/// Each damage to a copy of its own.
async fn damage(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin(book(0, 3_000, 1)).run().ok();
    fastenr.args(["db", "backup", "sound.db"]).run().ok();
    let sound = fs::read(backend.path("sound.db"))?;
    let page = 4_096;
    let damaged = |name: &str, bytes: &[u8]| {
        fs::write(backend.path(name), bytes)?;
        let output = at(&fastenr, &backend.path(name)).args(["db", "check"]).run();
        ensure!(output.status == 1 && output.stderr.contains("error: "), "{name}: {}", output.transcript());
        anyhow::Ok(())
    };
    for middle in [sound.len() / page / 2, sound.len() / page * 3 / 4] {
        let mut bytes = sound.clone();
        bytes[middle * page..(middle + 4) * page].fill(0xa5);
        damaged(&format!("overwritten-{middle}.db"), &bytes)?;
    }
    damaged("cut.db", &sound[..sound.len() / page / 2 * page])?;

    // Rows that point at nothing: sound as a file, not as data.
    fs::write(backend.path("orphans.db"), &sound)?;
    let url = format!("sqlite://{}", backend.path("orphans.db").display());
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await?;
    sqlx::query("pragma foreign_keys = off").execute(&mut connection).await?;
    sqlx::query("update accounts set parent_id = x'00' where external_id = 'B-0000001'")
        .execute(&mut connection)
        .await?;
    sqlx::Connection::close(connection).await?;
    let output = at(&fastenr, &backend.path("orphans.db")).args(["db", "check"]).run().code(1);
    ensure!(output.transcript().contains("points at no row of accounts"), "{}", output.transcript());
    Ok(())
}

async fn no_database(backend: &Backend) -> Result<()> {
    let fastenr = Fastenr::new(backend);
    fs::write(backend.path("fastenr.db"), "name,arr\nAcme,5\n".repeat(500))?;
    fastenr.args(["accounts", "list"]).run().code(1).matches(snapbox::str![[r#"
$ fastenr accounts list
-- stderr
error: [DIR]/fastenr.db: this is not a SQLite database
-- exit 1

"#]]);
    fastenr.args(["db", "check"]).run().code(1);
    // A URL that lacks a slash is no file.
    for url in ["postgres:/host/name", "postgresql:name", "mysql:/host"] {
        let refused = fastenr.args(["--database", url, "db", "migrate"]).run().code(2);
        anyhow::ensure!(refused.stderr.contains("two slashes"), "{}", refused.transcript());
        anyhow::ensure!(!fastenr.dir().join(url).exists(), "{url} was made");
    }
    Ok(())
}
