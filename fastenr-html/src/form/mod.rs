//! Forms, generated from a noun's table of fields: a new field appears automatically.

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

/// The record was changed since the form was opened.
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
    /// The text of its button.
    pub button: &'static str,
    /// The target of Cancel.
    pub cancel: String,
    pub groups: Vec<Group>,
    /// Errors that belong to no field.
    pub errors: Vec<String>,
    pub stale: Option<Stale>,
    /// The version of the record, for an edit.
    pub version: Option<i64>,
    /// The values when the form was opened, as JSON: only changed fields are written.
    pub was: Option<String>,
    /// The idempotency key: a form that is sent twice is processed once.
    pub key: Uuid,
    /// Hidden fields.
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
        fastenr_core::model::number::counted(count as u64, "error", "errors")
    }
}

crate::part::parts!(Form, Field);
