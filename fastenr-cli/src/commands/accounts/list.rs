//! `fastenr accounts list`

use fastenr_core::Result;
use fastenr_core::model::account::{ACCOUNT, Account as Record};
use fastenr_core::model::noun::Field;
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::money::Cents;
use fastenr_core::ops::{Context, accounts, lists};
use futures_util::TryStreamExt;

use super::{Account, FilterArgs};
use crate::app::App;
use crate::commands::entries::Kind;
use crate::commands::entries::filter::OrderArgs;
use crate::commands::listing::PageArgs;
use crate::commands::{count, grouped};
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::Paging;
use crate::printer::writing;

/// List accounts: a page of them, or all.
///
/// The count and the total ARR are printed to stderr. The total includes churned accounts only if --status or --band selects
/// them. A score without a value shows as –: it was never computed, or there is too little data.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts list --status at_risk --sort arr:desc
  fastenr accounts list --renews-within 90d --health-max 59 --fields name,owner,contract_end
  fastenr accounts list --owner jo@example.com --custom tier=gold --all -o csv > gold.csv
  fastenr accounts list --no-engagement-for 60d --sort arr:desc
  fastenr accounts list --search 'acme west' -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub filter: FilterArgs,

    #[command(flatten)]
    pub order: OrderArgs<Account>,

    #[command(flatten)]
    pub page: PageArgs,

    /// Fields to show, in this order; custom.KEY is a custom field, custom.* is all of them.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let order = args.order.read()?;
    let page = args.page.read()?;
    let chosen = match fields::choose(&ACCOUNT, &fields::expand(app, &ACCOUNT, &args.fields).await?)? {
        chosen if !chosen.is_empty() => chosen,
        _ if app.settings.output == Format::Table => fields::named(&ACCOUNT, Account::COLUMNS),
        _ => fields::all(&ACCOUNT),
    };
    let context = app.context().await?;
    let filter = args.filter.read(&context).await?;
    let (shown, paging, arr) = if let Some(page) = page {
        let (found, totals) = accounts::page(&context, &filter, order, page, args.page.total).await?;
        let paging = Paging::of_part(&found, page);
        app.show_all(&chosen, &found.rows, paging)?;
        let sum = totals.map(|totals| Sum { arr: Cents(totals.arr), left_out: totals.arr_left_out > 0 });
        (found.rows.len() as u64, paging, sum)
    } else {
        let (rows, arr) = everything(app, &context, &filter, order, &chosen).await?;
        (rows, Paging::whole(rows), Some(arr))
    };
    app.printer.finish()?;
    let line = if paging.total > 0 {
        footer(shown, paging, arr, &context.organization.currency)
    } else {
        nothing(&context, &args.filter).await?
    };
    app.printer.talk(line);
    Ok(exit::DONE)
}

/// Streamed one by one, so that memory stays flat.
async fn everything(
    app: &mut App,
    context: &Context,
    filter: &Selection,
    order: Order,
    fields: &[&'static Field],
) -> Result<(u64, Sum)> {
    let mut tx = context.db.read().await?;
    let mut rows = lists::stream::<Record>(&mut tx, context, &ACCOUNT, filter, order)?;
    let mut output = app.list(fields)?;
    let (mut count, mut sum) = (0, Sum { arr: Cents(0), left_out: false });
    while let Some(account) = rows.try_next().await? {
        output.record(&account).map_err(writing)?;
        count += 1;
        match account.arr {
            Some(arr) if filter.counts_arr(account.status) => sum.arr = sum.arr + arr.into(),
            Some(arr) => sum.left_out |= arr.cents() > 0,
            None => {}
        }
    }
    output.end(Paging::whole(count)).map_err(writing)?;
    Ok((count, sum))
}

/// The ARR of the accounts that match.
#[derive(Debug, Clone, Copy)]
struct Sum {
    arr: Cents,
    /// Whether churned accounts match and are not in the sum.
    left_out: bool,
}

/// The footer: the count, the ARR where all were counted, and whether there are more pages.
fn footer(shown: u64, paging: Paging, sum: Option<Sum>, currency: &str) -> String {
    let sum = sum.map_or_else(String::new, |Sum { arr, left_out }| {
        let left_out = if left_out { " (without churned accounts)" } else { "" };
        format!(", ARR {} {currency}{left_out}", arr.short())
    });
    if shown == paging.total && !paging.is_minimum {
        return format!("{}{sum}", count(shown, &ACCOUNT));
    }
    let rest = if paging.has_more { "; --all for the rest" } else { "" };
    format!("{} of {}{sum}{rest}", grouped(shown), paging.total_shown())
}

/// Why the list is empty, and what to do next.
async fn nothing(context: &Context, filter: &FilterArgs) -> Result<String> {
    Ok(if !lists::any(context, &ACCOUNT).await? {
        "no accounts yet. Import them with `fastenr accounts import FILE`, or create one with `fastenr accounts create NAME`"
            .to_owned()
    } else if filter.is_empty() {
        "all accounts are archived; --archived lists them".to_owned()
    } else {
        "no accounts match".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footers() {
        let page = |total, has_more| Paging { total, is_minimum: false, page: 1, limit: 25, has_more };
        let sum = Sum { arr: Cents(420_000_000), left_out: false };
        let arr = Some(sum);
        assert_eq!(footer(25, page(312, true), arr, "USD"), "25 of 312, ARR 4.2 M USD; --all for the rest");
        assert_eq!(footer(12, page(312, false), arr, "USD"), "12 of 312, ARR 4.2 M USD");
        assert_eq!(footer(1, page(1, false), arr, "EUR"), "1 account, ARR 4.2 M EUR");
        let arr = Some(Sum { left_out: true, ..sum });
        let line = "25 of 312, ARR 4.2 M USD (without churned accounts); --all for the rest";
        assert_eq!(footer(25, page(312, true), arr, "USD"), line);
        let more = Paging { is_minimum: true, ..page(10_000, true) };
        assert_eq!(footer(25, more, None, "USD"), "25 of 10,000+; --all for the rest");
        let arr = Some(sum);
        assert_eq!(footer(1_200, Paging::whole(1_200), arr, "EUR"), "1,200 accounts, ARR 4.2 M EUR");
    }
}
