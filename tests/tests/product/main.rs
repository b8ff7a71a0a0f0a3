//! The whole product end to end, one module per area.

mod cli;
mod harness_works;
mod http;
mod import_laws;
mod store;

use std::process::ExitCode;

use fastenr_tests::harness;

fn main() -> ExitCode {
    harness::run(|tests| {
        harness_works::register(tests);
        cli::register(tests);
        http::register(tests);
        import_laws::register(tests);
        store::register(tests);
    })
}
