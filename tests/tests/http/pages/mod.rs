//! The dashboard, page by page, on both databases and without a browser: what is answered is read as HTML.

mod attempts;
mod browser;
mod bulk;
mod crawl;
mod edits;
mod find;
mod guard;
mod health;
mod imports;
mod lists;
mod notifications;
mod operations;
mod reports;
mod sign_in;
mod staying;
mod tasks;
mod today;
mod writes;

use fastenr_tests::harness::Tests;

pub(super) fn register(tests: &mut Tests) {
    attempts::register(tests);
    bulk::register(tests);
    crawl::register(tests);
    edits::register(tests);
    find::register(tests);
    guard::register(tests);
    health::register(tests);
    imports::register(tests);
    lists::register(tests);
    notifications::register(tests);
    operations::register(tests);
    reports::register(tests);
    sign_in::register(tests);
    staying::register(tests);
    tasks::register(tests);
    today::register(tests);
    writes::register(tests);
}
