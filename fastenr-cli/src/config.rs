//! The configuration file: `fastenr/config.toml` in the XDG config folder, with the names of the global options.
//!
//! `now` and `yes` are not among them: they are for a single run.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;
use fastenr_core::{Error, Result};
use serde::Deserialize;

use crate::globals::{Color, Format};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Config {
    pub database: Option<String>,
    pub organization: Option<String>,
    pub user: Option<String>,
    pub output: Option<Format>,
    pub color: Option<Color>,
    pub quiet: Option<bool>,
    pub verbose: Option<u8>,
    pub lock_timeout: Option<String>,
}

impl Config {
    /// The user's file, or the defaults if there is none.
    pub(crate) fn load() -> Result<Self> {
        let Some(path) = config_file() else { return Ok(Self::default()) };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map_err(|error| {
                Error::invalid("config", format!("{}: {error}", path.display()))
                    .hint("its keys are the names of the global options, see `fastenr help config`")
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io(format_args!("reading {}", path.display()), error)),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
    }
}

/// Where the user's file is, if there is one.
pub(crate) fn config_file() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.config_dir().join("fastenr").join("config.toml"))
}

/// The default path of the database.
pub(crate) fn default_database() -> Result<PathBuf> {
    let folders = Xdg::new().map_err(|_| {
        Error::invalid("no_home", "there is no home folder to keep the database in")
            .hint("name a database with --database or FASTENR_DATABASE_URL, or set HOME")
    })?;
    Ok(folders.data_dir().join("fastenr").join("fastenr.db"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_names_of_the_options() {
        let config = Config::parse("database = 'a.db'\noutput = 'jsonl'\nlock-timeout = '5s'\nverbose = 1").unwrap();
        assert_eq!(config.database.as_deref(), Some("a.db"));
        assert_eq!(config.output, Some(Format::Jsonl));
        assert_eq!(config.lock_timeout.as_deref(), Some("5s"));
    }

    #[test]
    fn says_what_it_does_not_know() {
        assert!(Config::parse("colour = 'never'").unwrap_err().contains("unknown field `colour`"));
        assert!(Config::parse("output = 'xml'").unwrap_err().contains("unknown variant `xml`"));
    }
}
