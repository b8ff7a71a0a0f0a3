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
    /// Holds or not.
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
    /// What is asked for; of lists each item.
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

    /// A value that is none of the choices, and must not be lost for that.
    fn others(&self) -> Vec<&String> {
        let (FilterKind::One(choices) | FilterKind::Any(choices)) = &self.kind else { return Vec::new() };
        self.values.iter().filter(|value| !choices.iter().any(|choice| choice.value == **value)).collect()
    }

    /// For the button of a list of choices: how many are chosen.
    fn chosen(&self) -> usize {
        self.values.len()
    }
}

/// The form over a list.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/filters.html")]
pub struct Filters {
    pub action: String,
    /// What is looked for in texts.
    pub search: String,
    pub searches: &'static str,
    /// Always there to be seen, then those that are folded away.
    pub first: Vec<Filter>,
    pub more: Vec<Filter>,
    /// What holds.
    pub chips: Vec<Chip>,
    /// Names and values of the address that are no filters and stay.
    pub kept: Vec<(String, String)>,
    /// The list without any.
    pub none: String,
}

impl Filters {
    fn more_chosen(&self) -> usize {
        self.more.iter().filter(|filter| !filter.values.is_empty()).count()
    }
}

crate::part::parts!(Filter, Filters);
