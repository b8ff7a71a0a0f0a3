//! `fastenr operations …`

mod prune;

use clap::Subcommand;
use fastenr_core::Result;

use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Prune(prune::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::Prune(args) => prune::run(app, args).await,
    }
}
