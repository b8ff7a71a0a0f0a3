//! The library below the command line: every function of the store and of the use cases, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test without the standard harness is no test to clippy"
)]

pub(crate) mod support;

pub(crate) mod alerts;
mod arr;
mod begun;
mod bulk;
mod contacts;
mod cursors;
mod duplicates;
mod engagements;
mod feed;
mod filters;
mod given_up;
mod goals;
mod handover;
mod held;
mod idempotency;
mod import_mappings;
mod import_parents;
mod import_rejections;
mod import_scales;
mod journal;
mod kept;
mod keys;
mod lookups;
mod merge;
pub(crate) mod nouns;
mod nouns_statements;
mod nouns_writing;
mod people;
mod prune;
mod schema;
pub(crate) mod scores;
mod segments;
pub(crate) mod slow;
mod spooled;
mod statements;
mod tenants;
pub(crate) mod undo;
mod waiting;
mod writing;

use fastenr_tests::harness::Tests;

pub(crate) fn register(tests: &mut Tests) {
    alerts::register(tests);
    contacts::register(tests);
    cursors::register(tests);
    duplicates::register(tests);
    engagements::register(tests);
    arr::register(tests);
    begun::register(tests);
    bulk::register(tests);
    feed::register(tests);
    filters::register(tests);
    given_up::register(tests);
    goals::register(tests);
    handover::register(tests);
    idempotency::register(tests);
    import_mappings::register(tests);
    import_parents::register(tests);
    import_rejections::register(tests);
    import_scales::register(tests);
    journal::register(tests);
    kept::register(tests);
    keys::register(tests);
    lookups::register(tests);
    merge::register(tests);
    nouns_writing::register(tests);
    people::register(tests);
    prune::register(tests);
    scores::register(tests);
    segments::register(tests);
    schema::register(tests);
    spooled::register(tests);
    statements::register(tests);
    tenants::register(tests);
    undo::register(tests);
    waiting::register(tests);
    writing::register(tests);
}
