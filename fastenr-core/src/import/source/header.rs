//! The header of a CSV file.

use crate::error::Setting;
use crate::say;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::guard::unguard;
use super::record::Record;
use super::sheet::letters;
use super::{MAX_COLUMNS, is_blank};
use crate::{Error, Result};

/// The names of the columns, and which fields of a row belong to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Of the columns that have a name.
    pub(super) names: Vec<String>,
    /// The place of each named column in a row, where it is not its number.
    pub(super) places: Option<Arc<[usize]>>,
    /// Places without a name; data there is an error.
    pub(super) unnamed: Vec<usize>,
    /// The physical line where it stands.
    pub(super) line: u64,
    /// Fields of the header.
    pub(super) width: usize,
    /// Fields that a row must have: all up to the last that has a name.
    pub(super) required: usize,
}

/// Where a record stands, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) sheet: Option<&'a str>,
    pub(super) line: u64,
}

impl Place<'_> {
    /// Columns as the program shows them: letters in a sheet.
    fn column(&self, place: usize) -> String {
        match self.sheet {
            Some(_) => letters(u32::try_from(place).unwrap_or(u32::MAX)),
            None => (place + 1).to_string(),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sheet {
            Some(sheet) => write!(f, "{}, sheet {sheet:?}, row {}", self.file, self.line),
            None => write!(f, "{}, line {}", self.file, self.line),
        }
    }
}

impl Header {
    /// Errors: `header_duplicate`, `header_empty`, `header_wide`.
    pub(super) fn new<'a>(at: &Place<'_>, raw: bool, fields: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut header = Self { line: at.line, ..Self::default() };
        let mut places: Vec<usize> = Vec::new();
        let mut seen = HashMap::new();
        for (place, field) in fields.enumerate() {
            header.width += 1;
            let name = if raw { field } else { unguard(field) };
            let name = name.trim_matches(is_blank);
            if name.is_empty() {
                header.unnamed.push(place);
                continue;
            }
            if let Some(first) = seen.insert(name, place) {
                let (one, other) = (at.column(first), at.column(place));
                let message = format!("{at}: columns {one} and {other} are both named {name:?}");
                return Err(Error::invalid("header_duplicate", message).hint("rename or remove one of them"));
            }
            header.names.push(name.to_owned());
            places.push(place);
        }
        header.required = places.last().map_or(0, |last| last + 1);
        if header.names.is_empty() {
            let message = format!("{at}: the header names no column");
            return Err(Error::invalid("header_empty", message).hint("the first line has to name the columns"));
        }
        if header.width > MAX_COLUMNS {
            let message = format!("{at}: {} columns, at most {MAX_COLUMNS} are read", header.width);
            return Err(Error::invalid("header_wide", message)
                .hint(say!("remove columns, or name another {}", Setting::Delimiter)));
        }
        if places.iter().enumerate().any(|(column, &place)| column != place) {
            header.places = Some(places.into());
        }
        Ok(header)
    }

    /// Whether a record is the header again. If it has the same names in other places, the rows behind it would be taken for what
    /// they are not.
    pub(super) fn is_repeated_by(&self, record: &Record, at: &Place<'_>) -> Result<bool> {
        let names = &self.names;
        let named = |column: usize, name: &String| {
            record.cell(column).text().is_some_and(|text| {
                text.len() >= name.len() && text.trim().trim_matches(is_blank).eq_ignore_ascii_case(name)
            })
        };
        // Hardly any record gets further.
        if !names.iter().any(|name| named(0, name)) {
            return Ok(false);
        }
        if names.iter().enumerate().all(|(column, name)| named(column, name)) {
            return Ok(true);
        }
        let are_names = (0..names.len()).filter(|&column| names.iter().any(|name| named(column, name))).count();
        if are_names < 2 || 2 * are_names < names.len() {
            return Ok(false);
        }
        let message = format!("{at}: another header, whose columns are not those of the first");
        Err(Error::invalid("header_changes", message).hint("split the file there, and import both parts"))
    }

    /// A place of a row in a message: `column 3 ("name")`.
    pub(super) fn label(&self, place: usize) -> String {
        let column = match &self.places {
            Some(places) => places.iter().position(|&other| other == place),
            None => Some(place),
        };
        match column.and_then(|column| self.names.get(column)) {
            Some(name) => format!("column {} ({name:?})", place + 1),
            None => format!("column {}", place + 1),
        }
    }
}
