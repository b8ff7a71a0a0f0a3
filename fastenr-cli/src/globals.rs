//! Options that every command takes: flag, else environment, else configuration file, else default.

use std::time::Duration;

use clap::ValueEnum;
use fastenr_core::clock::Clock;
use fastenr_core::model::TimeZone;
use fastenr_core::model::when::{ResolvedWhen, Sense, Today, When};
use fastenr_core::ops::period;
use fastenr_core::{Invalid, Result};
use serde::Deserialize;

use crate::config::Config;

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Database: a path or sqlite:///path, or postgres://user@host/name.
    ///
    /// Default: the SQLite file fastenr/fastenr.db in the XDG data folder, created on first use.
    #[arg(long, global = true, value_name = "URL", env = "FASTENR_DATABASE_URL", hide_env_values = true)]
    pub database: Option<String>,

    /// Organization to work in [default: the only one, or the one named default].
    #[arg(long, global = true, value_name = "SLUG", env = "FASTENR_ORGANIZATION", hide_env_values = true)]
    pub organization: Option<String>,

    /// Act as this user [default: the oldest active admin].
    ///
    /// This is a claim, not a login: anyone who can open the database has full access.
    #[arg(long, global = true, value_name = "EMAIL", env = "FASTENR_USER", hide_env_values = true)]
    pub user: Option<String>,

    /// Use this as the current time: RFC 3339, a date (midnight UTC), or words [default: the machine's clock].
    #[arg(long, global = true, value_name = "TIME", env = "FASTENR_NOW", hide_env_values = true)]
    pub now: Option<String>,

    /// Format of results on stdout [default: table].
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT")]
    pub output: Option<Format>,

    /// The same as `-o json`.
    #[arg(long, global = true, hide = true, conflicts_with = "output")]
    pub json: bool,

    /// When to use colors [default: auto; NO_COLOR and TERM=dumb turn them off].
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub color: Option<Color>,

    /// Only print errors on stderr.
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Log each step to stderr; twice: each SQL statement.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Answer yes to every question.
    #[arg(long, global = true)]
    pub yes: bool,

    /// How long to wait for another run's lock, e.g. 60s, 5m [default: 60s].
    #[arg(long, global = true, value_name = "TIME", value_parser = duration)]
    pub lock_timeout: Option<Duration>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For people: aligned columns.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object per line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
}

impl Format {
    /// JSON, whose values may be lists and objects.
    pub(crate) const fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The options of this run.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// None: the default file.
    pub database: Option<String>,
    pub organization: Option<String>,
    /// It is in the command line, not only in the environment or the configuration file.
    pub organization_typed: bool,
    pub user: Option<String>,
    pub clock: Clock,
    /// `--now` in words, which needs the organization's time zone; until that is known, `clock` reads it in UTC.
    pub now_typed: Option<String>,
    pub output: Format,
    /// The format, if it was set on the command line.
    pub output_given: Option<Format>,
    pub color: Color,
    pub quiet: bool,
    pub verbose: u8,
    pub yes: bool,
    pub lock_timeout: Duration,
}

impl Settings {
    /// # Errors
    /// `config`, `now`.
    pub(crate) fn resolve(args: &GlobalArgs) -> Result<Self> {
        Self::with(args, Config::load()?)
    }

    fn with(args: &GlobalArgs, config: Config) -> Result<Self> {
        // An empty variable is how a shell unsets one for a command.
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (clock, now_typed) = match given(&args.now) {
            None => (Clock::System, None),
            Some(text) => match Clock::parse(&text) {
                Ok(clock) => (clock, None),
                Err(_) => (in_words(&text).map_err(|invalid| invalid.of("now", &text))?, Some(text)),
            },
        };
        let lock_timeout = match (args.lock_timeout, &config.lock_timeout) {
            (Some(timeout), _) => timeout,
            (None, Some(text)) => duration(text).map_err(|invalid| invalid.of("lock-timeout", text))?,
            (None, None) => Duration::from_secs(60),
        };
        let output = args.output.or_else(|| args.json.then_some(Format::Json));
        Ok(Self {
            database: given(&args.database).or(config.database),
            organization: given(&args.organization).or(config.organization),
            organization_typed: false,
            user: given(&args.user).or(config.user),
            clock,
            now_typed,
            output: output.or(config.output).unwrap_or_default(),
            output_given: output,
            color: args.color.or(config.color).unwrap_or_default(),
            quiet: args.quiet || config.quiet.unwrap_or_default(),
            verbose: args.verbose.max(config.verbose.unwrap_or_default()),
            yes: args.yes,
            lock_timeout,
        })
    }
}

/// A clock such as `monday 9:00`, in UTC.
fn in_words(text: &str) -> Result<Clock, Invalid> {
    let invalid = |invalid: Invalid| Invalid::new("now", period::with_examples(invalid, Sense::Value).rule);
    let today = Today::new(Clock::System.now(), TimeZone::UTC);
    let placed = When::parse(text).and_then(|when| when.place(&today, Sense::Value)).map_err(invalid)?;
    Ok(Clock::Fixed(match placed {
        ResolvedWhen::Moment(at, _) => at,
        ResolvedWhen::Day(day) => TimeZone::UTC.beginning(day),
    }))
}

/// `500ms`, `60s`, `5m`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, Invalid> {
    let rule = || Invalid::new("duration", "a time is a number with a unit, such as 500ms, 60s or 5m");
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u32 = number.parse().map_err(|_| rule())?;
    let milliseconds = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        _ => return Err(rule()),
    };
    Ok(Duration::from_millis(u64::from(number) * milliseconds))
}

/// The lifetime of a session: `10m`, `12h`, `7d`; none if the text is invalid.
pub(crate) fn lifetime(text: &str) -> Option<chrono::TimeDelta> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let number: i64 = number.parse().ok().filter(|number| (1..=100_000).contains(number))?;
    match unit {
        "m" => chrono::TimeDelta::try_minutes(number),
        "h" => chrono::TimeDelta::try_hours(number),
        "d" => chrono::TimeDelta::try_days(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        globals: GlobalArgs,
    }

    fn args(line: &[&str]) -> GlobalArgs {
        Only::try_parse_from(std::iter::once(&"fastenr").chain(line)).unwrap().globals
    }

    #[test]
    fn times() {
        for (text, ms) in [("500ms", 500), ("60s", 60_000), ("5m", 300_000), (" 7 ", 7_000), ("0s", 0)] {
            assert_eq!(duration(text).unwrap().as_millis(), ms, "{text}");
        }
        for text in ["", "s", "-1s", "1.5s", "1h", "1 s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_flag_beats_the_file_beats_the_default() {
        let config = || Config {
            output: Some(Format::Csv),
            lock_timeout: Some("2m".into()),
            user: Some("file@example.com".into()),
            ..Config::default()
        };
        let settings = Settings::with(&args(&["-o", "json", "--user", "flag@example.com"]), config()).unwrap();
        assert_eq!((settings.output, settings.lock_timeout.as_secs()), (Format::Json, 120));
        assert_eq!(settings.user.as_deref(), Some("flag@example.com"));
        let settings = Settings::with(&args(&["--lock-timeout", "3s", "--user", ""]), config()).unwrap();
        assert_eq!((settings.output, settings.lock_timeout.as_secs()), (Format::Csv, 3));
        assert_eq!(settings.user.as_deref(), Some("file@example.com"));
        let settings = Settings::with(&args(&[]), Config::default()).unwrap();
        assert_eq!((settings.output, settings.lock_timeout.as_secs()), (Format::Table, 60));
    }

    #[test]
    fn a_bad_clock_or_time_is_refused() {
        assert_eq!(Settings::with(&args(&["--now", "soon"]), Config::default()).unwrap_err().code, "now");
        let config = Config { lock_timeout: Some("soon".into()), ..Config::default() };
        assert_eq!(Settings::with(&args(&[]), config).unwrap_err().code, "duration");
    }
}
