//! Feeds that came every day and came no more.

use super::rule::Topic;
use crate::model::picklist::picklist;
use crate::score::model::DataQuality;

picklist! {
    /// A source of rows for the whole organization.
    Feed, "feed", "feed" {
        Usage = "usage",
        Support = "support",
    }
}

/// The days with a row for anyone, by age: 0 is the day itself. Ages of 64 days and more are forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DaysWithRows(u64);

impl FromIterator<i64> for DaysWithRows {
    fn from_iter<I: IntoIterator<Item = i64>>(ages: I) -> Self {
        let bit = |age: i64| u32::try_from(age).ok().and_then(|age| 1_u64.checked_shl(age)).unwrap_or(0);
        Self(ages.into_iter().fold(0, |days, age| days | bit(age)))
    }
}

/// A feed counts as daily with rows on so many of so many days.
const DAILY: u32 = 12;
const OF: u32 = 14;

impl DaysWithRows {
    /// Age of the last day with rows.
    pub(crate) fn last(self) -> Option<u32> {
        (self.0 != 0).then(|| self.0.trailing_zeros())
    }

    /// Whether the feed was daily in the 14 days that end with its last row.
    fn was_daily(self) -> bool {
        let days = self.last().map_or(0, |last| self.0 >> last) & ((1 << OF) - 1);
        days.count_ones() >= DAILY
    }
}

/// A feed that died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    pub feed: Feed,
    /// Days since its last row; none beyond 63.
    pub days: Option<i64>,
}

impl Silence {
    pub const fn topic(self) -> Topic {
        Topic::Feed(self.feed)
    }

    pub fn message(self) -> String {
        let feed = self.feed.as_str();
        match self.days {
            Some(days) => format!("the {feed} feed was daily and has had no rows for {days} days"),
            None => format!("the {feed} feed was daily and has had no rows for more than 63 days"),
        }
    }
}

/// The feeds that delivered daily (rows on at least 12 of 14 days) and have no row for the model's `days`. One whose alert is
/// open stays until a row comes. One alert is open for each.
pub fn feeds(rows: &[(Feed, DaysWithRows)], rule: &DataQuality, open: &[Topic]) -> Vec<Silence> {
    let died = |(feed, rows): &(Feed, DaysWithRows)| {
        let days = rows.last().map(i64::from);
        let is_silent = days.is_none_or(|days| days >= rule.days);
        let is_known = rows.was_daily() || open.contains(&Topic::Feed(*feed));
        (is_silent && is_known).then_some(Silence { feed: *feed, days })
    };
    if rule.enabled { rows.iter().filter_map(died).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daily_feed_dies_after_three_days() {
        let rule = DataQuality { enabled: true, days: 3 };
        let open = [Topic::Feed(Feed::Usage)];
        let weekdays: Vec<i64> = (3..40).filter(|age| age % 7 != 1 && age % 7 != 2).collect();
        // ages with rows, whether its alert is open, days of silence
        for (ages, is_open, expected) in [
            ((0..40).collect(), false, None),
            ((2..40).collect(), false, None),
            ((3..40).collect(), false, Some(Some(3))),
            ((3..17).collect(), false, Some(Some(3))),
            ((3..15).collect(), false, Some(Some(3))), // 12 of 14
            ((3..14).collect(), false, None),          // too new
            ((50..64).collect(), false, Some(Some(50))),
            (weekdays, false, None),
            (vec![3, 10, 17, 24], false, None), // weekly
            (vec![3, 10, 17, 24], true, Some(Some(3))),
            (vec![2, 10], true, None),
            (vec![], false, None),
            (vec![70, -1], true, Some(None)),
        ] {
            let rows = [(Feed::Usage, ages.iter().copied().collect()), (Feed::Support, DaysWithRows::default())];
            let found = feeds(&rows, &rule, if is_open { &open } else { &[] });
            let expected: Vec<_> = expected.map(|days| Silence { feed: Feed::Usage, days }).into_iter().collect();
            assert_eq!(found, expected, "{ages:?}");
        }
        let rows = [(Feed::Support, (5..30).collect())];
        assert_eq!(feeds(&rows, &DataQuality { enabled: false, days: 3 }, &[]), []);
        let found = feeds(&rows, &rule, &[]);
        assert_eq!(found[0].message(), "the support feed was daily and has had no rows for 5 days");
        assert_eq!(found[0].topic().key(), "feed:support");
    }
}
