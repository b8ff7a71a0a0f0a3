//! The feed: what was done, newest first, and what is being done, as it comes.

use std::collections::HashSet;

use futures_util::stream::BoxStream;
use uuid::Uuid;

use super::filters::unknown_name;
use super::{Context, accounts, period, users};
use crate::error::{Error, Invalid, Result};
use crate::model::activity::{ActivityFilter, Cursor, FeedItem, KindPattern};
use crate::model::cursor::{Ask, ListOrder, Part};
use crate::model::filter::{Found, Page};
use crate::model::noun::{Storage, Value};
use crate::model::short_id::ShortId;
use crate::store::{self, Engine, StoreResult, Tx, activities};

/// The names that [`filter`] knows, each with one line about it.
pub const ACTIVITY_FILTERS: &[(&str, &str)] = &[
    ("account", "about this account or a record of it; imports are about many and left out"),
    ("actor", "done by any of these users, separated by commas"),
    ("kind", "of any of these kinds, separated by commas: accounts.update, engagements.*, *.delete"),
    ("record", "about the record with this id, also one that is deleted"),
    ("since", "from then on: a time ago such as 7d, a day, or an RFC 3339 time"),
    ("until", "up to then"),
];

/// Reads a filter; users and accounts are looked up. Blank texts don't filter.
///
/// # Errors
/// `unknown_filter` with the nearest name, `given_twice`, `empty_range`, the rule that a value breaks, `unknown_user`,
/// `unknown_account`.
pub async fn filter<N, T>(context: &Context, pairs: impl IntoIterator<Item = (N, T)>) -> Result<ActivityFilter>
where
    N: AsRef<str>,
    T: AsRef<str>,
{
    let mut filter = ActivityFilter::default();
    for (name, text) in pairs {
        let (name, text) = (name.as_ref(), text.as_ref().trim());
        let twice = match name {
            "account" => filter.account.is_some(),
            "record" => filter.record.is_some(),
            "since" => filter.since.is_some(),
            "until" => filter.before.is_some(),
            "actor" | "kind" => false,
            _ => return Err(unknown_name(name, ACTIVITY_FILTERS.iter().map(|(known, _)| *known))),
        };
        if twice {
            return Err(Error::invalid("given_twice", format!("{name} is given twice")));
        }
        if text.is_empty() {
            continue;
        }
        let of = |invalid: Invalid| invalid.of(name, text);
        let listed = || text.split(',').map(str::trim).filter(|item| !item.is_empty());
        match name {
            "account" => filter.account = Some(accounts::get(context, text).await?.id),
            "actor" => {
                for actor in listed() {
                    filter.actors.push(users::get(context, actor).await?.id);
                }
            }
            "kind" => {
                for kind in listed() {
                    filter.kinds.push(KindPattern::parse(kind).map_err(|invalid| invalid.of(name, kind))?);
                }
            }
            "record" => {
                filter.record = Some(record(context, text).await?.ok_or_else(|| {
                    of(Invalid::new(
                        "id",
                        "a record is named by its id, or so much of its beginning or end as no other has",
                    ))
                })?);
            }
            "since" => filter.since = Some(period::since(context, text).map_err(of)?),
            _ => filter.before = Some(period::before(context, text).map_err(of)?),
        }
    }
    if let (Some(since), Some(before)) = (filter.since, filter.before)
        && since >= before
    {
        return Err(Error::invalid("empty_range", "the range ends before it begins: no activity can pass"));
    }
    Ok(filter)
}

/// A page, the newest first, and how many there are in all.
pub async fn list(context: &Context, filter: &ActivityFilter, page: Page) -> Result<Found<FeedItem>> {
    let mut tx = context.db.read().await?;
    let rows = activities::list(&mut tx, &context.scope(), filter, page).await?;
    let total = activities::count(&mut tx, &context.scope(), filter).await?;
    Ok(Found { rows, total, page })
}

/// A part of the feed, the newest first, by page or by cursor. To follow the feed as it grows see [`after`].
///
/// # Errors
/// `cursor` for one of another list or filter.
pub async fn part(context: &Context, filter: &ActivityFilter, ask: &Ask) -> Result<Part<FeedItem>> {
    let order = ListOrder { list: "activities", sort: "seq", descending: true, storages: vec![Storage::Integer] };
    let seek = ask.seek(&order)?.and_one();
    let mut tx = context.db.read().await?;
    let rows = activities::list(&mut tx, &context.scope(), filter, seek).await?;
    let total = match ask.total {
        true => Some(activities::count(&mut tx, &context.scope(), filter).await?),
        false => None,
    };
    Ok(ask.part(rows, total, &order, |item| vec![Value::Integer(item.cursor.seq)]))
}

/// Whether anything was ever done: what tells an empty feed from a filter that matches nothing.
pub async fn any(context: &Context) -> Result<bool> {
    activities::any(&mut context.db.read().await?, &context.scope()).await
}

/// All that pass, the newest first, from one consistent state: `tx` comes from [`crate::store::Db::read`].
pub fn stream<'t>(
    tx: &'t mut Tx<'_>,
    context: &Context,
    filter: &ActivityFilter,
) -> Result<BoxStream<'t, StoreResult<FeedItem>>> {
    activities::stream(tx, &context.scope(), filter)
}

/// From where on to follow the feed: the end of what is settled, and the ids beyond it that were done before now. On
/// PostgreSQL these come once more, when whatever they overtook is done.
pub async fn end(context: &Context) -> Result<(Cursor, HashSet<Uuid>)> {
    let mut tx = context.db.read().await?;
    let cursor = activities::end(&mut tx, &context.scope()).await?;
    Ok((cursor, activities::unsettled(&mut tx, &context.scope()).await?.into_iter().collect()))
}

/// Whether `cursor` can be a place in this feed: one of another database, or of a later state of this one, would wait in silence
/// for what never comes.
///
/// # Errors
/// `cursor`.
pub async fn check(context: &Context, cursor: Cursor) -> Result<()> {
    let mut tx = context.db.read().await?;
    let is_of_another = match context.db.engine() {
        Engine::Sqlite => cursor.xid != 0,
        Engine::Postgres => cursor.xid == 0 && cursor != Cursor::START,
    };
    if !is_of_another && cursor <= activities::end(&mut tx, &context.scope()).await? {
        return Ok(());
    }
    let message = format!("{cursor} is no place in the feed of this database, or lies after its end");
    Err(Error::invalid("cursor", message)
        .hint("leave it out to follow from now on, or ask with since for what was before"))
}

/// What came after `cursor`, the oldest first, and the cursor to ask with next: none is left out, none comes twice.
pub async fn after(
    context: &Context,
    cursor: Cursor,
    filter: &ActivityFilter,
    limit: u32,
) -> Result<(Vec<FeedItem>, Cursor)> {
    let mut tx = context.db.read().await?;
    activities::after(&mut tx, &context.scope(), cursor, filter, limit).await
}

/// The record that the feed tells of: by its id, or by a part that no other has.
async fn record(context: &Context, text: &str) -> Result<Option<Uuid>> {
    if let Ok(id) = Uuid::parse_str(text) {
        return Ok(Some(id));
    }
    let Some(short) = ShortId::parse(text) else { return Ok(None) };
    let mut tx = context.db.read().await?;
    let told = ("activities", "record_id", "");
    let found = store::short_ids::matching(&mut tx, &context.scope(), told, &short, 2).await?;
    Ok(if let [id] = found[..] { Some(id) } else { None })
}
