//! The one place that reads the machine's clock.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};

use crate::error::Invalid;

/// What time it is: an argument everywhere, so that a run can be repeated as of any moment.
#[derive(Debug, Clone, Copy, Default)]
pub enum Clock {
    #[default]
    System,
    /// Stands still.
    Fixed(DateTime<Utc>),
}

impl Clock {
    /// In microseconds, the resolution that both databases keep.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now().trunc_subsecs(6),
            Self::Fixed(at) => at.trunc_subsecs(6),
        }
    }

    pub fn today(self) -> NaiveDate {
        self.now().date_naive()
    }

    /// A fixed clock from RFC 3339 text, or from a date (midnight UTC).
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let at = DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc)).ok().or_else(|| {
            let day: NaiveDate = text.parse().ok()?;
            Some(day.and_hms_opt(0, 0, 0)?.and_utc())
        });
        at.map(Self::Fixed).ok_or_else(|| {
            Invalid::new("now", "the clock is set with an RFC 3339 time such as 2026-03-01T07:00:00Z, or with a date")
        })
    }
}
