//! Signing in: with a key, or with a link that is shown first and used only then.

use askama::Template;

use crate::frame::Frame;

#[derive(Debug, Clone, Template)]
#[template(path = "session/sign_in.html")]
pub struct SignInPage {
    pub frame: Frame,
    /// Where one wanted to go.
    pub next: String,
    pub error: Option<String>,
    /// Why one is asked, such as that the session has expired.
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
