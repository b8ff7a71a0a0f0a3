//! `fastenr man`

use std::path::PathBuf;

use clap::CommandFactory;
use clap_mangen::Man;
use fastenr_core::{Error, Result};

use crate::app::App;
use crate::cli::Cli;
use crate::exit::{self, Code};
use crate::printer::writing;

/// Write manual pages: one per command into a folder, or the main one to stdout.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr man ~/.local/share/man/man1
  fastenr man | man -l -")]
pub(crate) struct Args {
    /// Folder; created if it does not exist.
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<Code> {
    let Some(folder) = &args.folder else {
        let mut page = Vec::new();
        Man::new(Cli::command()).render(&mut page).map_err(writing)?;
        app.printer.data().write_all(&page).map_err(writing)?;
        return Ok(exit::DONE);
    };
    let failed = |error| Error::io(format_args!("writing to {}", folder.display()), error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
    app.printer.talk(format_args!("manual pages → {}", folder.display()));
    Ok(exit::DONE)
}
