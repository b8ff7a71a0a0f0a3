//! `fastenr notifications …`

pub(crate) mod list;
pub(crate) mod read;

use clap::Subcommand;
use fastenr_core::Result;

use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Read(read::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Read(args) => read::run(app, args).await,
    }
}
