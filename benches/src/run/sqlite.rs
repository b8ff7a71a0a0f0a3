//! SQLite: each side a file of its own; the reference is the sqlite3 shell.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::NaiveDate;

use super::book::Files;
use super::engine::{Engine, Load, Side};
use super::process::{Step, say, settle};
use super::recompute::dense_metrics;
use super::tools::Tools;
use crate::generate::{HEADER, METRICS_HEADER};

pub(crate) struct Sqlite {
    folder: PathBuf,
    accounts: PathBuf,
    metrics: PathBuf,
    /// The columns of the exported tables, identifiers in a form that can be read.
    account_columns: String,
    metric_columns: String,
}

/// As safe as fastenr's own connection, with a page cache of 64 MiB.
const PRAGMAS: &str = "pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -65536;";

impl Sqlite {
    pub(crate) fn prepare(tools: &Tools, files: &Files, folder: &Path) -> Result<Self> {
        say("SQLite: an empty book");
        let mut this = Self {
            folder: folder.to_owned(),
            accounts: files.accounts.clone(),
            metrics: files.metrics.clone(),
            account_columns: String::new(),
            metric_columns: String::new(),
        };
        let template = format!("sqlite://{}", this.template().display());
        tools.fastenr(&template, ["db", "migrate", "-q"]).run()?;
        tools.fastenr(&template, ["users", "import", "--yes", "-q"]).arg(&files.users).run()?;
        checkpoint(&this.template())?;
        this.account_columns = columns(&this.template(), Load::Accounts)?;
        this.metric_columns = columns(&this.template(), Load::Metrics)?;
        Ok(this)
    }

    fn template(&self) -> PathBuf {
        self.folder.join("template.db")
    }

    fn file(&self, side: Side) -> PathBuf {
        self.folder.join(if side == Side::Ours { "ours.db" } else { "reference.db" })
    }
}

impl Engine for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn fresh(&mut self, side: Side) -> Result<()> {
        let file = self.file(side);
        for part in ["", "-wal", "-shm"] {
            let path = PathBuf::from(format!("{}{part}", file.display()));
            if path.exists() {
                fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
            }
        }
        fs::copy(self.template(), &file).with_context(|| format!("making {}", file.display()))?;
        Ok(())
    }

    fn keep(&mut self) -> Result<()> {
        let file = self.file(Side::Ours);
        checkpoint(&file)?;
        fs::copy(&file, self.template()).with_context(|| format!("copying {}", file.display()))?;
        Ok(())
    }

    fn url(&self, side: Side) -> String {
        format!("sqlite://{}", self.file(side).display())
    }

    fn derive(&mut self, _load: Load) -> Result<()> {
        // The reference reads fastenr's own file.
        Ok(())
    }

    fn reference_import(&self, load: Load) -> Step {
        let (file, header, insert) = match load {
            Load::Accounts => (&self.accounts, HEADER.join(", "), INSERT.to_owned()),
            Load::Metrics => (&self.metrics, METRICS_HEADER.join(", "), insert_metrics()),
        };
        shell(&self.file(Side::Reference))
            .arg(PRAGMAS)
            .arg(format!("create temp table staging ({header})"))
            .arg(format!(".import --csv --skip 1 \"{}\" staging", file.display()))
            .arg(insert)
    }

    fn reference_export(&self, load: Load, file: &Path) -> Step {
        let columns = if load == Load::Metrics { &self.metric_columns } else { &self.account_columns };
        let select = format!("select {columns} from {}", load.table());
        Step::new("sqlite3").args(["-batch", "-csv", "-header"]).arg(self.file(Side::Ours)).arg(select).into_file(file)
    }

    fn reference_names(&self) -> (&'static str, &'static str) {
        ("`.import` + `INSERT … SELECT`", "`sqlite3 -csv`")
    }

    fn targets(&self) -> (f64, f64) {
        (1.5, 2.0)
    }

    fn statement(&self, sql: &str) -> Step {
        shell(&self.file(Side::Ours)).arg(PRAGMAS).arg(sql)
    }

    fn dense_metrics(&self, days: u64, last: NaiveDate) -> String {
        dense_metrics(
            "a.rowid * 31 + d.age * 17",
            &format!(
                "with recursive d (age) as (select 0 union all select age + 1 from d where age + 1 < {days}) insert into"
            ),
            "randomblob(16)",
            &format!("date('{last}', '-' || d.age || ' days')"),
            "'2026-06-15T00:00:00.000000Z'",
        )
    }

    fn count(&self, side: Side, load: Load) -> Result<u64> {
        let done = shell(&self.file(side)).arg(format!("select count(*) from {}", load.table())).run()?;
        done.stdout.trim().parse().context("counting the rows")
    }

    fn settle(&self) -> Result<()> {
        settle();
        Ok(())
    }

    fn housekeeping(&self) -> Result<()> {
        Ok(())
    }
}

/// All of it in the one file, so that a copy of that file is a copy of the database.
fn checkpoint(file: &Path) -> Result<()> {
    shell(file).arg("pragma wal_checkpoint(truncate)").run().map(drop)
}

fn columns(file: &Path, load: Load) -> Result<String> {
    let select = format!(
        "select group_concat(case type when 'BLOB' then 'hex(' || name || ') as ' || name else name end, ', ') \
         from pragma_table_info('{}')",
        load.table()
    );
    let done = shell(file).arg(select).run()?;
    Ok(done.stdout.lines().last().with_context(|| format!("the table {} has no columns", load.table()))?.to_owned())
}

/// The metrics likewise: accounts by their external id, an empty cell as no value, percentages and hours in hundredths.
fn insert_metrics() -> String {
    let values: Vec<String> = METRICS_HEADER[2..]
        .iter()
        .map(|column| match *column {
            "sentiment" | "sentiment_reason" => format!("nullif(s.{column}, '')"),
            "feature_adoption_score" | "training_completion_rate" | "resolution_hours" | "csat" => {
                format!("case s.{column} when '' then null else cast(round(s.{column} * 100) as integer) end")
            }
            _ => format!("case s.{column} when '' then null else cast(s.{column} as integer) end"),
        })
        .collect();
    format!(
        "insert into health_metrics (organization_id, id, account_id, metric_date, {}, created_at, updated_at) \
         select o.id, cast(printf('%016d', s.rowid) as blob), a.id, s.metric_date, {}, \
         '2026-06-15T00:00:00.000000Z', '2026-06-15T00:00:00.000000Z' \
         from temp.staging s cross join organizations o \
         join accounts a on a.organization_id = o.id and a.external_key = s.account",
        METRICS_HEADER[2..].join(", "),
        values.join(", ")
    )
}

fn shell(file: &Path) -> Step {
    Step::new("sqlite3").args(["-batch", "-bail"]).arg(file)
}

/// What a person would write who has nothing but the shell: no check beyond those of the table, no journal, no undo.
/// Ids rise with the rows, as fastenr's do.
const INSERT: &str = "\
    insert into accounts (organization_id, id, external_id, external_key, name, name_key, domain, industry, size, \
      status, status_source, arr, owner_id, contract_start, contract_end, auto_renew, renewal_stage, seats, tags, \
      custom_fields, created_at, updated_at) \
    select o.id, cast(printf('%016d', s.rowid) as blob), s.external_id, s.external_id, s.name, lower(s.name), \
      nullif(s.domain, ''), nullif(s.industry, ''), nullif(s.size, ''), s.status, 'import', \
      case s.arr when '' then null else cast(round(s.arr * 100) as integer) end, u.id, \
      nullif(s.contract_start, ''), nullif(s.contract_end, ''), \
      case s.auto_renew when 'true' then 1 when 'false' then 0 end, nullif(s.renewal_stage, ''), \
      case s.seats when '' then null else cast(s.seats as integer) end, \
      case s.tags when '' then '[]' else '[\"' || replace(s.tags, ', ', '\",\"') || '\"]' end, \
      case s.custom_fields when '' then '{}' else s.custom_fields end, \
      '2026-06-15T00:00:00.000000Z', '2026-06-15T00:00:00.000000Z' \
    from temp.staging s cross join organizations o \
    left join users u on u.organization_id = o.id and u.email = s.owner";
