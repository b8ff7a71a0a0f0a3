//! A mapping file made from the file itself: what could be placed, and what a person has to decide.

mod columns;
mod formats;
mod outline;
mod values;

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};

use super::convert::Users;
use super::plan::{Chooser, Piece, Slot, ValueSource, choices, guesses};
use super::profile::Profiles;
use super::request::Request;
use super::source::{Record, Survey};
use crate::error::Result;
use crate::model::noun::{Field, Meaning, Noun};
use formats::write_file;
pub use outline::{ColumnOutline, FileOutline, FormatOutline, UnknownWord};

/// Different values of one column that are remembered; more is no picklist.
const MOST_VALUES: usize = 500;
/// Rows in which a column is watched for values that come twice.
const WATCHED: u64 = 20_000;

/// What the cells of one column are like.
struct ColumnProfile {
    filled: u64,
    example: String,
    /// Up to three different values, the first of them the example.
    examples: Vec<String>,
    /// Value and rows; none once there are too many.
    values: Option<BTreeMap<String, u64>>,
    hashes: HashSet<u64>,
    distinct: bool,
}

/// What the file's columns would be.
#[derive(Default)]
struct Draft {
    placed: Vec<(Slot, usize)>,
    templates: Vec<(Slot, Vec<Piece>)>,
    constants: Vec<(Slot, String)>,
    /// Columns that are usually a field and hold other words.
    misfits: Vec<(Slot, usize)>,
    /// Those of the placed columns that are a guess.
    guessed: Vec<usize>,
}

/// Gathers the evidence during a survey.
pub(crate) struct Suggester {
    noun: &'static Noun,
    columns: Vec<ColumnProfile>,
    hasher: RandomState,
    pub(crate) profiles: Profiles,
    /// The present one.
    year: i32,
}

impl Suggester {
    pub(crate) fn new(noun: &'static Noun, year: i32) -> Self {
        Self { noun, columns: Vec::new(), hasher: RandomState::new(), profiles: Profiles::new(noun), year }
    }

    /// So many columns are known; a table without rows shows none.
    pub(crate) fn widen(&mut self, columns: usize) {
        self.columns.resize_with(columns.max(self.columns.len()), || ColumnProfile {
            filled: 0,
            example: String::new(),
            examples: Vec::new(),
            values: Some(BTreeMap::new()),
            hashes: HashSet::new(),
            distinct: true,
        });
    }

    pub(crate) fn see(&mut self, header: &[String], record: &Record, request: &Request) -> Result<()> {
        self.profiles.see(header, record, request)?;
        self.widen(header.len());
        let nulls = request.null_words();
        for (column, seen) in self.columns.iter_mut().enumerate() {
            let said = |text: &&str| !text.is_empty() && !nulls.is_none(text, None);
            let Some(text) = record.cell(column).text().map(str::trim).filter(said) else { continue };
            if seen.filled == 0 {
                seen.example = text.chars().take(40).collect();
            }
            seen.filled += 1;
            if seen.examples.len() < 3 {
                let example: String = text.chars().take(40).collect();
                if !seen.examples.contains(&example) {
                    seen.examples.push(example);
                }
            }
            if seen.distinct && record.number <= WATCHED {
                seen.distinct = seen.hashes.insert(self.hasher.hash_one(text));
                if !seen.distinct {
                    seen.hashes = HashSet::new();
                }
            }
            if let Some(values) = &mut seen.values {
                if let Some(rows) = values.get_mut(text) {
                    *rows += 1;
                } else if values.len() >= MOST_VALUES || text.len() > 100 {
                    seen.values = None;
                } else {
                    values.insert(text.to_owned(), 1);
                }
            }
        }
        Ok(())
    }

    /// The mapping file's text.
    pub(crate) fn write(
        &self,
        name: &str,
        survey: &Survey,
        request: &Request,
        users: &Users,
        currency: &str,
    ) -> Result<String> {
        let draft = self.place(survey, request)?;
        let placed = &draft.placed;
        let mut out = String::new();
        let rows = survey.rows;
        let _ = writeln!(out, "# Draft from {name}, rows: {rows}. Check it, then import {name} with this mapping");
        for guess in survey.warnings.iter().chain(&survey.guesses) {
            let _ = writeln!(out, "# {guess}");
        }
        write_file(&mut out, survey, &request.reading());
        self.write_columns(&mut out, survey, &draft);
        self.write_values(&mut out, placed);
        self.write_values(&mut out, &draft.misfits);
        self.write_lookup(&mut out, placed, users);
        self.write_formats(&mut out, survey, placed, request);
        self.write_rates(&mut out, survey, currency);
        self.write_filter(&mut out, survey);
        Ok(out)
    }

    /// The column of each slot, as an import chooses it, and those that it would name: by how a header ends.
    fn place(&self, survey: &Survey, request: &Request) -> Result<Draft> {
        let Chooser { chosen, unknown, misfits, .. } = choices(self.noun, survey, &self.profiles, request, true)?;
        let guessed = guesses(self.noun, survey, &chosen, &unknown, |column| self.columns[column].filled > 0);
        let mut draft = Draft::default();
        for (slot, from, _) in chosen {
            match from {
                // The draft is of rows as they are, not of events.
                ValueSource::Count(_) => {}
                ValueSource::Column(_) if matches!(slot, Slot::EventId | Slot::EventTime) => {}
                ValueSource::Column(column) => draft.placed.push((slot, column)),
                ValueSource::Template(pieces) => draft.templates.push((slot, pieces)),
                ValueSource::Constant(constant) => draft.constants.push((slot, constant)),
            }
        }
        for (bit, column) in guessed {
            // What only ends like a field's name has to fit, too.
            let place = if self.fits(bit, column) { &mut draft.placed } else { &mut draft.misfits };
            place.push((Slot::Field(bit), column));
            draft.guessed.push(column);
        }
        for (column, field) in misfits {
            draft.misfits.extend(self.noun.field(field.name).map(|(bit, _)| (Slot::Field(bit), column)));
        }
        Ok(draft)
    }

    /// Whether most of a column's words are words of a closed list.
    fn fits(&self, bit: usize, column: usize) -> bool {
        let field = &self.noun.fields[bit];
        if !matches!(field.meaning, Meaning::Choice(_) | Meaning::Boolean) {
            return true;
        }
        let values = self.columns[column].values.iter().flatten();
        let (known, others): (Vec<_>, Vec<_>) = values.partition(|(word, _)| field.parse(word).is_ok());
        let rows = |words: &[(&String, &u64)]| words.iter().map(|(_, rows)| **rows).sum::<u64>();
        self.columns[column].values.is_some() && rows(&known) >= rows(&others)
    }

    fn field_of(&self, slot: &Slot) -> Option<&'static Field> {
        match slot {
            Slot::Field(bit) => Some(&self.noun.fields[*bit]),
            _ => None,
        }
    }

    fn field_name(&self, slot: &Slot) -> String {
        match slot {
            Slot::Field(bit) => self.noun.fields[*bit].name.to_owned(),
            Slot::Id => "id".to_owned(),
            Slot::DaysPastDue => "days_past_due".to_owned(),
            Slot::Custom(member) => toml_text(&format!("custom.{member}")),
            Slot::EventId | Slot::EventTime => "events".to_owned(),
        }
    }
}

fn toml_text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
