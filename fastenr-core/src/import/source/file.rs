//! A file that can be read several times.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::settings::{Format, Options};
use super::sheet::Sheet;
use super::spool::Copy;
use super::workbook;
use crate::digest::hex;
use crate::spool::spooling;
use crate::{Error, Kind, Result};

const GZIP: [u8; 2] = [0x1F, 0x8B];
/// Zip archives and what is made of them; one without files begins otherwise.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// A file that holds others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Zip,
    /// Of Microsoft's, as Office had it before 2007.
    Compound,
}

/// A source that is held to a size may have a row for each so many bytes of it: rows cost more than their bytes.
const BYTES_A_ROW: u64 = 32;

/// A file to import. It is cheap to clone; passes over it do not disturb each other.
#[derive(Debug, Clone)]
pub struct Source {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    /// Lower case, without `.gz`.
    extension: Option<String>,
    file: Mutex<File>,
    bytes: u64,
    /// Of a file that somebody else could change.
    modified: Option<SystemTime>,
    gzip: bool,
    container: Option<Container>,
    /// What the rows come from, where they are those of a sheet.
    sheet: Option<Sheet>,
    /// The table in it that was read last, and the sheet that was asked for.
    table: Mutex<Option<(Option<String>, Source)>>,
    sha256: OnceLock<String>,
    /// Bytes that it may have uncompressed.
    most: OnceLock<u64>,
    read: AtomicU64,
}

impl Source {
    /// A file by its path: `.csv`, `.tsv`, `.txt`, `.jsonl`, `.ndjson`, any of them `.gz`; other names are read by
    /// what they hold. What cannot be read twice, such as a named pipe, is spooled.
    ///
    /// Errors: `io`; `source_directory`.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let opening = |error| Error::io(format!("opening {name}"), error);
        let file = File::open(path).map_err(opening)?;
        let metadata = file.metadata().map_err(opening)?;
        if metadata.is_dir() {
            return Err(Error::invalid("source_directory", format!("{name} is a directory, not a file"))
                .hint("name one of the files in it"));
        }
        if !metadata.is_file() {
            return Self::spool(&name, file);
        }
        Self::new(name, file, metadata.len(), metadata.modified().ok(), OnceLock::new())
    }

    /// Copies `input`, e.g. the standard input, to a temporary file that vanishes with the source.
    ///
    /// Errors: `io`.
    pub fn spool(name: &str, mut input: impl Read) -> Result<Self> {
        let mut copy = Copy::new(name, u64::MAX)?;
        let mut block = vec![0; 1 << 16];
        loop {
            let read = match input.read(&mut block) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::io(format!("reading {name}"), error)),
            };
            copy.write(&block[..read])?;
        }
        copy.finish()
    }

    pub(super) fn new(
        name: String,
        file: File,
        bytes: u64,
        modified: Option<SystemTime>,
        sha256: OnceLock<String>,
    ) -> Result<Self> {
        let extension = extension(&name);
        Self::build(name, extension, file, bytes, modified, sha256, None)
    }

    fn build(
        name: String,
        extension: Option<String>,
        mut file: File,
        bytes: u64,
        modified: Option<SystemTime>,
        sha256: OnceLock<String>,
        sheet: Option<Sheet>,
    ) -> Result<Self> {
        let mut magic = Vec::new();
        file.rewind()
            .and_then(|()| Read::by_ref(&mut file).take(8).read_to_end(&mut magic))
            .map_err(|error| Error::io(format!("reading {name}"), error))?;
        // The rows of a sheet begin with any bytes.
        let container = match sheet {
            Some(_) => None,
            None if ZIP.iter().any(|zip| magic.starts_with(zip)) => Some(Container::Zip),
            None if magic.starts_with(COMPOUND) => Some(Container::Compound),
            None => None,
        };
        let inner = Inner {
            extension,
            name,
            file: Mutex::new(file),
            bytes,
            modified,
            gzip: sheet.is_none() && magic.starts_with(&GZIP),
            container,
            sheet,
            table: Mutex::default(),
            sha256,
            most: OnceLock::new(),
            read: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// As it was given: the path, or the name of what was spooled.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Bytes of the file, compressed if it is.
    pub fn bytes(&self) -> u64 {
        self.inner.bytes
    }

    /// Bytes that the latest pass has read so far, of [`Source::bytes`].
    pub fn progress(&self) -> u64 {
        self.inner.read.load(Ordering::Relaxed)
    }

    /// The SHA-256 of the file's bytes as they are given, in hexadecimal. A survey finds it in passing.
    ///
    /// Errors: `io`.
    pub fn sha256(&self) -> Result<&str> {
        if self.inner.sha256.get().is_none() {
            io::copy(&mut self.raw(), &mut io::sink()).map_err(|error| self.read_error(error))?;
        }
        Ok(self.inner.sha256.get().map_or("", String::as_str))
    }

    pub(super) fn extension(&self) -> Option<&str> {
        self.inner.extension.as_deref()
    }

    pub(super) fn container(&self) -> Option<Container> {
        self.inner.container
    }

    pub(super) fn sheet(&self) -> Option<&Sheet> {
        self.inner.sheet.as_ref()
    }

    pub(super) fn sheet_name(&self) -> Option<&str> {
        self.sheet().map(|sheet| sheet.name.as_str())
    }

    /// The table in a workbook or an archive, read once; none where the file is neither.
    ///
    /// Errors: those of [`workbook::table`].
    pub(super) fn table(&self, options: &Options) -> Result<Option<Self>> {
        let asked = options.sheet.is_some() || options.format == Some(Format::Spreadsheet);
        if self.inner.sheet.is_some() || (self.inner.container.is_none() && !asked) {
            return Ok(None);
        }
        let mut kept = self.inner.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((sheet, table)) = kept.as_ref()
            && *sheet == options.sheet
        {
            return Ok(Some(table.clone()));
        }
        let table = workbook::table(self, options)?;
        if let Some(table) = &table {
            *kept = Some((options.sheet.clone(), table.clone()));
        }
        Ok(table)
    }

    /// Bytes that it may have uncompressed.
    pub(super) fn most(&self) -> u64 {
        self.inner.most.get().copied().unwrap_or(u64::MAX)
    }

    /// The rows of a sheet of this file.
    ///
    /// Errors: `io`.
    pub(super) fn of_sheet(&self, file: File, bytes: u64, sheet: Sheet) -> Result<Self> {
        let sha256 = OnceLock::from(self.sha256()?.to_owned());
        let table = Self::build(self.inner.name.clone(), None, file, bytes, None, sha256, Some(sheet))?;
        table.hold_to(self.most());
        Ok(table)
    }

    /// The one file in this archive, which is called `name` there.
    ///
    /// Errors: `io`.
    pub(super) fn of_archive(&self, file: File, bytes: u64, name: &str) -> Result<Self> {
        let sha256 = OnceLock::from(self.sha256()?.to_owned());
        let table = Self::build(self.inner.name.clone(), extension(name), file, bytes, None, sha256, None)?;
        table.hold_to(self.most());
        Ok(table)
    }

    /// Its bytes as they are given, at any place.
    pub(super) fn seekable(&self) -> Bytes {
        Bytes { source: Arc::clone(&self.inner), at: 0 }
    }

    /// Holds it to so many bytes uncompressed, and to a row for each `BYTES_A_ROW` of them: what is more is an error when it is
    /// read, `source_large`.
    pub fn hold_to(&self, bytes: u64) {
        let _ = self.inner.most.set(bytes);
    }

    /// # Errors
    /// `source_large`.
    pub(crate) fn check_row(&self, number: u64) -> Result<()> {
        match self.inner.most.get() {
            Some(most) if number > most / BYTES_A_ROW => Err(self.too_large(&format!("{} rows", most / BYTES_A_ROW))),
            _ => Ok(()),
        }
    }

    fn too_large(&self, most: &str) -> Error {
        Error::invalid("source_large", format!("{} has more than the {most} that it may have", self.name()))
            .hint("import it in parts")
    }

    /// The uncompressed bytes, from the start.
    pub(super) fn input(&self) -> Box<dyn Read + Send> {
        let left = self.most();
        if self.inner.gzip {
            let inner = MultiGzDecoder::new(BufReader::with_capacity(1 << 16, self.raw()));
            Box::new(Limited { inner, left })
        } else {
            Box::new(Limited { inner: self.raw(), left })
        }
    }

    fn raw(&self) -> Raw {
        self.inner.read.store(0, Ordering::Relaxed);
        let hasher = self.inner.sha256.get().is_none().then(Sha256::new);
        Raw { source: Arc::clone(&self.inner), at: 0, hasher }
    }

    /// Whether it is an iCalendar file: by its ending, or by how it begins.
    ///
    /// Errors: `io`, `gzip`.
    pub(crate) fn is_calendar(&self) -> Result<bool> {
        if matches!(self.extension(), Some("ics" | "ical")) {
            return Ok(true);
        }
        let mut head = Vec::new();
        self.input().take(64).read_to_end(&mut head).map_err(|error| self.read_error(error))?;
        let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head).trim_ascii_start();
        Ok(head.get(..15).is_some_and(|start| start.eq_ignore_ascii_case(b"BEGIN:VCALENDAR")))
    }

    /// All of it, uncompressed, if it has at most so many bytes.
    ///
    /// Errors: `io`, `gzip`, `source_long`.
    pub(crate) fn whole(&self, most: usize) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        let most = most as u64;
        self.input().take(most + 1).read_to_end(&mut content).map_err(|error| self.read_error(error))?;
        if content.len() as u64 > most {
            let message = format!("{} is larger than {} MiB", self.name(), most >> 20);
            return Err(Error::invalid("source_long", message).hint("export it in parts, such as a year each"));
        }
        Ok(content)
    }

    /// The same source by name and fingerprint, with other content.
    ///
    /// Errors: `io`.
    pub(crate) fn rewritten(&self, content: &[u8]) -> Result<Self> {
        let sha256 = OnceLock::from(self.sha256()?.to_owned());
        let doing = |error| Error::io(spooling(self.name()), error);
        let mut file = tempfile::tempfile().map_err(doing)?;
        file.write_all(content).map_err(doing)?;
        Self::new(self.name().to_owned(), file, content.len() as u64, None, sha256)
    }

    /// What an error of [`Source::input`] means.
    pub(super) fn read_error(&self, error: io::Error) -> Error {
        let name = self.name();
        let what = match error.kind() {
            io::ErrorKind::FileTooLarge => {
                return self.too_large(&format!("{} bytes, uncompressed,", self.most()));
            }
            io::ErrorKind::UnexpectedEof => "breaks off",
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => "is damaged",
            _ => return Error::io(format!("reading {name}"), error),
        };
        Error::invalid("gzip", format!("{name}: the gzip stream {what}"))
            .hint("fetch or compress the file again; `gzip -t` checks it")
            .because(error)
    }

    /// Fails if the file is no longer the one that was opened: two passes would not see the same records.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        let Some(modified) = self.inner.modified else { return Ok(()) };
        let metadata = self.inner.file().metadata().map_err(|error| self.read_error(error))?;
        if metadata.len() == self.inner.bytes && metadata.modified().is_ok_and(|now| now == modified) {
            Ok(())
        } else {
            Err(self.changed())
        }
    }

    pub(super) fn empty(&self) -> Error {
        Error::invalid("source_empty", format!("{} is empty: it has not even a header", self.name()))
            .hint("export it again; a file without records has a first line that names its columns")
    }

    pub(super) fn changed(&self) -> Error {
        Error::new(Kind::Io, "source_changed", format!("{} was changed while it was read", self.name()))
            .hint("try again when nothing writes to it")
    }
}

impl Inner {
    fn file(&self) -> std::sync::MutexGuard<'_, File> {
        // The position is set before each read, so a panic elsewhere leaves nothing half done.
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is read up to a limit; beyond it is an error.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

/// The bytes of a source as they are given, in any order.
#[derive(Debug)]
pub(super) struct Bytes {
    source: Arc<Inner>,
    at: u64,
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = {
            let mut file = self.source.file();
            file.seek(SeekFrom::Start(self.at))?;
            file.read(buffer)?
        };
        self.at += read as u64;
        self.source.read.fetch_max(self.at.min(self.source.bytes), Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Bytes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(from) => self.source.bytes.checked_add_signed(from),
            SeekFrom::Current(from) => self.at.checked_add_signed(from),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// In lower case, without `.gz`.
fn extension(name: &str) -> Option<String> {
    let stem = name.to_lowercase();
    let stem = stem.strip_suffix(".gz").unwrap_or(&stem);
    Path::new(stem).extension().map(|extension| extension.to_string_lossy().into_owned())
}

/// The bytes of a source as they are given; hashed in passing if nobody has yet.
struct Raw {
    source: Arc<Inner>,
    at: u64,
    hasher: Option<Sha256>,
}

impl Read for Raw {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = {
            let mut file = self.source.file();
            file.seek(SeekFrom::Start(self.at))?;
            file.read(buffer)?
        };
        self.at += read as u64;
        self.source.read.store(self.at, Ordering::Relaxed);
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..read]);
        }
        if read == 0
            && !buffer.is_empty()
            && let Some(hasher) = self.hasher.take()
        {
            // Should two passes run at once, both find the same.
            let _ = self.source.sha256.set(hex(hasher));
        }
        Ok(read)
    }
}
