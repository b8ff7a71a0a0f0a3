//! What a file in an encoding of before Unicode holds beyond ASCII: its words, and some of its cells.

use std::collections::HashSet;
use std::io::{self, Read};

use encoding_rs::Encoding as Table;

use crate::Result;
use crate::import::source::file::Source;

/// Different words that are looked at; a byte that none of them has brings its word in all the same.
const MOST_WORDS: usize = 5_000;

/// A longer run of bytes is no word.
const LONGEST_WORD: usize = 200;

/// Different cells that are kept to be shown.
const MOST_CELLS: usize = 200;

/// Gathered in one pass.
#[derive(Default)]
pub(super) struct Sample {
    pub(super) words: Vec<Vec<u8>>,
    known: HashSet<Vec<u8>>,
    pub(super) cells: Vec<Vec<u8>>,
    bytes: HashSet<u8>,
    /// A word that is UTF-8, and how many are.
    pub(super) utf8: Option<String>,
    pub(super) in_utf8: usize,
}

impl Sample {
    pub(super) fn take(source: &Source) -> Result<Self> {
        let mut sample = Self::default();
        let mut input = source.input();
        let mut block = vec![0; 1 << 18];
        let mut filled = 0;
        loop {
            let read = match input.read(&mut block[filled..]) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(source.read_error(error)),
            };
            filled += read;
            if read > 0 && filled < block.len() {
                continue;
            }
            // The last cell goes on in the next block.
            let whole = match read {
                0 => filled,
                _ => block[..filled].iter().rposition(|byte| is_between_cells(*byte)).unwrap_or(filled),
            };
            sample.see(&block[..whole]);
            if read == 0 {
                return Ok(sample);
            }
            block.copy_within(whole..filled, 0);
            filled -= whole;
        }
    }

    fn see(&mut self, block: &[u8]) {
        let mut at = 0;
        while at < block.len() {
            let high = at + Table::ascii_valid_up_to(&block[at..]);
            if high == block.len() {
                return;
            }
            let start = block[..high].iter().rposition(|byte| is_between_cells(*byte)).map_or(0, |before| before + 1);
            let end =
                block[high..].iter().position(|byte| is_between_cells(*byte)).map_or(block.len(), |end| high + end);
            let cell = &block[start.max(at)..end];
            let mut new = false;
            for word in cell.split(|byte| is_between_words(*byte)).filter(|word| !word.is_ascii()) {
                new |= self.see_word(word);
            }
            if new && self.cells.len() < MOST_CELLS && cell.len() <= LONGEST_WORD {
                self.cells.push(cell.to_vec());
            }
            at = end;
        }
    }

    /// Whether the word is one to look at.
    fn see_word(&mut self, word: &[u8]) -> bool {
        let new = word.iter().any(|byte| !byte.is_ascii() && !self.bytes.contains(byte));
        if word.len() > LONGEST_WORD || (!new && self.words.len() >= MOST_WORDS) || self.known.contains(word) {
            return false;
        }
        if let Ok(utf8) = std::str::from_utf8(word) {
            self.in_utf8 += 1;
            self.utf8.get_or_insert_with(|| utf8.to_owned());
        }
        self.bytes.extend(word.iter().filter(|byte| !byte.is_ascii()));
        self.known.insert(word.to_vec());
        self.words.push(word.to_vec());
        true
    }
}

/// What stands between cells; no second byte of any encoding's characters.
fn is_between_cells(byte: u8) -> bool {
    matches!(byte, b',' | b';' | b'\t' | b'\r' | b'\n' | b'"')
}

/// Likewise; digits are part of characters of GB18030.
fn is_between_words(byte: u8) -> bool {
    byte < b'0' || matches!(byte, b':'..=b'?')
}
