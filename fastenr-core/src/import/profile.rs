//! What the survey learns of each column: the evidence for its format.

use uuid::Uuid;

use super::format::{DateProfile, NumberProfile};
use super::mapping::Origin;
use super::plan::{Meant, Slot, meaning};
use super::request::Request;
use super::source::{Cell, Record};
use crate::error::Result;
use crate::model::noun::{Meaning, Noun, fold_header};

/// Whether the cells of a column called `id` are UUIDs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ids {
    pub(crate) uuids: u64,
    pub(crate) others: u64,
    pub(crate) first_other: u64,
}

enum Profile {
    None,
    Dates(Box<DateProfile>),
    Numbers(Box<NumberProfile>),
    Ids(Ids),
}

/// One profile a column, made when the column is first seen.
pub(crate) struct Profiles {
    noun: &'static Noun,
    columns: Vec<Profile>,
}

impl Profiles {
    pub(crate) const fn new(noun: &'static Noun) -> Self {
        Self { noun, columns: Vec::new() }
    }

    pub(crate) fn see(&mut self, header: &[String], record: &Record, request: &Request) -> Result<()> {
        while self.columns.len() < header.len() {
            let profile = self.profile(&header[self.columns.len()], request)?;
            self.columns.push(profile);
        }
        for (column, profile) in self.columns.iter_mut().enumerate() {
            if matches!(profile, Profile::None) {
                continue;
            }
            let Cell::Text(text) = record.cell(column) else { continue };
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            match profile {
                Profile::None => {}
                Profile::Dates(dates) => dates.see(text, record.number),
                Profile::Numbers(numbers) => numbers.see(text, record.number),
                Profile::Ids(ids) => {
                    if Uuid::parse_str(text).is_ok() {
                        ids.uuids += 1;
                    } else {
                        if ids.others == 0 {
                            ids.first_other = record.number;
                        }
                        ids.others += 1;
                    }
                }
            }
        }
        Ok(())
    }

    fn profile(&self, header: &str, request: &Request) -> Result<Profile> {
        let mapped = request.mapping.columns.iter().find_map(|(field, origin)| match origin {
            Origin::Header(known) if fold_header(known) == fold_header(header) => Some(field),
            _ => None,
        });
        let meant = match mapped {
            Some(field) => Meant::Slot(super::plan::slot(self.noun, field)?),
            None => meaning(self.noun, header, request)?,
        };
        Ok(match meant {
            Meant::Slot(Slot::Field(bit)) => match self.noun.fields[bit].meaning {
                Meaning::Date | Meaning::Instant => Profile::Dates(Box::default()),
                Meaning::Money | Meaning::Count => Profile::Numbers(Box::default()),
                _ => Profile::None,
            },
            Meant::Slot(Slot::Id) => Profile::Ids(Ids::default()),
            _ => Profile::None,
        })
    }

    pub(crate) fn dates(&self, column: usize) -> Option<&DateProfile> {
        match self.columns.get(column) {
            Some(Profile::Dates(profile)) => Some(profile),
            _ => None,
        }
    }

    pub(crate) fn numbers(&self, column: usize) -> Option<&NumberProfile> {
        match self.columns.get(column) {
            Some(Profile::Numbers(profile)) => Some(profile),
            _ => None,
        }
    }

    /// A column called `id`; one without cells counts as one of UUIDs.
    pub(crate) fn ids(&self, column: usize) -> Option<Ids> {
        match self.columns.get(column) {
            Some(Profile::Ids(ids)) => Some(*ids),
            Some(_) => None,
            None => Some(Ids::default()),
        }
    }
}
