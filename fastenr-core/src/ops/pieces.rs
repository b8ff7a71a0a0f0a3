//! Files that are sent while they are written: bytes in pieces, on their way from a task to whoever reads them.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, Stream, StreamExt};

use crate::error::Result;
use crate::spool;

/// Bytes of a piece; the last one may be shorter, and one of a very long record longer.
pub const PIECE: usize = 1 << 16;

/// What a task of its own writes. It reads as fast as the database gives: what is not taken in time is spooled, so that its
/// transaction waits for nobody. Dropping the stream ends it. It may be asked again after its end.
pub(super) fn stream<W, F>(work: W) -> impl Stream<Item = Result<Vec<u8>>> + Send + Unpin + use<W, F>
where
    W: FnOnce(Pieces) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let (writer, mut reader) = spool::pipe();
    let gone = reader.gone();
    let work = work(Pieces { bytes: Bytes::default(), writer });
    tokio::spawn(async move {
        // Nobody waits any more: the rest is not read, however long the next row would take.
        tokio::select! {
            () = work => {}
            () = gone => {}
        }
    });
    let pieces = stream::unfold(reader, async |mut reader| reader.next().await.map(|piece| (piece, reader)));
    Box::pin(pieces.fuse())
}

/// Where the task writes to.
pub(super) struct Pieces {
    bytes: Bytes,
    writer: spool::Writer,
}

impl Pieces {
    /// What is written there is handed on by [`Self::hand_on`].
    pub(super) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Hands on what is there, from so many bytes on.
    pub(super) async fn hand_on(&mut self, least: usize) -> Result<()> {
        if let Some(piece) = self.bytes.take(least) {
            self.writer.send(piece).await?;
        }
        Ok(())
    }

    /// Nothing comes after this. Without it the stream ends with an error.
    pub(super) fn end(self, outcome: Result<()>) {
        self.writer.end(outcome);
    }
}

/// Bytes between a writer of rows and the pieces.
#[derive(Debug, Clone, Default)]
pub(super) struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    fn take(&self, least: usize) -> Option<Vec<u8>> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (bytes.len() >= least).then(|| std::mem::take(&mut *bytes))
    }
}

impl io::Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
