//! What is to be done for customers, and what was done lately.

use chrono::{NaiveDate, TimeDelta};

use super::customer::{Customer, between, chance};

const TASKS: u64 = 8;

/// Titles by how it goes with the customer: well, so-so, badly.
const TITLES: [[&str; 4]; 3] = [
    ["Send the offer for more seats", "Ask for a reference", "Prepare the business review", "Introduce the new team"],
    [
        "Share the training plan",
        "Answer the question about exports",
        "Check who still uses the old report",
        "Agree on the next review",
    ],
    ["Call the sponsor", "Write down the open tickets", "Find a new champion", "Send the renewal offer"],
];

/// Days until they are due; none: without a day.
const DUE: [Option<(i64, i64)>; 6] = [Some((-9, -1)), Some((0, 0)), Some((1, 6)), Some((2, 7)), Some((8, 30)), None];

/// About every third customer has something to be done, and of every fifth something was done within a month.
pub(super) fn rows(customer: &Customer, today: NaiveDate) -> Vec<[String; 7]> {
    let mut random = customer.random(TASKS, today);
    let mut rows = Vec::new();
    let (open, done) = (chance(&mut random, 330), chance(&mut random, 200));
    let titles = match customer.level(today, today) {
        650.. => &TITLES[0],
        380..650 => &TITLES[1],
        _ => &TITLES[2],
    };
    let first = random.below(4) as usize;
    let due =
        DUE[random.below(6) as usize].map(|(least, most)| today + TimeDelta::days(between(&mut random, least, most)));
    let before = today - TimeDelta::days(between(&mut random, 1, 28));
    let made = before - TimeDelta::days(between(&mut random, 2, 9));
    if !customer.is_here(today) || customer.start > made {
        return rows;
    }
    let mut put = |mark: &str, title: &str, due: Option<NaiveDate>, done: Option<NaiveDate>| {
        rows.push([
            format!("{}-{mark}", customer.key()),
            customer.key(),
            title.to_owned(),
            customer.owner(),
            due.map(|day| day.to_string()).unwrap_or_default(),
            done.map(|day| format!("{day}T15:20:00Z")).unwrap_or_default(),
            format!("{made}T09:40:00Z"),
        ]);
    };
    if open {
        put("N", titles[first], due, None);
    }
    if done {
        put("D", titles[(first + 1) % 4], Some(before + TimeDelta::days(2)), Some(before));
    }
    rows
}
