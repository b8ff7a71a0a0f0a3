//! The properties between `BEGIN:VEVENT` and `END:VEVENT` as an [`Event`].

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::model::TimeZone;

use super::line::Property;
use super::series::Series;
use super::{Attendee, COMPLETED, Event, EventAtLine, Organizer, ROLE, SCHEDULED, Warning, text, time};

/// An event as far as it was read.
pub(super) struct Draft {
    /// Of `BEGIN:VEVENT`.
    pub(super) line: usize,
    pub(super) properties: Vec<Property>,
}

/// An event and its part in a series.
pub(super) struct ParsedEvent {
    pub(super) placed: EventAtLine,
    pub(super) warnings: Vec<Warning>,
    /// The uid that all events of a series share.
    pub(super) uid: String,
    pub(super) part: Part,
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    Single,
    /// It stands for all occurrences.
    Series(Box<Series>),
    /// It replaces the occurrence that was to begin then.
    Replaces(DateTime<Utc>),
}

impl Draft {
    fn all(&self, name: &'static str) -> impl Iterator<Item = &Property> {
        self.properties.iter().filter(move |property| property.name == name)
    }

    /// Of a property that may stand once.
    fn one(&self, name: &'static str) -> Result<Option<&Property>> {
        let mut all = self.all(name);
        let first = all.next();
        match (first, all.next()) {
            (Some(first), Some(second)) => {
                let rule = format!("an event has one {name}, and this one had it in line {}", first.line);
                Err(second.breaks("calendar_property", rule))
            }
            _ => Ok(first),
        }
    }

    fn required(&self, name: &'static str) -> Result<&Property> {
        self.one(name)?.ok_or_else(|| {
            let message = format!("line {}: the event has no {name}; each needs one", self.line);
            Error::invalid("calendar_property", message)
        })
    }

    fn instant(&self, name: &'static str, zone: TimeZone) -> Result<Option<DateTime<Utc>>> {
        Ok(self.one(name)?.map(|property| time::moment(property, zone)).transpose()?.map(|moment| moment.at))
    }

    /// Of an extension of ours; one that somebody has bent says nothing.
    fn exact(&self, name: &'static str) -> Result<Option<DateTime<Utc>>> {
        let read = |property: &Property| DateTime::parse_from_rfc3339(property.value.trim()).ok();
        Ok(self.one(name)?.and_then(read).map(|at| at.with_timezone(&Utc)))
    }

    /// The first, as some files have one for each language. Nothing if it is empty.
    fn text(&self, name: &'static str) -> Option<String> {
        self.all(name).next().map(|property| text::unescape(&property.value)).filter(|text| !text.is_empty())
    }

    pub(super) fn read(self, zone: TimeZone) -> Result<ParsedEvent> {
        let property = self.required("UID")?;
        let uid = text::unescape(&property.value);
        if uid.trim().is_empty() {
            return Err(property.breaks("calendar_property", "a UID is not empty"));
        }
        let start = time::moment(self.required("DTSTART")?, zone)?;
        let (part, own_uid, warnings) = self.part(&uid, start, zone)?;
        // Some programs set DTSTAMP to the time of the export.
        let created = self.instant("CREATED", zone)?;
        let changed = self.instant("LAST-MODIFIED", zone)?;
        let stamp = changed.or(self.instant("DTSTAMP", zone)?).or(created).unwrap_or(start.at);
        let event = Event {
            uid: own_uid,
            sequence: self.sequence()?,
            stamp,
            created,
            start: start.at,
            end: self.end(start, zone)?,
            title: self.text("SUMMARY").unwrap_or_default(),
            description: self.text("DESCRIPTION"),
            location: self.text("LOCATION"),
            cancelled: self.one("STATUS")?.is_some_and(|property| property.is("CANCELLED")),
            tentative: self.one("STATUS")?.is_some_and(|property| property.is("TENTATIVE")),
            scheduled_at: self.exact(SCHEDULED)?,
            completed_at: self.exact(COMPLETED)?,
            categories: self.all("CATEGORIES").flat_map(|property| text::list(&property.value)).collect(),
            organizer: self.one("ORGANIZER")?.and_then(organizer),
            attendees: self.properties.iter().filter_map(attendee).collect(),
        };
        Ok(ParsedEvent { placed: EventAtLine { line: self.line, event }, warnings, uid, part })
    }

    fn sequence(&self) -> Result<i64> {
        let Some(property) = self.one("SEQUENCE")? else { return Ok(0) };
        let number = property.value.trim().parse().ok().filter(|number| *number >= 0);
        number.ok_or_else(|| property.breaks("calendar_property", "a sequence is a whole number from 0"))
    }

    fn end(&self, start: time::Moment, zone: TimeZone) -> Result<Option<DateTime<Utc>>> {
        let (property, end) = match (self.one("DTEND")?, self.one("DURATION")?) {
            (Some(end), Some(_)) => {
                return Err(end.breaks("calendar_property", "an event has a DTEND or a DURATION, not both"));
            }
            (Some(property), None) => (property, time::moment(property, zone)?.as_end_of(&start)),
            (None, Some(property)) => {
                let end = start.plus(time::duration(property)?);
                (property, end.ok_or_else(|| property.breaks("calendar_date", "an event ends before the year 10000"))?)
            }
            // A date alone is that whole day.
            (None, None) if start.all_day => return Ok(start.plus((1, 0))),
            (None, None) => return Ok(None),
        };
        if end < start.at {
            return Err(property.breaks("calendar_date", "an event doesn't end before it starts"));
        }
        Ok(Some(end))
    }

    /// Its part in a series, the uid that follows from it, and what is left out.
    fn part(&self, uid: &str, start: time::Moment, zone: TimeZone) -> Result<(Part, String, Vec<Warning>)> {
        if let Some(property) = self.one("RECURRENCE-ID")? {
            let replaced = time::moment(property, zone)?.at;
            let and_later =
                property.parameter("RANGE").is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"));
            let message = format!("event {uid:?} also changes all later occurrences; only this one is read");
            let warnings = and_later.then_some(Warning { line: property.line, message }).into_iter().collect();
            let own_uid = occurrence_uid(uid, replaced);
            return Ok((Part::Replaces(replaced), own_uid, warnings));
        }
        let part =
            Series::of(&self.properties, start, zone)?.map_or(Part::Single, |series| Part::Series(Box::new(series)));
        Ok((part, uid.to_owned(), Vec::new()))
    }
}

/// What an occurrence is known by: the series, and when it is to begin by its rule.
pub(super) fn occurrence_uid(uid: &str, at: DateTime<Utc>) -> String {
    format!("{uid}/{}", at.format("%Y%m%dT%H%M%SZ"))
}

/// The name and the address that a property has.
fn person(property: &Property) -> (String, String) {
    // Apple's is the address of a record, and the one for mail beside it.
    let beside =
        || property.parameter("EMAIL").filter(|email| text::is_address(email)).map(|email| email.trim().to_owned());
    let email = text::address(&property.value).or_else(beside).unwrap_or_default();
    let name = property.parameter("CN").filter(|name| !name.eq_ignore_ascii_case(&email)).unwrap_or_default();
    (name.to_owned(), email)
}

fn organizer(property: &Property) -> Option<Organizer> {
    let (name, email) = person(property);
    (!email.is_empty()).then_some(Organizer { name, email })
}

fn attendee(property: &Property) -> Option<Attendee> {
    let role = property.parameter(ROLE);
    let (name, email) = match property.name.as_str() {
        "ATTENDEE" => {
            let kind = property.parameter("CUTYPE").unwrap_or_default().to_ascii_uppercase();
            if matches!(kind.as_str(), "ROOM" | "RESOURCE") {
                return None;
            }
            person(property)
        }
        // Other contacts are whom to ask, not who takes part.
        "CONTACT" if role.is_some() => (text::unescape(&property.value), String::new()),
        _ => return None,
    };
    let nobody = name.is_empty() && email.is_empty();
    (!nobody).then(|| Attendee { name, email, role: role.unwrap_or_default().to_owned() })
}
