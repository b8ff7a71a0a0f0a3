//! Which encoding a text is in: by its first block, or by the first byte that is no UTF-8.

use super::{Guess, Mode};
use crate::error::{Note, Setting, Text};
use crate::import::source::detect::{self, Detected};
use crate::import::source::encoding::Encoding;
use crate::import::source::sniff;
use crate::say;
use crate::{Error, Result};

impl super::Text {
    /// Settles the mode by what the first block starts with, and returns the length of its byte order mark.
    pub(super) fn settle(&mut self, encoding: Option<Encoding>, filled: usize) -> Result<usize> {
        let head = &self.raw[..filled];
        if let Some((what, hint)) = sniff::binary(head) {
            let message = format!("{} is {what}, not text", self.source.name());
            return Err(Error::invalid("source_binary", message).hint(hint));
        }
        if let Some(what) = sniff::markup(head) {
            let message = format!("{} is {what}, not a table of text", self.source.name());
            return Err(Error::invalid("source_markup", message)
                .hint("open it in a spreadsheet program and save it as CSV UTF-8, whatever its name says"));
        }
        let marked = sniff::mark(head);
        let (encoding, mark) = match (encoding, marked) {
            (Some(told), Some((marked, length))) if sniff::agree(told, marked) => (Some(told), length),
            (Some(told), Some((marked, _))) => {
                let (name, told, marked) = (self.source.name(), told.title(), marked.title());
                let message = format!("{name} is not {told}: it starts with the byte order mark of {marked}");
                return Err(Error::invalid("encoding", message).hint(say!("leave {} out", Setting::Encoding)));
            }
            (told @ Some(_), None) => (told, 0),
            (None, Some((marked, length))) => (Some(marked), length),
            (None, None) => {
                let found = sniff::zeros(head);
                self.guess = found.map(|encoding| Guess {
                    note: format!(
                        "read as {}: every other byte is zero and there is no byte order mark",
                        encoding.title()
                    )
                    .into(),
                    matters: false,
                });
                (found, 0)
            }
        };
        self.mode = match encoding {
            None => Mode::Ascii,
            Some(utf8) if utf8 == Encoding::UTF_8 && mark > 0 => {
                Mode::Utf8("it starts with the byte order mark of UTF-8".into())
            }
            Some(utf8) if utf8 == Encoding::UTF_8 => Mode::Utf8("it is to be read as UTF-8".into()),
            Some(other) => other.mode(),
        };
        Ok(mark)
    }

    /// All blocks before are ASCII, and this one has a byte that is not UTF-8.
    pub(super) fn find_out(&mut self, byte: u8, place: &str) -> Result<()> {
        match detect::detect(&self.source)? {
            Detected::Certain(encoding, words) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                let sample = if words.is_empty() { String::new() } else { format!(", such as {}", words.join(", ")) };
                let title = encoding.title();
                self.guess = Some(Guess {
                    note: Note::from(format!("read as {title}{sample}: byte 0x{byte:02X} in {place} is not UTF-8"))
                        .hint(say!("{} confirms it", Setting::Encoding.is(encoding))),
                    matters: true,
                });
                self.mode = encoding.mode();
                Ok(())
            }
            Detected::Unsure(unsure) => Err(detect::refusal(self.source.name(), byte, place, &unsure)),
        }
    }

    /// Where UTF-8 was proven and then contradicted.
    pub(super) fn way_out(&self) -> Result<Text> {
        if self.told {
            return Ok(say!("fix that line, or leave {} out", Setting::Encoding));
        }
        Ok(match detect::detect(&self.source)? {
            Detected::Certain(encoding, _) => {
                say!("it reads well in another encoding: {}", Setting::Encoding.is(encoding))
            }
            Detected::Unsure(_) => detect::fix_or_name(),
        })
    }
}
