//! `/api/activities`: the feed, and the feed as it comes.

use std::collections::HashSet;
use std::convert::Infallible;
use std::fmt::Display;
use std::pin::Pin;
use std::time::Duration;

use axum::Extension;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use fastenr_core::model::activity::{ACTIVITY, Cursor, FeedItem};
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::activities::{self, WITHOUT_A_PLACE};
use fastenr_core::ops::lists;
use fastenr_core::ops::selection::selection;
use fastenr_core::view::activity::value;
use fastenr_core::view::record;
use fastenr_core::{Invalid, Kind};
use futures_util::stream::{self, StreamExt};
use serde_json::{Map, Value};
use tokio::sync::watch;
use uuid::Uuid;

use crate::endpoint::{Answer as Answers, Endpoint, Media, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::params::Pairs;
use crate::places::Place;
use crate::reply::{self, Answer};
use crate::server::{HalfClosed, Shutdown};
use crate::{Problem, filters, nouns, schema};

const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Without an activity for so long, a line that says nothing keeps the connection open.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Between two lines to a client that may be gone.
const MOMENT: Duration = Duration::from_millis(250);

/// At once in memory, and in one transaction.
const BATCH: u32 = 200;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/activities", "activities_list", list)
            .of("activities", Noun::Activities, Verb::Read)
            .says("List activities", "The newest first: who changed which record, with the old and the new values.")
            .takes(filters::of_noun(&ACTIVITY))
            .defines("Activity", schema::record(ACTIVITY.fields))
            .answers(StatusCode::OK, "A page.", schema::envelope(schema::reference("Activity")), None),
        Endpoint::get("/api/activities/stream", "activities_stream", stream)
            .of("activities", Noun::Activities, Verb::Read)
            .says(
                "Follow the activity feed",
                "Server-sent events. Each event has the activity as JSON in `data`, its kind in `event` and a \
                 position in `id`. A client that reconnects sends the position as `Last-Event-ID`; no activity is \
                 missed or sent twice. Activities are sent in the order of their commits, whichever process wrote \
                 them.",
            )
            .takes(filters::noun_filters(&ACTIVITY))
            .answer(Answers {
                status: StatusCode::OK,
                about: "Events, until one side closes the connection.".to_owned(),
                media: vec![Media { name: "text/event-stream", schema: schema::content().into(), example: None }],
                headers: Vec::new(),
            }),
    ]
}

async fn list(caller: Caller, Query(pairs): Query) -> Answer {
    let (chosen, order, ask) = nouns::asked(&ACTIVITY, &caller.context, pairs).await?;
    let part = lists::part::<FeedItem>(&caller.context, &ACTIVITY, &chosen, order, &ask).await?;
    Ok(reply::page(&part, object))
}

/// Every field, by its name.
fn object(item: &FeedItem) -> Map<String, Value> {
    record(ACTIVITY.fields, |field| value(item, field))
}

async fn stream(
    caller: Caller,
    Query(pairs): Query,
    shutdown: Option<Extension<Shutdown>>,
    half_closed: Option<Extension<HalfClosed>>,
    headers: HeaderMap,
) -> Answer {
    follow(caller, pairs, (shutdown, half_closed), &headers, true).await
}

/// Only that there were activities, for pages: they ask again for what they show.
pub(crate) async fn changes(
    caller: Caller,
    shutdown: Option<Extension<Shutdown>>,
    half_closed: Option<Extension<HalfClosed>>,
    headers: HeaderMap,
) -> Answer {
    follow(caller, Pairs::new(), (shutdown, half_closed), &headers, false).await
}

async fn follow(
    caller: Caller,
    pairs: Pairs,
    (shutdown, half_closed): (Option<Extension<Shutdown>>, Option<Extension<HalfClosed>>),
    headers: &HeaderMap,
    whole: bool,
) -> Answer {
    let state = caller.state.clone();
    let since = pairs.iter().any(|(name, _)| name == "since");
    let filter = selection(&caller.context, &ACTIVITY, pairs).await?;
    let place = state.streams().take(caller.id())?;
    let ticks = state.live().follow(&caller.context.db).await?;
    let (cursor, before) = match headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or_default()) {
        Some(text) => {
            let (cursor, before) = read_place(text).map_err(|invalid| no_place(text, &invalid))?;
            activities::check(&caller.context, cursor).await.map_err(|error| match error.kind {
                Kind::Invalid => no_place(text, &error),
                _ => error.into(),
            })?;
            (cursor, before)
        }
        None if since => (activities::start(&caller.context).await?, HashSet::new()),
        None => activities::end(&caller.context).await?,
    };
    let shutdown = shutdown.map_or_else(Shutdown::default, |Extension(shutdown)| shutdown);
    let pending = Vec::new().into_iter();
    let put_out = Box::pin(caller.clone().until_revoked());
    let doubts = LivenessProbe { half_closed: half_closed.map(|Extension(half_closed)| half_closed), asked: 0 };
    let follower = Follower {
        caller,
        filter,
        cursor,
        before,
        ticks,
        shutdown,
        pending,
        put_out,
        doubts,
        begun: false,
        whole,
        _place: place,
    };
    let events = stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok::<Event, Infallible>(event), follower))
    });
    let events = Sse::new(events.fuse()).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    // A proxy that gathers an answer before it passes it on would hold the events back.
    Ok(([(UNBUFFERED, HeaderValue::from_static("no"))], events).into_response())
}

/// Of a `Last-Event-ID` that is no place here.
fn no_place(text: &str, why: &dyn Display) -> Problem {
    let told = text.chars().take(100).collect::<String>();
    Problem::invalid("cursor", format!("Last-Event-ID {told:?}: {why}; {WITHOUT_A_PLACE}"))
}

/// Somebody who follows the feed.
struct Follower {
    caller: Caller,
    filter: Selection,
    cursor: Cursor,
    /// What was there before, and on PostgreSQL comes once more when it is settled.
    before: HashSet<Uuid>,
    ticks: watch::Receiver<u64>,
    shutdown: Shutdown,
    pending: std::vec::IntoIter<FeedItem>,
    /// Resolves when the caller's key works no more.
    put_out: Pin<Box<dyn Future<Output = ()> + Send>>,
    doubts: LivenessProbe,
    begun: bool,
    /// Whether activities are told, or only how many there were.
    whole: bool,
    _place: Place,
}

/// A client that sends no more may be gone: two lines a moment apart find out, since the first brings the other side's word that
/// nobody listens. Where it goes on listening, so does the stream.
struct LivenessProbe {
    half_closed: Option<HalfClosed>,
    asked: u8,
}

impl LivenessProbe {
    /// Returns when the client is to be asked.
    async fn arise(&mut self) {
        match (&mut self.half_closed, self.asked) {
            (Some(half_closed), 0) => half_closed.told().await,
            (Some(_), 1) => tokio::time::sleep(MOMENT).await,
            _ => std::future::pending().await,
        }
        self.asked += 1;
    }
}

impl Follower {
    /// The next activity; none when the server stops, the caller's key does not work any more, or the database fails: the client
    /// comes again.
    async fn next(&mut self) -> Option<Event> {
        if !std::mem::replace(&mut self.begun, true) {
            // From here on nothing is missed, even if the connection breaks before the first activity.
            return Some(Event::default().id(place(self.cursor, &self.before)).comment("following"));
        }
        loop {
            for item in self.pending.by_ref() {
                if !self.before.remove(&item.activity.id) {
                    let event = Event::default().id(place(item.cursor, &self.before)).event(&item.activity.kind);
                    return Some(event.data(Value::Object(object(&item)).to_string()));
                }
            }
            self.ticks.mark_unchanged();
            match activities::after(&self.caller.context, self.cursor, &self.filter, BATCH).await {
                Ok((items, next)) => {
                    self.cursor = next;
                    if !items.is_empty() && !self.caller.is_let_in().await {
                        return None;
                    }
                    if items.is_empty() {
                        tokio::select! {
                            changed = self.ticks.changed() => changed.ok()?,
                            () = self.shutdown.begun() => return None,
                            () = &mut self.put_out => return None,
                            () = self.doubts.arise() => return Some(Event::default().comment("still there?")),
                        }
                    }
                    if !self.whole && !items.is_empty() {
                        let fresh = items.iter().filter(|item| !self.before.remove(&item.activity.id)).count();
                        if fresh > 0 {
                            let event = Event::default().id(place(self.cursor, &self.before));
                            return Some(event.data(fresh.to_string()));
                        }
                        continue;
                    }
                    self.pending = items.into_iter();
                }
                Err(error) => {
                    tracing::warn!(code = error.code, "a follower of the feed was disconnected: {error}");
                    return None;
                }
            }
        }
    }
}

/// Between a cursor and each id that is still to be passed over.
const BUT: char = '!';

/// More than these are not told: they would come once more after a break.
const MOST_PASSED_OVER: usize = 100;

/// Where to go on: after the cursor, but without what was there before the stream began.
fn place(cursor: Cursor, before: &HashSet<Uuid>) -> String {
    let mut ids: Vec<&Uuid> = before.iter().collect();
    ids.sort_unstable();
    ids.into_iter().take(MOST_PASSED_OVER).fold(cursor.to_string(), |place, id| format!("{place}{BUT}{}", id.simple()))
}

fn read_place(text: &str) -> Result<(Cursor, HashSet<Uuid>), Invalid> {
    let mut parts = text.split(BUT);
    let cursor = parts.next().unwrap_or_default().parse()?;
    let rule = || Invalid::new("cursor", "the id of an event that the stream gave, unchanged");
    let ids = parts.map(|id| Uuid::try_parse(id).map_err(|_| rule())).collect::<Result<_, _>>()?;
    Ok((cursor, ids))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_back() {
        let cursor: Cursor = "00000000000000ff-7-12".parse().unwrap();
        for ids in [vec![], vec![Uuid::from_u128(1)], vec![Uuid::from_u128(1), Uuid::from_u128(2)]] {
            let before: HashSet<Uuid> = ids.into_iter().collect();
            assert_eq!(read_place(&place(cursor, &before)), Ok((cursor, before)));
        }
        for text in
            ["", "x", "7-12", "00000000000000ff-7-12!", "00000000000000ff-7-12!x", "!", "00000000000000ff-7-12!!"]
        {
            assert_eq!(read_place(text).unwrap_err().code, "cursor", "{text}");
        }
    }
}
