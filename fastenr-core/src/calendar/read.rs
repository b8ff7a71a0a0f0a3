//! A file as events: which component a line stands in, and what becomes of it.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::model::TimeZone;

use super::event::{Draft, ParsedEvent, Part, occurrence_uid};
use super::line::{Lines, Property};
use super::{Calendar, Event, EventAtLine, Warning, text};

/// Reads the events of a file, of series their first occurrence alone: see [`read_within`].
///
/// # Errors
/// As there.
pub fn read(bytes: &[u8], zone: TimeZone) -> Result<Calendar> {
    read_with(bytes, zone, None)
}

/// Reads the events of a file; one may hold several calendars.
///
/// `zone` is where dates, and times that name no zone, are told. A recurring event is each of its occurrences within `time` and the
/// first one after it. Each is an event of its own: the first is known by the uid of the series, the others by that, a slash and the time
/// at which they are to begin, also where they were moved. Those that were taken out are cancelled events. To-dos and journals are left
/// out with a warning, alarms, rooms and equipment without.
///
/// # Errors
/// `calendar_line`, `calendar_component`, `calendar_property`, `calendar_date`, `calendar_zone`: each names the line, the
/// property and the rule that it breaks. Nothing of a file with an error is read.
pub fn read_within(bytes: &[u8], zone: TimeZone, time: Range<DateTime<Utc>>) -> Result<Calendar> {
    read_with(bytes, zone, Some(time))
}

fn read_with(bytes: &[u8], zone: TimeZone, time: Option<Range<DateTime<Utc>>>) -> Result<Calendar> {
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
    Ok(reader.finish(time.as_ref()))
}

fn component(line: usize, rule: String) -> Error {
    Error::invalid("calendar_component", format!("line {line}: {rule}"))
}

struct Reader {
    zone: TimeZone,
    /// The components that the line stands in, the outermost first.
    open: Vec<OpenComponent>,
    /// The event that is being read.
    draft: Option<Draft>,
    /// The calendar takes its events back (`METHOD:CANCEL`).
    cancels: bool,
    events: Vec<ParsedEvent>,
    out: Calendar,
}

struct OpenComponent {
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
        self.open.push(OpenComponent { name, line });
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

    /// Makes events of series, without the occurrences that are events of their own.
    fn finish(mut self, time: Option<&Range<DateTime<Utc>>>) -> Calendar {
        let mut replaced: HashMap<(String, DateTime<Utc>), usize> = HashMap::new();
        // Of several versions of a series the latest counts, as RFC 5545 says.
        let mut latest: HashMap<String, (i64, DateTime<Utc>, usize, DateTime<Utc>)> = HashMap::new();
        for read in &self.events {
            let EventAtLine { line, event } = &read.placed;
            match &read.part {
                Part::Replaces(at) => {
                    replaced.insert((read.uid.clone(), *at), *line);
                }
                Part::Series(series) => {
                    let rank = (event.sequence, event.stamp, *line, series.first());
                    let best = latest.entry(read.uid.clone()).or_insert(rank);
                    *best = rank.max(*best);
                }
                Part::Single => {}
            }
        }
        for mut read in std::mem::take(&mut self.events) {
            self.out.warnings.append(&mut read.warnings);
            match &read.part {
                Part::Single => self.out.events.push(read.placed),
                Part::Replaces(at) => {
                    if latest.get(&read.uid).is_some_and(|(.., first)| first == at) {
                        read.placed.event.uid.clone_from(&read.uid);
                    }
                    self.out.events.push(read.placed);
                }
                Part::Series(_) if latest.get(&read.uid).is_some_and(|best| best.2 != read.placed.line) => {}
                Part::Series(series) => {
                    self.out.series += 1;
                    let told = match time {
                        Some(time) => series.within(time),
                        None => Err("recurs".to_owned()),
                    };
                    let occurrences = match told {
                        Ok(occurrences) => occurrences.into_iter().map(|one| (one.at, one.excluded)).collect(),
                        Err(why) => {
                            let message = format!("event {:?} {why}; only its first occurrence is read", read.uid);
                            self.out.warnings.push(Warning { line: series.line, message });
                            vec![(series.first(), false)]
                        }
                    };
                    for (at, excluded) in occurrences {
                        if replaced.contains_key(&(read.uid.clone(), at)) {
                            continue;
                        }
                        self.out.occurrences += usize::from(!excluded);
                        let event = occurrence(&read.placed.event, &read.uid, at, excluded);
                        self.out.events.push(EventAtLine { line: read.placed.line, event });
                    }
                }
            }
        }
        self.out.warnings.sort_by_key(|warning| warning.line);
        self.out
    }
}

/// One occurrence of a series.
fn occurrence(series: &Event, uid: &str, at: DateTime<Utc>, excluded: bool) -> Event {
    let mut event = series.clone();
    event.cancelled |= excluded;
    if at != series.start {
        event.uid = occurrence_uid(uid, at);
        event.end = series.end.map(|end| at + (end - series.start));
        event.start = at;
        // These were said of the first alone.
        (event.scheduled_at, event.completed_at) = (None, None);
    }
    event
}
