//! The API, endpoint by endpoint, on both databases; without a socket, so that a test is a function.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test without the standard harness is no test to clippy"
)]

pub(crate) mod api;

mod accounts;
mod around;
mod figures;
mod health;
mod records;
mod stream;

use fastenr_tests::harness::Tests;

pub(crate) fn register(tests: &mut Tests) {
    accounts::register(tests);
    around::register(tests);
    figures::register(tests);
    health::register(tests);
    records::register(tests);
    stream::register(tests);
}
