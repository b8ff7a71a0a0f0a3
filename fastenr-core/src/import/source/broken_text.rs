//! Text that was broken before the file was written: UTF-8 that was read as Windows-1252 and written as UTF-8 again (`JosÃ©`), and
//! letters that somebody could not read (`Jos�`).

use std::str;

use encoding_rs::WINDOWS_1252;
use memchr::memchr_iter;

use super::record::Record;
use super::survey::Rows;

/// What a reader puts in the place of what it can't read.
const LOST: char = '\u{FFFD}';

/// Counts the records that have such text.
#[derive(Debug, Default)]
pub(super) struct BrokenText {
    rows: Rows,
    /// The first cell, and what it was.
    example: Option<(String, String)>,
    lost: Rows,
    /// The first cell that lost letters.
    lost_example: Option<String>,
}

impl BrokenText {
    pub(super) fn see(&mut self, record: &Record) {
        if record.text.is_ascii() {
            return;
        }
        if record.text.contains(LOST) {
            self.lost.add(record.number);
            let lost = || record.cells().filter_map(|cell| cell.text()).find(|cell| cell.contains(LOST));
            self.lost_example = self.lost_example.take().or_else(|| lost().map(|cell| cell.chars().take(40).collect()));
        }
        if !is_twice(&record.text) {
            return;
        }
        let cells = record.cells().filter_map(|cell| cell.text());
        let Some(cell) = cells.filter(|cell| is_twice(cell)).min_by_key(|cell| cell.len()) else { return };
        self.rows.add(record.number);
        if self.example.is_none() {
            self.example = Some((cell.chars().take(40).collect(), mended(cell).chars().take(40).collect()));
        }
    }

    /// A sentence for each kind.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.twice().into_iter().chain(self.lost())
    }

    fn lost(&self) -> Option<String> {
        let like = format!("letters that could not be read, such as in {:?}", self.lost_example.as_ref()?);
        let told = self.lost.told(&format!("has {like}"), &format!("have {like}"));
        Some(format!("{told}: they were lost before this file was written"))
    }

    fn twice(&self) -> Option<String> {
        let (cell, mended) = self.example.as_ref()?;
        let like = format!("text that looks like UTF-8 read twice, such as {cell:?} for {mended:?}");
        let told = self.rows.told(&format!("has {like}"), &format!("have {like}"));
        Some(format!("{told}: it was broken before this file was written"))
    }
}

fn is_twice(text: &str) -> bool {
    memchr_iter(0xC3, text.as_bytes()).any(|at| character(&text[at..]).is_some())
}

/// The character that the text at its start was, and the bytes that it is now.
fn character(text: &str) -> Option<(char, usize)> {
    let first = text.chars().next()?;
    let length = match first {
        '\u{C2}'..='\u{DF}' => 2,
        '\u{E0}'..='\u{EF}' => 3,
        '\u{F0}'..='\u{F4}' => 4,
        _ => return None,
    };
    let end = text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
    let (bytes, _, lost) = WINDOWS_1252.encode(&text[..end]);
    let was = str::from_utf8(&bytes).ok().filter(|was| !lost && was.chars().count() == 1)?.chars().next()?;
    // Letters of phonetic script are what a capital and a closing quote come to, as in `«CAFÉ»`.
    let usual = matches!(was, '\u{80}'..='\u{17F}' | '\u{370}'..='\u{6FF}' | '\u{E00}'..='\u{E7F}' | '\u{1E00}'..);
    usual.then_some((was, end))
}

fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (was, length) = character(rest).unwrap_or((first, first.len_utf8()));
        out.push(was);
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_text_is_told_from_honest_text() {
        for (text, was) in [
            ("Juan JosÃ©", "Juan José"),
            ("MÃ¼ller", "Müller"),
            ("Childrenâ€™s", "Children’s"),
            ("5 â‚¬", "5 €"),
            ("Ð\u{A0}Ð¾Ð¼", "Ром"),
        ] {
            assert!(is_twice(text), "{text}");
            assert_eq!(mended(text), was);
        }
        for text in ["José", "SÃO PAULO", "«CAFÉ»", "Müller & Söhne", "ÄÖÜ äöü ß", "naïve", "10 °C", "Ã", "日本"]
        {
            assert!(!is_twice(text), "{text}");
        }
    }
}
