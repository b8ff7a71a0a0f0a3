//! Data that looks wrong as a whole: a feed that died, one that tells zeros for everybody, a file that is cut short. What the
//! rules that read it would open waits, as behind the guard.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use super::feeds::{Feed, Silence};
use super::rule::{Rule, Topic};

/// Data that a run does not trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub topic: Topic,
    pub message: String,
    /// The day since which it is so: who resolved its alert on that day or later has accepted it.
    pub since: NaiveDate,
}

impl Doubt {
    pub fn of_silence(silence: Silence, day: NaiveDate) -> Self {
        let since = day - TimeDelta::days(silence.days.unwrap_or(64));
        Self { topic: silence.topic(), message: silence.message(), since }
    }
}

/// How many accounts had a field on a day, and how many of them more than 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FieldCounts {
    pub rows: i64,
    pub positive: i64,
}

impl FieldCounts {
    /// Whether everybody had 0, and these are no few.
    pub const fn is_zero(self, least: i64) -> bool {
        self.rows > 0 && self.rows >= least && self.positive == 0
    }
}

/// Fields of the usage feed, in the order in which they are counted.
pub const USAGE_FIELDS: [&str; 4] = ["login_frequency", "feature_adoption_score", "session_minutes", "active_users"];

/// Zeros that have lasted longer are what there is.
const LONGEST: i64 = 28;

/// The usage feed, where a field is 0 for the whole book on its last day and was not before.
///
/// `days` are those of the last 63, ascending. It takes `least` accounts and half of those of the day before the zeros; zeros
/// that began on the same day of the week as others are a weekend.
pub fn zeros(days: &[(NaiveDate, [FieldCounts; USAGE_FIELDS.len()])], least: i64) -> Option<Doubt> {
    let of_field = |place: usize| {
        let told: BTreeMap<NaiveDate, FieldCounts> =
            days.iter().map(|(day, fields)| (*day, fields[place])).filter(|(_, told)| told.rows > 0).collect();
        let (last, latest) = told.last_key_value().filter(|(_, told)| told.is_zero(least))?;
        let before = told.iter().rev().find(|(_, told)| told.positive > 0);
        let (before, was) = before.filter(|(_, was)| was.positive >= 10 || was.positive * 2 >= was.rows)?;
        let (since, _) = told.range(*before..).nth(1)?;
        let weekend = told.get(&(*since - TimeDelta::days(7))).is_some_and(|week_ago| week_ago.positive == 0);
        let is_whole = latest.rows * 2 >= was.rows;
        (is_whole && !weekend && (*last - *since).num_days() < LONGEST).then(|| Doubt {
            topic: Topic::Zeros(Feed::Usage),
            message: format!("{} is 0 for all {} accounts of the feed since {since}", USAGE_FIELDS[place], latest.rows),
            since: *since,
        })
    };
    (0..USAGE_FIELDS.len()).find_map(of_field)
}

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// What was imported, such as `metrics`, and the file's name without digits.
    pub noun: String,
    pub series: String,
    /// As it is called.
    pub name: String,
    pub rows: u64,
    pub on: NaiveDate,
}

/// A file without a successor is looked at for so long.
const FRESH: i64 = 7;

/// Whether a file of so many rows is cut short beside the one before it.
pub const fn is_short(rows: u64, before: u64) -> bool {
    rows.saturating_mul(2) < before
}

/// The latest file of each name, where it has less than half of the rows of the one before it. `arrived` is in the order of
/// the imports.
pub fn short_files(arrived: &[ImportedFile], day: NaiveDate) -> Vec<Doubt> {
    let mut latest: BTreeMap<(&str, &str), (&ImportedFile, Option<u64>)> = BTreeMap::new();
    for file in arrived {
        let key = (file.noun.as_str(), file.series.as_str());
        let before = latest.get(&key).map(|(last, _)| last.rows);
        latest.insert(key, (file, before));
    }
    let short = |(file, before): &(&ImportedFile, Option<u64>)| {
        let before = before.filter(|before| is_short(file.rows, *before) && (day - file.on).num_days() < FRESH)?;
        Some(Doubt {
            topic: Topic::File { noun: file.noun.clone(), series: file.series.clone() },
            message: format!("{}: {} rows, less than half of the previous file ({before})", file.name, file.rows),
            since: file.on,
        })
    };
    latest.values().filter_map(short).collect()
}

impl Topic {
    /// Whether what the rule would open waits while there is doubt about this.
    pub fn holds(&self, rule: Rule) -> bool {
        match self {
            Self::Guard(_) => false,
            Self::Feed(Feed::Usage) | Self::Zeros(Feed::Usage) => rule.of_scores() || rule == Rule::UsageStop,
            Self::Feed(Feed::Support) | Self::Zeros(Feed::Support) => {
                rule.of_scores() || rule == Rule::SupportEscalation
            }
            Self::File { noun, .. } => match noun.as_str() {
                "metrics" => rule.of_scores() || matches!(rule, Rule::UsageStop | Rule::SupportEscalation),
                "engagements" => rule.of_scores() || rule == Rule::EngagementGap,
                "goals" => rule.of_goals(),
                "accounts" | "contacts" | "arr" => rule.of_scores(),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    /// Logins of the days from the first of the month on: rows, and those above 0.
    fn logins(of: &[(i64, i64)]) -> Vec<(NaiveDate, [FieldCounts; 4])> {
        let days = of.iter().zip(1..).filter(|((rows, _), _)| *rows > 0);
        days.map(|((rows, positive), on)| {
            (
                day(on),
                [
                    FieldCounts { rows: *rows, positive: *positive },
                    FieldCounts::default(),
                    FieldCounts::default(),
                    FieldCounts::default(),
                ],
            )
        })
        .collect()
    }

    #[test]
    fn zeros_for_the_whole_book() {
        for (of, since) in [
            (&[(40, 30), (40, 0)][..], Some(2)),
            (&[(40, 30), (40, 0), (0, 0), (40, 0)], Some(2)),
            (&[(40, 30), (40, 0), (40, 1)], None),
            (&[(40, 0), (40, 0)], None),       // never anything else
            (&[(40, 30), (19, 0)], None),      // few
            (&[(80, 60), (39, 0)], None),      // not the whole book
            (&[(4_000, 9), (4_000, 0)], None), // hardly anyone before
            (&[(4_000, 10), (4_000, 0)], Some(2)),
            (&[], None),
        ] {
            let found = zeros(&logins(of), 20);
            assert_eq!(found.as_ref().map(|doubt| doubt.since), since.map(day), "{of:?}");
        }
        let doubt = zeros(&logins(&[(40, 30), (40, 0)]), 20).unwrap();
        assert_eq!(doubt.message, "login_frequency is 0 for all 40 accounts of the feed since 2026-03-02");
        assert_eq!(doubt.topic.key(), "zeros:usage");
    }

    #[test]
    fn a_weekend_is_no_doubt() {
        // 1 March 2026 is a Sunday.
        let week = [(40, 30), (40, 30), (40, 30), (40, 30), (40, 30), (40, 0), (40, 0)];
        let mut days: Vec<(i64, i64)> = [week; 2].concat();
        assert_eq!(zeros(&logins(&days), 20), None);
        assert!(zeros(&logins(&days[..7]), 20).is_some(), "the first one is not known to be one");
        days.push((40, 0));
        assert_eq!(zeros(&logins(&days), 20), None, "a holiday after it");
    }

    #[test]
    fn files_that_are_cut_short() {
        let file = |noun: &str, series: &str, rows, on| ImportedFile {
            noun: noun.into(),
            series: series.into(),
            name: format!("{series}{on}"),
            rows,
            on: day(on),
        };
        let mut arrived =
            vec![file("metrics", "usage", 100, 1), file("metrics", "other", 10, 1), file("goals", "usage", 9, 2)];
        assert_eq!(short_files(&arrived, day(3)), []);
        arrived.push(file("metrics", "usage", 50, 3));
        assert_eq!(short_files(&arrived, day(3)), [], "half is not less than half");
        arrived.push(file("metrics", "usage", 24, 4));
        let found = short_files(&arrived, day(4));
        assert_eq!(found[0].message, "usage4: 24 rows, less than half of the previous file (50)");
        assert_eq!((found[0].topic.key().as_str(), found.len()), ("file:metrics/usage", 1));
        assert_eq!(short_files(&arrived, day(10)).len(), 1);
        assert_eq!(short_files(&arrived, day(11)), [], "nobody waits for another");
        arrived.push(file("metrics", "usage", 60, 5));
        assert_eq!(short_files(&arrived, day(5)), [], "it is back");
    }

    #[test]
    fn only_what_reads_it_waits() {
        let file = |noun: &str| Topic::File { noun: noun.into(), series: "x.csv".into() };
        for (topic, rule, waits) in [
            (Topic::Feed(Feed::Usage), Rule::UsageStop, true),
            (Topic::Feed(Feed::Usage), Rule::HealthBelow, true),
            (Topic::Feed(Feed::Usage), Rule::RenewalWindow, false),
            (Topic::Feed(Feed::Usage), Rule::EngagementGap, false),
            (Topic::Feed(Feed::Support), Rule::UsageStop, false),
            (Topic::Feed(Feed::Support), Rule::SupportEscalation, true),
            (Topic::Zeros(Feed::Usage), Rule::UsageStop, true),
            (file("metrics"), Rule::SupportEscalation, true),
            (file("engagements"), Rule::EngagementGap, true),
            (file("engagements"), Rule::UsageStop, false),
            (file("goals"), Rule::GoalMissed, true),
            (file("users"), Rule::HealthBelow, false),
            (Topic::Guard(Rule::UsageStop), Rule::UsageStop, false),
        ] {
            assert_eq!(topic.holds(rule), waits, "{topic:?} {rule}");
        }
    }
}
