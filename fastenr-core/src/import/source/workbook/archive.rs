//! Zip archives: what is in them, and its parts, of which none is larger than it may be.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::rc::Rc;

use quick_xml::events::Event;
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::ods::Ods;
use super::xlsx::Xlsx;
use super::xml::{Xml, attribute};
use super::{Book, damaged, too_large, unreadable};
use crate::import::source::file::{Bytes, Source};
use crate::import::source::spool::Copy;
use crate::{Error, Result};

type Zip = ZipArchive<BufReader<Bytes>>;

pub(super) struct Archive {
    source: Source,
    zip: Zip,
    /// The parts by their names in lower case, once one is called by another case.
    folded: Option<HashMap<String, usize>>,
    /// Bytes that may still be read of all parts.
    left: Rc<Cell<u64>>,
}

/// What an archive holds.
pub(super) enum Content {
    Book(Box<dyn Book>),
    /// One file, as it is unpacked.
    File(Source),
}

impl Archive {
    pub(super) fn open(source: &Source) -> Result<Self> {
        let zip = ZipArchive::new(BufReader::with_capacity(1 << 16, source.seekable()));
        let zip = zip.map_err(|error| fault(source, &error))?;
        Ok(Self { source: source.clone(), zip, folded: None, left: Rc::new(Cell::new(super::MAX_READ)) })
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.zip.index_for_name(path).is_some()
    }

    /// A part as XML.
    pub(super) fn xml(&mut self, path: &str) -> Result<Xml<ZipFile<'_, BufReader<Bytes>>>> {
        self.xml_within(path, super::MAX_EXPANDED)
    }

    /// The same of a part that is kept in memory, or a list of parts: such are small.
    pub(super) fn xml_within(&mut self, path: &str, most: u64) -> Result<Xml<ZipFile<'_, BufReader<Bytes>>>> {
        let source = &self.source;
        // Some programs spell the parts in another case.
        let known = match self.zip.index_for_name(path) {
            Some(index) => Some(index),
            None => {
                let zip = &self.zip;
                let folded = self.folded.get_or_insert_with(|| {
                    let name = |index| Some((fold(&zip.name_for_index(index)?.ok()?), index));
                    // Of two the first is the one.
                    (0..zip.len()).rev().filter_map(name).collect()
                });
                folded.get(&fold(path)).copied()
            }
        };
        let index = known.ok_or_else(|| damaged(source, &format!("{path} is not in it")))?;
        let part = self.zip.by_index(index).map_err(|error| fault(source, &error))?;
        let ratio = part.compressed_size().saturating_mul(MOST_RATIO).clamp(LEAST_EXPANDED, super::MAX_EXPANDED);
        Ok(Xml::new(source, path, part, ratio.min(most), &self.left))
    }

    /// What the archive is: a workbook, or a file of another kind that was compressed.
    pub(super) fn content(mut self) -> Result<Content> {
        let source = self.source.clone();
        let names: Vec<String> = self
            .zip
            .file_names_raw()
            .map(|name| String::from_utf8_lossy(name).replace('\\', "/"))
            .filter(|name| !name.ends_with('/') && !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store"))
            .collect();
        let has = |path: &str| names.iter().any(|name| name.eq_ignore_ascii_case(path));
        let kind = |what: &str, hint: &'static str| {
            Err(Error::invalid("workbook_kind", format!("{} is {what}", source.name())).hint(hint))
        };
        let saved = "open it in a spreadsheet program and save it as .xlsx or as CSV UTF-8";
        if has("xl/workbook.bin") {
            return kind("a binary Excel workbook (.xlsb)", saved);
        }
        if has("xl/workbook.xml") || (has("[Content_Types].xml") && self.names_worksheets()?) {
            return Ok(Content::Book(Box::new(Xlsx::open(&source, self)?)));
        }
        if has("word/document.xml") {
            return kind("a Word document", "a table in it can be pasted into a spreadsheet and saved as .xlsx");
        }
        if has("ppt/presentation.xml") {
            return kind("a presentation", "export the table that is meant");
        }
        if names.iter().any(|name| name.ends_with(".iwa")) {
            return kind("a Numbers document", "in Numbers: File, Export To, Excel or CSV");
        }
        if has("mimetype") && has("content.xml") {
            if !self.text_of("mimetype")?.contains("spreadsheet") {
                return kind("an OpenDocument file, but no spreadsheet", saved);
            }
            if self.text_of("META-INF/manifest.xml")?.contains("encryption-data") {
                return Err(super::protected(&source));
            }
            return Ok(Content::Book(Box::new(Ods::open(&source, self)?)));
        }
        match names.as_slice() {
            [] => Err(Error::invalid("archive_empty", format!("{} is a zip archive without files", source.name()))
                .hint("export it again")),
            [name] => self.unpack(name),
            several => {
                let shown: Vec<&str> = several.iter().take(5).map(String::as_str).collect();
                let more = if several.len() > shown.len() { ", …" } else { "" };
                let message = format!(
                    "{} is a zip archive of {} files: {}{more}",
                    source.name(),
                    several.len(),
                    shown.join(", ")
                );
                Err(Error::invalid("archive_several", message).hint("unpack it and import the files one by one"))
            }
        }
    }

    /// Whether the list of contents has a sheet of Excel: its folders may be called anything.
    fn names_worksheets(&mut self) -> Result<bool> {
        let mut xml = self.xml("[Content_Types].xml")?;
        loop {
            match xml.next()? {
                Event::Start(element)
                    if attribute(&element, "ContentType")
                        .is_some_and(|kind| kind.contains("spreadsheetml.worksheet")) =>
                {
                    return Ok(true);
                }
                Event::Eof => return Ok(false),
                _ => {}
            }
        }
    }

    /// The beginning of a small part.
    fn text_of(&mut self, path: &str) -> Result<String> {
        if !self.has(path) {
            return Ok(String::new());
        }
        let source = &self.source;
        let mut bytes = Vec::new();
        let part = self.zip.by_name(path).map_err(|error| fault(source, &error))?;
        let read = part.take(1 << 20).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(source, path, error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Copies the one file of the archive.
    fn unpack(mut self, name: &str) -> Result<Content> {
        let source = self.source;
        let index = (0..self.zip.len())
            .find(
                |&index| matches!(self.zip.name_for_index(index), Some(Ok(known)) if known.replace('\\', "/") == name),
            )
            .unwrap_or(0);
        let mut part = self.zip.by_index(index).map_err(|error| fault(&source, &error))?;
        let most = part.compressed_size().saturating_mul(MOST_RATIO).max(LEAST_EXPANDED).min(source.most());
        let mut copy = Copy::new(source.name(), u64::MAX)?;
        let mut block = vec![0; 1 << 16];
        let mut all = 0;
        loop {
            let read = match part.read(&mut block) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => return Err(unreadable(&source, name, error)),
            };
            all += read as u64;
            if all > most {
                return Err(too_large(&source, &format!("{} MiB, uncompressed,", most >> 20)));
            }
            copy.write(&block[..read])?;
        }
        Ok(Content::File(copy.finish_as(&source, name)?))
    }
}

fn fold(path: &str) -> String {
    path.replace('\\', "/").to_ascii_lowercase()
}

/// What is compressed better than this is no table.
const MOST_RATIO: u64 = 200;
/// But small ones may be anything; tests have smaller ones.
const LEAST_EXPANDED: u64 = if cfg!(test) { 16 << 20 } else { 256 << 20 };

fn fault(source: &Source, error: &ZipError) -> Error {
    match error {
        ZipError::UnsupportedArchive(what) if *what == ZipError::PASSWORD_REQUIRED => super::protected(source),
        other => unreadable(source, "the archive", other.to_string()),
    }
}
