//! A command line for each option that takes a day: none is forgotten, and each takes `monday`.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::Backend;

use super::with_records;

/// The tests' own clock: a Sunday.
const LAST_MONDAY: &str = "2026-02-23";
const NEXT_MONDAY: &str = "2026-03-02";

/// A command line for each option that takes a day, with `{}` for the day; `true`: it looks back.
const OPTIONS: &[(&str, &str, bool)] = &[
    ("accounts create --contract-start", "accounts create X --dry-run --contract-start {}", false),
    ("accounts create --contract-end", "accounts create X --dry-run --contract-end {}", false),
    ("accounts create --until", "accounts create X --dry-run --status at_risk --until {}", false),
    ("accounts create --past-due-since", "accounts create X --dry-run --past-due-since {}", true),
    ("accounts create --created-at", "accounts create X --dry-run --created-at {}", true),
    ("accounts update --contract-start", "accounts update A-1 --dry-run --contract-start {}", false),
    ("accounts update --contract-end", "accounts update A-1 --dry-run --contract-end {}", false),
    ("accounts update --until", "accounts update A-1 --dry-run --status at_risk --until {}", false),
    ("accounts update --past-due-since", "accounts update A-1 --dry-run --past-due-since {}", true),
    ("accounts update --created-at", "accounts update A-1 --dry-run --created-at {}", true),
    ("accounts timeline --from", "accounts timeline A-1 --from {}", true),
    ("accounts timeline --to", "accounts timeline A-1 --to {}", false),
    ("activity list --since", "activity list --since {}", true),
    ("activity list --until", "activity list --until {}", true),
    ("alerts list --since", "alerts list --since {}", true),
    ("alerts acknowledge --since", "alerts acknowledge --dry-run --since {}", true),
    ("alerts snooze --since", "alerts snooze --until 2w --dry-run --since {}", true),
    ("alerts snooze --until", "alerts snooze --owner jo@example.com --dry-run --until {}", false),
    ("alerts resolve --since", "alerts resolve --reason x --dry-run --since {}", true),
    ("alerts send --since", "alerts send --dry-run --since {}", true),
    ("alerts test --since", "alerts test --since {}", true),
    ("arr list --from", "arr list --from {}", true),
    ("arr list --to", "arr list --to {}", true),
    ("arr export --from", "arr export --from {}", true),
    ("arr export --to", "arr export --to {}", true),
    ("changes list --from", "changes list --from {}", true),
    ("changes list --to", "changes list --to {}", true),
    ("changes export --from", "changes export --from {}", true),
    ("changes export --to", "changes export --to {}", true),
    ("arr summary --from", "arr summary --from {}", true),
    ("arr summary --to", "arr summary --to {}", true),
    ("goals progress --on", "goals progress G-1 5 --dry-run --on {}", true),
    ("health adjust --until", "health adjust A-1 --score 5 --reason x --dry-run --until {}", false),
    ("health backtest --from", "health backtest --from {}", true),
    ("health backtest --to", "health backtest --to {}", true),
    ("health explain --as-of", "health explain A-1 --as-of {}", true),
    ("health explain --since", "health explain A-1 --since {}", true),
    ("health history --since", "health history A-1 --since {}", true),
    ("health movers --since", "health movers --since {}", true),
    ("health show --as-of", "health show A-1 --as-of {}", true),
    ("keys create --expires", "keys create --name k --scope *:read --dry-run --expires {}", false),
    ("model compare --from", "model compare built-in built-in --from {}", true),
    ("model compare --to", "model compare built-in built-in --to {}", true),
    ("model fit --from", "model fit --from {}", true),
    ("model fit --to", "model fit --to {}", true),
    ("operations list --since", "operations list --since {}", true),
    ("operations prune --older-than", "operations prune --dry-run --older-than {}", true),
    ("recompute --as-of", "recompute --dry-run --as-of {}", true),
    ("recompute --since", "recompute --dry-run --since {}", true),
    ("engagements log --at", "engagements log A-1 hello --dry-run --at {}", true),
];

/// What a noun's own tables make of a day: flags of values, and of filters.
fn tables() -> Vec<(String, String, bool)> {
    let mut lines = Vec::new();
    let mut add = |flags: &[(&str, bool)], of: &str, line: &str| {
        for (flag, back) in flags {
            lines.push((format!("{of} --{flag}"), format!("{line} --{flag} {{}}"), *back));
        }
    };
    let range = [("from", true), ("to", false)];
    for verb in ["list", "export", "calendar", "report"] {
        add(&range, &format!("engagements {verb}"), &format!("engagements {verb}"));
    }
    add(&range, "engagements bulk-update", "engagements bulk-update --set outcome=neutral --dry-run");
    add(&range, "engagements bulk-delete", "engagements bulk-delete --dry-run");
    let due = [("due-from", true), ("due-to", false)];
    for verb in ["list", "export", "report"] {
        add(&due, &format!("goals {verb}"), &format!("goals {verb}"));
    }
    add(&due, "goals bulk-update", "goals bulk-update --set unit=seats --dry-run");
    add(&due, "goals bulk-delete", "goals bulk-delete --dry-run");
    let past = [("from", true), ("to", true)];
    for verb in ["list", "export"] {
        add(&past, &format!("metrics {verb}"), &format!("metrics {verb}"));
    }
    add(&past, "metrics bulk-delete", "metrics bulk-delete --dry-run");
    let range_of_tasks = [("due-from", true), ("due-to", false)];
    add(&[("metric-date", true)], "metrics record", "metrics record --account A-1 --login-frequency 5 --dry-run");
    let contact = [("left-on", false), ("created-at", true)];
    add(&contact, "contacts create", "contacts create --account A-1 --name X --dry-run");
    add(&contact, "contacts update", "contacts update C-1 --dry-run");
    let times = [("scheduled-at", false), ("completed-at", true), ("responded-at", true), ("created-at", true)];
    add(&times, "engagements create", "engagements create --account A-1 --type call --title X --dry-run");
    add(&times, "engagements update", "engagements update E-1 --dry-run");
    let days = [("started-on", false), ("target-date", false), ("completion-date", true), ("created-at", true)];
    add(&days, "goals create", "goals create --account A-1 --title X --target-value 10 --dry-run");
    add(&days, "goals update", "goals update G-1 --dry-run");
    let task = [("due", false), ("done-at", true), ("created-at", true)];
    add(&task, "tasks create", "tasks create --account A-1 --title X --dry-run");
    add(&task, "tasks update", "tasks update T-1 --dry-run");
    add(&[("at", true)], "tasks done", "tasks done T-1 --dry-run");
    add(&[("due", false)], "engagements log", "engagements log A-1 hello --next x --dry-run");
    for verb in ["list", "export"] {
        add(&range_of_tasks, &format!("tasks {verb}"), &format!("tasks {verb}"));
    }
    add(&range_of_tasks, "tasks bulk-update", "tasks bulk-update --set source=manual --dry-run");
    add(&range_of_tasks, "tasks bulk-delete", "tasks bulk-delete --dry-run");
    lines
}

/// Options of the reference whose value is a date or a time.
fn options_of_the_reference() -> Result<BTreeSet<String>> {
    let text = Fastenr::without_database().args(["help", "markdown"]).run().ok().stdout;
    let mut found = BTreeSet::new();
    let mut command = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## fastenr ") {
            command = name.to_owned();
        }
        let Some((option, value)) = line.trim().trim_start_matches("-").split_once(" <") else { continue };
        let name = option.rsplit("--").next().unwrap_or_default();
        if (value.starts_with("DATE>") || value.starts_with("TIME>")) && !command.is_empty() {
            found.insert(format!("{command} --{}", name.trim_start_matches('-')));
        }
    }
    // Lengths of time alone, the global options, and what answers with another secret each time.
    let lengths =
        ["renews-within", "due-within", "no-engagement-for", "timeout", "lock-timeout", "now", "body-timeout"];
    found.retain(|option| !lengths.iter().any(|length| option.ends_with(&format!("--{length}"))));
    found.retain(|option| !option.starts_with("serve ") && !option.starts_with("keys login-link "));
    Ok(found)
}

/// Each option takes `monday`, and means the day that ISO would have said; none is forgotten.
pub(super) async fn every_option_takes_monday(backend: &Backend) -> Result<()> {
    let fastenr = with_records(backend);
    let lines: Vec<(String, String, bool)> = OPTIONS
        .iter()
        .map(|(option, line, back)| ((*option).to_owned(), (*line).to_owned(), *back))
        .chain(tables())
        .collect();
    let known: BTreeSet<String> = lines.iter().map(|(option, ..)| option.clone()).collect();
    let documented = options_of_the_reference()?;
    let missing: Vec<&String> = documented.difference(&known).collect();
    ensure!(missing.is_empty(), "no line for {missing:?}");
    let run = |line: &str, day: &str| {
        let words: Vec<String> = line.split(' ').map(|word| word.replace("{}", day)).collect();
        let output = fastenr.args(words).run();
        // What a dry run would make has a new id each time, and a recompute takes its time.
        let plain = |text: &str| {
            let lines = text.lines().filter(|line| !line.starts_with("id") && !line.contains(" in 0."));
            lines.collect::<Vec<_>>().join("\n")
        };
        (output.status, plain(&output.stdout), plain(&output.stderr).replace(day, "DAY"))
    };
    let mut wrong = Vec::new();
    for (option, line, back) in &lines {
        let monday = if *back { LAST_MONDAY } else { NEXT_MONDAY };
        let (iso, word, typo) = (run(line, monday), run(line, "monday"), run(line, "mondy"));
        let flag = option.rsplit(' ').next().unwrap_or_default();
        let is_taken = iso.0 == word.0 && (iso.0 != 0 || iso.1 == word.1);
        // A Monday that is read may be too late for what is asked.
        let may_be_late = ["health backtest", "model fit", "model compare"].iter().any(|test| option.starts_with(test))
            || option.ends_with("older-than");
        let is_a_line = iso.0 != 1 && (iso.0 != 2 || may_be_late);
        let is_explained = ["did you mean monday?", flag, "DAY", "Examples: "].iter().all(|part| typo.2.contains(part));
        if !(is_taken && is_a_line && is_explained && typo.0 == 2) {
            wrong.push(format!("{option}\n{iso:?}\n{word:?}\n{typo:?}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    Ok(())
}
