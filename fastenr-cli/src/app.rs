//! One run: read the arguments, do the command, translate what came of it.

use std::pin::pin;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches};
use fastenr_core::ops::period::Remarks;
use fastenr_core::ops::users::NOBODY_NAMED;
use fastenr_core::store::{Db, Engine, cancel_all, is_committing};
use fastenr_core::{Error, Kind, Result};

use crate::cli::Cli;
use crate::commands::{self, Command};
use crate::exit::{self, Code};
use crate::globals::Settings;
use crate::printer::{self, Printer};
use crate::signal::Signals;
use crate::typed;
use crate::typed::text::Drafts;

/// What every command is given.
pub(crate) struct App {
    pub settings: Settings,
    pub printer: Printer,
    /// Opened by the first that asks for it, see [`crate::connect`].
    pub db: Option<Db>,
    /// Connections to the database, where a command needs more than the usual few.
    pub connections: Option<u32>,
    /// What is to be told of days and moments that were typed.
    pub remarks: Remarks,
    /// Long texts that were typed, until they are written.
    pub drafts: Drafts,
}

pub(crate) fn main() -> Code {
    let parsed = typed::prepared(Cli::command()).try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return printer::usage(&error),
    };
    let settings = match Settings::resolve(&cli.globals) {
        Ok(settings) => settings,
        Err(error) => return fail(&mut Printer::plain(), &error),
    };
    let server = if let Command::Serve(args) = &cli.command { Some(args.log_format) } else { None };
    printer::log(settings.verbose, settings.quiet, server);
    let mut app = App {
        printer: Printer::new(&settings),
        settings,
        db: None,
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
        app.printer.hint(&format!("the text is kept in {0}; give it again with @{0}", draft.display()));
    }
    code
}

fn run(app: &mut App, command: Command) -> Result<Code> {
    // One thread is enough for a command, and is there sooner.
    let mut builder = match command {
        Command::Serve(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder.enable_all().build().map_err(|error| Error::io("starting", error))?;
    let outcome = runtime.block_on(until_signalled(app, command));
    // Not waited for: somebody's terminal may still be being read.
    runtime.shutdown_background();
    outcome
}

async fn until_signalled(app: &mut App, command: Command) -> Result<Code> {
    let mut signals = Signals::install()?;
    let (mut outcome, is_server) = match command {
        // A server ends by a signal as a matter of course, and then by its time.
        Command::Serve(args) => (commands::serve::run(app, args, &mut signals).await, true),
        // Nobody who interrupted it waits for a statement that is still at work.
        command => (unless_signalled(app, command, &mut signals).await?, false),
    };
    if let Some(db) = app.db.take() {
        outcome = outcome.map_err(|error| db.named(error));
        let patience = match db.engine() {
            _ if !is_server => Duration::MAX,
            // The log goes into the file, so that this alone can be copied.
            Engine::Sqlite => CLOSING_FILES,
            Engine::Postgres => CLOSING,
        };
        // What is written is written: a signal, or the time, ends the tidying up alone.
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

/// How long work that was cancelled has to roll back, and to say so in its operation: whoever interrupted it is to have the prompt
/// within two seconds.
const CANCELLING: Duration = Duration::from_millis(1_500);

/// The outcome of the command, or the error of whoever was told to stop first.
async fn unless_signalled(app: &mut App, command: Command, signals: &mut Signals) -> Result<Result<Code>> {
    let mut work = pin!(commands::run(app, command));
    let stopped = |message: &str| Err(Error::new(Kind::Interrupted, "interrupted", message));
    tokio::select! {
        biased; // what is done is done, whatever comes at the same moment
        outcome = &mut work => return Ok(outcome),
        () = signals.received() => {}
    }
    if is_committing() {
        // The database is writing it down already: its answer is a matter of moments, and the truth.
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
        // It ends by itself, and its operation then says how.
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
