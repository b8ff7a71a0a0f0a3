//! `fastenr changes …`

pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod list;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::field_change::FIELD_CHANGE;
use fastenr_core::model::noun::Noun;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct FieldChange;

impl Kind for FieldChange {
    fn noun() -> &'static Noun {
        &FIELD_CHANGE
    }

    const COLUMNS: &'static [&'static str] = &["account_name", "field", "effective_on", "old", "new"];
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Import(Box<import::Args>),
    Export(export::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Import(args) => import::run(app, *args).await,
        Verb::Export(args) => export::run(app, args).await,
    }
}
