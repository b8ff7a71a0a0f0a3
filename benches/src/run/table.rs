//! The table: markdown that is pasted into docs/performance.md as it is.

use std::io::Write;
use std::time::Duration;

use anyhow::Result;

/// The times of one kind of run.
#[derive(Clone, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The middle one; of an even number the mean of the two in the middle.
    pub(crate) fn median(&self) -> Duration {
        let sorted = self.sorted();
        match sorted.len() {
            0 => Duration::ZERO,
            n if n % 2 == 1 => sorted[n / 2],
            n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2,
        }
    }

    /// The time that 95 of 100 runs keep to (nearest rank).
    pub(crate) fn p95(&self) -> Duration {
        let sorted = self.sorted();
        let rank = (sorted.len() * 95).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    fn sorted(&self) -> Vec<Duration> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted
    }

    fn raw(&self) -> String {
        self.0.iter().map(|took| shown(*took)).collect::<Vec<_>>().join(", ")
    }
}

/// What a row is held against.
pub(crate) enum Target {
    /// At most this many times the reference.
    Ratio(f64),
    /// At most this long, in the median.
    Time(Duration),
    None,
}

pub(crate) struct Row {
    pub(crate) work: String,
    pub(crate) ours: Times,
    /// Show the 95th percentile beside the median.
    pub with_p95: bool,
    pub(crate) reference: Option<(&'static str, Times)>,
    pub(crate) target: Target,
    /// The peak of fastenr's own process, in KiB.
    pub(crate) memory: Option<u64>,
}

/// The peak that no row may pass, in KiB.
const MOST_MEMORY: u64 = 128 * 1024;

#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    pub(crate) fn push(&mut self, row: Row) {
        // Whoever waits an hour for the table sees each row when it is done.
        super::process::say(row.line());
        self.0.push(row);
    }

    pub(crate) fn print(&self, machine: &str, verbose: bool) -> Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{machine}\n")?;
        writeln!(out, "| work | ours | reference | ratio | target | peak memory |")?;
        writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
        for row in &self.0 {
            writeln!(out, "{}", row.line())?;
        }
        if verbose {
            writeln!(out, "\nEvery run, in the order of the runs:\n")?;
            for row in &self.0 {
                writeln!(out, "- {}: ours {}", row.work, row.ours.raw())?;
                if let Some((name, times)) = &row.reference {
                    writeln!(out, "  - {name}: {}", times.raw())?;
                }
            }
        }
        Ok(out.flush()?)
    }
}

impl Row {
    fn line(&self) -> String {
        let ours = match self.with_p95 {
            true => format!("{} (p95 {})", shown(self.ours.median()), shown(self.ours.p95())),
            false => shown(self.ours.median()),
        };
        let reference = self.reference.as_ref();
        let ratio = reference.map(|(_, times)| self.ours.median().as_secs_f64() / times.median().as_secs_f64());
        let (target, kept) = match self.target {
            Target::Ratio(most) => (format!("{most:.1} ×"), ratio.map(|ratio| ratio <= most)),
            Target::Time(most) => (shown(most), Some(self.ours.median() <= most)),
            Target::None => ("–".to_owned(), None),
        };
        let missed = |kept: Option<bool>| if kept == Some(false) { " missed" } else { "" };
        let none = || "–".to_owned();
        format!(
            "| {} | {ours} | {} | {} | {target}{} | {} |",
            self.work,
            reference.map_or_else(none, |(name, times)| format!("{} {name}", shown(times.median()))),
            ratio.map_or_else(none, |ratio| format!("{ratio:.2} ×")),
            missed(kept),
            self.memory
                .map_or_else(none, |kib| { format!("{} MiB{}", kib.div_ceil(1024), missed(Some(kib <= MOST_MEMORY))) }),
        )
    }
}

/// `12.3 s`, `850 ms`, `4.2 ms`.
pub(crate) fn shown(took: Duration) -> String {
    let milliseconds = took.as_secs_f64() * 1e3;
    match milliseconds {
        0.0..10.0 => format!("{milliseconds:.1} ms"),
        10.0..1000.0 => format!("{milliseconds:.0} ms"),
        _ => format!("{:.1} s", milliseconds / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(milliseconds: &[u64]) -> Times {
        Times(milliseconds.iter().copied().map(Duration::from_millis).collect())
    }

    #[test]
    fn medians_and_percentiles() {
        assert_eq!(times(&[30, 10, 20]).median(), Duration::from_millis(20));
        assert_eq!(times(&[40, 10, 20, 30]).median(), Duration::from_millis(25));
        let twenty: Vec<u64> = (1..=20).collect();
        assert_eq!(times(&twenty).p95(), Duration::from_millis(19));
        assert_eq!(times(&[7]).p95(), Duration::from_millis(7));
        assert_eq!(times(&[]).median(), Duration::ZERO);
    }

    #[test]
    fn a_row_says_what_it_missed() {
        let row = Row {
            work: "import".into(),
            ours: times(&[12_000]),
            with_p95: false,
            reference: Some(("`\\copy`", times(&[10_000]))),
            target: Target::Ratio(1.0),
            memory: Some(100_000),
        };
        assert_eq!(row.line(), "| import | 12.0 s | 10.0 s `\\copy` | 1.20 × | 1.0 × missed | 98 MiB |");
        let row = Row {
            work: "list".into(),
            ours: times(&[8]),
            with_p95: true,
            reference: None,
            target: Target::Time(Duration::from_millis(80)),
            memory: None,
        };
        assert_eq!(row.line(), "| list | 8.0 ms (p95 8.0 ms) | – | – | 80 ms | – |");
    }
}
