//! Health: what is recorded, what it comes to for one account, and where the book stands.

mod account;
mod book;
mod record;

use crate::endpoint::Endpoint;

const TAG: &str = "health";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    [record::endpoints(), account::endpoints(), book::endpoints()].into_iter().flatten().collect()
}
