//! Records that have quotes, read strictly: what is not certain is no cell.
//!
//! A quoted cell begins with its quote, ends with a quote before a delimiter or the end of the line, and doubles each
//! quote inside. Quotes inside a cell that is not quoted are text.

use memchr::{memchr, memchr_iter, memchr2};

use super::settings::QuoteEscape;

pub(super) const QUOTE: u8 = b'"';

/// How the quotes of a file are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quoting {
    pub(super) delimiter: u8,
    pub(super) escape: QuoteEscape,
}

/// What is wrong with a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Text follows the quote that closes a cell.
    After,
    /// A blank stands before the quote that opens a cell.
    Before,
}

/// How far a record is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Done,
    /// A cell is open at the end of what there is: the next line belongs to it.
    Open,
    /// The byte where it breaks.
    Broken(Fault, usize),
}

/// Reads the cells of one record.
#[derive(Debug)]
pub(super) struct Cursor {
    /// The next byte.
    at: usize,
    /// The quote that opens the cell at hand.
    opened: Option<usize>,
    /// Whether all cells so far are quoted.
    pub(super) throughout: bool,
    /// A quote in a cell that is not quoted.
    pub(super) stray: Option<usize>,
    /// Whether a backslash stands before a quote that closed a cell.
    pub(super) backslash_closed: bool,
}

impl Cursor {
    pub(super) const fn new() -> Self {
        Self { at: 0, opened: None, throughout: true, stray: None, backslash_closed: false }
    }

    /// The quote that opens the cell at hand.
    pub(super) const fn opened(&self) -> Option<usize> {
        self.opened
    }

    /// Goes on at a byte, where the caller has taken the end of a line.
    pub(super) const fn skip(&mut self, to: usize) {
        self.at = to;
    }

    /// Reads on to the end of `raw`, which holds the record's lines so far. Cells are appended to `cells`, with a
    /// delimiter between them, and where they end to `ends`.
    pub(super) fn step(&mut self, quoting: Quoting, raw: &[u8], cells: &mut Vec<u8>, ends: &mut Vec<usize>) -> Step {
        let Quoting { delimiter, .. } = quoting;
        loop {
            if self.opened.is_none() && raw.get(self.at) == Some(&QUOTE) {
                self.opened = Some(self.at);
                self.at += 1;
            }
            if self.opened.is_some() {
                match self.quoted(quoting, raw, cells) {
                    Step::Done => self.opened = None,
                    other => return other,
                }
            } else {
                self.throughout = false;
                let rest = &raw[self.at..];
                let cell = &rest[..memchr(delimiter, rest).unwrap_or(rest.len())];
                if let Some(quote) = memchr(QUOTE, cell) {
                    if is_blank(&cell[..quote]) {
                        return Step::Broken(Fault::Before, self.at + quote);
                    }
                    self.stray.get_or_insert(self.at + quote);
                }
                cells.extend_from_slice(cell);
                self.at += cell.len();
            }
            ends.push(cells.len());
            if self.at == raw.len() {
                return Step::Done;
            }
            cells.push(delimiter);
            self.at += 1;
        }
    }

    /// Reads a quoted cell to the byte after its closing quote, which is a delimiter or the end.
    fn quoted(&mut self, quoting: Quoting, raw: &[u8], cells: &mut Vec<u8>) -> Step {
        let Quoting { delimiter, escape } = quoting;
        loop {
            let rest = &raw[self.at..];
            let special = match escape {
                QuoteEscape::Doubled => memchr(QUOTE, rest),
                QuoteEscape::Backslash => memchr2(QUOTE, b'\\', rest),
            };
            let Some(special) = special else {
                cells.extend_from_slice(rest);
                self.at = raw.len();
                return Step::Open;
            };
            cells.extend_from_slice(&rest[..special]);
            let at = self.at + special;
            let next = raw.get(at + 1).copied();
            match (raw[at], next) {
                (b'\\', Some(escaped)) if escaped == delimiter || matches!(escaped, QUOTE | b'\\' | b'\n' | b'\r') => {
                    cells.push(escaped);
                    self.at = at + 2;
                }
                // A backslash before the end of a line stands for the line end, which comes with the next line.
                (b'\\', None) => self.at = at + 1,
                (b'\\', Some(_)) => {
                    cells.push(b'\\');
                    self.at = at + 1;
                }
                (_, Some(QUOTE)) => {
                    cells.push(QUOTE);
                    self.at = at + 2;
                }
                (_, Some(other)) if other != delimiter => return Step::Broken(Fault::After, at + 1),
                (_, Some(_) | None) => {
                    self.backslash_closed |= raw[at - 1] == b'\\';
                    self.at = at + 1;
                    return Step::Done;
                }
            }
        }
    }
}

/// What may stand before a quote unseen: spaces, tabs, no-break spaces, byte order marks.
fn is_blank(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.chars().all(super::is_blank))
}

/// How a line is taken apart whose quotes are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lenient {
    /// A quoted cell ends with a quote before a delimiter or the line's end, whatever quotes it holds.
    Outer,
    /// After the quote that closes a cell, text goes on to the next delimiter.
    First,
}

/// Where the cells of a line end if it is read on its own, quotes included; nothing if a quote stays open.
pub(super) fn pieces(line: &[u8], delimiter: u8, how: Lenient) -> Option<Vec<usize>> {
    let mut ends = Vec::new();
    let mut at = 0;
    loop {
        let rest = &line[at..];
        let blanks = rest.iter().take_while(|&&byte| byte != delimiter && matches!(byte, b' ' | b'\t')).count();
        let length = match rest.get(blanks) {
            Some(&QUOTE) => blanks + 1 + quoted_length(&rest[blanks + 1..], delimiter, how)?,
            _ => memchr(delimiter, rest).unwrap_or(rest.len()),
        };
        at += length;
        ends.push(at);
        if at == line.len() {
            return Some(ends);
        }
        at += 1;
    }
}

/// From behind the opening quote to the delimiter or the end of the line.
fn quoted_length(text: &[u8], delimiter: u8, how: Lenient) -> Option<usize> {
    let mut at = 0;
    loop {
        let quote = at + memchr(QUOTE, &text[at..])?;
        let run = text[quote..].iter().take_while(|&&byte| byte == QUOTE).count();
        at = quote + run;
        let escaped = usize::from(quote > 0 && text[quote - 1] == b'\\');
        // Of an even number each stands for half of them.
        if (run - escaped.min(run)) % 2 == 0 {
            continue;
        }
        match how {
            Lenient::Outer if text.get(at).is_none_or(|&next| next == delimiter) => return Some(at),
            Lenient::Outer => {}
            Lenient::First => return Some(at + memchr(delimiter, &text[at..]).unwrap_or(text.len() - at)),
        }
    }
}

/// Fields of a physical line read on its own; a quote that it does not close is text.
pub(super) fn fields_of_line(line: &[u8], delimiter: u8) -> usize {
    let pieces = |how| pieces(line, delimiter, how).map(|ends| ends.len());
    pieces(Lenient::Outer)
        .or_else(|| pieces(Lenient::First))
        .unwrap_or_else(|| memchr_iter(delimiter, line).count() + 1)
}

/// Where the cells end in a broken line, if it is certain that the record ends with it: it then has a number of fields
/// that `fits`.
pub(super) fn whole_line(line: &[u8], delimiter: u8, fits: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
    let fitting = |how| pieces(line, delimiter, how).filter(|ends| fits(ends.len()));
    let even = memchr_iter(QUOTE, line).count().is_multiple_of(2);
    fitting(Lenient::Outer).or_else(|| if even && !shows_backslashes(line) { fitting(Lenient::First) } else { None })
}

/// Whether a quote stands behind a backslash.
pub(super) fn shows_backslashes(text: &[u8]) -> bool {
    memchr_iter(QUOTE, text).any(|quote| quote > 0 && text[quote - 1] == b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str, escape: QuoteEscape) -> Result<Vec<String>, Step> {
        let (mut cells, mut ends) = (Vec::new(), Vec::new());
        match Cursor::new().step(Quoting { delimiter: b',', escape }, raw.as_bytes(), &mut cells, &mut ends) {
            Step::Done => {
                let text = String::from_utf8(cells).unwrap();
                let starts = std::iter::once(0).chain(ends.iter().map(|end| end + 1));
                Ok(starts.zip(&ends).map(|(start, &end)| text[start..end].to_owned()).collect())
            }
            other => Err(other),
        }
    }

    #[test]
    fn strictly() {
        for (raw, cells) in [
            ("\"a\"\"b\",\"\"", vec!["a\"b", ""]),
            ("\"\"\"\",\"x,y\"", vec!["\"", "x,y"]),
            ("5\" disk,x\"", vec!["5\" disk", "x\""]),
            ("\"\",", vec!["", ""]),
            ("\"C:\\\",x", vec!["C:\\", "x"]),
        ] {
            assert_eq!(read(raw, QuoteEscape::Doubled), Ok(cells.iter().map(|&cell| cell.into()).collect()), "{raw}");
        }
        for (raw, step) in [
            ("\"a\"b,c", Step::Broken(Fault::After, 3)),
            ("x,\"a\" ,c", Step::Broken(Fault::After, 5)),
            ("x, \"a\",c", Step::Broken(Fault::Before, 3)),
            ("x,\u{A0}\u{FEFF}\t\"a\",c", Step::Broken(Fault::Before, 8)),
            ("x,\"a", Step::Open),
            ("x,\"a\"\"", Step::Open),
        ] {
            assert_eq!(read(raw, QuoteEscape::Doubled), Err(step), "{raw}");
        }
    }

    #[test]
    fn with_backslashes() {
        for (raw, cells) in [
            (r#""a \"b\" c","\\""#, vec![r#"a "b" c"#, r"\"]),
            (r#""C:\temp","x\,y""#, vec![r"C:\temp", "x,y"]),
            (r#"C:\x,"a""b""#, vec![r"C:\x", "a\"b"]),
            (r#""\"","""#.trim_end_matches('"'), vec!["\"", ""]),
        ] {
            assert_eq!(read(raw, QuoteEscape::Backslash), Ok(cells.iter().map(|&cell| cell.into()).collect()), "{raw}");
        }
        assert_eq!(read(r#""a\""#, QuoteEscape::Backslash), Err(Step::Open));
    }

    #[test]
    fn a_broken_line_that_is_whole() {
        let three = |fields| fields == 3;
        for (line, whole) in [
            (r#"A-1,"16" Monitors Ltd",Retail"#, true),
            (r#"A-1,"The \"Best\" Co",Retail"#, true),
            (r#"A-1,"say \"yes\"",Retail"#, true),
            (r#"A-1, "Acme, Inc", Retail"#, true),
            (r#"A-1,"Best" Co,Retail"#, true),
            (r#"A-1,"16" Monitors,Retail",x"#, true),
            // Each of these may go on in the next line.
            (r#"A-1,Acme,"He said \"call"#, false),
            (r#"A-1,Acme,"5" and "six"#, false),
            (r#"A-1,"16" Monitors,x,Retail"#, false),
        ] {
            assert_eq!(whole_line(line.as_bytes(), b',', three).is_some(), whole, "{line}");
        }
    }

    #[test]
    fn lines_on_their_own() {
        for (line, fields) in [("a,b,c", 3), ("a,\"b,c\"", 2), ("a,\"b,c", 3), ("a\",b", 2), ("", 1)] {
            assert_eq!(fields_of_line(line.as_bytes(), b','), fields, "{line}");
        }
    }
}
