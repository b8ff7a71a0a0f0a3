//! `fastenr people …`

pub(crate) mod erase;
pub(crate) mod erasures;
pub(crate) mod export;
pub(crate) mod find;
mod shown;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::ops::people::Who;

use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Find(find::Args),
    Export(export::Args),
    Erase(erase::Args),
    Erasures(erasures::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::Find(args) => find::run(app, args).await,
        Verb::Export(args) => export::run(app, args).await,
        Verb::Erase(args) => erase::run(app, args).await,
        Verb::Erasures(args) => erasures::run(app, args).await,
    }
}

/// Who is meant.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct WhoArgs {
    /// E-mail address, or a contact: its id, external id or unique name.
    #[arg(value_name = "PERSON")]
    pub person: String,

    /// Another name of the person, besides those of the records (repeat to give several).
    #[arg(long = "name", value_name = "NAME")]
    pub names: Vec<String>,
}

impl WhoArgs {
    pub(crate) fn who(&self) -> Who<'_> {
        Who { name: &self.person, names: &self.names }
    }
}
