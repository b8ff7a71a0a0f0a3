//! `fastenr users …`

pub(crate) mod create;
pub(crate) mod deactivate;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod update;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::user::USER;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct User;

impl Kind for User {
    fn noun() -> &'static Noun {
        &USER
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Get(get::Args),
    Create(create::Args),
    Update(update::Args),
    Deactivate(deactivate::Args),
    Import(Box<import::Args>),
    Export(export::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Get(args) => get::run(app, args).await,
        Verb::Create(args) => create::run(app, args).await,
        Verb::Update(args) => update::run(app, args).await,
        Verb::Deactivate(args) => deactivate::run(app, args).await,
        Verb::Import(args) => import::run(app, *args).await,
        Verb::Export(args) => export::run(app, args).await,
    }
}
