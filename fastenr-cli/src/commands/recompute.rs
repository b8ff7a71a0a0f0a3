//! `fastenr recompute`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use fastenr_core::ops::scores::{self, Outcome, Request, Run};
use fastenr_core::ops::{Context, accounts, organizations};
use fastenr_core::score::model::{Model, Models};
use fastenr_core::view::health::Recomputed;
use fastenr_core::{Error, Result};
use indicatif::ProgressBar;
use serde_json::json;
use tokio::task::JoinSet;

use crate::app::App;
use crate::commands::grouped;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::facts;
use crate::typed::Since;

/// Score every account (the nightly run).
///
/// Takes the values of goals from the data, scores each account as of today, writes the snapshots of the day, sets the
/// scores of accounts, changes statuses between active and at_risk by the rule of the model, and opens and clears alerts,
/// all in one transaction. A second run on the same day changes nothing. The last line shows the result.
///
/// With --since, missed nightly runs are executed in order, each as of its own day, with its statuses and alerts. Changes
/// that people made in the meantime count from the time of the change. For a day before the last nightly run, only the
/// snapshots of that day are written.
///
/// Alerts from the first run of an organization, a rule or a model are held; see `fastenr alerts list --held`. The last
/// line counts them until they are released.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 3 the guard holds alerts, because a rule would open for more accounts than the model allows or the data looks wrong (a
feed that stopped, a feed with only zeros, a file with less than half of the rows of the previous one); see `fastenr alerts release`.
6 another recompute of the organization is running.

Examples:
  fastenr recompute
  fastenr recompute --since 7d --all-organizations
  fastenr recompute --all-organizations --jobs 4
  fastenr recompute --account Acme --dry-run -o json")]
pub(crate) struct Args {
    /// Score as of this day [default: today].
    #[arg(long, value_name = "DATE", conflicts_with = "since")]
    pub as_of: Option<Since>,

    /// Run the nights that were missed since this day, in order, then today: such as 7d, monday or 2026-03-01; see `fastenr
    /// help dates`.
    #[arg(long, value_name = "DATE")]
    pub since: Option<Since>,

    /// Score only this account (repeat for more).
    #[arg(long = "account", value_name = "ACCOUNT", conflicts_with = "all_organizations")]
    pub accounts: Vec<String>,

    /// Score all organizations in the database, each in its own transaction; a failure does not stop the others.
    #[arg(long)]
    pub all_organizations: bool,

    /// With --all-organizations: how many are scored at the same time. Each needs as much memory as one alone; on SQLite their
    /// writes wait for each other.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "all_organizations",
          value_parser = clap::value_parser!(u32).range(1..=64))]
    pub jobs: u32,

    /// Score with this model instead of those in use; see `fastenr model`.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,
}

/// The outcome of one organization and day.
struct DayOutcome {
    organization: String,
    outcome: Outcome,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let models = match &args.model {
        Some(path) => {
            let doing = |error| Error::io(format_args!("reading {}", path.display()), error);
            let text = std::fs::read_to_string(path).map_err(doing)?;
            Some(Arc::new(Models::new([Model::parse(&text)?])))
        }
        None => None,
    };
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    if args.all_organizations {
        if args.jobs > 1 {
            // Each holds one, which is at most a fourth of them.
            app.connections = Some(4 * args.jobs);
        }
        (done, failed) = all(app, &args, models).await?;
    } else {
        let context = app.context().await?;
        let night = Night::prepare(app, context, &args, models).await?;
        let scored = night.score().await;
        done.extend(scored.days);
        if let Some(error) = scored.error {
            return Err(error);
        }
    }
    show(app, &args, &done)?;
    app.printer.finish()?;
    let several = args.all_organizations || done.len() > 1;
    let tried = if args.dry_run { " (dry run: nothing was written)" } else { "" };
    for DayOutcome { organization, outcome } in &done {
        let whose = if several { format!("{organization}: ") } else { String::new() };
        app.printer.talk(format_args!("{whose}{}, in {:.1} s{tried}", outcome.summary(), outcome.seconds));
    }
    if let Some((slug, error)) = failed.into_iter().next() {
        let units = done.iter().map(|done| done.organization.as_str()).collect::<Vec<_>>().join(", ");
        let units = if units.is_empty() { "none".to_owned() } else { units };
        let message = format!("{slug}: {}; done: {units}", error.message);
        return Err(Error::new(error.kind, error.code, message).because(error));
    }
    // Only the last night of each organization counts: a later night may have released alerts.
    let mut last: BTreeMap<&str, &Outcome> = BTreeMap::new();
    last.extend(done.iter().map(|done| (done.organization.as_str(), &done.outcome)));
    let held = last.values().any(|outcome| outcome.is_guarded());
    Ok(if held { exit::REJECTED } else { exit::DONE })
}

/// Every organization, as many at once as is asked for: what was done, and which failed, in the order of the organizations.
async fn all(
    app: &mut App,
    args: &Args,
    models: Option<Arc<Models>>,
) -> Result<(Vec<DayOutcome>, Vec<(String, Error)>)> {
    let db = app.db().await?;
    let organizations = organizations::list(&db).await?;
    let slugs: Vec<String> = organizations.into_iter().map(|organization| organization.slug).collect();
    let mut scored: BTreeMap<usize, Scored> = BTreeMap::new();
    let mut waiting = slugs.iter().enumerate();
    let mut running = JoinSet::new();
    loop {
        while running.len() < args.jobs as usize {
            let Some((place, slug)) = waiting.next() else { break };
            let user = app.settings.user.clone();
            let night = match Context::open(db.clone(), app.clock(), Some(slug), user.as_deref()).await {
                Ok(context) => Night::prepare(app, app.typed(context)?, args, models.clone()).await,
                Err(error) => Err(error),
            };
            match night {
                Ok(night) => drop(running.spawn(async move { (place, night.score().await) })),
                Err(error) => drop(scored.insert(place, Scored { days: Vec::new(), error: Some(error) })),
            }
        }
        let Some(ended) = running.join_next().await else { break };
        let (place, outcome) = ended.map_err(|error| Error::io("scoring", std::io::Error::other(error)))?;
        scored.insert(place, outcome);
    }
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (place, Scored { days, error }) in scored {
        done.extend(days);
        if let Some(error) = error {
            app.printer.warn(format_args!("{}: {error}", slugs[place]));
            failed.push((slugs[place].clone(), error));
        }
    }
    Ok((done, failed))
}

/// What is to be scored of one organization.
struct Night {
    context: Context,
    days: Vec<NaiveDate>,
    /// Of each of the days.
    request: Request,
    bar: ProgressBar,
}

/// The days that were scored, and what ended them early.
struct Scored {
    days: Vec<DayOutcome>,
    error: Option<Error>,
}

impl Night {
    async fn prepare(app: &App, context: Context, args: &Args, models: Option<Arc<Models>>) -> Result<Self> {
        let mut accounts = Vec::new();
        for name in &args.accounts {
            accounts.push(accounts::get(&context, name).await?.id);
        }
        let days = match &args.since {
            Some(since) => scores::missed(&context, since.day(&context, "since")?).await?,
            None => match &args.as_of {
                Some(day) => vec![day.day(&context, "as-of")?],
                None => vec![context.today()],
            },
        };
        // Of several bars at once each would overwrite the others.
        let bar = if args.jobs > 1 { ProgressBar::hidden() } else { app.printer.progress() };
        let request = Request { accounts, models, dry_run: args.dry_run, ..Request::default() };
        Ok(Self { context, days, request, bar })
    }

    /// Day by day.
    async fn score(self) -> Scored {
        let mut days = Vec::new();
        let error = self.score_days(&mut days).await.err();
        self.bar.finish_and_clear();
        Scored { days, error }
    }

    async fn score_days(&self, done: &mut Vec<DayOutcome>) -> Result<()> {
        let mut run = Run::begin(&self.context).await?;
        let mut ended = Ok(());
        for day in &self.days {
            let request = Request { as_of: Some(*day), ..self.request.clone() };
            match run.day(&self.context, &request, &mut |accounts| self.bar.inc(accounts)).await {
                Ok(outcome) => done.push(DayOutcome { organization: self.context.organization.slug.clone(), outcome }),
                Err(error) => {
                    ended = Err(error);
                    break;
                }
            }
        }
        run.end().await;
        ended
    }
}

fn recomputed(done: &DayOutcome, several: bool) -> Recomputed {
    Recomputed { outcome: done.outcome.clone(), organization: several.then(|| done.organization.clone()) }
}

fn show(app: &mut App, args: &Args, done: &[DayOutcome]) -> Result<()> {
    let several = args.all_organizations || args.since.is_some();
    match app.settings.output {
        Format::Json if several => {
            let all: Vec<Recomputed> = done.iter().map(|done| recomputed(done, true)).collect();
            app.printer.json(&all)
        }
        Format::Json | Format::Jsonl => done.iter().try_for_each(|done| app.printer.json(&recomputed(done, several))),
        Format::Csv | Format::Table => done.iter().try_for_each(|DayOutcome { outcome, .. }| {
            let number = |number: u64| match app.settings.output {
                Format::Csv => json!(number),
                _ => json!(grouped(number)),
            };
            let mut rows = vec![
                ("as_of", json!(outcome.as_of)),
                ("accounts", number(outcome.accounts)),
                ("scored", number(outcome.scored)),
                ("changed", number(outcome.changed)),
            ];
            rows.extend(outcome.bands.iter().map(|(band, count)| (*band, number(*count))));
            rows.extend([
                ("moved_up", number(outcome.moved.up)),
                ("moved_down", number(outcome.moved.down)),
                ("status_changes", number(outcome.status_changes)),
                ("alerts_opened", number(outcome.alerts_opened)),
                ("alerts_cleared", number(outcome.alerts_cleared)),
                ("alerts_held", number(outcome.alerts_held)),
                ("doubts", json!(outcome.doubts.join(", "))),
                ("model", json!(outcome.model)),
                ("operation", json!(outcome.operation)),
            ]);
            facts(app, &rows)
        }),
    }
}
