//! `fastenr goals …`

pub(crate) mod bulk_delete;
pub(crate) mod bulk_update;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod progress;
pub(crate) mod refresh;
pub(crate) mod report;
pub(crate) mod update;
mod view;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::{Field, Noun, Value};

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct Goal;

impl Kind for Goal {
    fn noun() -> &'static Noun {
        &GOAL
    }

    const COLUMNS: &'static [&'static str] =
        &["account_name", "title", "status", "progress", "current_value", "target_value", "unit", "target_date"];

    const COMPUTED: &'static [Field] = view::OF_EACH;

    fn compute(goal: &Entry, field: &Field) -> Value {
        view::of_each(goal, field)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Get(get::Args),
    Create(create::Args),
    Update(update::Args),
    Progress(progress::Args),
    Refresh(refresh::Args),
    Report(report::Args),
    Delete(delete::Args),
    BulkUpdate(bulk_update::Args),
    BulkDelete(bulk_delete::Args),
    Import(Box<import::Args>),
    Export(export::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Get(args) => get::run(app, args).await,
        Verb::Create(args) => create::run(app, args).await,
        Verb::Update(args) => update::run(app, args).await,
        Verb::Progress(args) => progress::run(app, args).await,
        Verb::Refresh(args) => refresh::run(app, args).await,
        Verb::Report(args) => report::run(app, args).await,
        Verb::Delete(args) => delete::run(app, args).await,
        Verb::BulkUpdate(args) => bulk_update::run(app, args).await,
        Verb::BulkDelete(args) => bulk_delete::run(app, args).await,
        Verb::Import(args) => import::run(app, *args).await,
        Verb::Export(args) => export::run(app, args).await,
    }
}
