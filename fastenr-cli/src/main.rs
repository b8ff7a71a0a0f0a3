//! `fastenr`: customer success from a terminal and cron. To add a verb, write its file under `commands`.

mod app;
mod cli;
mod commands;
mod config;
mod connect;
mod exit;
mod fields;
mod globals;
mod habits;
mod output;
mod printer;
mod reference;
mod signal;
mod topics;
mod typed;
mod ways;

fn main() -> std::process::ExitCode {
    app::main().into()
}
