//! `fastenr accounts get`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::accounts;

use crate::app::App;
use crate::exit::{self, Code};
use crate::fields;

/// Show one account.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts get Acme
  fastenr accounts get acme.example -o json
  fastenr accounts get CRM-00017 --fields name,arr,owner")]
pub(crate) struct Args {
    /// An id, an external id, or a name or domain that only one account has.
    #[arg(value_name = "ACCOUNT")]
    pub name: String,

    /// The fields to show, in this order.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let mut chosen = fields::choose(&ACCOUNT, &args.fields)?;
    if chosen.is_empty() {
        chosen = fields::all(&ACCOUNT);
    }
    let context = app.context().await?;
    let account = accounts::get(&context, &args.name).await?;
    app.show(&chosen, &account)?;
    Ok(exit::DONE)
}
