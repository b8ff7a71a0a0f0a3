//! What people see, as one text that is the same on every machine and on both databases.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use snapbox::IntoData;

use super::Output;

impl Output {
    /// The command line, both streams and the exit code, as they are.
    pub fn transcript(&self) -> String {
        let mut text = format!("$ {}\n", self.call.command_line());
        text.push_str(&self.stdout);
        mark_missing_newline(&mut text);
        if !self.stderr.is_empty() {
            text.push_str("-- stderr\n");
            text.push_str(&self.stderr);
            mark_missing_newline(&mut text);
        }
        let _ = writeln!(text, "-- exit {}", self.status);
        text
    }

    /// Compares the redacted transcript with `snapbox::str![]` in the test or `snapbox::file![…]` beside it.
    /// `SNAPSHOTS=overwrite cargo test` writes what is seen now. In the expected text, `[..]` stands for anything
    /// within a line and a line `...` for any lines.
    #[track_caller]
    pub fn matches(self, expected: impl IntoData) -> Self {
        let seen = self.redact(&self.transcript());
        // Left alone: a backslash that we print is no path of another system.
        let compare = snapbox::Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV).normalize_paths(false);
        compare.eq(seen, expected);
        self
    }

    fn redact(&self, text: &str) -> String {
        // The URL first: that of SQLite holds the folder.
        let mut text = match &self.call.fastenr.database {
            Some(url) => text.replace(url, "[DATABASE]"),
            None => text.to_owned(),
        };
        text = text.replace(&*self.call.fastenr.dir.to_string_lossy(), "[DIR]");
        redact_volatile(&text)
    }
}

fn mark_missing_newline(text: &mut String) {
    if !text.ends_with('\n') {
        text.push_str("\n-- no newline at the end\n");
    }
}

/// Replaces ids, durations, ports and versions.
pub fn redact_volatile(text: &str) -> String {
    let text = redact_ids(text);
    RULES.iter().fold(text, |text, (pattern, replacement)| pattern.replace_all(&text, *replacement).into_owned())
}

/// Numbered in the order of appearance, so that a snapshot still tells whether two ids are the same.
fn redact_ids(text: &str) -> String {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let number = |found: &Captures<'_>| {
        let next = numbers.len() + 1;
        format!("[UUID-{}]", numbers.entry(found[0].to_lowercase()).or_insert(next))
    };
    UUID.replace_all(text, number).into_owned()
}

static UUID: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"));

/// A whole number of seconds, minutes or hours is a setting more often than a measurement ("--lock-timeout 60s"): it is
/// redacted only after a word that says so.
static RULES: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
    [
        (pattern(r"\b(in|took) \d+(?:\.\d+)? ?(?:s|min|m|h)\b"), "$1 [ELAPSED]"),
        (pattern(r"\b\d+\.\d+ ?(?:s|min|m|h)\b"), "[ELAPSED]"),
        (pattern(r"\b\d+(?:\.\d+)? ?(?:ns|µs|ms)\b"), "[ELAPSED]"),
        (pattern(r#"("(?:duration|elapsed)_\w+": ?)\d+(?:\.\d+)?"#), "${1}[ELAPSED]"),
        (pattern(r"(127\.0\.0\.1|localhost|\[::1\]):\d+\b"), "$1:[PORT]"),
        (pattern(r"\b(fastenr(?:-\w+)?[ /]v?)\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?"), "${1}[VERSION]"),
    ]
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are valid")
}
