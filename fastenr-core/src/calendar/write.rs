//! Events as a file.

use std::io;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::error::{Error, Result};

use super::{Attendee, COMPLETED, Event, Organizer, ROLE, SCHEDULED, text, time};

/// The longest line, in bytes and without its end.
const WIDTH: usize = 75;

/// Writes events one by one: as many as there are, in the memory of one line.
pub struct Writer<W: io::Write> {
    out: W,
    /// The line in the making, not yet folded.
    line: String,
}

impl<W: io::Write> Writer<W> {
    /// Begins the calendar called `name`; an empty name is none.
    pub fn new(out: W, name: &str) -> Result<Self> {
        let mut writer = Self { out, line: String::new() };
        writer.plain("BEGIN", "VCALENDAR")?;
        writer.plain("VERSION", "2.0")?;
        writer.plain("PRODID", "-//fastenr//fastenr//EN")?;
        writer.plain("CALSCALE", "GREGORIAN")?;
        writer.plain("METHOD", "PUBLISH")?;
        writer.text("X-WR-CALNAME", name)?;
        Ok(writer)
    }

    /// Refuses what [`read`](super::read) would: an event without a uid, one that ends before it starts, years beyond four
    /// digits. Nothing of a refused event is written.
    pub fn event(&mut self, event: &Event) -> Result<()> {
        check(event)?;
        self.plain("BEGIN", "VEVENT")?;
        self.text("UID", &event.uid)?;
        self.plain("SEQUENCE", &event.sequence.max(0).to_string())?;
        self.instant("DTSTAMP", Some(event.stamp))?;
        self.instant("LAST-MODIFIED", Some(event.stamp))?;
        self.instant("CREATED", event.created)?;
        self.instant("DTSTART", Some(event.start))?;
        self.instant("DTEND", event.end)?;
        self.text("SUMMARY", &event.title)?;
        self.text("DESCRIPTION", event.description.as_deref().unwrap_or_default())?;
        self.text("LOCATION", event.location.as_deref().unwrap_or_default())?;
        self.plain(
            "STATUS",
            match (event.cancelled, event.tentative) {
                (true, _) => "CANCELLED",
                (false, true) => "TENTATIVE",
                (false, false) => "CONFIRMED",
            },
        )?;
        for (name, at) in [(SCHEDULED, event.scheduled_at), (COMPLETED, event.completed_at)] {
            if let Some(at) = at {
                self.plain(name, &at.to_rfc3339_opts(SecondsFormat::AutoSi, true))?;
            }
        }
        self.categories(&event.categories)?;
        event.organizer.iter().try_for_each(|organizer| self.organizer(organizer))?;
        event.attendees.iter().try_for_each(|attendee| self.attendee(attendee))?;
        self.plain("END", "VEVENT")
    }

    /// Ends the calendar. Without it the file is cut off.
    pub fn finish(mut self) -> Result<W> {
        self.plain("END", "VCALENDAR")?;
        self.out.flush().map_err(failed)?;
        Ok(self.out)
    }

    fn plain(&mut self, name: &str, value: &str) -> Result<()> {
        self.line.extend([name, ":", value]);
        self.end_line()
    }

    /// Nothing if there is no text.
    fn text(&mut self, name: &str, value: &str) -> Result<()> {
        if value.is_empty() {
            return Ok(());
        }
        self.line.extend([name, ":"]);
        text::escape(&mut self.line, value);
        self.end_line()
    }

    fn instant(&mut self, name: &str, at: Option<DateTime<Utc>>) -> Result<()> {
        at.map_or(Ok(()), |at| self.plain(name, &at.format("%Y%m%dT%H%M%SZ").to_string()))
    }

    fn categories(&mut self, categories: &[String]) -> Result<()> {
        for category in categories.iter().map(|category| category.trim()).filter(|category| !category.is_empty()) {
            self.line.push_str(if self.line.is_empty() { "CATEGORIES:" } else { "," });
            text::escape(&mut self.line, category);
        }
        if self.line.is_empty() { Ok(()) } else { self.end_line() }
    }

    fn parameter(&mut self, name: &str, value: &str) {
        self.line.extend([";", name, "="]);
        text::quote(&mut self.line, value);
    }

    fn organizer(&mut self, organizer: &Organizer) -> Result<()> {
        if !text::is_address(&organizer.email) {
            return Ok(());
        }
        self.line.push_str("ORGANIZER");
        if !organizer.name.is_empty() {
            self.parameter("CN", &organizer.name);
        }
        self.address(&organizer.email)
    }

    fn attendee(&mut self, attendee: &Attendee) -> Result<()> {
        if !text::is_address(&attendee.email) {
            if attendee.name.is_empty() {
                return Ok(());
            }
            self.line.push_str("CONTACT");
            // Also an empty one: it tells the reader that this contact takes part.
            self.parameter(ROLE, &attendee.role);
            self.line.push(':');
            text::escape(&mut self.line, &attendee.name);
            return self.end_line();
        }
        self.line.push_str("ATTENDEE");
        if !attendee.name.is_empty() {
            self.parameter("CN", &attendee.name);
        }
        self.line.push_str(";ROLE=REQ-PARTICIPANT");
        if !attendee.role.is_empty() {
            self.parameter(ROLE, &attendee.role);
        }
        self.address(&attendee.email)
    }

    fn address(&mut self, email: &str) -> Result<()> {
        self.line.push(':');
        text::mailto(&mut self.line, email);
        self.end_line()
    }

    /// Writes the line, folded between characters.
    fn end_line(&mut self) -> Result<()> {
        let (mut rest, mut width) = (self.line.as_str(), WIDTH);
        while rest.len() > width {
            let (line, after) = rest.split_at(rest.floor_char_boundary(width));
            self.out.write_all(line.as_bytes()).and_then(|()| self.out.write_all(b"\r\n ")).map_err(failed)?;
            // The space counts.
            (rest, width) = (after, WIDTH - 1);
        }
        self.out.write_all(rest.as_bytes()).and_then(|()| self.out.write_all(b"\r\n")).map_err(failed)?;
        self.line.clear();
        Ok(())
    }
}

/// The calendar called `name` as one text; for many events use a [`Writer`].
pub fn write<'a>(name: &str, events: impl IntoIterator<Item = &'a Event>) -> Result<String> {
    let mut writer = Writer::new(Vec::new(), name)?;
    events.into_iter().try_for_each(|event| writer.event(event))?;
    String::from_utf8(writer.finish()?)
        .map_err(|error| Error::io("writing a calendar", io::Error::new(io::ErrorKind::InvalidData, error)))
}

fn failed(error: io::Error) -> Error {
    Error::io("writing a calendar", error)
}

fn check(event: &Event) -> Result<()> {
    let refuse = |rule: &str| {
        let message = format!("event {:?} ({:?}): {rule}", event.uid, event.title);
        Err(Error::invalid("calendar_property", message))
    };
    let times = [Some(event.stamp), event.created, Some(event.start), event.end];
    if event.uid.chars().all(|c| c.is_whitespace() || c.is_ascii_control()) {
        return refuse("a UID is not empty");
    }
    if times.iter().flatten().any(|at| !time::fits(&at.naive_utc())) {
        return refuse("a calendar has the years from 1 to 9999");
    }
    if event.end.is_some_and(|end| end < event.start) {
        return refuse("an event doesn't end before it starts");
    }
    Ok(())
}
