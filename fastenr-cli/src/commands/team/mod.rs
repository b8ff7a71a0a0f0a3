//! `fastenr team …`

pub(crate) mod add;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod remove;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::team::TEAM;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct Member;

impl Kind for Member {
    fn noun() -> &'static Noun {
        &TEAM
    }

    const COLUMNS: &'static [&'static str] = &["account_name", "user_name", "user", "role", "created_at"];
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Add(add::Args),
    Remove(remove::Args),
    Import(Box<import::Args>),
    Export(export::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Add(args) => add::run(app, args).await,
        Verb::Remove(args) => remove::run(app, args).await,
        Verb::Import(args) => import::run(app, *args).await,
        Verb::Export(args) => export::run(app, args).await,
    }
}
