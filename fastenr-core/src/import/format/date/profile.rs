//! What the cells of a column tell about the order of day and month.

use super::scan::{Shape, scan};
use super::{DateFormat, DateReading};
use crate::import::format::Ambiguous;

const HINT: &str = "say which: --date-format dmy for 31/01/2024, or --date-format mdy for 01/31/2024";

/// Shown every cell of a column that is not empty; a cell that is no date tells nothing.
#[derive(Debug, Clone, Default)]
pub struct DateProfile {
    /// The first rows that only one order explains, and the first that both do.
    day_first: Option<u64>,
    month_first: Option<u64>,
    either: Option<u64>,
}

impl DateProfile {
    pub fn see(&mut self, cell: &str, row: u64) {
        let bytes = cell.as_bytes();
        // A year in front leaves nothing to tell.
        if bytes.len() >= 10 && bytes[..4].iter().all(u8::is_ascii_digit) {
            return;
        }
        let Some(scanned) = scan(cell).ok().filter(|scanned| scanned.shape == Shape::Slashed) else { return };
        let place = match (scanned.first, scanned.second) {
            (13..=31, 1..=12) => &mut self.day_first,
            (1..=12, 13..=31) => &mut self.month_first,
            (1..=12, 1..=12) if scanned.first != scanned.second => &mut self.either,
            _ => return,
        };
        place.get_or_insert(row);
    }

    /// What `explicit` says, or else what the column proves.
    ///
    /// Codes `date_ambiguous` (every date can be read both ways) and `date_contradictory` (one row proves one order,
    /// another the other: somebody has to say which of them are the bad ones).
    pub fn settle(&self, explicit: Option<DateFormat>) -> Result<DateReading, Ambiguous> {
        if let Some(format) = explicit.filter(|format| *format != DateFormat::Auto) {
            return Ok(DateReading::explicit(format));
        }
        match (self.day_first, self.month_first, self.either) {
            (Some(one), Some(other), _) => Err(Ambiguous::new(
                "date_contradictory",
                "some dates have the day first, others the month",
                HINT,
                [one.min(other), one.max(other)],
            )),
            (Some(row), None, _) => Ok(DateReading::guessed(DateFormat::Dmy, Some(row))),
            (None, Some(row), _) => Ok(DateReading::guessed(DateFormat::Mdy, Some(row))),
            (None, None, Some(row)) => Err(Ambiguous::new(
                "date_ambiguous",
                "no date tells whether the day or the month stands first",
                HINT,
                [row],
            )),
            (None, None, None) => Ok(DateReading::guessed(DateFormat::Auto, None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Settled = Result<(DateFormat, Option<u64>), (&'static str, Vec<u64>)>;

    fn settle(cells: &[&str]) -> Settled {
        let mut profile = DateProfile::default();
        cells.iter().zip(1..).for_each(|(cell, row)| profile.see(cell, row));
        profile.settle(None).map(|r| (r.format(), r.proof())).map_err(|a| (a.code, a.rows))
    }

    #[test]
    fn columns() {
        for (cells, settled) in [
            (&[] as &[&str], Ok((DateFormat::Auto, None))),
            (&["2024-01-02", "20240102", "2024/1/2"], Ok((DateFormat::Auto, None))),
            (&["01/02/2024", "13/02/2024"], Ok((DateFormat::Dmy, Some(2)))),
            (&["02-13-2024 10:00", "01-02-2024"], Ok((DateFormat::Mdy, Some(1)))),
            (&["01/02/2024", "2024-01-02"], Err(("date_ambiguous", vec![1]))),
            (&["02/02/2024", "03/03/2024"], Ok((DateFormat::Auto, None))),
            (&["01.02.2024"], Ok((DateFormat::Auto, None))),
            (&["01.02.2024", "01/02/2024"], Err(("date_ambiguous", vec![2]))),
            (&["02/13/2024", "x", "13/02/2024"], Err(("date_contradictory", vec![1, 3]))),
            (&["13/13/2024", "n/a", "13/02/24", "45292"], Ok((DateFormat::Auto, None))),
        ] {
            assert_eq!(settle(cells), settled, "{cells:?}");
        }
    }

    #[test]
    fn an_option_overrules_the_column() {
        let mut profile = DateProfile::default();
        profile.see("13/02/2024", 1);
        let reading = profile.settle(Some(DateFormat::Mdy)).unwrap();
        assert_eq!(reading.parse_date("13/02/2024").unwrap_err().code, "date_order");
        let reading = profile.settle(Some(DateFormat::Auto)).unwrap();
        assert_eq!(reading.parse_date("01/02/2024").unwrap().to_string(), "2024-02-01");
        let error = profile.settle(None).unwrap().parse_date("02/13/2024").unwrap_err();
        assert_eq!(error.rule, "the dates of this column are day/month/year");
    }
}
