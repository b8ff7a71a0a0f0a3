//! `fastenr organizations create`

use fastenr_core::Result;
use fastenr_core::model::organization::ORGANIZATION;
use fastenr_core::ops::organizations;

use super::ValueArgs;
use crate::app::App;
use crate::exit::{self, Code};
use crate::fields;

/// Create an organization and its first admin.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr organizations create acme --admin jo@acme.example --currency EUR --time-zone Europe/Berlin")]
pub(crate) struct Args {
    /// Slug, its name in commands: lower-case letters, digits and hyphens.
    pub slug: String,

    #[command(flatten)]
    pub values: ValueArgs,

    /// E-mail address of its first admin.
    #[arg(long, value_name = "EMAIL")]
    pub admin: String,

    /// Name of the admin.
    #[arg(long, value_name = "TEXT", default_value = "Administrator")]
    pub admin_name: String,

    /// Preview without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let db = super::migrated(app).await?;
    let change = args.values.change(Some(args.slug));
    let made = organizations::create(&db, app.clock(), &change, &args.admin, &args.admin_name, args.dry_run).await?;
    if args.dry_run {
        app.printer.talk(format_args!("would create organization {}; dry run, nothing was written", made.slug));
    } else {
        app.printer.talk(format_args!("created organization {}; use it with --organization {}", made.slug, made.slug));
    }
    app.show(&fields::all(&ORGANIZATION), &made)?;
    Ok(exit::DONE)
}
