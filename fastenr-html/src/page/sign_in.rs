//! Signing in with a key, or with a one-time link that is used only by its button.

use askama::Template;

use crate::frame::Frame;

#[derive(Debug, Clone, Template)]
#[template(path = "session/sign_in.html")]
pub struct SignInPage {
    pub frame: Frame,
    /// The page to open after signing in.
    pub next: String,
    pub error: Option<String>,
    /// The reason for the sign-in page, such as an expired session.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "session/confirm.html")]
pub struct ConfirmPage {
    pub frame: Frame,
    pub organization: String,
    pub user: String,
    pub name: String,
    pub action: String,
    pub next: String,
    pub only_reads: bool,
}
