//! Who works at the organization, and at its customers.

use std::io;

use chrono::{NaiveDate, TimeDelta};

use super::customer::{Customer, between};
use super::files::{self, cell};
use super::words::{FAMILY, GIVEN, OWN_DOMAIN, TEAM};
use crate::model::Size;

const PEOPLE: u64 = 3;

/// Roles in the order in which a customer's people have them, with their titles.
const ROLES: [(&str, &str); 6] = [
    ("champion", "Operations manager"),
    ("decision_maker", "Chief operating officer"),
    ("user", "Team lead"),
    ("billing", "Accounts payable"),
    ("executive_sponsor", "Managing director"),
    ("user", "Analyst"),
];

/// Someone at a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    role: &'static str,
    title: &'static str,
    pub(super) left_on: Option<NaiveDate>,
}

pub(super) fn team() -> io::Result<Vec<u8>> {
    let rows = TEAM.iter().enumerate().map(|(place, (name, mailbox))| {
        let role = if place == 0 { "admin" } else { "write" };
        [format!("{mailbox}@{OWN_DOMAIN}"), (*name).to_owned(), role.to_owned()]
    });
    files::write(&["email", "name", "role"], rows)
}

/// The people of a customer, its champion first.
pub(super) fn of(customer: &Customer, today: NaiveDate) -> Vec<Person> {
    let mut random = customer.random(PEOPLE, NaiveDate::default());
    let most = if matches!(customer.size, Size::Startup | Size::Small) { 3 } else { ROLES.len() as i64 };
    let count = between(&mut random, 2, most);
    let left = today - TimeDelta::days(between(&mut random, 9, 60));
    let begin = random.below(GIVEN.len() as u32) as usize;
    let roles = ROLES.iter().take(usize::try_from(count).unwrap_or(2)).enumerate();
    let people = roles.map(|(place, (role, title))| {
        // No two of a customer have the same first name.
        let given = GIVEN[(begin + place * 7) % GIVEN.len()];
        let family = FAMILY[random.below(FAMILY.len() as u32) as usize];
        Person {
            name: format!("{given} {family}"),
            email: format!("{}.{}@{}", given.to_lowercase(), family.to_lowercase(), customer.domain),
            role,
            title,
            left_on: (place == 0 && customer.course.has_lost_its_champion()).then_some(left),
        }
    });
    people.collect()
}

pub(super) fn rows(customer: &Customer, day: NaiveDate, today: NaiveDate) -> impl Iterator<Item = [String; 7]> {
    let (key, people) = (customer.key(), of(customer, today));
    people.into_iter().enumerate().map(move |(place, person)| {
        [
            format!("{key}-{}", place + 1),
            key.clone(),
            person.name,
            person.email,
            person.title.to_owned(),
            person.role.to_owned(),
            cell(person.left_on.filter(|left| *left <= day)),
        ]
    })
}
