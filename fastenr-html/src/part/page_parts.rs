//! Parts around the content of a page: icons, filter chips, paging, empty lists.

use std::fmt;

use askama::Template;
use uuid::Uuid;

use super::parts;
use crate::assets::assets;

/// An icon of the sprite; its meaning is also given as text.
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

/// An active filter, and the link that removes it.
#[derive(Debug, Clone)]
pub struct Chip {
    pub name: String,
    pub text: String,
    /// The same page without it.
    pub without: String,
}

impl Chip {
    /// On/off filters are shown only by their name.
    pub(crate) fn is_flag(&self) -> bool {
        self.text == "true"
    }
}

/// The bell of notifications.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "parts/bell.html")]
pub struct Bell {
    pub unread: u64,
    /// Whether this is their page.
    pub current: bool,
}

impl Bell {
    fn count(&self) -> Option<String> {
        (self.unread > 0).then(|| crate::format::grouped(self.unread))
    }

    fn label(&self) -> String {
        match self.unread {
            0 => "Notifications: none unread".to_owned(),
            unread => format!("Notifications: {} unread", crate::format::grouped(unread)),
        }
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

/// The paging of a list.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "parts/pager.html")]
pub struct Pager {
    /// The beginning, where this is not it.
    pub first: Option<String>,
    pub next: Option<String>,
    /// How many rows this part has, of how many.
    pub shown: String,
}

/// The text of an empty list: no records at all, or none that match.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "parts/empty.html")]
pub struct Empty {
    pub title: String,
    pub text: String,
    pub command: Option<&'static str>,
    /// Filters to remove.
    pub chips: Vec<Chip>,
    /// What to do about it, and where.
    pub act: Option<(&'static str, String)>,
}

impl Empty {
    /// There are records, of which none match: each of these filters can be removed.
    pub fn no_match(title: &str, chips: &[Chip]) -> Self {
        Self { title: title.to_owned(), text: "Remove a filter:".to_owned(), chips: chips.to_vec(), ..Self::default() }
    }
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

/// The same as a command and as a call.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/elsewhere.html")]
pub struct Elsewhere {
    pub command: String,
    pub api: String,
}

/// The last change, and its undo button.
#[derive(Debug, Clone)]
pub struct Undo {
    pub text: String,
    /// None: it can't be undone, or not by this user.
    pub operation: Option<Uuid>,
    /// Where the way leads back to.
    pub back: String,
}

parts!(Bell, Icon, Pager, Empty, Export, Elsewhere, Tabs);
