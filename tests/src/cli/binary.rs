//! The `fastenr` to test: built with the same profile as the tests, into the same target folder.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail};

/// Names a binary that was built before, which is then used as it is.
const BINARY_VARIABLE: &str = "FASTENR_TEST_BINARY";

/// Asks cargo once per process, as only cargo knows whether the binary is up to date. Cargo has let go of the target
/// folder by the time it runs the tests, so this can't wait for itself.
pub fn fastenr() -> Result<&'static Path> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BINARY.get_or_init(|| build().map_err(|error| format!("{error:?}")));
    built.as_deref().map_err(|error| anyhow!("no fastenr to test: {error}"))
}

fn build() -> Result<PathBuf> {
    if let Some(binary) = env::var_os(BINARY_VARIABLE) {
        return Ok(PathBuf::from(binary));
    }
    let test = env::current_exe()?;
    let folder = profile_folder(&test).with_context(|| format!("{} is in no target folder", test.display()))?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let mut target = folder.parent().context("the target folder has no parent")?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--quiet", "--package", "fastenr-cli", "--bin", "fastenr", "--profile", profile]);
    // What cargo told the tests about their own package: build scripts that look at it (ring's) would take it for a change
    // and have half of the dependencies built again.
    for (name, _) in env::vars_os() {
        if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|own| name.as_encoded_bytes().starts_with(own.as_bytes())) {
            command.env_remove(name);
        }
    }
    // With `--target`, there is a folder of its name between the target folder and that of the profile.
    if let (false, Some(name), Some(parent)) = (is_target(target), target.file_name(), target.parent())
        && is_target(parent)
    {
        command.arg("--target").arg(name);
        target = parent;
    }
    command.arg("--target-dir").arg(target).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());

    let output = command.output().context("can't run cargo")?;
    let binary = folder.join(format!("fastenr{}", env::consts::EXE_SUFFIX));
    if !output.status.success() {
        bail!("cargo build: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    if !binary.is_file() {
        bail!("cargo build made no {}", binary.display());
    }
    Ok(binary)
}

/// `target/debug` for `target/debug/deps/product-0123456789abcdef`.
fn profile_folder(test: &Path) -> Option<&Path> {
    let deps = test.parent()?;
    if deps.file_name()? == "deps" { deps.parent() } else { None }
}

fn is_target(folder: &Path) -> bool {
    folder.join("CACHEDIR.TAG").is_file()
}
