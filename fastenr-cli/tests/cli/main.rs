//! The built command, from outside: what people see, what scripts rely on, and what a crash leaves.
#![expect(clippy::expect_used, reason = "a broken assumption should stop the test where it stands")]

mod alerts;
mod arr;
mod backtest;
mod bulk;
mod concurrency;
mod contacts;
mod database;
mod demo;
mod disk;
mod durability;
mod engagements;
mod examples;
mod exit_codes;
mod feed;
mod first_try;
mod formats;
mod goals;
mod guide;
mod habits;
mod harness_works;
mod health;
mod import;
mod import_keys;
mod keys;
mod manners;
mod merge;
mod metrics;
mod model;
mod old_database;
mod operations;
mod output;
mod private;
mod prune;
mod reading;
mod recompute;
mod reference;
mod refused_certificate;
mod round_trip;
mod segments;
mod server;
mod shapes;
mod short_ids;
mod start_up;
mod support;
mod typed;
mod unknown;
mod ways_out;
mod writes;

use std::process::ExitCode;

use fastenr_tests::{cli, harness};

fn main() -> ExitCode {
    cli::use_binary(env!("CARGO_BIN_EXE_fastenr"));
    harness::run(|tests| {
        alerts::register(tests);
        arr::register(tests);
        backtest::register(tests);
        bulk::register(tests);
        demo::register(tests);
        habits::register(tests);
        output::register(tests);
        prune::register(tests);
        shapes::register(tests);
        typed::register(tests);
        unknown::register(tests);
        ways_out::register(tests);
        writes::register(tests);
        merge::register(tests);
        metrics::register(tests);
        model::register(tests);
        old_database::register(tests);
        operations::register(tests);
        manners::register(tests);
        reading::register(tests);
        recompute::register(tests);
        reference::register(tests);
        exit_codes::register(tests);
        contacts::register(tests);
        feed::register(tests);
        first_try::register(tests);
        guide::register(tests);
        import::register(tests);
        keys::register(tests);
        goals::register(tests);
        harness_works::register(tests);
        health::register(tests);
        formats::register(tests);
        round_trip::register(tests);
        durability::register(tests);
        concurrency::register(tests);
        database::register(tests);
        disk::register(tests);
        start_up::register(tests);
        segments::register(tests);
        server::register(tests);
        short_ids::register(tests);
        examples::register(tests);
        engagements::register(tests);
        import_keys::register(tests);
        private::register(tests);
        refused_certificate::register(tests);
    })
}
