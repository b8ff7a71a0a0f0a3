//! The header of a CSV file.

use std::collections::HashMap;
use std::sync::Arc;

use super::guard::unguard;
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

impl Header {
    /// Errors: `header_duplicate`, `header_empty`, `header_wide`.
    pub(super) fn new<'a>(file: &str, line: u64, raw: bool, fields: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut header = Self { line, ..Self::default() };
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
            if let Some(first) = seen.insert(name, place + 1) {
                return Err(Error::invalid(
                    "header_duplicate",
                    format!("{file}, line {line}: columns {first} and {} are both named {name:?}", place + 1),
                )
                .hint("rename or remove one of them"));
            }
            header.names.push(name.to_owned());
            places.push(place);
        }
        header.required = places.last().map_or(0, |last| last + 1);
        if header.names.is_empty() {
            let message = format!("{file}, line {line}: the header names no column");
            return Err(Error::invalid("header_empty", message).hint("the first line has to name the columns"));
        }
        if header.width > MAX_COLUMNS {
            let message = format!("{file}, line {line}: {} columns, at most {MAX_COLUMNS} are read", header.width);
            return Err(Error::invalid("header_wide", message).hint("remove columns, or name another --delimiter"));
        }
        if places.iter().enumerate().any(|(column, &place)| column != place) {
            header.places = Some(places.into());
        }
        Ok(header)
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
