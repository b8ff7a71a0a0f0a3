//! Raises the limit of open files: each connection is one, and the default limit is low.

/// Open files besides the connections: database, log, libraries.
pub(super) const RESERVED: u64 = 128;

/// Raises the limit to the maximum of the process; returns the new limit.
#[cfg(unix)]
pub(super) fn raise() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// A sufficient maximum; some systems refuse "unlimited".
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
