//! The reference, generated from the definition of the command line.

use std::fmt::Write;

use clap::{Command, CommandFactory};

use crate::cli::Cli;
use crate::{exit, topics};

const GLOBAL: &str = "Global options";

/// `docs/cli.md`, whole.
pub(crate) fn markdown() -> String {
    let mut root = Cli::command().max_term_width(100).term_width(100);
    root.build();
    let mut text =
        String::from("# The command line\n\n<!-- Made by `fastenr help markdown`; a test compares the two. -->\n\n");
    let about = root.get_long_about().or_else(|| root.get_about()).map(ToString::to_string).unwrap_or_default();
    let _ = write!(text, "{about}\n\n## Commands\n\n");
    let mut commands = Vec::new();
    collect(&root, &mut commands);
    for command in &commands {
        let name = command.get_bin_name().unwrap_or_default();
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(text, "- [`{name}`](#{}): {about}", name.replace(' ', "-"));
    }
    let _ = write!(text, "\n## Global options\n\nEvery command takes them.\n\n```text\n{}\n```\n\n", globals(&root));
    let _ = write!(text, "## Configuration\n\n{}\n", configuration());
    let _ = write!(text, "## Dates\n\n{}\n## Texts\n\n{}\n", topics::DATES, topics::TEXTS);
    let _ = write!(text, "## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for (code, about) in exit::ALL {
        let _ = writeln!(text, "| {code} | {about} |");
    }
    for command in commands {
        let name = command.get_bin_name().unwrap_or_default().to_owned();
        let _ = write!(text, "\n## {name}\n\n```text\n{}\n```\n", own_help(command));
    }
    text
}

/// `fastenr help exit-codes`.
pub(crate) fn exit_codes() -> String {
    let mut text = String::from("Exit codes:\n");
    for (code, about) in exit::ALL {
        let _ = writeln!(text, "{:>5}  {about}", code.to_string());
    }
    text
}

/// `fastenr help config`.
pub(crate) fn configuration() -> String {
    "\
The value of an option comes from the first of these that is set: its flag, its environment
variable, the configuration file, its default. The file is fastenr/config.toml in the XDG config
folder (~/.config/fastenr/config.toml), in TOML:

    database = \"postgres://fastenr@db.example/fastenr\"
    organization = \"acme\"
    user = \"ops@acme.example\"
    output = \"table\"
    color = \"auto\"
    quiet = false
    verbose = 0
    lock-timeout = \"60s\"

Environment variables:

    FASTENR_DATABASE_URL   --database
    FASTENR_ORGANIZATION   --organization
    FASTENR_USER           --user
    FASTENR_NOW            --now
    NO_COLOR               if not empty: no colors, unless --color always; the same for TERM=dumb
    XDG_CONFIG_HOME        folder of the configuration file, fastenr/config.toml
    XDG_DATA_HOME          folder of the default database, fastenr/fastenr.db
"
    .to_owned()
}

/// The verbs, and the commands without verbs, in the order of the help.
fn collect<'c>(command: &'c Command, found: &mut Vec<&'c Command>) {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help" || is_topic(sub)) {
        if sub.has_subcommands() { collect(sub, found) } else { found.push(sub) }
    }
}

/// The top-level `help`, not the one that the parser adds to every noun.
fn is_topic(command: &Command) -> bool {
    command.get_bin_name() == Some("fastenr help")
}

fn globals(root: &Command) -> String {
    let mut only = Command::new("fastenr").disable_help_flag(true).term_width(100).help_template("{options}");
    for arg in root.get_arguments().filter(|arg| arg.get_help_heading() == Some(GLOBAL)) {
        only = only.arg(arg.clone().help_heading(None));
    }
    trimmed(&only.render_long_help().to_string())
}

/// A command's long help without the global options.
fn own_help(command: &Command) -> String {
    let mut own = command.clone().term_width(100).max_term_width(100);
    let shared: Vec<String> = own
        .get_arguments()
        .filter(|arg| arg.get_help_heading() == Some(GLOBAL))
        .map(|arg| arg.get_id().to_string())
        .collect();
    for id in shared {
        own = own.mut_arg(id, |arg| arg.hide(true));
    }
    trimmed(&own.render_long_help().to_string())
}

/// Without trailing blanks.
fn trimmed(help: &str) -> String {
    help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_help_and_an_example() {
        let mut root = Cli::command();
        root.build();
        let mut commands = Vec::new();
        collect(&root, &mut commands);
        assert!(commands.len() > 20);
        for command in commands {
            let name = command.get_bin_name().unwrap();
            assert!(command.get_about().is_some(), "{name} has no help");
            let after = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("Examples:\n"), "{name} has no example");
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                assert!(
                    arg.get_help().is_some() || arg.get_long_help().is_some(),
                    "{name}: {} has no help",
                    arg.get_id()
                );
            }
        }
    }

    #[test]
    fn the_reference_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept.trim_end() == markdown().trim_end(), "run `fastenr help markdown > docs/cli.md`");
    }

    #[test]
    fn exit_codes_are_listed() {
        assert!(exit_codes().contains("  130  interrupted"));
    }
}
