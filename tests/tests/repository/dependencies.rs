//! `deny.toml` says what the dependencies may be; where `cargo deny` is not installed, these tests hold them to it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;
use spdx::{Expression, ParseMode};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn toml(file: &str) -> toml::Table {
    fs::read_to_string(root().join(file)).expect(file).parse().expect(file)
}

/// The packages that are built for this machine.
fn packages() -> Vec<Json> {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc says its host");
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Json = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

#[test]
fn licences_are_those_that_are_allowed() {
    let deny = toml("deny.toml");
    let allowed = deny["licenses"]["allow"].as_array().expect("a list of licences");
    let allowed: BTreeSet<&str> = allowed.iter().filter_map(|licence| licence.as_str()).collect();
    let mut used = BTreeSet::new();
    for package in packages() {
        // The workspace's own crates are not published.
        if package["source"].is_null() {
            continue;
        }
        let (name, text) = (&package["name"], package["license"].as_str().unwrap_or_default());
        let expression = Expression::parse_mode(text, ParseMode::LAX)
            .unwrap_or_else(|error| panic!("{name}: licence {text:?}: {error}"));
        let may = expression.evaluate(|requirement| {
            let licence = requirement.license.to_string();
            let may = allowed.contains(licence.as_str());
            if may {
                used.insert(licence);
            }
            may
        });
        assert!(may, "{name} is under {text}, which deny.toml does not allow");
    }
    assert!(used.len() > 5, "{used:?}");
}

#[test]
fn everything_comes_from_the_one_registry() {
    let lock = toml("Cargo.lock");
    let packages = lock["package"].as_array().expect("packages");
    let sources: BTreeSet<&str> = packages.iter().filter_map(|package| package.get("source")?.as_str()).collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert!(sources.iter().all(|source| source.starts_with("registry+")), "{sources:?}");
}

#[test]
fn every_version_is_named() {
    let manifest = toml("Cargo.toml");
    for (name, dependency) in manifest["workspace"]["dependencies"].as_table().expect("dependencies") {
        let version = dependency.as_str().or_else(|| dependency.get("version")?.as_str());
        let own = dependency.get("path").is_some();
        assert!(own || version.is_some_and(|version| !version.contains('*')), "{name} has no version");
    }
}
