//! `fastenr-bench`: makes books of customers of any size.

mod generate;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Generate test data.
#[derive(Parser)]
#[command(name = "fastenr-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a file of accounts or users: the same arguments give the same bytes
    #[command(subcommand)]
    Generate(generate::Command),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Generate(command) => generate::run(command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when stderr is closed, too.
            drop(writeln!(std::io::stderr(), "fastenr-bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
