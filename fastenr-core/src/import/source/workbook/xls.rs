//! Workbooks of Excel 97 to 2003: records of a binary stream, each with a number for its kind.

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use cfb::{CompoundFile, Stream};

use super::cells::{Cells, Value};
use super::format::NumberFormat;
use super::strings::Strings;
use super::{Book, MAX_READ, SheetName, Sheets, damaged, protected, too_large, unreadable};
use crate::import::format::DateSystem;
use crate::import::source::file::{Bytes, Source};
use crate::{Error, Result};

/// The kinds of records that are read.
mod kind {
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const END: u16 = 0x000A;
    pub(super) const DATE_MODE: u16 = 0x0022;
    pub(super) const PASSWORD: u16 = 0x002F;
    pub(super) const CONTINUE: u16 = 0x003C;
    pub(super) const SHEET: u16 = 0x0085;
    pub(super) const PACKED_NUMBERS: u16 = 0x00BD;
    pub(super) const STYLE: u16 = 0x00E0;
    pub(super) const MERGED: u16 = 0x00E5;
    pub(super) const STRINGS: u16 = 0x00FC;
    pub(super) const SHARED_TEXT: u16 = 0x00FD;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const TEXT: u16 = 0x0204;
    pub(super) const RICH_TEXT: u16 = 0x00D6;
    pub(super) const BOOLEAN_OR_ERROR: u16 = 0x0205;
    pub(super) const FORMULA_TEXT: u16 = 0x0207;
    pub(super) const ROW: u16 = 0x0208;
    pub(super) const PACKED_NUMBER: u16 = 0x027E;
    pub(super) const FORMAT: u16 = 0x041E;
    pub(super) const BEGIN: u16 = 0x0809;
}

/// What a record of the kind `BEGIN` says of Excel 97 and later.
const BIFF8: u16 = 0x0600;

pub(super) struct Xls {
    source: Source,
    records: Records,
    sheets: Sheets<u64>,
    formats: Vec<Arc<NumberFormat>>,
    strings: Strings,
    system: DateSystem,
}

pub(super) fn open(source: &Source) -> Result<Box<dyn Book>> {
    let opened = CompoundFile::open(BufReader::with_capacity(1 << 16, source.seekable()));
    let mut file = opened.map_err(|error| unreadable(source, "its structure", error))?;
    if file.exists("EncryptedPackage") || file.exists("EncryptionInfo") {
        return Err(protected(source));
    }
    let is_old = file.exists("Book") && !file.exists("Workbook");
    let Ok(stream) = file.open_stream(if is_old { "Book" } else { "Workbook" }) else {
        let message = format!("{} is an old Office document, but no workbook", source.name());
        return Err(Error::invalid("workbook_kind", message)
            .hint("open it in its program, and save its table as .xlsx or as CSV UTF-8"));
    };
    let records = Records {
        source: source.clone(),
        stream: BufReader::with_capacity(1 << 16, stream),
        next: None,
        hidden: HashSet::new(),
        left: MAX_READ,
    };
    let mut book = Xls {
        source: source.clone(),
        records,
        sheets: Sheets::default(),
        formats: Vec::new(),
        strings: Strings::default(),
        system: DateSystem::Since1900,
    };
    book.globals()?;
    Ok(Box::new(book))
}

impl Xls {
    fn globals(&mut self) -> Result<()> {
        let mut codes: HashMap<u16, Arc<NumberFormat>> = HashMap::new();
        let mut styles = Vec::new();
        let Some(begin) = self.records.next()? else { return Err(self.records.breaks_off()) };
        if begin.kind != kind::BEGIN || begin.number(0) != Some(BIFF8) {
            let message = format!("{} is a workbook of Excel 95 or before", self.source.name());
            return Err(Error::invalid("workbook_kind", message)
                .hint("open it in a spreadsheet program and save it as .xlsx or as CSV UTF-8"));
        }
        while let Some(record) = self.records.next()? {
            match record.kind {
                kind::END => break,
                kind::PASSWORD => return Err(protected(&self.source)),
                kind::DATE_MODE if record.number(0) == Some(1) => self.system = DateSystem::Since1904,
                kind::FORMAT => {
                    if let (Some(id), Some(code)) =
                        (record.number(0), text(record.data.get(2..).unwrap_or_default(), 2))
                    {
                        codes.insert(id, Arc::new(NumberFormat::of_code(&code)));
                    }
                }
                kind::STYLE => styles.push(record.number(2).unwrap_or(0)),
                kind::SHEET => {
                    let data = &record.data;
                    let (Some(at), Some(name)) = (record.long(0), text(data.get(6..).unwrap_or_default(), 1)) else {
                        return Err(self.records.broken(&record));
                    };
                    // Other kinds are charts and macros.
                    if data.get(5) == Some(&0) {
                        let hidden = data.get(4).is_some_and(|state| state & 3 != 0);
                        self.sheets.push(&self.source, SheetName { name, hidden }, u64::from(at))?;
                    }
                }
                kind::STRINGS => self.strings = self.records.strings(record)?,
                _ => {}
            }
        }
        let format =
            |id: &u16| codes.get(id).cloned().unwrap_or_else(|| Arc::new(NumberFormat::built_in(u32::from(*id))));
        self.formats = styles.iter().map(format).collect();
        Ok(())
    }
}

impl Book for Xls {
    fn sheets(&self) -> Vec<SheetName> {
        self.sheets.names()
    }

    fn read(&mut self, sheet: usize, cells: &mut Cells<'_>) -> Result<()> {
        let Some((_, at)) = self.sheets.list.get(sheet) else { return Ok(()) };
        let Self { source, records, formats, strings, system, .. } = self;
        records.seek(*at)?;
        let (source, system) = (&*source, *system);
        let format = |style: Option<u16>| {
            style.and_then(|style| formats.get(usize::from(style))).map_or(&NumberFormat::Plain, |format| &**format)
        };
        // Substreams of charts stand within the sheet's.
        let mut depth = 0_u32;
        // The formula whose text comes next.
        let mut awaited: Option<(u32, u32)> = None;
        while let Some(record) = records.next()? {
            match record.kind {
                kind::BEGIN => {
                    depth += 1;
                    continue;
                }
                kind::END if depth <= 1 => return Ok(()),
                kind::END => {
                    depth -= 1;
                    continue;
                }
                _ if depth > 1 => continue,
                kind::ROW => {
                    if let (Some(row), Some(flags)) = (record.number(0), record.number(12))
                        && flags & 0x20 != 0
                    {
                        records.hidden.insert(u32::from(row));
                    }
                    continue;
                }
                kind::MERGED => {
                    let areas = usize::from(record.number(0).unwrap_or(0));
                    for area in 0..areas {
                        let corner = |nth: usize| record.number(2 + 8 * area + 2 * nth).map(u32::from);
                        let (Some(top), Some(bottom), Some(left), Some(right)) =
                            (corner(0), corner(1), corner(2), corner(3))
                        else {
                            return Err(records.broken(&record));
                        };
                        cells.merge((top, left), (bottom, right))?;
                    }
                    continue;
                }
                _ => {}
            }
            let (row, column) = (record.number(0).unwrap_or(0), record.number(2).unwrap_or(0));
            let (row, column, style) = (u32::from(row), u32::from(column), record.number(4));
            let is_cell = matches!(
                record.kind,
                kind::SHARED_TEXT
                    | kind::NUMBER
                    | kind::PACKED_NUMBER
                    | kind::PACKED_NUMBERS
                    | kind::BOOLEAN_OR_ERROR
                    | kind::FORMULA
                    | kind::TEXT
                    | kind::RICH_TEXT
            );
            if is_cell && records.hidden.contains(&row) {
                cells.hidden_row(row);
            }
            let broken = || damaged(source, &format!("a cell in row {}", row + 1));
            match record.kind {
                kind::SHARED_TEXT => {
                    let at = record.long(6).and_then(|at| strings.get(at as usize)).ok_or_else(broken)?;
                    cells.cell(source, row, column, Value::Text(at))?;
                }
                kind::NUMBER => {
                    let number = record.float(6).ok_or_else(broken)?;
                    cells.cell(source, row, column, Value::Number(number, format(style), system))?;
                }
                kind::PACKED_NUMBER => {
                    let number = unpacked(record.long(6).ok_or_else(broken)?);
                    cells.cell(source, row, column, Value::Number(number, format(style), system))?;
                }
                kind::PACKED_NUMBERS => {
                    for (nth, pair) in (0_u32..).zip(record.data.get(4..).unwrap_or_default().chunks_exact(6)) {
                        let style = u16::from_le_bytes([pair[0], pair[1]]);
                        let number = unpacked(u32::from_le_bytes([pair[2], pair[3], pair[4], pair[5]]));
                        let value = Value::Number(number, format(Some(style)), system);
                        cells.cell(source, row, column + nth, value)?;
                    }
                }
                kind::BOOLEAN_OR_ERROR => {
                    let (Some(&value), Some(&is_error)) = (record.data.get(6), record.data.get(7)) else {
                        return Err(broken());
                    };
                    cells.cell(source, row, column, truth(value, is_error != 0))?;
                }
                kind::TEXT | kind::RICH_TEXT => {
                    let text = text(record.data.get(6..).unwrap_or_default(), 2).ok_or_else(broken)?;
                    cells.cell(source, row, column, Value::Text(&text))?;
                }
                kind::FORMULA => {
                    let result = record.data.get(6..14).ok_or_else(broken)?;
                    match (result[6], result[7], result[0]) {
                        (0xFF, 0xFF, 0) => awaited = Some((row, column)),
                        (0xFF, 0xFF, 1) => cells.cell(source, row, column, truth(result[2], false))?,
                        (0xFF, 0xFF, 2) => cells.cell(source, row, column, truth(result[2], true))?,
                        // An empty text.
                        (0xFF, 0xFF, _) => {}
                        _ => {
                            let number = record.float(6).ok_or_else(broken)?;
                            cells.cell(source, row, column, Value::Number(number, format(style), system))?;
                        }
                    }
                }
                kind::FORMULA_TEXT => {
                    if let Some((row, column)) = awaited.take() {
                        let text = text(&record.data, 2).ok_or_else(broken)?;
                        cells.cell(source, row, column, Value::Text(&text))?;
                    }
                }
                _ => {}
            }
            if cells.is_done() {
                return Ok(());
            }
        }
        Err(records.breaks_off())
    }
}

const fn truth(value: u8, is_error: bool) -> Value<'static> {
    if !is_error {
        return Value::Boolean(value != 0);
    }
    Value::Error(match value {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        0x2A => "#N/A",
        _ => "#ERROR!",
    })
}

/// A number in 30 bits: a whole one, or the upper half of a float; either may be in hundredths.
fn unpacked(bits: u32) -> f64 {
    let number =
        if bits & 2 != 0 { f64::from(bits.cast_signed() >> 2) } else { f64::from_bits(u64::from(bits & !3) << 32) };
    if bits & 1 != 0 { number / 100.0 } else { number }
}

/// A text whose length is in so many bytes before it: one byte a character, or UTF-16.
fn text(data: &[u8], length_bytes: usize) -> Option<String> {
    let length = match length_bytes {
        1 => usize::from(*data.first()?),
        _ => usize::from(u16::from_le_bytes([*data.first()?, *data.get(1)?])),
    };
    let flags = *data.get(length_bytes)?;
    let mut at = length_bytes + 1;
    if flags & 0x08 != 0 {
        at += 2;
    }
    if flags & 0x04 != 0 {
        at += 4;
    }
    let wide = flags & 1 != 0;
    let bytes = data.get(at..at + if wide { 2 * length } else { length })?;
    Some(characters(bytes, wide))
}

fn characters(bytes: &[u8], wide: bool) -> String {
    if wide {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    } else {
        bytes.iter().map(|&byte| char::from(byte)).collect()
    }
}

struct Record {
    kind: u16,
    data: Vec<u8>,
}

impl Record {
    fn number(&self, at: usize) -> Option<u16> {
        Some(u16::from_le_bytes(self.data.get(at..at + 2)?.try_into().ok()?))
    }

    fn long(&self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.data.get(at..at + 4)?.try_into().ok()?))
    }

    fn float(&self, at: usize) -> Option<f64> {
        Some(f64::from_le_bytes(self.data.get(at..at + 8)?.try_into().ok()?))
    }
}

/// The records of the stream, one after the other.
struct Records {
    source: Source,
    stream: BufReader<Stream<BufReader<Bytes>>>,
    /// One that was read too far.
    next: Option<Record>,
    /// Rows of the sheet at hand that the program does not show.
    hidden: HashSet<u32>,
    /// Bytes that may still be read: several sheets may say that they begin at one place.
    left: u64,
}

impl Records {
    fn seek(&mut self, at: u64) -> Result<()> {
        self.next = None;
        self.hidden.clear();
        let moved = self.stream.seek(SeekFrom::Start(at));
        moved.map(drop).map_err(|error| unreadable(&self.source, "its structure", error))
    }

    fn next(&mut self) -> Result<Option<Record>> {
        if let Some(record) = self.next.take() {
            return Ok(Some(record));
        }
        let mut head = [0; 4];
        let mut filled = 0;
        while filled < head.len() {
            match self.stream.read(&mut head[filled..]) {
                Ok(0) => return Ok(None),
                Ok(read) => filled += read,
                Err(error) => return Err(unreadable(&self.source, "its structure", error)),
            }
        }
        let kind = u16::from_le_bytes([head[0], head[1]]);
        let length = u16::from_le_bytes([head[2], head[3]]);
        let too_many = || too_large(&self.source, &format!("{} MiB of records", MAX_READ >> 20));
        self.left = self.left.checked_sub(4 + u64::from(length)).ok_or_else(too_many)?;
        let mut data = vec![0; usize::from(length)];
        self.stream.read_exact(&mut data).map_err(|_| self.breaks_off())?;
        Ok(Some(Record { kind, data }))
    }

    fn breaks_off(&self) -> Error {
        damaged(&self.source, "it breaks off")
    }

    fn broken(&self, record: &Record) -> Error {
        damaged(&self.source, &format!("a record of the kind {:#06x}", record.kind))
    }

    /// The texts that cells share, which go on through several records.
    fn strings(&mut self, first: Record) -> Result<Strings> {
        let mut strings = Strings::default();
        let count = first.long(4).unwrap_or(0);
        let mut chain = Chain { records: self, data: first.data, at: 8 };
        for _ in 0..count {
            let text = chain.text()?;
            strings.push(&chain.records.source, &text)?;
        }
        Ok(strings)
    }
}

/// The bytes of a record and of those that continue it.
struct Chain<'r> {
    records: &'r mut Records,
    data: Vec<u8>,
    at: usize,
}

impl Chain<'_> {
    /// Makes sure that there is a byte to read.
    fn fill(&mut self) -> Result<()> {
        while self.at >= self.data.len() {
            match self.records.next()? {
                Some(record) if record.kind == kind::CONTINUE => (self.data, self.at) = (record.data, 0),
                _ => return Err(self.records.breaks_off()),
            }
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8> {
        self.fill()?;
        self.at += 1;
        Ok(self.data[self.at - 1])
    }

    fn number(&mut self, bytes: u32) -> Result<u32> {
        let mut number = 0;
        for nth in 0..bytes {
            number |= u32::from(self.byte()?) << (8 * nth);
        }
        Ok(number)
    }

    fn skip(&mut self, bytes: u32) -> Result<()> {
        let mut left = bytes as usize;
        while left > 0 {
            self.fill()?;
            let part = left.min(self.data.len() - self.at);
            self.at += part;
            left -= part;
        }
        Ok(())
    }

    fn text(&mut self) -> Result<String> {
        let mut left = self.number(2)? as usize;
        let flags = self.byte()?;
        let runs = if flags & 0x08 != 0 { self.number(2)? } else { 0 };
        let extra = if flags & 0x04 != 0 { self.number(4)? } else { 0 };
        let mut wide = flags & 1 != 0;
        let mut units: Vec<u16> = Vec::with_capacity(left);
        while left > 0 {
            if self.at >= self.data.len() {
                // Behind the border of a record it is said again how wide the characters are.
                wide = self.byte()? & 1 != 0;
                continue;
            }
            let size = if wide { 2 } else { 1 };
            let part = left.min((self.data.len() - self.at) / size);
            if part == 0 {
                return Err(self.records.breaks_off());
            }
            let bytes = &self.data[self.at..self.at + part * size];
            match wide {
                true => units.extend(bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))),
                false => units.extend(bytes.iter().map(|&byte| u16::from(byte))),
            }
            self.at += part * size;
            left -= part;
        }
        self.skip(4 * runs)?;
        self.skip(extra)?;
        Ok(String::from_utf16_lossy(&units))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_thirty_bits() {
        for (bits, number) in [
            (0x3FF0_0000, 1.0),
            (0x3FF0_0001, 0.01),
            (0x004B_5646, 1_234_321.0),
            (0x004B_5647, 12_343.21),
            (0xFFFF_FFFE, -1.0),
        ] {
            assert_eq!(unpacked(bits), number, "{bits:#x}");
        }
    }

    #[test]
    fn texts_of_both_widths() {
        assert_eq!(text(b"\x03\x00\x00abc", 2).as_deref(), Some("abc"));
        assert_eq!(text(b"\x02\x01a\x00\xAC\x20", 1).as_deref(), Some("a€"));
        assert_eq!(text(b"\x03\x00\x00ab", 2), None);
        assert_eq!(text(b"", 2), None);
    }
}
