use proptest::prelude::*;

use super::*;

fn reading(format: DateFormat) -> DateReading {
    DateProfile::default().settle(Some(format)).unwrap()
}

#[test]
fn days_of_events() {
    let (berlin, home) = (TimeZone::parse("Europe/Berlin").unwrap(), TimeZone::parse("America/New_York").unwrap());
    let auto = reading(DateFormat::Auto);
    for (text, day, zoneless) in [
        ("2024-01-31", "2024-01-31", false),
        ("31.01.2024", "2024-01-31", false),
        ("2024-01-31T04:59:00Z", "2024-01-30", false),
        ("2024-01-31T05:00:00Z", "2024-01-31", false),
        ("2024-01-31 05:59", "2024-01-30", true),
        ("2024-01-31 06:00", "2024-01-31", true),
    ] {
        let read = auto.parse_day(text, berlin, home).map(|(day, zoneless)| (day.to_string(), zoneless));
        assert_eq!(read, Ok((day.to_owned(), zoneless)), "{text}");
    }
    let mut midnights = DateProfile::default();
    midnights.see("1769817600", 1);
    let day = midnights.settle(None).unwrap().parse_day("1769817600", berlin, home).unwrap().0;
    assert_eq!(day.to_string(), "2026-01-31", "midnights of UTC are days");
    midnights.see("1769821200", 2);
    let day = midnights.settle(None).unwrap().parse_day("1769821200", berlin, home).unwrap().0;
    assert_eq!(day.to_string(), "2026-01-30");
    assert_eq!(auto.parse_day("soon", berlin, home).unwrap_err().code, "date_format");
}

#[test]
fn dates() {
    let auto = reading(DateFormat::Auto);
    for text in [
        "2024-01-31",
        " 2024-01-31 ",
        "\u{a0}2024-01-31",
        "2024/01/31",
        "2024.01.31",
        "2024-1-31",
        "20240131",
        "31.01.2024",
        "31.1.2024",
        "31. 1. 2024",
        "31-Jan-2024",
        "31 January 2024",
        "31/JAN/2024",
        "Jan 31, 2024",
        "January 31 2024",
        "Jan. 31, 2024",
        "2024-Jan-31",
        "2024-01-31 20:35:26",
        "2024-01-31T03:23:15.000Z",
        "2024-01-31T23:59:59-08:00",
        "20240131 10:00",
        "31 Jan 2024 3:15 PM",
        "31-Jan-24",
        "Jan 31, 24",
        "31 Janvier 2024",
        "31 janv. 2024",
        "31. Januar 2024",
        "31 de enero de 2024",
        "31 января 2024 г.",
        "2024. január 31.",
        "2024. 1. 31.",
        "2024年1月31日",
        "令和6年1月31日",
        "２０２４-01-31",
        "٢٠٢٤/٠١/٣١",
        "\u{200E}31.01.2024\u{200E}",
        "Wed, 31 Jan 2024 10:00:00 +0000",
        "Wednesday, January 31st, 2024",
        "January 31, 2024, 10:00\u{202F}AM",
    ] {
        assert_eq!(auto.parse_date(text, TimeZone::UTC).map(|d| d.to_string()).as_deref(), Ok("2024-01-31"), "{text}");
    }
    for (text, code) in [
        ("", "date_format"),
        ("soon", "date_format"),
        ("31/01", "date_format"),
        ("31/01-2024", "date_format"),
        ("2024-01", "date_format"),
        ("2024-01-31x", "date_format"),
        ("2024-01-31T", "date_format"),
        ("2024-013-1", "date_format"),
        ("0999-01-01", "date_format"),
        ("01022024", "date_format"),
        ("1704067200000", "date_format"),
        ("۱۴۰۴/۱۱/۱۱", "date_calendar"),
        ("5 listopada 2024", "date_language"),
        ("31/01/24", "date_year"),
        ("31.01.24", "date_year"),
        ("24-01-31", "date_year"),
        ("45292", "date_serial"),
        ("45292.5", "date_serial"),
        ("2023-02-29", "date_calendar"),
        ("2024-00-10", "date_calendar"),
        ("2024-13-01", "date_calendar"),
        ("00.01.2024", "date_calendar"),
        ("2024-01-31 24:00", "date_time"),
        ("2024-01-31 10:60", "date_time"),
        ("2024-01-31 13:00 PM", "date_time"),
        ("2024-01-31 10:00 CEST", "date_format"),
    ] {
        assert_eq!(auto.parse_date(text, TimeZone::UTC).map_err(|e| e.code), Err(code), "{text}");
    }
}

#[test]
fn explicit_formats() {
    for (format, text, date) in [
        (DateFormat::Dmy, "01/02/2024", Ok("2024-02-01")),
        (DateFormat::Mdy, "01/02/2024", Ok("2024-01-02")),
        (DateFormat::Mdy, "01.02.2024", Ok("2024-01-02")),
        (DateFormat::Dmy, "02/13/2024", Err("date_order")),
        (DateFormat::Mdy, "13/02/2024", Err("date_order")),
        (DateFormat::Mdy, "13/13/2024", Err("date_calendar")),
        (DateFormat::Dmy, "2024-02-01", Ok("2024-02-01")),
        (DateFormat::Dmy, "1-Feb-2024", Ok("2024-02-01")),
        (DateFormat::Ymd, "2024/2/1", Ok("2024-02-01")),
        (DateFormat::Ymd, "01/02/2024", Err("date_format")),
        (DateFormat::Ymd, "1-Feb-2024", Err("date_format")),
        (DateFormat::Iso, "2024-02-01", Ok("2024-02-01")),
        (DateFormat::Iso, "2024/02/01", Err("date_format")),
        (DateFormat::Iso, "20240201", Err("date_format")),
        (DateFormat::Iso, "2024-2-1", Err("date_format")),
        (DateFormat::Dmy, "31/12/25", Ok("2025-12-31")),
        (DateFormat::Dmy, "01.02.68", Ok("2068-02-01")),
        (DateFormat::Mdy, "12-31-69", Ok("1969-12-31")),
        (DateFormat::Ymd, "25-12-31", Ok("2025-12-31")),
        (DateFormat::Ymd, "24-Jan-31", Ok("2024-01-31")),
        (DateFormat::Ymd, "25 févr. 15", Ok("2025-02-15")),
        (DateFormat::Dmy, "24-Jan-31", Ok("2031-01-24")),
        (DateFormat::Dmy, "12/31/25", Err("date_order")),
        (DateFormat::Mdy, "31/12/25", Err("date_order")),
        (DateFormat::Excel, "45658", Ok("2025-01-01")),
        (DateFormat::Excel, "45658.75", Ok("2025-01-01")),
        (DateFormat::Excel, "2025-01-01", Ok("2025-01-01")),
        (DateFormat::Excel, "20250101", Ok("2025-01-01")),
        (DateFormat::Excel, "60", Err("date_calendar")),
        (DateFormat::Excel1904, "44196", Ok("2025-01-01")),
        (DateFormat::Epoch, "1735689600", Ok("2025-01-01")),
        (DateFormat::EpochMillis, "1735689600000", Ok("2025-01-01")),
        (DateFormat::EpochMillis, "-1", Ok("1969-12-31")),
        (DateFormat::EpochMillis, "99999999999999999999", Err("date_format")),
        (DateFormat::EpochMillis, "9999999999999999", Err("date_calendar")),
    ] {
        let read = reading(format).parse_date(text, TimeZone::UTC).map(|d| d.to_string()).map_err(|e| e.code);
        assert_eq!(read.as_deref().map_err(|c| *c), date, "{text} as {format}");
    }
    for format in DateFormat::ALL {
        assert_eq!(format.to_string().to_uppercase().parse(), Ok(format));
    }
    assert_eq!("european".parse::<DateFormat>().unwrap_err().code, "date_format_option");
}

#[test]
fn numbers_as_days() {
    let berlin = TimeZone::parse("Europe/Berlin").unwrap();
    let settled = |cells: &[&str]| {
        let mut profile = DateProfile::default();
        cells.iter().zip(1..).for_each(|(cell, row)| profile.see(cell, row));
        profile.settle(None).unwrap()
    };
    // All of them midnights of UTC: days as they stand there. Else days of the zone.
    let days = settled(&["1769817600000", "1772323200000"]);
    assert_eq!(days.parse_date("1769817600000", berlin).unwrap().to_string(), "2026-01-31");
    let times = settled(&["1769814000000", "1772323200000"]);
    assert_eq!(times.parse_date("1769814000000", berlin).unwrap().to_string(), "2026-01-31");
    assert_eq!(times.parse_date("1769814000000", TimeZone::UTC).unwrap().to_string(), "2026-01-30");
    let at = |text| times.parse_timestamp(text, berlin).unwrap().0.to_string();
    assert_eq!(at("1769814000123"), "2026-01-30 23:00:00.123 UTC");
    let serial = reading(DateFormat::Excel).parse_timestamp("46053.5", berlin).unwrap();
    assert_eq!((serial.0.to_string().as_str(), serial.1), ("2026-01-31 11:00:00 UTC", true));
}

#[test]
fn timestamps() {
    for (text, instant) in [
        ("2019-07-05 20:35:26", "2019-07-05T20:35:26Z"),
        ("2020-12-30 3:15:52", "2020-12-30T03:15:52Z"),
        ("2006-04-15T03:23:15.000Z", "2006-04-15T03:23:15Z"),
        ("2023-06-08 23:22:38.270000", "2023-06-08T23:22:38.270Z"),
        ("2024-01-31T23:59:59.123456789Z", "2024-01-31T23:59:59.123456Z"),
        ("2024-01-31T10:00:00,5Z", "2024-01-31T10:00:00.500Z"),
        ("2024-01-31t10:00:00z", "2024-01-31T10:00:00Z"),
        ("2024-01-31 10:00:00 UTC", "2024-01-31T10:00:00Z"),
        ("2024-01-31T10:00:00+02:00", "2024-01-31T08:00:00Z"),
        ("2024-01-31T10:00:00-0830", "2024-01-31T18:30:00Z"),
        ("2024-01-31 10:00 +02", "2024-01-31T08:00:00Z"),
        ("2024-01-31", "2024-01-31T00:00:00Z"),
        ("31.01.2024, 10:00", "2024-01-31T10:00:00Z"),
        ("2024-01-31 10:00 GMT", "2024-01-31T10:00:00Z"),
        ("Jan 31, 2024 12:05 AM", "2024-01-31T00:05:00Z"),
        ("Jan 31, 2024 12:05pm", "2024-01-31T12:05:00Z"),
    ] {
        let read = reading(DateFormat::Auto).parse_timestamp(text, TimeZone::UTC).map_err(|e| e.code);
        assert_eq!(read.map(|(at, _)| at), Ok(instant.parse().unwrap()), "{text}");
    }
    for (text, code) in [
        ("2024-01-31T10", "date_format"),
        ("2024-01-31T10:00:00.Z", "date_format"),
        ("2024-01-31T10:00:00.1234567891Z", "date_format"),
        ("2024-01-31T10:00:60Z", "date_time"),
        ("2024-01-31T10:00:00+25:00", "date_time"),
        ("9999-12-31T23:59:59-01:00", "date_time"),
    ] {
        let read = reading(DateFormat::Auto).parse_timestamp(text, TimeZone::UTC);
        assert_eq!(read.map_err(|e| e.code), Err(code), "{text}");
    }
}

#[test]
fn times_without_a_zone() {
    let berlin = TimeZone::parse("Europe/Berlin").unwrap();
    for (text, instant, has_no_zone) in [
        ("2025-01-31 23:30", "2025-01-31T22:30:00Z", true),
        ("31.01.2025 08:00", "2025-01-31T07:00:00Z", true),
        ("2025-07-31T23:30:00", "2025-07-31T21:30:00Z", true),
        ("2025-01-31", "2025-01-30T23:00:00Z", false),
        ("2025-01-31T23:30:00Z", "2025-01-31T23:30:00Z", false),
        ("2025-01-31 23:30 GMT", "2025-01-31T23:30:00Z", false),
        ("2025-01-31 23:30 -08:00", "2025-02-01T07:30:00Z", false),
        // Twice and never, as of the clocks.
        ("2025-10-26 02:30", "2025-10-26T00:30:00Z", true),
        ("2025-03-30 02:30", "2025-03-30T01:30:00Z", true),
    ] {
        let read = reading(DateFormat::Auto).parse_timestamp(text, berlin);
        assert_eq!(read, Ok((instant.parse().unwrap(), has_no_zone)), "{text}");
    }
    // Before the first year there is.
    assert_eq!(reading(DateFormat::Iso).parse_timestamp("1000-01-01", berlin).unwrap_err().code, "date_time");
}

#[test]
fn months() {
    let auto = reading(DateFormat::Auto);
    for text in [
        "2026-11",
        "2026/11",
        "2026.11",
        "202611",
        "11/2026",
        "11.2026",
        "11-2026",
        "Nov 2026",
        "november 2026",
        "2026 Nov",
        "Nov-2026",
        "2026-Nov",
        "Nov. 2026",
        "Nov, 2026",
        " 2026-11 ",
        "nov. 2026",
        "ноябрь 2026",
        "2026年11月",
        "noviembre de 2026",
        "２０２６-11",
    ] {
        assert_eq!(
            auto.parse_period(text, TimeZone::UTC),
            Ok((NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(), true)),
            "{text}"
        );
    }
    for (text, day) in [("2026-11-15", "2026-11-15"), ("20261115", "2026-11-15"), ("15-Nov-2026", "2026-11-15")] {
        assert_eq!(auto.parse_period(text, TimeZone::UTC), Ok((day.parse().unwrap(), false)), "{text}");
    }
    for text in ["2026-13", "2026-00", "13/2026"] {
        assert_eq!(auto.parse_period(text, TimeZone::UTC).unwrap_err().code, "date_calendar", "{text}");
    }
    for text in ["Nov 26", "11/26", "2026", "2026-11-", "112026", "Nov", "2026-11 10:00"] {
        assert!(auto.parse_period(text, TimeZone::UTC).is_err(), "{text}");
    }
}

/// Years that are likely of another calendar are no dates, however they are written and whatever is said of their order.
#[test]
fn other_calendars() {
    for (format, text) in [
        (DateFormat::Auto, "2567-01-31"),
        (DateFormat::Auto, "31.01.2567"),
        (DateFormat::Dmy, "31/01/2567"),
        (DateFormat::Auto, "31 Jan 2569 10:30"),
        (DateFormat::Auto, "1403-05-12"),
        (DateFormat::Ymd, "1403/05/12"),
        (DateFormat::Mdy, "05/12/1447"),
        (DateFormat::Auto, "5786-05-12T10:00:00Z"),
        (DateFormat::Iso, "2567-01-31"),
    ] {
        let rule = reading(format).parse_date(text, TimeZone::UTC).unwrap_err();
        assert_eq!(rule.code, "date_calendar", "{text}");
        assert!(rule.rule.ends_with("convert the dates to the Gregorian calendar"), "{}", rule.rule);
        assert_eq!(reading(format).parse_timestamp(text, TimeZone::UTC).unwrap_err().code, "date_calendar", "{text}");
        assert!(reading(format).of_any_year().parse_date(text, TimeZone::UTC).is_ok(), "{text}");
    }
    for text in ["2567-01", "1403/05", "11/2567"] {
        assert_eq!(
            reading(DateFormat::Auto).parse_period(text, TimeZone::UTC).unwrap_err().code,
            "date_calendar",
            "{text}"
        );
    }
    // What programs write where there is no end, or no beginning.
    for text in ["9999-12-31", "2999-12-31", "1900-01-01", "1753-01-01", "2206-01-31"] {
        assert!(reading(DateFormat::Auto).parse_date(text, TimeZone::UTC).is_ok(), "{text}");
    }
}

#[test]
fn forms_of_more_languages() {
    for text in [
        "1 de março de 2026",
        "1. března 2026",
        "1. marca 2026",
        "1. ožujka 2026.",
        "1. марта 2026 г.",
        "1 במרץ 2026",
        "2026. március 1.",
        "1 março 2026 10:00 p.m.",
        "3/1/2026 11:30 a. m.",
    ] {
        let read = reading(DateFormat::Mdy).parse_date(text, TimeZone::UTC).map(|day| day.to_string());
        assert_eq!(read.as_deref(), Ok("2026-03-01"), "{text}");
    }
    let serial = reading(DateFormat::Excel);
    assert_eq!(serial.parse_date("45658,5", TimeZone::UTC).unwrap().to_string(), "2025-01-01");
    assert!(serial.parse_date("45,658.5", TimeZone::UTC).is_err());
}

/// Any year but those that are likely of another calendar.
fn any_date() -> impl Strategy<Value = NaiveDate> {
    (1000..=9999, 1_u32..=366).prop_filter_map("a day of that year", |(year, day)| {
        NaiveDate::from_yo_opt(year, day).filter(|_| Calendar::of(year).is_none())
    })
}

proptest! {
    #[test]
    fn what_is_formatted_is_read(date in any_date()) {
        for (format, style) in [
            (DateFormat::Auto, "%Y-%m-%d"), (DateFormat::Auto, "%Y/%m/%d"), (DateFormat::Auto, "%d.%m.%Y"),
            (DateFormat::Auto, "%d-%b-%Y"), (DateFormat::Auto, "%B %-d, %Y"), (DateFormat::Iso, "%Y-%m-%d"),
            (DateFormat::Ymd, "%Y-%-m-%-d"), (DateFormat::Dmy, "%d/%m/%Y"), (DateFormat::Dmy, "%-d-%-m-%Y"),
            (DateFormat::Mdy, "%m/%d/%Y"), (DateFormat::Mdy, "%-m.%-d.%Y"),
        ] {
            let text = date.format(style).to_string();
            prop_assert_eq!(reading(format).parse_date(&text, TimeZone::UTC), Ok(date), "{}", text);
        }
        let mut profile = DateProfile::default();
        profile.see(&date.format("%m/%d/%Y").to_string(), 2);
        if date.day() > 12 {
            prop_assert_eq!(profile.settle(None).map(DateReading::format), Ok(DateFormat::Mdy));
        } else {
            prop_assert_eq!(profile.settle(None).is_err(), date.day() != date.month());
        }
    }

    #[test]
    fn rfc_3339_is_read(seconds in -30_000_000_000_i64..250_000_000_000, micros in 0_u32..1_000_000) {
        let instant = DateTime::from_timestamp(seconds, micros * 1_000).unwrap();
        prop_assert_eq!(DateReading::ISO.parse_timestamp(&instant.to_rfc3339(), TimeZone::UTC), Ok((instant, false)));
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,24}", close in "[0-9./: TJanZ+-]{0,28}") {
        let mut profile = DateProfile::default();
        for text in [&text, &close] {
            profile.see(text, 1);
            let _ = reading(DateFormat::Dmy).parse_timestamp(text, TimeZone::UTC);
            let _ = reading(DateFormat::Dmy).parse_period(text, TimeZone::UTC);
        }
    }
}
