//! `fastenr help`

use clap::CommandFactory;
use fastenr_core::{Error, Result};

use crate::app::App;
use crate::cli::Cli;
use crate::exit::{self, Code};
use crate::habits;
use crate::{reference, topics};

/// Explain a command or a topic: exit-codes, config, dates, texts.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr help accounts list
  fastenr help exit-codes
  fastenr help config
  fastenr help dates")]
pub(crate) struct Args {
    /// Command, such as `accounts list`, or topic.
    #[arg(value_name = "COMMAND")]
    pub words: Vec<String>,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<Code> {
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    let text = match words[..] {
        ["exit-codes"] => reference::exit_codes(),
        ["config" | "environment"] => reference::configuration(),
        ["dates"] => topics::DATES.to_owned(),
        ["texts"] => topics::TEXTS.to_owned(),
        // Not listed: makes docs/cli.md.
        ["markdown"] => reference::markdown(),
        _ => help_of(&words)?,
    };
    app.printer.line(text.trim_end())?;
    Ok(exit::DONE)
}

fn help_of(words: &[&str]) -> Result<String> {
    let mut command = habits::taught(Cli::command());
    command.build();
    let mut found = &mut command;
    for word in words {
        found = found.find_subcommand_mut(word).ok_or_else(|| {
            Error::invalid("unknown_command", format!("there is no command or topic {:?}", words.join(" ")))
                .hint("`fastenr --help` lists the commands; topics are exit-codes, config, dates and texts")
        })?;
    }
    Ok(found.render_long_help().to_string())
}
