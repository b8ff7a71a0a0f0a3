//! Days as spreadsheets count them.

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

/// The first day that a workbook counts from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum DateSystem {
    /// 1 is the first of January 1900, and 60 the 29th of February 1900, which never was.
    #[default]
    Since1900,
    /// 0 is the first of January 1904: workbooks of old Macs.
    Since1904,
}

/// The last day of the year 9999, in either system's own count.
const LAST: f64 = 2_958_466.0;

impl DateSystem {
    /// The day and time of a serial number, to the millisecond. None before the first day, after the year 9999, and for the day that
    /// never was.
    pub fn moment(self, serial: f64) -> Option<NaiveDateTime> {
        if !(0.0..LAST).contains(&serial) {
            return None;
        }
        let whole = serial.floor();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the range above")]
        let (days, millis) = (whole as u64, ((serial - whole) * 86_400_000.0).round() as i64);
        let (year, month, day) = match self {
            Self::Since1904 => (1904, 1, 1),
            Self::Since1900 if days == 60 => return None,
            Self::Since1900 if days < 60 => (1899, 12, 31),
            Self::Since1900 => (1899, 12, 30),
        };
        let day = NaiveDate::from_ymd_opt(year, month, day)?.checked_add_days(Days::new(days))?;
        day.and_hms_opt(0, 0, 0)?.checked_add_signed(TimeDelta::try_milliseconds(millis)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times() {
        for (system, serial, moment) in [
            (DateSystem::Since1900, 1.0, Some("1900-01-01 00:00:00")),
            (DateSystem::Since1900, 59.0, Some("1900-02-28 00:00:00")),
            (DateSystem::Since1900, 60.0, None),
            (DateSystem::Since1900, 60.5, None),
            (DateSystem::Since1900, 61.0, Some("1900-03-01 00:00:00")),
            (DateSystem::Since1900, 45_658.0, Some("2025-01-01 00:00:00")),
            (DateSystem::Since1900, 45_658.5, Some("2025-01-01 12:00:00")),
            (DateSystem::Since1900, 45_658.999_999_999, Some("2025-01-02 00:00:00")),
            (DateSystem::Since1900, 2_958_465.0, Some("9999-12-31 00:00:00")),
            (DateSystem::Since1900, 2_958_466.0, None),
            (DateSystem::Since1900, -1.0, None),
            (DateSystem::Since1900, f64::NAN, None),
            (DateSystem::Since1904, 0.0, Some("1904-01-01 00:00:00")),
            (DateSystem::Since1904, 44_196.0, Some("2025-01-01 00:00:00")),
        ] {
            assert_eq!(system.moment(serial).map(|at| at.to_string()).as_deref(), moment, "{system:?} {serial}");
        }
    }
}
