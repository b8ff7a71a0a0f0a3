//! The library below the command line: every function of the store and of the use cases, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test without the standard harness is no test to clippy"
)]

pub(crate) mod support;

mod feed;
mod filters;
mod held;
mod import_mappings;
mod import_parents;
mod import_rejections;
mod journal;
mod lookups;
mod people;
mod schema;
mod statements;
mod tenants;
mod writing;

use fastenr_tests::harness::Tests;

pub(crate) fn register(tests: &mut Tests) {
    feed::register(tests);
    filters::register(tests);
    import_mappings::register(tests);
    import_parents::register(tests);
    import_rejections::register(tests);
    journal::register(tests);
    lookups::register(tests);
    people::register(tests);
    schema::register(tests);
    statements::register(tests);
    tenants::register(tests);
    writing::register(tests);
}
