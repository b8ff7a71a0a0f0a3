//! Exit codes: what they mean, and the one place that turns an error into one.

use std::process::ExitCode;

use fastenr_core::{Error, Kind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(u8);

/// Done. A closed pipe (`| head`) is not a failure.
pub(crate) const DONE: Code = Code(0);
/// Failed; the transaction in progress was rolled back.
pub(crate) const FAILED: Code = Code(1);
/// The command line, the configuration or a value breaks a rule.
pub(crate) const USAGE: Code = Code(2);
/// Done, but rows were rejected or the guard holds alerts.
pub(crate) const REJECTED: Code = Code(3);
/// Not found, or several records match the name.
pub(crate) const NOT_FOUND: Code = Code(4);
/// Refused by a guard: the state of the data forbids it; or partly done.
pub(crate) const REFUSED: Code = Code(5);
/// Another run holds the lock.
pub(crate) const BUSY: Code = Code(6);
/// Critical alerts are open, if the command was asked to report this.
pub(crate) const ALERTS: Code = Code(7);
/// Stopped by a signal; the unit in progress was rolled back.
pub(crate) const INTERRUPTED: Code = Code(130);

/// As `fastenr help exit-codes` prints them.
pub(crate) const ALL: [(Code, &str); 9] = [
    (DONE, "done; also when the reader of a pipe closes it early"),
    (FAILED, "failed; the transaction in progress was rolled back"),
    (USAGE, "usage: an argument, the configuration or a value breaks a rule"),
    (REJECTED, "done, but rows were rejected or the guard holds alerts"),
    (NOT_FOUND, "not found, or several records match the name"),
    (REFUSED, "refused by a guard: the state of the data forbids it; or partly done, with the skipped parts listed"),
    (BUSY, "busy: another run holds the lock; retry later"),
    (ALERTS, "critical alerts are open (only if the command was asked to report this)"),
    (INTERRUPTED, "interrupted by a signal; the transaction in progress was rolled back"),
];

/// The exit code of an error.
pub(crate) fn of(error: &Error) -> Code {
    match error.kind {
        Kind::Invalid => USAGE,
        Kind::NotFound => NOT_FOUND,
        Kind::Refused | Kind::Unauthenticated | Kind::Forbidden => REFUSED,
        Kind::Busy => BUSY,
        Kind::Interrupted => INTERRUPTED,
        Kind::Io | Kind::Storage => FAILED,
    }
}

/// Whether the reader of stdout has closed the pipe.
pub(crate) fn is_broken_pipe(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    // A broken database connection is another kind of error.
    error.kind == Kind::Io && cause.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_code() {
        for (kind, code) in [
            (Kind::Invalid, 2),
            (Kind::NotFound, 4),
            (Kind::Refused, 5),
            (Kind::Unauthenticated, 5),
            (Kind::Forbidden, 5),
            (Kind::Busy, 6),
            (Kind::Interrupted, 130),
            (Kind::Io, 1),
            (Kind::Storage, 1),
        ] {
            assert_eq!(of(&Error::new(kind, "x", "x")), Code(code), "{kind:?}");
        }
    }

    #[test]
    fn only_a_broken_pipe_is_one() {
        let error = |kind: std::io::ErrorKind| Error::io("writing", kind.into());
        assert!(is_broken_pipe(&error(std::io::ErrorKind::BrokenPipe)));
        assert!(!is_broken_pipe(&error(std::io::ErrorKind::StorageFull)));
        assert!(!is_broken_pipe(&Error::invalid("x", "broken pipe")));
    }
}
