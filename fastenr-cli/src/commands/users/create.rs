//! `fastenr users create`

use fastenr_core::Result;
use fastenr_core::model::user::USER;
use fastenr_core::ops::users;

use crate::app::App;
use crate::commands::written::{self, CREATE};
use crate::exit::Code;

/// Create a user.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr users create jo@example.com --name 'Jo Doe'
  fastenr users create ops@example.com --name Operations --role admin")]
pub(crate) struct Args {
    /// E-mail address; unique.
    pub email: String,

    /// Full name.
    #[arg(long, value_name = "TEXT")]
    pub name: String,

    /// Role: read, write or admin; each includes the ones before it.
    #[arg(long, value_name = "ROLE", default_value = "write")]
    pub role: String,

    /// External id: the id in the source system; unique.
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,

    /// Preview without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let given: Vec<(String, Option<String>)> = [
        ("email", Some(args.email)),
        ("name", Some(args.name)),
        ("role", Some(args.role)),
        ("external_id", args.external_id),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), Some(value?))))
    .collect();
    let context = app.context().await?;
    let made = users::create(&context, &given, args.dry_run).await?;
    written::written(app, &USER, CREATE, &made, args.dry_run)
}
