//! Input files of a command, or stdin.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use fastenr_core::import::source::Source;
use fastenr_core::{Error, Result};

/// Claims stdin: only one argument of a command can read it.
///
/// # Errors
/// `stdin_twice`.
pub(crate) fn claim_stdin(what: &str) -> Result<()> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if !TAKEN.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    Err(Error::invalid("stdin_twice", format!("{what}: stdin is read for something else already"))
        .hint("name a file for one of them"))
}

/// Stdin is first copied to a temporary file on another thread, so that a signal does not wait for its end.
pub(crate) async fn open(file: &Path) -> Result<Source> {
    if file != Path::new("-") {
        return Source::open(file);
    }
    claim_stdin("-")?;
    let spooled = tokio::task::spawn_blocking(|| Source::spool("stdin", std::io::stdin().lock())).await;
    spooled.map_err(|error| Error::io("reading stdin", std::io::Error::other(error)))?
}
