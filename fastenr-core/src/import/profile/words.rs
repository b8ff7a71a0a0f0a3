//! What the words of a column are: ids, currencies, or none of the field that its header means.

use std::collections::BTreeMap;

use uuid::{Uuid, Version};

use crate::import::format::Mark;
use crate::model::noun::{Field, Meaning};

/// Whether the cells of a column called `id` are UUIDs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ids {
    pub(crate) uuids: u64,
    /// Of these, as fastenr makes them.
    pub(crate) made_here: u64,
    pub(crate) others: u64,
    pub(crate) first_other: u64,
}

impl Ids {
    pub(super) fn see(&mut self, text: &str, row: u64) {
        if let Ok(id) = Uuid::parse_str(text) {
            self.uuids += 1;
            self.made_here += u64::from(id.get_version() == Some(Version::SortRand));
            return;
        }
        if self.others == 0 {
            self.first_other = row;
        }
        self.others += 1;
    }
}

/// A column that is no field and holds nothing but currencies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Currencies {
    /// What its cells say, with the number of rows.
    pub(crate) marks: BTreeMap<String, u64>,
    /// A cell says something else.
    pub(super) other: bool,
    /// What it says.
    pub(super) word: String,
}

/// More different currencies are no column of currencies.
const MOST_CURRENCIES: usize = 200;

impl Currencies {
    pub(super) fn see(&mut self, text: &str) {
        if let Some(rows) = self.marks.get_mut(text) {
            *rows += 1;
        } else if self.marks.len() < MOST_CURRENCIES && Mark::of_currency(text).is_some() {
            self.marks.insert(text.to_owned(), 1);
        } else {
            self.other = true;
            self.marks = BTreeMap::new();
            self.word = text.chars().take(40).collect();
        }
    }
}

/// Whether the words of a column fit the field that its header means.
#[derive(Debug, Clone, Default)]
pub(crate) struct WordFit {
    fits: u64,
    misfits: u64,
    /// The first few words that do not fit.
    pub(crate) words: Vec<String>,
}

impl WordFit {
    /// Words that are shown in a message.
    const SHOWN: usize = 3;

    pub(super) fn see(&mut self, field: &Field, text: &str) {
        let fits = match field.meaning {
            Meaning::Choice(choices) => choices.has(text),
            Meaning::Boolean => field.parse(text).is_ok(),
            // A cell with a digit may be a date or a number that is written badly: that is for its row to say.
            _ => text.chars().any(char::is_numeric) || text.contains(['-', '—']),
        };
        if fits {
            self.fits += 1;
            return;
        }
        self.misfits += 1;
        if self.words.len() < Self::SHOWN && !self.words.iter().any(|word| word == text) {
            self.words.push(text.chars().take(40).collect());
        }
    }

    /// Whether most of the cells are no value of the field.
    pub(super) fn is_another(&self) -> bool {
        self.misfits > self.fits
    }
}
