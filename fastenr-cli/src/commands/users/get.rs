//! `fastenr users get`

use fastenr_core::Result;
use fastenr_core::model::user::USER;
use fastenr_core::ops::users;

use crate::app::App;
use crate::exit::{self, Code};
use crate::fields;

/// Show a user.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr users get jo@example.com
  fastenr users get 'Jo Doe' --fields email,role -o json")]
pub(crate) struct Args {
    /// User: e-mail address, id, external id or unique name.
    #[arg(value_name = "USER")]
    pub who: String,

    /// Fields to show, in this order.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let chosen = match fields::choose(&USER, &args.fields)? {
        chosen if !chosen.is_empty() => chosen,
        _ => fields::all(&USER),
    };
    let context = app.context().await?;
    let user = users::get(&context, &args.who).await?;
    app.show(&chosen, &user)?;
    Ok(exit::DONE)
}
