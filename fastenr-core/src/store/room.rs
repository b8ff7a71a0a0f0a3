//! Whether there is room beside a SQLite file for what SQLite has to put there.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};

/// As much as SQLite makes at once, of the index of its log.
const ROOM: usize = 1 << 15;

/// # Errors
/// `disk_full`, `read_only`, `io`, each with the path.
pub(super) fn beside(database: &Path) -> Result<()> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        // Without a name wherever the system knows such files, and gone at once elsewhere.
        tempfile::tempfile_in(folder)?.write_all(&[0; ROOM])
    };
    write().map_err(|error| {
        let denied = error.kind() == std::io::ErrorKind::PermissionDenied;
        let error = Error::io(database.display(), error);
        match (denied, error.code) {
            (true, _) => {
                let message =
                    format!("{}: its folder may not be written by the user who runs this", database.display());
                Error::new(Kind::Storage, "read_only", message).because(error)
            }
            (false, "io") => error,
            (false, code) => Error::new(Kind::Storage, code, error.message.clone()).because(error),
        }
    })
}

/// Whether the file is all there is: nothing in a log that has yet to be folded into it.
pub(super) fn is_complete(database: &Path) -> bool {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    database.is_file() && std::fs::metadata(PathBuf::from(log)).map_or(true, |log| log.len() == 0)
}
