//! `fastenr people export`

use std::io::Write as _;
use std::path::{Path, PathBuf};

use fastenr_core::Result;
use fastenr_core::ops::people;
use fastenr_core::part::Part;

use super::WhoArgs;
use crate::app::App;
use crate::commands::counted;
use crate::exit::{self, Code};

/// Export everything that is known of a person, as one JSON file. Only for admins.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr people export jane@acme.com --to jane.json
  fastenr people export jane@acme.com | jq '.contacts'")]
pub(crate) struct Args {
    #[command(flatten)]
    pub who: WhoArgs,

    /// File to write. Without it, or with -: stdout.
    #[arg(long = "to", value_name = "FILE")]
    pub to: Option<PathBuf>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let known = people::export(&context, args.who.who()).await?;
    let text = serde_json::to_string_pretty(&known).unwrap_or_default();
    let told = format!(
        "{}, {}, {}",
        counted(known.contacts.len() as u64, "contact", "contacts"),
        counted(known.users.len() as u64, "user", "users"),
        counted(known.texts.len() as u64, "text", "texts"),
    );
    match args.to.as_deref().filter(|file| *file != Path::new("-")) {
        Some(file) => {
            let part = Part::create(file)?;
            let mut out = part.writer()?;
            out.write_all(text.as_bytes())
                .and_then(|()| out.write_all(b"\n"))
                .and_then(|()| out.flush())
                .map_err(|error| part.failed(error))?;
            drop(out);
            let file = part.keep()?;
            app.printer.talk(format_args!("{told} → {}", file.display()));
        }
        None => {
            app.printer.line(text)?;
            app.printer.finish()?;
            app.printer.talk(told);
        }
    }
    Ok(exit::DONE)
}
