//! A file in the making, which appears under its name only when it is whole.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::private;

/// It stands beside its place until [`Part::keep`]; dropped before that it leaves nothing behind.
#[derive(Debug)]
pub struct Part {
    file: File,
    path: PathBuf,
    place: PathBuf,
    kept: bool,
}

impl Part {
    /// # Errors
    /// `io`, `disk_full`, `read_only`.
    pub fn create(place: &Path) -> Result<Self> {
        let mut name = place.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        let file =
            private::create(&path).map_err(|error| Error::io(format_args!("making {}", path.display()), error))?;
        Ok(Self { file, path, place: place.to_owned(), kept: false })
    }

    /// What is written to it goes to the file.
    ///
    /// # Errors
    /// As [`Part::create`].
    pub fn writer(&self) -> Result<BufWriter<File>> {
        let file = self.file.try_clone().map_err(|error| self.failed(error))?;
        Ok(BufWriter::with_capacity(1 << 17, file))
    }

    /// Where it will be.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Puts it in its place; all writers were flushed.
    ///
    /// # Errors
    /// As [`Part::create`].
    pub fn keep(mut self) -> Result<PathBuf> {
        // Synced first: a name that survives a power cut must not stand for an empty file.
        self.file.sync_all().map_err(|error| self.failed(error))?;
        std::fs::rename(&self.path, &self.place).map_err(|error| self.failed(error))?;
        self.kept = true;
        Ok(self.place.clone())
    }

    /// An error of one of its writers.
    pub fn failed(&self, error: io::Error) -> Error {
        Error::io(format_args!("writing {}", self.place.display()), error)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.csv");
        let there = || std::fs::read_dir(folder.path()).unwrap().count();
        let part = Part::create(&place).unwrap();
        assert!(there() == 1 && !place.exists());
        drop(part);
        assert_eq!(there(), 0);
        let part = Part::create(&place).unwrap();
        part.writer().unwrap().write_all(b"x").unwrap();
        part.keep().unwrap();
        assert_eq!((std::fs::read(&place).unwrap(), there()), (b"x".to_vec(), 1));
    }
}
