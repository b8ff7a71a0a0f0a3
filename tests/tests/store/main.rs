//! The library below the command line: every function of the store and of the use cases, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test without the standard harness is no test to clippy"
)]

pub(crate) mod alerts;
mod arr;
mod begun;
mod bulk;
mod contacts;
mod copy;
mod cursors;
mod duplicates;
mod engagements;
mod erasure;
mod errors;
mod feed;
mod field_changes;
mod filters;
mod given_up;
mod goals;
mod handover;
mod held;
mod idempotency;
mod import_cells;
mod import_columns;
mod import_events;
mod import_ids;
mod import_keys;
mod import_kinds;
mod import_laws;
mod import_lookups;
mod import_mappings;
mod import_natural;
mod import_parents;
mod import_rejections;
mod import_scales;
mod import_series;
mod import_values;
mod import_workbooks;
mod journal;
mod kept;
mod keys;
mod lookups;
mod me;
mod merge;
mod nights;
mod notifications;
pub(crate) mod nouns;
mod nouns_statements;
mod nouns_writing;
mod one_arr;
mod people;
mod places;
mod prune;
mod random;
mod remembered;
mod schema;
pub(crate) mod scores;
mod segments;
mod selective;
mod spooled;
mod statements;
mod statuses;
mod tenants;
pub(crate) mod today;
mod undo;
mod waiting;
mod writing;

use std::process::ExitCode;

use fastenr_tests::harness;

fn main() -> ExitCode {
    harness::run(|tests| {
        alerts::register(tests);
        today::register(tests);
        notifications::register(tests);
        remembered::register(tests);
        selective::register(tests);
        contacts::register(tests);
        copy::register(tests);
        cursors::register(tests);
        duplicates::register(tests);
        engagements::register(tests);
        erasure::register(tests);
        arr::register(tests);
        field_changes::register(tests);
        one_arr::register(tests);
        begun::register(tests);
        bulk::register(tests);
        errors::register(tests);
        feed::register(tests);
        filters::register(tests);
        places::register(tests);
        given_up::register(tests);
        goals::register(tests);
        handover::register(tests);
        idempotency::register(tests);
        import_cells::register(tests);
        import_columns::register(tests);
        import_events::register(tests);
        import_ids::register(tests);
        import_keys::register(tests);
        import_kinds::register(tests);
        import_laws::register(tests);
        import_lookups::register(tests);
        import_mappings::register(tests);
        import_parents::register(tests);
        import_rejections::register(tests);
        import_scales::register(tests);
        import_series::register(tests);
        import_values::register(tests);
        import_workbooks::register(tests);
        journal::register(tests);
        kept::register(tests);
        keys::register(tests);
        lookups::register(tests);
        me::register(tests);
        merge::register(tests);
        nights::register(tests);
        nouns_writing::register(tests);
        people::register(tests);
        prune::register(tests);
        scores::register(tests);
        segments::register(tests);
        schema::register(tests);
        statements::register(tests);
        statuses::register(tests);
        tenants::register(tests);
        undo::register(tests);
        writing::register(tests);
        import_natural::register(tests);
        waiting::register(tests);
        spooled::register(tests);
    })
}
