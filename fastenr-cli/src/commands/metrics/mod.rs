//! `fastenr metrics …`

pub(crate) mod bulk_delete;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod record;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Noun;

use super::entries::Kind;
use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Clone)]
pub(crate) struct Metric;

impl Kind for Metric {
    fn noun() -> &'static Noun {
        &METRIC
    }

    const COLUMNS: &'static [&'static str] = &[
        "account_name",
        "metric_date",
        "login_frequency",
        "feature_adoption_score",
        "active_users",
        "support_tickets",
        "csat",
        "nps",
        "sentiment",
    ];
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Record(record::Args),
    List(list::Args),
    BulkDelete(bulk_delete::Args),
    Import(Box<import::Args>),
    Export(export::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::Record(args) => record::run(app, args).await,
        Verb::List(args) => list::run(app, args).await,
        Verb::BulkDelete(args) => bulk_delete::run(app, args).await,
        Verb::Import(args) => import::run(app, *args).await,
        Verb::Export(args) => export::run(app, args).await,
    }
}
