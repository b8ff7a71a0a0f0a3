//! The `fastenr` to test. Cargo builds it before the tests of its package, and tells them where it is.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};

/// Names a binary that was built before, which is then used instead.
const BINARY_VARIABLE: &str = "FASTENR_TEST_BINARY";

static BINARY: OnceLock<PathBuf> = OnceLock::new();

/// Says once where the binary is: `env!("CARGO_BIN_EXE_fastenr")`.
pub fn use_binary(built: &str) {
    BINARY.get_or_init(|| env::var_os(BINARY_VARIABLE).map_or_else(|| built.into(), PathBuf::from));
}

/// # Errors
/// Where nobody has said where it is.
pub fn fastenr() -> Result<&'static Path> {
    BINARY.get().map(PathBuf::as_path).context("no fastenr to test: the tests that run it call use_binary first")
}
