//! What people type: days, lengths of time, long texts. Days and lengths are types, so that an option has all of it by being
//! declared; closed sets of words are taken in any case.

mod span;
pub(crate) mod text;
pub(crate) mod when;

use std::any::TypeId;

use clap::{Arg, Command};

pub(crate) use span::Span;
pub(crate) use when::{At, RangeEnd, Since, Until};

/// Values that begin with a hyphen are taken where they mean something: `--since -2w`, `--sort -arr`.
pub(crate) fn prepared(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let arg = if takes_hyphens(&arg) { arg.allow_hyphen_values(true) } else { arg };
        if arg.get_possible_values().is_empty() { arg } else { arg.ignore_case(true) }
    });
    command.mut_subcommands(prepared)
}

fn takes_hyphens(arg: &Arg) -> bool {
    arg.get_id() == "sort" || is_of::<Span>(arg) || when::is_day(arg)
}

fn is_of<T: 'static>(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<T>()
}
