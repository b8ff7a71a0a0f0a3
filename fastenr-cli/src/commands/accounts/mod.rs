//! `fastenr accounts …`

pub(crate) mod archive;
pub(crate) mod bulk_archive;
pub(crate) mod bulk_restore;
pub(crate) mod bulk_tag;
pub(crate) mod bulk_update;
pub(crate) mod create;
pub(crate) mod duplicates;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod merge;
mod merge_sure;
mod overview;
pub(crate) mod restore;
pub(crate) mod timeline;
pub(crate) mod update;
pub(crate) mod values;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::noun::Noun;

use super::entries::{Kind, filter};
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct Account;

impl Kind for Account {
    fn noun() -> &'static Noun {
        &ACCOUNT
    }

    const COLUMNS: &'static [&'static str] =
        &["name", "status", "health_score", "churn_risk_score", "arr", "owner", "contract_end"];
}

/// The account filters that every list, export and bulk write shares.
pub(crate) type FilterArgs = filter::FilterArgs<Account>;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Get(get::Args),
    Timeline(timeline::Args),
    Create(create::Args),
    Update(update::Args),
    Archive(archive::Args),
    Restore(restore::Args),
    BulkUpdate(bulk_update::Args),
    BulkArchive(bulk_archive::Args),
    BulkRestore(bulk_restore::Args),
    BulkTag(bulk_tag::Args),
    Duplicates(duplicates::Args),
    Merge(merge::Args),
    Import(import::Args),
    Export(export::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Get(args) => get::run(app, args).await,
        Verb::Timeline(args) => timeline::run(app, args).await,
        Verb::Create(args) => create::run(app, args).await,
        Verb::Update(args) => update::run(app, args).await,
        Verb::Archive(args) => archive::run(app, args).await,
        Verb::Restore(args) => restore::run(app, args).await,
        Verb::BulkUpdate(args) => bulk_update::run(app, args).await,
        Verb::BulkArchive(args) => bulk_archive::run(app, args).await,
        Verb::BulkRestore(args) => bulk_restore::run(app, args).await,
        Verb::BulkTag(args) => bulk_tag::run(app, args).await,
        Verb::Duplicates(args) => duplicates::run(app, args).await,
        Verb::Merge(args) => merge::run(app, args).await,
        Verb::Import(args) => import::run(app, args).await,
        Verb::Export(args) => export::run(app, args).await,
    }
}
