//! Something to choose or to type, of a form that is no record's.

use askama::Template;

use super::parts;

/// One of several.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/pick.html")]
pub struct Pick {
    /// Its name in the form, which is its id too.
    pub name: String,
    pub label: String,
    /// The label is only for those who do not see the table's headers.
    pub hidden_label: bool,
    /// Value and text.
    pub options: Vec<(String, String)>,
    pub value: String,
}

/// A line to type.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/line.html")]
pub struct LineInput {
    pub name: String,
    pub label: String,
    pub value: String,
    pub hint: &'static str,
}

impl Pick {
    /// Words as they are, and what they are called.
    pub fn new(name: impl Into<String>, label: impl Into<String>, options: &[(&str, &str)], value: &str) -> Self {
        let options = options.iter().map(|(value, text)| ((*value).to_owned(), (*text).to_owned())).collect();
        Self { name: name.into(), label: label.into(), hidden_label: false, options, value: value.to_owned() }
    }

    /// What was chosen before stays chosen, also where it is none of the usual.
    fn is_other(&self) -> bool {
        !self.options.iter().any(|(value, _)| *value == self.value)
    }
}

parts!(Pick, LineInput);
