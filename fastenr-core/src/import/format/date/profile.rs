//! What the cells of a column tell about the order of day and month.

use super::names::{Language, Languages, Meanings, month};
use super::scan::{Shape, pivot, scan};
use super::{DateFormat, DateReading, Numbers};
use crate::import::format::Ambiguous;

const HINT: &str = "say which: --date-format dmy for 31/01/2024, or --date-format mdy for 01/31/2024";

/// Shown every cell of a column that is not empty; a cell that is no date tells nothing.
#[derive(Debug, Clone)]
pub struct DateProfile {
    /// The first rows that only one order explains, and the first that both do.
    day_first: Option<u64>,
    month_first: Option<u64>,
    either: Option<u64>,
    /// The first rows that are seconds or milliseconds since 1970, and can be nothing else.
    seconds: Option<u64>,
    millis: Option<u64>,
    /// Whether one of them is no midnight of UTC, as seconds and as milliseconds.
    within_days: [bool; 2],
    /// Languages that have all words for months so far, the words that mean two months in some, and the first row of one.
    languages: Languages,
    doubtful: Vec<&'static Meanings>,
    doubt: Option<u64>,
    /// A year of two digits.
    short: bool,
    /// Of `31.01.2024` the same, which says nothing of dates with other marks.
    dotted: [Option<u64>; 3],
    named: NamedYears,
}

/// What `31-Jan-24` tells: either number may be the year.
#[derive(Debug, Clone, Copy, Default)]
struct NamedYears {
    /// The first rows in which only the day can stand first, only the year, and either.
    day_first: Option<u64>,
    year_first: Option<u64>,
    either: Option<u64>,
    /// The numbers before and after the month: a bit each.
    before: u128,
    after: u128,
}

impl NamedYears {
    fn see(&mut self, before: u32, after: u32, row: u64) {
        let is_day = |number: u32| (1..=31).contains(&number);
        let place = match (is_day(before), is_day(after)) {
            (true, true) => &mut self.either,
            (true, false) => &mut self.day_first,
            (false, true) => &mut self.year_first,
            (false, false) => return,
        };
        place.get_or_insert(row);
        self.before |= 1 << before.min(127);
        self.after |= 1 << after.min(127);
    }

    /// Whether the year stands first. Where no cell tells, days differ more than years do, and years are near the present one; if that
    /// speaks against the usual order, it is asked about.
    fn settle(&self, year: Option<i32>) -> Result<bool, Ambiguous> {
        let row = match (self.day_first, self.year_first, self.either) {
            (Some(one), Some(other), _) => {
                let rule = "some dates have the day before the month's name, others the year";
                return Err(Ambiguous::new("date_contradictory", rule, NAMED_HINT, [one.min(other), one.max(other)]));
            }
            (None, Some(_), _) => return Ok(true),
            (None, None, Some(row)) => row,
            _ => return Ok(false),
        };
        let farthest = |numbers: u128| {
            let years = (0..100).filter(|number| numbers & 1 << number != 0).map(pivot);
            years.map(|one| one.abs_diff(year.unwrap_or(one))).max()
        };
        let (before, after) = (self.before.count_ones(), self.after.count_ones());
        let are_days = before >= 10 && before >= 2 * after;
        if !are_days && (after > before || farthest(self.before) < farthest(self.after)) {
            let rule = "no date tells whether the day or the year stands before the month's name";
            return Err(Ambiguous::new("date_ambiguous", rule, NAMED_HINT, [row]));
        }
        Ok(false)
    }
}

const NAMED_HINT: &str = "say which: --date-format dmy for 31-Jan-24, or --date-format ymd for 24-Jan-31";

impl Default for DateProfile {
    fn default() -> Self {
        Self {
            day_first: None,
            month_first: None,
            either: None,
            seconds: None,
            millis: None,
            within_days: [false; 2],
            languages: Languages::ALL,
            doubtful: Vec::new(),
            doubt: None,
            short: false,
            dotted: [None; 3],
            named: NamedYears::default(),
        }
    }
}

impl DateProfile {
    pub fn see(&mut self, cell: &str, row: u64) {
        let bytes = cell.as_bytes();
        // A year in front leaves nothing to tell.
        let is_dated = |bytes: &[u8]| bytes[5].is_ascii_digit() && bytes[..4].iter().all(u8::is_ascii_digit);
        if bytes.len() >= 10 && matches!(bytes[4], b'-' | b'/' | b'.') && is_dated(bytes) {
            return;
        }
        if bytes.iter().all(u8::is_ascii_digit) {
            return self.see_number(cell, row);
        }
        let Ok(scanned) = scan(cell) else { return };
        self.short |= scanned.short;
        if let Some(word) = scanned.word {
            self.see_word(word, row);
        }
        let [day_first, month_first, either] = match scanned.shape {
            Shape::Slashed => [&mut self.day_first, &mut self.month_first, &mut self.either],
            Shape::Dotted => self.dotted.each_mut(),
            Shape::NamedShort => return self.named.see(scanned.first, scanned.year.unsigned_abs() % 100, row),
            Shape::Named if scanned.short => {
                self.named.day_first.get_or_insert(row);
                return;
            }
            _ => return,
        };
        let place = match (scanned.first, scanned.second) {
            (13..=31, 1..=12) => day_first,
            (1..=12, 13..=31) => month_first,
            (1..=12, 1..=12) if scanned.first != scanned.second => either,
            _ => return,
        };
        place.get_or_insert(row);
    }

    /// Ten digits that are no `YYMMDDHHMM`, and thirteen, are an instant of the last and the next decades.
    fn see_number(&mut self, cell: &str, row: u64) {
        let Ok(number) = cell.parse::<u64>() else { return };
        self.within_days[0] |= number % 86_400 != 0;
        self.within_days[1] |= number % 86_400_000 != 0;
        match cell.len() {
            10 if (500_000_000..4_200_000_000).contains(&number) => {
                let (month, day) = (number / 1_000_000 % 100, number / 10_000 % 100);
                let (hour, minute) = (number / 100 % 100, number % 100);
                let may_be_a_day = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60;
                if !may_be_a_day {
                    self.seconds.get_or_insert(row);
                }
            }
            13 if (500_000_000_000..4_200_000_000_000).contains(&number) => {
                self.millis.get_or_insert(row);
            }
            _ => {}
        }
    }

    fn see_word(&mut self, word: &'static Meanings, row: u64) {
        let all = word.iter().fold(Languages::NONE, |all, (languages, _)| all.or(*languages));
        self.languages = self.languages.and(all);
        if word.len() > 1 {
            self.doubt.get_or_insert(row);
            if !self.doubtful.iter().any(|known| std::ptr::eq(*known, word)) {
                self.doubtful.push(word);
            }
        }
    }

    /// What `explicit` says, or else what the column proves.
    ///
    /// Codes `date_ambiguous` (every date can be read both ways), `date_contradictory` (one row proves one order,
    /// another the other: somebody has to say which of them are the bad ones) and `date_language` (a month's name that means another
    /// month in another language).
    pub fn settle(&self, explicit: Option<DateFormat>) -> Result<DateReading, Ambiguous> {
        self.settle_in(explicit, None, None)
    }

    /// As [`Self::settle`], with months named in a language, or in English, and with the present year.
    pub fn settle_in(
        &self,
        explicit: Option<DateFormat>,
        language: Option<Language>,
        year: Option<i32>,
    ) -> Result<DateReading, Ambiguous> {
        let languages = match language {
            Some(language) => Languages::one(language),
            None => self.proven_languages()?,
        };
        let (numbers, proof) = match explicit.and_then(DateFormat::numbers) {
            Some(numbers) => (numbers, None),
            None => self.proven_numbers(),
        };
        // Days of midnights of UTC are days there.
        let within_days = match numbers {
            Numbers::Millis => self.within_days[1],
            _ => self.within_days[0],
        };
        let explicit = explicit.filter(|format| format.numbers().is_none() && *format != DateFormat::Auto);
        let mut reading = self.order(explicit)?;
        if explicit.is_none() && self.named.settle(year)? {
            reading.year_first = true;
            // Said of the column if nothing else is.
            if reading.order == DateFormat::Auto && reading.proof.is_none() {
                reading.proof = self.named.year_first;
            }
        }
        Ok(DateReading {
            numbers,
            proof: reading.proof.or(proof),
            languages,
            within_days,
            short: self.short,
            ..reading
        })
    }

    fn proven_numbers(&self) -> (Numbers, Option<u64>) {
        match (self.seconds, self.millis) {
            (Some(row), None) => (Numbers::Seconds, Some(row)),
            (None, Some(row)) => (Numbers::Millis, Some(row)),
            // Both at once are no proof of either.
            _ => (Numbers::None, None),
        }
    }

    /// The languages that explain every word for a month; all where no word is doubtful.
    fn proven_languages(&self) -> Result<Languages, Ambiguous> {
        let languages = if self.languages.is_empty() { Languages::ALL } else { self.languages };
        let doubtful = |word: &&&'static Meanings| month(word, languages).is_none();
        let Some(word) = self.doubtful.iter().find(doubtful) else { return Ok(languages) };
        let ways: Vec<String> = word
            .iter()
            .filter_map(|(of, month)| {
                let code = of.and(languages).codes().next()?;
                Some(format!("--language {code} where it is month {month}"))
            })
            .collect();
        let rule = "the name of a month means one month in one language and another in another";
        Err(Ambiguous::new("date_language", rule, format!("say which: {}", ways.join(", or ")), self.doubt))
    }

    fn order(&self, explicit: Option<DateFormat>) -> Result<DateReading, Ambiguous> {
        if let Some(format) = explicit {
            return Ok(DateReading::explicit(format));
        }
        let contradictory = |one: u64, other: u64| {
            let rule = "some dates have the day first, others the month";
            Err(Ambiguous::new("date_contradictory", rule, HINT, [one.min(other), one.max(other)]))
        };
        let open = |row: u64| {
            let rule = "no date tells whether the day or the month stands first";
            Err(Ambiguous::new("date_ambiguous", rule, HINT, [row]))
        };
        // With dots the day stands first unless a cell proves otherwise.
        let [dotted_day, dotted_month, dotted_either] = self.dotted;
        let dotted = match (dotted_day, dotted_month) {
            (Some(one), Some(other)) => return contradictory(one, other),
            (None, Some(_)) => DateFormat::Mdy,
            _ => DateFormat::Dmy,
        };
        match (self.day_first, self.month_first, self.either) {
            (Some(one), Some(other), _) => contradictory(one, other),
            (Some(row), None, _) => match dotted_month {
                Some(other) => contradictory(row, other),
                None => Ok(DateReading::guessed(DateFormat::Dmy, dotted, Some(row))),
            },
            // Who writes the month first with slashes may do so with dots.
            (None, Some(row), _) => match dotted_either.filter(|_| dotted_day.or(dotted_month).is_none()) {
                Some(dots) => {
                    let rule = "dates with slashes have the month first, and no date with dots tells which comes first";
                    let hint = "where the month stands first in all of them: --date-format mdy; else write them alike";
                    Err(Ambiguous::new("date_ambiguous", rule, hint, [dots]))
                }
                None => Ok(DateReading::guessed(DateFormat::Mdy, dotted, Some(row))),
            },
            (None, None, Some(row)) => open(row),
            (None, None, None) => match dotted_month {
                Some(row) => Ok(DateReading::guessed(DateFormat::Mdy, dotted, Some(row))),
                None => Ok(DateReading::guessed(DateFormat::Auto, dotted, None)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TimeZone;

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
            (&["1769817600000", "1772323200000"], Ok((DateFormat::EpochMillis, Some(1)))),
            (&["1769817600", "1772323200"], Ok((DateFormat::Epoch, Some(1)))),
            // A day and a time, or seconds: the next cell tells.
            (&["1712311200"], Ok((DateFormat::Auto, None))),
            (&["1712311200", "1769817600"], Ok((DateFormat::Epoch, Some(2)))),
            (&["1769817600", "1769817600000"], Ok((DateFormat::Auto, None))),
            (&["listopad 5, 2026"], Err(("date_language", vec![1]))),
            (&["5 listopada 2026", "3 stycznia 2026"], Ok((DateFormat::Auto, None))),
            // Dots have the day first unless a cell proves otherwise, and slashes have to agree with that.
            (&["03.04.2026", "01.31.2026"], Ok((DateFormat::Mdy, Some(2)))),
            (&["01.31.2026", "31.01.2026"], Err(("date_contradictory", vec![1, 2]))),
            (&["02/13/2026", "03.04.2026"], Err(("date_ambiguous", vec![2]))),
            (&["13/02/2026", "03.04.2026"], Ok((DateFormat::Dmy, Some(1)))),
            (&["13/02/2026", "03.31.2026"], Err(("date_contradictory", vec![1, 2]))),
            (&["02/13/2026", "31.01.2026"], Ok((DateFormat::Mdy, Some(1)))),
        ] {
            assert_eq!(settle(cells), settled, "{cells:?}");
        }
    }

    /// Either number around a month's name may be the year.
    #[test]
    fn two_digits_around_a_name() {
        for (cells, settled, date) in [
            (&["31-Jan-24", "15-Feb-24"][..], Ok(None), "2024-01-31"),
            (&["31-JAN-24", "01-FEB-25", "15-MAR-25"], Ok(None), "2024-01-31"),
            (&["31-Jan-24"], Ok(None), "2024-01-31"),
            (&["15-Jan-27"], Ok(None), "2027-01-15"),
            // Proven by a number that is no day.
            (&["24-Jan-31", "05-Feb-99"], Ok(None), "2031-01-24"),
            (&["24-Jan-31", "5-Feb-15"], Ok(None), "2031-01-24"),
            (&["24-Jan-31", "99-Feb-15"], Ok(Some(2)), "2024-01-31"),
            (&["24-Jan-31", "99-Feb-15", "05-Feb-00"], Err(("date_contradictory", vec![2, 3])), ""),
            // As likely the other way: asked about.
            (&["24-Jan-31"], Err(("date_ambiguous", vec![1])), ""),
            (&["24-Jan-31", "24-Feb-15"], Err(("date_ambiguous", vec![1])), ""),
            (&["24-Jan-05", "25-Feb-05", "26-Mar-07"], Err(("date_ambiguous", vec![1])), ""),
            (&["2024-01-01", "24-Jan-31", "25-Feb-15"], Err(("date_ambiguous", vec![2])), ""),
        ] {
            let mut profile = DateProfile::default();
            cells.iter().zip(1..).for_each(|(cell, row)| profile.see(cell, row));
            let reading = profile.settle_in(None, None, Some(2026)).map_err(|a| (a.code, a.rows));
            assert_eq!(reading.as_ref().map(|reading| reading.proof()).map_err(Clone::clone), settled, "{cells:?}");
            if let Ok(reading) = reading {
                assert_eq!(reading.parse_date(cells[0], TimeZone::UTC).unwrap().to_string(), date, "{cells:?}");
                let format = if settled == Ok(None) { DateFormat::Auto } else { DateFormat::Ymd };
                assert_eq!(reading.format(), format, "{cells:?}");
            }
        }
    }

    #[test]
    fn an_option_overrules_the_column() {
        let mut profile = DateProfile::default();
        profile.see("13/02/2024", 1);
        let reading = profile.settle(Some(DateFormat::Mdy)).unwrap();
        assert_eq!(reading.parse_date("13/02/2024", TimeZone::UTC).unwrap_err().code, "date_order");
        let reading = profile.settle(Some(DateFormat::Auto)).unwrap();
        assert_eq!(reading.parse_date("01/02/2024", TimeZone::UTC).unwrap().to_string(), "2024-02-01");
        let error = profile.settle(None).unwrap().parse_date("02/13/2024", TimeZone::UTC).unwrap_err();
        assert_eq!(error.rule, "the dates of this column are day/month/year");
    }
}
