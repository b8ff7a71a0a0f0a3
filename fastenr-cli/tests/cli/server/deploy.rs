//! The unit and the image of `examples/deploy`, as far as they can be tried without an init system and a container.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::{Fastenr, binary};
use fastenr_tests::harness::Tests;

use super::super::support::example;

pub(super) fn register(tests: &mut Tests) {
    tests.plain("cli/server/deploy/the_unit_starts_what_there_is", unit);
    tests.plain("cli/server/deploy/the_unit_is_sound", unit_is_sound);
    tests.plain("cli/server/deploy/the_image_starts_what_there_is", image);
    tests.plain("cli/server/deploy/the_readme_calls_what_there_is", readme);
}

fn read(name: &str) -> Result<String> {
    Ok(fs::read_to_string(example("deploy").join(name))?)
}

/// The arguments are ones that the command takes: help is printed only after what stands before it was read.
fn is_taken(arguments: &[&str]) {
    let output = Fastenr::without_database().args(arguments.iter().chain(&["--help"])).run().ok();
    assert!(output.stdout.contains("Usage:"), "{}", output.transcript());
}

fn unit() -> Result<()> {
    let unit = read("fastenr.service")?;
    let setting =
        |name: &str| unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).collect::<Vec<_>>();
    for name in ["ExecStartPre", "ExecStart"] {
        let [line] = setting(name)[..] else { anyhow::bail!("one {name}") };
        is_taken(&line.strip_prefix("/usr/local/bin/fastenr ").context(name)?.split_whitespace().collect::<Vec<_>>());
    }
    // It is not killed while it finishes what is under way.
    let seconds = |text: &str| text.trim_end_matches('s').parse::<u32>();
    let start = setting("ExecStart")[0];
    let given = start.split_once("--shutdown-timeout ").context("no limit")?.1;
    ensure!(seconds(setting("TimeoutStopSec")[0])? > seconds(given.split(' ').next().unwrap_or(given))?);
    Ok(())
}

/// What systemd says, where it is installed.
fn unit_is_sound() -> Result<()> {
    let path = Fastenr::without_database();
    let binary = binary()?.display().to_string();
    // Whose binary it names is not there, or another one.
    let text = read("fastenr.service")?.replace("/usr/local/bin/fastenr", &binary).replace("User=fastenr", "User=root");
    let file = path.write("fastenr.service", text);
    let Ok(output) = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file).output() else {
        return Ok(());
    };
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && !said.contains("fastenr.service:"), "{said}");
    Ok(())
}

fn image() -> Result<()> {
    let dockerfile = read("Dockerfile")?;
    let command = dockerfile.lines().find_map(|line| line.strip_prefix("CMD ")).context("no CMD")?;
    let arguments: Vec<String> = serde_json::from_str(command)?;
    is_taken(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    // The toolchain is the one that the workspace asks for, on the system that the image has.
    let manifest = fs::read_to_string(example("../Cargo.toml"))?;
    let wanted = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).context("no rust-version")?;
    ensure!(dockerfile.contains(&format!("FROM rust:{}-slim-trixie ", wanted.trim_matches('"'))), "{wanted}");
    ensure!(dockerfile.contains("FROM debian:trixie-slim") && dockerfile.contains("\nUSER 10001\n"));
    Ok(())
}

fn readme() -> Result<()> {
    let readme = read("README.md")?;
    let calls = readme.lines().filter_map(|line| {
        let arguments = line.strip_prefix("fastenr ").or_else(|| Some(line.split_once(" fastenr ")?.1))?;
        line.starts_with(['f', 'd']).then_some(arguments)
    });
    let mut known = 0;
    for call in calls.filter(|call| call.starts_with("serve ") || call.starts_with("db ")) {
        is_taken(&call.split_whitespace().collect::<Vec<_>>());
        known += 1;
    }
    ensure!(known >= 2, "{known} calls");
    Ok(())
}
