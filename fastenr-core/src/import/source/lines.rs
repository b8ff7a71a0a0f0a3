//! The physical lines of a text.

use crate::error::Setting;
use crate::say;
use memchr::memchr2;

use super::MAX_RECORD;
use super::decode::Text;
use crate::{Error, Result};

/// What ended a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The text.
    Text,
    Feed,
    Return,
    ReturnFeed,
}

impl End {
    pub(super) const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Text => b"",
            Self::Feed => b"\n",
            Self::Return => b"\r",
            Self::ReturnFeed => b"\r\n",
        }
    }
}

pub(super) struct Lines {
    text: Text,
    /// The line that comes next, from 1.
    next: u64,
}

impl Lines {
    /// `next` is the number of the line that the text stands at.
    pub(super) const fn new(text: Text, next: u64) -> Self {
        Self { text, next }
    }

    pub(super) fn into_text(self) -> Text {
        self.text
    }

    pub(super) const fn text(&self) -> &Text {
        &self.text
    }

    /// The number of the line that comes next, from 1.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Appends the next line without its end; nothing after the last.
    ///
    /// Errors: those of the text; `record_long`.
    pub(super) fn read(&mut self, line: &mut Vec<u8>) -> Result<Option<End>> {
        let before = line.len();
        loop {
            let input = self.text.fill()?;
            let Some(at) = memchr2(b'\n', b'\r', input) else {
                if input.is_empty() {
                    if line.len() == before {
                        return Ok(None);
                    }
                    self.next += 1;
                    return Ok(Some(End::Text));
                }
                line.extend_from_slice(input);
                let taken = input.len();
                self.text.consume(taken);
                if line.len() - before > MAX_RECORD {
                    return Err(too_long(&self.text, self.next, "the record is longer than 16 MiB"));
                }
                continue;
            };
            line.extend_from_slice(&input[..at]);
            let feed = input[at] == b'\n';
            self.text.consume(at + 1);
            self.next += 1;
            let end = if feed {
                End::Feed
            } else if self.text.fill()?.first() == Some(&b'\n') {
                self.text.consume(1);
                End::ReturnFeed
            } else {
                End::Return
            };
            return Ok(Some(end));
        }
    }
}

pub(super) fn too_long(text: &Text, line: u64, what: &str) -> Error {
    Error::invalid("record_long", format!("{}, line {line}: {what}", text.source().name()))
        .hint(say!("check for a quote that is never closed, or name another {}", Setting::Delimiter))
}
