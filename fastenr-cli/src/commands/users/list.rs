//! `fastenr users list`

use fastenr_core::Result;
use fastenr_core::model::selection::Order;
use fastenr_core::model::user::{USER, User as Record};
use fastenr_core::ops::lists;

use super::User;
use crate::app::App;
use crate::commands::count;
use crate::commands::entries::filter::FilterArgs;
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::Paging;

/// List users by e-mail address, deactivated ones too.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr users list
  fastenr users list --active -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub filter: FilterArgs<User>,

    /// Fields to show, in this order.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

const COLUMNS: [&str; 4] = ["email", "name", "role", "deactivated_at"];

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let chosen = match fields::choose(&USER, &args.fields)? {
        chosen if !chosen.is_empty() => chosen,
        _ if app.settings.output == Format::Table => fields::named(&USER, &COLUMNS),
        _ => fields::all(&USER),
    };
    let context = app.context().await?;
    let chosen_users = args.filter.read(&context).await?;
    let found: Vec<Record> = lists::all(&context, &USER, &chosen_users, Order::first(&USER)).await?;
    let total = found.len() as u64;
    app.show_all(&chosen, &found, Paging::whole(total))?;
    app.printer.finish()?;
    app.printer.talk(count(total, &USER));
    Ok(exit::DONE)
}
