//! How often a row of the table is measured: as often as was asked for, while there is time.

use std::time::{Duration, Instant};

use super::{Args, Part};

/// Counts rounds. The first one always runs; another begins only where it would end in the time of its row.
pub(crate) struct Rounds {
    wanted: u32,
    done: u32,
    limit: Duration,
    started: Instant,
    begun: Instant,
    longest: Duration,
}

impl Rounds {
    /// Of one row of a part that has so many rows for each database.
    pub(crate) fn new(args: &Args, part: Part, rows: u32) -> Self {
        debug_assert!(args.wants(part));
        let databases = u32::try_from(args.database.len()).unwrap_or(1).max(1);
        let limit = Duration::from_secs(60 * u64::from(args.minutes)) / (rows * databases);
        Self::within(args.repeat, limit)
    }

    fn within(wanted: u32, limit: Duration) -> Self {
        let now = Instant::now();
        Self { wanted, done: 0, limit, started: now, begun: now, longest: Duration::ZERO }
    }
}

impl Iterator for Rounds {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.done > 0 {
            self.longest = self.longest.max(self.begun.elapsed());
        }
        if self.done == self.wanted || (self.done > 0 && self.started.elapsed() + self.longest > self.limit) {
            return None;
        }
        self.begun = Instant::now();
        self.done += 1;
        Some(self.done - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_were_asked_for_and_no_more_than_there_is_time_for() {
        assert_eq!(Rounds::within(3, Duration::from_secs(60)).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(Rounds::within(3, Duration::ZERO).count(), 1);
        let slow =
            Rounds::within(100, Duration::from_millis(60)).inspect(|_| std::thread::sleep(Duration::from_millis(20)));
        assert!((1..=3).contains(&slow.count()));
    }
}
