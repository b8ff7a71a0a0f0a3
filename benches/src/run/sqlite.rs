//! SQLite: each side a file of its own; the reference is the sqlite3 shell.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::book::Files;
use super::engine::{Engine, Side};
use super::process::{Step, say, sync};
use super::tools::Tools;
use crate::generate::HEADER;

pub(crate) struct Sqlite {
    folder: PathBuf,
    accounts: PathBuf,
    /// The columns of the exported table, identifiers in a form that can be read.
    columns: String,
}

/// As safe as fastenr's own connection, with a page cache of 64 MiB.
const PRAGMAS: &str = "pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -65536;";

impl Sqlite {
    pub(crate) fn prepare(tools: &Tools, files: &Files, folder: &Path) -> Result<Self> {
        say("SQLite: an empty book");
        let mut this = Self { folder: folder.to_owned(), accounts: files.accounts.clone(), columns: String::new() };
        let template = format!("sqlite://{}", this.template().display());
        tools.fastenr(&template, ["db", "migrate", "-q"]).run()?;
        tools.fastenr(&template, ["users", "import", "--yes", "-q"]).arg(&files.users).run()?;
        // All of it in the one file, so that a copy of that file is a copy of the database.
        let done = shell(&this.template())
            .arg("pragma wal_checkpoint(truncate)")
            .arg(
                "select group_concat(case type when 'BLOB' then 'hex(' || name || ') as ' || name else name end, ', ') \
                 from pragma_table_info('accounts')",
            )
            .run()?;
        this.columns = done.stdout.lines().last().context("the table accounts has no columns")?.to_owned();
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

    fn url(&self, side: Side) -> String {
        format!("sqlite://{}", self.file(side).display())
    }

    fn derive(&mut self) -> Result<()> {
        // The reference reads fastenr's own file.
        Ok(())
    }

    fn reference_import(&self) -> Step {
        shell(&self.file(Side::Reference))
            .arg(PRAGMAS)
            .arg(format!("create temp table staging ({})", HEADER.join(", ")))
            .arg(format!(".import --csv --skip 1 \"{}\" staging", self.accounts.display()))
            .arg(INSERT)
    }

    fn reference_export(&self, file: &Path) -> Step {
        let select = format!("select {} from accounts", self.columns);
        Step::new("sqlite3").args(["-batch", "-csv", "-header"]).arg(self.file(Side::Ours)).arg(select).into_file(file)
    }

    fn reference_names(&self) -> (&'static str, &'static str) {
        ("`.import` + `INSERT … SELECT`", "`sqlite3 -csv`")
    }

    fn targets(&self) -> (f64, f64) {
        (1.5, 2.0)
    }

    fn count(&self, side: Side) -> Result<u64> {
        let done = shell(&self.file(side)).arg("select count(*) from accounts").run()?;
        done.stdout.trim().parse().context("counting the accounts")
    }

    fn settle(&self) -> Result<()> {
        sync();
        Ok(())
    }

    fn housekeeping(&self) -> Result<()> {
        Ok(())
    }
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
