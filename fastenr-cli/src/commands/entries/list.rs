//! Lists of records.

use fastenr_core::Result;
use fastenr_core::model::cursor::{Ask, Fingerprint, Slice, Total};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::noun::{Field, Noun};
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::ops::{Context, lists};
use futures_util::TryStreamExt;

use super::Kind;
use super::filter::{FilterArgs, OrderArgs};
use super::shown::{self, Shown};
use crate::app::App;
use crate::commands::{self, count, grouped};
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::Paging;
use crate::printer::writing;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ListArgs<K: Kind> {
    #[command(flatten)]
    pub filter: FilterArgs<K>,

    #[command(flatten)]
    pub order: OrderArgs<K>,

    /// Which page, from 1.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "all")]
    pub page: u64,

    /// How many records a page has, at most 1000.
    #[arg(long, value_name = "N", default_value_t = 25, conflicts_with = "all")]
    pub limit: u64,

    /// How to count all records that match: exact, or upto:N to stop counting at N.
    #[arg(long, value_name = "exact|upto:N", default_value = "exact", value_parser = commands::total, conflicts_with = "all")]
    pub total: Total,

    /// All of them.
    #[arg(long)]
    pub all: bool,

    /// The fields to show, in this order.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run<K: Kind>(app: &mut App, args: ListArgs<K>) -> Result<Code> {
    let noun = K::noun();
    let order = args.order.read()?;
    let page = commands::page(args.page, args.limit)?;
    let chosen = match shown::choose::<K>(&fields::expand(app, noun, &args.fields).await?)? {
        chosen if !chosen.is_empty() => chosen,
        _ if app.settings.output == Format::Table => shown::columns::<K>(),
        _ => fields::all(noun),
    };
    let context = app.context().await?;
    let selection = args.filter.read(&context).await?;
    let (shown, paging) = if args.all {
        let rows = everything::<K>(app, &context, &selection, order, &chosen).await?;
        (rows, Paging::whole(rows))
    } else {
        let ask = Ask { slice: Slice::Page(page), total: args.total, filter: Fingerprint::default() };
        let found = lists::part::<Entry>(&context, noun, &selection, order, &ask).await?;
        let paging = Paging::of_part(&found, page);
        let rows: Vec<Shown<'_, K>> = found.rows.iter().map(Shown::new).collect();
        app.show_all(&chosen, &rows, paging)?;
        (found.rows.len() as u64, paging)
    };
    app.printer.finish()?;
    let line = match paging.total {
        0 => nothing(&context, noun, &selection).await?,
        total if shown == total && !paging.is_minimum => count(shown, noun),
        _ => {
            let rest = if paging.has_more { "; --all for the rest" } else { "" };
            format!("{} of {}{rest}", grouped(shown), paging.total_shown())
        }
    };
    app.printer.talk(line);
    Ok(exit::DONE)
}

/// One after the other, so that any number fits in memory.
async fn everything<K: Kind>(
    app: &mut App,
    context: &Context,
    selection: &Selection,
    order: Order,
    fields: &[&'static Field],
) -> Result<u64> {
    let mut tx = context.db.read().await?;
    let mut rows = lists::stream::<Entry>(&mut tx, context, K::noun(), selection, order)?;
    let mut output = app.list(fields)?;
    let mut count = 0;
    while let Some(entry) = rows.try_next().await? {
        output.record(&Shown::<K>::new(&entry)).map_err(writing)?;
        count += 1;
    }
    output.end(Paging::whole(count)).map_err(writing)?;
    Ok(count)
}

/// Why the list is empty, and what to do next.
async fn nothing(context: &Context, noun: &'static Noun, selection: &Selection) -> Result<String> {
    Ok(if !lists::any(context, noun).await? {
        format!("no {} yet: `fastenr {} import FILE` brings them in", noun.plural, noun.many)
    } else if selection.is_empty() {
        format!("all {} are those of archived accounts: --archived lists them", noun.plural)
    } else {
        format!("no {} passes this filter", noun.one)
    })
}
