//! What the cells of a column tell about the order of day and month.

use super::names::{Language, Languages, Meanings, month};
use super::scan::{Shape, scan};
use super::{DateFormat, DateReading, Numbers};
use crate::error::{Setting, Text};
use crate::import::format::Ambiguous;
use crate::say;

fn choose_order() -> Text {
    let [day, month] = [DateFormat::Dmy, DateFormat::Mdy].map(|format| Setting::DateFormat.is(format));
    say!("choose {} for 31/01/2024, or {} for 01/31/2024", day, month)
}

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
}

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
        if scanned.shape != Shape::Slashed {
            return;
        }
        let place = match (scanned.first, scanned.second) {
            (13..=31, 1..=12) => &mut self.day_first,
            (1..=12, 13..=31) => &mut self.month_first,
            (1..=12, 1..=12) if scanned.first != scanned.second => &mut self.either,
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
        self.settle_in(explicit, None)
    }

    /// As [`Self::settle`], with months named in a language, or in English.
    pub fn settle_in(
        &self,
        explicit: Option<DateFormat>,
        language: Option<Language>,
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
        let reading = self.order(explicit.filter(|format| format.numbers().is_none()))?;
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
        let ways = word.iter().filter_map(|(of, month)| {
            let code = of.and(languages).codes().next()?;
            Some(say!("{} where it is month {}", Setting::Language.is(code), u64::from(*month)))
        });
        let hint = say!("choose {}", Text::joined(ways, ", or "));
        let rule = "the name of a month means one month in one language and another in another";
        Err(Ambiguous::new("date_language", rule, hint, self.doubt))
    }

    fn order(&self, explicit: Option<DateFormat>) -> Result<DateReading, Ambiguous> {
        if let Some(format) = explicit.filter(|format| *format != DateFormat::Auto) {
            return Ok(DateReading::explicit(format));
        }
        match (self.day_first, self.month_first, self.either) {
            (Some(one), Some(other), _) => Err(Ambiguous::new(
                "date_contradictory",
                "some dates have the day first, others the month",
                choose_order(),
                [one.min(other), one.max(other)],
            )),
            (Some(row), None, _) => Ok(DateReading::guessed(DateFormat::Dmy, Some(row))),
            (None, Some(row), _) => Ok(DateReading::guessed(DateFormat::Mdy, Some(row))),
            (None, None, Some(row)) => Err(Ambiguous::new(
                "date_ambiguous",
                "no date tells whether the day or the month stands first",
                choose_order(),
                [row],
            )),
            (None, None, None) => Ok(DateReading::guessed(DateFormat::Auto, None)),
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
        ] {
            assert_eq!(settle(cells), settled, "{cells:?}");
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
