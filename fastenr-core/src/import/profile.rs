//! What the survey learns of each column: the evidence for its format.

use std::str::FromStr;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::format::{Ambiguous, DateProfile, NumberProfile, NumberReading, Scale, ScaleProfile};
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
    Percents(Box<Percents>),
    Ids(Ids),
}

/// A column of percentages: how its numbers are written, and how high they go either way.
#[derive(Default)]
struct Percents {
    numbers: NumberProfile,
    with_point: ScaleProfile,
    with_comma: ScaleProfile,
    /// The first row with a percent sign.
    signed: Option<u64>,
}

impl Percents {
    fn see(&mut self, text: &str, row: u64) {
        self.numbers.see(text, row);
        if text.ends_with('%') {
            self.signed.get_or_insert(row);
            return;
        }
        let with_point = decimal(text);
        let with_comma = match text.contains(['.', ',']) {
            true => decimal(&text.replace('.', "").replace(',', ".")),
            false => with_point,
        };
        for (profile, value) in [(&mut self.with_point, with_point), (&mut self.with_comma, with_comma)] {
            if let Some(value) = value {
                profile.see(value, row);
            }
        }
    }

    /// A percent sign says what it is.
    fn settle(&self, reading: &NumberReading, told: Option<Scale>) -> Result<Scale, Ambiguous> {
        match (reading.percent(), told, reading.format().decimal()) {
            (true, Some(told), _) if told != Scale::PERCENT => Err(Ambiguous {
                code: "scale_percent",
                rule: format!("the numbers have a percent sign, so they are not on the scale {told}").into(),
                hint: "leave --scale out, or say 0-100".into(),
                rows: self.signed.into_iter().collect(),
            }),
            (true, ..) => Ok(Scale::PERCENT),
            (false, _, ',') => self.with_comma.settle(told),
            (false, ..) => self.with_point.settle(told),
        }
    }
}

/// `0.5`, `5e-1`.
fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
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
                Profile::Percents(percents) => percents.see(text, record.number),
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
                meaning if meaning.is_percent() => Profile::Percents(Box::default()),
                meaning if meaning.is_number() => Profile::Numbers(Box::default()),
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
            Some(Profile::Percents(profile)) => Some(&profile.numbers),
            _ => None,
        }
    }

    /// What a column of percentages counts in, once it is known how its numbers are written.
    pub(crate) fn scale(
        &self,
        column: usize,
        reading: &NumberReading,
        told: Option<Scale>,
    ) -> Result<Scale, Ambiguous> {
        match self.columns.get(column) {
            Some(Profile::Percents(profile)) => profile.settle(reading, told),
            _ => Ok(told.unwrap_or(Scale::PERCENT)),
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
