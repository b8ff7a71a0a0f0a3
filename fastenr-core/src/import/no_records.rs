//! Lines of a file that are no records: a header that comes again, and totals.
//!
//! A line of totals is known by its sums, not by its name alone: a customer may be called Total.

use crate::error::Note;
use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::convert::RowVerdict;
use super::plan::{Plan, Slot, Target, ValueSource};
use super::request::Key;
use super::source::{Record, Rows, Source, Survey, is_total, trimmed};
use crate::error::Result;
use crate::model::noun::Value;
use crate::store::staging::{Reject, RejectScope, StagedRow};

/// What is known of such lines before rows are judged.
#[derive(Debug, Default)]
pub(crate) struct NoRecords {
    repeated_headers: Rows,
    /// Lines of totals by their number, and whether they are called so.
    totals: BTreeMap<u64, bool>,
    /// Rows that are called totals, and whose numbers are no sums.
    called: Rows,
}

impl NoRecords {
    /// Reads the file once more if it may have lines of totals.
    ///
    /// # Errors
    /// As [`Source::records`].
    pub(crate) fn find(source: &Source, survey: &Survey, plan: &Plan) -> Result<Self> {
        let mut found = Self { repeated_headers: survey.repeated_headers.clone(), ..Self::default() };
        let Some(&last) = survey.maybe_totals.last() else { return Ok(found) };
        let numbers: Vec<(&Target, usize)> = plan.targets.iter().filter_map(|target| summed(plan, target)).collect();
        let mut sums = vec![Sum::default(); numbers.len()];
        let mut records = source.records(survey)?;
        let mut is_first = true;
        while let Some(record) = records.next()? {
            if record.repeats_header {
                continue;
            }
            let values: Vec<Option<Decimal>> =
                numbers.iter().map(|(target, column)| number(record, target, *column)).collect();
            if survey.maybe_totals.binary_search(&record.number).is_ok()
                && let Some(called) = called(plan, record)
            {
                if !is_first && are_sums(&values, &sums) {
                    found.totals.insert(record.number, called);
                    sums.iter_mut().for_each(|sum| sum.since = Decimal::ZERO);
                    continue;
                }
                if called {
                    found.called.add(record.number);
                }
            }
            is_first = false;
            for (sum, value) in sums.iter_mut().zip(values) {
                let value = value.unwrap_or_default();
                sum.all = sum.all.saturating_add(value);
                sum.since = sum.since.saturating_add(value);
            }
            if record.number == last {
                break;
            }
        }
        Ok(found)
    }

    /// What becomes of a record that was judged: no record is made of such a line.
    pub(crate) fn pass_over(&self, record: &Record, judged: RowVerdict, rejects: &mut Vec<Reject>) -> RowVerdict {
        let called = match (record.repeats_header, self.totals.get(&record.number)) {
            (true, _) => true,
            (false, Some(called)) => *called,
            (false, None) => return judged,
        };
        let (RowVerdict::Row(row) | RowVerdict::Skip(row)) = judged;
        let values = row.values.iter().map(|_| Value::Null).collect();
        let row = StagedRow { match_id: None, key: None, present: 0, values, ..row };
        rejects.clear();
        if called {
            return RowVerdict::Skip(row);
        }
        rejects.push(Reject {
            hold: RejectScope::Row,
            n: row.n,
            line: i64::try_from(record.line).unwrap_or(i64::MAX),
            header: None,
            code: "totals_line".to_owned(),
            rule: "the row has no key, and its numbers are the sums of the rows above: it looks like a line of totals"
                .to_owned(),
            value: None,
        });
        RowVerdict::Row(row)
    }

    /// A sentence for each kind.
    pub(crate) fn warnings(&self) -> Vec<Note> {
        let mut warnings: Vec<Note> = Vec::new();
        if self.repeated_headers.count > 0 {
            let what = self.repeated_headers.told("repeats the header", "repeat the header");
            warnings.push(format!("{what}: skipped").into());
        }
        let mut totals = Rows::default();
        self.totals.iter().filter(|(_, called)| **called).for_each(|(number, _)| totals.add(*number));
        if totals.count > 0 {
            let what = totals.told(
                "is named like a total and has the sums of the rows above",
                "are named like totals and have the sums of the rows above",
            );
            warnings.push(format!("{what}: skipped").into());
        }
        if self.called.count > 0 {
            let what = self.called.told("is named like a total", "are named like totals");
            let why = "but the numbers are not the sums of the rows above: imported as usual";
            warnings.push(format!("{what}, {why}").into());
        }
        warnings
    }
}

#[derive(Debug, Clone, Default)]
struct Sum {
    all: Decimal,
    /// Since the last line of totals.
    since: Decimal,
}

/// A column whose numbers a report would add up: amounts and counts, not percentages.
fn summed<'p>(plan: &'p Plan, target: &'p Target) -> Option<(&'p Target, usize)> {
    let (Slot::Field(bit), ValueSource::Column(column)) = (&target.slot, &target.from) else { return None };
    let meaning = plan.staging.field(*bit).meaning;
    (meaning.is_number() && !meaning.is_percent()).then_some((target, *column))
}

fn number(record: &Record, target: &Target, column: usize) -> Option<Decimal> {
    let text = trimmed(record.cell(column).text()?);
    let plain = target.reading(record).parse(text).ok()?;
    Decimal::from_str(&plain).or_else(|_| Decimal::from_scientific(&plain)).ok()
}

/// Whether every number that the line has is a sum, and one of them is not zero.
fn are_sums(values: &[Option<Decimal>], sums: &[Sum]) -> bool {
    let mut some = false;
    for (value, sum) in values.iter().zip(sums) {
        let Some(value) = value else { continue };
        // Totals are shown to the cent.
        let is = |sum: Decimal| (*value - sum).abs() <= Decimal::new(1, 2);
        if !is(sum.all) && !is(sum.since) {
            return false;
        }
        some |= !value.is_zero();
    }
    some
}

/// Whether the cells that name a record call it totals, or are all empty; nothing if they name one.
fn called(plan: &Plan, record: &Record) -> Option<bool> {
    let names = [Key::ExternalId, Key::Id, Key::Name, Key::Domain, Key::Email, Key::Account].map(Key::as_str);
    let names = |target: &&Target| match &target.slot {
        Slot::Id | Slot::EventId => true,
        Slot::Field(bit) => names.contains(&plan.staging.field(*bit).name),
        _ => false,
    };
    let mut called = false;
    for target in plan.targets.iter().filter(names) {
        let ValueSource::Column(column) = target.from else { continue };
        let text = trimmed(record.cell(column).text().unwrap_or_default());
        if !text.is_empty() && !is_total(text) {
            return None;
        }
        called |= is_total(text);
    }
    // The word may stand in a column that is not imported.
    Some(called || record.cells().filter_map(|cell| cell.text()).any(is_total))
}
