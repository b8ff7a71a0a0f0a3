//! The XML within workbooks, event by event. No event is larger than a cell can be, whatever the file says.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::import::source::MAX_CELL;
use crate::import::source::file::Source;
use crate::import::source::workbook::{MAX_READ, damaged, too_large, unreadable};
use crate::{Error, Result};

/// Bytes that one event may have: tags, and the text between them.
const MAX_EVENT: u64 = 4 << 20;
/// Elements within each other: the names of those that are open are kept.
const MAX_DEPTH: u32 = 256;

pub(super) struct Xml<R: Read> {
    reader: Reader<BufReader<Metered<R>>>,
    buffer: Vec<u8>,
    source: Source,
    /// What is read, for messages.
    part: String,
    most: u64,
    depth: u32,
}

impl<R: Read> Xml<R> {
    /// `most` bytes are read at most, and of all parts no more than is `left`.
    pub(super) fn new(source: &Source, part: &str, input: R, most: u64, left: &Rc<Cell<u64>>) -> Self {
        let metered = Metered { inner: input, all: most, event: MAX_EVENT, left: Rc::clone(left) };
        let mut reader = Reader::from_reader(BufReader::with_capacity(1 << 15, metered));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), source: source.clone(), part: part.to_owned(), most, depth: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Event<'_>> {
        self.buffer.clear();
        self.reader.get_mut().get_mut().event = MAX_EVENT;
        match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => {
                match event {
                    Event::Start(_) => self.depth += 1,
                    Event::End(_) => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                if self.depth > MAX_DEPTH {
                    let what = format!("{}: elements within each other, more than {MAX_DEPTH}", self.part);
                    return Err(damaged(&self.source, &what));
                }
                Ok(event)
            }
            Err(quick_xml::Error::Io(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                let is_all = self.reader.get_ref().get_ref().left.get() == 0;
                let most = if is_all { MAX_READ } else { self.most };
                Err(too_large(&self.source, &format!("{} MiB, uncompressed,", most >> 20)))
            }
            Err(quick_xml::Error::Io(error)) if is_of_the_disk(error.kind()) => {
                Err(Error::io(format!("reading {}", self.source.name()), io::Error::new(error.kind(), error)))
            }
            Err(error) => Err(unreadable(&self.source, &self.part, error)),
        }
    }

    /// The text up to the end of the element that was begun, with all that stands in elements within.
    pub(super) fn text(&mut self, out: &mut String) -> Result<()> {
        let mut depth = 0_u32;
        loop {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) if depth == 0 => return Ok(()),
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(self.breaks_off()),
                event => append(&event, out),
            }
            self.fits(out)?;
        }
    }

    /// Leaves out all that stands in the element that was begun.
    pub(super) fn skip(&mut self) -> Result<()> {
        let end = self.depth.saturating_sub(1);
        while self.depth > end {
            if matches!(self.next()?, Event::Eof) {
                return Err(self.breaks_off());
            }
        }
        Ok(())
    }

    /// A cell is written in any number of events, and one of them may say blanks without end.
    pub(super) fn fits(&self, text: &str) -> Result<()> {
        if text.len() <= MAX_CELL { Ok(()) } else { Err(too_large(&self.source, "1 MiB in a cell,")) }
    }

    pub(super) fn breaks_off(&self) -> Error {
        damaged(&self.source, &format!("{} breaks off", self.part))
    }

    pub(super) fn damaged(&self, what: &str) -> Error {
        damaged(&self.source, &format!("{}: {what}", self.part))
    }
}

/// What a failing disk says, in contrast to a broken archive.
fn is_of_the_disk(kind: io::ErrorKind) -> bool {
    !matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof)
}

/// Appends what an event says as text.
pub(super) fn append(event: &Event<'_>, out: &mut String) {
    match event {
        Event::Text(text) => out.push_str(&text.xml10_content()),
        Event::CData(text) => out.push_str(&text.xml10_content()),
        Event::GeneralRef(entity) => resolve(entity, out),
        _ => {}
    }
}

fn resolve(entity: &BytesRef<'_>, out: &mut String) {
    match entity.resolve_char_ref() {
        Ok(Some(c)) => out.push(c),
        _ => out.push_str(resolve_predefined_entity(&entity.xml10_content()).unwrap_or_default()),
    }
}

/// An attribute by its name without prefix.
pub(super) fn attribute<'e>(element: &'e BytesStart<'_>, name: &str) -> Option<Cow<'e, str>> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    let attribute = attributes.flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    // Most have nothing that means something else.
    if attribute.value.bytes().any(|byte| matches!(byte, b'&' | b'\t' | b'\r' | b'\n')) {
        return attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(|value| Cow::Owned(value.into_owned()));
    }
    Some(attribute.value)
}

/// Counts what is read: of the part, since the last event began, and of all parts together.
pub(super) struct Metered<R> {
    inner: R,
    all: u64,
    event: u64,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)? as u64;
        self.left.set(self.left.get().saturating_sub(read));
        if self.left.get() == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.all = self.all.checked_sub(read).ok_or(io::ErrorKind::FileTooLarge)?;
        self.event = self.event.checked_sub(read).ok_or(io::ErrorKind::InvalidData)?;
        usize::try_from(read).map_err(io::Error::other)
    }
}

/// Text of Excel, which writes characters that XML has no place for as `_x000D_`.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6).filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let code = code.filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit()));
        match code.and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?)) {
            // A character without a place in any text vanishes.
            Some(c) => {
                if c != '\0' {
                    out.push(c);
                }
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_excel_escapes() {
        for (text, read) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x00", "_x00"),
            ("x_xyz_", "x_xyz_"),
            ("_x0041_", "A"),
            ("é_x0041é", "é_x0041é"),
            ("_x0000_", ""),
        ] {
            assert_eq!(unescaped(text), read, "{text}");
        }
    }
}
