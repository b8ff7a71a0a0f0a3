//! The feed: what was done, newest first, and what is being done, as it comes.

use std::collections::HashSet;

use uuid::Uuid;

use super::{Context, lists};
use crate::error::{Error, Result, Setting};
use crate::model::activity::{ACTIVITY, Cursor, FeedItem};
use crate::model::filter::{Found, Page};
use crate::model::selection::{Order, Selection};
use crate::say;
use crate::store::feed::Feed;
use crate::store::{Db, Tx, activities, feed};

/// A page, the newest first, and how many there are in all.
pub async fn list(context: &Context, selection: &Selection, page: Page) -> Result<Found<FeedItem>> {
    lists::list(context, &ACTIVITY, selection, Order::first(&ACTIVITY), page).await
}

/// The feed as it stands, in a transaction that reads it: settled in the cluster that the database is in.
async fn stands(context: &Context) -> Result<(Tx<'static>, Feed)> {
    let mut tx = context.db.read().await?;
    let stands = feed::read_feed(&mut tx, &context.scope()).await?;
    if stands.is_at_home() {
        return Ok((tx, stands));
    }
    drop(tx);
    begin_feed_epoch(&context.db, false).await?;
    let mut tx = context.db.read().await?;
    let stands = feed::read_feed(&mut tx, &context.scope()).await?;
    Ok((tx, stands))
}

/// Has the feed go on in the cluster that the database is in, after it was moved there: see [`feed::begin_epoch`].
pub(crate) async fn begin_feed_epoch(db: &Db, insist: bool) -> Result<bool> {
    let mut tx = db.write_any().await?;
    let settled = feed::begin_epoch(&mut tx, insist).await?;
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
    selection: &Selection,
    limit: u32,
) -> Result<(Vec<FeedItem>, Cursor)> {
    let (mut tx, Feed { end, .. }) = stands(context).await?;
    if !cursor.is_of(end.epoch) {
        return Err(Error::refused(
            "feed_moved",
            "the database was moved to another cluster since the cursor was made",
        )
        .hint(say!("follow again, with {} for earlier activities", Setting::Since)));
    }
    activities::after(&mut tx, &context.scope(), cursor, end, selection, limit).await
}
