//! The filters of a list as a form: named as the API names them, so that the address of the page is also that of the call.

use askama::Template;

use super::Choice;
use crate::part::Chip;

/// How a filter is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterKind {
    /// Any of these.
    Any(Vec<Choice>),
    /// One of these.
    One(Vec<Choice>),
    /// On or off.
    Flag,
    Text {
        placeholder: String,
    },
}

/// One filter.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/filter.html")]
pub struct Filter {
    pub name: String,
    pub label: String,
    pub hint: String,
    pub kind: FilterKind,
    /// The current values.
    pub values: Vec<String>,
}

impl Filter {
    fn has(&self, choice: &Choice) -> bool {
        self.values.contains(&choice.value)
    }

    fn value(&self) -> String {
        self.values.join(",")
    }

    fn id(&self) -> String {
        format!("q-{}", self.name.replace('.', "-"))
    }

    /// Values that are not among the choices; they are kept as extra choices.
    fn others(&self) -> Vec<&String> {
        let (FilterKind::One(choices) | FilterKind::Any(choices)) = &self.kind else { return Vec::new() };
        self.values.iter().filter(|value| !choices.iter().any(|choice| choice.value == **value)).collect()
    }

    /// The number of chosen values, for the button.
    fn chosen(&self) -> usize {
        self.values.len()
    }
}

/// The form over a list.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/filters.html")]
pub struct Filters {
    pub action: String,
    /// The search text.
    pub search: String,
    pub searches: &'static str,
    /// Filters that are always visible, then those under More.
    pub first: Vec<Filter>,
    pub more: Vec<Filter>,
    /// The active filters.
    pub chips: Vec<Chip>,
    /// Other parameters of the address, which are kept.
    pub kept: Vec<(String, String)>,
    /// The list without filters.
    pub none: String,
}

impl Filters {
    fn more_chosen(&self) -> usize {
        self.more.iter().filter(|filter| !filter.values.is_empty()).count()
    }
}

crate::part::parts!(Filter, Filters);
