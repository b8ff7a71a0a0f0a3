//! Copies of what can be read only once, in temporary files that vanish with the source.

use std::fs::File;
use std::io::Write;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::file::Source;
use crate::digest::hex;
use crate::spool::spooling;
use crate::{Error, Result};

/// Bytes that are gathered before they are written.
const BLOCK: usize = 1 << 18;

/// A copy in the making, hashed in passing.
#[derive(Debug)]
pub(super) struct Copy {
    name: String,
    file: File,
    hasher: Sha256,
    bytes: u64,
    most: u64,
}

impl Copy {
    pub(super) fn new(name: &str, most: u64) -> Result<Self> {
        let file = tempfile::tempfile().map_err(|error| Error::io(spooling(name), error))?;
        Ok(Self { name: name.to_owned(), file, hasher: Sha256::new(), bytes: 0, most })
    }

    pub(super) fn write(&mut self, chunk: &[u8]) -> Result<()> {
        self.bytes += chunk.len() as u64;
        if self.bytes > self.most {
            let message = format!("{} is larger than {} bytes", self.name, self.most);
            return Err(Error::invalid("source_long", message).hint("send it in parts, or compressed with gzip"));
        }
        self.hasher.update(chunk);
        self.file.write_all(chunk).map_err(|error| Error::io(spooling(&self.name), error))
    }

    /// As the one file in an archive, which is called `name` there.
    pub(super) fn finish_as(self, archive: &Source, name: &str) -> Result<Source> {
        archive.of_archive(self.file, self.bytes, name)
    }

    pub(super) fn finish(self) -> Result<Source> {
        Source::new(self.name, self.file, self.bytes, None, OnceLock::from(hex(self.hasher)))
    }
}

/// A source that comes in pieces, such as the body of a request. Nothing of it is kept in memory, and a file that is not
/// finished vanishes.
///
/// ```no_run
/// # async fn body(mut chunks: std::vec::IntoIter<Vec<u8>>) -> fastenr_core::Result<()> {
/// let mut spool = fastenr_core::import::source::Spool::new("body", 1 << 30)?;
/// for chunk in chunks {
///     spool.push(&chunk).await?;
/// }
/// let source = spool.finish().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Spool {
    /// None while a thread writes; a push that was dropped midway has lost it.
    copy: Option<Copy>,
    block: Vec<u8>,
}

impl Spool {
    /// `name` is what messages call it. More than `most` bytes, compressed if they come so, are refused.
    ///
    /// Errors: `io`.
    pub fn new(name: &str, most: u64) -> Result<Self> {
        Ok(Self { copy: Some(Copy::new(name, most)?), block: Vec::with_capacity(BLOCK) })
    }

    /// Takes the next piece, of any length.
    ///
    /// Errors: `io`, `disk_full`; `source_long`.
    pub async fn push(&mut self, chunk: &[u8]) -> Result<()> {
        let mut rest = chunk;
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(rest.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(head);
            rest = tail;
            if self.block.len() == BLOCK {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// What was pushed, to be imported.
    ///
    /// Errors: as [`Spool::push`].
    pub async fn finish(mut self) -> Result<Source> {
        self.flush().await?;
        self.copy.ok_or_else(lost)?.finish()
    }

    /// Hashes and writes on a thread that may wait.
    async fn flush(&mut self) -> Result<()> {
        let mut copy = self.copy.take().ok_or_else(lost)?;
        let mut block = std::mem::take(&mut self.block);
        let written = tokio::task::spawn_blocking(move || {
            copy.write(&block)?;
            block.clear();
            Ok::<_, Error>((copy, block))
        });
        let (copy, block) = written.await.map_err(|error| Error::io("spooling", std::io::Error::other(error)))??;
        (self.copy, self.block) = (Some(copy), block);
        Ok(())
    }
}

fn lost() -> Error {
    Error::io("spooling", std::io::Error::other("an earlier piece was not taken"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
    }

    async fn pushed(chunks: &[&[u8]], most: u64) -> Result<Source> {
        let mut spool = Spool::new("body", most)?;
        for chunk in chunks {
            spool.push(chunk).await?;
        }
        spool.finish().await
    }

    #[test]
    fn pieces_make_the_whole() {
        let long = vec![b'x'; 3 * BLOCK + 7];
        let chunks: [&[u8]; 4] = [b"name\n", b"", &long, b"\n"];
        let source = run(pushed(&chunks, u64::MAX)).unwrap();
        let mut all = Vec::new();
        source.input().read_to_end(&mut all).unwrap();
        assert_eq!(all, chunks.concat());
        assert_eq!(source.bytes(), all.len() as u64);
        let same = Source::spool("body", all.as_slice()).unwrap();
        assert_eq!((source.sha256().unwrap(), source.name()), (same.sha256().unwrap(), same.name()));
    }

    #[test]
    fn no_more_than_allowed() {
        assert_eq!(run(pushed(&[b"12345", b"67890"], 10)).unwrap().bytes(), 10);
        assert_eq!(run(pushed(&[b"12345", b"678901"], 10)).unwrap_err().code, "source_long");
        // A body without end is refused before its end.
        let endless = run(async {
            let mut spool = Spool::new("body", 1_000)?;
            for _ in 0..1_000_000 {
                spool.push(&[0; 1_024]).await?;
            }
            Ok::<_, Error>(())
        });
        assert_eq!(endless.unwrap_err().code, "source_long");
    }
}
