//! Each connection is an open file, and the usual limit is for people at a terminal.

/// Files beside the connections: the database's, the log, the libraries'.
pub(super) const RESERVED: u64 = 128;

/// Raises the limit to what the process may have, as other servers do; the limit then.
#[cfg(unix)]
pub(super) fn raise() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// More connections than this nobody asks for, and "unlimited" some systems refuse.
    const ENOUGH: u64 = 1 << 20;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH);
    match current {
        Some(current) if current < wanted => {
            match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
                Ok(()) => wanted,
                Err(_) => current,
            }
        }
        current => current.unwrap_or(ENOUGH),
    }
}

#[cfg(not(unix))]
pub(super) fn raise() -> u64 {
    u64::MAX
}
