//! The filters of a noun, as options.

use std::borrow::Cow;
use std::marker::PhantomData;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use fastenr_core::Result;
use fastenr_core::model::noun::{Noun, Storage};
use fastenr_core::model::selection::{Filter, Order, Selection, Test};
use fastenr_core::model::when::Sense;
use fastenr_core::ops::{Context, selection};

use super::Kind;
use crate::commands::pair;
use crate::typed::{Span, when};

#[derive(Debug, Clone)]
pub(crate) struct FilterArgs<K> {
    pairs: Vec<(Cow<'static, str>, String)>,
    kind: PhantomData<K>,
}

/// The filters that have an option.
fn filters<K: Kind>() -> impl Iterator<Item = &'static Filter> {
    K::noun().filters.iter().filter(|filter| !K::WITHOUT.contains(&filter.name))
}

/// The ids of these options; a command may require one of them.
pub(crate) fn ids<K: Kind>() -> Vec<String> {
    filters::<K>().map(id).collect()
}

/// The id of an option in the parser; unique within a command.
fn id(filter: &Filter) -> String {
    format!("filter_{}", filter.name)
}

/// How a day of a range may be written; other values are texts that the library reads.
fn parser(noun: &'static Noun, filter: &Filter) -> ValueParser {
    match filter.test {
        Test::From(..) | Test::Since(_) | Test::Until(_) => when::parser(Sense::Back),
        Test::To(sql, _) => when::parser(selection::end_of(noun, sql)),
        Test::Ahead(_) | Test::Ago(_) => value_parser!(Span).into(),
        _ => ValueParser::string(),
    }
}

impl<K: Kind> FilterArgs<K> {
    pub(crate) async fn read(&self, context: &Context) -> Result<Selection> {
        selection::selection(context, K::noun(), self.pairs.iter().map(|(name, text)| (name.as_ref(), text.as_str())))
            .await
    }

    /// Adds a filter that has no option here, or whose option was not given.
    pub(crate) fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.pairs.push((Cow::Borrowed(name), text.into()));
        self
    }

    /// Names and values of the filters, as the library reads them.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        self.pairs.iter().map(|(name, text)| (name.clone().into_owned(), text.clone())).collect()
    }

    /// Whether a filter was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(known, _)| known == name)
    }

    /// Whether it matches every record that is not archived.
    pub(crate) const fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Takes the value of a filter out, for a verb that reads it in its own way.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let given = self.pairs.iter().rev().find(|(known, _)| known == name).map(|(_, text)| text.clone());
        self.pairs.retain(|(known, _)| known != name);
        given
    }
}

impl<K: Kind> clap::FromArgMatches for FilterArgs<K> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut pairs = Vec::new();
        for filter in filters::<K>() {
            if filter.is_flag() {
                if matches.get_flag(&id(filter)) {
                    pairs.push((Cow::Borrowed(filter.name), "true".to_owned()));
                }
            } else if filter.test == Test::Member {
                let given = matches.get_many::<(String, String)>(&id(filter)).into_iter().flatten();
                pairs.extend(given.map(|(key, value)| (Cow::Owned(format!("custom.{key}")), value.clone())));
            } else if let Test::Ahead(_) | Test::Ago(_) = filter.test {
                // As the library writes it: `2 weeks` is 14d.
                let given = matches.get_many::<Span>(&id(filter)).into_iter().flatten();
                pairs.extend(given.map(|span| (Cow::Borrowed(filter.name), span.as_str().to_owned())));
            } else if let Some(values) = matches.get_raw(&id(filter)) {
                pairs.extend(values.filter_map(|value| Some((Cow::Borrowed(filter.name), value.to_str()?.to_owned()))));
            }
        }
        Ok(Self { pairs, kind: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<K: Kind> clap::Args for FilterArgs<K> {
    fn augment_args(command: Command) -> Command {
        filters::<K>().fold(command, |command, filter| {
            let arg =
                Arg::new(id(filter)).long(filter.name.replace('_', "-")).help(filter.about).help_heading("Filters");
            let arg = match filter.excludes.and_then(|name| K::noun().filter(name)) {
                Some(other) => arg.conflicts_with(id(other)),
                None => arg,
            };
            command.arg(match filter.value {
                "" => arg.action(ArgAction::SetTrue),
                value if filter.test == Test::Member => {
                    arg.action(ArgAction::Append).value_name(value).value_parser(pair)
                }
                value => {
                    let value = match filter.test {
                        Test::From(_, Storage::Instant) | Test::To(_, Storage::Instant) => "TIME",
                        Test::From(..) | Test::To(..) => "DATE",
                        _ => value,
                    };
                    arg.action(ArgAction::Append).value_name(value).value_parser(parser(K::noun(), filter))
                }
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The sort order of a list.
#[derive(Debug, Clone)]
pub(crate) struct OrderArgs<K> {
    pub sort: String,
    kind: PhantomData<K>,
}

impl<K: Kind> OrderArgs<K> {
    pub(crate) fn read(&self) -> Result<Order> {
        selection::order(K::noun(), &self.sort).map_err(|invalid| invalid.of("sort", &self.sort))
    }
}

impl<K: Kind> clap::FromArgMatches for OrderArgs<K> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let sort = matches.get_one::<String>("sort").cloned().unwrap_or_default();
        Ok(Self { sort, kind: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<K: Kind> clap::Args for OrderArgs<K> {
    fn augment_args(command: Command) -> Command {
        let names: Vec<&str> = K::noun().sorts.iter().map(|sort| sort.name).collect();
        let (last, others) =
            names.split_last().map_or(("", String::new()), |(last, others)| (*last, others.join(", ")));
        let first = K::noun().sorts.first();
        let default = first
            .map_or_else(String::new, |sort| format!("{}:{}", sort.name, if sort.descending { "desc" } else { "asc" }));
        command.arg(
            Arg::new("sort")
                .long("sort")
                .value_name("KEY[:asc|desc]")
                .help(format!("Sort order: {others} or {last}; empty values sort lowest"))
                .default_value(default),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::commands::accounts::Account;
    use crate::commands::alerts::{Alert, ChosenAlert};
    use crate::commands::keys::Key;

    #[derive(Parser)]
    struct Only<K: Kind> {
        #[command(flatten)]
        filter: FilterArgs<K>,
    }

    fn parse<K: Kind>(words: &[&str]) -> Result<FilterArgs<K>, clap::Error> {
        Ok(Only::try_parse_from(std::iter::once("fastenr").chain(words.iter().copied()))?.filter)
    }

    fn same<K: Kind>() {
        for filter in K::noun().filters {
            let flag = format!("--{}", filter.name.replace('_', "-"));
            let (value, name, text) = match filter.test {
                Test::Ahead(_) | Test::Ago(_) => ("2 weeks", filter.name, "14d"),
                Test::From(..) | Test::To(..) | Test::Since(_) | Test::Until(_) => ("monday", filter.name, "monday"),
                Test::Member => ("tier=gold", "custom.tier", "gold"),
                _ if filter.is_flag() => ("", filter.name, "true"),
                _ => ("x", filter.name, "x"),
            };
            let line: Vec<&str> = [flag.as_str(), value].into_iter().filter(|word| !word.is_empty()).collect();
            let parsed = parse::<K>(&line);
            match K::WITHOUT.contains(&filter.name) {
                true => assert!(parsed.is_err(), "{flag}"),
                false => assert_eq!(parsed.unwrap().pairs(), [(name.to_owned(), text.to_owned())]),
            }
        }
        assert!(parse::<K>(&[]).unwrap().is_empty());
    }

    /// Each filter has a flag, which reaches the library under the filter's name; but those that the verb has no flag for.
    #[test]
    fn flags_and_filters_are_the_same() {
        same::<Account>();
        same::<Alert>();
        same::<ChosenAlert>();
        same::<Key>();
        assert!(parse::<Account>(&["--owner", "x", "--unowned"]).is_err());
        assert!(parse::<Alert>(&["--owner", "x", "--unowned"]).is_ok());
    }
}
