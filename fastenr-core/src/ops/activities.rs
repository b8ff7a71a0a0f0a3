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
use crate::model::when::Sense;
use crate::store::feed::Feed;
use crate::store::{self, Db, StoreResult, Tx, activities, feed};

/// The names that [`filter`] knows, each with one line about it.
pub const ACTIVITY_FILTERS: &[(&str, &str)] = &[
    ("account", "account, including its records; imports are left out"),
    ("actor", "acting users, separated by commas"),
    ("kind", "kinds, separated by commas, such as accounts.update, engagements.* or *.delete"),
    ("record", "id of the record, also of a deleted one"),
    ("since", "since this time: a time ago such as 7d, a day, or an RFC 3339 time"),
    ("until", "until this time"),
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
            _ => filter.before = Some(period::before(context, text, Sense::Back).map_err(of)?),
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

/// The feed as it stands, in a transaction that reads it: settled in the cluster that the database is in.
async fn stands(context: &Context) -> Result<(Tx<'static>, Feed)> {
    let mut tx = context.db.read().await?;
    let stands = feed::stands(&mut tx, &context.scope()).await?;
    if stands.is_at_home() {
        return Ok((tx, stands));
    }
    drop(tx);
    settle(&context.db, false).await?;
    let mut tx = context.db.read().await?;
    let stands = feed::stands(&mut tx, &context.scope()).await?;
    Ok((tx, stands))
}

/// Has the feed go on in the cluster that the database is in, after it was moved there: see [`feed::settle`].
pub(crate) async fn settle(db: &Db, insist: bool) -> Result<bool> {
    let mut tx = db.write_any().await?;
    let settled = feed::settle(&mut tx, insist).await?;
    tx.commit().await?;
    if settled {
        tracing::info!("the feed was settled: the database was moved to another cluster");
    }
    Ok(settled)
}

/// Before everything that the feed has.
pub async fn start(context: &Context) -> Result<Cursor> {
    let (_tx, Feed { end, .. }) = stands(context).await?;
    Ok(Cursor { epoch: end.epoch, ..Cursor::START })
}

/// From where on to follow the feed: the end of what is settled, and the ids beyond it that were done before now. On
/// PostgreSQL these come once more, when whatever they overtook is done.
pub async fn end(context: &Context) -> Result<(Cursor, HashSet<Uuid>)> {
    let (mut tx, Feed { end, .. }) = stands(context).await?;
    Ok((end, activities::unsettled(&mut tx, &context.scope()).await?.into_iter().collect()))
}

/// What a client does whose place is none.
pub const WITHOUT_A_PLACE: &str = "leave it out to follow from now on, or ask with since for what was before";

/// Whether `cursor` is a place in this feed. One of another database or organization, of before the database was moved to
/// another cluster, or of what a restored backup does not have would wait in silence, or leave things out.
///
/// # Errors
/// `cursor`.
pub async fn check(context: &Context, cursor: Cursor) -> Result<()> {
    let (mut tx, Feed { end, .. }) = stands(context).await?;
    let message = match cursor.epoch == end.epoch {
        false => "it is a place in the feed of another database, or of this one before it was moved",
        true if end.is_before(&cursor) => "it lies after the end of this feed: a backup may have been restored",
        true if !feed::leads_to(&mut tx, &context.scope(), cursor).await? => {
            "this feed has something else there: a backup may have been restored, or it is of another organization"
        }
        true => return Ok(()),
    };
    Err(Error::invalid("cursor", message).hint(WITHOUT_A_PLACE))
}

/// What came after `cursor`, the oldest first, and the cursor to ask with next: none is left out, none comes twice.
///
/// # Errors
/// `feed_moved` where the database was moved to another cluster since.
pub async fn after(
    context: &Context,
    cursor: Cursor,
    filter: &ActivityFilter,
    limit: u32,
) -> Result<(Vec<FeedItem>, Cursor)> {
    let (mut tx, Feed { end, .. }) = stands(context).await?;
    if !cursor.is_of(end.epoch) {
        return Err(Error::refused("feed_moved", "the database was moved to another cluster meanwhile")
            .hint("follow again, with --since for what was written before"));
    }
    activities::after(&mut tx, &context.scope(), cursor, end, filter, limit).await
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
