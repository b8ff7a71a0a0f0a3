use std::collections::HashSet;

use chrono::{NaiveDate, TimeDelta};

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The cells of a column: no cell has a comma but those of attendees, which come last.
fn column(file: &[u8], name: &str) -> Vec<String> {
    let text = std::str::from_utf8(file).unwrap();
    let mut lines = text.lines();
    let place = lines.next().unwrap().split(',').position(|header| header == name).unwrap();
    lines.map(|line| line.split(',').nth(place).unwrap().to_owned()).collect()
}

#[test]
fn no_two_are_called_alike() {
    for seed in [0, 1, 7, u64::MAX] {
        let today = day("2026-12-01");
        let file = DemoBook::new(today, DemoBook::MOST, seed).accounts(today).unwrap();
        for name in ["name", "domain", "external_id"] {
            let cells = column(&file, name);
            assert_eq!(cells.len(), DemoBook::MOST as usize);
            assert_eq!(cells.iter().collect::<HashSet<_>>().len(), cells.len(), "{name} with seed {seed}");
        }
    }
}

#[test]
fn equal_arguments_make_equal_books() {
    let today = day("2026-12-01");
    let files = |seed| {
        let book = DemoBook::new(today, 40, seed);
        let from = today - TimeDelta::days(10);
        [
            book.users().unwrap(),
            book.accounts(today).unwrap(),
            book.contacts(today).unwrap(),
            book.metrics(from, today).unwrap(),
            book.engagements(from, today).unwrap(),
            book.goals(today).unwrap(),
            book.tasks().unwrap(),
        ]
    };
    assert_eq!(files(3), files(3));
    assert_ne!(files(3), files(4));
}

/// What was told once is told again the same, whenever it is asked for.
#[test]
fn the_past_stays_as_it_was() {
    let today = day("2026-12-01");
    let book = DemoBook::new(today, 60, 1);
    let (from, middle) = (today - TimeDelta::days(30), today - TimeDelta::days(15));
    let lines = |file: Vec<u8>| String::from_utf8(file).unwrap().lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let mut parts = lines(book.metrics(from, middle).unwrap());
    parts.extend(lines(book.metrics(middle + TimeDelta::days(1), today).unwrap()));
    assert_eq!(parts, lines(book.metrics(from, today).unwrap()));
    let known = column(&book.accounts(middle).unwrap(), "external_id");
    let later = column(&book.accounts(today).unwrap(), "external_id");
    assert!(known.iter().all(|key| later.contains(key)));
}

#[test]
fn stories_have_an_end() {
    for today in ["2026-12-01", "2024-02-29", "2027-01-01"] {
        let today = day(today);
        let book = DemoBook::new(today, 300, 1);
        let statuses = column(&book.accounts(today).unwrap(), "status");
        let share = |status: &str| statuses.iter().filter(|one| *one == status).count() * 100 / statuses.len();
        assert!((4..=15).contains(&share("churned")), "{today}: {} % churned", share("churned"));
        assert!((1..=10).contains(&share("onboarding")), "{today}: {} % onboarding", share("onboarding"));
        // The support desk has fallen silent.
        let tickets = |day| column(&book.metrics(day, day).unwrap(), "support_tickets");
        assert!(tickets(today).iter().all(String::is_empty));
        assert!(tickets(today - TimeDelta::days(5)).iter().all(|cell| !cell.is_empty()));
        let left = column(&book.contacts(today).unwrap(), "left_on");
        assert!(left.iter().any(|cell| !cell.is_empty()), "{today}: nobody has left");
    }
}
