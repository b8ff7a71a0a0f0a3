//! What we write is read back, by us and by somebody else's parser; what others write is read.

use std::str::FromStr;

use icalendar::{CalendarDateTime, Component as _, DatePerhapsTime, EventLike as _};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::model::TimeZone;

mod reading;
mod series;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn berlin() -> TimeZone {
    TimeZone::parse("Europe/Berlin").unwrap()
}

fn events(file: &str) -> Vec<Event> {
    read(file.as_bytes(), berlin()).unwrap().events.into_iter().map(|placed| placed.event).collect()
}

/// The properties, in the only event of a calendar that begins in line 1.
fn calendar(properties: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n{properties}\nEND:VEVENT\nEND:VCALENDAR\n")
}

fn attendee(name: &str, email: &str, role: &str) -> Attendee {
    Attendee { name: name.to_owned(), email: email.to_owned(), role: role.to_owned() }
}

fn review() -> Event {
    Event {
        uid: "0198-7f@fastenr".to_owned(),
        sequence: 3,
        stamp: at("2026-02-01T10:00:00Z"),
        created: Some(at("2026-01-05T08:00:00Z")),
        start: at("2026-03-01T09:00:00Z"),
        end: Some(at("2026-03-01T10:00:00Z")),
        title: "Review; Q1, \"north\" \\ south 🎉\nand more: ".to_owned() + &"äöü".repeat(100),
        description: Some("Agenda:\n\n1, 2; 3".to_owned()),
        location: Some("Room 1, Berlin".to_owned()),
        cancelled: false,
        tentative: false,
        scheduled_at: Some(at("2026-03-01T09:00:00.25Z")),
        completed_at: Some(at("2026-03-01T10:00:00Z")),
        categories: vec!["meeting".to_owned(), "a,b;c".to_owned()],
        organizer: Some(Organizer { name: "Max \"M\" Muster".to_owned(), email: "max@example.com".to_owned() }),
        attendees: vec![
            attendee("Lee, Ann; Dr.: a", "ann+x@example.com", "decision maker"),
            attendee("", "nobody@example.com", ""),
            attendee("Dana, Fox", "", "champion"),
        ],
    }
}

#[test]
fn what_is_written() {
    let event = Event { title: "Review, Q1".to_owned(), ..review() };
    let expected = r#"BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//fastenr//fastenr//EN
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:Acme\, meetings
BEGIN:VEVENT
UID:0198-7f@fastenr
SEQUENCE:3
DTSTAMP:20260201T100000Z
LAST-MODIFIED:20260201T100000Z
CREATED:20260105T080000Z
DTSTART:20260301T090000Z
DTEND:20260301T100000Z
SUMMARY:Review\, Q1
DESCRIPTION:Agenda:\n\n1\, 2\; 3
LOCATION:Room 1\, Berlin
STATUS:CONFIRMED
X-FASTENR-SCHEDULED:2026-03-01T09:00:00.250Z
X-FASTENR-COMPLETED:2026-03-01T10:00:00Z
CATEGORIES:meeting,a\,b\;c
ORGANIZER;CN="Max ^'M^' Muster":mailto:max@example.com
ATTENDEE;CN="Lee, Ann; Dr.: a";ROLE=REQ-PARTICIPANT;X-FASTENR-ROLE="decisio
 n maker":mailto:ann+x@example.com
ATTENDEE;ROLE=REQ-PARTICIPANT:mailto:nobody@example.com
CONTACT;X-FASTENR-ROLE="champion":Dana\, Fox
END:VEVENT
END:VCALENDAR
"#;
    assert_eq!(write("Acme, meetings", [&event]).unwrap(), expected.replace('\n', "\r\n"));
    let bare = Event { uid: "1".to_owned(), ..Event::default() };
    assert!(!write("", [&bare]).unwrap().contains("CALNAME"));
}

#[test]
fn what_is_not_written() {
    let refused = |event: Event| write("x", [&event]).unwrap_err().message;
    assert!(refused(Event { uid: " ".to_owned(), ..review() }).ends_with("a UID is not empty"));
    assert!(refused(Event { start: at("+12026-01-01T00:00:00Z"), ..review() }).ends_with("from 1 to 9999"));
    assert!(refused(Event { end: Some(at("2026-02-01T00:00:00Z")), ..review() }).ends_with("before it starts"));
}

/// Compares with what another parser makes of `file`.
fn second_opinion(file: &str, events: &[Event]) {
    let theirs = icalendar::Calendar::from_str(file).unwrap();
    let theirs: Vec<_> = theirs.components.iter().map(|component| component.as_event().unwrap()).collect();
    assert_eq!(theirs.len(), events.len());
    for (theirs, event) in theirs.into_iter().zip(events) {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let utc = |at| Some(DatePerhapsTime::DateTime(CalendarDateTime::Utc(at)));
        assert_eq!(theirs.get_uid(), Some(&*event.uid));
        assert_eq!(theirs.get_sequence().map(i64::from), Some(event.sequence));
        assert_eq!(theirs.get_timestamp(), Some(event.stamp));
        assert_eq!(theirs.get_start(), utc(event.start));
        assert_eq!(theirs.get_end(), event.end.and_then(utc));
        assert_eq!(theirs.get_summary().map(str::to_owned), text(&event.title));
        assert_eq!(theirs.get_description().map(str::to_owned), event.description);
        assert_eq!(theirs.get_location().map(str::to_owned), event.location);
        assert_eq!(theirs.get_categories().unwrap_or_default(), event.categories);
        let status = match (event.cancelled, event.tentative) {
            (true, _) => icalendar::EventStatus::Cancelled,
            (false, true) => icalendar::EventStatus::Tentative,
            (false, false) => icalendar::EventStatus::Confirmed,
        };
        assert_eq!(theirs.get_status(), Some(status));
        let attendees = theirs.multi_properties().get("ATTENDEE").cloned().unwrap_or_default();
        let attendees: Vec<_> = attendees
            .iter()
            .map(|attendee| {
                let parameter = |name: &str| attendee.params().get(name).map(|parameter| parameter.value());
                // The other parser leaves RFC 6868 to its caller; an empty name has no parameter.
                (text::unquote(parameter("CN").unwrap_or_default()), attendee.value().to_owned())
            })
            .collect();
        let with_address = event.attendees.iter().filter(|attendee| !attendee.email.is_empty());
        let expected: Vec<_> =
            with_address.map(|attendee| (attendee.name.clone(), format!("mailto:{}", attendee.email))).collect();
        assert_eq!(attendees, expected);
    }
}

/// The form that RFC 5545 demands of every line.
fn well_formed(file: &str) {
    assert!(file.ends_with("\r\n"));
    for line in file.trim_end_matches("\r\n").split("\r\n") {
        assert!(line.len() <= 75, "{line}");
        assert!(!line.is_empty() && !line.contains(|c: char| c.is_ascii_control() && c != '\t'), "{line:?}");
    }
}

#[test]
fn hostile_text_means_the_same_to_others() {
    let event = review();
    let file = write("Acme", [&event]).unwrap();
    well_formed(&file);
    second_opinion(&file, std::slice::from_ref(&event));
    assert_eq!(events(&file), [event]);
}

fn text() -> impl Strategy<Value = String> {
    let hostile = prop::sample::select(vec![',', ';', '\\', '"', '\n', '^', ':', 'n', 'N', '\'', ' ', '\t', '🎉', 'ü']);
    // Control characters are not written.
    let any = any::<char>().prop_map(|c| if c.is_control() { 'c' } else { c });
    vec(prop_oneof![hostile, any, prop::char::range('a', 'z')], 0..120).prop_map(String::from_iter)
}

fn filled() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("x{}x", text))
}

fn email() -> impl Strategy<Value = String> {
    "[a-z.+_-]{1,60}@[a-z]{1,20}\\.com"
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (-62_135_596_800..=253_402_300_799_i64).prop_map(|second| DateTime::from_timestamp(second, 0).unwrap())
}

fn any_event() -> impl Strategy<Value = Event> {
    let attendee = (filled(), prop_oneof![email(), Just(String::new())], text())
        .prop_map(|(name, email, role)| Attendee { name, email, role });
    let organizer = (text(), email()).prop_map(|(name, email)| Organizer { name, email });
    let times = (instant(), option::of(instant()), instant(), option::of(instant()));
    let texts = (filled(), text(), option::of(filled()), option::of(filled()));
    let rest = (vec(filled(), 0..4), option::of(organizer), vec(attendee, 0..4));
    let plain = (0..=i64::from(i32::MAX), 0..3_u8, option::of(instant()), option::of(instant()));
    (times, texts, rest, plain).prop_map(|(times, texts, rest, (sequence, status, scheduled_at, completed_at))| {
        let (stamp, created, start, end) = times;
        let (uid, title, description, location) = texts;
        let (categories, organizer, attendees) = rest;
        let end = end.map(|end| end.max(start));
        Event {
            uid,
            sequence,
            stamp,
            created,
            start,
            end,
            title,
            description,
            location,
            cancelled: status == 1,
            tentative: status == 2,
            scheduled_at,
            completed_at,
            categories,
            organizer,
            attendees,
        }
    })
}

/// Lines and bits of lines, so that random files get past the first one.
fn bits() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "BEGIN:VCALENDAR\n",
        "END:VCALENDAR\n",
        "BEGIN:VEVENT\n",
        "END:VEVENT\n",
        "BEGIN:VTODO\r\n",
        "END:VTODO\n",
        "UID:1\n",
        "DTSTART:20260301T090000\n",
        "DTSTART;VALUE=DATE:20260301\n",
        "DTSTART;TZID=",
        "Europe/Berlin:",
        "00010101T000000",
        "99991231T235959",
        "DTEND:",
        "DURATION:P",
        "9999999999",
        "D",
        "T",
        "H",
        "\n",
        " ",
        "\r\n ",
        "RRULE:FREQ=DAILY\n",
        "RECURRENCE-ID:",
        "EXDATE:",
        "ATTENDEE;CN=\"",
        "\"",
        ":mailto:",
        "%",
        "%C3",
        "^",
        "\\",
        "CATEGORIES:a,",
        "SEQUENCE:",
        "-",
        "ü",
        "\u{FEFF}",
        "CONTACT;X-FASTENR-ROLE=:",
        ";",
        ":",
        "=",
    ]);
    vec(prop_oneof![8 => known.prop_map(|bit| bit.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..4)], 0..60)
        .prop_map(|bits| bits.concat())
}

proptest! {
    #[test]
    fn what_we_write_we_read(name in filled(), written in vec(any_event(), 0..4)) {
        let file = write(&name, &written).unwrap();
        well_formed(&file);
        let read = read(file.as_bytes(), berlin()).unwrap();
        prop_assert_eq!(read.name, Some(name));
        prop_assert_eq!(read.warnings, []);
        let events: Vec<_> = read.events.into_iter().map(|placed| placed.event).collect();
        prop_assert_eq!(&events, &written);
        second_opinion(&file, &written);
    }

    #[test]
    fn no_text_breaks_a_file(title in any::<String>(), name in any::<String>(), email in any::<String>()) {
        let event = Event { title, attendees: vec![Attendee { name: name.clone(), email, role: name }], ..review() };
        let file = write("x", [&event]).unwrap();
        well_formed(&file);
        prop_assert_eq!(events(&file).len(), 1);
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..200), bits in bits()) {
        let _ = read(&bytes, berlin());
        let _ = read(&bits, berlin());
        let within = calendar(&String::from_utf8_lossy(&bits));
        if let Ok(calendar) = read(within.as_bytes(), berlin()) {
            let events: Vec<_> = calendar.events.into_iter().map(|placed| placed.event).collect();
            // What was read can be written, and is then the same.
            let file = write("x", &events).unwrap();
            prop_assert_eq!(self::events(&file), events);
        }
    }
}
