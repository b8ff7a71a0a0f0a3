//! Whether anything else is at work on this machine.

use std::fs;
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

/// The share of the processor's time that others may take before a run.
const QUIET: f64 = 0.15;
const LOOK: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(20);

static RUNS: AtomicU32 = AtomicU32::new(0);
static BUSY: AtomicU32 = AtomicU32::new(0);

/// Waits until the machine has nothing to do. Where that does not come, the run goes ahead and the table says so.
pub(crate) fn wait() {
    let started = Instant::now();
    // One busy run tells that the next ones will be, too: no more waiting for them.
    let patience = if BUSY.load(Ordering::Relaxed) > 0 { LOOK } else { PATIENCE };
    RUNS.fetch_add(1, Ordering::Relaxed);
    while let Some(share) = busy_share()
        && share > QUIET
    {
        if started.elapsed() >= patience {
            BUSY.fetch_add(1, Ordering::Relaxed);
            return;
        }
    }
}

/// The sentence below the tables.
pub(crate) fn print() -> Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "\n{}", report())?)
}

fn report() -> String {
    let (runs, busy) = (RUNS.load(Ordering::Relaxed), BUSY.load(Ordering::Relaxed));
    match busy {
        0 => format!("The machine was quiet before each of {runs} runs."),
        _ => format!(
            "The machine was busy with something else before {busy} of {runs} runs: take the ratios, not the times."
        ),
    }
}

/// The share of the processor's time in use; none where the system doesn't tell.
fn busy_share() -> Option<f64> {
    let (before, idle_before) = times()?;
    thread::sleep(LOOK);
    let (after, idle_after) = times()?;
    let (all, idle) = (after.saturating_sub(before), idle_after.saturating_sub(idle_before));
    // Ticks fit into a float's 53 bits.
    Some(1.0 - idle as f64 / all.max(1) as f64)
}

/// All ticks since the start of the machine, and those in which it had nothing to do or waited for a disk.
fn times() -> Option<(u64, u64)> {
    parse(&fs::read_to_string("/proc/stat").ok()?)
}

fn parse(stat: &str) -> Option<(u64, u64)> {
    let ticks: Vec<u64> =
        stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().map_while(|tick| tick.parse().ok()).collect();
    Some((ticks.iter().take(8).sum(), ticks.get(3)? + ticks.get(4)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_times_of_all_processors() {
        assert_eq!(parse("cpu  10 0 5 100 20 0 1 0 7 0\ncpu0 1 2 3\n"), Some((136, 120)));
        assert_eq!(parse("intr 5\n"), None);
    }
}
