//! The API, endpoint by endpoint, on both databases; without a socket, so that a test is a function.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test without the standard harness is no test to clippy"
)]

pub(crate) mod api;

mod accounts;
mod files;
mod guard;
mod idempotency;
mod operations;
mod rates;
mod around;
mod figures;
mod health;
mod records;
mod security;
mod stream;
mod tenants;

use fastenr_tests::harness::Tests;

pub(crate) fn register(tests: &mut Tests) {
    accounts::register(tests);
    files::register(tests);
    guard::register(tests);
    idempotency::register(tests);
    rates::register(tests);
    around::register(tests);
    figures::register(tests);
    health::register(tests);
    records::register(tests);
    security::register(tests);
    stream::register(tests);
    tenants::register(tests);
}
