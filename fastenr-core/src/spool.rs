//! Pieces on their way from a writer to a reader that may be slower: what is not taken in time waits in a file without a name, so
//! that the writer, and the transaction it reads in, never waits for whoever is at the other end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::timeout;

use crate::error::{Error, Kind, Result};

/// How long a reader may take for a piece before the rest is spooled.
const PATIENCE: Duration = Duration::from_millis(100);

/// Bytes that are read from the file at once.
const PIECE: usize = 1 << 16;

/// Bytes that all spools of the process may have together: more breaks off the one that needs them.
const MOST: u64 = 16 << 30;

static SPOOLED: AtomicU64 = AtomicU64::new(0);

/// What is done to what, and where, for errors.
pub(crate) fn spooling(what: &str) -> String {
    format!("spooling {what} in {}", std::env::temp_dir().display())
}

pub(crate) fn pipe() -> (Writer, Reader) {
    let (sender, pieces) = mpsc::channel(2);
    let (here, gone) = oneshot::channel();
    let shared = Arc::new(Shared::default());
    let writer = Writer { pieces: Some(sender), shared: Arc::clone(&shared) };
    (writer, Reader { pieces, shared, at: 0, _here: here, gone: Some(gone) })
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    more: Notify,
}

#[derive(Default)]
struct State {
    file: Option<File>,
    written: u64,
    /// How the writer ended.
    end: Option<Result<()>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        SPOOLED.fetch_sub(self.written, Ordering::Relaxed);
    }
}

pub(crate) struct Writer {
    /// None once the rest goes to the file.
    pieces: Option<mpsc::Sender<Vec<u8>>>,
    shared: Arc<Shared>,
}

impl Writer {
    /// Hands a piece on, or spools it. Where nobody reads any more it goes nowhere.
    ///
    /// # Errors
    /// `io`; `spool_full`.
    pub(crate) async fn send(&mut self, piece: Vec<u8>) -> Result<()> {
        if let Some(pieces) = self.pieces.clone() {
            match timeout(PATIENCE, pieces.reserve_owned()).await {
                Ok(Ok(place)) => {
                    place.send(piece);
                    return Ok(());
                }
                Ok(Err(_)) => return Ok(()),
                // What is on its way is taken before what is in the file.
                Err(_) => self.pieces = None,
            }
        }
        self.spool(&piece)
    }

    fn spool(&self, piece: &[u8]) -> Result<()> {
        let bytes = piece.len() as u64;
        if SPOOLED.fetch_add(bytes, Ordering::Relaxed) + bytes > MOST {
            SPOOLED.fetch_sub(bytes, Ordering::Relaxed);
            let message = "clients that read slowly have as much waiting for them as there may be";
            return Err(Error::new(Kind::Busy, "spool_full", message));
        }
        let mut state = self.shared.state();
        state.written += bytes;
        let end = state.written - bytes;
        let write = |state: &mut State| -> io::Result<()> {
            let file = match &mut state.file {
                Some(file) => file,
                none => none.insert(tempfile::tempfile()?),
            };
            file.seek(SeekFrom::Start(end))?;
            file.write_all(piece)
        };
        write(&mut state).map_err(|error| Error::io(spooling("an answer"), error))?;
        drop(state);
        self.shared.more.notify_one();
        Ok(())
    }

    /// Nothing comes after this.
    pub(crate) fn end(self, outcome: Result<()>) {
        self.shared.state().end = Some(outcome);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let broken = || Err(Error::new(Kind::Storage, "broken_off", "the work that wrote it ended in the middle"));
        self.shared.state().end.get_or_insert_with(broken);
        self.shared.more.notify_one();
    }
}

pub(crate) struct Reader {
    pieces: mpsc::Receiver<Vec<u8>>,
    shared: Arc<Shared>,
    /// Bytes of the file that were taken.
    at: u64,
    _here: oneshot::Sender<()>,
    gone: Option<oneshot::Receiver<()>>,
}

impl Reader {
    /// Resolves when the reader is dropped; it can be had once.
    pub(crate) fn gone(&mut self) -> impl Future<Output = ()> + Send + use<> {
        let gone = self.gone.take();
        async move {
            match gone {
                Some(gone) => drop(gone.await),
                None => std::future::pending().await,
            }
        }
    }

    /// The next piece; none after the last, nor after an error.
    pub(crate) async fn next(&mut self) -> Option<Result<Vec<u8>>> {
        if let Some(piece) = self.pieces.recv().await {
            return Some(Ok(piece));
        }
        loop {
            {
                let mut state = self.shared.state();
                if self.at < state.written {
                    let piece = read(&mut state, self.at);
                    self.at += piece.as_ref().map_or(0, |piece| piece.len() as u64);
                    return Some(piece.map_err(|error| Error::io("reading what was spooled", error)));
                }
                if let Some(outcome) = state.end.take() {
                    // Asked again, it has ended.
                    state.end = Some(Ok(()));
                    return outcome.err().map(Err);
                }
            }
            self.shared.more.notified().await;
        }
    }
}

fn read(state: &mut State, at: u64) -> io::Result<Vec<u8>> {
    let length = usize::try_from(state.written - at).unwrap_or(PIECE).min(PIECE);
    let mut piece = vec![0; length];
    let file = state.file.as_mut().ok_or(io::ErrorKind::UnexpectedEof)?;
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut piece)?;
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn piece(n: u32) -> Vec<u8> {
        n.to_be_bytes().repeat(10_000)
    }

    async fn rest(reader: &mut Reader) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(piece) = reader.next().await {
            all.extend(piece.unwrap());
        }
        all
    }

    #[tokio::test]
    async fn a_writer_waits_for_nobody_and_nothing_is_lost() {
        let (mut writer, mut reader) = pipe();
        let begun = Instant::now();
        for n in 0..50 {
            writer.send(piece(n)).await.unwrap();
        }
        writer.end(Ok(()));
        assert!(begun.elapsed() < Duration::from_secs(5));
        let expected: Vec<u8> = (0..50).flat_map(piece).collect();
        assert!(rest(&mut reader).await == expected);
        assert!(reader.next().await.is_none());
    }

    #[tokio::test]
    async fn a_reader_that_keeps_up_and_one_that_falls_behind() {
        for pause in [0, 150] {
            let (mut writer, mut reader) = pipe();
            let writing = tokio::spawn(async move {
                for n in 0..20 {
                    writer.send(piece(n)).await.unwrap();
                }
                writer.end(Err(Error::new(Kind::Storage, "broken", "it broke")));
            });
            let mut all = Vec::new();
            let mut ended = None;
            while let Some(piece) = reader.next().await {
                match piece {
                    Ok(piece) => all.extend(piece),
                    Err(error) => ended = Some(error.code),
                }
                tokio::time::sleep(Duration::from_millis(if all.len() < 200_000 { pause } else { 0 })).await;
            }
            writing.await.unwrap();
            assert!(all == (0..20).flat_map(piece).collect::<Vec<u8>>(), "{pause}");
            assert_eq!(ended, Some("broken"));
        }
    }

    #[tokio::test]
    async fn a_reader_that_goes_is_heard_of() {
        let (mut writer, mut reader) = pipe();
        let gone = reader.gone();
        for n in 0..5 {
            writer.send(piece(n)).await.unwrap();
        }
        drop(reader);
        gone.await;
        writer.send(piece(9)).await.unwrap();
    }
}
