//! The text of a source, block by block, whatever its encoding: see the rule in [`super`].
//!
//! Up to the first byte above 7F all encodings but UTF-16 agree. If that byte begins no character of UTF-8, and nobody
//! named the encoding, the whole source is looked through for what its encoding is.

mod settle;

use crate::error::{Note, Setting};
use crate::say;
use std::io::{self, Read};
use std::str;

use encoding_rs::{Decoder, DecoderResult};
use memchr::memchr_iter;

use super::encoding::Encoding;
use super::file::Source;
use super::position::Position;
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
    /// Whether the caller named the encoding.
    told: bool,
    guess: Option<Guess>,
}

enum Mode {
    /// Only ASCII so far.
    Ascii,
    /// Proven by what the text says, e.g. `line 2, column 3 holds UTF-8`.
    Utf8(String),
    Other(Encoding, Box<Decoder>),
}

/// An encoding that was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) note: Note,
    /// Whether somebody should look at it.
    pub(super) matters: bool,
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
            told: encoding.is_some(),
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
            Mode::Ascii | Mode::Utf8(_) => Encoding::UTF_8,
            Mode::Other(encoding, _) => *encoding,
        }
    }

    /// What was guessed; final once the text has been read to its end.
    pub(super) const fn guess(&self) -> Option<&Guess> {
        self.guess.as_ref()
    }

    const fn decodes(&self) -> bool {
        matches!(self.mode, Mode::Other(..))
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
        if !self.decodes() {
            self.utf8(start)?;
        }
        // What turns out to be no UTF-8 has another mode by now.
        if self.decodes() {
            self.decode(start)?;
        }
        self.taken = self.begin;
        let block = if self.decodes() { &self.decoded } else { &self.raw };
        let block = &block[self.begin..self.ready];
        if block.contains(&0) {
            let before = block.split(|&byte| byte == 0).next().unwrap_or_default();
            let (name, place) = (self.source.name(), self.at.after(before));
            let message = format!("{name}, {place}: the character U+0000 has no place in text");
            let hint = say!("if the file is text in another encoding, name it with {}", Setting::Encoding);
            return Err(Error::invalid("nul", message).hint(hint));
        }
        Ok(())
    }

    /// Checks `raw[start..]` as UTF-8; the mode may turn into another encoding's.
    fn utf8(&mut self, start: usize) -> Result<()> {
        let block = &self.raw[start..];
        let (valid, broken) = match str::from_utf8(block) {
            Ok(_) => (block.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_some() || self.ended),
        };
        let before = &block[..valid];
        let untold = !self.told && matches!(self.mode, Mode::Ascii);
        if broken {
            let place = self.at.after(before).to_string();
            let byte = block[valid];
            if untold {
                return self.find_out(byte, &place);
            }
            let Mode::Utf8(proof) = &self.mode else { return Ok(()) };
            let message = format!("{}, {place}: byte 0x{byte:02X} is not UTF-8, but {proof}", self.source.name());
            return Err(Error::invalid("encoding", message).hint(self.way_out()?));
        }
        if matches!(self.mode, Mode::Ascii) && !before.is_ascii() {
            let ascii = before.iter().take_while(|byte| byte.is_ascii()).count();
            self.mode = Mode::Utf8(format!("{} holds UTF-8", self.at.after(&before[..ascii])));
        }
        self.rest = start + valid;
        self.ready = start + valid;
        Ok(())
    }

    /// Decodes `raw[start..]`; what the encoding does not define is an error.
    fn decode(&mut self, start: usize) -> Result<()> {
        let Mode::Other(encoding, decoder) = &mut self.mode else { return Ok(()) };
        let encoding = *encoding;
        self.begin = 0;
        self.rest = self.raw.len();
        let raw = &self.raw[start..];
        let most = decoder.max_utf8_buffer_length_without_replacement(raw.len()).unwrap_or(raw.len() * 4 + 16);
        if self.decoded.len() < most {
            self.decoded.resize(most, 0);
        }
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(raw, &mut self.decoded, self.ended);
        self.ready = written;
        let decoded = &self.decoded[..written];
        let bad = match result {
            DecoderResult::InputEmpty | DecoderResult::OutputFull => None,
            DecoderResult::Malformed(length, after) => {
                let bad = read.checked_sub(usize::from(length) + usize::from(after)).and_then(|at| raw.get(at));
                Some((self.at.after(decoded), bad.copied()))
            }
        };
        // Bytes without a meaning come out as control characters of Unicode's second block.
        let control = memchr_iter(0xC2, decoded).find(|&at| matches!(decoded.get(at + 1), Some(0x80..=0x9F)));
        let control = control.filter(|_| encoding.0.is_single_byte());
        let bad = match control {
            Some(at) => Some((self.at.after(&decoded[..at]), decoded.get(at + 1).copied())),
            None => bad,
        };
        let Some((place, byte)) = bad else { return Ok(()) };
        let name = self.source.name();
        let title = encoding.title();
        let message = match byte.filter(|_| encoding.0.is_single_byte()) {
            Some(byte) => format!("{name}, {place}: byte 0x{byte:02X} is not {title}"),
            None => format!("{name}, {place}: this is not {title}"),
        };
        let hint = match encoding.is_utf16() {
            true => say!("check whether the file is cut off; leave {} out, or name another", Setting::Encoding),
            false => say!("fix that line; leave {} out, or name another", Setting::Encoding),
        };
        Err(Error::invalid("encoding", message).hint(hint))
    }
}

impl Encoding {
    fn mode(self) -> Mode {
        Mode::Other(self, Box::new(self.0.new_decoder_without_bom_handling()))
    }
}
