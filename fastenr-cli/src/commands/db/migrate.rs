//! `fastenr db migrate`

use fastenr_core::Result;
use fastenr_core::ops::admin::{self, FirstOrganization};
use serde_json::json;

use super::status::layout;
use crate::app::App;
use crate::commands::counted;
use crate::exit::{self, Code};
use crate::output::facts;

/// Create the database, or update its schema.
///
/// An empty database also gets the organization "default" and an admin, which the first command needs. Its currency can't be
/// changed after an account has an ARR; its time zone decides on which day a time falls.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr db migrate --database postgres://fastenr@db.example/fastenr
  fastenr db migrate --database team.db
  fastenr db migrate --database team.db --currency EUR --time-zone Europe/Berlin
  fastenr db migrate --database postgres://fastenr@coordinator.example/fastenr --distribute")]
pub(crate) struct Args {
    /// Currency of all amounts, ISO 4217; only for an empty database [default: USD].
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,

    /// Time zone of days and times, an IANA name such as Europe/Berlin; only for an empty database [default: UTC].
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,

    /// Distribute the tables over the nodes of a Citus cluster; stop servers and jobs before.
    ///
    /// Can be repeated: after an interruption, and after an update that adds tables. docs/scale.md says when it is worth it.
    #[arg(long)]
    pub distribute: bool,

    /// With --distribute: number of parts of each table; can't be changed afterwards [default: 32].
    #[arg(long, value_name = "N", requires = "distribute")]
    pub shards: Option<u32>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let first = FirstOrganization { currency: args.currency, time_zone: args.time_zone };
    let db = app.open(true).await?;
    let (done, distributed) = match args.distribute {
        true => admin::distribute(&db, app.clock(), &first, args.shards).await?,
        false => (admin::migrate_with(&db, app.clock(), &first).await?, Vec::new()),
    };
    let place = super::place(&db);
    app.printer.talk(match done.applied.len() {
        0 => format!("{place} is up to date"),
        1 => format!("{place}: applied 1 migration"),
        many => format!("{place}: applied {many} migrations"),
    });
    let mut facts_found = vec![("applied", json!(done.applied)), ("seeded", json!(done.seeded.is_some()))];
    if args.distribute {
        app.printer.talk(match distributed.len() as u64 {
            0 => "every table is distributed already".to_owned(),
            tables => format!("distributed {}", counted(tables, "table", "tables")),
        });
        facts_found.push(("distributed", json!(distributed)));
        facts_found.extend(layout(&db).await?);
    }
    facts(app, &facts_found)?;
    if let Some(made) = &done.seeded {
        app.printer.finish()?;
        app.seeded(made);
    }
    Ok(exit::DONE)
}
