//! `fastenr model list`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::models::{self, ModelLine};

use super::text;
use crate::app::App;
use crate::exit::{self, Code};

/// List the models: those in use in the order in which they are tried, then the revisions that are not.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr model list
  fastenr model list -o json")]
pub(crate) struct Args {}

const FIELDS: &[Field] = &[
    Field::new("position", Meaning::Count, ""),
    Field::new("name", Meaning::Line, ""),
    Field::new("revision", Meaning::Count, ""),
    Field::new("fingerprint", Meaning::Line, ""),
    Field::new("applies_to", Meaning::Line, ""),
    Field::new("created_by", Meaning::Line, ""),
    Field::new("created_at", Meaning::Instant, ""),
];

fn cells(line: &ModelLine) -> Vec<Value> {
    vec![
        line.position.map_or(Value::Null, super::count),
        text(line.name.as_str()),
        Value::Integer(line.revision),
        text(line.fingerprint.as_str()),
        if line.applies_to.is_empty() { text("all") } else { text(line.applies_to.as_str()) },
        line.created_by.clone().map_or(Value::Null, Value::Text),
        line.created_at.map_or(Value::Null, Value::Instant),
    ]
}

pub(crate) async fn run(app: &mut App, _: Args) -> Result<Code> {
    let context = app.context().await?;
    let lines = models::list(&context).await?;
    let used = lines.iter().filter(|line| line.position.is_some()).count();
    super::table(app, FIELDS, lines.iter().map(cells).collect())?;
    app.printer.finish()?;
    app.printer.talk(format_args!("{used} in use, {} stored", lines.len() - 1));
    Ok(exit::DONE)
}
