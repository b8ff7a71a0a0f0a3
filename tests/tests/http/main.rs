//! The API, endpoint by endpoint, on both databases; without a socket, so that a test is a function.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test without the standard harness is no test to clippy"
)]

pub(crate) mod api;

mod accounts;
mod alerts;
mod around;
mod attachments;
mod bulk;
mod cancel;
mod encodings;
mod figures;
mod files;
mod guard;
mod health;
mod idempotency;
mod long;
mod one_arr;
mod operations;
mod pages;
mod people;
mod rates;
mod records;
mod scopes;
mod security;
mod segments;
mod sizes;
mod stream;
mod tenants;
mod values;
mod ways_out;

use std::process::ExitCode;

use fastenr_tests::harness;

fn main() -> ExitCode {
    harness::run(|tests| {
        accounts::register(tests);
        alerts::register(tests);
        around::register(tests);
        attachments::register(tests);
        bulk::register(tests);
        encodings::register(tests);
        figures::register(tests);
        files::register(tests);
        guard::register(tests);
        health::register(tests);
        idempotency::register(tests);
        long::register(tests);
        one_arr::register(tests);
        pages::register(tests);
        people::register(tests);
        rates::register(tests);
        records::register(tests);
        security::register(tests);
        segments::register(tests);
        stream::register(tests);
        tenants::register(tests);
        values::register(tests);
        ways_out::register(tests);
        cancel::register(tests);
        scopes::register(tests);
        sizes::register(tests);
    })
}
