//! `fastenr whoami`

use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::ops::Context;
use serde_json::{Value as Json, json};

use super::db::place;
use crate::app::App;
use crate::exit::{self, Code};
use crate::output::facts;

/// Show the acting user, the organization, its current time, and the database.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr whoami
  fastenr whoami --user jo@example.com -o json")]
pub(crate) struct Args {}

pub(crate) async fn run(app: &mut App, _args: Args) -> Result<Code> {
    let context = app.context().await?;
    let (user, name) = (&context.user, json!(context.user.name));
    let mut told = vec![("user", json!(user.email)), ("name", name), ("role", json!(user.role.as_str()))];
    told.push(("chosen", json!(context.is_named)));
    told.extend(home(&context));
    told.push(("database", json!(place(&context.db))));
    facts(app, &told)?;
    if !context.is_named {
        app.printer
            .talk("no user was named: this is the oldest active admin; name one with --user EMAIL or FASTENR_USER");
    }
    Ok(exit::DONE)
}

/// The organization, with what its figures and times are in.
pub(super) fn home(context: &Context) -> [(&'static str, Json); 4] {
    let organization = &context.organization;
    let zone = TimeZone::parse(&organization.time_zone).unwrap_or(TimeZone::UTC);
    let local = zone.local(context.clock.now());
    [
        ("organization", json!(organization.slug)),
        ("currency", json!(organization.currency)),
        ("time_zone", json!(organization.time_zone)),
        ("now", json!(local.format("%Y-%m-%dT%H:%M:%S").to_string())),
    ]
}
