//! `fastenr activity …`

mod follow;
pub(crate) mod list;
mod shown;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::activity::ACTIVITY;
use fastenr_core::model::noun::Noun;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct Activity;

impl Kind for Activity {
    fn noun() -> &'static Noun {
        &ACTIVITY
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
    }
}
