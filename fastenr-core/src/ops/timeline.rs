//! What happened around an account, the newest first: engagements, goals, single writes and imports in one list.
//!
//! To add a source: a line in `SOURCES`, the kinds it tells of, and a function that reads a slice of it. A source leaves out
//! what another one tells.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Context, period};
use crate::error::{Error, Result};
use crate::model::TimeZone;
use crate::model::account::{ACCOUNT, Account};
use crate::model::activity::words;
use crate::model::entry::Entry;
pub use crate::model::event::{Event, EventKind, Place};
use crate::model::goal::GOAL;
use crate::model::noun::{Storage, Value};
use crate::model::operation::DERIVED_KINDS;
use crate::model::when::Sense;
use crate::store::timeline::{Image, Window, kept_fields};
use crate::store::{self, Tx, timeline as rows};

/// Which events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimelineFilter {
    /// Empty: all kinds.
    pub kinds: Vec<EventKind>,
    pub from: Option<DateTime<Utc>>,
    /// This moment is left out.
    pub before: Option<DateTime<Utc>>,
    /// None: all there are.
    pub limit: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct Timeline {
    pub account: Account,
    pub events: Vec<Event>,
    /// There are older ones.
    pub has_more: bool,
}

/// `from` and `to` as people give them: a time ago, a day, an RFC 3339 time; kinds separated by commas.
///
/// # Errors
/// `event_kind`, `time`, `empty_range`.
pub fn wanted(context: &Context, kinds: &[String], from: Option<&str>, to: Option<&str>) -> Result<TimelineFilter> {
    let mut wanted = TimelineFilter::default();
    for kind in kinds.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|kind| !kind.is_empty()) {
        wanted.kinds.push(EventKind::parse(kind).map_err(|invalid| invalid.of("kind", kind))?);
    }
    if let Some(text) = from {
        wanted.from = Some(period::since(context, text).map_err(|invalid| invalid.of("from", text))?);
    }
    if let Some(text) = to {
        wanted.before = Some(period::before(context, text, Sense::End).map_err(|invalid| invalid.of("to", text))?);
    }
    if let (Some(from), Some(before)) = (wanted.from, wanted.before)
        && from >= before
    {
        return Err(Error::invalid("empty_range", "the range ends before it begins: no event can pass"));
    }
    Ok(wanted)
}

#[derive(Debug, Clone, Copy)]
enum Source {
    Engagements,
    Goals,
    SingleWrites,
    BulkWrites,
    Creation,
}

const SOURCES: [(Source, &[EventKind]); 5] = [
    (Source::Engagements, &[EventKind::Engagement]),
    (Source::Goals, &[EventKind::Goal]),
    // Of every noun that the registry has; what is none of these reads nothing.
    (Source::SingleWrites, EventKind::ALL),
    (Source::BulkWrites, &[EventKind::Change, EventKind::Import]),
    (Source::Creation, &[EventKind::Change, EventKind::Import]),
];

/// As many events as are read of a source at once where all are wanted.
const SLICE: usize = 500;

/// # Errors
/// `unknown_account`, `ambiguous_account`.
pub async fn timeline(context: &Context, name: &str, wanted: &TimelineFilter) -> Result<Timeline> {
    let mut tx = context.db.read().await?;
    let account = super::accounts::find(&mut tx, context, name).await?;
    // Earlier than the last moment that both databases write with four digits of a year, and later than anything planned.
    let end = wanted.before.unwrap_or(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(365 * 8_000));
    let mut before = Place { at: end, id: Uuid::nil() };
    let mut events: Vec<Event> = Vec::new();
    loop {
        let most = wanted.limit.map_or(SLICE, |limit| limit.saturating_add(1));
        let window = Window { from: wanted.from, before, limit: i64::try_from(most).unwrap_or(i64::MAX) };
        let reader = Reader { context, account: &account, wanted, window };
        let mut slice = Vec::new();
        for (source, kinds) in SOURCES {
            if wanted.kinds.is_empty() || kinds.iter().any(|kind| wanted.kinds.contains(kind)) {
                slice.extend(reader.read(&mut tx, source).await?);
            }
        }
        // A source that was cut has no older ones here, so what is beyond the first `most` may have gaps.
        slice.sort_by_key(|event| std::cmp::Reverse(event.place));
        slice.truncate(most);
        let whole = slice.len() < most;
        if let Some(last) = slice.last() {
            before = last.place;
        }
        events.extend(slice.into_iter().filter(|event| reader.wants(event.kind)));
        if let Some(limit) = wanted.limit
            && (events.len() > limit || whole)
        {
            let has_more = events.len() > limit;
            events.truncate(limit);
            return Ok(Timeline { account, events, has_more });
        }
        if whole {
            return Ok(Timeline { account, events, has_more: false });
        }
    }
}

struct Reader<'a> {
    context: &'a Context,
    account: &'a Account,
    wanted: &'a TimelineFilter,
    window: Window,
}

impl Reader<'_> {
    fn wants(&self, kind: EventKind) -> bool {
        self.wanted.kinds.is_empty() || self.wanted.kinds.contains(&kind)
    }

    async fn read(&self, tx: &mut Tx<'_>, source: Source) -> Result<Vec<Event>> {
        match source {
            Source::Engagements => self.engagements(tx).await,
            Source::Goals => self.goals(tx).await,
            Source::SingleWrites => self.single_writes(tx).await,
            Source::BulkWrites => self.bulk_writes(tx).await,
            Source::Creation => self.creation(tx).await,
        }
    }

    async fn engagements(&self, tx: &mut Tx<'_>) -> Result<Vec<Event>> {
        let found = rows::touchpoints(tx, &self.context.scope(), self.account.id, &self.window).await?;
        let event = |row: rows::Touchpoint| Event {
            open: row.completed_at.is_none() && row.scheduled_at.is_some(),
            detail: row.outcome.map(|outcome| outcome.replace('_', " ")),
            actor: Some(row.email),
            record: Some(row.id),
            operation: row.created_by_operation,
            ..plain(Place { at: row.at, id: row.id }, EventKind::Engagement, format!("{}: {}", row.kind, row.title))
        };
        Ok(found.into_iter().map(event).collect())
    }

    /// An account has few goals: they are read in whole.
    async fn goals(&self, tx: &mut Tx<'_>) -> Result<Vec<Event>> {
        let scope = self.context.scope();
        let of_account = [("a.account_id", Storage::Id, Value::Id(self.account.id))];
        let goals = store::entries::matching(tx, &scope, &GOAL, &of_account, i64::MAX).await?;
        let changes = rows::status_changes(tx, &scope, self.account.id).await?;
        let mut events: Vec<Event> = Vec::new();
        for goal in &goals {
            events.extend(set(goal));
            let told = changes
                .iter()
                .any(|change| change.goal_id == goal.id() && change.new_value.as_deref() == Some("achieved"));
            if goal.text("status") == Some("achieved") && !told {
                events.extend(self.reached(goal));
            }
        }
        events.extend(changes.into_iter().filter(|change| change.told.is_none()).map(|change| {
            let status = change.new_value.as_deref().unwrap_or_default().replace('_', " ");
            Event {
                actor: change.email,
                record: Some(change.goal_id),
                operation: change.operation,
                changes: json!([{"field": "status", "old": change.old_value, "new": change.new_value}]),
                ..plain(
                    Place { at: change.at, id: change.id },
                    EventKind::Goal,
                    format!("goal {status}: {}", change.title),
                )
            }
        }));
        events.retain(|event| self.window.holds(event.place));
        Ok(events)
    }

    /// By the day that the goal says, as no change tells of it.
    fn reached(&self, goal: &Entry) -> Option<Event> {
        let zone = TimeZone::parse(&self.context.organization.time_zone).unwrap_or(TimeZone::UTC);
        let at = zone.beginning(goal.date("completion_date")?);
        // Its own place beside that of the goal's beginning.
        let id = Uuid::from_u128(goal.id().as_u128() ^ 1);
        let title = format!("goal achieved: {}", goal.title());
        Some(Event { record: Some(goal.id()), ..plain(Place { at, id }, EventKind::Goal, title) })
    }

    async fn single_writes(&self, tx: &mut Tx<'_>) -> Result<Vec<Event>> {
        let all = self.wanted.kinds.is_empty();
        let nouns = |wanted: bool| {
            EventKind::ALL.iter().filter(move |kind| self.wants(**kind) == wanted).flat_map(|kind| kind.nouns())
        };
        // A change of the account may be of any noun that is not listed.
        let (only, not): (Vec<&str>, Vec<&str>) = match (all, self.wants(EventKind::Change)) {
            (true, _) => (Vec::new(), Vec::new()),
            (false, true) => (Vec::new(), nouns(false).collect()),
            (false, false) => (nouns(true).collect(), Vec::new()),
        };
        if !all && !self.wants(EventKind::Change) && only.is_empty() {
            return Ok(Vec::new());
        }
        let account = self.account.id;
        let found = rows::single_writes(tx, &self.context.scope(), account, (&only, &not), &self.window).await?;
        let event = |item: crate::model::activity::FeedItem| {
            let activity = item.activity;
            let said = words(&activity.kind);
            let own = activity.record == Some(account);
            let title = if own { said } else { format!("{said} {}", activity.label) };
            Event {
                actor: Some(item.actor),
                record: activity.record,
                operation: activity.operation,
                changes: activity.changes,
                ..plain(Place { at: activity.at, id: activity.id }, EventKind::of_noun(&activity.noun), title)
            }
        };
        Ok(found.into_iter().map(event).collect())
    }

    async fn bulk_writes(&self, tx: &mut Tx<'_>) -> Result<Vec<Event>> {
        let scope = self.context.scope();
        let images = rows::bulk_writes(tx, &scope, self.account.id, &self.window).await?;
        // What a write made of a record is in the image that the next one kept, or in the record itself. A run of scores raises
        // no version, so the next image may stand at the same one.
        let versions: BTreeSet<i64> = images.iter().flat_map(|image| [image.version, image.version + 1]).collect();
        let later = rows::versions(tx, &scope, self.account.id, &versions.into_iter().collect::<Vec<_>>()).await?;
        let told = images.iter().map(|image| {
            let next = later.iter().filter(|later| (later.version, later.operation) > (image.version, image.operation));
            let after = next.min_by_key(|later| (later.version, later.operation));
            let after = after.filter(|after| after.version == left_at(image));
            bulk(
                &image.kind,
                image.source_name.as_deref(),
                false,
                image.place,
                Event {
                    actor: Some(image.email.clone()),
                    record: Some(self.account.id),
                    operation: Some(image.operation),
                    changes: self.changes(image, after),
                    ..plain(image.place, EventKind::Change, String::new())
                },
            )
        });
        Ok(told.collect())
    }

    fn changes(&self, image: &Image, after: Option<&Image>) -> Json {
        // Where the status itself changed, what the import had said before is no news.
        let turned = image.changed & ACCOUNT.mask(&["status"]) != 0;
        let quiet = if turned { ACCOUNT.mask(&["imported_status"]) } else { 0 };
        let changed = kept_fields().filter(|field| image.changed & field.bit() & !quiet != 0);
        changed
            .map(|field| {
                let mut change = json!({"field": field.name, "old": field.json(&image.values.of(field))});
                let new = match after {
                    Some(after) => Some(after.values.of(field)),
                    None if self.account.version == left_at(image) => Some(self.account.value(field)),
                    None => None,
                };
                if let (Some(new), Some(change)) = (new, change.as_object_mut()) {
                    change.insert("new".to_owned(), field.json(&new));
                }
                change
            })
            .collect()
    }

    async fn creation(&self, tx: &mut Tx<'_>) -> Result<Vec<Event>> {
        let made = rows::creation(tx, &self.context.scope(), self.account.id).await?;
        let event = made.map(|made| {
            let place = Place { at: made.at, id: self.account.id };
            bulk(
                &made.kind,
                made.source_name.as_deref(),
                true,
                place,
                Event {
                    actor: Some(made.email),
                    record: Some(self.account.id),
                    operation: Some(made.operation),
                    ..plain(place, EventKind::Change, String::new())
                },
            )
        });
        Ok(event.into_iter().filter(|event| self.window.holds(event.place)).collect())
    }
}

/// The version at which a write left the account.
fn left_at(image: &Image) -> i64 {
    if DERIVED_KINDS.contains(&image.kind.as_str()) { image.version } else { image.version + 1 }
}

fn plain(place: Place, kind: EventKind, title: String) -> Event {
    let changes = Json::Array(Vec::new());
    Event { place, kind, title, detail: None, open: false, actor: None, record: None, operation: None, changes }
}

fn set(goal: &Entry) -> Option<Event> {
    let at = goal.instant("created_at")?;
    Some(Event {
        actor: goal.label("created_by").map(str::to_owned),
        record: Some(goal.id()),
        ..plain(Place { at, id: goal.id() }, EventKind::Goal, format!("goal set: {}", goal.title()))
    })
}

/// What a bulk write did to one account, in words.
fn bulk(kind: &str, source: Option<&str>, made: bool, place: Place, event: Event) -> Event {
    let imported = kind.ends_with(".import");
    let verb = match (imported, made) {
        (true, true) => "created by import".to_owned(),
        (true, false) => "changed by import".to_owned(),
        (false, false) if kind == "accounts.recompute" => "status changed by the nightly run".to_owned(),
        (false, true) if kind == "accounts.create" => "created account".to_owned(),
        (false, true) => format!("created: {}", words(kind)),
        (false, false) => words(kind),
    };
    let title = source.map_or_else(|| verb.clone(), |source| format!("{verb} of {source}"));
    Event { place, kind: if imported { EventKind::Import } else { EventKind::Change }, title, ..event }
}
