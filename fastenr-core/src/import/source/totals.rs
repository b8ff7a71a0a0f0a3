//! Lines of totals, which reports have at their end.

use super::record::Record;

/// What such a line is called, in small letters.
const WORDS: [&str; 32] = [
    "total",
    "totals",
    "grand total",
    "grand totals",
    "overall total",
    "report total",
    "total general",
    "total général",
    "subtotal",
    "sub total",
    "sub-total",
    "sous-total",
    "zwischensumme",
    "sum",
    "summe",
    "gesamt",
    "gesamtsumme",
    "insgesamt",
    "totale",
    "totaal",
    "totalt",
    "somme",
    "suma",
    "soma",
    "razem",
    "celkem",
    "összesen",
    "toplam",
    "итого",
    "всего",
    "合計",
    "总计",
];
/// Columns that are looked at: such a word stands on the left.
const COLUMNS: usize = 8;
/// More of them are no totals.
const MOST: usize = 1_000;
/// So many records at the end may have an empty first cell.
const LAST: u64 = 3;

/// Whether a cell calls its line one of totals.
pub(crate) fn is_total(cell: &str) -> bool {
    let cell = cell.trim().trim_end_matches([':', ' ', '=']);
    // Most cells are longer, or start with another letter.
    if cell.is_empty() || cell.len() > 24 {
        return false;
    }
    let small = cell.to_lowercase();
    WORDS.contains(&small.as_str())
        || small.split_once(['(', ':']).is_some_and(|(word, _)| WORDS.contains(&word.trim_end()))
}

/// Gathers the records that may be such a line.
#[derive(Debug, Default)]
pub(super) struct MaybeTotals {
    called: Vec<u64>,
    /// Records with an empty first cell, as far as they may be at the end.
    unnamed: Vec<u64>,
}

impl MaybeTotals {
    pub(super) fn see(&mut self, record: &Record) {
        let first = record.cell(0).text().unwrap_or_default();
        if first.trim().is_empty() {
            self.unnamed.retain(|&number| number + LAST > record.number);
            self.unnamed.push(record.number);
        }
        let initial = |text: &str| {
            let byte = text.trim_start().as_bytes().first().copied();
            byte.is_some_and(|byte| {
                matches!(
                    byte,
                    b't' | b'T'
                        | b'g'
                        | b'G'
                        | b's'
                        | b'S'
                        | b'o'
                        | b'O'
                        | b'r'
                        | b'R'
                        | b'z'
                        | b'Z'
                        | b'i'
                        | b'I'
                        | b'c'
                        | b'C'
                        | 0x80..
                )
            })
        };
        let called = (0..COLUMNS.min(record.columns()))
            .filter_map(|column| record.cell(column).text())
            .any(|text| text.len() <= 26 && initial(text) && is_total(text));
        if called && self.called.len() < MOST {
            self.called.push(record.number);
        }
    }

    /// `last` is the number of the last record.
    pub(super) fn found(mut self, last: u64) -> Vec<u64> {
        self.called.extend(self.unnamed.into_iter().filter(|number| number + LAST > last));
        self.called.sort_unstable();
        self.called.dedup();
        self.called
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_totals_are_called() {
        for cell in ["Total", " TOTAL: ", "Grand Total", "Summe", "Total (3)", "Total: 3 accounts", "ИТОГО", "合計"]
        {
            assert!(is_total(cell), "{cell}");
        }
        for cell in ["", "TotalEnergies", "Total Wine", "Sum of Parts Ltd", "Gesamtverband", "T"] {
            assert!(!is_total(cell), "{cell}");
        }
    }
}
