//! `fastenr health …`

pub(crate) mod explain;

use clap::Subcommand;
use fastenr_core::Result;

use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Explain(explain::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::Explain(args) => explain::run(app, args).await,
    }
}
