//! `fastenr demo`

use std::collections::HashSet;

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::alert::{AlertFilter, AlertSort, AlertState};
use fastenr_core::model::filter::{AccountFilter, AccountSort, Page};
use fastenr_core::money::Cents;
use fastenr_core::ops::demo::{self, DemoRequest};
use fastenr_core::ops::organizations::{self, OrganizationChange};
use fastenr_core::ops::{Context, accounts, admin, alerts};
use fastenr_core::score::alerts::Severity;

use crate::app::App;
use crate::commands::{self, count};
use crate::exit::{self, Code};

/// Accounts that are shown in the end.
const SHOWN: usize = 5;

/// Create a demo book: believable customers with their history, to look at and to try things on.
///
/// It goes into the organization if that has no accounts, else into a new organization `demo`. Companies, contacts, 18 months of
/// contracts, 180 days of usage and tickets, engagements and goals are imported day by day, each night is run, and people see
/// to alerts. The book ends today, so scores, alerts and history have something to show. Equal seeds make equal books.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr --database sqlite://demo.db demo
  fastenr demo --accounts 1000 --seed 7
  fastenr --organization demo accounts list --status at_risk")]
pub(crate) struct Args {
    /// Accounts to create, 20 to 1,800.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub accounts: u32,

    /// Another number makes another book.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Nights to run, 1 to 180: the history of scores begins so many days ago.
    #[arg(long, value_name = "N", default_value_t = 180)]
    pub nights: u32,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = chosen(app).await?;
    let request = DemoRequest { accounts: args.accounts, seed: args.seed, nights: args.nights };
    let bar = app.printer.progress();
    let filled = demo::fill(&context, request, &mut |day, days| {
        bar.set_length(days);
        bar.set_position(day);
    })
    .await;
    bar.finish_and_clear();
    filled?;
    show(app, &context).await
}

/// The organization that is meant, or a new one where that has accounts and none was named.
async fn chosen(app: &mut App) -> Result<Context> {
    // Often it is the first command: an empty database is made ready.
    let db = app.open(true).await?;
    if admin::status(&db).await?.is_empty() {
        admin::migrate(&db, app.clock()).await?;
    }
    let (organization, user) = (app.settings.organization.as_deref(), app.settings.user.as_deref());
    let context = Context::open(db.clone(), app.clock(), organization, user).await?;
    if app.settings.organization.is_some() || !accounts::any(&context).await? {
        return Ok(context);
    }
    let slug = "demo";
    if !organizations::list(&db).await?.iter().any(|organization| organization.slug == slug) {
        let change = OrganizationChange { slug: Some(slug.to_owned()), ..OrganizationChange::default() };
        organizations::create(&db, app.clock(), &change, &context.user.email, &context.user.name, false).await?;
    }
    Context::open(db, app.clock(), Some(slug), None).await
}

/// The alerts with the most ARR at stake, one an account, and what to do next.
async fn show(app: &mut App, context: &Context) -> Result<Code> {
    let filter = AlertFilter {
        states: vec![AlertState::Open],
        severities: vec![Severity::Critical],
        sort: AlertSort::Arr,
        ..AlertFilter::default()
    };
    let mut seen = HashSet::new();
    let mut alerts = alerts::all(context, &filter).await?;
    alerts.retain(|alert| alert.account.as_ref().is_some_and(|account| seen.insert(account.id)));
    alerts.truncate(SHOWN);
    commands::alerts::list::show(app, &alerts)?;

    let one = Page { number: 1, limit: 1 };
    let (_, totals) = accounts::list(context, &AccountFilter::default(), AccountSort::default(), one).await?;
    let slug = &context.organization.slug;
    app.printer.talk(format_args!(
        "demo book in organization {slug}: {}, ARR {} {}",
        count(u64::try_from(totals.count).unwrap_or(0), &ACCOUNT),
        Cents(totals.arr).short(),
        context.organization.currency,
    ));
    let fastenr = command(app, context);
    if let Some(account) = alerts.first().and_then(|alert| alert.account.as_ref()) {
        app.printer.talk(format_args!("why is it at risk: {fastenr} health explain {}", account.label()));
    }
    app.printer.talk(format_args!("who else: {fastenr} accounts list --status at_risk --sort arr:desc"));
    app.printer.talk(format_args!("over HTTP: {fastenr} serve"));
    Ok(exit::DONE)
}

/// How the book is asked for, to be pasted. The address of a server may hold a password, and is left out.
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
