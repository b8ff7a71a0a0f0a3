//! Nothing is put into a page as it is but by parts, which escape what they are given.

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, into) } else { into.push(path) }
    }
}

#[test]
fn no_safe_filter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(&root.join("templates"), &mut all);
    files(&root.join("src"), &mut all);
    assert!(all.len() > 30);
    for path in all.iter().filter(|path| !path.ends_with("escaping.rs")) {
        let text = fs::read_to_string(path).unwrap().replace(' ', "");
        for way in ["|safe", "escape=\"none\"", "|escape(\"none\")"] {
            assert!(!text.contains(way), "{} has {way}", path.display());
        }
    }
}

/// Assets have no scripts in attributes, and templates neither: the policy of the pages would refuse them.
#[test]
fn no_script_in_attributes() {
    let mut all = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut all);
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        for way in [" onclick", " onload", " onchange", " onsubmit", " style=", "javascript:"] {
            assert!(!text.contains(way), "{} has{way}", path.display());
        }
    }
}
