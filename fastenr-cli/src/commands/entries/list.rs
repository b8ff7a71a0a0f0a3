//! Lists of records.

use fastenr_core::Result;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::{Context, lists};

use super::Kind;
use super::filter::{FilterArgs, OrderArgs};
use super::shown::{self, Shown};
use crate::app::App;
use crate::commands::listing::{ListCall, PageArgs, shown_of};
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::Output;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ListArgs<K: Kind> {
    #[command(flatten)]
    pub filter: FilterArgs<K>,

    #[command(flatten)]
    pub order: OrderArgs<K>,

    #[command(flatten)]
    pub page: PageArgs,

    /// Fields to show, in this order.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run<K: Kind>(app: &mut App, args: ListArgs<K>) -> Result<Code> {
    let noun = K::noun();
    let order = args.order.read()?;
    let page = args.page.read()?;
    let chosen = match shown::choose::<K>(&fields::expand(app, noun, &args.fields).await?)? {
        chosen if !chosen.is_empty() => chosen,
        _ if app.settings.output == Format::Table => shown::columns::<K>(),
        _ => fields::all(noun),
    };
    let context = app.context().await?;
    let selection = args.filter.read(&context).await?;
    let asked = ListCall { noun, selection: &selection, order, page, total: args.page.total };
    let show = |entry: &Entry, output: &mut dyn Output| output.record(&Shown::<K>::new(entry));
    let (shown, paging) = asked.show(app, &context, &chosen, show).await?;
    let line = match paging.total {
        0 => nothing(&context, noun, &selection).await?,
        _ => shown_of(shown, paging, noun),
    };
    app.printer.talk(line);
    Ok(exit::DONE)
}

/// Why the list is empty, and what to do next.
async fn nothing(context: &Context, noun: &'static Noun, selection: &Selection) -> Result<String> {
    Ok(if !lists::any(context, noun).await? {
        format!("no {} yet. Import them with `fastenr {} import FILE`", noun.plural, noun.many)
    } else if selection.is_empty() {
        format!("all {} belong to archived accounts; --archived lists them", noun.plural)
    } else {
        format!("no {} match", noun.plural)
    })
}
