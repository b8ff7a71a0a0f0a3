//! The example of `docs/arr.md` adds up, and is what this module makes of it.

use chrono::NaiveDate;

use super::*;
use crate::money::{Cents, Money};

/// The cells of the tables below `## An example`, without their headers; table by table.
fn tables() -> Vec<Vec<Vec<&'static str>>> {
    let (_, example) = include_str!("../../../docs/arr.md").split_once("## An example").unwrap();
    let mut tables = vec![Vec::new()];
    for line in example.lines() {
        match line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) {
            Some(row) => tables.last_mut().unwrap().push(row.split('|').map(str::trim).collect()),
            None if tables.last().is_some_and(|table| !table.is_empty()) => tables.push(Vec::new()),
            None => {}
        }
    }
    tables.retain(|table| !table.is_empty());
    tables.iter().map(|table| table[2..].to_vec()).collect()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn cents(text: &str) -> i64 {
    Money::parse(text).unwrap().cents()
}

#[test]
fn the_documented_example_adds_up() {
    let tables = tables();
    let [accounts, changes, results] = &tables[..] else { panic!("{} tables", tables.len()) };

    let mut summary = Summary::new(Period::new(day("2026-01-01"), day("2026-03-31")).unwrap());
    for account in accounts {
        let [name, size, created, arr, status, churned] = account[..] else { panic!("{account:?}") };
        let own = changes.iter().filter(|change| change[0] == name);
        let changes = own.map(|change| ArrChange {
            effective_on: day(change[1]),
            kind: if change[2] == "correction" { ChangeKind::Correction } else { ChangeKind::Change },
            old: Some(cents(change[3])),
            new: Some(cents(change[4])),
        });
        let facts = Facts {
            created_on: day(created),
            contract_start: None,
            arr: Some(cents(arr)),
            churned: status == "churned",
            churned_on: (!churned.is_empty()).then(|| day(churned)),
            changes: changes.collect(),
        };
        assert!(!History::of(&facts).inconsistent(), "{name}");
        summary.add(size, &facts);
    }

    let summary = summary.finish().unwrap();
    let computed: Vec<_> = summary.groups.into_iter().chain([("total", summary.total)]).collect();
    assert_eq!(computed.len(), results.len());
    for ((group, figures), row) in computed.into_iter().zip(results) {
        let expected: Vec<Cents> = [1, 2, 3, 4, 5, 6, 9].iter().map(|at| Cents(cents(row[*at]))).collect();
        let Figures { opening, new, expansion, contraction, churn, closing, undated, .. } = figures;
        let amounts = [opening, new, expansion, contraction, churn, closing, undated].map(|amount| amount.arr);
        assert_eq!((group, &amounts[..]), (row[0], &expected[..]));
        let rates = [figures.nrr(), figures.grr()].map(|rate| rate.unwrap().to_string());
        assert_eq!(rates, [row[7], row[8]], "{group}");
    }
}
