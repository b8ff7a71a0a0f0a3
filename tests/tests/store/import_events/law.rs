//! The law of events: late, doubled and corrected, in any order and however they are split into files, they give the days that all of
//! them give at once; and what is imported can be foretold, repeated and undone.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use fastenr_core::import::request::{Report, Request};
use fastenr_tests::harness::Backend;
use proptest::prelude::*;

use super::{accounts, days, import, kept, tickets};
use crate::import_laws::holds_for;
use crate::undo::{content, undo};
use fastenr_tests::world::{World, everything, world};

/// A version of an event, as a row has it.
#[derive(Debug, Clone, PartialEq)]
struct Version {
    id: usize,
    number: usize,
    account: usize,
    day: u32,
    urgent: bool,
    /// Thousandths of an hour, so that means have no end.
    hours: Option<u32>,
    score: Option<u32>,
}

/// Cases of each law: each is imported a dozen times.
const CASES: u32 = 8;

const FIELDS: [&str; 6] =
    ["support_tickets", "urgent_tickets", "resolution_hours", "csat", "csat_responses", "login_frequency"];

const LINES: &str = "support_tickets = \"count\"\nurgent_tickets = \"count(Priority = 'urgent')\"\nresolution_hours = \"mean(Hours)\"\n\
    csat = \"mean(Score)\"\ncsat_responses = \"count(Score)\"\nlogin_frequency = \"sum(Logins)\"";

impl Version {
    fn row(&self) -> String {
        let hours = self.hours.map(|hours| format!("{}.{:03}", hours / 1_000, hours % 1_000)).unwrap_or_default();
        let score = self.score.map(|score| score.to_string()).unwrap_or_default();
        format!(
            "t{},{},2026-02-{:02} 10:00,2026-02-10 10:{:02},{},{hours},{score},{}\n",
            self.id,
            ["a", "b", "c"][self.account],
            self.day,
            self.number,
            if self.urgent { "Urgent" } else { "low" },
            self.hours.map(|hours| hours.to_string()).unwrap_or_default(),
        )
    }
}

fn file(rows: &[Version]) -> String {
    let rows: String = rows.iter().map(Version::row).collect();
    format!("Ticket,Org,Created,Updated,Priority,Hours,Score,Logins\n{rows}")
}

/// Versions of few events on few days; those of one event in their order.
fn versions() -> impl Strategy<Value = Vec<Version>> {
    let version = (
        0..8_usize,
        0..3_usize,
        1..4_u32,
        any::<bool>(),
        prop::option::weighted(0.7, 0..4_000_u32),
        prop::option::weighted(0.7, 0..6_u32),
    );
    prop::collection::vec(version, 1..24).prop_map(|all| {
        let mut numbers = BTreeMap::<usize, usize>::new();
        let mut next = |id| {
            let number = numbers.entry(id).or_insert(0);
            *number += 1;
            *number
        };
        let of = |(id, account, day, urgent, hours, score)| Version {
            id,
            number: next(id),
            account,
            day,
            urgent,
            hours,
            score,
        };
        all.into_iter().map(of).collect()
    })
}

/// Half to even, as every number of a field is rounded.
fn rounded(total: i128, by: i128) -> i128 {
    let (floor, rest) = (total.div_euclid(by), total.rem_euclid(by));
    floor + i128::from(2 * rest > by || (2 * rest == by && floor % 2 != 0))
}

/// What the last version of each event comes to: the days, as [`days`] tells them.
fn expected(all: &[Version]) -> Vec<String> {
    let mut last = BTreeMap::new();
    for version in all {
        let newer = |known: &&Version| known.number > version.number;
        if !last.get(&version.id).is_some_and(newer) {
            last.insert(version.id, version);
        }
    }
    let mut by_day: BTreeMap<(usize, u32), Vec<&Version>> = BTreeMap::new();
    for version in last.into_values() {
        by_day.entry((version.account, version.day)).or_default().push(version);
    }
    let mean = |values: Vec<i128>, by: i128| match values.len() {
        0 => "null".to_owned(),
        count => rounded(values.iter().sum(), by * count as i128).to_string(),
    };
    let lines = by_day.into_iter().map(|((account, day), events)| {
        let urgent = events.iter().filter(|event| event.urgent).count();
        // In millionths, as hours and percentages are kept.
        let hours: Vec<i128> =
            events.iter().filter_map(|event| event.hours).map(|hours| i128::from(hours) * 1_000).collect();
        let scores: Vec<i128> =
            events.iter().filter_map(|event| event.score).map(|score| i128::from(score) * 20_000_000).collect();
        let logins: Vec<u32> = events.iter().filter_map(|event| event.hours).collect();
        let logins = if logins.is_empty() { "null".to_owned() } else { logins.iter().sum::<u32>().to_string() };
        format!(
            "{} 2026-02-{day:02} {} {urgent} {} {} {} {logins}",
            ["a", "b", "c"][account],
            events.len(),
            mean(hours, 10_000),
            mean(scores.clone(), 10_000),
            scores.len(),
        )
    });
    lines.collect()
}

/// Imports a file as a dry run and as it is; both say the same, and the same is there after it comes again.
async fn foretold(world: &World, text: &str, request: &Request) -> Result<Report> {
    let before = everything(&world.db, &world.scope()).await?;
    let dry = import(world, text, Request { dry_run: true, ..request.clone() }).await?;
    ensure!(everything(&world.db, &world.scope()).await? == before, "a dry run wrote something");
    let report = import(world, text, request.clone()).await?;
    ensure!(report.applied, "{:?}\n{text}", report.problems);
    ensure!(
        dry.ledger == report.ledger && dry.notes == report.notes,
        "{:?} was foretold, {:?} came",
        dry.ledger,
        report.ledger
    );
    ensure!(report.ledger.holds(), "{:?}", report.ledger);
    let there = days(world, &FIELDS).await?;
    let again = import(world, text, request.clone()).await?;
    let written = again.ledger.days.map(|days| (days.created, days.updated));
    ensure!(
        written == Some((0, 0)) && days(world, &FIELDS).await? == there,
        "first {:?}, again {:?}",
        report.ledger,
        again.ledger
    );
    Ok(report)
}

/// Takes everything back that came after the accounts.
async fn all_undone(world: &World, start: &BTreeMap<&'static str, Vec<String>>) -> Result<()> {
    for operation in world.operations().await?.iter().filter(|operation| operation.kind == "metrics.import") {
        let undone = undo(world, operation.id).await;
        match undone {
            Ok(undone) => ensure!(undone.ledger.skipped == 0, "{:?}", undone.left),
            Err(error) => ensure!(error.code == "nothing_to_undo", "{error}"),
        }
    }
    ensure!(content(world).await? == *start, "something is left");
    Ok(())
}

pub(super) async fn any_order_and_split(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let cases = || {
        versions()
            .prop_flat_map(|all| {
                // Each once, and some of them again.
                let doubled = prop::collection::vec(prop::sample::select(all.clone()), 0..6);
                (Just(all), doubled)
            })
            .prop_flat_map(|(all, doubled)| {
                let rows: Vec<Version> = all.iter().cloned().chain(doubled).collect();
                let files = prop::collection::vec(0..4_usize, rows.len());
                (Just(all), Just(rows).prop_shuffle(), files)
            })
    };
    let request = tickets(&format!("updated = \"Updated\"\n{LINES}"));
    holds_for(backend.tries(CASES), cases, async |number, (all, rows, files)| {
        let (whole, split) = (
            first.organization(&format!("whole-{number}")).await?,
            first.organization(&format!("split-{number}")).await?,
        );
        accounts(&whole).await?;
        accounts(&split).await?;
        let start = content(&split).await?;
        let expected = expected(&all);
        foretold(&whole, &file(&all), &request).await?;
        ensure!(
            days(&whole, &FIELDS).await? == expected,
            "at once: {:?}\nexpected {expected:?}",
            days(&whole, &FIELDS).await?
        );
        for part in 0..4 {
            let some: Vec<Version> =
                rows.iter().zip(&files).filter(|(_, file)| **file == part).map(|(row, _)| row.clone()).collect();
            if !some.is_empty() {
                foretold(&split, &file(&some), &request).await.with_context(|| format!("file {part}"))?;
            }
        }
        let found = days(&split, &FIELDS).await?;
        ensure!(found == expected, "split: {found:?}\nexpected {expected:?}");
        ensure!(kept(&split).await? == kept(&whole).await?);
        all_undone(&split, &start).await
    })
}

/// Without times the file that comes later is right: versions come in their order, each in a file of its own.
pub(super) async fn versions_in_order(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let request = tickets(LINES);
    let cases = || (versions(), any::<u64>());
    holds_for(backend.tries(CASES), cases, async |number, (all, seed)| {
        let world = first.organization(&format!("case-{number}")).await?;
        accounts(&world).await?;
        let start = content(&world).await?;
        let mut random = crate::random::Random::of(seed);
        let most = all.iter().map(|version| version.number).max().unwrap_or(0);
        for turn in 1..=most {
            let mut rows: Vec<Version> = all.iter().filter(|version| version.number == turn).cloned().collect();
            // The same row twice is one event; where it stands makes no difference.
            let again = rows[random.below(rows.len())].clone();
            rows.insert(random.below(rows.len() + 1), again);
            foretold(&world, &file(&rows), &request).await?;
        }
        let (found, expected) = (days(&world, &FIELDS).await?, expected(&all));
        ensure!(found == expected, "{found:?}\nexpected {expected:?}");
        all_undone(&world, &start).await
    })
}
