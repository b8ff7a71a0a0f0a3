//! `fastenr organizations update`

use fastenr_core::model::noun::Field;
use fastenr_core::model::organization::{ORGANIZATION, Organization};
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_core::ops::{Change, organizations};
use fastenr_core::{Error, Result};

use super::ValueArgs;
use crate::app::App;
use crate::commands::written::{self, UPDATE};
use crate::exit::{self, Code};
use crate::fields;

/// Update an organization.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr organizations update default --name 'Acme Customer Success' --currency EUR
  fastenr organizations update default --slug acme --own-domain acme.example")]
pub(crate) struct Args {
    /// Slug of the organization.
    #[arg(value_name = "ORGANIZATION")]
    pub which: String,

    /// New slug.
    #[arg(long, value_name = "SLUG")]
    pub slug: Option<String>,

    #[command(flatten)]
    pub values: ValueArgs,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let change = OrganizationChange { by: app.settings.user.clone(), ..args.values.change(args.slug) };
    let parts = [&change.slug, &change.name, &change.currency, &change.time_zone];
    if parts.iter().all(|part| part.is_none()) && change.own_domains.is_none() {
        return Err(Error::invalid("no_change", "an update needs a value to change").hint("give one with its flag"));
    }
    let db = super::migrated(app).await?;
    let before = organizations::list(&db).await?.into_iter().find(|known| known.slug == args.which);
    let after = organizations::update(&db, app.clock(), &args.which, &change, args.dry_run).await?;
    let changes = before.map(|before| changes(&before, &after)).unwrap_or_default();
    written::told(app, ORGANIZATION.one, &after.slug, UPDATE, &changes, args.dry_run);
    app.show(&fields::all(&ORGANIZATION), &after)?;
    Ok(exit::DONE)
}

fn changes(before: &Organization, after: &Organization) -> Vec<Change> {
    let text = |organization: &Organization, field: &Field| field.text(&organization.value(field)).into_owned();
    let set = ORGANIZATION.fields.iter().filter(|field| field.writable());
    set.map(|field| Change { field: field.name, old: text(before, field), new: text(after, field) })
        .filter(|change| change.old != change.new)
        .collect()
}
