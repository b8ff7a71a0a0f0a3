//! Workbooks of Excel since 2007, of Google Sheets and many others: XML in a zip archive.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};

use super::archive::Archive;
use super::cells::{Cells, Value};
use super::format::NumberFormat;
use super::strings::{Strings, rich_text};
use super::xml::{Xml, attribute, unescaped};
use super::{Book, SheetName, Sheets};
use crate::Result;
use crate::import::format::DateSystem;
use crate::import::source::file::Source;

pub(super) struct Xlsx {
    source: Source,
    archive: Archive,
    sheets: Sheets<String>,
    /// By the style of a cell.
    formats: Vec<Arc<NumberFormat>>,
    strings: Strings,
    system: DateSystem,
}

impl Xlsx {
    pub(super) fn open(source: &Source, mut archive: Archive) -> Result<Self> {
        let workbook = relations(&mut archive, "_rels/.rels", "")?
            .into_values()
            .find(|(kind, _)| kind.ends_with("/officeDocument"))
            .map_or_else(|| "xl/workbook.xml".to_owned(), |(_, path)| path);
        let (folder, file) = workbook.rsplit_once('/').unwrap_or(("", &workbook));
        let relations = relations(&mut archive, &format!("{folder}/_rels/{file}.rels"), folder)?;
        let part =
            |kind: &str| relations.values().find(|(known, _)| known.ends_with(kind)).map(|(_, path)| path.clone());
        let mut book = Self {
            source: source.clone(),
            sheets: Sheets::default(),
            formats: Vec::new(),
            strings: Strings::default(),
            system: DateSystem::Since1900,
            archive,
        };
        book.read_workbook(&workbook, &relations)?;
        if let Some(path) = part("/styles") {
            book.formats = styles(book.archive.xml_within(&path, MAX_STYLES)?)?;
        }
        if let Some(path) = part("/sharedStrings") {
            book.strings = Strings::read(source, book.archive.xml(&path)?)?;
        }
        Ok(book)
    }

    fn read_workbook(&mut self, path: &str, relations: &Relations) -> Result<()> {
        let mut xml = self.archive.xml(path)?;
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "workbookPr" if attribute(&element, "date1904").is_some_and(|value| is_true(&value)) => {
                        self.system = DateSystem::Since1904;
                    }
                    "sheet" => {
                        let name = attribute(&element, "name").unwrap_or_default().into_owned();
                        let hidden = attribute(&element, "state").is_some_and(|state| state != "visible");
                        // The number of the sheet is an attribute without prefix, `sheetId`.
                        let id = attribute(&element, "id").unwrap_or_default();
                        // Sheets of charts and macros have no cells.
                        if let Some((kind, path)) = relations.get(&*id)
                            && kind.ends_with("/worksheet")
                        {
                            self.sheets.push(&self.source, SheetName { name, hidden }, path.clone())?;
                        }
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }
}

impl Book for Xlsx {
    fn sheets(&self) -> Vec<SheetName> {
        self.sheets.names()
    }

    fn read(&mut self, sheet: usize, cells: &mut Cells<'_>) -> Result<()> {
        let Some((_, path)) = self.sheets.list.get(sheet) else { return Ok(()) };
        let xml = self.archive.xml(path)?;
        let mut reader = SheetReader {
            source: &self.source,
            xml,
            formats: &self.formats,
            strings: &self.strings,
            system: self.system,
            row: 0,
            column: 0,
            text: String::new(),
        };
        reader.read(cells)
    }
}

struct SheetReader<'b, R: Read> {
    source: &'b Source,
    xml: Xml<R>,
    formats: &'b [Arc<NumberFormat>],
    strings: &'b Strings,
    system: DateSystem,
    /// The row at hand and the next column, from 0, for cells that don't say where they are.
    row: u32,
    column: u32,
    text: String,
}

/// How the value of a cell is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Number,
    Shared,
    Text,
    Inline,
    Boolean,
    Error,
    Date,
}

impl<R: Read> SheetReader<'_, R> {
    fn read(&mut self, cells: &mut Cells<'_>) -> Result<()> {
        let mut next_row = 0;
        loop {
            let cell = match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "row" => {
                        let told = attribute(&element, "r").and_then(|row| row.parse::<u32>().ok());
                        self.row = told.and_then(|row| row.checked_sub(1)).unwrap_or(next_row);
                        next_row = self.row.saturating_add(1);
                        self.column = 0;
                        let hidden = attribute(&element, "hidden").is_some_and(|value| is_true(&value));
                        if hidden {
                            cells.hidden_row(self.row);
                        }
                        None
                    }
                    "c" => Some(Head::of(&element)),
                    "mergeCell" => {
                        let area = attribute(&element, "ref").unwrap_or_default().into_owned();
                        match area.split_once(':').and_then(|(from, to)| Some((place(from)?, place(to)?))) {
                            Some((from, to)) => cells.merge(from, to)?,
                            None if area.contains(':') => {
                                return Err(self.xml.damaged(&format!("merged cells {area:?}")));
                            }
                            None => {}
                        }
                        None
                    }
                    _ => None,
                },
                Event::Eof => return Ok(()),
                _ => None,
            };
            if let Some(head) = cell {
                self.cell(head?, cells)?;
                if cells.is_done() {
                    return Ok(());
                }
            }
        }
    }

    fn cell(&mut self, head: Head, cells: &mut Cells<'_>) -> Result<()> {
        let (row, column) = match head.place {
            Some(Some(place)) => place,
            Some(None) => return Err(self.xml.damaged("a cell in no place")),
            None => (self.row, self.column),
        };
        self.column = column.saturating_add(1);
        self.text.clear();
        let (mut valued, mut formula) = (false, false);
        loop {
            match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "v" => {
                        self.xml.text(&mut self.text)?;
                        valued = head.kind != Type::Inline && (!self.text.is_empty() || head.kind == Type::Text);
                        if head.kind == Type::Inline {
                            self.text.clear();
                        }
                    }
                    "is" => {
                        rich_text(&mut self.xml, &mut self.text)?;
                        valued = true;
                    }
                    name => {
                        formula |= name == "f";
                        self.xml.skip()?;
                    }
                },
                Event::End(_) => break,
                Event::Eof => return Err(self.xml.breaks_off()),
                _ => {}
            }
        }
        if !valued {
            if formula {
                cells.unvalued(self.source, (row, column), 1)?;
            }
            return Ok(());
        }
        let text = self.text.as_str();
        let value = match head.kind {
            Type::Shared => {
                let shared = text.trim().parse().ok().and_then(|at: usize| self.strings.get(at));
                Value::Text(shared.ok_or_else(|| self.xml.damaged("a cell with a text that is not there"))?)
            }
            Type::Text | Type::Inline => return cells.cell(self.source, row, column, Value::Text(&unescaped(text))),
            Type::Boolean => Value::Boolean(is_true(text.trim())),
            Type::Error => Value::Error(text),
            Type::Date => Value::Moment(text),
            // What is too large for a number, or called so, is no number: its text says what it was.
            Type::Number => match text.trim().parse::<f64>().ok().filter(|number| number.is_finite()) {
                Some(number) => {
                    let format = self.formats.get(head.style).map_or(&NumberFormat::Plain, |format| &**format);
                    Value::Number(number, format, self.system)
                }
                None => Value::Text(text),
            },
        };
        cells.cell(self.source, row, column, value)
    }
}

/// What the tag of a cell says.
struct Head {
    /// Row and column from 0; none of a cell that doesn't say, nothing within of one that says nonsense.
    place: Option<Option<(u32, u32)>>,
    style: usize,
    kind: Type,
}

impl Head {
    fn of(element: &BytesStart<'_>) -> Result<Self> {
        let mut head = Self { place: None, style: 0, kind: Type::Number };
        for attribute in element.attributes().with_checks(false).flatten() {
            match attribute.key.as_ref() {
                "r" => head.place = Some(place(&attribute.value)),
                "s" => head.style = attribute.value.parse().unwrap_or(0),
                "t" => {
                    head.kind = match &*attribute.value {
                        "s" => Type::Shared,
                        "str" => Type::Text,
                        "inlineStr" => Type::Inline,
                        "b" => Type::Boolean,
                        "e" => Type::Error,
                        "d" => Type::Date,
                        _ => Type::Number,
                    }
                }
                _ => {}
            }
        }
        Ok(head)
    }
}

/// `B3`, also `$B$3`, as row and column from 0.
fn place(text: &str) -> Option<(u32, u32)> {
    let text = text.trim_start_matches('$');
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = text.split_at(letters);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, b| sum * 26 + u32::from(b.to_ascii_uppercase() - b'A') + 1);
    let row: u32 = digits.trim_start_matches('$').parse().ok()?;
    Some((row.checked_sub(1)?, column - 1))
}

fn is_true(text: &str) -> bool {
    matches!(text, "1" | "true" | "TRUE" | "True" | "on")
}

/// Bytes of the part that has the styles, and of one that lists others.
const MAX_STYLES: u64 = 32 << 20;
const MAX_RELATIONS: u64 = 8 << 20;

/// Kind and path of each part that a part names, by the name it has there.
type Relations = HashMap<String, (String, String)>;

/// `folder` is where the paths begin.
fn relations(archive: &mut Archive, path: &str, folder: &str) -> Result<Relations> {
    let mut relations = Relations::new();
    if !archive.has(path.trim_start_matches('/')) {
        return Ok(relations);
    }
    let mut xml = archive.xml_within(path.trim_start_matches('/'), MAX_RELATIONS)?;
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let text = |name| attribute(&element, name).unwrap_or_default().into_owned();
                let target = text("Target");
                let path = match target.strip_prefix('/') {
                    Some(absolute) => absolute.to_owned(),
                    None => resolved(folder, &target),
                };
                relations.insert(text("Id"), (text("Type"), path));
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

/// A path from a folder on, `..` included.
fn resolved(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The number formats of the styles that cells bear.
fn styles<R: Read>(mut xml: Xml<R>) -> Result<Vec<Arc<NumberFormat>>> {
    let mut codes: HashMap<u32, Arc<NumberFormat>> = HashMap::new();
    let mut formats = Vec::new();
    let mut in_cells = false;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "numFmt" => {
                    let id = attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                    let code = attribute(&element, "formatCode").unwrap_or_default();
                    codes.extend(id.map(|id| (id, Arc::new(NumberFormat::of_code(&code)))));
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells => {
                    let id: u32 = attribute(&element, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                    formats.push(codes.get(&id).cloned().unwrap_or_else(|| Arc::new(NumberFormat::built_in(id))));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => in_cells = false,
            Event::Eof => return Ok(formats),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (text, found) in [
            ("A1", Some((0, 0))),
            ("$B$3", Some((2, 1))),
            ("XFD1048576", Some((1_048_575, 16_383))),
            ("aa10", Some((9, 26))),
            ("A0", None),
            ("1", None),
            ("A", None),
            ("ABCD1", None),
        ] {
            assert_eq!(place(text), found, "{text}");
        }
        assert_eq!(resolved("xl/worksheets", "../sharedStrings.xml"), "xl/sharedStrings.xml");
        assert_eq!(resolved("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
    }
}
