//! What several of these tests need: a filled database, files to import, a look past the command.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fastenr_tests::cli::{Fastenr, Output, binary};
use fastenr_tests::harness::{Backend, Kind};
use serde_json::Value as Json;
use sqlx::{Connection, PgConnection, SqliteConnection};
use uuid::Uuid;

/// The command on a database that is ready.
pub(super) fn migrated(backend: &Backend) -> Fastenr {
    Fastenr::new(backend)
}

/// Five accounts, two owners, each field that a list shows in more than one state.
pub(super) fn with_accounts(backend: &Backend) -> Fastenr {
    let fastenr = migrated(backend);
    let users = "email,name\njo@example.com,Jo Doe\nann@example.com,Ann Lee\n";
    fastenr.args(["users", "import", "-", "--key", "email"]).stdin(users).run().ok();
    let accounts = "\
external_id,name,domain,status,arr,owner,contract_end,size,industry,tags,custom.tier,created_at
A-1,Acme,acme.example,active,1200000,jo@example.com,2026-12-31,enterprise,Retail,\"vip, emea\",gold,2024-01-01T00:00:00Z
A-2,Bolt & Sons,bolt.example,at_risk,50000.50,ann@example.com,2026-04-15,small,Retail,,,2024-01-02T00:00:00Z
A-3,Cobalt,,onboarding,,jo@example.com,,startup,,,silver,2024-01-03T00:00:00Z
A-4,Delta Air,delta.example,churned,0,,2025-06-30,medium,Travel,,,2024-01-04T00:00:00Z
A-5,Éclair,eclair.example,at_risk,99.99,,2026-03-20,,Food,emea,,2024-01-05T00:00:00Z
";
    fastenr.args(["accounts", "import", "-"]).stdin(accounts).run().ok();
    fastenr
}

pub(super) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

/// Copies an example to where the command works, so that it is called by its bare name.
pub(super) fn copy_example(fastenr: &Fastenr, name: &str) -> Result<()> {
    let path = example(name);
    fastenr.write(path.file_name().unwrap_or_default(), fs::read(&path)?);
    Ok(())
}

/// A script that calls the command as `"$FASTENR"`, for what only a shell can arrange.
pub(super) fn shell(fastenr: &Fastenr, script: &str) -> Output {
    let binary = binary().expect("the command is built");
    fastenr.clone().program("/bin/sh").env("FASTENR", binary).args(["-c", script]).run()
}

/// `external_id`s from `first` on, each row with this ARR.
pub(super) fn book(first: usize, rows: usize, arr: usize) -> String {
    let mut text = String::from("external_id,name,status,arr,contract_end,tags\n");
    for n in first..first + rows {
        let _ = writeln!(text, "B-{n:07},Customer number {n} Ltd,active,{arr},2027-01-31,\"bulk, {}\"", n % 7);
    }
    text
}

/// What `accounts list` counts.
pub(super) fn total(fastenr: &Fastenr) -> u64 {
    let output = fastenr.args(["accounts", "list", "-o", "json", "--limit", "1"]).run().ok();
    output.json()["total"].as_u64().expect("a list has a total")
}

/// Every account in every field that an export has but the id, in the order of the external ids.
pub(super) fn content(fastenr: &Fastenr) -> Vec<Json> {
    let mut accounts = fastenr.args(["accounts", "export", "-o", "jsonl"]).run().ok().jsonl();
    for account in &mut accounts {
        account.as_object_mut().expect("an account is an object").remove("id");
    }
    accounts.sort_by_key(|account| account["external_id"].to_string());
    accounts
}

/// The numbers of a ledger: rows, created, updated, unchanged, skipped, rejected; they add up.
#[track_caller]
pub(super) fn ledger(report: &Json) -> [u64; 6] {
    let names = ["rows", "created", "updated", "unchanged", "skipped", "rejected"];
    let numbers = names.map(|name| report[name].as_u64().unwrap_or_else(|| panic!("no {name} in {report}")));
    assert_eq!(numbers[0], numbers[1..].iter().sum::<u64>(), "the ledger does not add up: {report}");
    numbers
}

/// A connection past the command.
pub(super) enum Direct {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Direct {
    pub(super) async fn open(backend: &Backend) -> Result<Self> {
        Ok(match backend.kind {
            Kind::Sqlite => Self::Sqlite(SqliteConnection::connect(&backend.url).await?),
            Kind::Postgres => Self::Postgres(PgConnection::connect(&backend.url).await?),
        })
    }

    pub(super) async fn execute(&mut self, sql: String) -> Result<()> {
        let sql = sqlx::AssertSqlSafe(sql);
        match self {
            Self::Sqlite(connection) => {
                sqlx::query(sql).execute(connection).await?;
            }
            Self::Postgres(connection) => {
                sqlx::query(sql).execute(connection).await?;
            }
        }
        Ok(())
    }

    /// A whole number.
    pub(super) async fn number(&mut self, sql: &str) -> Result<i64> {
        let sql = sqlx::AssertSqlSafe(sql);
        Ok(match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await?,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await?,
        })
    }

    /// Takes the place among the writers that a bulk write takes, until dropped.
    pub(super) async fn hold_lock(backend: &Backend) -> Result<Self> {
        let mut direct = Self::open(backend).await?;
        match &mut direct {
            Self::Sqlite(connection) => {
                sqlx::query("begin immediate").execute(connection).await?;
            }
            Self::Postgres(connection) => {
                let organization: Uuid = sqlx::query_scalar("select id from organizations where slug = 'default'")
                    .fetch_one(&mut *connection)
                    .await?;
                let key = i64::from_be_bytes(organization.as_bytes()[8..].try_into()?);
                sqlx::query("begin").execute(&mut *connection).await?;
                sqlx::query("select pg_advisory_xact_lock($1)").bind(key).execute(connection).await?;
            }
        }
        Ok(direct)
    }

    pub(super) async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }

    /// Waits until the database has seen the end of every command: PostgreSQL goes on for a while after a client's death.
    pub(super) async fn settle(&mut self) -> Result<()> {
        let started = Instant::now();
        while let Self::Postgres(_) = self {
            let clients = "select count(*) from pg_stat_activity \
                           where application_name = 'fastenr' and datname = current_database()";
            if self.number(clients).await? == 0 {
                break;
            }
            ensure!(started.elapsed() < Duration::from_secs(30), "the server still serves a dead client");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}
