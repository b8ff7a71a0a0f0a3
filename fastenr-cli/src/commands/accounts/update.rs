//! `fastenr accounts update`

use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::arr_change::ArrChangeKind;
use fastenr_core::ops::accounts;
use fastenr_core::{Error, Result};

use super::values::ValueArgs;
use crate::app::App;
use crate::commands::written::{self, UPDATE};
use crate::exit::Code;

/// Update an account.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts update Acme --status at_risk --renewal-stage unknown
  fastenr accounts update CRM-00017 --set arr=60000 --unset past_due_since --unset custom.tier
  fastenr accounts update Acme --arr 90000.50 --arr-as correction
  fastenr accounts update Acme --name 'Acme Corporation' --if-version 3")]
pub(crate) struct Args {
    /// Account: id, external id, or a unique name or domain.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,

    /// Only if the account is still at this version.
    #[arg(long, value_name = "N")]
    pub if_version: Option<i64>,

    /// How to record a new ARR: change (an expansion or contraction of today) or correction (the old one was wrong).
    #[arg(long, value_name = "WHAT", default_value = "change")]
    pub arr_as: ArrChangeKind,

    /// New name.
    #[arg(long, value_name = "TEXT", help_heading = "Values")]
    pub name: Option<String>,

    #[command(flatten)]
    pub values: ValueArgs,

    /// Clear a field; custom.KEY is a custom field.
    #[arg(long, value_name = "FIELD", help_heading = "Values")]
    pub unset: Vec<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let mut given = args.values.given();
    given.extend(args.name.map(|name| ("name".to_owned(), Some(name))));
    given.extend(args.unset.into_iter().map(|field| (field, None)));
    if given.is_empty() {
        return Err(Error::invalid("no_change", "an update needs a value to change")
            .hint("give one with its flag, --set FIELD=VALUE or --unset FIELD"));
    }
    let context = app.context().await?;
    let made = accounts::update_as(&context, &args.account, &given, args.if_version, args.arr_as, args.dry_run).await?;
    written::written(app, &ACCOUNT, UPDATE, &made, args.dry_run)
}
