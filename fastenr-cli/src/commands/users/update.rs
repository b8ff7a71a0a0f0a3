//! `fastenr users update`

use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::team::TEAM;
use fastenr_core::model::user::{USER, User};
use fastenr_core::ops::{Context, lists, selection, users};
use fastenr_core::{Error, Result};

use crate::app::App;
use crate::commands::written::{self, UPDATE};
use crate::commands::{count, pair};
use crate::exit::Code;

/// Update, deactivate or reactivate a user.
///
/// A deactivated user can't act and can't own accounts; `fastenr users deactivate` reassigns the accounts.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr users update jo@example.com --role admin
  fastenr users update 'Jo Doe' --email jo.doe@example.com
  fastenr users update jo@example.com --deactivate")]
pub(crate) struct Args {
    /// User: e-mail address, id, external id or unique name.
    #[arg(value_name = "USER")]
    pub who: String,

    /// New e-mail address.
    #[arg(long, value_name = "EMAIL")]
    pub email: Option<String>,

    /// New name.
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,

    /// Role: read, write or admin.
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,

    /// New external id: the id in the source system.
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,

    /// Set any field by its name.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,

    /// Clear a field.
    #[arg(long, value_name = "FIELD")]
    pub unset: Vec<String>,

    /// Deactivate the user: they can't act any more.
    #[arg(long, conflicts_with = "activate")]
    pub deactivate: bool,

    /// Reactivate the user: they can act again.
    #[arg(long)]
    pub activate: bool,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let mut given: Vec<(String, Option<String>)> =
        [("email", args.email), ("name", args.name), ("role", args.role), ("external_id", args.external_id)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Some(value?))))
            .collect();
    given.extend(args.set.into_iter().map(|(name, value)| (name, Some(value))));
    given.extend(args.unset.into_iter().map(|name| (name, None)));
    let active = (args.activate || args.deactivate).then_some(args.activate);
    if given.is_empty() && active.is_none() {
        return Err(Error::invalid("no_change", "an update needs a value to change")
            .hint("give one with its flag, or --activate or --deactivate"));
    }
    let context = app.context().await?;
    let made = users::update(&context, &args.who, &given, active, args.dry_run).await?;
    let code = written::written(app, &USER, UPDATE, &made, args.dry_run)?;
    if args.deactivate {
        tell_teams(app, &context, &made.record).await?;
    }
    Ok(code)
}

/// A deactivated user stays on teams; this tells which ones.
pub(super) async fn tell_teams(app: &mut App, context: &Context, user: &User) -> Result<()> {
    let of_user = selection::selection(context, &TEAM, [("member", user.id.to_string())]).await?;
    let total = lists::count::<Entry>(context, &TEAM, &of_user).await?;
    if total > 0 {
        let accounts = count(total, &ACCOUNT);
        let email = &user.email;
        app.printer.talk(format_args!(
            "{email} stays on the team of {accounts}: `fastenr team list --member {email}` shows them"
        ));
    }
    Ok(())
}
