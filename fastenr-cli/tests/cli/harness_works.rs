//! The ground that the other tests stand on.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::panic::{self, AssertUnwindSafe};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Result, ensure};
use fastenr_tests::cli::{self, Fastenr, Signal};
use fastenr_tests::harness::{Backend, Kind, Start, Tests};
use fastenr_tests::postgres;
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

pub(super) fn register(tests: &mut Tests) {
    tests.empty().both("harness/a_database_is_empty", a_database_is_empty);
    tests.both("harness/the_command_runs", the_command_runs);
    tests.postgres("harness/databases_are_isolated", databases_are_isolated);
    tests.postgres("harness/order_is_linguistic_where_the_server_can", order_is_linguistic);
    tests.plain("harness/the_command_runs_without_a_database", the_command_runs_without_a_database);
    tests.both("harness/a_body_may_block_while_it_serves", a_body_may_block_while_it_serves);
    tests.both("harness/transcripts_are_alike_on_both_databases", transcripts_are_alike);
    tests.plain("harness/the_environment_is_ours", the_environment_is_ours);
    tests.plain("harness/signals_reach_the_command", signals_reach_the_command);
    tests.plain("harness/a_command_has_a_time_limit", a_command_has_a_time_limit);
    tests.plain("harness/redactions", redactions);
}

async fn a_database_is_empty(backend: &Backend) -> Result<()> {
    let tables: i64 = match backend.kind {
        Kind::Sqlite => {
            let options = SqliteConnectOptions::from_str(&backend.url)?.create_if_missing(true);
            let pool = SqlitePool::connect_with(options).await?;
            sqlx::query_scalar("select count(*) from sqlite_schema").fetch_one(&pool).await?
        }
        Kind::Postgres => {
            let pool = PgPool::connect(&backend.url).await?;
            sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'public'").fetch_one(&pool).await?
        }
    };
    ensure!(tables == 0, "{tables} tables in a new database");
    Ok(())
}

async fn databases_are_isolated(backend: &Backend) -> Result<()> {
    let other = postgres::server()?.database(Start::Empty)?;
    ensure!(other.url != backend.url);
    let (here, there) = (PgPool::connect(&backend.url).await?, PgPool::connect(&other.url).await?);
    sqlx::query("create table only_here (id bigint)").execute(&here).await?;
    let found = "select count(*) from pg_tables where tablename = 'only_here'";
    assert_eq!(sqlx::query_scalar::<_, i64>(found).fetch_one(&here).await?, 1);
    assert_eq!(sqlx::query_scalar::<_, i64>(found).fetch_one(&there).await?, 0);

    // Dropped although a connection is still open.
    drop(other);
    assert!(sqlx::query("select 1").execute(&there).await.is_err());
    Ok(())
}

/// Most teams run an `en_US` server; a test that passes here only thanks to byte order would fail there.
async fn order_is_linguistic(backend: &Backend) -> Result<()> {
    let pool = PgPool::connect(&backend.url).await?;
    let encoding: String = sqlx::query_scalar("show server_encoding").fetch_one(&pool).await?;
    assert_eq!(encoding, "UTF8");
    let has_icu: bool = sqlx::query_scalar("select exists (select from pg_collation where collprovider = 'i')")
        .fetch_one(&pool)
        .await?;
    if has_icu {
        let order = "select string_agg(name, ' ' order by name) from unnest(array['Zeta', 'acme', 'Émile']) name";
        let order: String = sqlx::query_scalar(order).fetch_one(&pool).await?;
        assert_eq!(order, "acme Émile Zeta");
    }
    Ok(())
}

async fn the_command_runs(backend: &Backend) -> Result<()> {
    Fastenr::new(backend).args(["--version"]).run().ok();
    Ok(())
}

fn the_command_runs_without_a_database() -> Result<()> {
    let fastenr = Fastenr::without_database();
    fastenr.write("in.csv", "name\n");
    fastenr.args(["--version"]).stdin("unread").run().code(0);
    assert_eq!(fastenr.read("in.csv"), "name\n");
    Ok(())
}

/// A command that does what the script says.
fn stand_in(fastenr: Fastenr, script: &str) -> Result<Fastenr> {
    let path = fastenr.write("stand-in", format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&path, Permissions::from_mode(0o755))?;
    Ok(fastenr.program(path))
}

async fn a_body_may_block_while_it_serves(_: &Backend) -> Result<()> {
    let (ask, asked) = tokio::sync::oneshot::channel();
    let (answer, answered) = std::sync::mpsc::channel();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(1)).await;
        answer.send(asked.await)
    });
    ensure!(ask.send("blocked").is_ok());
    // Blocks the thread: only another one can run the task above.
    assert_eq!(answered.recv_timeout(Duration::from_secs(60))??, "blocked");
    Ok(())
}

async fn transcripts_are_alike(backend: &Backend) -> Result<()> {
    let script = r#"echo "$FASTENR_DATABASE_URL in $(pwd)"; cat; echo "not found: $2" >&2; exit 4"#;
    let fastenr = stand_in(Fastenr::new(backend), script)?;
    let output = fastenr.args(["get", "Acme Inc"]).stdin("no line end").run().code(4);
    output.matches(snapbox::str![[r#"
$ fastenr get 'Acme Inc'
[DATABASE] in [DIR]
no line end
-- no newline at the end
-- stderr
not found: Acme Inc
-- exit 4

"#]]);
    Ok(())
}

fn the_environment_is_ours() -> Result<()> {
    let fastenr = stand_in(Fastenr::without_database(), "env | sed 's/^PATH=.*/PATH=/' | grep -v '^_=' | sort")?;
    fastenr.env("FASTENR_USER", "ops@example.com").args::<&str>([]).run().ok().matches(snapbox::str![[r#"
$ fastenr
FASTENR_NOW=2026-03-01T07:00:00Z
FASTENR_USER=ops@example.com
HOME=[DIR]/home
PATH=
PWD=[DIR]
TMPDIR=[DIR]/tmp
TZ=UTC
XDG_CACHE_HOME=[DIR]/home/.cache
XDG_CONFIG_HOME=[DIR]/home/.config
XDG_DATA_HOME=[DIR]/home/.local/share
XDG_RUNTIME_DIR=[DIR]/home/.run
XDG_STATE_HOME=[DIR]/home/.local/state
-- exit 0

"#]]);
    Ok(())
}

fn signals_reach_the_command() -> Result<()> {
    // A shell can't trap what it inherits as ignored, as INT is where the tests run in the background.
    let script = "trap 'echo rolled back; exit 143' TERM; echo ready; while :; do sleep 0.01; done";
    let fastenr = stand_in(Fastenr::without_database(), script)?;

    let mut ended = fastenr.args(["recompute"]).spawn();
    ended.wait_for("ready");
    ended.kill(Signal::Terminate);
    assert_eq!(ended.wait().code(143).stdout, "ready\nrolled back\n");

    let mut killed = fastenr.args(["recompute"]).spawn();
    killed.wait_for("ready");
    killed.kill(Signal::Kill);
    assert_eq!(killed.wait().code(137).stdout, "ready\n");
    Ok(())
}

fn a_command_has_a_time_limit() -> Result<()> {
    let fastenr = stand_in(Fastenr::without_database(), "echo started; exec sleep 60")?;
    let call = fastenr.args(["serve"]).time_limit(Duration::from_millis(300));
    let stuck = panic::catch_unwind(AssertUnwindSafe(|| call.run()));
    let message = stuck.err().and_then(|panic| panic.downcast::<String>().ok()).unwrap_or_default();
    assert!(message.starts_with("fastenr serve was killed after 300ms"), "{message}");
    assert!(message.contains("started"), "{message}");
    Ok(())
}

fn redactions() -> Result<()> {
    let seen =
        "0198a3c4-0000-7000-8000-0000000000aa 0198A3C4-0000-7000-8000-0000000000AA 0198a3c4-0000-7000-8000-0000000000bb
fastenr 0.2.0 on http://127.0.0.1:40123
12 accounts in 3 s, 1.5s, 12 ms, \"duration_ms\": 7
--lock-timeout 60s, arr 1200.50, 2026-03-01";
    snapbox::assert_data_eq!(
        cli::redact_volatile(seen),
        snapbox::str![[r#"
[UUID-1] [UUID-1] [UUID-2]
fastenr [VERSION] on http://127.0.0.1:[PORT]
12 accounts in [ELAPSED], [ELAPSED], [ELAPSED], "duration_ms": [ELAPSED]
--lock-timeout 60s, arr 1200.50, 2026-03-01
"#]]
    );
    Ok(())
}
