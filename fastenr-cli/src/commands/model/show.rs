//! `fastenr model show`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning};
use fastenr_core::ops::models;
use fastenr_core::score::Model;
use serde_json::Value as Json;

use super::text;
use crate::app::App;
use crate::exit::{self, Code};
use crate::globals::Format;

/// Print a model with all its numbers: the built-in model, or a stored one by name.
///
/// Save the output as a file to create your own model. The file only needs its own name and the values that differ from the
/// built-in model.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr model show > ours.toml
  fastenr model show Ours
  fastenr model show Ours@1 | fastenr model use -")]
pub(crate) struct Args {
    /// Stored model, with its revision after @ [default: the built-in one].
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

const FIELDS: &[Field] = &[Field::new("key", Meaning::Line, ""), Field::new("value", Meaning::Line, "")];

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let model = match &args.name {
        Some(name) => models::get(&app.context().await?, name).await?,
        // The built-in model needs no database.
        None => Model::builtin().clone(),
    };
    match app.settings.output {
        Format::Table => app.printer.line(model.to_toml().trim_end())?,
        Format::Json | Format::Jsonl => app.printer.line(model.to_json())?,
        Format::Csv => {
            let mut lines = Vec::new();
            flatten("", &model.to_json(), &mut lines);
            let rows = lines.into_iter().map(|(key, value)| vec![text(key), text(value)]);
            super::table(app, FIELDS, rows.collect())?;
        }
    }
    app.printer.finish()?;
    app.printer.talk(format_args!("{}, fingerprint {}", model.name, model.fingerprint()));
    Ok(exit::DONE)
}

fn flatten(before: &str, value: &Json, lines: &mut Vec<(String, String)>) {
    match value {
        Json::Object(members) => {
            let before = if before.is_empty() { String::new() } else { format!("{before}.") };
            members.iter().for_each(|(key, value)| flatten(&format!("{before}{key}"), value, lines));
        }
        Json::String(value) => lines.push((before.to_owned(), value.clone())),
        value => lines.push((before.to_owned(), value.to_string())),
    }
}
