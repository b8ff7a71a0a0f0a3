//! `fastenr organizations list`

use fastenr_core::Result;
use fastenr_core::model::organization::ORGANIZATION;
use fastenr_core::ops::organizations;

use crate::app::App;
use crate::commands::count;
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::Paging;

/// List the organizations in the database.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr organizations list
  fastenr organizations list -o json")]
pub(crate) struct Args {
    /// Fields to show, in this order.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let chosen = match fields::choose(&ORGANIZATION, &args.fields)? {
        chosen if !chosen.is_empty() => chosen,
        _ if app.settings.output == Format::Table => super::columns(),
        _ => fields::all(&ORGANIZATION),
    };
    let db = super::migrated(app).await?;
    let found = organizations::list(&db).await?;
    let total = found.len() as u64;
    app.show_all(&chosen, &found, Paging::whole(total))?;
    app.printer.finish()?;
    app.printer.talk(count(total, &ORGANIZATION));
    Ok(exit::DONE)
}
