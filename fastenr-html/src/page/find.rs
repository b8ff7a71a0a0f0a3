//! What a few letters may mean.

use askama::Template;

use crate::frame::{Frame, MenuItem};
use crate::part::Status;

/// An account that they may mean.
#[derive(Debug, Clone)]
pub struct FoundAccount {
    pub id: String,
    pub name: String,
    /// What else it is known by.
    pub known_by: String,
    pub status: Status,
    pub archived: bool,
}

#[derive(Debug, Clone, Template)]
#[template(path = "find.html", blocks = ["found"])]
pub struct FindPage {
    pub frame: Frame,
    /// None: nothing was typed.
    pub text: Option<String>,
    pub accounts: Vec<FoundAccount>,
    /// Pages called so.
    pub pages: Vec<MenuItem>,
    /// The search of all accounts.
    pub search: String,
}
