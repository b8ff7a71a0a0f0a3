//! The sessions page, and the page of keyboard shortcuts for browsers without JavaScript.

use askama::Template;

use crate::format::Moment;
use crate::frame::Frame;
use crate::keys::{KEYS, Key};

/// A session.
#[derive(Debug, Clone)]
pub struct SessionRow {
    pub id: String,
    pub browser: String,
    pub user: String,
    pub since: Moment,
    pub until: Option<Moment>,
    pub this: bool,
}

#[derive(Debug, Clone, Template)]
#[template(path = "session/show.html")]
pub struct SessionPage {
    pub frame: Frame,
    /// How one is signed in, in a sentence.
    pub how: String,
    pub scopes: String,
    pub sessions: Vec<SessionRow>,
    /// Whether there is a session that can be ended.
    pub ends: bool,
}

#[derive(Debug, Clone, Template)]
#[template(path = "session/keys.html")]
pub struct KeysPage {
    pub frame: Frame,
}

impl KeysPage {
    fn table(&self) -> &'static [Key] {
        &KEYS
    }
}
