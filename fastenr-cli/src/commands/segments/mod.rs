//! `fastenr segments …`

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod update;

use clap::Subcommand;
use fastenr_core::Result;

use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Create(Box<create::Args>),
    Update(Box<update::Args>),
    Delete(delete::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Show(args) => show::run(app, args).await,
        Verb::Create(args) => create::run(app, *args).await,
        Verb::Update(args) => update::run(app, *args).await,
        Verb::Delete(args) => delete::run(app, args).await,
    }
}
