//! What was read in a way that is worth a word, counted while rows are judged.

use crate::error::{Note, Setting};
use crate::say;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::model::number::counted;

/// Different words that are told; nobody reads more of them.
const MOST_WORDS: usize = 20;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Words that mean no value, as the file has them, and how many cells have each.
    nulls: BTreeMap<String, u64>,
    /// Numbers that were a hair off, as binary fractions are.
    noise: u64,
    /// Times without a zone, by the zone they were read in.
    times: BTreeMap<&'static str, u64>,
    /// Months that were read as their first day.
    months: u64,
    /// Days far from the present, by column.
    far: BTreeMap<String, FarDates>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FarDates {
    cells: u64,
    /// The first one, and its row.
    day: NaiveDate,
    row: u64,
}

impl Tally {
    pub(crate) fn null(&mut self, word: &str) {
        match self.nulls.get_mut(word) {
            Some(cells) => *cells += 1,
            None => drop(self.nulls.insert(word.to_owned(), 1)),
        }
    }

    pub(crate) const fn noise(&mut self) {
        self.noise += 1;
    }

    pub(crate) fn time(&mut self, zone: &'static str) {
        *self.times.entry(zone).or_default() += 1;
    }

    pub(crate) const fn month(&mut self) {
        self.months += 1;
    }

    /// A day that is likely a mistake, or stands for none.
    pub(crate) fn far(&mut self, header: &str, day: NaiveDate, row: u64) {
        match self.far.get_mut(header) {
            Some(far) => far.cells += 1,
            None => drop(self.far.insert(header.to_owned(), FarDates { cells: 1, day, row })),
        }
    }

    /// A sentence for each column whose days may be wrong.
    pub(crate) fn warnings(&self) -> Vec<Note> {
        let sentence = |(header, far): (&String, &FarDates)| {
            let (one, many) = (format!("date in {header:?} is"), format!("dates in {header:?} are"));
            let dates = counted(far.cells, &one, &many);
            let FarDates { day, row, .. } = far;
            format!("{dates} before 1970 or more than 50 years ahead, such as {day} (row {row}): imported as written")
                .into()
        };
        self.far.iter().map(sentence).collect()
    }

    /// One sentence for each kind.
    pub(crate) fn notes(&self) -> Vec<Note> {
        let mut notes: Vec<Note> = Vec::new();
        if !self.nulls.is_empty() {
            let mut words: Vec<(&String, &u64)> = self.nulls.iter().collect();
            words.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let more = words.len().saturating_sub(MOST_WORDS);
            let shown = words
                .iter()
                .take(MOST_WORDS)
                .map(|(word, cells)| format!("{word:?} ({})", counted(**cells, "cell", "cells")));
            let shown = shown.collect::<Vec<_>>().join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let note = Note::from(format!("read as no value: {shown}{more}"));
            notes.push(note.hint(say!("{} sets these words", Setting::NullWords)));
        }
        if self.noise > 0 {
            let numbers = counted(self.noise, "number", "numbers");
            notes.push(format!("{numbers} rounded to the cent or whole number within 0.000001").into());
        }
        for (zone, times) in &self.times {
            let times = counted(*times, "time", "times");
            let note = Note::from(format!("{times} without a zone read in {zone}"));
            notes.push(note.hint(say!("{} sets another", Setting::TimeZone)));
        }
        if self.months > 0 {
            let months = counted(self.months, "month", "months");
            notes.push(format!("{months} read as the first day of the month").into());
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_for_each() {
        assert!(Tally::default().notes().is_empty());
        let mut tally = Tally::default();
        for word in ["N/A", "-", "N/A"] {
            tally.null(word);
        }
        tally.noise();
        (0..1_200).for_each(|_| tally.time("Europe/Berlin"));
        tally.month();
        assert_eq!(
            tally.notes().iter().map(Note::to_string).collect::<Vec<_>>(),
            [
                "read as no value: \"N/A\" (2 cells), \"-\" (1 cell); null_words sets these words",
                "1 number rounded to the cent or whole number within 0.000001",
                "1,200 times without a zone read in Europe/Berlin; time_zone sets another",
                "1 month read as the first day of the month",
            ]
        );
        (0..30).for_each(|n| tally.null(&format!("w{n}")));
        assert!(tally.notes()[0].text.contains("and 12 more"), "{:?}", tally.notes());
    }
}
