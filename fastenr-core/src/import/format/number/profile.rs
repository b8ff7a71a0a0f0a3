//! What the cells of a column tell about how its numbers are written.

use super::cell::{Cell, is_plain};
use super::mark::Mark;
use super::script::latin;
use super::{NumberFormat, NumberReading};
use crate::error::{GivenSetting, Setting, Text};
use crate::import::format::Ambiguous;
use crate::say;

/// The formats that a column may turn out to have, the plainest of each decimal mark first.
const CANDIDATES: [NumberFormat; 6] = [
    NumberFormat::Plain,
    NumberFormat::CommaPoint,
    NumberFormat::SpacePoint,
    NumberFormat::ApostrophePoint,
    NumberFormat::PointComma,
    NumberFormat::SpaceComma,
];
const ALL: u8 = 0b11_1111;
/// The candidates whose decimal mark is the point.
const POINT: u8 = 0b00_1111;

/// Shown every cell of a column that is not empty; a cell that is no number in any format tells nothing.
#[derive(Debug, Clone)]
pub struct NumberProfile {
    /// One bit for each candidate that explains all cells so far.
    possible: u8,
    /// The row that last narrowed that down, and the one that left nothing.
    narrowed: Option<u64>,
    emptied: Option<u64>,
    /// The candidates that explain the one that left nothing.
    others: u8,
    /// The first row with a point or a comma.
    parted: Option<u64>,
    /// Whether that is a comma.
    parted_by_comma: bool,
    /// Numbers that have two decimals at most: a third one is no way to read them.
    exact: bool,
    mark: Option<(Mark, u64)>,
    other_mark: Option<u64>,
    percents: bool,
    percent: Option<u64>,
    no_percent: Option<u64>,
}

impl Default for NumberProfile {
    fn default() -> Self {
        Self {
            possible: ALL,
            narrowed: None,
            emptied: None,
            others: 0,
            parted: None,
            parted_by_comma: false,
            exact: false,
            mark: None,
            other_mark: None,
            percents: true,
            percent: None,
            no_percent: None,
        }
    }
}

impl NumberProfile {
    /// Of a field that is no percentage: a cell with a percent sign is no number of it.
    pub fn without_percents() -> Self {
        Self { percents: false, ..Self::default() }
    }

    /// Of amounts of money and of counts.
    pub fn of_amounts() -> Self {
        Self { exact: true, ..Self::without_percents() }
    }

    /// A number that a program tells as one: it says nothing of how others are written, but for signs beside it.
    pub fn see_exact(&mut self, cell: &str, row: u64) {
        let (possible, narrowed, parted) = (self.possible, self.narrowed, (self.parted, self.parted_by_comma));
        let (emptied, others) = (self.emptied, self.others);
        self.possible = ALL;
        self.see(cell, row);
        (self.possible, self.narrowed, self.emptied, self.others) = (possible, narrowed, emptied, others);
        (self.parted, self.parted_by_comma) = parted;
    }

    pub fn see(&mut self, cell: &str, row: u64) {
        let cell = cell.trim();
        // Once the decimal mark is known to be the point, `1234.56` tells no more than `1234`.
        if is_plain(cell.as_bytes(), self.possible & !POINT == 0) {
            self.no_percent.get_or_insert(row);
            return;
        }
        let latin = latin(cell);
        let Some(parts) = Cell::dissect(latin.trim()).filter(|parts| self.percents || !parts.percent) else { return };
        let fitting = CANDIDATES.iter().enumerate().filter(|(_, format)| parts.fits(**format));
        let possible = fitting.fold(0, |bits, (bit, _)| bits | 1 << bit);
        if possible == 0 {
            return;
        }
        if parts.has_point_or_comma() && self.parted.is_none() {
            (self.parted, self.parted_by_comma) = (Some(row), cell.contains([',', '，', '٬']));
        }
        let left = self.possible & possible;
        if left == 0 {
            if self.emptied.is_none() {
                (self.emptied, self.others) = (Some(row), possible);
            }
        } else if left != self.possible {
            self.possible = left;
            self.narrowed = Some(row);
        }
        match (parts.mark, self.mark) {
            (None, _) => {}
            (Some(mark), None) => self.mark = Some((mark, row)),
            (Some(mark), Some((first, _))) if mark != first => {
                self.other_mark.get_or_insert(row);
            }
            (Some(_), Some(_)) => {}
        }
        let place = if parts.percent { &mut self.percent } else { &mut self.no_percent };
        place.get_or_insert(row);
    }

    /// What `explicit` says, or else what the column proves; a column without a point or comma is plain.
    ///
    /// Codes `number_ambiguous` (`1,234` and nothing that tells more), `number_contradictory` (`1,234.5` and `1.234,5`),
    /// `number_currencies` (several currency signs), `number_percent_mixed` (a percent sign on some of the numbers only).
    pub fn settle(&self, explicit: Option<NumberFormat>) -> Result<NumberReading, Ambiguous> {
        self.settle_with(explicit, false)
    }

    /// As [`Self::settle`]; where there are `rates`, each cell may say its own currency.
    pub fn settle_with(&self, explicit: Option<NumberFormat>, rates: bool) -> Result<NumberReading, Ambiguous> {
        if let (Some((_, one)), Some(other), false) = (self.mark, self.other_mark, rates) {
            let rule = "the amounts have several currency signs";
            let hint = say!(
                "give each currency a rate under [fx] of a mapping file, or leave the column out with {}",
                Setting::Map.of_column("")
            );
            return Err(Ambiguous::new("number_currencies", rule, hint, [one, other]));
        }
        if let (Some(one), Some(other)) = (self.percent, self.no_percent) {
            let rule = "some numbers have a percent sign, others do not, and may be shares of 1";
            let hint = say!(
                "write all of them with a percent sign or none, or leave the column out with {}",
                Setting::Map.of_column("")
            );
            return Err(Ambiguous::new("number_percent_mixed", rule, hint, [one.min(other), one.max(other)]));
        }
        let explicit = explicit.filter(|format| *format != NumberFormat::Auto);
        let (format, proof) = match explicit {
            Some(format) => (format, None),
            None => self.proven()?,
        };
        Ok(NumberReading {
            format,
            mark: self.mark.map(|(mark, _)| mark),
            several: self.other_mark.is_some(),
            percent: self.percent.is_some(),
            percents: self.percents,
            proof,
        })
    }

    fn proven(&self) -> Result<(NumberFormat, Option<u64>), Ambiguous> {
        if let Some(row) = self.emptied {
            let rule = "some numbers are grouped in one way, others in another";
            return Err(Ambiguous::new(
                "number_contradictory",
                rule,
                said([self.possible, self.others]),
                self.narrowed.into_iter().chain([row]),
            ));
        }
        let both_marks = self.possible & POINT != 0 && self.possible & !POINT != 0;
        if let Some(row) = self.parted.filter(|_| both_marks) {
            let ways = match (self.exact, self.parted_by_comma) {
                (false, _) => [self.possible & POINT, self.possible & !POINT],
                (true, true) => [self.possible & POINT, 0],
                (true, false) => [0, self.possible & !POINT],
            };
            let rule = "no number tells whether its point or comma groups thousands or begins the decimals";
            return Err(Ambiguous::new("number_ambiguous", rule, said(ways), [row]));
        }
        // Candidates that are left with one decimal mark read every cell alike: the first will do.
        let first = CANDIDATES.iter().enumerate().find(|(bit, _)| self.possible & 1 << bit != 0);
        let format = first.map_or(NumberFormat::Plain, |(_, format)| *format);
        Ok((format, self.narrowed.filter(|_| format != NumberFormat::Plain)))
    }
}

/// The option that settles a column which one of several sets of candidates explains, with the plainest of each.
fn said(sets: [u8; 2]) -> Text {
    let plainest = |set: u8| CANDIDATES.iter().enumerate().find(|(bit, _)| set & 1 << bit != 0);
    let ways = sets.into_iter().filter_map(plainest);
    let ways: Vec<GivenSetting> = ways.map(|(_, format)| Setting::NumberFormat.is(format.as_str())).collect();
    match ways.as_slice() {
        [way] => say!("where it groups thousands: {}", way.clone()),
        _ => say!("choose {}", Text::joined(ways, " or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(cells: &[&str]) -> NumberProfile {
        let mut profile = NumberProfile::default();
        cells.iter().zip(1..).for_each(|(cell, row)| profile.see(cell, row));
        profile
    }

    #[test]
    fn columns() {
        use NumberFormat as F;
        let ambiguous = |row| Err(("number_ambiguous", vec![row]));
        for (cells, settled) in [
            (&[] as &[&str], Ok((F::Plain, None))),
            (&["1", "22", "-333", "n/a", "1.2.3"], Ok((F::Plain, None))),
            (&["1.5", "2.25", "1E3"], Ok((F::Plain, None))),
            (&["1.234"], ambiguous(1)),
            (&["1,234"], ambiguous(1)),
            (&["5", "1,234", "999,999"], ambiguous(2)),
            (&["0.123", "1.234"], Ok((F::Plain, None))),
            (&["1,234", "0.5"], Ok((F::CommaPoint, Some(2)))),
            (&["1,234.56"], Ok((F::CommaPoint, Some(1)))),
            (&["1,234,567"], Ok((F::CommaPoint, Some(1)))),
            (&["1.234,56", "99"], Ok((F::PointComma, Some(1)))),
            (&["1.234.567"], Ok((F::PointComma, Some(1)))),
            (&["1,5"], Ok((F::PointComma, Some(1)))),
            (&["1,5", "1 234"], Ok((F::SpaceComma, Some(2)))),
            (&["1 234"], Ok((F::SpacePoint, Some(1)))),
            (&["1 234.5"], Ok((F::SpacePoint, Some(1)))),
            (&["1'234"], Ok((F::ApostrophePoint, Some(1)))),
            (&["1,5", "1.5"], Err(("number_contradictory", vec![1, 2]))),
            (&["1,234.56", "x", "1.234,56"], Err(("number_contradictory", vec![1, 3]))),
            (&["$1", "€2"], Err(("number_currencies", vec![1, 2]))),
            (&["45%", "0.5", "50%"], Err(("number_percent_mixed", vec![1, 2]))),
        ] {
            let read = profile(cells).settle(None).map(|r| (r.format(), r.proof())).map_err(|a| (a.code, a.rows));
            assert_eq!(read, settled, "{cells:?}");
        }
    }

    #[test]
    fn an_option_overrules_the_column() {
        for (format, cell, plain) in [
            (NumberFormat::CommaPoint, "1,234", "1234"),
            (NumberFormat::PointComma, "1,234", "1.234"),
            (NumberFormat::Plain, "1.234", "1.234"),
        ] {
            let reading = profile(&[cell]).settle(Some(format)).unwrap();
            assert_eq!(reading.parse(cell).as_deref(), Ok(plain));
        }
        assert!(profile(&["1,234"]).settle(Some(NumberFormat::Auto)).is_err());
    }

    #[test]
    fn one_currency_for_the_column() {
        for (cells, mark, plain) in [
            (["$1,234.50", "$5"], "$", ["1234.50", "5"]),
            (["-$5.5", "$ (5)"], "$", ["-5.5", "-5"]),
            (["EUR 1.234,50", "5 eur"], "EUR", ["1234.50", "5"]),
            (["1 234,50 €", "0"], "€", ["1234.50", "0"]),
            (["US$ 1e3", "(US$2.50)"], "US$", ["1000", "-2.50"]),
            (["kr -5,5", "(5,5 kr)"], "kr", ["-5.5", "-5.5"]),
            (["R$ 1.234,50", "R$5"], "R$", ["1234.50", "5"]),
            (["$5-", "5.50 $-"], "$", ["-5", "-5.50"]),
            ([" $ -   ", "$1.50"], "$", ["0", "1.50"]),
            (["- €", "€ —"], "€", ["0", "0"]),
            (["￥１２０", "¥5"], "¥", ["120", "5"]),
        ] {
            let reading = profile(&cells).settle(None).unwrap();
            assert_eq!(reading.mark().map(Mark::as_str), Some(mark), "{cells:?}");
            for (cell, plain) in cells.iter().zip(plain) {
                assert_eq!(reading.parse(cell).as_deref(), Ok(plain), "{cell}");
            }
        }
    }

    #[test]
    fn several_currencies_where_there_are_rates() {
        let profile = profile(&["$1,234.50", "€2", "3"]);
        assert_eq!(profile.settle(None).unwrap_err().code, "number_currencies");
        let reading = profile.settle_with(None, true).unwrap();
        let marks = ["$1,234.50", "€2", "3"].map(|cell| reading.read(cell).unwrap().mark.map(Mark::as_str));
        assert_eq!((marks, reading.several()), ([Some("$"), Some("€"), None], true));
    }

    /// `12%` is no amount of money, also where the whole column is like that.
    #[test]
    fn a_percent_sign_where_there_can_be_none() {
        for cells in [&["12%", "15%"][..], &["12 %", "15"], &["１２％"]] {
            let mut profile = NumberProfile::without_percents();
            cells.iter().zip(1..).for_each(|(cell, row)| profile.see(cell, row));
            let reading = profile.settle(None).unwrap();
            assert_eq!(reading.parse(cells[0]).unwrap_err().code, "number_percent", "{cells:?}");
            assert_eq!(reading.parse("15").as_deref(), Ok("15"));
        }
    }

    #[test]
    fn percent() {
        let reading = profile(&["45%", "50.5 %"]).settle(None).unwrap();
        assert!(reading.percent());
        assert_eq!(reading.parse("50.5 %").as_deref(), Ok("50.5"));
        assert_eq!(reading.parse("50").unwrap_err().code, "number_percent");
    }
}
