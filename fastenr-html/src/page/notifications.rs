//! What is new for the user.

use askama::Template;

use crate::format::Moment;
use crate::frame::Frame;
use crate::part::{Empty, Tabs};

#[derive(Debug, Clone)]
pub struct NotificationRow {
    pub at: Moment,
    /// The name of an icon.
    pub icon: &'static str,
    /// What it is about.
    pub kind: String,
    pub text: String,
    /// What is behind it.
    pub href: String,
    pub is_unread: bool,
    /// Who did it; none: the user.
    pub by: Option<String>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "notifications.html")]
pub struct NotificationsPage {
    pub frame: Frame,
    pub tabs: Tabs,
    pub rows: Vec<NotificationRow>,
    /// Where there is something unread: up to where it is marked.
    pub cursor: Option<String>,
    pub empty: Option<Empty>,
    /// `50 of 120`, and where there are more.
    pub rest: Option<(String, String)>,
}
