//! `fastenr alerts …`

pub(crate) mod acknowledge;
mod action;
mod filter;
pub(crate) mod list;
pub(crate) mod release;
pub(crate) mod resolve;
pub(crate) mod send;
mod shown;
pub(crate) mod snooze;
pub(crate) mod test;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::alert::{ALERT, UNSENT};
use fastenr_core::model::noun::Noun;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

/// As a list shows them: ids are for those who name them.
#[derive(Debug, Clone)]
pub(crate) struct Alert;

impl Kind for Alert {
    fn noun() -> &'static Noun {
        &ALERT
    }

    const WITHOUT: &'static [&'static str] = &["id"];
}

/// As verbs choose them, each of which has its own states.
#[derive(Debug, Clone)]
pub(crate) struct ChosenAlert;

impl Kind for ChosenAlert {
    fn noun() -> &'static Noun {
        &ALERT
    }

    const WITHOUT: &'static [&'static str] = &["id", "state", "held_by", UNSENT];
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Acknowledge(acknowledge::Args),
    Snooze(snooze::Args),
    Resolve(resolve::Args),
    Release(release::Args),
    Test(test::Args),
    Send(send::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Acknowledge(args) => acknowledge::run(app, args).await,
        Verb::Snooze(args) => snooze::run(app, args).await,
        Verb::Resolve(args) => resolve::run(app, args).await,
        Verb::Release(args) => release::run(app, args).await,
        Verb::Test(args) => test::run(app, args).await,
        Verb::Send(args) => send::run(app, args).await,
    }
}
