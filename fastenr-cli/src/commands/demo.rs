//! `fastenr demo`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::filter::Page;
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::money::Cents;
use fastenr_core::ops::demo::{self, DemoRequest};
use fastenr_core::ops::{Context, accounts};

use crate::app::App;
use crate::commands::{self, count};
use crate::exit::{self, Code};

/// Accounts that are shown at the end.
const SHOWN: usize = 5;

/// Create demo data: realistic customers with their history, to try things out.
///
/// The data is created in the organization if it has no accounts, otherwise in a new organization `demo`. Companies,
/// contacts, 18 months of contracts, 180 days of usage and tickets, engagements, goals and tasks are imported day by day, each
/// nightly run is executed, and users handle alerts. The data ends today and has scores, alerts and history. The same seed
/// gives the same data.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr --database sqlite://demo.db demo
  fastenr demo --accounts 1000 --seed 7
  fastenr --organization demo accounts list --status at_risk")]
pub(crate) struct Args {
    /// Number of accounts to create, 20 to 1,800.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub accounts: u32,

    /// Seed: another number gives other data.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Nightly runs to execute, 1 to 180: the history of scores begins this many days ago.
    #[arg(long, value_name = "N", default_value_t = 180)]
    pub nights: u32,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let db = app.open(true).await?;
    let (organization, user) = (app.settings.organization.as_deref(), app.settings.user.as_deref());
    let context = demo::place(&db, app.clock(), organization, user).await?;
    let request = DemoRequest { accounts: args.accounts, seed: args.seed, nights: args.nights };
    let bar = app.printer.progress();
    let filled = demo::fill(&context, request, &mut |done, nights| {
        bar.set_length(nights);
        bar.set_position(done);
    })
    .await;
    bar.finish_and_clear();
    filled?;
    show(app, &context).await
}

/// The result, and what to do next.
async fn show(app: &mut App, context: &Context) -> Result<Code> {
    let alerts = demo::first_alerts(context, SHOWN).await?;
    commands::alerts::list::show(app, &alerts)?;

    let one = Page { number: 1, limit: 1 };
    let (_, totals) = accounts::list(context, &Selection::default(), Order::BY_ID, one).await?;
    let slug = &context.organization.slug;
    app.printer.talk(format_args!(
        "demo data in organization {slug}: {}, ARR {} {}",
        count(u64::try_from(totals.count).unwrap_or(0), &ACCOUNT),
        Cents(totals.arr).short(),
        context.organization.currency,
    ));
    let fastenr = command(app, context);
    if let Some(account) = alerts.first().and_then(|alert| alert.account.as_ref()) {
        app.printer.talk(format_args!("Explain the score of an account: {fastenr} health explain {}", account.label()));
    }
    app.printer
        .talk(format_args!("List all accounts at risk: {fastenr} accounts list --status at_risk --sort arr:desc"));
    app.printer.talk(format_args!("Open the dashboard: {fastenr} serve --open"));
    Ok(exit::DONE)
}

/// The command with the options for this database, ready to paste. A server URL may contain a password and is left out.
fn command(app: &App, context: &Context) -> String {
    let mut command = "fastenr".to_owned();
    if let Some(path) = context.db.path().filter(|_| app.settings.database.is_some()) {
        let path = path.display().to_string();
        let quote = if path.contains(char::is_whitespace) { "'" } else { "" };
        command.push_str(&format!(" --database {quote}{path}{quote}"));
    }
    if app.settings.organization.is_some() || context.organization.slug != "default" {
        command.push_str(&format!(" --organization {}", context.organization.slug));
    }
    command
}
