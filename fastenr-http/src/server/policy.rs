//! What an operator decides about requests, for the handlers and what stands before them.

/// Part of the router's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// A request needs an API key, and acts as its user.
    pub keys: bool,
    /// Requests a minute for each key; 0: any number.
    pub rate_limit: u32,
    /// A record is changed only under If-Match.
    pub require_if_match: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { keys: true, rate_limit: 1_200, require_if_match: false }
    }
}
