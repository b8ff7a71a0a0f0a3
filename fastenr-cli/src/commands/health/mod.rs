//! `fastenr health …`

pub(crate) mod adjust;
pub(crate) mod backtest;
pub(crate) mod explain;
pub(crate) mod history;
pub(crate) mod movers;
pub(crate) mod show;
pub(crate) mod summary;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::money::Cents;
use serde_json::Value as Json;

use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Show(show::Args),
    Explain(explain::Args),
    History(history::Args),
    Movers(movers::Args),
    Summary(summary::Args),
    Adjust(adjust::Args),
    Backtest(backtest::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::Show(args) => show::run(app, args).await,
        Verb::Explain(args) => explain::run(app, args).await,
        Verb::History(args) => history::run(app, args).await,
        Verb::Movers(args) => movers::run(app, args).await,
        Verb::Summary(args) => summary::run(app, args).await,
        Verb::Adjust(args) => adjust::run(app, args).await,
        Verb::Backtest(args) => backtest::run(app, args).await,
    }
}

/// `product usage` of `product_usage`.
fn plain(name: &str) -> String {
    name.replace('_', " ")
}

/// Basis points or hundredths, as a JSON number without trailing zeros.
fn hundredths(number: Option<i64>) -> Json {
    number.map_or(Json::Null, |number| Json::Number(Cents(number).to_json_number()))
}

/// `72.5`, `–` for nothing.
fn decimal(number: Option<i64>) -> String {
    number.map_or_else(|| "–".to_owned(), |number| hundredths(Some(number)).to_string())
}

/// `+4`, `-3`, `0`.
fn signed(number: i64) -> String {
    if number > 0 { format!("+{number}") } else { number.to_string() }
}
