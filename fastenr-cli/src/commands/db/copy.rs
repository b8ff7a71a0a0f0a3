//! `fastenr db copy`

use fastenr_core::Result;
use fastenr_core::ops::copy::{Copied, CopyProgress, CopySource};
use fastenr_core::secret::Secrets;
use fastenr_core::store::{Db, DbOptions};
use indicatif::ProgressBar;
use serde_json::json;

use crate::app::App;
use crate::commands::counted;
use crate::exit::{self, Code};
use crate::output::facts;
use crate::printer;

/// Copy the whole database to another place, between SQLite and PostgreSQL or to the same kind.
///
/// Everything is copied: records, history, scores, alerts, users, API keys, and what an undo needs. The target must be empty or not
/// exist yet. The source can be in use: the copy has its state at one moment. Afterwards the target is read back and compared
/// with the source, table by table. An interrupted copy is refused by every command until it is copied again.
///
/// Programs that follow the activity feed start again in the target: it does not accept positions from the source.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr db copy --from fastenr.db --to postgres://fastenr@db.example/fastenr
  fastenr db copy --from postgres://fastenr@db.example/fastenr --to fastenr.db
  fastenr db copy --from team.db --to one.db --organization emea
  fastenr db copy --to report.db --anonymise")]
pub(crate) struct Args {
    /// Database to copy [default: the database that other commands use].
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,

    /// Empty database to copy into; a SQLite file is created.
    #[arg(long, value_name = "URL")]
    pub to: String,

    /// Replace names, addresses, domains, texts, external ids, tags and custom values, for bug reports and demos.
    ///
    /// Amounts, dates, scores and links stay. docs/moving.md lists what is replaced.
    #[arg(long)]
    pub anonymise: bool,

    /// With --anonymise: the same number gives the same pseudonyms [default: new ones each time]. Keep it secret.
    #[arg(long, value_name = "N", requires = "anonymise")]
    pub seed: Option<u64>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    if args.from.is_some() {
        app.settings.database = args.from;
    }
    let from = app.open(false).await?;
    // A variable for other commands must not make it less than the whole.
    let organization = app.settings.organization.as_deref().filter(|_| app.settings.organization_typed);
    let mut source = CopySource::open(from.clone(), organization).await?;
    if args.anonymise {
        source = source.anonymised(args.seed, Secrets::System)?;
    }
    let to = target(app, &args.to).await?;
    let copied = copy(app, &source, &to).await?;
    show(app, &source, (&from, &to), &copied)
}

/// The database to copy into.
pub(super) async fn target(app: &App, url: &str) -> Result<Db> {
    let options = DbOptions { lock_timeout: app.settings.lock_timeout, create: true, ..DbOptions::default() };
    Db::connect(url, &options).await
}

/// Copies, showing how far it is.
pub(super) async fn copy(app: &App, source: &CopySource, to: &Db) -> Result<Copied> {
    let bar = app.printer.progress();
    let copied = source.copy_into(to, app.clock(), &mut |progress| watch(&bar, progress)).await;
    bar.finish_and_clear();
    let copied = copied.map_err(|error| to.named(error))?;
    // The log is merged into the file, so that the file alone is a full copy.
    to.close().await;
    Ok(copied)
}

fn watch(bar: &ProgressBar, progress: CopyProgress) {
    let (doing, rows, total) = match progress {
        CopyProgress::Writing { rows, total } => ("copying", rows, Some(total)),
        CopyProgress::Indexing => ("building indexes", bar.position(), None),
        CopyProgress::Checking { rows, total } => ("comparing", rows, Some(total)),
    };
    if bar.message() != doing {
        bar.set_message(doing);
        bar.set_style(if total.is_some() { printer::measured() } else { printer::counting() });
        bar.reset_eta();
    }
    if let Some(total) = total {
        bar.set_length(total);
    }
    bar.set_position(rows);
}

/// The result, of each table with rows.
pub(super) fn show(app: &mut App, source: &CopySource, (from, to): (&Db, &Db), copied: &Copied) -> Result<Code> {
    let rows: u64 = copied.tables.iter().map(|(_, digest)| digest.rows).sum();
    let tables: Vec<_> = copied
        .tables
        .iter()
        .map(|(name, digest)| json!({ "table": name, "rows": digest.rows, "sha256": digest.sha256 }))
        .collect();
    let organization = source.organization().map(|organization| organization.slug.clone());
    let what = organization.as_ref().map(|slug| format!(" of the organization {slug}")).unwrap_or_default();
    let (from, to) = (super::place(from), super::place(to));
    app.printer.talk(format_args!(
        "{from} → {to}: {}{what} in {}, compared with the source",
        counted(rows, "row", "rows"),
        counted(tables.len() as u64, "table", "tables"),
    ));
    let mut all = vec![
        ("from", json!(from)),
        ("to", json!(to)),
        ("organization", json!(organization)),
        ("rows", json!(rows)),
        ("feed_epoch", json!(copied.epoch)),
    ];
    if app.settings.output.is_json() {
        all.push(("tables", json!(tables)));
    }
    facts(app, &all)?;
    Ok(exit::DONE)
}
