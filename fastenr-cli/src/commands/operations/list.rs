//! `fastenr operations list`

use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::model::operation::OPERATION;
use fastenr_core::ops::operations;
use fastenr_core::ops::users;

use super::Operation;
use super::shown::{Shown, fields};
use crate::app::App;
use crate::commands::entries::filter::FilterArgs;
use crate::commands::{self, count, grouped};
use crate::exit::{self, Code};
use crate::output::Paging;

/// List operations, the newest first: imports, bulk writes, recomputes, single writes and undos.
///
/// An operation has its counts, its user, its time, and for an import the file with its SHA-256. Undo one with `fastenr
/// operations undo`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr operations list --kind accounts.import
  fastenr operations list --since 7d --by jo@example.com
  fastenr operations list --limit 1 -o json | jq -r '.data[0].id'")]
pub(crate) struct Args {
    #[command(flatten)]
    pub filter: FilterArgs<Operation>,

    /// Page number, from 1.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub page: u64,

    /// Operations per page, at most 1000.
    #[arg(long, value_name = "N", default_value_t = 25)]
    pub limit: u64,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let page = commands::page(args.page, args.limit)?;
    let context = app.context().await?;
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let chosen = args.filter.read(&context).await?;
    let found = operations::list(&context, &chosen, page).await?;
    let users = users::list(&context).await?;
    let rows: Vec<Shown> = found.rows.iter().map(|operation| Shown { operation, users: &users, zone }).collect();
    let fields = fields(app.settings.output);
    app.show_all(&fields, &rows, Paging::of(&found))?;
    app.printer.finish()?;
    let shown = found.rows.len() as u64;
    let line = match found.total {
        0 => "no operations match".to_owned(),
        total if shown == total => count(total, &OPERATION),
        total if found.has_more() => {
            format!("{} of {}; --page {} for more", grouped(shown), grouped(total), args.page + 1)
        }
        total => format!("{} of {}", grouped(shown), grouped(total)),
    };
    app.printer.talk(line);
    Ok(exit::DONE)
}
