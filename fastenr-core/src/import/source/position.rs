//! Where in a text something stands.

use std::fmt;

/// A place in a text that is read block by block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    line: u64,
    /// Characters before the place in its line.
    before: u64,
    /// Whether the byte before was a CR, so that an LF now ends no second line.
    after_cr: bool,
}

impl Position {
    pub(super) const START: Self = Self { line: 1, before: 0, after_cr: false };

    /// The start of a line.
    pub(super) fn line(line: u64) -> Self {
        Self { line, ..Self::START }
    }

    /// Physical line, from 1.
    pub(super) const fn number(&self) -> u64 {
        self.line
    }

    /// Moves past `text`, which is UTF-8 but may break off within a character.
    pub(super) fn advance(&mut self, text: &[u8]) {
        self.advance_line(text);
        match text.iter().rposition(|&byte| matches!(byte, b'\n' | b'\r')) {
            Some(end) => self.before = characters(&text[end + 1..]),
            None => self.before += characters(text),
        }
    }

    /// The same for a caller who only wants the line.
    pub(super) fn advance_line(&mut self, text: &[u8]) {
        let (Some(&first), Some(&last)) = (text.first(), text.last()) else { return };
        let feeds = count(text, b'\n');
        let returns = count(text, b'\r');
        let pairs = if returns == 0 { 0 } else { pairs(text) };
        self.line += (feeds + returns - pairs) as u64;
        if self.after_cr && first == b'\n' {
            self.line -= 1;
        }
        self.after_cr = last == b'\r';
    }

    /// The place after `text`.
    pub(super) fn after(mut self, text: &[u8]) -> Self {
        self.advance(text);
        self
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.before + 1)
    }
}

// Sums in a byte, of no more than a byte can hold, are what the compiler makes vector code of.
const CHUNK: usize = 255;

fn count(text: &[u8], byte: u8) -> usize {
    text.chunks(CHUNK).map(|chunk| usize::from(chunk.iter().map(|&other| u8::from(other == byte)).sum::<u8>())).sum()
}

/// CRs that an LF follows.
fn pairs(text: &[u8]) -> usize {
    let next = text.get(1..).unwrap_or_default();
    let pair = |(&one, &two): (&u8, &u8)| u8::from(one == b'\r') & u8::from(two == b'\n');
    let chunks = text.chunks(CHUNK).zip(next.chunks(CHUNK));
    chunks.map(|(ones, twos)| usize::from(ones.iter().zip(twos).map(pair).sum::<u8>())).sum()
}

/// Characters that start in `text`: all bytes but the continuation bytes of UTF-8.
pub(super) fn characters(text: &[u8]) -> u64 {
    text.chunks(CHUNK).map(|chunk| u64::from(chunk.iter().map(|&byte| u8::from(byte & 0xC0 != 0x80)).sum::<u8>())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_counts_once() {
        let text = "a\nb\r\nc\rd\r\n\r\né x".as_bytes();
        assert_eq!(Position::START.after(text).to_string(), "line 6, column 4");
        for cut in 0..text.len() {
            let cut = Position::START.after(&text[..cut]).after(&text[cut..]);
            assert_eq!(cut, Position::START.after(text));
        }
    }
}
