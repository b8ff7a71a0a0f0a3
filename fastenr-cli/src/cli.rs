//! The command line as a whole.

use clap::Parser;

use crate::commands::Command;
use crate::globals::GlobalArgs;

/// Manage customer success data from the terminal and cron.
///
/// Results go to stdout, everything else goes to stderr. Programs use `-o json`. The first command creates a database if
/// there is none: start with `fastenr accounts import FILE`.
#[derive(Debug, Parser)]
#[command(
    name = "fastenr",
    version,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_long_help = "\
Examples:
  fastenr accounts import customers.csv
  fastenr accounts list --status at_risk --renews-within 90d --sort arr:desc
  fastenr accounts update Acme --owner jo@example.com --dry-run
  fastenr accounts export accounts.csv.gz

Exit codes: `fastenr help exit-codes`. Configuration: `fastenr help config`."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,

    #[command(flatten)]
    pub globals: GlobalArgs,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    /// The parser would take one for the other, without a word.
    #[test]
    fn no_argument_is_called_like_a_global_one() {
        fn check(command: &clap::Command, globals: &[String]) {
            for arg in command.get_arguments() {
                assert!(!globals.contains(&arg.get_id().to_string()), "{}: {}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(|sub| check(sub, globals));
        }
        let root = Cli::command();
        let globals: Vec<String> = root.get_arguments().map(|arg| arg.get_id().to_string()).collect();
        assert!(globals.contains(&"user".to_owned()));
        root.get_subcommands().for_each(|sub| check(sub, &globals));
    }

    #[test]
    fn valid_and_invalid_lines() {
        let parse = |line: &str| Cli::try_parse_from(line.split_whitespace());
        for line in [
            "fastenr accounts list",
            "fastenr accounts list --status active,at_risk --status churned -o json",
            "fastenr -o csv accounts list --all --fields name,arr",
            "fastenr accounts create Acme --arr 50000 --tag a --tag b --custom tier=gold --auto-renew",
            "fastenr accounts create Acme --auto-renew=no",
            "fastenr accounts update Acme --set arr=1 --unset domain --if-version 3 --dry-run",
            "fastenr accounts import - --map Company=name --on-error skip --reject-limit 5 --scale csat=1-5",
            "fastenr accounts export",
            "fastenr accounts export a.csv.gz --status active --for excel",
            "fastenr users update jo --deactivate",
            "fastenr db backup copy.db",
            "fastenr help exit-codes",
            "fastenr arr list --account Acme --kind correction --sort arr:asc",
            "fastenr arr summary --period 2025-Q3 --by size --status active",
            "fastenr accounts import a.csv --arr-as correction",
            "fastenr accounts update Acme --arr 1 --arr-as correction",
            "fastenr health backtest --score support --lead 0 --horizon 30 --from 2025-01-01 --to 2025-12-31",
            "fastenr keys create --name x --scope accounts:read,*:read --scope goals:* --for jo --expires never",
            "fastenr completions bash",
        ] {
            parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
        for line in [
            "fastenr",
            "fastenr accounts",
            "fastenr accounts lst",
            "fastenr accounts list --page 1 --all",
            "fastenr accounts list --owner jo --unowned",
            "fastenr accounts create",
            "fastenr accounts update Acme --set arr",
            "fastenr accounts import",
            "fastenr accounts import a.csv --mode replace",
            "fastenr accounts list -o xml",
            "fastenr contacts import a.csv --arr-as correction",
            "fastenr accounts import a.csv --arr-as other",
            "fastenr arr summary --period 2025 --from 2025-01-01",
            "fastenr users update jo --activate --deactivate",
            "fastenr keys create --name x",
            "fastenr keys create --scope *",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
