//! `fastenr organizations …`

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod update;

use clap::Subcommand;
use fastenr_core::Error;
use fastenr_core::Result;
use fastenr_core::model::organization::ORGANIZATION;
use fastenr_core::ops::admin;
use fastenr_core::store::Db;

use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Create(create::Args),
    Update(update::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run(app, args).await,
        Verb::Create(args) => create::run(app, args).await,
        Verb::Update(args) => update::run(app, args).await,
    }
}

/// The options that create and update share.
#[derive(Debug, clap::Args)]
pub(crate) struct ValueArgs {
    /// Name, 1 to 255 characters.
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,

    /// Currency of all its amounts, ISO 4217; can't be changed after an account has an ARR.
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,

    /// Time zone of its days and times: an IANA name such as Europe/Berlin.
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,

    /// Domain of the organization, to tell colleagues from customers (repeat for more); replaces the existing ones.
    #[arg(long, value_name = "DOMAIN")]
    pub own_domain: Vec<String>,
}

impl ValueArgs {
    fn change(self, slug: Option<String>) -> fastenr_core::ops::organizations::OrganizationChange {
        fastenr_core::ops::organizations::OrganizationChange {
            slug,
            name: self.name,
            currency: self.currency,
            time_zone: self.time_zone,
            own_domains: (!self.own_domain.is_empty()).then_some(self.own_domain),
            by: None,
        }
    }
}

/// The database, if it is migrated; these commands work outside any organization.
async fn migrated(app: &mut App) -> Result<Db> {
    let db = app.db().await?;
    if admin::status(&db).await?.pending.is_empty() {
        return Ok(db);
    }
    Err(Error::refused("not_migrated", "the database is empty or behind this fastenr").hint("run `fastenr db migrate`"))
}

fn columns() -> Vec<&'static fastenr_core::model::noun::Field> {
    crate::fields::named(&ORGANIZATION, &["slug", "name", "currency", "time_zone", "own_domains"])
}
