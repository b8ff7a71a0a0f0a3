//! What all lists share: paging, and the footer.

use std::io;

use fastenr_core::Result;
use fastenr_core::model::cursor::{Fingerprint, ListRequest, Slice, Total};
use fastenr_core::model::filter::Page;
use fastenr_core::model::noun::{Field, Noun};
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::ops::{Context, lists};
use fastenr_core::store::lists::ListedRecord;
use futures_util::TryStreamExt;

use super::{count, grouped, page};
use crate::app::App;
use crate::output::{Output, Paging};
use crate::printer::writing;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PageArgs {
    /// Page number, from 1.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "all")]
    page: u64,

    /// Records per page, at most 1000.
    #[arg(long, value_name = "N", default_value_t = 25, conflicts_with = "all")]
    limit: u64,

    /// How to count all matching records: exact, or upto:N to stop counting at N.
    #[arg(long, value_name = "exact|upto:N", default_value = "exact", value_parser = super::total, conflicts_with = "all")]
    pub total: Total,

    /// Show all records.
    #[arg(long)]
    all: bool,
}

impl PageArgs {
    /// None: all of the list.
    ///
    /// # Errors
    /// `page`, `limit`.
    pub(crate) fn read(&self) -> Result<Option<Page>> {
        let page = page(self.page, self.limit)?;
        Ok((!self.all).then_some(page))
    }
}

/// What is asked of a noun's list.
pub(crate) struct ListCall<'a> {
    pub noun: &'static Noun,
    pub selection: &'a Selection,
    pub order: Order,
    /// None: all, one after the other, so that any number fits in memory.
    pub page: Option<Page>,
    pub total: Total,
}

impl ListCall<'_> {
    /// Shows it, each record as `show` does, and says how many.
    pub(crate) async fn show<T: ListedRecord>(
        &self,
        app: &mut App,
        context: &Context,
        fields: &[&'static Field],
        show: impl Fn(&T, &mut dyn Output) -> io::Result<()>,
    ) -> Result<(u64, Paging)> {
        let Self { noun, selection, order, page, total } = *self;
        let mut shown = 0;
        let paging = if let Some(page) = page {
            let ask = ListRequest { slice: Slice::Page(page), total, filter: Fingerprint::default() };
            let found = lists::part::<T>(context, noun, selection, order, &ask).await?;
            let paging = Paging::of_part(&found, page);
            let mut output = app.list(fields)?;
            found.rows.iter().try_for_each(|row| show(row, output.as_mut())).map_err(writing)?;
            shown += found.rows.len() as u64;
            output.end(paging).map_err(writing)?;
            paging
        } else {
            let mut tx = context.db.read().await?;
            let mut rows = lists::stream::<T>(&mut tx, context, noun, selection, order)?;
            let mut output = app.list(fields)?;
            while let Some(row) = rows.try_next().await? {
                show(&row, output.as_mut()).map_err(writing)?;
                shown += 1;
            }
            output.end(Paging::whole(shown)).map_err(writing)?;
            Paging::whole(shown)
        };
        app.printer.finish()?;
        Ok((shown, paging))
    }
}

/// How many are shown of a list that is not empty, and where the rest is.
pub(crate) fn shown_of(shown: u64, paging: Paging, noun: &Noun) -> String {
    if shown == paging.total && !paging.is_minimum {
        return count(shown, noun);
    }
    let rest = if paging.has_more { "; --all for the rest" } else { "" };
    format!("{} of {}{rest}", grouped(shown), paging.total_shown())
}
