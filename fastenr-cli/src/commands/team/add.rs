//! `fastenr team add`

use fastenr_core::Result;
use fastenr_core::model::team::TEAM;
use fastenr_core::ops::entries;

use crate::app::App;
use crate::commands::written;
use crate::exit::Code;

/// Add a user to the team of an account; an existing member gets the new role.
///
/// A deactivated user can't be added. The owner need not be added: the team is the people who help the owner.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr team add Acme jo@example.com --role support
  fastenr team add CRM-00017 'Ann Lee' --role '' --dry-run")]
pub(crate) struct Args {
    /// Account: id, external id, or a unique name or domain.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// User: e-mail address, id or unique name.
    #[arg(value_name = "USER")]
    pub member: String,

    /// Role in the team, such as support or sales, at most 100 characters; an empty text clears it.
    #[arg(long, value_name = "TEXT")]
    pub role: Option<String>,

    /// Preview changes without saving.
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
