//! `fastenr users deactivate`

use std::path::{Path, PathBuf};

use fastenr_core::import::source::Source;
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::ops::handover::{self, DeactivationOutcome, NewOwners, Share};
use fastenr_core::view::user;
use fastenr_core::{Error, Result};

use super::update::tell_teams;
use crate::app::App;
use crate::commands::{counted, grouped};
use crate::exit::{self, Code};
use crate::output::{Paging, Record};
use crate::printer::NoTerminal;

/// Deactivate a user and reassign their accounts, engagements and alerts, in one operation.
///
/// Accounts go to the new owner that you name. Scheduled engagements that are not completed, open tasks, and open alerts that
/// the user acknowledged or snoozed, go to the new owner of their account. Those of other accounts go to --reassign-to; without
/// it they stay.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr users deactivate jo@example.com --reassign-to ann@example.com --dry-run
  fastenr users deactivate jo@example.com --reassign-file accounts.csv
  fastenr users deactivate jo@example.com --reassign-file accounts.csv --reassign-to ann@example.com")]
pub(crate) struct Args {
    /// User: e-mail address, id, external id or unique name.
    #[arg(value_name = "USER")]
    pub who: String,

    /// New owner of everything, or of everything that --reassign-file does not list.
    #[arg(long, value_name = "USER")]
    pub reassign_to: Option<String>,

    /// New owner per account: a file, or - for stdin, with the columns account (external id or id) and owner.
    ///
    /// The file must list every account that the user owns, except archived ones, unless --reassign-to sets the owner of
    /// the rest.
    #[arg(long, value_name = "FILE")]
    pub reassign_file: Option<PathBuf>,

    /// Preview who would get what, without saving.
    #[arg(long)]
    pub dry_run: bool,
}

struct Shown<'s>(&'s Share);

impl Record for Shown<'_> {
    fn value(&self, field: &Field) -> Value {
        user::share(self.0, field)
    }

    fn title(&self) -> String {
        self.0.owner.email.clone()
    }
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let file = match &args.reassign_file {
        Some(file) => Some(open(file).await?),
        None => None,
    };
    let new_owners = NewOwners { rest: args.reassign_to, file };
    let context = app.context().await?;
    if !args.dry_run {
        let foreseen = handover::deactivate(&context, &args.who, &new_owners, true).await?;
        let moving = moved(&foreseen);
        if foreseen.shares.iter().map(Share::records).sum::<u64>() > 1 {
            let question = format!("Deactivate {} and reassign {moving}?", foreseen.user.email);
            app.printer.confirm(question, NoTerminal::Refuse)?;
        }
    }
    let done = handover::deactivate(&context, &args.who, &new_owners, args.dry_run).await?;
    let rows: Vec<Shown> = done.shares.iter().map(Shown).collect();
    let fields: Vec<&'static Field> = user::SHARE_FIELDS.iter().collect();
    app.show_all(&fields, &rows, Paging::whole(rows.len() as u64))?;
    app.printer.finish()?;
    told(app, &done, &new_owners, args.dry_run);
    tell_teams(app, &context, &done.user).await?;
    Ok(exit::DONE)
}

/// Stdin is first copied to a temporary file on another thread, so that a signal does not wait for its end.
async fn open(file: &Path) -> Result<Source> {
    if file != Path::new("-") {
        return Source::open(file);
    }
    let spooled = tokio::task::spawn_blocking(|| Source::spool("stdin", std::io::stdin().lock())).await;
    spooled.map_err(|error| Error::io("reading stdin", std::io::Error::other(error)))?
}

/// `12 accounts, 3 engagements, 1 alert`.
fn listed(counts: [u64; 4]) -> String {
    let names = [
        ("account", "accounts"),
        ("scheduled engagement", "scheduled engagements"),
        ("alert", "alerts"),
        ("open task", "open tasks"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .zip(names)
        .filter(|(count, _)| *count > 0)
        .map(|(count, (one, many))| counted(count, one, many))
        .collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}

fn moved(done: &DeactivationOutcome) -> String {
    let sum = |of: fn(&Share) -> u64| done.shares.iter().map(of).sum();
    listed([
        sum(|share| share.accounts),
        sum(|share| share.engagements),
        sum(|share| share.alerts),
        sum(|share| share.tasks),
    ])
}

fn told(app: &mut App, done: &DeactivationOutcome, new_owners: &NewOwners, dry_run: bool) {
    let email = &done.user.email;
    let line = match (done.changed, dry_run) {
        (false, _) => format!("user {email}: nothing to change"),
        (true, true) => format!("would deactivate {email} and reassign {}; dry run, nothing was written", moved(done)),
        (true, false) => format!("deactivated {email}, reassigned {}", moved(done)),
    };
    app.printer.talk(line);
    let staying = done.staying;
    if staying.accounts > 0 {
        let accounts = if staying.accounts == 1 { "archived account stays" } else { "archived accounts stay" };
        app.printer.talk(format_args!("{} {accounts} with {email}", grouped(staying.accounts)));
    }
    if staying.engagements + staying.alerts + staying.tasks > 0 {
        let what = listed([0, staying.engagements, staying.alerts, staying.tasks]);
        let why =
            if new_owners.file.is_some() { "their accounts are not in the file" } else { "no new owner is given" };
        app.printer
            .talk(format_args!("{what} not reassigned: {why}; set an owner for the rest with --reassign-to EMAIL"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(listed([1_200, 1, 0, 0]), "1,200 accounts, 1 scheduled engagement");
        assert_eq!(listed([1, 0, 2, 3]), "1 account, 2 alerts, 3 open tasks");
        assert_eq!(listed([0, 0, 0, 0]), "nothing");
    }
}
