//! `fastenr activity list`

use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::model::activity::{ACTIVITY, FeedItem};
use fastenr_core::model::selection::Order;
use fastenr_core::ops::lists;

use super::shown::{Shown, fields};
use super::{Activity, follow};
use crate::app::App;
use crate::commands::entries::filter::FilterArgs;
use crate::commands::listing::{ListCall, PageArgs, shown_of};
use crate::exit::{self, Code};
use crate::output::Output;

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
    #[arg(long, conflicts_with_all = ["page", "limit", "total", "all", "filter_until"])]
    pub follow: bool,

    #[command(flatten)]
    pub page: PageArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let page = args.page.read()?;
    let context = app.context().await?;
    let chosen = args.filter.read(&context).await?;
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    if args.follow {
        return follow::run(app, &context, &chosen, args.filter.has("since"), zone).await;
    }
    let fields = fields(app.settings.output);
    let asked =
        ListCall { noun: &ACTIVITY, selection: &chosen, order: Order::first(&ACTIVITY), page, total: args.page.total };
    let show = |item: &FeedItem, output: &mut dyn Output| output.record(&Shown { item, zone });
    let (shown, paging) = asked.show(app, &context, &fields, show).await?;
    let line = match paging.total {
        0 if lists::any(&context, &ACTIVITY).await? => "no activities match".to_owned(),
        0 => "no activities yet".to_owned(),
        _ => shown_of(shown, paging, &ACTIVITY),
    };
    app.printer.talk(line);
    Ok(exit::DONE)
}
