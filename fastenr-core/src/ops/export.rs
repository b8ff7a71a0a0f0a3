//! Exports as streams of bytes, for whoever hands them on as they come.

use std::io;

use futures_util::stream::{Stream, TryStreamExt};

use super::pieces::{self, Pieces};
use super::{Context, lists};
use crate::error::{Error, Result};
use crate::export::{Format, Row, Writer};
use crate::model::account::{ACCOUNT, Account};
use crate::model::entry::Entry;
use crate::model::noun::{Field, Noun};
use crate::model::selection::{Order, Selection};
use crate::model::user::{USER, User};

pub use super::pieces::PIECE;

/// Which records, in the order of their ids.
#[derive(Debug, Clone)]
pub enum ExportSelection {
    Accounts(Selection),
    /// Of a noun that belongs to accounts.
    Entries(&'static Noun, Selection),
    Users(Selection),
}

impl ExportSelection {
    pub const fn noun(&self) -> &'static Noun {
        match self {
            Self::Accounts(_) => &ACCOUNT,
            Self::Entries(noun, _) => noun,
            Self::Users(_) => &USER,
        }
    }
}

/// The same bytes as an export to a file has, in pieces of about [`PIECE`] bytes and in flat memory, from one state of the
/// database. That is read as fast as it gives: what is not taken in time is spooled to a file without a name, so that the
/// transaction waits for nobody. Dropping the stream ends it. It may be asked again after its end.
///
/// # Errors
/// In the place of the next piece, after which nothing comes.
pub fn stream(
    context: &Context,
    what: ExportSelection,
    format: Format,
    fields: Vec<&'static Field>,
) -> impl Stream<Item = Result<Vec<u8>>> + Send + Unpin + use<> {
    let context = context.clone();
    pieces::stream(move |mut pieces| async move {
        let outcome = write(&context, what, format, &fields, &mut pieces).await;
        pieces.end(outcome);
    })
}

async fn write(
    context: &Context,
    what: ExportSelection,
    format: Format,
    fields: &[&'static Field],
    pieces: &mut Pieces,
) -> Result<()> {
    let mut writer = Writer::new(format, fields, pieces.bytes()).map_err(writing)?;
    match what {
        ExportSelection::Users(chosen) => {
            let mut tx = context.db.read().await?;
            let mut rows = lists::stream::<User>(&mut tx, context, &USER, &chosen, Order::BY_ID)?;
            while let Some(user) = rows.try_next().await? {
                row(&mut writer, &user, pieces).await?;
            }
        }
        ExportSelection::Accounts(chosen) => {
            let mut tx = context.db.read().await?;
            let mut rows = lists::stream::<Account>(&mut tx, context, &ACCOUNT, &chosen, Order::BY_ID)?;
            while let Some(account) = rows.try_next().await? {
                row(&mut writer, &account, pieces).await?;
            }
        }
        ExportSelection::Entries(noun, chosen) => {
            let mut tx = context.db.read().await?;
            let mut rows = lists::stream::<Entry>(&mut tx, context, noun, &chosen, Order::BY_ID)?;
            while let Some(entry) = rows.try_next().await? {
                row(&mut writer, &entry, pieces).await?;
            }
        }
    }
    writer.flush().map_err(writing)?;
    pieces.hand_on(1).await
}

async fn row<R: Row + Sync>(writer: &mut Writer<pieces::Bytes>, row: &R, pieces: &mut Pieces) -> Result<()> {
    writer.row(row).map_err(writing)?;
    pieces.hand_on(PIECE).await
}

fn writing(error: io::Error) -> Error {
    Error::io("writing the export", error)
}
