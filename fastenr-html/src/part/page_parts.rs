//! What stands around the content of a page: icons, chips of filters, paging, what is said where there is nothing.

use std::fmt;

use askama::Template;
use uuid::Uuid;

use super::parts;
use crate::assets::assets;

/// A picture of the sprite; what it means is said in words beside it.
#[derive(Debug, Clone, Copy)]
pub struct Icon(&'static str, &'static str);

/// The picture with this name.
pub fn icon(name: &'static str) -> Icon {
    Icon("", name)
}

impl Icon {
    /// One of a family: `band("b-", "healthy")`.
    pub const fn of(family: &'static str, name: &'static str) -> Self {
        Self(family, name)
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &assets().icons.name;
        write!(
            f,
            "<svg class=\"i\" aria-hidden=\"true\"><use href=\"{}{name}#{}{}\"/></svg>",
            crate::assets::FOLDER,
            self.0,
            self.1
        )
    }
}

/// A filter that holds, and the way to be rid of it.
#[derive(Debug, Clone)]
pub struct Chip {
    pub name: String,
    pub text: String,
    /// The same page without it.
    pub without: String,
}

impl Chip {
    /// Filters that hold or not are said by their name alone.
    pub(crate) fn is_flag(&self) -> bool {
        self.text == "true"
    }
}

/// One of the views of a list.
#[derive(Debug, Clone)]
pub struct Tab {
    pub text: &'static str,
    pub href: String,
    pub current: bool,
}

/// Views of a list that exclude each other.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "<span class=\"toggle\" role=\"group\" aria-label=\"{{ label }}\">{% for tab in tabs %}<a href=\"{{ tab.href }}\"\
              {% if tab.current %} aria-current=\"true\"{% endif %}>{{ tab.text }}</a>{% endfor %}</span>"
)]
pub struct Tabs {
    pub label: &'static str,
    pub tabs: Vec<Tab>,
}

/// Where a page is within others.
#[derive(Debug, Clone)]
pub struct Crumb {
    pub text: String,
    pub href: String,
}

/// How the list goes on.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "parts/pager.html")]
pub struct Pager {
    /// The beginning, where this is not it.
    pub first: Option<String>,
    pub next: Option<String>,
    /// How many rows this part has, of how many.
    pub shown: String,
}

/// What is said where a list has nothing: that there is nothing at all, or nothing that passes.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/empty.html")]
pub struct Empty {
    pub title: String,
    pub text: String,
    pub command: Option<&'static str>,
    /// Filters to take away.
    pub chips: Vec<Chip>,
    /// What to do about it, and where.
    pub act: Option<(&'static str, String)>,
}

/// The same list as a file, as a command and as a call.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/export.html")]
pub struct Export {
    pub csv: String,
    pub jsonl: String,
    pub command: String,
    pub api: String,
}

/// What was done just now, and the way to take it back.
#[derive(Debug, Clone)]
pub struct Undo {
    pub text: String,
    /// None: it can't be taken back, or not by this caller.
    pub operation: Option<Uuid>,
    /// Where the way leads back to.
    pub back: String,
}

parts!(Icon, Pager, Empty, Export, Tabs);
