//! `fastenr accounts get`

use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::accounts;
use fastenr_core::ops::overview::overview;
use fastenr_core::view::account::AccountOverview;

use super::overview::sections;
use crate::app::App;
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;

/// Show one account with its related records.
///
/// Shows its fields, then open alerts, the health of the last 30 days, owner and team, parent and child accounts, contacts,
/// the last and the next engagement, open goals and the latest metrics. Empty sections are left out. --fields and CSV show
/// only the fields.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts get Acme
  fastenr accounts get acme.example -o json
  fastenr accounts get CRM-00017 --fields name,arr,owner")]
pub(crate) struct Args {
    /// Account: id, external id, or a unique name or domain.
    #[arg(value_name = "ACCOUNT")]
    pub name: String,

    /// Fields to show, in this order, without the related records.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub fields: Vec<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let chosen = fields::choose(&ACCOUNT, &args.fields)?;
    let context = app.context().await?;
    if !chosen.is_empty() || app.settings.output == Format::Csv {
        let chosen = if chosen.is_empty() { fields::all(&ACCOUNT) } else { chosen };
        let account = accounts::get(&context, &args.name).await?;
        app.show(&chosen, &account)?;
        return Ok(exit::DONE);
    }
    let around = overview(&context, &args.name).await?;
    if app.settings.output == Format::Table {
        app.show(&fields::all(&ACCOUNT), &around.account)?;
        let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
        for line in sections(&around, zone, &context.organization.currency) {
            app.printer.line(line)?;
        }
    } else {
        app.printer.json(&AccountOverview::from(&around))?;
    }
    Ok(exit::DONE)
}
