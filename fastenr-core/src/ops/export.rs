//! Exports as streams of bytes, for whoever hands them on as they come.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use super::{Context, accounts, entries, selection, users};
use crate::error::{Error, Result};
use crate::export::{Format, Row, Writer};
use crate::model::account::ACCOUNT;
use crate::model::filter::{AccountFilter, AccountSort, AccountSortKey};
use crate::model::noun::{Field, Noun};
use crate::model::selection::Selection;
use crate::model::user::USER;
use crate::spool;

/// Bytes of a piece; the last one may be shorter, and one of a very long record longer.
pub const PIECE: usize = 1 << 16;

/// Which records, in the order of their ids.
#[derive(Debug, Clone)]
pub enum What {
    Accounts(Box<AccountFilter>),
    /// Of a noun that belongs to accounts.
    Entries(&'static Noun, Selection),
    /// Deactivated ones too, unless only the active are asked for.
    Users {
        active: bool,
    },
}

impl What {
    pub const fn noun(&self) -> &'static Noun {
        match self {
            Self::Accounts(_) => &ACCOUNT,
            Self::Entries(noun, _) => noun,
            Self::Users { .. } => &USER,
        }
    }
}

/// The same bytes as an export to a file has, in pieces of about [`PIECE`] bytes and in flat memory, from one state of the
/// database. That is read as fast as it gives: what is not taken in time is spooled to a file without a name, so that the
/// transaction waits for nobody. Dropping the stream ends it. It may be asked again after its end, as some compressors do.
///
/// # Errors
/// In the place of the next piece, after which nothing comes.
pub fn stream(
    context: &Context,
    what: What,
    format: Format,
    fields: Vec<&'static Field>,
) -> impl Stream<Item = Result<Vec<u8>>> + Send + Unpin + use<> {
    let (mut writer, mut reader) = spool::pipe();
    let gone = reader.gone();
    let context = context.clone();
    tokio::spawn(async move {
        // Nobody waits any more: the rest is not read, however long the next row would take.
        let outcome = tokio::select! {
            outcome = write(&context, what, format, &fields, &mut writer) => outcome,
            () = gone => return,
        };
        writer.end(outcome);
    });
    let pieces = stream::unfold(reader, async |mut reader| reader.next().await.map(|piece| (piece, reader)));
    Box::pin(pieces.fuse())
}

type Pieces = spool::Writer;

async fn write(
    context: &Context,
    what: What,
    format: Format,
    fields: &[&'static Field],
    pieces: &mut Pieces,
) -> Result<()> {
    let buffer = Buffer::default();
    let mut writer = Writer::new(format, fields, buffer.clone()).map_err(writing)?;
    match what {
        What::Users { active } => {
            let mut found = users::list(context).await?;
            found.retain(|user| !active || user.deactivated_at.is_none());
            found.sort_by_key(|user| user.id);
            for user in &found {
                row(&mut writer, &buffer, user, pieces).await?;
            }
        }
        What::Accounts(filter) => {
            let by_id = AccountSort { key: AccountSortKey::Id, descending: false };
            let mut tx = context.db.read().await?;
            let mut rows = accounts::stream(&mut tx, context, &filter, by_id)?;
            while let Some(account) = rows.try_next().await? {
                row(&mut writer, &buffer, &account, pieces).await?;
            }
        }
        What::Entries(noun, chosen) => {
            let by_id = selection::order(noun, "id").map_err(|invalid| invalid.of("sort", "id"))?;
            let mut tx = context.db.read().await?;
            let mut rows = entries::stream(&mut tx, context, noun, &chosen, by_id)?;
            while let Some(entry) = rows.try_next().await? {
                row(&mut writer, &buffer, &entry, pieces).await?;
            }
        }
    }
    writer.flush().map_err(writing)?;
    send(&buffer, 1, pieces).await
}

async fn row<R: Row + Sync>(writer: &mut Writer<Buffer>, buffer: &Buffer, row: &R, pieces: &mut Pieces) -> Result<()> {
    writer.row(row).map_err(writing)?;
    send(buffer, PIECE, pieces).await
}

/// Hands on what is there, from so many bytes on.
async fn send(buffer: &Buffer, least: usize, pieces: &mut Pieces) -> Result<()> {
    if let Some(piece) = buffer.take(least) {
        pieces.send(piece).await?;
    }
    Ok(())
}

fn writing(error: io::Error) -> Error {
    Error::io("writing the export", error)
}

/// Bytes between the writer and the pieces.
#[derive(Debug, Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self, least: usize) -> Option<Vec<u8>> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (bytes.len() >= least).then(|| std::mem::take(&mut *bytes))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
