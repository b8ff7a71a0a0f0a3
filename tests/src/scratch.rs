//! Where tests put what they throw away: in memory where that is large enough, since many small files are made and removed.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::Result;
use tempfile::TempDir;

/// A folder to use instead; a disk, to try what a disk does.
const VARIABLE: &str = "FASTENR_TEST_FOLDER";
const IN_MEMORY: &str = "/dev/shm";
/// Bytes that have to be free there: what the largest tests of a run need at once, several times over.
const ENOUGH: u64 = 4 << 30;

/// A new folder that goes with its handle.
pub(crate) fn folder(prefix: &str) -> Result<TempDir> {
    static PARENT: OnceLock<PathBuf> = OnceLock::new();
    let parent = PARENT.get_or_init(|| match env::var_os(VARIABLE) {
        Some(folder) => folder.into(),
        None if has_room(Path::new(IN_MEMORY)) => IN_MEMORY.into(),
        None => env::temp_dir(),
    });
    Ok(tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?)
}

fn has_room(folder: &Path) -> bool {
    let room = rustix::fs::statvfs(folder).is_ok_and(|found| found.f_bavail * found.f_frsize >= ENOUGH);
    room && tempfile::tempfile_in(folder).is_ok()
}
