//! `fastenr arr …`

pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod summary;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::arr_change::ARR_CHANGE;
use fastenr_core::model::noun::Noun;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct ArrChange;

impl Kind for ArrChange {
    fn noun() -> &'static Noun {
        &ARR_CHANGE
    }

    const COLUMNS: &'static [&'static str] = &["account_name", "effective_on", "kind", "old_arr", "arr"];
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Import(Box<import::Args>),
    Export(export::Args),
    Summary(Box<summary::Args>),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Import(args) => import::run(app, *args).await,
        Verb::Export(args) => export::run(app, args).await,
        Verb::Summary(args) => summary::run(app, *args).await,
    }
}
