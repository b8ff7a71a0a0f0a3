//! `fastenr-bench`: makes books of customers of any size, and times fastenr against the tools that one would use without it.

mod generate;
mod run;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Generate test data, or time fastenr against named references.
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
    /// Time fastenr and its references, and print the table of docs/performance.md
    Run(run::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Generate(command) => generate::run(command),
        Command::Run(args) => run::run(&args),
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
