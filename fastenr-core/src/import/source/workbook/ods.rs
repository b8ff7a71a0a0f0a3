//! Spreadsheets of OpenDocument, as LibreOffice writes them.

use std::collections::HashSet;
use std::io::Read;

use quick_xml::events::{BytesStart, Event};

use super::archive::Archive;
use super::cells::{Cells, Value};
use super::format::write_number;
use super::xml::{Xml, append, attribute};
use super::{Book, MAX_LIST, SheetName, Sheets, too_large};
use crate::Result;
use crate::import::source::file::Source;
use crate::import::source::record::Kind;
use crate::import::source::{MAX_COLUMNS, MAX_RECORD};

const CONTENT: &str = "content.xml";

pub(super) struct Ods {
    source: Source,
    archive: Archive,
    sheets: Sheets<()>,
}

impl Ods {
    pub(super) fn open(source: &Source, mut archive: Archive) -> Result<Self> {
        let mut sheets = Sheets::default();
        let mut hidden = HashSet::new();
        let (mut style, mut bytes) = (String::new(), 0);
        let mut xml = archive.xml(CONTENT)?;
        loop {
            match xml.next()? {
                Event::Start(element) => match element.name().as_ref() {
                    "style:style" => style = attribute(&element, "name").unwrap_or_default().into_owned(),
                    "style:table-properties"
                        if attribute(&element, "display").is_some_and(|display| display == "false") =>
                    {
                        bytes += style.len() + 64;
                        if bytes > MAX_LIST {
                            return Err(too_large(source, &format!("{} styles of hidden sheets", hidden.len())));
                        }
                        hidden.insert(std::mem::take(&mut style));
                    }
                    "table:table" => {
                        let name = attribute(&element, "name").unwrap_or_default().into_owned();
                        let hidden = attribute(&element, "style-name").is_some_and(|style| hidden.contains(&*style));
                        sheets.push(source, SheetName { name, hidden }, ())?;
                    }
                    _ => {}
                },
                Event::Eof => break,
                _ => {}
            }
        }
        drop(xml);
        Ok(Self { source: source.clone(), archive, sheets })
    }
}

impl Book for Ods {
    fn sheets(&self) -> Vec<SheetName> {
        self.sheets.names()
    }

    fn read(&mut self, sheet: usize, cells: &mut Cells<'_>) -> Result<()> {
        let mut xml = self.archive.xml(CONTENT)?;
        let mut tables = 0;
        loop {
            match xml.next()? {
                Event::Start(element) if element.name().as_ref() == "table:table" => {
                    if tables == sheet {
                        break;
                    }
                    tables += 1;
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
        Table { source: &self.source, xml, row: 0 }.read(cells)
    }
}

struct Table<'b, R: Read> {
    source: &'b Source,
    xml: Xml<R>,
    row: u32,
}

/// A cell with content, before it is known how often it stands there.
struct Cell {
    column: u32,
    repeats: u32,
    text: String,
    kind: Kind,
    formula_alone: bool,
    spans: (u32, u32),
}

impl<R: Read> Table<'_, R> {
    fn read(&mut self, cells: &mut Cells<'_>) -> Result<()> {
        loop {
            let row = match self.xml.next()? {
                Event::Start(element) if element.name().as_ref() == "table:table-row" => {
                    let hidden = attribute(&element, "visibility").is_some_and(|visibility| visibility != "visible");
                    Some((repeats(&element, "number-rows-repeated"), hidden))
                }
                Event::End(element) if element.name().as_ref() == "table:table" => return Ok(()),
                Event::Eof => return Err(self.xml.breaks_off()),
                _ => None,
            };
            let Some((repeats, hidden)) = row else { continue };
            let mut found = self.row_cells()?;
            // Counted and not written, so that it costs nothing how often they stand there.
            for cell in found.extract_if(.., |cell| cell.formula_alone) {
                let count = u64::from(cell.repeats) * u64::from(repeats);
                cells.unvalued(self.source, (self.row, cell.column), count)?;
            }
            if cells.is_done() {
                return Ok(());
            }
            // Millions of empty rows are what a sheet ends with.
            if found.is_empty() {
                self.row = self.row.saturating_add(repeats);
                continue;
            }
            for _ in 0..repeats {
                if hidden {
                    cells.hidden_row(self.row);
                }
                self.tell(&found, cells)?;
                if cells.is_done() {
                    return Ok(());
                }
                self.row = self.row.saturating_add(1);
            }
        }
    }

    fn tell(&self, found: &[Cell], cells: &mut Cells<'_>) -> Result<()> {
        for cell in found {
            let (rows, columns) = cell.spans;
            if rows > 1 || columns > 1 {
                let to = (self.row.saturating_add(rows - 1), cell.column.saturating_add(columns - 1));
                cells.merge((self.row, cell.column), to)?;
            }
            for repeat in 0..cell.repeats {
                let column = cell.column.saturating_add(repeat);
                cells.cell(self.source, self.row, column, Value::Shown(&cell.text, cell.kind))?;
                if cells.is_done() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The cells of a row that was begun, as far as they have content.
    fn row_cells(&mut self) -> Result<Vec<Cell>> {
        let mut found = Vec::new();
        let (mut column, mut bytes) = (0_u32, 0);
        loop {
            let head = match self.xml.next()? {
                Event::Start(element) => match element.name().as_ref() {
                    "table:table-cell" | "table:covered-table-cell" => Some(Head::of(&element)),
                    _ => None,
                },
                Event::End(element) if element.name().as_ref() == "table:table-row" => return Ok(found),
                Event::Eof => return Err(self.xml.breaks_off()),
                _ => None,
            };
            let Some(head) = head else { continue };
            let shown = self.shown()?;
            let (text, kind) = head.value(&shown);
            let formula_alone = head.formula && text.is_empty() && head.kind.is_empty();
            if !text.trim().is_empty() || formula_alone {
                bytes += text.len();
                if column as usize >= MAX_COLUMNS {
                    return Err(too_large(self.source, &format!("{MAX_COLUMNS} columns")));
                }
                if bytes > MAX_RECORD {
                    return Err(too_large(self.source, "1 MiB in a cell, or 16 MiB in a row,"));
                }
                let most = u32::try_from(MAX_COLUMNS + 1).unwrap_or(u32::MAX);
                let repeats = head.repeats.min(most);
                found.push(Cell { column, repeats, text, kind, formula_alone, spans: head.spans });
            }
            column = column.saturating_add(head.repeats);
        }
    }

    /// The paragraphs of a cell that was begun, without notes and drawings.
    fn shown(&mut self) -> Result<String> {
        let mut text = String::new();
        let (mut depth, mut paragraphs, mut within, mut aside) = (0_u32, 0, false, None);
        loop {
            match self.xml.next()? {
                Event::Start(element) => {
                    depth += 1;
                    match element.name().as_ref() {
                        "text:p" if aside.is_none() && depth == 1 => {
                            if paragraphs > 0 {
                                text.push('\n');
                            }
                            paragraphs += 1;
                            within = true;
                        }
                        "text:s" if within && aside.is_none() => {
                            let blanks =
                                attribute(&element, "c").and_then(|count| count.parse().ok()).unwrap_or(1_usize);
                            text.extend(std::iter::repeat_n(' ', blanks.min(1 << 16)));
                        }
                        "text:tab" if within && aside.is_none() => text.push('\t'),
                        "text:line-break" if within && aside.is_none() => text.push('\n'),
                        "office:annotation" | "draw:frame" | "text:ruby-text" if aside.is_none() => aside = Some(depth),
                        _ => {}
                    }
                }
                Event::End(_) if depth == 0 => return Ok(text),
                Event::End(_) => {
                    if aside == Some(depth) {
                        aside = None;
                    }
                    depth -= 1;
                    within &= depth > 0;
                }
                Event::Eof => return Err(self.xml.breaks_off()),
                event if within && aside.is_none() => append(&event, &mut text),
                _ => {}
            }
            self.xml.fits(&text)?;
        }
    }
}

/// What the tag of a cell says.
struct Head {
    repeats: u32,
    kind: String,
    value: String,
    currency: String,
    formula: bool,
    spans: (u32, u32),
}

impl Head {
    fn of(element: &BytesStart<'_>) -> Self {
        let text = |name| attribute(element, name).unwrap_or_default().into_owned();
        // The same attribute stands there for other programs, with more kinds.
        let kind = element
            .attributes()
            .with_checks(false)
            .flatten()
            .find(|attribute| attribute.key.as_ref() == "office:value-type")
            .map(|attribute| attribute.value.into_owned())
            .unwrap_or_default();
        let value = match kind.as_str() {
            "date" => text("date-value"),
            "time" => text("time-value"),
            "boolean" => text("boolean-value"),
            "string" => text("string-value"),
            _ => text("value"),
        };
        Self {
            repeats: repeats(element, "number-columns-repeated"),
            kind,
            value,
            currency: text("currency"),
            formula: !text("formula").is_empty(),
            spans: (repeats(element, "number-rows-spanned"), repeats(element, "number-columns-spanned")),
        }
    }

    /// The text to be read, where `shown` is what the program shows.
    fn value(&self, shown: &str) -> (String, Kind) {
        let number = || self.value.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let mut text = String::new();
        match self.kind.as_str() {
            "date" => return (self.value.replacen('T', " ", 1), Kind::Date),
            "boolean" => return (self.value.to_uppercase(), Kind::Text),
            "time" => return (shown.to_owned(), Kind::Text),
            "float" | "percentage" | "currency" => {}
            _ if shown.is_empty() => return (self.value.clone(), Kind::Text),
            _ => return (shown.to_owned(), Kind::Text),
        }
        let Some(number) = number() else { return (shown.to_owned(), Kind::Text) };
        match self.kind.as_str() {
            "percentage" => {
                write_number(number, 2, &mut text);
                text.push('%');
            }
            "currency" if !self.currency.is_empty() => {
                write_number(number, 0, &mut text);
                text.push(' ');
                text.push_str(&self.currency);
            }
            _ if is_pattern(shown, number) => return (shown.trim().to_owned(), Kind::Text),
            _ => write_number(number, 0, &mut text),
        }
        (text, Kind::Number)
    }
}

/// Whether a number is shown in a pattern of digits, such as `00123` or `123-45-6789`.
fn is_pattern(shown: &str, number: f64) -> bool {
    let shown = shown.trim();
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    let is_same = digits.parse::<f64>().is_ok_and(|digits| digits == number) && digits.len() <= 15;
    let inner = shown.trim_matches(|c: char| !c.is_ascii_digit());
    let may_be = shown.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ' | '(' | ')' | '/' | '_'));
    is_same
        && may_be
        && ((digits.starts_with('0') && digits.len() > 1)
            || inner.contains(['-', '/', ')'])
            || shown.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn repeats(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name).and_then(|count| count.parse().ok()).unwrap_or(1).max(1)
}
