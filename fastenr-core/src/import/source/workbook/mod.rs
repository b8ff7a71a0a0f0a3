//! Workbooks: Excel's, OpenDocument's; and a file that is alone in a zip archive.
//!
//! Cells come typed, and are written down once as a table of texts, which is then surveyed like any other: days as ISO writes them,
//! percentages with their sign, amounts with the currency of their format, ids with the digits that the program shows. What is large
//! is read bit by bit; texts that cells share and the styles are all that is kept in memory.

mod archive;
mod cells;
mod format;
mod ods;
mod strings;
mod xls;
mod xlsx;
mod xml;

use self::archive::{Archive, Content};
use self::cells::{Cells, Writer};
use super::file::{Container, Source};
use super::settings::{Format, Options};
use super::sheet::Sheet;
use crate::error::{Note, Setting, Text};
use crate::say;
use crate::{Error, Result};

/// Bytes that a part of a workbook, or the table that is made of it, may have.
const MAX_EXPANDED: u64 = 2 << 30;
/// Bytes that are read of a workbook in all: looking for the sheet with data reads parts of it again.
const MAX_READ: u64 = if cfg!(test) { 32 << 20 } else { 4 * MAX_EXPANDED };
/// Rows of a sheet: as many as the most generous program has.
const MAX_ROWS: u32 = 1 << 24;
/// Bytes that the list of the sheets may have.
const MAX_LIST: usize = 1 << 20;

/// A sheet as the workbook lists it.
#[derive(Debug, Clone)]
struct SheetName {
    name: String,
    hidden: bool,
}

/// The sheets of a workbook, each with where it stands; no more than a list can have.
#[derive(Debug, Default)]
struct Sheets<P> {
    list: Vec<(SheetName, P)>,
    bytes: usize,
}

impl<P> Sheets<P> {
    fn push(&mut self, source: &Source, sheet: SheetName, place: P) -> Result<()> {
        self.bytes += sheet.name.len() + 64;
        if self.bytes > MAX_LIST {
            return Err(too_large(source, &format!("{} sheets", self.list.len())));
        }
        self.list.push((sheet, place));
        Ok(())
    }

    fn names(&self) -> Vec<SheetName> {
        self.list.iter().map(|(name, _)| name.clone()).collect()
    }
}

/// A workbook of any make.
trait Book {
    /// The sheets that have cells, in their order.
    fn sheets(&self) -> Vec<SheetName>;
    /// Tells of the cells of one of them, row by row.
    fn read(&mut self, sheet: usize, cells: &mut Cells<'_>) -> Result<()>;
}

/// The table in a workbook or an archive; none where the file is neither.
///
/// # Errors
/// `workbook_damaged`, `workbook_large`, `workbook_password`, `workbook_kind`, `archive_empty`, `archive_several`, `sheet_unknown`,
/// `sheet_several`, `source_empty`; `io`.
pub(super) fn table(source: &Source, options: &Options) -> Result<Option<Source>> {
    let content = match content(source)? {
        Some(Content::File(file)) => match content(&file)? {
            Some(Content::File(_)) => {
                let message = format!("{} is an archive within an archive", source.name());
                return Err(Error::invalid("workbook_kind", message).hint("unpack it"));
            }
            within => Some(within.unwrap_or(Content::File(file))),
        },
        other => other,
    };
    match content {
        Some(Content::Book(mut book)) => sheet(source, &mut *book, options.sheet.as_deref()).map(Some),
        _ if options.format == Some(Format::Spreadsheet) || options.sheet.is_some() => {
            let message = format!("{} is no workbook: it has no sheets", source.name());
            Err(Error::invalid("workbook_kind", message).hint(say!(
                "leave {} and {} out: the file is read as what it is",
                Setting::Sheet,
                Setting::Format
            )))
        }
        Some(Content::File(file)) => Ok(Some(file)),
        None => Ok(None),
    }
}

fn content(source: &Source) -> Result<Option<Content>> {
    match source.container() {
        None => Ok(None),
        Some(Container::Zip) => Archive::open(source)?.content().map(Some),
        Some(Container::Compound) => xls::open(source).map(|book| Some(Content::Book(book))),
    }
}

/// The sheet that is told, or the only one with data.
fn sheet(source: &Source, book: &mut dyn Book, told: Option<&str>) -> Result<Source> {
    let sheets = book.sheets();
    let mut notes = Vec::new();
    let chosen = match told {
        Some(told) => named(&sheets, told).ok_or_else(|| {
            let all: Vec<String> = sheets
                .iter()
                .enumerate()
                .map(|(at, sheet)| {
                    format!("{} {:?}{}", at + 1, sheet.name, if sheet.hidden { " (hidden)" } else { "" })
                })
                .collect();
            Error::invalid("sheet_unknown", format!("{} has no sheet {told:?}", source.name()))
                .hint(format!("its sheets: {}", all.join(", ")))
        })?,
        None => {
            let mut with_data = Vec::new();
            for at in 0..sheets.len() {
                let mut cells = Cells::probe();
                book.read(at, &mut cells)?;
                if cells.found() {
                    with_data.push(at);
                }
            }
            let (hidden, shown): (Vec<usize>, Vec<usize>) = with_data.into_iter().partition(|&at| sheets[at].hidden);
            // A workbook whose sheets are all hidden is none that a program makes.
            match shown.as_slice() {
                [one] => {
                    let others: Vec<String> = hidden.iter().map(|&at| format!("{:?}", sheets[at].name)).collect();
                    if !others.is_empty() {
                        let note = Note::from(format!("hidden sheets left out: {}", others.join(", ")));
                        notes.push(note.hint(say!("choose one with {}", Setting::Sheet.like("NAME"))));
                    }
                    *one
                }
                [] => return Err(source.empty()),
                several => {
                    let names: Vec<String> = several.iter().map(|&at| format!("{:?}", sheets[at].name)).collect();
                    let ways = several.iter().take(3).map(|&at| Setting::Sheet.is(&sheets[at].name));
                    let hint = say!("choose one: {}", Text::joined(ways, " or "));
                    let message = format!("{} has several sheets with data: {}", source.name(), names.join(", "));
                    return Err(Error::invalid("sheet_several", message).hint(hint));
                }
            }
        }
    };
    let name = sheets[chosen].name.clone();
    notes.insert(0, format!("sheet {name:?}: rows are numbered as in the sheet").into());
    let mut writer = Writer::new(source, Sheet { name, notes, ..Sheet::default() })?;
    book.read(chosen, &mut Cells::of(&mut writer))?;
    writer.finish()
}

/// A sheet by its name, else without case, else by its number.
fn named(sheets: &[SheetName], told: &str) -> Option<usize> {
    let told = told.trim();
    let is = |same: &dyn Fn(&str) -> bool| sheets.iter().position(|sheet| same(sheet.name.trim()));
    is(&|name| name == told)
        .or_else(|| is(&|name| name.to_lowercase() == told.to_lowercase()))
        .or_else(|| told.parse::<usize>().ok()?.checked_sub(1).filter(|&at| at < sheets.len()))
}

fn damaged(source: &Source, what: &str) -> Error {
    Error::invalid("workbook_damaged", format!("{} is damaged: {what}", source.name()))
        .hint("fetch it again, or open it in a spreadsheet program and save it again")
}

/// What the readers of archives and XML say is for the log.
fn unreadable(source: &Source, part: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    damaged(source, &format!("{part} can't be read")).because(error)
}

fn too_large(source: &Source, most: &str) -> Error {
    Error::invalid("workbook_large", format!("{} has more than {most} which is more than is read", source.name()))
        .hint("save the sheet as CSV UTF-8: such a file may have any size; or import it in parts")
}

fn protected(source: &Source) -> Error {
    Error::invalid("workbook_password", format!("{} is protected by a password", source.name()))
        .hint("open it and save it without a password, or as CSV UTF-8")
}

#[cfg(test)]
mod tests;
