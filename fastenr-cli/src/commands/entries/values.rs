//! The values of a record, as options: one for each field that can be set.

use std::ffi::OsStr;
use std::marker::PhantomData;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use fastenr_core::model::noun::{Field, Meaning};
use fastenr_core::model::when::Sense;

use super::Kind;
use crate::commands::pair;
use crate::typed::{text, when};

#[derive(Debug, Clone)]
pub(crate) struct ValueArgs<K> {
    given: Vec<(String, Option<String>)>,
    kind: PhantomData<K>,
}

fn id(field: &Field) -> String {
    format!("value_{}", field.name)
}

/// Whether the option may be repeated, for a list.
fn is_list(field: &Field) -> bool {
    matches!(field.meaning, Meaning::Tags | Meaning::Attendees)
}

/// `--tag` and `--attendee` each add one value; other options have the name of their field.
fn flag(field: &Field) -> String {
    let name = if is_list(field) { field.name.trim_end_matches('s') } else { field.name };
    name.replace('_', "-")
}

fn value_name(field: &Field) -> &'static str {
    match field.meaning {
        Meaning::Date => "DATE",
        Meaning::Instant => "TIME",
        Meaning::User | Meaning::Author => "USER",
        Meaning::Account => "ACCOUNT",
        Meaning::Count | Meaning::Score | Meaning::Number(_) | Meaning::Money | Meaning::MoneyText => "N",
        Meaning::Email => "EMAIL",
        Meaning::ExternalId => "ID",
        Meaning::Tags => "TAG",
        Meaning::Attendees => "'NAME <EMAIL>'",
        Meaning::Milestones => "JSON",
        _ => "TEXT",
    }
}

impl<K: Kind> ValueArgs<K> {
    /// Field and text, as they were given.
    pub(crate) fn given(self) -> Vec<(String, Option<String>)> {
        self.given
    }
}

impl<K: Kind> clap::FromArgMatches for ValueArgs<K> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Vec::new();
        for field in K::noun().fields.iter().filter(|field| field.writable()) {
            // The verb may have its own argument for this field.
            let Ok(Some(values)) = matches.try_get_raw(&id(field)) else { continue };
            let values: Vec<&str> = values.filter_map(OsStr::to_str).collect();
            let joined = if field.meaning == Meaning::Attendees { values.join("; ") } else { values.join(", ") };
            given.push((field.name.to_owned(), Some(joined)));
        }
        let set = matches.get_many::<(String, String)>("set").into_iter().flatten();
        given.extend(set.map(|(name, value)| (name.clone(), Some(value.clone()))));
        Ok(Self { given, kind: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<K: Kind> clap::Args for ValueArgs<K> {
    fn augment_args(command: Command) -> Command {
        let fields = K::noun().fields.iter().filter(|field| field.writable());
        let command = fields.fold(command, |command, field| {
            let about = match is_list(field) {
                true => format!("{} (repeat for more); the given values replace the existing ones", field.about),
                false if field.meaning == Meaning::Prose => format!("{}; or {}", field.about, text::HELP),
                false => field.about.to_owned(),
            };
            let action = if is_list(field) { ArgAction::Append } else { ArgAction::Set };
            let parser = match field.meaning {
                Meaning::Date | Meaning::Instant => when::parser(Sense::of_value(field.looks_back)),
                _ => ValueParser::string(),
            };
            command.arg(
                Arg::new(id(field))
                    .long(flag(field))
                    .value_name(value_name(field))
                    .help(about)
                    .help_heading("Values")
                    .allow_hyphen_values(true)
                    .value_parser(parser)
                    .action(action),
            )
        });
        command.arg(
            Arg::new("set")
                .long("set")
                .value_name("FIELD=VALUE")
                .help("Set any field by its name in exports and JSON")
                .help_heading("Values")
                .value_parser(pair)
                .action(ArgAction::Append),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
