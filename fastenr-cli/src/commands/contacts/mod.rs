//! `fastenr contacts …`

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod update;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::noun::Noun;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct Contact;

impl Kind for Contact {
    fn noun() -> &'static Noun {
        &CONTACT
    }

    const COLUMNS: &'static [&'static str] = &["name", "account_name", "title", "role", "email", "left_on"];
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Get(get::Args),
    Create(create::Args),
    Update(update::Args),
    Delete(delete::Args),
    Import(Box<import::Args>),
    Export(export::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Get(args) => get::run(app, args).await,
        Verb::Create(args) => create::run(app, args).await,
        Verb::Update(args) => update::run(app, args).await,
        Verb::Delete(args) => delete::run(app, args).await,
        Verb::Import(args) => import::run(app, *args).await,
        Verb::Export(args) => export::run(app, args).await,
    }
}
