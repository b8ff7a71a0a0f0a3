//! The dashboard in Chromium, as people use it. Needs `chromium` and `chromedriver`, and axe-core's `axe.min.js` at `FASTENR_AXE`; without
//! them nothing is run, with `CI` set their absence is a failure.

#![expect(clippy::expect_used, reason = "a test without the standard harness is no test to clippy")]

mod book;
mod driver;
mod journeys;
mod pages;

use std::process::ExitCode;

use fastenr_tests::harness;

fn main() -> ExitCode {
    let missing = driver::missing();
    harness::run(|tests| match missing {
        None => {
            pages::register(tests);
            journeys::register(tests);
        }
        Some(what) if std::env::var_os("CI").is_some() => {
            tests.plain("browser/there_is_one", move || anyhow::bail!("{what} is missing"));
        }
        Some(what) => left_out(what),
    })
}

#[expect(clippy::print_stderr, reason = "the standard harness has no place for it")]
fn left_out(what: &str) {
    eprintln!("{what} is missing: the tests in a browser are left out");
}
