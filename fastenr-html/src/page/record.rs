//! A page that is a form.

use askama::Template;

use crate::form::Form;
use crate::frame::Frame;
use crate::part::Crumb;

/// Custom fields, milestones: what is edited row by row.
#[derive(Debug, Clone, Template)]
#[template(path = "records/form.html")]
pub struct FormPage {
    pub frame: Frame,
    pub crumbs: Vec<Crumb>,
    pub title: String,
    pub form: Form,
    /// Other actions on the record: text, address, whether it is destructive.
    pub acts: Vec<(&'static str, String, bool)>,
}
