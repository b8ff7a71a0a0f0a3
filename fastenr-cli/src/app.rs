//! One run: read the arguments, run the command, turn the result into an exit code.

use std::pin::pin;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use fastenr_core::model::TimeZone;
use fastenr_core::ops::period::Remarks;
use fastenr_core::ops::users::NOBODY_NAMED;
use fastenr_core::store::{Db, Engine, cancel_all, is_committing};
use fastenr_core::{Error, Kind, Result};

use crate::cli::Cli;
use crate::commands::{self, Command};
use crate::exit::{self, Code};
use crate::globals::Settings;
use crate::habits;
use crate::printer::{self, Printer};
use crate::signal::Signals;
use crate::typed;
use crate::typed::text::Drafts;

/// What every command is given.
pub(crate) struct App {
    pub settings: Settings,
    pub printer: Printer,
    /// Opened on first use, see [`crate::connect`].
    pub db: Option<Db>,
    /// The organization's, once it is known: tables show times as its clocks do.
    pub zone: TimeZone,
    /// Connections to the database, where a command needs more than the usual few.
    pub connections: Option<u32>,
    /// Remarks about dates and times that were typed, such as a time that the clocks skip.
    pub remarks: Remarks,
    /// Long texts that were typed, kept until they are saved.
    pub drafts: Drafts,
}

pub(crate) fn main() -> Code {
    let definition = habits::taught(typed::prepared(Cli::command()));
    let args = habits::words(&definition, std::env::args_os());
    let parsed = definition
        .clone()
        .try_get_matches_from(&args)
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, is_typed(&matches, "organization"))));
    let (cli, organization_typed) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return printer::usage(&habits::mistake(error, &definition, &args)),
    };
    let settings = match Settings::resolve(&cli.globals) {
        Ok(settings) => Settings { organization_typed, ..settings },
        Err(error) => return fail(&mut Printer::plain(), &error),
    };
    let server = if let Command::Serve(args) = &cli.command { Some(args.log_format) } else { None };
    printer::log(settings.verbose, settings.quiet, server);
    let mut app = App {
        printer: Printer::new(&settings),
        settings,
        db: None,
        zone: TimeZone::UTC,
        connections: None,
        remarks: Remarks::default(),
        drafts: Drafts::default(),
    };
    let outcome = run(&mut app, cli.command).and_then(|code| {
        app.printer.finish()?;
        Ok(code)
    });
    app.remarks.take().into_iter().for_each(|remark| app.printer.warn(remark));
    let (code, written) = match outcome {
        Ok(code) => (code, true),
        Err(error) => (fail(&mut app.printer, &error), false),
    };
    for draft in app.drafts.finish(written) {
        app.printer.hint(&format!("your text was saved to {0}; use it again with @{0}", draft.display()));
    }
    code
}

/// Whether a global option is in the command line.
fn is_typed(matches: &ArgMatches, option: &str) -> bool {
    let here = matches.value_source(option) == Some(ValueSource::CommandLine);
    here || matches.subcommand().is_some_and(|(_, matches)| is_typed(matches, option))
}

fn run(app: &mut App, command: Command) -> Result<Code> {
    // One thread is enough for a command, and starts faster.
    let mut builder = match &command {
        Command::Serve(_) => tokio::runtime::Builder::new_multi_thread(),
        Command::Recompute(args) if args.jobs > 1 => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder.enable_all().build().map_err(|error| Error::io("starting", error))?;
    let outcome = runtime.block_on(until_signalled(app, command));
    // Not waited for: a thread may still be reading the terminal.
    runtime.shutdown_background();
    outcome
}

async fn until_signalled(app: &mut App, command: Command) -> Result<Code> {
    let mut signals = Signals::install()?;
    let (mut outcome, is_server) = match command {
        // A server handles signals and its shutdown timeout itself.
        Command::Serve(args) => (commands::serve::run(app, args, &mut signals).await, true),
        // After an interrupt, a statement that is still running is not waited for.
        command => (unless_signalled(app, command, &mut signals).await?, false),
    };
    if let Some(db) = app.db.take() {
        outcome = outcome.map_err(|error| db.named(error));
        let patience = match db.engine() {
            _ if !is_server => Duration::MAX,
            // The write-ahead log is merged into the file, so that the file alone is a full copy.
            Engine::Sqlite => CLOSING_FILES,
            Engine::Postgres => CLOSING,
        };
        // All data is committed: a signal or the timeout only ends this clean-up.
        tokio::select! {
            _ = tokio::time::timeout(patience, db.close()) => {}
            () = signals.received() => {}
        }
    }
    outcome
}

/// How long the connections of a server have to close.
const CLOSING: Duration = Duration::from_millis(500);
const CLOSING_FILES: Duration = Duration::from_millis(1_800);

/// How long cancelled work has to roll back and to record that in its operation. After Ctrl-C the prompt is back within two seconds.
const CANCELLING: Duration = Duration::from_millis(1_500);

/// The outcome of the command, or an error if a signal came first.
async fn unless_signalled(app: &mut App, command: Command, signals: &mut Signals) -> Result<Result<Code>> {
    let mut work = pin!(commands::run(app, command));
    let stopped = |message: &str| Err(Error::new(Kind::Interrupted, "interrupted", message));
    tokio::select! {
        biased; // a finished command counts, even if a signal comes at the same moment
        outcome = &mut work => return Ok(outcome),
        () = signals.received() => {}
    }
    if is_committing() {
        // The commit is already running: wait for its result, which comes soon.
        tokio::select! {
            biased;
            outcome = &mut work => return Ok(outcome),
            () = signals.received() => {}
        }
        if is_committing() {
            return stopped("interrupted during a commit; whether it was kept shows in the data");
        }
    }
    if cancel_all() > 0 {
        // The work ends by itself, and its operation records how.
        tokio::select! {
            biased;
            outcome = &mut work => if outcome.is_ok() { return Ok(outcome) },
            () = signals.received() => {}
            () = tokio::time::sleep(CANCELLING) => {}
        }
    }
    stopped("interrupted; the unit in progress was rolled back")
}

fn fail(printer: &mut Printer, error: &Error) -> Code {
    if exit::is_broken_pipe(error) {
        printer.abandon();
        return exit::DONE;
    }
    printer.error(error);
    if error.code == NOBODY_NAMED {
        printer.hint("say who you are: --user EMAIL, FASTENR_USER, or user in the configuration file");
    }
    exit::of(error)
}
