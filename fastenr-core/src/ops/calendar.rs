//! Engagements as an iCalendar file. What reads one is [`super::import`].

use std::collections::HashMap;
use std::io;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::{Stream, TryStreamExt};

use super::pieces::{self, PIECE, Pieces};
use super::{Context, lists};
use crate::calendar::{Attendee, Event, Organizer, Writer};
use crate::error::Result;
use crate::model::engagement::ENGAGEMENT;
use crate::model::entry::Entry;
use crate::model::noun::Storage;
use crate::model::selection::{Condition, Order, Selection, Sort};
use crate::model::{Attendees, Tags};
use crate::store::{self, Tx};

/// What stands behind the id in a UID of ours.
pub(super) const UID: &str = "@fastenr";

/// How long an event is of which nothing better is known.
const USUAL: TimeDelta = TimeDelta::minutes(30);
/// A later completion is somebody's tidying up, not the end of the meeting.
const LONGEST: TimeDelta = TimeDelta::hours(24);

const AT: Sort = Sort::by("at", crate::model::engagement::AT, Storage::Instant);

const BY_TIME: Order = Order { sort: &AT, descending: false };

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
    let mut tx = context.db.read().await?;
    let users = names(&mut tx, context).await?;
    let mut rows = lists::stream::<Entry>(&mut tx, context, &ENGAGEMENT, &dated(selection), BY_TIME)?;
    let mut writer = Writer::new(out, &context.organization.name)?;
    let mut count = 0;
    while let Some(entry) = rows.try_next().await? {
        if let Some(event) = event(&entry, &users) {
            writer.event(&event)?;
            count += 1;
        }
    }
    writer.finish()?;
    Ok(count)
}

/// The bytes that [`write()`] writes, as a stream such as [`super::export::stream`].
///
/// # Errors
/// In the place of the next piece, after which nothing comes.
pub fn stream(context: &Context, selection: &Selection) -> impl Stream<Item = Result<Vec<u8>>> + Send + Unpin + use<> {
    let (context, selection) = (context.clone(), dated(selection));
    pieces::stream(move |mut pieces| async move {
        let outcome = send(&context, &selection, &mut pieces).await;
        pieces.end(outcome);
    })
}

async fn send(context: &Context, selection: &Selection, pieces: &mut Pieces) -> Result<()> {
    let mut tx = context.db.read().await?;
    let users = names(&mut tx, context).await?;
    let mut rows = lists::stream::<Entry>(&mut tx, context, &ENGAGEMENT, selection, BY_TIME)?;
    let mut writer = Writer::new(pieces.bytes(), &context.organization.name)?;
    while let Some(entry) = rows.try_next().await? {
        if let Some(event) = event(&entry, &users) {
            writer.event(&event)?;
            pieces.hand_on(PIECE).await?;
        }
    }
    writer.finish()?;
    pieces.hand_on(1).await
}

/// Those that have a place in a calendar.
fn dated(selection: &Selection) -> Selection {
    let mut chosen = selection.clone();
    chosen.conditions.push(Condition::Is("a.scheduled_at is not null or a.completed_at is not null"));
    chosen
}

/// The users' names by their e-mail addresses.
async fn names(tx: &mut Tx<'_>, context: &Context) -> Result<HashMap<String, String>> {
    let users = store::users::all(tx, &context.scope()).await?;
    Ok(users.into_iter().map(|user| (user.email, user.name)).collect())
}

fn event(entry: &Entry, names: &HashMap<String, String>) -> Option<Event> {
    let (scheduled_at, completed_at) = (entry.instant("scheduled_at"), entry.instant("completed_at"));
    let start = scheduled_at.or(completed_at)?;
    let text = |name: &str| entry.text(name).unwrap_or_default().to_owned();
    let tags = Tags::from_json(&text("tags")).unwrap_or_default();
    let attendees = Attendees::parse(&text("attendees")).unwrap_or_default();
    let organizer = entry
        .label("created_by")
        .map(|email| Organizer { name: names.get(email).cloned().unwrap_or_default(), email: email.to_owned() });
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
