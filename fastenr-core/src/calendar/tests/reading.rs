//! What others write, and what they get wrong.

use super::*;
use crate::Error;

fn event(properties: &str) -> Event {
    events(&calendar(&format!("UID:1\nDTSTART:20260301T090000Z\n{properties}"))).remove(0)
}

fn error(file: &str) -> Error {
    read(file.as_bytes(), berlin()).unwrap_err()
}

#[test]
fn people() {
    let event = event(concat!(
        "ORGANIZER;CN=\"Muster, Max\":MAILTO:max@example.com\n",
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Ann@example.com;X-NUM-GUESTS=0:mailto:ann@exa\n",
        " mple.com\n",
        "ATTENDEE;CUTYPE=RESOURCE;CN=Room 1:mailto:room1@resource.example.com\n",
        "ATTENDEE;CN=Bo Li;EMAIL=bo@example.com:/aMTIz/principal/\n",
        "ATTENDEE;CN=Cy:invalid:nomail\n",
        "ATTENDEE:invalid:nomail\n",
        "CONTACT:Front desk\\, 030 123",
    ));
    assert_eq!(
        event.organizer,
        Some(Organizer { name: "Muster, Max".to_owned(), email: "max@example.com".to_owned() })
    );
    let expected =
        [attendee("", "ann@example.com", ""), attendee("Bo Li", "bo@example.com", ""), attendee("Cy", "", "")];
    assert_eq!(event.attendees, expected);
}

#[test]
fn times() {
    let ends = |lines: &str| events(&calendar(&format!("UID:1\n{lines}"))).remove(0).end;
    assert_eq!(ends("DTSTART:20260301T090000Z"), None);
    assert_eq!(ends("DTSTART:20260301T090000Z\nDURATION:PT45M"), Some(at("2026-03-01T09:45:00Z")));
    // A date is a whole day, also the one with 23 hours.
    assert_eq!(ends("DTSTART;VALUE=DATE:20260329"), Some(at("2026-03-29T22:00:00Z")));
    // 02:30 is left out that night.
    assert_eq!(ends("DTSTART:20260329T023000\nDTEND:20260329T030000"), Some(at("2026-03-29T01:30:00Z")));
    let without_stamp = event("CREATED:20260101T000000Z");
    assert_eq!(without_stamp.stamp, at("2026-01-01T00:00:00Z"));
    assert_eq!(event("DTSTAMP:20260102T000000Z\nLAST-MODIFIED:20250101T000000Z").stamp, at("2025-01-01T00:00:00Z"));
    assert_eq!(event("SEQUENCE:0").stamp, at("2026-03-01T09:00:00Z"));
}

#[test]
fn cancelled() {
    assert!(event("STATUS:cancelled").cancelled);
    assert!(!event("STATUS:TENTATIVE").cancelled);
    let file = calendar("UID:1\nDTSTART:20260301T090000Z").replace("VERSION:2.0", "METHOD:CANCEL");
    assert!(events(&file)[0].cancelled);
}

/// Uid and start of each event, cancelled ones behind a minus; and the warnings.
fn within(properties: &str, from: &str, to: &str) -> (Vec<String>, String) {
    let read = read_within(calendar(properties).as_bytes(), berlin(), at(from)..at(to)).unwrap();
    let told = |event: Event| {
        let minus = if event.cancelled { "-" } else { "" };
        format!("{minus}{} {}", event.uid, event.start.format("%m-%dT%H:%M"))
    };
    let warnings: Vec<_> =
        read.warnings.iter().map(|warning| format!("{}: {}", warning.line, warning.message)).collect();
    (read.events.into_iter().map(|placed| told(placed.event)).collect(), warnings.join("\n"))
}

const SERIES: &str =
    "UID:a\nDTSTART;TZID=Europe/Berlin:20260301T090000\nDTEND;TZID=Europe/Berlin:20260301T100000\nRRULE:FREQ=WEEKLY";
const MONTH: (&str, &str) = ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");

#[test]
fn series() {
    let all = |properties: &str| within(properties, MONTH.0, MONTH.1);
    // Nine o'clock there, also when the clocks were put forward; and the next one to come.
    let (events, warnings) = all(SERIES);
    assert_eq!(
        events,
        [
            "a 03-01T08:00",
            "a/20260308T080000Z 03-08T08:00",
            "a/20260315T080000Z 03-15T08:00",
            "a/20260322T080000Z 03-22T08:00",
            "a/20260329T070000Z 03-29T07:00",
            "a/20260405T070000Z 04-05T07:00",
        ]
    );
    assert_eq!(warnings, "");
    let ends = read_within(calendar(SERIES).as_bytes(), berlin(), at(MONTH.0)..at(MONTH.1)).unwrap();
    assert_eq!((ends.series, ends.occurrences), (1, 6));
    assert_eq!(ends.events[4].event.end, Some(at("2026-03-29T08:00:00Z")));

    for (rule, events) in [
        ("RRULE:FREQ=WEEKLY;UNTIL=20260315", vec!["a", "a/20260308T080000Z", "a/20260315T080000Z"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260315T075959Z", vec!["a", "a/20260308T080000Z"]),
        ("RRULE:FREQ=WEEKLY;COUNT=2", vec!["a", "a/20260308T080000Z"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=1", vec!["a", "a/20260310T080000Z"]),
        ("RDATE;VALUE=DATE:20260303", vec!["a", "a/20260303T080000Z"]),
        ("RDATE:20260303T120000Z,20260304T120000Z", vec!["a", "a/20260303T120000Z", "a/20260304T120000Z"]),
    ] {
        let (found, warnings) = all(&SERIES.replace("RRULE:FREQ=WEEKLY", rule));
        let found: Vec<&str> = found.iter().filter_map(|event| event.split(' ').next()).collect();
        assert_eq!((found, warnings.as_str()), (events, ""), "{rule}");
    }
}

#[test]
fn occurrences_that_are_moved_or_cancelled() {
    let all = |properties: &str| within(properties, "2026-03-01T00:00:00Z", "2026-03-20T00:00:00Z");
    let change = "END:VEVENT\nBEGIN:VEVENT\nUID:a\nDTSTART:20260309T110000Z\nRECURRENCE-ID;TZID=Europe/Berlin:";
    let (events, _) = all(&format!("{SERIES}\n{change}20260308T090000"));
    assert!(events.contains(&"a/20260308T080000Z 03-09T11:00".to_owned()) && events.len() == 4, "{events:?}");
    // The first one keeps the uid of the series.
    let (events, _) = all(&format!("{SERIES}\n{change}20260301T090000"));
    assert_eq!(events.iter().filter(|event| *event == "a 03-09T11:00").count(), 1, "{events:?}");
    assert_eq!(events.len(), 4);
    let (events, _) = all(&format!("{SERIES}\n{change}20260308T090000\nSTATUS:CANCELLED"));
    assert!(events.contains(&"-a/20260308T080000Z 03-09T11:00".to_owned()), "{events:?}");
    for excluded in
        ["EXDATE:20260308T080000Z", "EXDATE;TZID=Europe/Berlin:20260308T090000", "EXDATE;VALUE=DATE:20260308"]
    {
        let (events, _) = all(&format!("{SERIES}\n{excluded}"));
        assert!(
            events.contains(&"-a/20260308T080000Z 03-08T08:00".to_owned()) && events.len() == 4,
            "{excluded}: {events:?}"
        );
    }
    let later = change.replace("ID;", "ID;RANGE=THISANDFUTURE;");
    let (_, warning) = all(&format!("{SERIES}\n{later}20260308T090000"));
    assert!(warning.contains("also changes all later occurrences"), "{warning}");
    // Of two versions the later one counts.
    let newer = SERIES.replace("FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=1\nSEQUENCE:1");
    assert_eq!(all(&format!("{newer}\nEND:VEVENT\nBEGIN:VEVENT\n{SERIES}")).0, ["a 03-01T08:00"]);
}

#[test]
fn rules_that_are_no_meetings() {
    for (rule, why) in [
        ("FREQ=MINUTELY", "more often than daily"),
        ("FREQ=SOMETIMES", "can't be read"),
        ("FREQ=DAILY;INTERVAL=0", "can't be read"),
        ("FREQ=DAILY;UNTIL=soon", "which is not a date"),
        ("FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23", "more than 5000 times"),
    ] {
        let properties = SERIES.replace("FREQ=WEEKLY", rule);
        let (events, warning) = within(&properties, "2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z");
        assert_eq!(events, ["a 03-01T08:00"], "{rule}");
        assert!(warning.contains(why) && warning.contains("only its first occurrence is read"), "{rule}: {warning}");
    }
    // Never again, and long ago.
    assert_eq!(within(SERIES, "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z").0.len(), 1);
    let once = SERIES.replace("FREQ=WEEKLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
    assert_eq!(within(&once, MONTH.0, MONTH.1).0, ["a 03-01T08:00"]);
}

#[test]
fn what_is_no_event() {
    let file = concat!(
        "\u{FEFF}BEGIN:VCALENDAR\r\nX-WR-CALNAME:Team\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\n",
        "DTSTART:16010101T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VTODO\r\nUID:2\r\nEND:VTODO\r\n",
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260301\r\nBEGIN:VALARM\r\nUID:3\r\nDESCRIPTION:ring\r\nEND:VALARM\r\n",
        "SUMMARY:One\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    let calendar = read(file.as_bytes(), berlin()).unwrap();
    assert_eq!(calendar.name.as_deref(), Some("Team"));
    assert_eq!(calendar.warnings, [Warning { line: 9, message: "VTODO is left out; only events are read".to_owned() }]);
    assert_eq!(calendar.events.len(), 1);
    assert_eq!(calendar.events[0].line, 12);
    assert_eq!(calendar.events[0].event.title, "One");
    assert_eq!(calendar.events[0].event.description, None);
}

#[test]
fn errors_name_line_property_and_rule() {
    let in_event = |lines: &str| calendar(&format!("UID:1\nDTSTART:20260301T090000Z\n{lines}"));
    for (file, code, message) in [
        (String::new(), "calendar_component", "line 1: a calendar begins with BEGIN:VCALENDAR"),
        ("UID:1\n".to_owned(), "calendar_component", "line 1: UID stands outside BEGIN:VCALENDAR"),
        ("BEGIN:VEVENT\n".to_owned(), "calendar_component", "line 1: BEGIN:VEVENT stands outside BEGIN:VCALENDAR"),
        ("name,email\n".to_owned(), "calendar_line", "line 1: a line is NAME:value or NAME;PARAMETER=value:value"),
        ("BEGIN:VCALENDAR\n".to_owned(), "calendar_component", "line 1: VCALENDAR has no END:VCALENDAR"),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR".to_owned(),
            "calendar_component",
            "line 3: END:VCALENDAR stands where VEVENT of line 2 is open",
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VEVENT".to_owned(),
            "calendar_component",
            "line 3: BEGIN:VEVENT stands in VEVENT of line 2, which has no END",
        ),
        ("END:VEVENT".to_owned(), "calendar_component", "line 1: END:VEVENT closes nothing"),
        (
            "BEGIN:VCALENDAR\nVERSION:1.0".to_owned(),
            "calendar_property",
            "line 2, VERSION \"1.0\": this is vCalendar; only iCalendar, 2.0, is read",
        ),
        (calendar("SUMMARY:x"), "calendar_property", "line 3: the event has no UID; each needs one"),
        (calendar("UID: "), "calendar_property", "line 4, UID \" \": a UID is not empty"),
        (calendar("UID:1"), "calendar_property", "line 3: the event has no DTSTART; each needs one"),
        (
            in_event("UID:2"),
            "calendar_property",
            "line 6, UID \"2\": an event has one UID, and this one had it in line 4",
        ),
        (in_event("SEQUENCE:-1"), "calendar_property", "line 6, SEQUENCE \"-1\": a sequence is a whole number from 0"),
        (
            in_event("DTEND:20260301T080000Z"),
            "calendar_date",
            "line 6, DTEND \"20260301T080000Z\": an event doesn't end before it starts",
        ),
        (
            in_event("DTEND:20260301T100000Z\nDURATION:PT1H"),
            "calendar_property",
            "line 6, DTEND \"20260301T100000Z\": an event has a DTEND or a DURATION, not both",
        ),
        (
            in_event("DURATION:1 hour"),
            "calendar_date",
            "line 6, DURATION \"1 hour\": a duration is for instance PT1H30M, P2D or P1W",
        ),
        (
            in_event("DURATION:P4000000D"),
            "calendar_date",
            "line 6, DURATION \"P4000000D\": an event ends before the year 10000",
        ),
    ] {
        let error = error(&file);
        assert_eq!((error.code, error.message.as_str()), (code, message), "{file}");
    }
}

/// The shapes that the exports of the three have: properties, parameters, zones and folding as each of them writes.
#[test]
fn what_the_three_export() {
    let google = concat!(
        "BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\n",
        "METHOD:PUBLISH\r\nX-WR-CALNAME:Customers\r\nX-WR-TIMEZONE:Europe/Berlin\r\nBEGIN:VEVENT\r\n",
        "DTSTART:20260301T090000Z\r\nDTEND:20260301T100000Z\r\nDTSTAMP:20261122T120000Z\r\n",
        "ORGANIZER;CN=max@example.com:mailto:max@example.com\r\nUID:3k2@google.com\r\n",
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Ann Lee\r\n",
        " ;X-NUM-GUESTS=0:mailto:ann@example.com\r\nCREATED:20260105T080000Z\r\nDESCRIPTION:\r\n",
        "LAST-MODIFIED:20260201T100000Z\r\nLOCATION:Berlin\\, room 1\r\nSEQUENCE:1\r\nSTATUS:CONFIRMED\r\n",
        "SUMMARY:Review\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    let outlook = concat!(
        "\u{FEFF}BEGIN:VCALENDAR\r\nPRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\nVERSION:2.0\r\n",
        "METHOD:REQUEST\r\nX-MS-OLK-FORCEINSPECTOROPEN:TRUE\r\nBEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\n",
        "BEGIN:STANDARD\r\nDTSTART:16011028T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nTZOFFSETFROM:+0200\r\n",
        "TZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n",
        "ATTENDEE;CN=\"Lee, Ann\";RSVP=TRUE:mailto:ann@example.com\r\nCLASS:PUBLIC\r\nCREATED:20260105T080000Z\r\n",
        "DESCRIPTION:Hello\\,\\n\\nsee you \\n\r\nDTEND;TZID=\"W. Europe Standard Time\":20260301T110000\r\n",
        "DTSTAMP:20260201T100000Z\r\nDTSTART;TZID=\"W. Europe Standard Time\":20260301T100000\r\n",
        "ORGANIZER;CN=\"Muster, Max\":mailto:max@example.com\r\nPRIORITY:5\r\nSEQUENCE:0\r\n",
        "SUMMARY;LANGUAGE=de:Review\r\nUID:040000008200E00074C5B7101A82E008\r\n\t00000000\r\n",
        "X-ALT-DESC;FMTTYPE=text/html:<html><p>Hello</p></html>\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n",
        "BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\n",
        "END:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    let apple = concat!(
        "BEGIN:VCALENDAR\nMETHOD:PUBLISH\nVERSION:2.0\nPRODID:-//Apple Inc.//macOS 14.0//EN\nBEGIN:VEVENT\n",
        "CREATED:20260105T080000Z\nUID:5A1C\nDTEND;TZID=Europe/Berlin:20260301T110000\n",
        "ATTENDEE;CN=\"Ann Lee\";CUTYPE=INDIVIDUAL;EMAIL=\"ann@example.com\";PARTSTAT=\n",
        " ACCEPTED:/aMTA/principal/\nX-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC\nSUMMARY:Review\n",
        "LAST-MODIFIED:20260201T100000Z\nDTSTAMP:20260201T100001Z\nDTSTART;TZID=Europe/Berlin:20260301T100000\n",
        "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-APPLE-RADIUS=70;X-TITLE=\"Room 1^nBer\n lin\":geo:52.5,13.4\n",
        "SEQUENCE:2\nEND:VEVENT\nEND:VCALENDAR\n",
    );
    for (file, name, uid) in [
        (google, "Ann Lee", "3k2@google.com"),
        (outlook, "Lee, Ann", "040000008200E00074C5B7101A82E00800000000"),
        (apple, "Ann Lee", "5A1C"),
    ] {
        let read = read(file.as_bytes(), TimeZone::parse("Asia/Tokyo").unwrap()).unwrap();
        assert_eq!((read.events.len(), &*read.warnings), (1, &[][..]));
        let event = &read.events[0].event;
        assert_eq!((&*event.title, &*event.uid), ("Review", uid));
        assert_eq!((event.start, event.end), (at("2026-03-01T09:00:00Z"), Some(at("2026-03-01T10:00:00Z"))));
        assert_eq!((event.stamp, event.created), (at("2026-02-01T10:00:00Z"), Some(at("2026-01-05T08:00:00Z"))));
        assert_eq!(event.attendees, [attendee(name, "ann@example.com", "")]);
    }
}
