//! `fastenr activity list`

use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::model::activity::{ACTIVITY, FeedItem};
use fastenr_core::model::noun::Field;
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::ops::{Context, activities, lists};
use futures_util::TryStreamExt;

use super::shown::{Shown, fields};
use super::{Activity, follow};
use crate::app::App;
use crate::commands::entries::filter::FilterArgs;
use crate::commands::{self, grouped};
use crate::exit::{self, Code};
use crate::output::Paging;
use crate::printer::writing;

/// List who changed which record: the newest first, or live with --follow.
///
/// Each write of a single record is an activity, with the old and the new value of each changed field. An import is one
/// activity; `fastenr accounts timeline` shows what it changed in an account.
///
/// Times are in the organization's time zone. With --follow, the oldest come first, JSON has one line per activity, and the
/// command runs until it is interrupted.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr activity list --since 7d --actor jo@example.com
  fastenr activity list --account Acme --kind 'engagements.*,goals.*' -o json
  fastenr activity list --follow -o jsonl | while read -r line; do echo \"$line\"; done")]
pub(crate) struct Args {
    #[command(flatten)]
    pub filter: FilterArgs<Activity>,

    /// Print new activities as they happen, from now or from --since on, until interrupted.
    #[arg(long, conflicts_with_all = ["page", "limit", "all", "filter_until"])]
    pub follow: bool,

    /// Page number, from 1.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "all")]
    pub page: u64,

    /// Activities per page, at most 1000.
    #[arg(long, value_name = "N", default_value_t = 25, conflicts_with = "all")]
    pub limit: u64,

    /// Show all activities.
    #[arg(long)]
    pub all: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let page = commands::page(args.page, args.limit)?;
    let context = app.context().await?;
    let chosen = args.filter.read(&context).await?;
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    if args.follow {
        return follow::run(app, &context, &chosen, args.filter.has("since"), zone).await;
    }
    let fields = fields(app.settings.output);
    let (shown, paging) = if args.all {
        let rows = everything(app, &context, &chosen, zone, &fields).await?;
        (rows, Paging::whole(rows))
    } else {
        let found = activities::list(&context, &chosen, page).await?;
        let paging = Paging::of(&found);
        let rows: Vec<Shown> = found.rows.iter().map(|item| Shown { item, zone }).collect();
        app.show_all(&fields, &rows, paging)?;
        (rows.len() as u64, paging)
    };
    app.printer.finish()?;
    let activities = |count: u64| format!("{} {}", grouped(count), if count == 1 { "activity" } else { "activities" });
    let line = match paging.total {
        0 if lists::any(&context, &ACTIVITY).await? => "no activities match".to_owned(),
        0 => "no activities yet".to_owned(),
        total if shown == total => activities(total),
        total => {
            let rest = if paging.has_more { "; --all for the rest" } else { "" };
            format!("{} of {}{rest}", grouped(shown), grouped(total))
        }
    };
    app.printer.talk(line);
    Ok(exit::DONE)
}

/// Streamed one by one, so that memory stays flat.
async fn everything(
    app: &mut App,
    context: &Context,
    chosen: &Selection,
    zone: TimeZone,
    fields: &[&'static Field],
) -> Result<u64> {
    let mut tx = context.db.read().await?;
    let mut rows = lists::stream::<FeedItem>(&mut tx, context, &ACTIVITY, chosen, Order::first(&ACTIVITY))?;
    let mut output = app.list(fields)?;
    let mut count = 0;
    while let Some(item) = rows.try_next().await? {
        output.record(&Shown { item: &item, zone }).map_err(writing)?;
        count += 1;
    }
    output.end(Paging::whole(count)).map_err(writing)?;
    Ok(count)
}
