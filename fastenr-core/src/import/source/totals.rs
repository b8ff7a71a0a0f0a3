//! Lines of totals, which reports have at their end.

use memchr::memchr2;

use super::record::{Record, trimmed};

/// What such a line is called, in small letters; pivot tables have words of their own.
const WORDS: &[&str] = &[
    "total",
    "totals",
    "grand total",
    "grand totals",
    "overall total",
    "report total",
    "total sum",
    "sum total",
    "total general",
    "total général",
    "total geral",
    "subtotal",
    "sub total",
    "sub-total",
    "subtotals",
    "sous-total",
    "zwischensumme",
    "zwischenergebnis",
    "teilergebnis",
    "sum",
    "summe",
    "gesamt",
    "gesamtsumme",
    "gesamtergebnis",
    "endsumme",
    "insgesamt",
    "totale",
    "totale complessivo",
    "totale generale",
    "subtotale",
    "totaal",
    "eindtotaal",
    "subtotaal",
    "totalt",
    "totalsumma",
    "totalsum",
    "hovedtotal",
    "delsumma",
    "i alt",
    "somme",
    "suma",
    "suma total",
    "suma końcowa",
    "suma częściowa",
    "soma",
    "razem",
    "łącznie",
    "ogółem",
    "celkem",
    "celkový součet",
    "mezisoučet",
    "spolu",
    "celkový súčet",
    "összesen",
    "végösszeg",
    "részösszeg",
    "toplam",
    "genel toplam",
    "ara toplam",
    "yhteensä",
    "kaikki yhteensä",
    "ukupno",
    "sveukupno",
    "skupaj",
    "iš viso",
    "kopā",
    "kokku",
    "jumlah",
    "jumlah total",
    "subtotal general",
    "tổng",
    "tổng cộng",
    "σύνολο",
    "γενικό σύνολο",
    "γενικό άθροισμα",
    "итого",
    "всего",
    "общий итог",
    "промежуточный итог",
    "усього",
    "разом",
    "всього",
    "загальний підсумок",
    "общо",
    "المجموع",
    "الإجمالي",
    "الاجمالي",
    "إجمالي",
    "المجموع الكلي",
    "סה\"כ",
    "סה״כ",
    "סך הכל",
    "סכום כולל",
    "合計",
    "総計",
    "小計",
    "総合計",
    "合计",
    "总计",
    "小计",
    "總計",
    "总合计",
    "합계",
    "총계",
    "총합계",
    "소계",
    "कुल",
    "कुल योग",
    "รวม",
    "รวมทั้งหมด",
    "ผลรวม",
    "ยอดรวม",
];
/// Columns that are looked at: such a word stands on the left.
const COLUMNS: usize = 8;
/// More of them are no totals.
const MOST: usize = 1_000;
/// So many records at the end may have an empty first cell.
const LAST: u64 = 3;

/// By its first byte, in small letters, the lengths that a word has: a bit each. Nearly every cell is told by that.
static LENGTHS: [u64; 256] = {
    let mut lengths = [0; 256];
    let mut at = 0;
    while at < WORDS.len() {
        let word = WORDS[at].as_bytes();
        // Capitals of other scripts begin with another byte, and may have another length.
        if word[0].is_ascii() {
            lengths[word[0] as usize] |= 1 << word.len();
        }
        at += 1;
    }
    lengths
};
/// No word is longer, in bytes.
const LONGEST: usize = 63;

/// Whether a cell calls its line one of totals.
pub(crate) fn is_total(cell: &str) -> bool {
    let cell = trimmed(cell);
    // `Total (3)`, `Total: 3 accounts`.
    let word = memchr2(b'(', b':', cell.as_bytes()).map_or(cell, |end| &cell[..end]);
    let word = word.trim_end_matches([' ', '=']);
    let Some(first) = word.as_bytes().first() else { return false };
    if word.len() > LONGEST || (first.is_ascii() && LENGTHS[first.to_ascii_lowercase() as usize] & 1 << word.len() == 0)
    {
        return false;
    }
    if word.is_ascii() {
        return WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
    }
    let small = word.to_lowercase();
    WORDS.contains(&small.as_str())
}

/// Gathers the records that may be such a line.
#[derive(Debug, Default)]
pub(super) struct TotalsCandidates {
    called: Vec<u64>,
    /// Records with an empty first cell, as far as they may be at the end.
    unnamed: Vec<u64>,
}

impl TotalsCandidates {
    pub(super) fn see(&mut self, record: &Record) {
        let first = record.cell(0).text().unwrap_or_default();
        if first.trim().is_empty() {
            self.unnamed.retain(|&number| number + LAST > record.number);
            self.unnamed.push(record.number);
        }
        let called = (0..COLUMNS.min(record.columns())).filter_map(|column| record.cell(column).text()).any(is_total);
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
        for cell in [
            "Total",
            " TOTAL: ",
            "Grand Total",
            "Summe",
            "Total (3)",
            "Total: 3 accounts",
            "Total =",
            "ИТОГО",
            "合計",
            "Gesamtergebnis",
            "Eindtotaal",
            "YHTEENSÄ",
            "Celkový součet",
            "Σύνολο",
            "Łącznie",
            "Общий итог",
            "المجموع",
            "סה\"כ",
            "총계",
            "小计",
            "Tổng cộng",
            "รวม",
        ] {
            assert!(is_total(cell), "{cell}");
        }
        for cell in
            ["", ":", "TotalEnergies", "Total Wine", "Sum of Parts Ltd", "Gesamtverband", "T", "Summit", "Общий", "Łą"]
        {
            assert!(!is_total(cell), "{cell}");
        }
    }
}
