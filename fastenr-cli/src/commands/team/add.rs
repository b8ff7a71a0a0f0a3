//! `fastenr team add`

use fastenr_core::Result;
use fastenr_core::model::team::TEAM;
use fastenr_core::ops::entries;

use crate::app::App;
use crate::commands::written;
use crate::exit::Code;

/// Add a user to the team of an account; who is there already gets the role that is given.
///
/// A deactivated user can't be added. The owner need not be: the team is who helps beside the owner.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr team add Acme jo@example.com --role support
  fastenr team add CRM-00017 'Ann Lee' --role '' --dry-run")]
pub(crate) struct Args {
    /// An id, an external id, or a name or domain that only one account has.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// An e-mail address, an id or a unique name.
    #[arg(value_name = "USER")]
    pub member: String,

    /// What they do for it, such as support or sales, at most 100 characters; an empty one clears it.
    #[arg(long, value_name = "TEXT")]
    pub role: Option<String>,

    /// Show what would change, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let mut given = vec![("account".to_owned(), Some(args.account)), ("user".to_owned(), Some(args.member))];
    given.extend(args.role.map(|role| ("role".to_owned(), Some(role))));
    let context = app.context().await?;
    let made = entries::put(&context, &TEAM, &given, args.dry_run).await?;
    let verb = if made.record.version() == 1 { ("added", "add") } else { written::UPDATE };
    written::written(app, &TEAM, verb, &made, args.dry_run)
}
