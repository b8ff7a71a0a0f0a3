//! Engagements as an iCalendar file. What reads one is [`super::import`].

use std::io;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt;

use super::{Context, entries};
use crate::calendar::{Attendee, Event, Organizer, Writer};
use crate::error::Result;
use crate::model::engagement::ENGAGEMENT;
use crate::model::entry::Entry;
use crate::model::noun::Storage;
use crate::model::selection::{Condition, Order, Selection, Sort};
use crate::model::{Attendees, Tags};

/// What stands behind the id in a UID of ours.
pub(super) const UID: &str = "@fastenr";

/// How long an event is of which nothing better is known.
const USUAL: TimeDelta = TimeDelta::minutes(30);
/// A later completion is somebody's tidying up, not the end of the meeting.
const LONGEST: TimeDelta = TimeDelta::hours(24);

const BY_TIME: Sort = Sort::by("at", crate::model::engagement::AT, Storage::Instant);

/// Writes the engagements that were scheduled or completed, earliest first, in flat memory; how many. The calendar bears the
/// organization's name.
///
/// An event begins when the engagement was scheduled, else when it was completed. It ends with the completion where that came
/// within the 24 hours after the beginning, else after 30 minutes. Its UID is the engagement's id and `@fastenr`, its sequence
/// one less than the version, its categories the type and the tags, its organizer whose engagement it is.
///
/// # Errors
/// `io`.
pub async fn write(context: &Context, selection: &Selection, out: impl io::Write) -> Result<u64> {
    let mut chosen = selection.clone();
    chosen.conditions.push(Condition::Is("a.scheduled_at is not null or a.completed_at is not null"));
    let mut tx = context.db.read().await?;
    let users = crate::store::users::all(&mut tx, &context.scope()).await?;
    let name_of = |email: &str| users.iter().find(|user| user.email == email).map(|user| user.name.clone());
    let order = Order { sort: &BY_TIME, descending: false };
    let mut rows = entries::stream(&mut tx, context, &ENGAGEMENT, &chosen, order)?;
    let mut writer = Writer::new(out, &context.organization.name)?;
    let mut count = 0;
    while let Some(entry) = rows.try_next().await? {
        if let Some(event) = event(&entry, name_of) {
            writer.event(&event)?;
            count += 1;
        }
    }
    writer.finish()?;
    Ok(count)
}

fn event(entry: &Entry, name_of: impl Fn(&str) -> Option<String>) -> Option<Event> {
    let (scheduled_at, completed_at) = (entry.instant("scheduled_at"), entry.instant("completed_at"));
    let start = scheduled_at.or(completed_at)?;
    let text = |name: &str| entry.text(name).unwrap_or_default().to_owned();
    let tags = Tags::from_json(&text("tags")).unwrap_or_default();
    let attendees = Attendees::parse(&text("attendees")).unwrap_or_default();
    let organizer = entry
        .label("created_by")
        .map(|email| Organizer { name: name_of(email).unwrap_or_default(), email: email.to_owned() });
    Some(Event {
        uid: format!("{}{UID}", entry.id()),
        sequence: entry.version() - 1,
        stamp: entry.instant("updated_at").unwrap_or(start),
        created: entry.instant("created_at"),
        start,
        end: Some(end(start, completed_at)),
        title: entry.title(),
        description: Some(text("description")).filter(|text| !text.is_empty()),
        scheduled_at,
        completed_at,
        categories: std::iter::once(text("type")).chain(tags.iter().map(|tag| tag.as_str().to_owned())).collect(),
        organizer,
        attendees: attendees
            .iter()
            .map(|attendee| Attendee {
                name: attendee.name().map_or_else(String::new, |name| name.as_str().to_owned()),
                email: attendee.email().map_or_else(String::new, |email| email.as_str().to_owned()),
                role: attendee.role().map_or_else(String::new, |role| role.as_str().to_owned()),
            })
            .collect(),
        ..Event::default()
    })
}

fn end(start: DateTime<Utc>, completed_at: Option<DateTime<Utc>>) -> DateTime<Utc> {
    match completed_at {
        Some(completed) if completed > start && completed - start <= LONGEST => completed,
        // The last half hour of the calendar's last year has no later end.
        _ => start.checked_add_signed(USUAL).filter(|end| end.timestamp() < 253_402_300_800).unwrap_or(start),
    }
}
