//! The line above the table: without it the times say nothing.

use std::fs;
use std::path::Path;
use std::thread;

use super::process::Step;
use super::tools::Tools;
use super::{Args, Database};

/// One line of markdown.
pub(crate) fn describe(args: &Args, tools: &Tools) -> String {
    let mut parts = vec![
        format!("{} cores", thread::available_parallelism().map_or(0, usize::from)),
        cpu().unwrap_or_else(|| "unknown processor".to_owned()),
        memory().map_or_else(|| "unknown memory".to_owned(), |gib| format!("{gib} GiB of memory")),
        format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    ];
    if let Ok(kernel) = fs::read_to_string("/proc/sys/kernel/osrelease") {
        parts.push(format!("kernel {}", kernel.trim()));
    }
    parts.extend(first_line(&Step::new(&tools.fastenr).arg("--version")));
    parts.extend(profile(&tools.fastenr));
    if args.wants_books() {
        if args.database.contains(&Database::Sqlite) {
            let version = first_line(&Step::new("sqlite3").arg("--version"));
            parts.extend(version.and_then(|text| Some(format!("sqlite3 {}", text.split_whitespace().next()?))));
        }
        if args.database.contains(&Database::Postgres) {
            parts.extend(first_line(&Step::new("psql").arg("--version")));
        }
        parts.push(format!("{} accounts, {} owners, seed {}", args.rows, args.owners, args.seed));
        parts.push(format!("median of at most {} runs, ours and the reference in turns", args.repeat));
    }
    format!("Machine: {}.", parts.join(" · "))
}

/// By the folder that cargo puts it into.
fn profile(binary: &Path) -> Option<String> {
    let folder = binary.parent()?.file_name()?.to_str()?;
    ["dist", "release", "debug"].contains(&folder).then(|| format!("built with the profile {folder}"))
}

fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let kib: u64 =
        text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.split_whitespace().next()?.parse().ok()?;
    Some((kib + (1 << 19)) >> 20)
}

fn first_line(step: &Step) -> Option<String> {
    Some(step.run().ok()?.stdout.lines().next()?.trim().to_owned())
}
