//! Files that a command reads, or stdin.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use fastenr_core::import::source::Source;
use fastenr_core::{Error, Result};

/// There is one stdin: what took it first has it.
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

/// Stdin is copied to a temporary file first, beside the runtime: a signal must not wait for its end.
pub(crate) async fn open(file: &Path) -> Result<Source> {
    if file != Path::new("-") {
        return Source::open(file);
    }
    claim_stdin("-")?;
    let spooled = tokio::task::spawn_blocking(|| Source::spool("stdin", std::io::stdin().lock())).await;
    spooled.map_err(|error| Error::io("reading stdin", std::io::Error::other(error)))?
}
