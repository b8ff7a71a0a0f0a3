//! `fastenr completions`

use clap::builder::{PossibleValuesParser, Resettable};
use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::Shell;
use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::noun::{Meaning, Noun};
use fastenr_core::model::nouns;
use fastenr_core::model::selection::{ALL, Test};
use fastenr_core::score::alerts::Rule;

use crate::app::App;
use crate::cli::Cli;
use crate::exit::{self, Code};
use crate::printer::writing;

/// Print a completion script for a shell.
///
/// It completes commands, options and the values of every closed set: statuses, bands, sort keys, alert rules, fields. Names of
/// accounts, users and segments are not completed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr completions bash > ~/.local/share/bash-completion/completions/fastenr
  fastenr completions zsh > ~/.zfunc/_fastenr
  fastenr completions fish > ~/.config/fish/completions/fastenr.fish")]
pub(crate) struct Args {
    #[arg(value_enum, help = "Shell")]
    pub shell: Shell,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<Code> {
    // Generated into memory first: the generator panics where it can't write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut offering(Cli::command()), "fastenr", &mut script);
    app.printer.data().write_all(&script).map_err(writing)?;
    Ok(exit::DONE)
}

/// The definition with the values that each argument can have, for the script alone: parsing takes more than these, such as
/// several values separated by commas.
fn offering(command: Command) -> Command {
    command.mut_args(|arg| offers(arg, &ACCOUNT)).mut_subcommands(|command| {
        // What is no noun of records, such as `health`, is about accounts.
        let noun = nouns::called(command.get_name()).unwrap_or(&ACCOUNT);
        of_noun(command, noun)
    })
}

fn of_noun(command: Command, noun: &'static Noun) -> Command {
    command.mut_args(|arg| offers(arg, noun)).mut_subcommands(|command| of_noun(command, noun))
}

fn offers(arg: Arg, noun: &'static Noun) -> Arg {
    if !arg.get_action().takes_values() || !arg.get_possible_values().is_empty() {
        return arg;
    }
    let values = values(&arg, noun);
    if values.is_empty() {
        let hint = match arg.get_value_names().and_then(<[_]>::first).map(AsRef::as_ref) {
            Some("FILE" | "FILE.toml" | "FILE|-") => ValueHint::FilePath,
            Some("DIR") => ValueHint::DirPath,
            Some("PROGRAM" | "COMMAND") => ValueHint::CommandName,
            // Only what is said to be a file is completed as one.
            _ if arg.get_value_hint() == ValueHint::Unknown => ValueHint::Other,
            _ => arg.get_value_hint(),
        };
        return arg.value_hint(hint);
    }
    arg.value_parser(PossibleValuesParser::new(values)).default_value(Resettable::Reset)
}

/// The closed set that the argument takes values of; empty where there is none.
fn values(arg: &Arg, noun: &'static Noun) -> Vec<&'static str> {
    let choices = |noun: &'static Noun, name: &str| match noun.field(name).map(|(_, field)| field.meaning) {
        Some(Meaning::Choice(choices)) => choices.texts.to_vec(),
        Some(Meaning::Boolean) => vec!["yes", "no"],
        _ => Vec::new(),
    };
    let id = arg.get_id().as_str();
    let filter = id.strip_prefix("filter_").and_then(|name| {
        let of = |noun: &'static Noun| noun.filter(name).map(|filter| (noun, filter));
        of(noun).or_else(|| of(&ACCOUNT))
    });
    if let Some((noun, filter)) = filter {
        return match filter.test {
            Test::AnyOf(name) | Test::Band(name) => choices(noun, name),
            Test::State { field, .. } => [choices(noun, field), vec![ALL]].concat(),
            _ => Vec::new(),
        };
    }
    match id {
        "sort" => noun.sorts.iter().map(|sort| sort.name).collect(),
        "fields" => noun.fields.iter().map(|field| field.name).collect(),
        "unset" => noun.fields.iter().filter(|field| field.writable()).map(|field| field.name).collect(),
        "rule" | "rules" => Rule::ALL.iter().map(|rule| rule.as_str()).collect(),
        _ => {
            let name = arg.get_long().unwrap_or_default().replace('-', "_");
            choices(noun, &name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(shell: Shell) -> String {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut offering(Cli::command()), "fastenr", &mut script);
        String::from_utf8(script).unwrap()
    }

    fn offered(path: &[&str], long: &str) -> (Vec<String>, ValueHint) {
        let command = offering(Cli::command());
        let found = path.iter().fold(&command, |command, name| command.find_subcommand(name).unwrap());
        let arg = found.get_arguments().find(|arg| arg.get_long() == Some(long) || arg.get_id() == long).unwrap();
        let values = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        (values, arg.get_value_hint())
    }

    #[test]
    fn closed_sets_are_offered() {
        for (path, long, some) in [
            (&["accounts", "list"][..], "status", "at_risk"),
            (&["accounts", "list"], "band", "critical"),
            (&["accounts", "list"], "sort", "health_score"),
            (&["accounts", "list"], "fields", "contract_end"),
            (&["accounts", "update"], "renewal-stage", "will_churn"),
            (&["accounts", "update"], "status", "churned"),
            (&["engagements", "list"], "type", "call"),
            (&["engagements", "create"], "outcome", "positive"),
            (&["tasks", "list"], "sort", "due"),
            (&["users", "create"], "role", "admin"),
            (&["alerts", "list"], "rule", Rule::ALL[0].as_str()),
            (&["alerts", "list"], "state", "all"),
            (&["health", "summary"], "band", "healthy"),
        ] {
            let (values, _) = offered(path, long);
            assert!(values.iter().any(|value| value == some), "{path:?} {long}: {values:?}");
        }
    }

    #[test]
    fn files_only_where_one_is_meant() {
        for (path, long, hint) in [
            (&["accounts", "import"][..], "file", ValueHint::FilePath),
            (&["accounts", "import"], "mapping", ValueHint::FilePath),
            (&["accounts", "list"], "owner", ValueHint::Other),
            (&["accounts", "get"], "name", ValueHint::Other),
            (&["accounts", "bulk-update"], "plan", ValueHint::FilePath),
        ] {
            assert_eq!(offered(path, long).1, hint, "{path:?} {long}");
        }
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            assert!(script(shell).contains("at_risk"), "{shell}");
        }
    }
}
