//! Words and what they mean, as a table; laws on anything that may be typed.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use proptest::prelude::*;

use super::{ResolvedWhen, Sense, Today, When};
use crate::model::TimeZone;

/// A Wednesday, seven in the evening in Berlin.
const NOW: &str = "2026-12-02T18:00:00Z";

fn today(zone: &str, now: &str) -> Today {
    Today::new(now.parse().unwrap(), TimeZone::parse(zone).unwrap())
}

fn placed(text: &str, sense: Sense, zone: &str, now: &str) -> String {
    match When::parse(text).and_then(|when| when.place(&today(zone, now), sense)) {
        Ok(ResolvedWhen::Day(day)) => day.to_string(),
        Ok(ResolvedWhen::Moment(at, remark)) => {
            format!("{}{}", at.format("%FT%TZ"), remark.map(|remark| format!(" {remark}")).unwrap_or_default())
        }
        Err(invalid) => format!("{}: {}", invalid.code, invalid.rule),
    }
}

#[test]
fn days() {
    for (text, expected) in [
        ("2026-12-10", "2026-12-10"),
        ("today", "2026-12-02"),
        (" Tomorrow ", "2026-12-03"),
        ("YESTERDAY", "2026-12-01"),
        ("day after tomorrow", "2026-12-04"),
        ("the day before yesterday", "2026-11-30"),
        ("monday", "2026-12-07"),
        ("on Friday", "2026-12-04"),
        ("fri", "2026-12-04"),
        ("tues", "2026-12-08"),
        // Never today.
        ("wednesday", "2026-12-09"),
        ("next friday", "2026-12-04"),
        ("next wednesday", "2026-12-09"),
        ("last friday", "2026-11-27"),
        ("last wednesday", "2026-11-25"),
        ("this monday", "2026-11-30"),
        ("this sunday", "2026-12-06"),
        ("+3d", "2026-12-05"),
        ("+ 3 days", "2026-12-05"),
        ("-2w", "2026-11-18"),
        ("+1m", "2027-01-02"),
        ("+1y6m", "2028-06-02"),
        ("in 3 days", "2026-12-05"),
        ("in a week", "2026-12-09"),
        ("3 days ago", "2026-11-29"),
        ("a year ago", "2025-12-02"),
        ("2 weeks and 1 day from now", "2026-12-17"),
        ("next week", "2026-12-09"),
        ("last month", "2026-11-02"),
        ("next quarter", "2027-03-02"),
        ("end of month", "2026-12-31"),
        ("end of the month", "2026-12-31"),
        ("end-of-month", "2026-12-31"),
        ("eom", "2026-12-31"),
        ("end of next month", "2027-01-31"),
        ("start of month", "2026-12-01"),
        ("first day of next month", "2027-01-01"),
        ("end of week", "2026-12-06"),
        ("start of next week", "2026-12-07"),
        ("end of last quarter", "2026-09-30"),
        ("eoq", "2026-12-31"),
        ("end of year", "2026-12-31"),
        ("start of next year", "2027-01-01"),
        ("end of february", "2027-02-28"),
        ("december 10", "2026-12-10"),
        ("10 dec", "2026-12-10"),
        ("10th Dec 2027", "2027-12-10"),
        ("Dec 10, 2025", "2025-12-10"),
        ("dec 1", "2027-12-01"),
        ("feb 29", "2028-02-29"),
    ] {
        assert_eq!(placed(text, Sense::Value, "Europe/Berlin", NOW), expected, "{text}");
    }
}

#[test]
fn what_was_and_what_is_to_be() {
    let of = |sense| {
        ["friday", "wednesday", "3d", "3m", "dec 1", "end of march"].map(|text| placed(text, sense, "UTC", NOW))
    };
    let back = ["2026-11-27", "2026-11-25", "2026-11-29", "2026-09-02", "2026-12-01", "2026-03-31"];
    assert_eq!(of(Sense::Back), back.map(str::to_owned));
    let ahead = ["2026-12-04", "2026-12-09", "2026-12-05", "2027-03-02", "2027-12-01", "2027-03-31"];
    assert_eq!(of(Sense::Ahead), ahead.map(str::to_owned));
    assert_eq!(of(Sense::End)[..3], ["2026-12-04", "2026-12-09", "2026-11-29"].map(str::to_owned));
    assert!(of(Sense::Value)[2].contains("+3d or -3d"), "{:?}", of(Sense::Value));
}

#[test]
fn moments() {
    for (text, expected) in [
        ("now", "2026-12-02T18:00:00Z"),
        ("2026-12-10 14:00", "2026-12-10T13:00:00Z"),
        ("2026-12-10T14:00", "2026-12-10T13:00:00Z"),
        ("2026-12-10 at 14:00:30", "2026-12-10T13:00:30Z"),
        ("2026-12-10 2pm", "2026-12-10T13:00:00Z"),
        ("2026-12-10T14:00:00Z", "2026-12-10T14:00:00Z"),
        ("2026-12-10 14:00Z", "2026-12-10T14:00:00Z"),
        ("2026-12-10 14:00 +05:30", "2026-12-10T08:30:00Z"),
        ("tomorrow 14:00", "2026-12-03T13:00:00Z"),
        ("tomorrow at 2:30 PM", "2026-12-03T13:30:00Z"),
        ("friday 9:30", "2026-12-04T08:30:00Z"),
        ("9:30 friday", "2026-12-04T08:30:00Z"),
        ("14:00", "2026-12-02T13:00:00Z"),
        ("noon", "2026-12-02T11:00:00Z"),
        ("12am", "2026-12-01T23:00:00Z"),
        ("monday midnight", "2026-12-06T23:00:00Z"),
        ("in 3 days at 14:00", "2026-12-05T13:00:00Z"),
        ("+3d 14:00", "2026-12-05T13:00:00Z"),
        ("+2h", "2026-12-02T20:00:00Z"),
        ("in 30 minutes", "2026-12-02T18:30:00Z"),
        ("an hour ago", "2026-12-02T17:00:00Z"),
        ("1 day 2 hours ago", "2026-12-01T16:00:00Z"),
        ("end of month 17:00", "2026-12-31T16:00:00Z"),
    ] {
        assert_eq!(placed(text, Sense::Value, "Europe/Berlin", NOW), expected, "{text}");
    }
}

#[test]
fn the_day_is_that_of_the_place() {
    let late = "2026-12-02T23:30:00Z";
    assert_eq!(placed("today", Sense::Back, "UTC", late), "2026-12-02");
    assert_eq!(placed("today", Sense::Back, "Europe/Berlin", late), "2026-12-03");
    assert_eq!(placed("tomorrow 00:15", Sense::Value, "America/New_York", late), "2026-12-03T05:15:00Z");
}

#[test]
fn clocks_that_are_put_forward_or_back_are_told() {
    for (text, expected) in [
        (
            "2026-03-29 02:30",
            "2026-03-29T01:30:00Z 2026-03-29 02:30 does not exist in Europe/Berlin, because the clocks change: 03:30 is used",
        ),
        (
            "2026-10-25 02:30",
            "2026-10-25T00:30:00Z 2026-10-25 02:30 occurs twice in Europe/Berlin, because the clocks change: the first one is used",
        ),
        ("2026-10-25 02:30+01:00", "2026-10-25T01:30:00Z"),
    ] {
        assert_eq!(placed(text, Sense::Value, "Europe/Berlin", NOW), expected, "{text}");
    }
    // An hour later is an hour later, whatever the clocks show.
    let now = "2026-10-25T00:30:00Z";
    assert_eq!(placed("+1h", Sense::Value, "Europe/Berlin", now), "2026-10-25T01:30:00Z");
    assert_eq!(placed("+1d", Sense::Value, "Europe/Berlin", now), "2026-10-26");
}

#[test]
fn what_is_none() {
    for (text, expected) in [
        ("mondy", "did you mean monday?"),
        ("next tusday", "did you mean tuesday?"),
        ("tomorow 14:00", "did you mean tomorrow?"),
        ("10.12.2026", "written YYYY-MM-DD"),
        ("12/10/2026", "written YYYY-MM-DD"),
        ("2026-3-1", "written YYYY-MM-DD"),
        ("2026-02-30", "there is no such day"),
        ("friday 25:00", "\"25:00\" is no time of the day"),
        ("2026-12-10 24:00", "\"24:00\" is no time of the day"),
        ("feb 30", "not a date"),
        ("", "not a date"),
        ("soon", "not a date"),
        ("0999-12-31", "there is no such day"),
        ("+", "not a date"),
        ("+3", "not a date"),
        ("+3x", "not a date"),
        ("1 2d", "not a date"),
        ("now 14:00", "counts from now"),
        ("+99999999999d", "not a date"),
        ("13pm", "not a date"),
    ] {
        let found = placed(text, Sense::Value, "UTC", NOW);
        assert!(found.starts_with("date: ") && found.contains(expected), "{text}: {found}");
    }
    assert!(placed("+99y", Sense::Value, "UTC", "9950-01-01T00:00:00Z").contains("four digits"));
    let day = |text: &str| When::parse(text).unwrap().day(&today("UTC", NOW), Sense::Value);
    assert!(day("tomorrow 14:00").unwrap_err().rule.contains("write 2026-12-03"));
    assert_eq!(day("now").unwrap().to_string(), "2026-12-02");
}

/// Each example of an error can be typed as it stands.
#[test]
fn examples_work() {
    for sense in [Sense::Back, Sense::Ahead, Sense::End, Sense::Value] {
        for example in sense.examples().replace(" or ", ", ").split(", ") {
            let example = example.trim_matches('\'');
            let read = example.starts_with("a date") || !placed(example, sense, "UTC", NOW).starts_with("date:");
            assert!(read, "{example}");
        }
    }
}

fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "next",
            "last",
            "this",
            "monday",
            "fri",
            "end",
            "of",
            "month",
            "week",
            "in",
            "ago",
            "from",
            "now",
            "today",
            "+",
            "-",
            "3d",
            "2",
            "weeks",
            "a",
            "and",
            "14:00",
            "2pm",
            "pm",
            "noon",
            "dec",
            "10",
            "2026",
            "2026-12-10",
            "T",
            "Z",
            "+02:00",
            "99999999999",
            "h",
            "m",
            "y",
            "100y",
            "february",
            "29",
            "day",
            "before",
            "é",
            "\u{202e}",
        ])
        .prop_map(str::to_owned),
        ".{0,8}",
    ];
    prop::collection::vec(word, 0..7).prop_map(|words| words.join(" "))
}

fn zone() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(vec!["UTC", "Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu"])
        .prop_map(|name| TimeZone::parse(name).unwrap())
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (-3_000_i64..3_000).prop_map(|days| NaiveDate::from_ymd_opt(2015, 1, 1).unwrap() + TimeDelta::days(days))
}

fn sense() -> impl Strategy<Value = Sense> {
    prop::sample::select(vec![Sense::Back, Sense::Ahead, Sense::End, Sense::Value])
}

proptest! {
    /// Nothing that is typed, and no day it is typed on, makes it panic.
    #[test]
    fn never_panics(text in words(), zone in zone(), seconds in -62_000_000_000_i64..253_000_000_000, sense in sense()) {
        let now = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        if let Ok(when) = When::parse(&text) {
            let today = Today::new(now, zone);
            let _ = (when.place(&today, sense), when.day(&today, sense), when.span());
        }
    }

    /// What a program writes is read as it was meant, in any sense and zone.
    #[test]
    fn iso_is_itself(day in day(), seconds in 0_u32..86_400, zone in zone(), sense in sense()) {
        let today = Today::new(chrono::DateTime::from_timestamp(1_780_000_000, 0).unwrap(), zone);
        let read = |text: &str| When::parse(text).and_then(|when| when.place(&today, sense));
        prop_assert_eq!(read(&day.to_string()), Ok(ResolvedWhen::Day(day)));
        let local = day.and_time(NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap());
        let utc = local.and_utc();
        prop_assert_eq!(read(&utc.to_rfc3339()), Ok(ResolvedWhen::Moment(utc, None)));
        // What the clocks of the place show is found again, unless they leave it out.
        match read(&local.format("%Y-%m-%d %H:%M:%S").to_string()) {
            Ok(ResolvedWhen::Moment(at, None)) => prop_assert_eq!(zone.local(at), local),
            Ok(ResolvedWhen::Moment(at, Some(remark))) => {
                prop_assert!(zone.local(at) == local || remark.contains("does not exist"), "{}", remark);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    /// A weekday is one to seven days away, on the side that was asked for.
    #[test]
    fn weekdays(day in day(), name in prop::sample::select(vec!["monday", "tue", "sunday", "saturday"])) {
        let now = day.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap()).and_utc();
        let today = Today::new(now, TimeZone::UTC);
        let of = |text: String, sense| When::parse(&text).unwrap().day(&today, sense).unwrap();
        let (next, last) = (of(name.to_owned(), Sense::Ahead), of(name.to_owned(), Sense::Back));
        prop_assert!((1..=7).contains(&(next - day).num_days()));
        prop_assert!((1..=7).contains(&(day - last).num_days()));
        prop_assert!((next - last).num_days() % 7 == 0);
        prop_assert_eq!(of(format!("next {name}"), Sense::Back), next);
        prop_assert_eq!(of(format!("last {name}"), Sense::Value), last);
    }
}
