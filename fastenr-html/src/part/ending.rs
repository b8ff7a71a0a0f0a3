//! The notice that a session is about to end.

use askama::Template;

use super::parts;
use crate::format::Moment;

/// Seconds before the end at which the notice is shown.
const SAID_BEFORE: i64 = 300;

#[derive(Debug, Clone, Copy, Template)]
#[template(path = "parts/ending.html")]
pub struct SessionEnd {
    pub at: Moment,
    /// Seconds until then.
    pub left: i64,
    /// Whether the session can last longer.
    pub extendable: bool,
}

impl SessionEnd {
    const fn is_near(&self) -> bool {
        self.left <= SAID_BEFORE
    }

    const fn said_before(&self) -> i64 {
        SAID_BEFORE
    }
}

parts!(SessionEnd);
