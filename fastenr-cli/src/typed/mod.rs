//! Typed values: days, durations, long texts. Days and durations are types, so that an option only has to be declared with
//! the type. Fixed sets of words are accepted in any letter case.

mod span;
pub(crate) mod text;
pub(crate) mod when;

use std::any::TypeId;

use clap::{Arg, Command};

pub(crate) use span::Span;
pub(crate) use when::{At, RangeEnd, Since, Until};

/// Accepts values that begin with a hyphen where they have a meaning: `--since -2w`, `--sort -arr`.
pub(crate) fn prepared(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let arg = if takes_hyphens(&arg) { arg.allow_hyphen_values(true) } else { arg };
        if is_closed(&arg) { arg.ignore_case(true) } else { arg }
    });
    command.mut_subcommands(prepared)
}

fn takes_hyphens(arg: &Arg) -> bool {
    arg.get_id() == "sort" || is_of::<Span>(arg) || when::is_day(arg)
}

/// Whether the argument takes one of a fixed set of words.
fn is_closed(arg: &Arg) -> bool {
    arg.get_action().takes_values() && !arg.get_possible_values().is_empty()
}

fn is_of<T: 'static>(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<T>()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;
    use crate::cli::Cli;
    use crate::commands::keys::create::Expires;

    /// Options with a time that is a length, or the clock itself, which is read before anything else.
    const LENGTHS: [&str; 7] =
        ["lock_timeout", "timeout", "body_timeout", "shutdown_timeout", "session_lifetime", "now", "retry"];

    fn walk(command: &Command, visit: &mut dyn FnMut(&Command, &Arg)) {
        command.get_arguments().for_each(|arg| visit(command, arg));
        command.get_subcommands().for_each(|sub| walk(sub, visit));
    }

    /// An option whose help says that it takes a date or a time takes `monday`, or is a length.
    #[test]
    fn every_date_is_one() {
        let mut days = 0;
        walk(&prepared(Cli::command()), &mut |command, arg| {
            let says_so =
                arg.get_value_names().unwrap_or_default().iter().any(|name| {
                    ["DATE", "TIME", "RFC3339", "7d", "90d"].iter().any(|word| name.as_str().contains(word))
                });
            let is_day = when::is_day(arg) || is_of::<Expires>(arg);
            days += usize::from(is_day);
            let name = format!("{} --{}", command.get_name(), arg.get_id());
            assert_eq!(says_so, is_day || is_of::<Span>(arg) || is_length(arg), "{name}");
            if when::is_day(arg) {
                assert!(arg.is_allow_hyphen_values_set(), "{name}");
            }
        });
        assert!(days > 80, "{days}");
    }

    fn is_length(arg: &Arg) -> bool {
        LENGTHS.contains(&arg.get_id().as_str()) || is_of::<std::time::Duration>(arg)
    }

    /// Signs belong to what is typed, and an option that follows is none of it.
    #[test]
    fn signs() {
        let parse = |line: &str| prepared(Cli::command()).try_get_matches_from(line.split(' '));
        for line in [
            "fastenr activity list --since -2w",
            "fastenr accounts list --sort -arr",
            "fastenr engagements list --sort -at --from -1m --to +3d",
            "fastenr accounts update A --contract-end +1y",
            "fastenr accounts list -o JSON",
        ] {
            parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
        let error = parse("fastenr activity list --since --all").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ValueValidation);
    }
}
