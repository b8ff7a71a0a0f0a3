//! Calendars with series, imported again and again: each occurrence is one engagement.

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use fastenr_core::import::mapping::Origin;
use fastenr_core::import::request::{Report, Request};
use fastenr_core::import::source::Source;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};
use proptest::prelude::*;

use crate::import_laws::holds;
use crate::undo::content;
use fastenr_tests::world::{World, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/series/importing_again_changes_nothing", again);
}

/// A rule, and days after the first: of further meetings, of those taken out, of those moved by hours or cancelled.
#[derive(Debug, Clone)]
struct Series {
    rule: &'static str,
    first: u32,
    added: Vec<u32>,
    excluded: Vec<u32>,
    changed: Vec<(u32, u32, bool)>,
}

fn series() -> impl Strategy<Value = Series> {
    let rules = [
        "FREQ=WEEKLY",
        "FREQ=DAILY;INTERVAL=3;COUNT=20",
        "FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20260220T000000Z",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=31",
    ];
    let days = || prop::collection::vec(0..60_u32, 0..3);
    let changed = prop::collection::vec((0..60_u32, 1..20_u32, any::<bool>()), 0..3);
    (prop::sample::select(rules.to_vec()), 1..28_u32, days(), days(), changed).prop_map(
        |(rule, first, added, excluded, mut changed)| {
            changed.sort_unstable();
            changed.dedup_by_key(|(day, ..)| *day);
            Series { rule, first, added, excluded, changed }
        },
    )
}

fn file(all: &[Series]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n".to_owned();
    for (nth, series) in all.iter().enumerate() {
        let first = chrono::NaiveDate::from_ymd_opt(2025, 11, series.first).unwrap_or_default();
        let nine = |after: u32, hours: u32| {
            let at = first.and_hms_opt(9, 0, 0).unwrap_or_default() + chrono::Duration::days(after.into());
            format!("TZID=Europe/Berlin:{}", (at + chrono::Duration::hours(hours.into())).format("%Y%m%dT%H%M%S"))
        };
        let head = format!("BEGIN:VEVENT\r\nUID:s{nth}@x\r\nDTSTAMP:20251101T000000Z\r\nDURATION:PT1H\r\n");
        let _ = write!(text, "{head}SUMMARY:Series {nth}\r\nDTSTART;{}\r\nRRULE:{}\r\n", nine(0, 0), series.rule);
        for (name, days) in [("RDATE", &series.added), ("EXDATE", &series.excluded)] {
            for day in days {
                let _ = write!(text, "{name};{}\r\n", nine(*day, 0));
            }
        }
        text.push_str("END:VEVENT\r\n");
        for (day, hours, cancelled) in &series.changed {
            let status = if *cancelled { "CANCELLED" } else { "CONFIRMED" };
            let (was, is) = (nine(*day, 0), nine(*day, *hours));
            let _ = write!(
                text,
                "{head}SUMMARY:Changed {nth}\r\nRECURRENCE-ID;{was}\r\nDTSTART;{is}\r\nSTATUS:{status}\r\nEND:VEVENT\r\n"
            );
        }
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

async fn import(world: &World, text: &str) -> Result<Report> {
    let source = Source::spool("calendar.ics", text.as_bytes())?;
    let mut request = Request::default();
    request.mapping.columns.insert("account".to_owned(), Origin::Constant { constant: "acme".to_owned() });
    Ok(ops::import::run(world, &ENGAGEMENT, source, request, &mut |_| {}).await?)
}

async fn again(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    holds(
        backend,
        || prop::collection::vec(series(), 1..4),
        async |number, all| {
            let world = first.organization(&format!("case-{number}")).await?;
            world.account(&[("external_id", "acme"), ("name", "Acme")]).await?;
            let text = file(&all);
            let report = import(&world, &text).await?;
            ensure!(report.applied && report.ledger.rejected == 0, "{:?}\n{text}", report.problems);
            let there = content(&world).await?;
            let repeated = import(&world, &text).await?;
            ensure!(
                (repeated.ledger.created, repeated.ledger.updated, repeated.ledger.rejected) == (0, 0, 0)
                    && repeated.ledger.unchanged == report.ledger.created
                    && repeated.ledger.skipped == report.ledger.skipped,
                "first {:?}, again {:?}\n{text}",
                report.ledger,
                repeated.ledger
            );
            ensure!(content(&world).await? == there, "{text}");
            // A week later there may be more of them; those that are here are the same, but for those that are over by then.
            let later = import(&world.at("2026-03-08T07:00:00Z"), &text).await?;
            ensure!(
                later.ledger.rejected == 0 && later.ledger.skipped >= report.ledger.skipped,
                "{:?}",
                later.problems
            );
            let twice = import(&world.at("2026-03-08T07:00:00Z"), &text).await?;
            ensure!((twice.ledger.created, twice.ledger.updated) == (0, 0), "{:?}\n{text}", twice.ledger);
            Ok(())
        },
    )
}
