//! The API, endpoint by endpoint, on both databases; without a socket, so that a test is a function.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test without the standard harness is no test to clippy"
)]

pub(crate) mod api;

mod accounts;
mod alerts;
mod attachments;
mod bulk;
mod long;
mod records;
mod segments;
mod stream;

use fastenr_tests::harness::Tests;

pub(crate) fn register(tests: &mut Tests) {
    accounts::register(tests);
    alerts::register(tests);
    attachments::register(tests);
    bulk::register(tests);
    long::register(tests);
    segments::register(tests);
    records::register(tests);
    stream::register(tests);
}
