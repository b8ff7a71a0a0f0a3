//! `fastenr completions`

use clap::CommandFactory;
use clap_complete::Shell;
use fastenr_core::Result;

use crate::app::App;
use crate::cli::Cli;
use crate::exit::{self, Code};
use crate::printer::writing;

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr completions bash > ~/.local/share/bash-completion/completions/fastenr
  fastenr completions fish > ~/.config/fish/completions/fastenr.fish")]
pub(crate) struct Args {
    #[arg(value_enum, help = "Shell")]
    pub shell: Shell,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<Code> {
    // Generated into memory first: the generator panics where it can't write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "fastenr", &mut script);
    app.printer.data().write_all(&script).map_err(writing)?;
    Ok(exit::DONE)
}
