//! What separates the cells of a file.

use crate::error::{Note, Setting};
use crate::say;
use memchr::{memchr, memchr2};

use super::preamble::{Line, line_ends};
use super::quotes::{Cursor, QUOTE, Quoting, Step, fields_of_line};
use super::settings::{Options, delimiter_name, fit_delimiter};

/// As good as any: who ties with a comma wins, as commas also stand in text and in numbers.
const CANDIDATES: [u8; 4] = [b'\t', b';', b'|', b','];
/// How many records have a say.
const SAMPLE: usize = 100;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// Bytes of blank lines and of a `sep=;` line before the header.
    pub(super) skip: usize,
    /// The sentence about it, if it matters.
    pub(super) guess: Option<Note>,
    /// It was told, or the file declares it.
    pub(super) certain: bool,
}

/// Settles the delimiter by the head of a file; `whole` says that nothing follows it. What `options` tell is obeyed;
/// `usual` is what the name of the file promises, and holds if the header has it.
pub(super) fn detect(head: &[u8], whole: bool, options: &Options, usual: Option<u8>) -> Dialect {
    let escape = options.quote_escape.unwrap_or_default();
    let blank = blank_lines(head);
    let head = &head[blank..];
    let (declared, declaration) = declaration(head);
    let skip = blank + declaration;
    if let Some(delimiter) = options.delimiter.or(declared) {
        return Dialect { delimiter, skip, guess: None, certain: true };
    }
    let vote = |&delimiter: &u8| vote(head, whole, Quoting { delimiter, escape });
    let mut votes: Vec<Vote> = CANDIDATES.iter().filter_map(vote).collect();
    // Stable, so that the order of the candidates settles ties.
    votes.sort_by_key(|vote| std::cmp::Reverse((Some(vote.delimiter) == usual, vote.agreement, vote.fields)));
    let Some(best) = votes.first() else {
        return Dialect { delimiter: usual.unwrap_or(b','), skip, guess: None, certain: false };
    };
    let rivals: Vec<String> = votes[1..]
        .iter()
        .filter(|vote| vote.agreement == best.agreement && vote.fields == best.fields)
        .map(|vote| delimiter_name(vote.delimiter))
        .collect();
    let doubtful = !rivals.is_empty() && Some(best.delimiter) != usual;
    let expected = best.delimiter == usual.unwrap_or(b',');
    let read = || Note::from(format!("{}-separated", delimiter_name(best.delimiter)));
    let guess = match doubtful {
        true => {
            let rivals = rivals.join(" or ");
            Some(read().hint(say!("if it is separated by {}, choose it with {}", rivals, Setting::Delimiter)))
        }
        false => (!expected).then(read),
    };
    Dialect { delimiter: best.delimiter, skip, guess, certain: false }
}

/// How a file may be read at whose head other lines stand: by what is told or declared, else by each delimiter, the one that was
/// found first.
pub(super) fn quotings(dialect: &Dialect, options: &Options) -> Vec<Quoting> {
    let escape = options.quote_escape.unwrap_or_default();
    let others = CANDIDATES.into_iter().filter(|&other| other != dialect.delimiter && !dialect.certain);
    std::iter::once(dialect.delimiter).chain(others).map(|delimiter| Quoting { delimiter, escape }).collect()
}

/// How long the lines are at the start that hold nothing but spaces and tabs.
fn blank_lines(head: &[u8]) -> usize {
    let blank = &head[..head.len() - head.trim_ascii_start().len()];
    blank.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')).map_or(0, |end| end + 1)
}

/// The line `sep=;` that Excel writes and reads, and its length.
fn declaration(head: &[u8]) -> (Option<u8>, usize) {
    let end = head.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(head.len());
    let line = &head[..end];
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', delimiter] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") && fit_delimiter(*delimiter) => {
            (Some(*delimiter), end)
        }
        _ => (None, 0),
    }
}

#[derive(Debug)]
struct Vote {
    delimiter: u8,
    /// Records out of a thousand that have as many fields as the header.
    agreement: usize,
    /// Fields of the header.
    fields: usize,
}

/// How well a delimiter fits; `None` if the header does not have it.
fn vote(head: &[u8], whole: bool, quoting: Quoting) -> Option<Vote> {
    let delimiter = quoting.delimiter;
    let counts = counts(head, whole, quoting);
    let (&fields, rows) = counts.split_first()?;
    let agreeing = rows.iter().filter(|&&count| count == fields).count();
    let agreement = (1000 * agreeing).checked_div(rows.len()).unwrap_or(1000);
    (fields > 1).then_some(Vote { delimiter, agreement, fields })
}

/// Fields of each of the first records. A line whose quotes are broken counts for itself.
fn counts(head: &[u8], whole: bool, quoting: Quoting) -> Vec<usize> {
    let mut counts = Vec::with_capacity(SAMPLE + 1);
    records(head, whole, quoting, SAMPLE + 1, &mut |record| {
        counts.push(match record.cells {
            Some((_, ends)) => ends.len(),
            None => fields_of_line(record.written, quoting.delimiter),
        });
    });
    counts
}

/// The first records that have any content, as lines among which the header is.
pub(super) fn lines_of(head: &[u8], whole: bool, quoting: Quoting, most: usize, comment: Option<&str>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let (mut number, mut counted) = (1, 0);
    records(head, whole, quoting, most, &mut |record| {
        number += line_ends(&head[counted..record.start]);
        counted = record.start;
        if comment.is_some_and(|mark| record.written.starts_with(mark.as_bytes())) {
            return;
        }
        let places = (number, number + line_ends(record.written));
        let written = String::from_utf8_lossy(record.written);
        let line = match record.cells {
            Some((cells, ends)) => {
                let text = String::from_utf8_lossy(cells);
                let starts = std::iter::once(0).chain(ends.iter().map(|end| end + 1));
                let fields = starts.zip(ends).map(|(start, &end)| text.get(start..end).unwrap_or("?"));
                Line::of_fields(record.start, places, fields)
            }
            None => Line::of_fields(record.start, places, written.split(char::from(quoting.delimiter))),
        };
        if !line.is_blank() {
            lines.push(line);
        }
    });
    lines
}

/// A record at the head of a file.
struct Head<'h> {
    start: usize,
    written: &'h [u8],
    /// Of one that has quotes and keeps to their rules: its cells with a byte between them, and where they end.
    cells: Option<(&'h [u8], &'h [usize])>,
}

fn records(head: &[u8], whole: bool, quoting: Quoting, most: usize, visit: &mut dyn FnMut(Head<'_>)) {
    let (mut cells, mut ends) = (Vec::new(), Vec::new());
    let (mut at, mut seen) = (0, 0);
    while seen < most && at < head.len() {
        let line = line(&head[at..]);
        if line.is_empty() {
            at += 1;
            continue;
        }
        let mut until = at + line.len();
        let (mut ends_here, mut quoted) = (true, false);
        if memchr(QUOTE, line).is_some() {
            cells.clear();
            ends.clear();
            let mut cursor = Cursor::new();
            loop {
                match cursor.step(quoting, &head[at..until], &mut cells, &mut ends) {
                    Step::Done => {
                        quoted = true;
                        break;
                    }
                    Step::Broken(..) => {
                        until = at + line.len();
                        break;
                    }
                    Step::Open if until == head.len() => {
                        ends_here = false;
                        break;
                    }
                    Step::Open => {
                        cursor.skip(until + 1 - at);
                        until += 1 + self::line(&head[until + 1..]).len();
                    }
                }
            }
        }
        // Only a record that surely ends has its say.
        if ends_here && (whole || until < head.len()) {
            let cells = quoted.then_some((cells.as_slice(), ends.as_slice()));
            visit(Head { start: at, written: &head[at..until], cells });
            seen += 1;
        }
        at = until + 1;
    }
}

/// The bytes before the next line end.
fn line(text: &[u8]) -> &[u8] {
    &text[..memchr2(b'\n', b'\r', text).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &str, usual: Option<u8>) -> (char, Option<Note>) {
        let dialect = detect(head.as_bytes(), true, &Options::default(), usual);
        (char::from(dialect.delimiter), dialect.guess)
    }

    #[test]
    fn the_delimiter_is_what_the_header_has_and_the_records_agree_on() {
        assert_eq!(found("a,b\n1,2\n", None), (',', None));
        assert_eq!(found("a;b\n1,5;2,5\n", None), (';', Some("semicolon-separated".into())));
        assert_eq!(found("a\tb\n1\t2\n", None), ('\t', Some("tab-separated".into())));
        assert_eq!(found("a|b\n1|2", None), ('|', Some("pipe-separated".into())));
        assert_eq!(found("a;b,c\n\"x;y;z\",1\n2,\"3\n;\"\n", None).0, ',');
        assert_eq!(found("\"a;b\",c;d\nx;y\nz;1,2\n", None).0, ';');
    }

    #[test]
    fn one_column_is_a_table_too() {
        assert_eq!(found("name\nAcme; Inc\nUmbrella\n", None), (',', None));
        assert_eq!(found("name", Some(b'\t')), ('\t', None));
    }

    #[test]
    fn a_tie_is_said() {
        let guess = "semicolon-separated; if it is separated by comma, choose it with delimiter";
        let (delimiter, note) = found("a,b;c\n1,2;3\n", None);
        assert_eq!((delimiter, note.map(|note| note.to_string()).as_deref()), (';', Some(guess)));
    }

    #[test]
    fn a_name_that_promises_tabs_is_believed_unless_the_header_has_none() {
        assert_eq!(found("a, b, c\td\n1\t2\n", Some(b'\t')), ('\t', None));
        assert_eq!(found("a,b\n1,2\n", Some(b'\t')), (',', Some("comma-separated".into())));
    }

    #[test]
    fn the_declaration_of_excel_is_obeyed_and_skipped() {
        for head in ["sep=;\r\na;b,c\r\n", "\"SEP=;\"\na;b"] {
            let dialect = detect(head.as_bytes(), true, &Options::default(), None);
            assert_eq!((dialect.delimiter, dialect.guess), (b';', None));
            assert!(matches!(head.as_bytes()[dialect.skip], b'\r' | b'\n'));
        }
        let told = Options { delimiter: Some(b'|'), ..Options::default() };
        assert_eq!(
            detect(b"sep=;\na|b", true, &told, None),
            Dialect { delimiter: b'|', skip: 5, guess: None, certain: true }
        );
    }
}
