//! `fastenr db check`

use fastenr_core::Result;
use fastenr_core::ops::admin;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::commands::counted;
use crate::exit::{self, Code};
use crate::output::facts;

/// Check the database for damage: file structure, references to missing rows, schema version, an activity feed from another
/// server.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr db check || mail -s 'fastenr: the database is damaged' ops@example.com < /dev/null

Exit codes: 0 no damage found; 1 problems were found.")]
pub(crate) struct Args {}

pub(crate) async fn run(app: &mut App, _args: Args) -> Result<Code> {
    let db = app.open(false).await?;
    let checks = admin::check(&db).await?;
    let names: Vec<String> = checks.iter().map(|check| check.name.replace(' ', "_")).collect();
    let mut found: Vec<(&str, Json)> = checks
        .iter()
        .zip(&names)
        .map(|(check, name)| {
            let problems = if check.problems.is_empty() { json!("ok") } else { json!(check.problems) };
            (name.as_str(), problems)
        })
        .collect();
    let feed = if checks.iter().any(|check| check.name == "feed") { admin::feed(&db).await? } else { None };
    if let Some(feed) = feed {
        found.push(("feed_epoch", json!(feed.epoch)));
        // Written as text: not every JSON reader keeps that many digits.
        found.extend(feed.here.map(|here| ("system_identifier", json!(here.to_string()))));
    }
    facts(app, &found)?;
    let problems: usize = checks.iter().map(|check| check.problems.len()).sum();
    if problems == 0 {
        return Ok(exit::DONE);
    }
    app.printer.finish()?;
    app.printer.failure(&format!("the check found {}", counted(problems as u64, "problem", "problems")), None);
    Ok(exit::FAILED)
}
