//! The only place that writes to stdout and stderr: data to stdout, messages to stderr.

use std::fmt::{self, Display};
use std::io::{self, BufWriter, IsTerminal, Stderr, Stdout, Write};
use std::time::Duration;

use fastenr_core::{Error, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde::Serialize;

use crate::exit::{self, Code};
use crate::globals::{Color, Settings};
use crate::ways::Terminal;
use fastenr_core::error::Hints;

pub(crate) struct Printer {
    out: BufWriter<Stdout>,
    err: Stderr,
    quiet: bool,
    yes: bool,
    /// Whether stdout and stderr are coloured.
    color: (bool, bool),
    /// Whether stderr and stdin are a terminal, so that a question can be answered.
    terminal: bool,
}

/// What happens to a question without a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoTerminal {
    /// A single record, which can be restored: go on.
    Proceed,
    /// Many records: refuse without `--yes`.
    Refuse,
}

/// The error of a question without a terminal; the caller adds a hint with the options to use.
pub(crate) fn unconfirmed(question: impl Display) -> Error {
    Error::refused("not_confirmed", format!("confirmation needed, but this is not a terminal: {question}"))
}

/// The environment asks for text without colors.
fn is_plain() -> bool {
    let is =
        |name: &str, holds: fn(&std::ffi::OsStr) -> bool| std::env::var_os(name).is_some_and(|value| holds(&value));
    is("NO_COLOR", |value| !value.is_empty()) || is("TERM", |value| value == "dumb")
}

impl Printer {
    pub(crate) fn new(settings: &Settings) -> Self {
        let color = |terminal: bool| match settings.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !is_plain(),
        };
        let (out, err) = (io::stdout(), io::stderr());
        Self {
            color: (color(out.is_terminal()), color(err.is_terminal())),
            terminal: err.is_terminal() && io::stdin().is_terminal(),
            quiet: settings.quiet,
            yes: settings.yes,
            out: BufWriter::with_capacity(1 << 16, out),
            err,
        }
    }

    /// For errors before the settings are known.
    pub(crate) fn plain() -> Self {
        let out = BufWriter::new(io::stdout());
        Self { out, err: io::stderr(), quiet: false, yes: false, color: (false, false), terminal: false }
    }

    /// The stream for data.
    pub(crate) fn data(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// Whether data are coloured.
    pub(crate) fn colored(&self) -> bool {
        self.color.0
    }

    /// A line of data.
    pub(crate) fn line(&mut self, line: impl Display) -> Result<()> {
        writeln!(self.out, "{line}").map_err(writing)
    }

    /// The beginning of a line of data.
    pub(crate) fn part(&mut self, part: impl Display) -> Result<()> {
        write!(self.out, "{part}").map_err(writing)
    }

    /// A line of JSON.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.out, value).map_err(|error| writing(error.into()))?;
        self.line("")
    }

    /// A message to stderr, not with `-q`. A closed stderr is ignored.
    pub(crate) fn talk(&mut self, line: impl Display) {
        if !self.quiet {
            self.say(line);
        }
    }

    /// A warning: the command goes on.
    pub(crate) fn warn(&mut self, line: impl Display) {
        if !self.quiet {
            let label = self.label("warning", "1;33");
            self.say(format_args!("{label} {line}"));
        }
    }

    /// An error, printed even with `-q`.
    pub(crate) fn error(&mut self, error: &Error) {
        let _ = self.out.flush();
        self.failure(&error.message, &error.hints);
    }

    pub(crate) fn failure(&mut self, message: &str, hints: &Hints) {
        let label = self.label("error", "1;31");
        self.say(format_args!("{label} {message}"));
        if let Some(hint) = hints.at(&Terminal) {
            self.hint(&hint);
        }
    }

    /// How to solve the problem.
    pub(crate) fn hint(&mut self, hint: &str) {
        let label = self.label("hint", "36");
        self.say(format_args!("{label} {hint}"));
    }

    fn say(&mut self, line: impl Display) {
        let _ = writeln!(self.err, "{line}");
    }

    fn label(&self, word: &str, style: &str) -> String {
        if self.color.1 { format!("\x1b[{style}m{word}:\x1b[0m") } else { format!("{word}:") }
    }

    /// Whether a question would be asked: on a terminal, without `--yes`.
    pub(crate) const fn asks(&self) -> bool {
        self.terminal && !self.yes
    }

    /// Whether `--yes` was given.
    pub(crate) const fn confirmed(&self) -> bool {
        self.yes
    }

    /// Asks a yes-or-no question on a terminal.
    ///
    /// # Errors
    /// `not_confirmed`.
    pub(crate) fn confirm(&mut self, question: impl Display, unasked: NoTerminal) -> Result<()> {
        if self.yes {
            return Ok(());
        }
        if !self.terminal {
            return match unasked {
                NoTerminal::Proceed => Ok(()),
                NoTerminal::Refuse => Err(unconfirmed(question).hint("nothing was written; --yes confirms")),
            };
        }
        let _ = write!(self.err, "{question} [y/N] ");
        let _ = self.err.flush();
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map_err(|error| Error::io("reading the answer", error))?;
        if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            return Ok(());
        }
        Err(Error::refused("not_confirmed", "not confirmed; nothing was written"))
    }

    /// A progress bar on stderr, hidden unless stderr is a terminal.
    pub(crate) fn progress(&self) -> ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        bar.set_style(counting());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// Flushes stdout.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.out.flush().map_err(writing)
    }

    /// The reader is gone: drops what is still buffered.
    pub(crate) fn abandon(&mut self) {
        let old = std::mem::replace(&mut self.out, BufWriter::with_capacity(0, io::stdout()));
        let _ = old.into_parts();
    }
}

/// An error of stdout.
pub(crate) fn writing(error: io::Error) -> Error {
    Error::io("writing to stdout", error)
}

/// Progress in rows of a known total.
pub(crate) fn measured() -> ProgressStyle {
    style("{msg} {wide_bar} {human_pos}/{human_len} rows, {rate}, {eta} left")
}

/// Progress in bytes of a known total.
pub(crate) fn measured_bytes() -> ProgressStyle {
    style("{msg} {wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left")
}

/// Progress in rows of an unknown total.
pub(crate) fn counting() -> ProgressStyle {
    style("{spinner} {msg} {human_pos} rows, {rate}, {elapsed}")
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
        let _ = write!(out, "{:.0} rows/s", state.per_sec());
    })
}

/// Prints the output of the argument parser: help and version to stdout, errors to stderr.
pub(crate) fn usage(error: &clap::Error) -> Code {
    // A closed pipe is not a failure.
    let _ = error.print();
    if error.use_stderr() { exit::USAGE } else { exit::DONE }
}

/// The log format of the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// One line per event, for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Sends the log to stderr: with `-v` each step, with `-vv` each statement; a server logs its steps by default.
pub(crate) fn log(verbose: u8, quiet: bool, server: Option<LogFormat>) {
    let level = match (verbose, server) {
        (0, None) => return,
        (0, Some(_)) if quiet => "warn,sqlx=error",
        (0 | 1, _) => "info,sqlx=error",
        (2, _) => "info,fastenr=debug,fastenr_core=debug,fastenr_http=debug,tower_http=debug,sqlx=error",
        (3.., _) => "trace",
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    // Fails only if a subscriber is already set, which is never the case.
    let _ = match server.unwrap_or_default() {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(false).try_init(),
    };
}

impl fmt::Debug for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Printer").field("quiet", &self.quiet).field("color", &self.color).finish_non_exhaustive()
    }
}
