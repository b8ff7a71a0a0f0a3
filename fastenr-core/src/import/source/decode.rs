//! The text of a source, block by block, whatever its encoding: see the rule in [`super`].
//!
//! The rule can be applied in one pass: up to the first byte above 7F all encodings but UTF-16 agree; that byte
//! decides between UTF-8 and Windows-1252, and every later byte that speaks for the other one is an error.

use std::io::{self, Read};
use std::str;

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::file::Source;
use super::position::Position;
use super::settings::Encoding;
use super::sniff;
use crate::{Error, Result};

/// Bytes read at once; few in tests, so that they meet what happens where blocks end.
const BLOCK: usize = if cfg!(test) { 1 << 10 } else { 1 << 18 };

/// The text as UTF-8 without byte order mark and without U+0000.
pub(super) struct Text {
    source: Source,
    input: Box<dyn Read + Send>,
    mode: Mode,
    /// Bytes as read; those from `rest` on belong to the next block.
    raw: Vec<u8>,
    rest: usize,
    /// The block as UTF-8, where `raw` is not.
    decoded: Vec<u8>,
    /// Where the block starts, how far it is taken and where it ends, in `raw` or `decoded`.
    begin: usize,
    taken: usize,
    ready: usize,
    ended: bool,
    /// Where the block starts.
    at: Position,
    guess: Option<String>,
}

enum Mode {
    /// Only ASCII so far.
    Ascii,
    /// Proven by what the text says, e.g. `line 2, column 3 holds UTF-8`.
    Utf8(String),
    /// Guessed from the byte that stands there, or told.
    Windows1252(Option<(u8, Position)>),
    Utf16(Encoding, Box<Decoder>),
}

impl Text {
    pub(super) fn open(source: &Source, encoding: Option<Encoding>) -> Result<Self> {
        let mut text = Self {
            source: source.clone(),
            input: source.input(),
            mode: Mode::Ascii,
            raw: vec![0; BLOCK],
            rest: 0,
            decoded: Vec::new(),
            begin: 0,
            taken: 0,
            ready: 0,
            ended: false,
            at: Position::START,
            guess: None,
        };
        let filled = text.read(0)?;
        let mark = text.settle(encoding, filled)?;
        text.block(mark, filled)?;
        Ok(text)
    }

    /// What is ready and not yet consumed; nothing at the end of the text. It may break off within a character.
    pub(super) fn fill(&mut self) -> Result<&[u8]> {
        while self.taken == self.ready && !self.ended {
            self.next()?;
        }
        let block = if self.decodes() { &self.decoded } else { &self.raw };
        Ok(&block[self.taken..self.ready])
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        self.taken += bytes;
    }

    /// Whether nothing follows what is ready.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Final once the text has been read to its end.
    pub(super) fn encoding(&self) -> Encoding {
        match &self.mode {
            Mode::Ascii | Mode::Utf8(_) => Encoding::Utf8,
            Mode::Windows1252(_) => Encoding::Windows1252,
            Mode::Utf16(encoding, _) => *encoding,
        }
    }

    /// The sentence about a guessed encoding; final once the text has been read to its end.
    pub(super) fn guess(&self) -> Option<&str> {
        self.guess.as_deref()
    }

    fn decodes(&self) -> bool {
        matches!(self.mode, Mode::Windows1252(_) | Mode::Utf16(..))
    }

    /// Settles the mode by what the first block starts with, and returns the length of its byte order mark.
    fn settle(&mut self, encoding: Option<Encoding>, filled: usize) -> Result<usize> {
        let head = &self.raw[..filled];
        if let Some((what, hint)) = sniff::binary(head) {
            let message = format!("{} is {what}, not text", self.source.name());
            return Err(Error::invalid("source_binary", message).hint(hint));
        }
        let marked = sniff::mark(head);
        let (encoding, mark) = match (encoding, marked) {
            (Some(told), Some((marked, length))) if sniff::agree(told, marked) => (Some(told), length),
            (Some(told), Some((marked, _))) => {
                let (name, told, marked) = (self.source.name(), told.title(), marked.title());
                let message = format!("{name} is not {told}: it starts with the byte order mark of {marked}");
                return Err(Error::invalid("encoding", message).hint("leave --encoding out"));
            }
            (told @ Some(_), None) => (told, 0),
            (None, Some((marked, length))) => (Some(marked), length),
            (None, None) => {
                let found = sniff::zeros(head);
                self.guess = found.map(|encoding| {
                    format!("read as {}: every other byte is zero and there is no byte order mark", encoding.title())
                });
                (found, 0)
            }
        };
        self.mode = match encoding {
            None => Mode::Ascii,
            Some(Encoding::Utf8) if mark > 0 => Mode::Utf8("it starts with the byte order mark of UTF-8".into()),
            Some(Encoding::Utf8) => Mode::Utf8("it is to be read as UTF-8".into()),
            Some(Encoding::Windows1252) => Mode::Windows1252(None),
            Some(wide @ (Encoding::Utf16Le | Encoding::Utf16Be)) => {
                let table = if wide == Encoding::Utf16Le { UTF_16LE } else { UTF_16BE };
                Mode::Utf16(wide, Box::new(table.new_decoder_without_bom_handling()))
            }
        };
        Ok(mark)
    }

    /// Moves to the next block.
    fn next(&mut self) -> Result<()> {
        let block = if self.decodes() { &self.decoded } else { &self.raw };
        self.at.advance(&block[self.begin..self.ready]);
        let carried = self.raw.len() - self.rest;
        self.raw.copy_within(self.rest.., 0);
        let filled = self.read(carried)?;
        self.block(0, filled)
    }

    /// Fills `raw` from `start` on and returns how far it is filled.
    fn read(&mut self, start: usize) -> Result<usize> {
        let mut filled = start;
        self.raw.resize(BLOCK, 0);
        while filled < BLOCK {
            match self.input.read(&mut self.raw[filled..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.source.read_error(error)),
            }
        }
        Ok(filled)
    }

    /// Makes a block of `raw[start..filled]`.
    fn block(&mut self, start: usize, filled: usize) -> Result<()> {
        self.raw.truncate(filled);
        self.begin = start;
        if matches!(self.mode, Mode::Ascii | Mode::Utf8(_)) {
            self.utf8(start)?;
        }
        match &self.mode {
            Mode::Ascii | Mode::Utf8(_) => {}
            Mode::Windows1252(_) => self.windows1252(start)?,
            Mode::Utf16(..) => self.utf16(start)?,
        }
        self.taken = self.begin;
        let block = if self.decodes() { &self.decoded } else { &self.raw };
        let block = &block[self.begin..self.ready];
        if block.contains(&0) {
            let before = block.split(|&byte| byte == 0).next().unwrap_or_default();
            let (name, place) = (self.source.name(), self.at.after(before));
            let message = format!("{name}, {place}: the character U+0000 has no place in text");
            return Err(
                Error::invalid("nul", message).hint("is it no text, or in another encoding? --encoding names it")
            );
        }
        Ok(())
    }

    /// Checks `raw[start..]` as UTF-8; the mode may turn into Windows-1252.
    fn utf8(&mut self, start: usize) -> Result<()> {
        let block = &self.raw[start..];
        let (valid, broken) = match str::from_utf8(block) {
            Ok(_) => (block.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_some() || self.ended),
        };
        let before = &block[..valid];
        if matches!(self.mode, Mode::Ascii) && !before.is_ascii() {
            let ascii = before.iter().take_while(|byte| byte.is_ascii()).count();
            self.mode = Mode::Utf8(format!("{} holds UTF-8", self.at.after(&before[..ascii])));
        }
        if broken {
            let place = self.at.after(before);
            let byte = block[valid];
            if let Mode::Utf8(proof) = &self.mode {
                let message = format!("{}, {place}: byte 0x{byte:02X} is not UTF-8, but {proof}", self.source.name());
                return Err(Self::mixed(message));
            }
            self.guess = Some(format!("read as Windows-1252: byte 0x{byte:02X} in {place} is not UTF-8"));
            self.mode = Mode::Windows1252(Some((byte, place)));
        }
        self.rest = start + valid;
        self.ready = start + valid;
        Ok(())
    }

    /// Decodes `raw[start..]` from Windows-1252, with what speaks against it as an error.
    fn windows1252(&mut self, start: usize) -> Result<()> {
        let Mode::Windows1252(guessed) = self.mode else { return Ok(()) };
        self.begin = 0;
        self.rest = self.raw.len();
        let mut next = start;
        while let Some(high) = self.raw[next..].iter().position(|byte| !byte.is_ascii()) {
            next += high;
            if let Some((first, seen)) = guessed {
                match sniff::starts_utf8(&self.raw[next..], self.ended) {
                    Some(false) => {}
                    Some(true) => {
                        let (name, place) = (self.source.name(), self.place_in_1252(start, next));
                        return Err(Self::mixed(format!(
                            "{name}, {place} holds UTF-8, but byte 0x{first:02X} in {seen} is not UTF-8"
                        )));
                    }
                    None => {
                        self.rest = next;
                        break;
                    }
                }
            }
            let byte = self.raw[next];
            if matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D) {
                let (name, place) = (self.source.name(), self.place_in_1252(start, next));
                let neither = if guessed.is_some() { "neither UTF-8 nor" } else { "not" };
                return Err(Error::invalid(
                    "encoding",
                    format!("{name}, {place}: byte 0x{byte:02X} is {neither} Windows-1252"),
                )
                .hint("convert the file to UTF-8 first, e.g. iconv -f SHIFT_JIS -t UTF-8"));
            }
            next += 1;
        }
        let text = WINDOWS_1252.decode_without_bom_handling(&self.raw[start..self.rest]).0;
        self.decoded.clear();
        self.decoded.extend_from_slice(text.as_bytes());
        self.ready = self.decoded.len();
        Ok(())
    }

    /// Decodes `raw[start..]` from UTF-16.
    fn utf16(&mut self, start: usize) -> Result<()> {
        let Mode::Utf16(encoding, decoder) = &mut self.mode else { return Ok(()) };
        self.begin = 0;
        self.rest = self.raw.len();
        // Two bytes become at most three; the decoder may hold back a surrogate from the block before.
        self.decoded.resize(BLOCK / 2 * 3 + 16, 0);
        let raw = &self.raw[start..];
        let (result, _, written) = decoder.decode_to_utf8_without_replacement(raw, &mut self.decoded, self.ended);
        self.ready = written;
        match result {
            DecoderResult::InputEmpty => Ok(()),
            DecoderResult::OutputFull | DecoderResult::Malformed(..) => {
                let (place, title) = (self.at.after(&self.decoded[..written]), encoding.title());
                let message = format!("{}, {place}: this is not {title}", self.source.name());
                Err(Error::invalid("encoding", message).hint("is the file cut off? otherwise name its --encoding"))
            }
        }
    }

    fn place_in_1252(&self, start: usize, end: usize) -> Position {
        self.at.after(WINDOWS_1252.decode_without_bom_handling(&self.raw[start..end]).0.as_bytes())
    }

    fn mixed(message: String) -> Error {
        Error::invalid("encoding", message).hint(
            "mend that line, convert the file to UTF-8, or say how to read all of it, e.g. --encoding windows-1252",
        )
    }
}
