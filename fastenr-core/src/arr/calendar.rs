//! Periods as people name them: a year, a quarter, a month, the last one of each.

use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::summary::Period;
use crate::error::Invalid;

/// A length of the calendar by which a period is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    Month,
    Quarter,
    Year,
}

impl Step {
    const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// The first day of the one that `day` is in.
    fn beginning(self, day: NaiveDate) -> Option<NaiveDate> {
        let month = day.month0() / self.months() * self.months() + 1;
        NaiveDate::from_ymd_opt(day.year(), month, 1)
    }

    /// The whole one that `day` is in.
    fn around(self, day: NaiveDate) -> Option<Period> {
        let from = self.beginning(day)?;
        let to = from.checked_add_months(Months::new(self.months()))?.pred_opt()?;
        Period::new(from, to).ok()
    }

    /// The whole one before the one that `day` is in.
    fn before(self, day: NaiveDate) -> Option<Period> {
        self.around(self.beginning(day)?.pred_opt()?)
    }

    /// `2026`, `2026-Q1`, `2026-03`.
    fn name(self, day: NaiveDate) -> String {
        match self {
            Self::Month => day.format("%Y-%m").to_string(),
            Self::Quarter => format!("{:04}-Q{}", day.year(), day.month0() / 3 + 1),
            Self::Year => format!("{:04}", day.year()),
        }
    }
}

/// A part of a period, with its name.
pub type Part = (String, Period);

impl Period {
    /// More parts than this are refused: 100 years of months.
    pub const MOST_PARTS: usize = 1_200;

    /// `2025`, `2025-Q3`, `2025-03`, `this-month`, `last-quarter`, and so on with the other lengths.
    ///
    /// Code `period`.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, Invalid> {
        let text = text.trim().to_ascii_lowercase().replace('_', "-");
        let found = match text.split_once('-') {
            Some(("this", length)) => step(length).and_then(|step| step.around(today)),
            Some(("last", length)) => step(length).and_then(|step| step.before(today)),
            Some((year, rest)) => year_of(year).and_then(|year| match rest.strip_prefix('q') {
                Some(quarter) => {
                    let quarter = u32::from_str(quarter).ok().filter(|quarter| (1..=4).contains(quarter))?;
                    Step::Quarter.around(NaiveDate::from_ymd_opt(year, quarter * 3, 1)?)
                }
                None => {
                    let month = Some(rest).filter(|rest| rest.len() == 2).and_then(|rest| rest.parse().ok())?;
                    Step::Month.around(NaiveDate::from_ymd_opt(year, month, 1)?)
                }
            }),
            None => year_of(&text).and_then(|year| Step::Year.around(NaiveDate::from_ymd_opt(year, 1, 1)?)),
        };
        found.ok_or_else(|| {
            let rule = "a period is a year, quarter or month such as 2025, 2025-Q3 or 2025-03, or this-month, last-month, \
                        this-quarter, last-quarter, this-year, last-year";
            Invalid::new("period", rule)
        })
    }

    /// From the first of January of the year of `today` to `today`.
    pub fn year_to(today: NaiveDate) -> Result<Self, Invalid> {
        Self::new(NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today), today)
    }

    /// The months or quarters of the period, in order, each beginning the day after the one before it ended. The first and the
    /// last are cut where the period begins and ends.
    ///
    /// Code `period`: there are more than [`Period::MOST_PARTS`].
    pub fn parts(self, step: Step) -> Result<Vec<Part>, Invalid> {
        let mut parts = Vec::new();
        let mut from = self.from();
        while from <= self.to() {
            if parts.len() == Self::MOST_PARTS {
                let rule = format!("a period has at most {} parts; ask for a shorter one", Self::MOST_PARTS);
                return Err(Invalid::new("period", rule));
            }
            let whole = step.around(from).map_or(self.to(), Self::to);
            let to = whole.min(self.to());
            parts.push((step.name(from), Self::new(from, to)?));
            match to.checked_add_days(Days::new(1)) {
                Some(next) => from = next,
                None => break,
            }
        }
        Ok(parts)
    }
}

fn step(length: &str) -> Option<Step> {
    match length {
        "month" => Some(Step::Month),
        "quarter" => Some(Step::Quarter),
        "year" => Some(Step::Year),
        _ => None,
    }
}

fn year_of(text: &str) -> Option<i32> {
    Some(text).filter(|text| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn ends(period: Period) -> (String, String) {
        (period.from().to_string(), period.to().to_string())
    }

    #[test]
    fn names_of_periods() {
        let today = day("2026-03-01");
        for (text, from, to) in [
            ("2025", "2025-01-01", "2025-12-31"),
            (" 2025-Q3 ", "2025-07-01", "2025-09-30"),
            ("2025-q4", "2025-10-01", "2025-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("last-month", "2026-02-01", "2026-02-28"),
            ("last_quarter", "2025-10-01", "2025-12-31"),
            ("Last-Year", "2025-01-01", "2025-12-31"),
            ("this-month", "2026-03-01", "2026-03-31"),
            ("this-quarter", "2026-01-01", "2026-03-31"),
            ("this-year", "2026-01-01", "2026-12-31"),
        ] {
            assert_eq!(ends(Period::parse(text, today).unwrap()), (from.to_owned(), to.to_owned()), "{text}");
        }
        for text in
            ["", "25", "2025-13", "2025-00", "2025-3", "2025-Q5", "2025-Q", "last", "last-week", "2025-03-01", "x-1"]
        {
            assert_eq!(Period::parse(text, today).unwrap_err().code, "period", "{text}");
        }
        assert_eq!(ends(Period::year_to(today).unwrap()), ("2026-01-01".into(), "2026-03-01".into()));
    }

    #[test]
    fn parts_follow_each_other() {
        let period = Period::new(day("2025-11-15"), day("2026-02-10")).unwrap();
        let told = |step| -> Vec<String> {
            let parts = period.parts(step).unwrap();
            parts.iter().map(|(name, part)| format!("{name} {} {}", part.from(), part.to())).collect()
        };
        assert_eq!(
            told(Step::Month),
            [
                "2025-11 2025-11-15 2025-11-30",
                "2025-12 2025-12-01 2025-12-31",
                "2026-01 2026-01-01 2026-01-31",
                "2026-02 2026-02-01 2026-02-10"
            ]
        );
        assert_eq!(told(Step::Quarter), ["2025-Q4 2025-11-15 2025-12-31", "2026-Q1 2026-01-01 2026-02-10"]);
        assert_eq!(told(Step::Year), ["2025 2025-11-15 2025-12-31", "2026 2026-01-01 2026-02-10"]);
        let long = Period::new(day("1000-01-01"), day("2026-01-01")).unwrap();
        assert_eq!(long.parts(Step::Month).unwrap_err().code, "period");
    }
}
