//! `fastenr segments list`

use fastenr_core::Result;
use fastenr_core::model::segment::SEGMENT;
use fastenr_core::ops::segments;

use crate::app::App;
use crate::commands::count;
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::Paging;

/// List segments by name: filter, number of matching accounts today, and their ARR without churned accounts.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr segments list
  fastenr segments list -o json")]
pub(crate) struct Args {
    /// Fields to show, in this order.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let given = fields::choose(&SEGMENT, &args.fields)?;
    let context = app.context().await?;
    let found = segments::list(&context).await?;
    let broken = found.iter().filter(|segment| segment.problem.is_some()).count();
    let mut columns = vec!["name", "filter", "accounts", "arr"];
    if broken > 0 {
        columns.push("problem");
    }
    let chosen = match given {
        given if !given.is_empty() => given,
        _ if app.settings.output == Format::Table => fields::named(&SEGMENT, &columns),
        _ => fields::all(&SEGMENT),
    };
    let total = found.len() as u64;
    app.show_all(&chosen, &found, Paging::whole(total))?;
    app.printer.finish()?;
    if total == 0 {
        app.printer.talk(
            "no segments yet; save filters of `fastenr accounts list` as a segment with `fastenr segments create NAME`",
        );
    } else if broken > 0 {
        app.printer.talk(format_args!("{}; {broken} can't be used", count(total, &SEGMENT)));
    } else {
        app.printer.talk(count(total, &SEGMENT));
    }
    Ok(exit::DONE)
}
