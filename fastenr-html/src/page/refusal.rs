//! Error pages: not found, not allowed, failed.

use askama::Template;

use crate::frame::Frame;

#[derive(Debug, Clone, Template)]
#[template(path = "refusal.html")]
pub struct RefusalPage {
    pub frame: Frame,
    pub status: u16,
    pub title: String,
    pub detail: String,
    /// A word and an address.
    pub ways: Vec<(String, String)>,
    /// As the log calls the request.
    pub request: Option<String>,
}
