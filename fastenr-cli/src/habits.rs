//! What hands type out of habit: other names of nouns, verbs and options, help as a word, and words that belong elsewhere.

use std::ffi::OsString;

use clap::builder::{Resettable, StyledStr};
use clap::error::{ContextKind, ContextValue};
use clap::{Command, Error};

/// Nouns in the singular, and what else they are called. None of these stands in help.
const NOUNS: [(&str, &[&str]); 17] = [
    ("accounts", &["account", "customers", "customer"]),
    ("contacts", &["contact"]),
    ("engagements", &["engagement"]),
    ("goals", &["goal"]),
    ("tasks", &["task"]),
    ("metrics", &["metric"]),
    ("alerts", &["alert"]),
    ("model", &["models"]),
    ("segments", &["segment"]),
    ("team", &["teams"]),
    ("activity", &["activities"]),
    ("operations", &["operation"]),
    ("users", &["user"]),
    ("keys", &["key"]),
    ("organizations", &["organization"]),
    ("db", &["database"]),
    ("health", &["score", "scores"]),
];

/// Other names of verbs, for each noun that has no verb of that name.
const VERBS: [(&str, &[&str]); 11] = [
    ("list", &["ls"]),
    ("get", &["show", "view"]),
    ("show", &["get", "view"]),
    ("create", &["new", "add"]),
    ("add", &["new", "create"]),
    ("update", &["edit", "set"]),
    ("archive", &["rm", "remove", "delete"]),
    ("delete", &["rm", "remove"]),
    ("remove", &["rm", "delete"]),
    ("revoke", &["rm", "remove", "delete"]),
    ("acknowledge", &["ack"]),
];

/// Words that are no verb anywhere, and the command that is meant: after a noun, where `{}` stands for it, or alone.
const ELSEWHERE: [(&str, &str); 10] = [
    ("search", "{} list --search"),
    ("find", "{} list --search"),
    ("filter", "{} list --help"),
    ("init", "db migrate"),
    ("setup", "db migrate"),
    ("config", "help config"),
    ("server", "serve"),
    ("web", "serve --open"),
    ("dashboard", "serve --open"),
    ("version", "--version"),
];

/// How many places are named for a verb that several nouns have.
const NAMED: usize = 3;

/// The definition with these names.
pub(crate) fn taught(command: Command) -> Command {
    let command =
        named(command, &NOUNS).mut_subcommands(|noun| if noun.has_subcommands() { named(noun, &VERBS) } else { noun });
    with_short_limits(command)
}

/// In the order in which they stand, which is that of the help.
fn named(command: Command, names: &[(&str, &[&str])]) -> Command {
    let mut taken: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    command.mut_subcommands(|sub| {
        let others = names.iter().filter(|(name, _)| *name == sub.get_name()).flat_map(|(_, others)| *others);
        let free: Vec<String> =
            others.filter(|other| !taken.iter().any(|one| one == *other)).map(ToString::to_string).collect();
        taken.extend(free.iter().cloned());
        sub.aliases(free)
    })
}

/// `-n 5` wherever there is `--limit 5`.
fn with_short_limits(command: Command) -> Command {
    let command = command.mut_args(|arg| if arg.get_id() == "limit" { arg.short_alias('n') } else { arg });
    command.mut_subcommands(with_short_limits)
}

/// `fastenr accounts help list` as `fastenr accounts list --help`.
pub(crate) fn words(definition: &Command, args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let is_noun = |word: &OsString| {
        word.to_str().and_then(|word| definition.find_subcommand(word)).is_some_and(Command::has_subcommands)
    };
    if args.get(1).is_some_and(is_noun) && args.get(2).is_some_and(|word| word == "help") {
        args.remove(2);
        args.push("--help".into());
    }
    args
}

/// The mistake as it is without the environment: its variables are no part of what was typed, and a noun alone is a question.
pub(crate) fn mistake(error: Error, definition: &Command, args: &[OsString]) -> Error {
    if !error.use_stderr() {
        return error;
    }
    let plain = without_variables(definition.clone());
    let error = plain.try_get_matches_from(args).err().unwrap_or(error);
    advised(error, definition, args)
}

fn without_variables(command: Command) -> Command {
    command.mut_args(|arg| arg.env(Resettable::Reset)).mut_subcommands(without_variables)
}

/// With a tip where a word belongs, instead of one that only looks like it.
fn advised(mut error: Error, definition: &Command, args: &[OsString]) -> Error {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    let word = word.clone();
    let before = args.iter().skip(1).take_while(|arg| *arg != word.as_str()).filter_map(|arg| arg.to_str());
    let noun = before.filter_map(|arg| definition.find_subcommand(arg)).last();
    let tips = meant(definition, noun, &word);
    let alike = match error.remove(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(names)) => names,
        Some(ContextValue::String(name)) => vec![name],
        _ => Vec::new(),
    };
    if tips.is_empty() {
        // By the names that help has.
        let place = noun.unwrap_or(definition);
        let mut names: Vec<String> =
            alike.iter().filter_map(|name| Some(place.find_subcommand(name)?.get_name().to_owned())).collect();
        names.dedup();
        if !names.is_empty() {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(names));
        }
    } else {
        let styled = tips.iter().map(|tip| StyledStr::from(format!("this command exists: fastenr {tip}"))).collect();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(styled));
    }
    error
}

/// The commands that somebody may mean who typed this word after the noun, or after none.
fn meant(definition: &Command, noun: Option<&Command>, word: &str) -> Vec<String> {
    if let Some((_, command)) = ELSEWHERE.iter().find(|(own, _)| *own == word) {
        let noun = noun.map_or("accounts", Command::get_name);
        let searched = |command: &Command| command.get_arguments().any(|arg| arg.get_long() == Some("search"));
        let list = definition.find_subcommand(noun).and_then(|noun| noun.find_subcommand("list"));
        return match command.contains("--search") && !list.is_some_and(searched) {
            true => list.map(|_| format!("{noun} list")).into_iter().collect(),
            false => vec![command.replace("{}", noun)],
        };
    }
    if noun.is_some() && definition.find_subcommand(word).is_some() {
        return vec![word.to_owned()];
    }
    let nouns = definition.get_subcommands().filter(|sub| sub.has_subcommands());
    let places =
        nouns.filter_map(|noun| Some(format!("{} {}", noun.get_name(), noun.find_subcommand(word)?.get_name())));
    places.take(NAMED).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;
    use crate::cli::Cli;

    fn definition() -> Command {
        taught(Cli::command())
    }

    fn parse(line: &str) -> Result<clap::ArgMatches, Error> {
        let definition = definition();
        let args = words(&definition, line.split(' ').map(OsString::from));
        definition.clone().try_get_matches_from(&args).map_err(|error| mistake(error, &definition, &args))
    }

    #[test]
    fn habits_are_understood() {
        definition().debug_assert();
        for line in [
            "fastenr account ls -n 5",
            "fastenr accounts show ACC-1 --json",
            "fastenr customers list",
            "fastenr task rm 1",
            "fastenr alert ack 1",
            "fastenr accounts rm ACC-1",
            "fastenr user new jo@example.com --name Jo",
            "fastenr operation show 1",
            "fastenr operation view 1",
            "fastenr key rm 1",
            "fastenr goals edit 1 --set title=a",
            "fastenr health movers -n 3",
        ] {
            parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
        assert_eq!(parse("fastenr accounts list --json -o csv").unwrap_err().kind(), ErrorKind::ArgumentConflict);
    }

    #[test]
    fn help_is_a_word_too() {
        for (line, usage) in [
            ("fastenr accounts help", "Usage: fastenr accounts [OPTIONS] <COMMAND>"),
            ("fastenr account help ls", "Usage: fastenr accounts list "),
            ("fastenr tasks help list", "Usage: fastenr tasks list "),
        ] {
            let help = parse(line).unwrap_err();
            assert_eq!(help.kind(), ErrorKind::DisplayHelp, "{line}");
            assert!(help.to_string().contains(usage), "{help}");
        }
    }

    #[test]
    fn words_that_belong_elsewhere() {
        for (line, tips) in [
            ("fastenr accounts search acme", &["accounts list --search"][..]),
            ("fastenr search acme", &["accounts list --search"]),
            ("fastenr keys find x", &["keys list"]),
            ("fastenr undo 1", &["operations undo"]),
            ("fastenr accounts undo 1", &["operations undo"]),
            ("fastenr explain A-1", &["health explain"]),
            ("fastenr migrate", &["db migrate"]),
            ("fastenr init", &["db migrate"]),
            ("fastenr accounts recompute", &["recompute"]),
            ("fastenr ls", &["accounts list", "contacts list", "engagements list"]),
        ] {
            let error = parse(line).unwrap_err().to_string();
            for tip in tips {
                assert!(error.contains(&format!("this command exists: fastenr {tip}\n")), "{line}: {error}");
            }
            assert!(!error.contains("similar"), "{line}: {error}");
        }
        assert!(parse("fastenr accounts lst").unwrap_err().to_string().contains("similar subcommand exists: 'list'"));
    }

    /// Every name in the tables belongs to something.
    #[test]
    fn no_name_is_left_over() {
        let definition = definition();
        for (name, others) in NOUNS {
            for other in others {
                assert_eq!(definition.find_subcommand(other).map(Command::get_name), Some(name), "{other}");
            }
        }
        for (name, _) in VERBS {
            assert!(definition.get_subcommands().any(|noun| noun.find_subcommand(name).is_some()), "{name}");
        }
    }
}
