//! Files that a command reads, or stdin.

use std::path::Path;

use fastenr_core::import::source::Source;
use fastenr_core::{Error, Result};

/// Stdin is copied to a temporary file first, beside the runtime: a signal must not wait for its end.
pub(crate) async fn open(file: &Path) -> Result<Source> {
    if file != Path::new("-") {
        return Source::open(file);
    }
    let spooled = tokio::task::spawn_blocking(|| Source::spool("stdin", std::io::stdin().lock())).await;
    spooled.map_err(|error| Error::io("reading stdin", std::io::Error::other(error)))?
}
