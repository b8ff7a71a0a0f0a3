//! The nouns that have forms. To give another noun its forms, add a [`Kind`].

use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::nouns::TASK;

use super::edit::{Kind, of_kind};
use crate::endpoint::{Endpoint, Noun};

static KINDS: [Kind; 5] = [
    Kind { noun: &ACCOUNT, scope: Noun::Accounts, path: "/dashboard/accounts", part: "accounts", page: true },
    Kind {
        noun: &ENGAGEMENT,
        scope: Noun::Engagements,
        path: "/dashboard/engagements",
        part: "engagements",
        page: true,
    },
    Kind { noun: &GOAL, scope: Noun::Goals, path: "/dashboard/goals", part: "goals", page: true },
    Kind { noun: &TASK, scope: Noun::Tasks, path: "/dashboard/tasks", part: "tasks", page: true },
    Kind { noun: &CONTACT, scope: Noun::Contacts, path: "/dashboard/contacts", part: "accounts", page: false },
];

pub(super) fn rows() -> Vec<Endpoint> {
    KINDS.iter().flat_map(of_kind).collect()
}
