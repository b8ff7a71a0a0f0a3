//! A file as events: which component a line stands in, and what becomes of it.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::model::TimeZone;

use super::event::{Draft, Part, Read};
use super::line::{Lines, Property};
use super::{Calendar, Warning, text};

/// Reads the events of a file; one may hold several calendars.
///
/// `zone` is where dates, and times that name no zone, are told. A recurring event is its first occurrence and a warning;
/// a changed occurrence is an event of its own, whose uid ends with a slash and the time it replaces. To-dos and journals
/// are left out with a warning, alarms, rooms and equipment without.
///
/// # Errors
/// `calendar_line`, `calendar_component`, `calendar_property`, `calendar_date`, `calendar_zone`: each names the line, the
/// property and the rule that it breaks. Nothing of a file with an error is read.
pub fn read(bytes: &[u8], zone: TimeZone) -> Result<Calendar> {
    let mut reader =
        Reader { zone, open: Vec::new(), draft: None, cancels: false, events: Vec::new(), out: Calendar::default() };
    let mut calendars = 0_usize;
    for line in Lines::of(bytes) {
        let property = Property::parse(line)?;
        match property.name.as_str() {
            "BEGIN" => {
                calendars += usize::from(reader.open.is_empty());
                reader.begin(&property)?;
            }
            "END" => reader.end(&property)?,
            _ => reader.property(property)?,
        }
    }
    if let Some(open) = reader.open.last() {
        return Err(component(open.line, format!("{0} has no END:{0}", open.name)).hint("the file may be cut off"));
    }
    if calendars == 0 {
        return Err(component(1, "a calendar begins with BEGIN:VCALENDAR".to_owned()));
    }
    Ok(reader.finish())
}

fn component(line: usize, rule: String) -> Error {
    Error::invalid("calendar_component", format!("line {line}: {rule}"))
}

struct Reader {
    zone: TimeZone,
    /// The components that the line stands in, the outermost first.
    open: Vec<Open>,
    /// The event that is being read.
    draft: Option<Draft>,
    /// The calendar takes its events back (`METHOD:CANCEL`).
    cancels: bool,
    events: Vec<Read>,
    out: Calendar,
}

struct Open {
    name: String,
    line: usize,
}

impl Reader {
    fn inside(&self) -> &str {
        self.open.last().map_or("", |open| open.name.as_str())
    }

    fn begin(&mut self, property: &Property) -> Result<()> {
        let name = property.value.trim().to_ascii_uppercase();
        let line = property.line;
        match (self.inside(), name.as_str()) {
            ("", "VCALENDAR") => self.cancels = false,
            ("", _) => return Err(component(line, format!("BEGIN:{name} stands outside BEGIN:VCALENDAR"))),
            ("VCALENDAR", "VEVENT") => self.draft = Some(Draft { line, properties: Vec::new() }),
            // They stand in no other component: something above was not closed.
            (inside, "VCALENDAR" | "VEVENT") => {
                let above = self.open.last().map_or(0, |open| open.line);
                return Err(component(
                    line,
                    format!("BEGIN:{name} stands in {inside} of line {above}, which has no END"),
                ));
            }
            ("VCALENDAR", "VTODO" | "VJOURNAL") => {
                self.out.warnings.push(Warning { line, message: format!("{name} is left out; only events are read") });
            }
            _ => {}
        }
        self.open.push(Open { name, line });
        Ok(())
    }

    fn end(&mut self, property: &Property) -> Result<()> {
        let name = property.value.trim().to_ascii_uppercase();
        let Some(open) = self.open.pop_if(|open| open.name == name) else {
            let rule = match self.open.last() {
                Some(open) => format!("END:{name} stands where {} of line {} is open", open.name, open.line),
                None => format!("END:{name} closes nothing"),
            };
            return Err(component(property.line, rule));
        };
        if open.name == "VEVENT"
            && let Some(draft) = self.draft.take()
        {
            let mut read = draft.read(self.zone)?;
            read.placed.event.cancelled |= self.cancels;
            self.events.push(read);
        }
        Ok(())
    }

    fn property(&mut self, property: Property) -> Result<()> {
        match (self.open.last().map(|open| open.name.as_str()), &mut self.draft) {
            (None, _) => {
                let rule = format!("{} stands outside BEGIN:VCALENDAR", property.name);
                return Err(component(property.line, rule));
            }
            (Some("VCALENDAR"), _) => self.of_calendar(&property)?,
            (Some("VEVENT"), Some(draft)) => draft.properties.push(property),
            _ => {}
        }
        Ok(())
    }

    fn of_calendar(&mut self, property: &Property) -> Result<()> {
        match property.name.as_str() {
            "VERSION" if property.is("1.0") => {
                let error = property.breaks("calendar_property", "this is vCalendar; only iCalendar, 2.0, is read");
                return Err(error.hint("export it as iCalendar (.ics)"));
            }
            "METHOD" => self.cancels = property.is("CANCEL"),
            "X-WR-CALNAME" | "NAME" if self.out.name.is_none() => {
                self.out.name = Some(text::unescape(&property.value)).filter(|name| !name.is_empty());
            }
            _ => {}
        }
        Ok(())
    }

    /// Drops series whose first occurrence is not as they say: it was taken out, or is an event of its own.
    fn finish(mut self) -> Calendar {
        let replacements: HashMap<_, _> = self
            .events
            .iter()
            .filter_map(|read| match read.part {
                Part::Replaces(at) => Some(((read.uid.clone(), at), read.placed.line)),
                _ => None,
            })
            .collect();
        for mut read in self.events {
            let series = matches!(read.part, Part::Series { .. });
            let replaced = replacements.get(&(read.uid.clone(), read.placed.event.start)).filter(|_| series);
            let why = match (read.part, replaced) {
                (_, Some(line)) => Some(format!("is the event of line {line}")),
                (Part::Series { first_excluded: true }, None) => Some("was taken out (EXDATE)".to_owned()),
                _ => None,
            };
            if let Some(why) = why {
                for warning in &mut read.warnings {
                    warning.message =
                        format!("event {:?} recurs, and its first occurrence {why}; no other is read", read.uid);
                }
            } else {
                self.out.events.push(read.placed);
            }
            self.out.warnings.append(&mut read.warnings);
        }
        self.out.warnings.sort_by_key(|warning| warning.line);
        self.out
    }
}
