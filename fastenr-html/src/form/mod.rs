//! Forms drawn from a noun's table of fields: a field that is added there appears here by itself.

mod control;
mod filters;
mod text;

pub use control::{Choice, Control, Field, Lists, draw};
pub use filters::{Filter, FilterKind, Filters};
pub use text::{attendee_lines, custom_members, milestone_rows, shown};

use askama::Template;
use uuid::Uuid;

/// Fields that belong together.
#[derive(Debug, Clone)]
pub struct Group {
    pub title: &'static str,
    /// Folded away: nothing in it has a value.
    pub folded: bool,
    pub fields: Vec<Field>,
}

/// That somebody else has changed the record since the form was drawn.
#[derive(Debug, Clone)]
pub struct Stale {
    pub name: String,
    /// Who, and how long ago.
    pub by: Option<String>,
}

/// A form.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/form.html")]
pub struct Form {
    pub action: String,
    /// The word on its button.
    pub button: &'static str,
    /// Where one gets without sending it.
    pub cancel: String,
    pub groups: Vec<Group>,
    /// Mistakes that belong to no field.
    pub errors: Vec<String>,
    pub stale: Option<Stale>,
    /// Of the record, where one is changed.
    pub version: Option<i64>,
    /// What the fields held when the form was drawn, as JSON: only what differs is written.
    pub was: Option<String>,
    /// So that a form that is sent twice is done once.
    pub key: Uuid,
    /// Names and values that go along.
    pub hidden: Vec<(&'static str, String)>,
}

impl Form {
    fn mistakes(&self) -> Vec<(&Field, &String)> {
        let fields = self.groups.iter().flat_map(|group| &group.fields);
        fields.filter_map(|field| Some((field, field.error.as_ref()?))).collect()
    }

    fn is_wrong(&self) -> bool {
        !self.errors.is_empty() || !self.mistakes().is_empty()
    }

    fn how_many(&self) -> String {
        let count = self.errors.len() + self.mistakes().len();
        fastenr_core::model::number::counted(count as u64, "mistake", "mistakes")
    }
}

crate::part::parts!(Form, Field);
