//! The filters of a list as the page shows them: the table is that of the API.

use fastenr_core::model::noun::Noun;
use fastenr_core::model::selection::{self, Test};
use fastenr_html::form::{Choice, Filter, FilterKind, Filters};
use fastenr_html::format::label;
use fastenr_html::link;
use fastenr_html::part::Chip;

use crate::filters;
use crate::params::{Pairs, Style};

/// Parameters of a list that are not filters.
const OF_PAGES: [&str; 8] = ["page", "limit", "cursor", "total", "sort", "view", "search", "raw"];

/// The layout of the filters of a list.
pub(super) struct Layout<'l> {
    pub(super) path: &'static str,
    pub(super) noun: &'static Noun,
    /// E-mail addresses and names, for filters that name users.
    pub(super) users: &'l [(String, String)],
    /// Names of segments.
    pub(super) segments: &'l [String],
    pub(super) searches: &'static str,
    /// Other parameters of the page, which are no filters and are kept.
    pub(super) own: &'static [&'static str],
}

/// Up to this number of users, they are offered as a list.
const MOST_CHOICES: usize = 200;

impl Layout<'_> {
    pub(super) fn draw(&self, pairs: &Pairs) -> Filters {
        let of = |name: &str| pairs.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.as_str());
        let filters = self.noun.filters.iter().filter(|filter| !matches!(filter.test, Test::Member | Test::Search(_)));
        let (first, more): (Vec<&selection::Filter>, Vec<_>) = filters.partition(|filter| filter.prominent);
        let draw = |filters: Vec<&selection::Filter>| filters.iter().map(|filter| self.filter(filter, pairs)).collect();
        let (first, more) = (draw(first), draw(more));
        let stays = |name: &str| ["sort", "limit", "view"].contains(&name) || self.own.contains(&name);
        let kept = pairs.iter().filter(|(name, _)| stays(name) || name.starts_with("custom."));
        let staying: Pairs = pairs.iter().filter(|(name, _)| stays(name)).cloned().collect();
        Filters {
            action: self.path.to_owned(),
            search: of("search").to_owned(),
            searches: self.searches,
            first,
            more,
            chips: self.chips(pairs),
            kept: kept.cloned().collect(),
            none: link::with(self.path, staying),
        }
    }

    fn filter(&self, filter: &selection::Filter, pairs: &Pairs) -> Filter {
        let (name, parameter) = (filter.name, filters::of_filter(self.noun, filter));
        let is_list = parameter.style == Style::Commas;
        let given = pairs.iter().filter(|(known, _)| known == name).map(|(_, text)| text.as_str());
        let values: Vec<String> = match is_list {
            true => given.flat_map(|text| text.split(',')).map(|item| item.trim().to_owned()).collect(),
            false => given.map(str::to_owned).collect(),
        };
        let choice = |value: &str, text: String| Choice { value: value.to_owned(), text };
        let kind = match (filter.test, parameter.choices()) {
            _ if !filter.offers.is_empty() => {
                FilterKind::One(filter.offers.iter().map(|(value, text)| choice(value, (*text).to_owned())).collect())
            }
            (Test::Segment, _) => {
                FilterKind::One(self.segments.iter().map(|name| choice(name, name.clone())).collect())
            }
            (Test::Users(_) | Test::Owners, _) if self.users.len() <= MOST_CHOICES => {
                FilterKind::One(self.users.iter().map(|(email, name)| choice(email, name.clone())).collect())
            }
            (_, Some(choices)) if choices == ["true", "false"] => FilterKind::Flag,
            (_, Some(choices)) if is_list => {
                FilterKind::Any(choices.iter().map(|value| choice(value, label(value))).collect())
            }
            (_, Some(choices)) => FilterKind::One(choices.iter().map(|value| choice(value, label(value))).collect()),
            _ => FilterKind::Text { placeholder: placeholder(filter.test).to_owned() },
        };
        // One of a list that is chosen from is written as the whole of it.
        let values = match &kind {
            FilterKind::One(_) if is_list && values.len() > 1 => vec![values.join(",")],
            _ => values,
        };
        Filter {
            name: name.to_owned(),
            label: self.label(name),
            hint: hint(filter.test, &parameter.about),
            kind,
            values,
        }
    }

    fn label(&self, name: &str) -> String {
        match self.noun.filter(name).map(|filter| filter.test) {
            Some(Test::Least(field)) => format!("{}, at least", label(field)),
            Some(Test::Most(field)) => format!("{}, at most", label(field)),
            _ => label(name),
        }
    }

    /// The active filters, each with the link that removes it.
    fn chips(&self, pairs: &Pairs) -> Vec<Chip> {
        let is_filter = |name: &str| (name == "search" || !OF_PAGES.contains(&name)) && !self.own.contains(&name);
        let filters = pairs.iter().enumerate().filter(|(_, (name, _))| is_filter(name));
        let without = |place: usize| {
            let others = pairs
                .iter()
                .enumerate()
                .filter(|(other, (name, _))| *other != place && name != "cursor" && name != "page");
            link::with(self.path, others.map(|(_, pair)| (pair.0.as_str(), pair.1.as_str())))
        };
        let chip = |(place, (name, text)): (usize, &(String, String))| Chip {
            name: self.label(name.strip_prefix("custom.").unwrap_or(name)),
            text: text.split(',').map(fastenr_html::format::word).collect::<Vec<_>>().join(", "),
            without: without(place),
        };
        filters.map(chip).collect()
    }
}

/// What a filter's label does not say.
fn hint(test: Test, about: &str) -> String {
    match test {
        Test::Least(_) | Test::Most(_) | Test::Account | Test::Under(_) | Test::AnyExactly(_) => String::new(),
        Test::Tags => "All of these tags, separated by commas.".to_owned(),
        _ => super::answer::sentence(about.to_owned()),
    }
}

fn placeholder(test: Test) -> &'static str {
    match test {
        Test::Tags => "one,another",
        Test::From(..) => "2026-01-31 or 30d",
        Test::To(..) => "2026-12-31",
        Test::Account | Test::Under(_) => "name or id",
        _ => "",
    }
}

/// The same list with other words for one parameter, from its beginning.
pub(super) fn with(path: &str, pairs: &Pairs, name: &str, text: Option<&str>) -> String {
    let others = pairs.iter().filter(|(known, _)| known != name && known != "cursor" && known != "page");
    let others = others.map(|(name, text)| (name.as_str(), text.as_str()));
    link::with(path, others.chain(text.map(|text| (name, text))))
}

/// The filters alone: what a file, a segment and another view take.
pub(super) fn filters_alone(pairs: &Pairs) -> Pairs {
    let is_filter = |name: &str| name == "search" || !OF_PAGES.contains(&name);
    pairs.iter().filter(|(name, _)| is_filter(name)).cloned().collect()
}
