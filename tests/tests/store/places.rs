//! A filter stands in one place: its noun's table. Flags, query parameters, the document, SQL, segments and pages are made from it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use fastenr_core::model::nouns::NOUNS;
use fastenr_tests::harness::Tests;

pub(crate) fn register(tests: &mut Tests) {
    tests.plain("store/places/of_a_filter", of_a_filter);
    tests.plain("store/places/no_noun_is_known_by_its_address", no_noun_is_known_by_its_address);
}

/// Sources without their tests.
fn sources() -> Result<Vec<(PathBuf, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for part in ["fastenr-core", "fastenr-cli", "fastenr-http", "fastenr-html"] {
        walk(&root.join(part).join("src"), &mut found)?;
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path)?;
            let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            found.push((path, code));
        }
    }
    Ok(())
}

/// Names that are those of fields, of other filters' nouns, or plain words are used for other things too.
fn is_telling(name: &str) -> bool {
    const WORDS: [&str; 18] = [
        "from", "to", "by", "since", "until", "left", "active", "open", "done", "member", "search", "segment",
        "archived", "custom", "tag", "record", "actor", "account",
    ];
    let is_field = NOUNS.iter().any(|noun| noun.field(name).is_some());
    !is_field && !WORDS.contains(&name)
}

fn of_a_filter() -> Result<()> {
    let sources = sources()?;
    let names: BTreeSet<&str> =
        NOUNS.iter().flat_map(|noun| noun.filters).map(|filter| filter.name).filter(|name| is_telling(name)).collect();
    ensure!(names.len() >= 12, "{names:?}");
    for name in names {
        let literal = format!("\"{name}\"");
        let files: Vec<&PathBuf> =
            sources.iter().filter(|(_, code)| code.contains(&literal)).map(|(path, _)| path).collect();
        let nouns = NOUNS.iter().filter(|noun| noun.filter(name).is_some()).count();
        ensure!(files.len() == nouns, "the filter {name} of {nouns} nouns stands in {files:?}");
    }
    // Each filter is a row of one table.
    for noun in NOUNS {
        for filter in noun.filters {
            let rows = noun.filters.iter().filter(|other| other.name == filter.name).count();
            ensure!(rows == 1, "{}.{} has {rows} rows", noun.many, filter.name);
        }
    }
    Ok(())
}

/// What a noun is like is said by its table, not by a comparison with one that is known.
fn no_noun_is_known_by_its_address() -> Result<()> {
    let nouns: Vec<String> = NOUNS.iter().map(|noun| format!("table == \"{}\"", noun.table)).collect();
    for (path, code) in sources()? {
        for line in code.lines().filter(|line| line.contains("ptr::eq(")) {
            ensure!(!line.contains("noun"), "{}: {line}", path.display());
        }
        for comparison in &nouns {
            ensure!(!code.contains(comparison.as_str()), "{}: {comparison}", path.display());
        }
    }
    Ok(())
}
