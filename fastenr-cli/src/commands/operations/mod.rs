//! `fastenr operations …`

pub(crate) mod list;
mod prune;
pub(crate) mod show;
mod shown;
pub(crate) mod undo;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::operation::OPERATION;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct Operation;

impl Kind for Operation {
    fn noun() -> &'static Noun {
        &OPERATION
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Undo(undo::Args),
    Prune(prune::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Show(args) => show::run(app, args).await,
        Verb::Undo(args) => undo::run(app, args).await,
        Verb::Prune(args) => prune::run(app, args).await,
    }
}
