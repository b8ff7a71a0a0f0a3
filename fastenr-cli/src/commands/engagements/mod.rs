//! `fastenr engagements …`

pub(crate) mod attach;
pub(crate) mod attachments;
pub(crate) mod bulk_delete;
pub(crate) mod bulk_update;
pub(crate) mod calendar;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod detach;
pub(crate) mod export;
pub(crate) mod fetch;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod report;
pub(crate) mod update;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops::engagements;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct Engagement;

impl Kind for Engagement {
    fn noun() -> &'static Noun {
        &ENGAGEMENT
    }

    fn oddities(entry: &Entry) -> Vec<&'static str> {
        engagements::oddities(entry)
    }

    const COLUMNS: &'static [&'static str] =
        &["account_name", "type", "title", "scheduled_at", "completed_at", "outcome", "created_by"];
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Log(log::Args),
    List(list::Args),
    Get(get::Args),
    Create(create::Args),
    Update(update::Args),
    Delete(delete::Args),
    BulkUpdate(bulk_update::Args),
    BulkDelete(bulk_delete::Args),
    Import(Box<import::Args>),
    Export(export::Args),
    Attach(attach::Args),
    Attachments(attachments::Args),
    Fetch(fetch::Args),
    Detach(detach::Args),
    Calendar(calendar::Args),
    Report(report::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::Log(args) => log::run(app, args).await,
        Verb::List(args) => list::run(app, args).await,
        Verb::Get(args) => get::run(app, args).await,
        Verb::Create(args) => create::run(app, args).await,
        Verb::Update(args) => update::run(app, args).await,
        Verb::Delete(args) => delete::run(app, args).await,
        Verb::BulkUpdate(args) => bulk_update::run(app, args).await,
        Verb::BulkDelete(args) => bulk_delete::run(app, args).await,
        Verb::Import(args) => import::run(app, *args).await,
        Verb::Export(args) => export::run(app, args).await,
        Verb::Attach(args) => attach::run(app, args).await,
        Verb::Attachments(args) => attachments::run(app, args).await,
        Verb::Fetch(args) => fetch::run(app, args).await,
        Verb::Detach(args) => detach::run(app, args).await,
        Verb::Calendar(args) => calendar::run(app, args).await,
        Verb::Report(args) => report::run(app, args).await,
    }
}
