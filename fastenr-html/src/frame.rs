//! The frame of every page: user, menu, last change.

use fastenr_core::model::api_key::ScopeNoun as Noun;
use fastenr_core::ops::today;

use crate::can::Permissions;
use crate::format::RenderContext;
use crate::keys::{KEYS, Key};
use crate::part::{Bell, SessionEnd, Undo};

/// How the user was identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMethod {
    /// A session, which can be ended.
    Session,
    /// The header of a trusted proxy.
    Proxy,
    /// No sign-in: everyone on this machine.
    Anybody,
}

/// The user of a page.
#[derive(Debug, Clone)]
pub struct PageUser {
    pub organization: String,
    /// E-mail address and name.
    pub user: String,
    pub name: String,
    pub can: Permissions,
    pub sign_in: SignInMethod,
    pub here: RenderContext,
    /// ISO 4217.
    pub currency: String,
    /// Of the session, where there is one.
    pub ending: Option<SessionEnd>,
}

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Frame {
    pub title: String,
    /// The part of the menu that it belongs to.
    pub part: &'static str,
    /// None if nobody is signed in.
    pub who: Option<PageUser>,
    pub undo: Option<Undo>,
    /// None where the user may not read what notifications tell of.
    pub bell: Option<Bell>,
}

/// A place in the menu.
#[derive(Debug, Clone, Copy)]
pub struct MenuItem {
    pub text: &'static str,
    pub href: &'static str,
    pub part: &'static str,
    /// What one must be able to read.
    pub nouns: &'static [Noun],
    /// The keyboard shortcut.
    pub keys: &'static str,
}

/// The menu.
pub const PLACES: [MenuItem; 7] = [
    place("Today", "/dashboard", "today", &today::READS, "g h"),
    place("Accounts", "/dashboard/accounts", "accounts", &[Noun::Accounts], "g a"),
    place("Health", "/dashboard/health", "health", &[Noun::Health, Noun::Accounts], "g s"),
    place("Alerts", "/dashboard/alerts", "alerts", &[Noun::Alerts, Noun::Accounts], "g l"),
    place("Engagements", "/dashboard/engagements", "engagements", &[Noun::Engagements], "g e"),
    place("Goals", "/dashboard/goals", "goals", &[Noun::Goals], "g o"),
    place("Tasks", "/dashboard/tasks", "tasks", &[Noun::Tasks], "g t"),
];

/// Pages that the menu of the user has, or no menu at all.
const OTHERS: [MenuItem; 7] = [
    place("ARR", "/dashboard/arr", "accounts", &[Noun::Arr, Noun::Accounts], ""),
    place("Report on engagements", "/dashboard/engagements/report", "engagements", &[Noun::Engagements], ""),
    place("Report on goals", "/dashboard/goals/report", "goals", &[Noun::Goals], ""),
    place("Operations", "/dashboard/operations", "operations", &[Noun::Operations], "g p"),
    place("Segments", "/dashboard/segments", "accounts", &[Noun::Segments], ""),
    place("Notifications", "/dashboard/notifications", "", &[], "g n"),
    place("Sessions and settings", "/dashboard/session", "", &[], ""),
];

const fn place(
    text: &'static str,
    href: &'static str,
    part: &'static str,
    nouns: &'static [Noun],
    keys: &'static str,
) -> MenuItem {
    MenuItem { text, href, part, nouns, keys }
}

impl Frame {
    /// For a signed-in user.
    pub fn new(title: impl Into<String>, part: &'static str, who: PageUser) -> Self {
        Self { title: title.into(), part, who: Some(who), undo: None, bell: None }
    }

    /// Before signing in.
    pub fn bare(title: impl Into<String>) -> Self {
        Self { title: title.into(), part: "", who: None, undo: None, bell: None }
    }

    /// The menu entries that the user can open.
    pub fn places(&self) -> impl Iterator<Item = &'static MenuItem> {
        PLACES.iter().filter(|place| place.nouns.iter().all(|noun| self.can().read(*noun)))
    }

    /// Pages whose names begin so, as far as the user can open them.
    pub fn called(&self, text: &str) -> Vec<MenuItem> {
        let text = text.trim().to_lowercase();
        let open = |place: &&MenuItem| place.nouns.iter().all(|noun| self.can().read(*noun));
        let all = PLACES.iter().chain(&OTHERS).filter(open);
        all.filter(|place| place.text.to_lowercase().starts_with(&text)).copied().collect()
    }

    pub fn can(&self) -> Permissions {
        self.who.as_ref().map(|who| who.can).unwrap_or_default()
    }

    pub(crate) fn logs(&self) -> bool {
        self.can().write(Noun::Engagements)
    }

    pub(crate) fn reads_arr(&self) -> bool {
        self.can().read(Noun::Arr) && self.can().read(Noun::Accounts)
    }

    /// Whether there is anything that could be imported.
    pub(crate) fn imports(&self) -> bool {
        !self.can().only_reads()
    }

    pub(crate) fn tells_operations(&self) -> bool {
        self.can().read(Noun::Operations)
    }

    pub(crate) fn finds(&self) -> bool {
        self.can().read(Noun::Accounts)
    }

    pub(crate) fn keys(&self) -> &'static [Key] {
        &KEYS
    }

    pub(crate) fn is_anybody(&self, who: &PageUser) -> bool {
        who.sign_in == SignInMethod::Anybody
    }

    pub(crate) fn has_session(&self, who: &PageUser) -> bool {
        who.sign_in == SignInMethod::Session
    }
}

impl PageUser {
    /// The initials of the name.
    pub(crate) fn initials(&self) -> String {
        let words = self.name.split_whitespace().filter_map(|word| word.chars().next());
        let letters: String = words.take(2).flat_map(char::to_uppercase).collect();
        if letters.is_empty() { self.user.chars().take(1).flat_map(char::to_uppercase).collect() } else { letters }
    }
}
