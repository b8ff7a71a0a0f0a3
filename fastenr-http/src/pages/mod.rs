//! The dashboard: pages as rows of a table, like the endpoints of the API. A row says what a caller must be allowed and which
//! parameters the page knows; from the rows come the router, the guard before each page and the document of the pages.
//!
//! To add a page, write its struct and template in fastenr-html, a handler in the file of its subject, and a row in that file's
//! `rows`. A handler asks what the API's handler asks, and gives what it found to the page.

mod account;
mod accounts;
mod alerts;
mod alerts_list;
mod answer;
mod arr;
mod assets;
mod bulk;
mod config;
mod csrf;
mod edit;
mod engagements;
mod exports;
mod extend;
mod fields;
mod files;
mod filters;
mod find;
mod goals;
mod guard;
mod health;
mod identify;
mod imports;
mod notifications;
mod operations;
mod records;
mod reports;
mod request;
mod row;
mod segments;
mod session;
mod sign_in;
mod tasks;
mod today;
mod why;

pub use config::{Dashboard, Network, Proxy};
pub(crate) use csrf::no_foreign_writes;
pub(crate) use guard::{guard, refusals};
pub(crate) use imports::Uploads;

use crate::endpoint::Endpoint;

/// Every page there is.
pub(crate) fn rows() -> Vec<Endpoint> {
    [
        today::rows(),
        session::rows(),
        extend::rows(),
        sign_in::rows(),
        assets::rows(),
        accounts::rows(),
        account::rows(),
        why::rows(),
        edit::rows(),
        records::rows(),
        engagements::rows(),
        files::rows(),
        goals::rows(),
        tasks::rows(),
        health::rows(),
        alerts_list::rows(),
        alerts::rows(),
        segments::rows(),
        operations::rows(),
        notifications::rows(),
        bulk::rows(),
        find::rows(),
        reports::rows(),
        arr::rows(),
        exports::rows(),
        imports::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The pages as a table of Markdown: what `docs/dashboard.md` has.
pub fn document() -> String {
    row::document(&rows())
}
