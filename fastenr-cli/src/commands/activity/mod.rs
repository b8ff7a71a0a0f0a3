//! `fastenr activity …`

mod follow;
pub(crate) mod list;
mod shown;

use clap::Subcommand;
use fastenr_core::Result;

use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
    }
}
