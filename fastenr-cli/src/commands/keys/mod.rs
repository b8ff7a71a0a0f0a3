//! `fastenr keys …`

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod login_link;
pub(crate) mod revoke;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::api_key::API_KEY;
use fastenr_core::model::noun::Noun;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct Key;

impl Kind for Key {
    fn noun() -> &'static Noun {
        &API_KEY
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Create(create::Args),
    LoginLink(login_link::Args),
    Revoke(revoke::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Create(args) => create::run(app, args).await,
        Verb::LoginLink(args) => login_link::run(app, args).await,
        Verb::Revoke(args) => revoke::run(app, args).await,
    }
}
