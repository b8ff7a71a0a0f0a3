//! `fastenr activity list`

use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::model::activity::ActivityFilter;
use fastenr_core::model::noun::Field;
use fastenr_core::ops::{Context, activities};
use futures_util::TryStreamExt;

use super::follow;
use super::shown::{Shown, fields};
use crate::app::App;
use crate::commands::{self, grouped};
use crate::exit::{self, Code};
use crate::output::Paging;
use crate::printer::writing;
use crate::typed::Since;

/// List who did what to which record: the newest first, or as it comes.
///
/// Every write of a single record is an activity of its own, with the old and the new value of each field that changed. An
/// import is one activity as a whole; which accounts it changed, `fastenr accounts timeline` shows account by account.
///
/// Times are told by the clocks of the organization. With --follow the oldest come first, JSON is a line each, and the
/// command goes on until it is interrupted.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr activity list --since 7d --actor jo@example.com
  fastenr activity list --account Acme --kind 'engagements.*,goals.*' -o json
  fastenr activity list --follow -o jsonl | while read -r line; do echo \"$line\"; done")]
pub(crate) struct Args {
    #[command(flatten)]
    pub filter: FilterArgs,

    /// Go on with what is done from now on, or since --since; until interrupted.
    #[arg(long, conflicts_with_all = ["page", "limit", "all", "until"])]
    pub follow: bool,

    /// Which page, from 1.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "all")]
    pub page: u64,

    /// How many activities a page has, at most 1000.
    #[arg(long, value_name = "N", default_value_t = 25, conflicts_with = "all")]
    pub limit: u64,

    /// All of them.
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// About this account or a record of it; imports are about many and left out.
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,

    /// Done by any of these users: e-mail address, id, unique name, or @me.
    #[arg(long, value_name = "USER,USER")]
    pub actor: Vec<String>,

    /// Of any of these kinds, such as accounts.update, engagements.* or *.delete.
    #[arg(long, value_name = "KIND,KIND")]
    pub kind: Vec<String>,

    /// About the record with this id, also one that is deleted.
    #[arg(long, value_name = "ID")]
    pub record: Option<String>,

    /// From then on, such as 7d, 'monday 9:30' or 2026-03-01; see `fastenr help dates`.
    #[arg(long, value_name = "TIME")]
    pub since: Option<Since>,

    /// Up to then.
    #[arg(long, value_name = "TIME")]
    pub until: Option<Since>,
}

impl FilterArgs {
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = Vec::new();
        for (name, values) in [("actor", &self.actor), ("kind", &self.kind)] {
            pairs.extend(values.iter().map(|value| (name, value.as_str())));
        }
        let single = [("account", &self.account), ("record", &self.record)];
        pairs.extend(single.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
        let times = [("since", &self.since), ("until", &self.until)];
        pairs.extend(times.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?.as_str()))));
        pairs
    }
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let page = commands::page(args.page, args.limit)?;
    let context = app.context().await?;
    let filter = activities::filter(&context, args.filter.pairs()).await?;
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    if args.follow {
        return follow::run(app, &context, &filter, zone).await;
    }
    let fields = fields(app.settings.output);
    let (shown, paging) = if args.all {
        let rows = everything(app, &context, &filter, zone, &fields).await?;
        (rows, Paging::whole(rows))
    } else {
        let found = activities::list(&context, &filter, page).await?;
        let paging = Paging::of(&found);
        let rows: Vec<Shown> = found.rows.iter().map(|item| Shown { item, zone }).collect();
        app.show_all(&fields, &rows, paging)?;
        (rows.len() as u64, paging)
    };
    app.printer.finish()?;
    let activities = |count: u64| format!("{} {}", grouped(count), if count == 1 { "activity" } else { "activities" });
    let line = match paging.total {
        0 if activities::any(&context).await? => "no activity passes this filter".to_owned(),
        0 => "nothing was done yet".to_owned(),
        total if shown == total => activities(total),
        total => {
            let rest = if paging.has_more { "; --all for the rest" } else { "" };
            format!("{} of {}{rest}", grouped(shown), grouped(total))
        }
    };
    app.printer.talk(line);
    Ok(exit::DONE)
}

/// One after the other, so that any number fits in memory.
async fn everything(
    app: &mut App,
    context: &Context,
    filter: &ActivityFilter,
    zone: TimeZone,
    fields: &[&'static Field],
) -> Result<u64> {
    let mut tx = context.db.read().await?;
    let mut rows = activities::stream(&mut tx, context, filter)?;
    let mut output = app.list(fields)?;
    let mut count = 0;
    while let Some(item) = rows.try_next().await? {
        output.record(&Shown { item: &item, zone }).map_err(writing)?;
        count += 1;
    }
    output.end(Paging::whole(count)).map_err(writing)?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use fastenr_core::ops::activities::ACTIVITY_FILTERS;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        filter: FilterArgs,
    }

    #[test]
    fn flags_and_filters_are_the_same() {
        for (name, _) in ACTIVITY_FILTERS {
            let value = if matches!(*name, "since" | "until") { "monday" } else { "x" };
            let parsed = Only::try_parse_from(["fastenr", &format!("--{name}"), value]).unwrap();
            assert_eq!(parsed.filter.pairs(), [(*name, value)]);
        }
    }
}
