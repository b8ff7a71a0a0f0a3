//! What separates the cells of a file.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::settings::{delimiter_name, fit_delimiter};

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
    pub(super) guess: Option<String>,
}

pub(super) fn reader(delimiter: u8) -> Reader {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
    // Byte order marks are taken off before; the parser only looks for one in what it reads first.
    reader.read_record(b"\n", &mut [0], &mut [0]);
    reader
}

/// Settles the delimiter by the head of a file; `whole` says that nothing follows it. `told` is obeyed; `usual` is
/// what the name of the file promises, and holds if the header has it.
pub(super) fn detect(head: &[u8], whole: bool, told: Option<u8>, usual: Option<u8>) -> Dialect {
    let blank = blank_lines(head);
    let head = &head[blank..];
    let (declared, declaration) = declaration(head);
    let skip = blank + declaration;
    if let Some(delimiter) = told.or(declared) {
        return Dialect { delimiter, skip, guess: None };
    }
    let mut votes: Vec<Vote> = CANDIDATES.iter().filter_map(|&delimiter| vote(head, whole, delimiter)).collect();
    // Stable, so that the order of the candidates settles ties.
    votes.sort_by_key(|vote| std::cmp::Reverse((Some(vote.delimiter) == usual, vote.agreement, vote.fields)));
    let Some(best) = votes.first() else {
        return Dialect { delimiter: usual.unwrap_or(b','), skip, guess: None };
    };
    let rivals: Vec<String> = votes[1..]
        .iter()
        .filter(|vote| vote.agreement == best.agreement && vote.fields == best.fields)
        .map(|vote| delimiter_name(vote.delimiter))
        .collect();
    let doubt = if rivals.is_empty() || Some(best.delimiter) == usual {
        String::new()
    } else {
        format!("; {} would fit as well: --delimiter decides", rivals.join(" or "))
    };
    let expected = best.delimiter == usual.unwrap_or(b',');
    let guess =
        (!expected || !doubt.is_empty()).then(|| format!("{}-separated{doubt}", delimiter_name(best.delimiter)));
    Dialect { delimiter: best.delimiter, skip, guess }
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
fn vote(head: &[u8], whole: bool, delimiter: u8) -> Option<Vote> {
    let counts = counts(head, whole, delimiter);
    let (&fields, rows) = counts.split_first()?;
    let agreeing = rows.iter().filter(|&&count| count == fields).count();
    let agreement = (1000 * agreeing).checked_div(rows.len()).unwrap_or(1000);
    (fields > 1).then_some(Vote { delimiter, agreement, fields })
}

/// Fields of each of the first records, read with `delimiter`.
fn counts(head: &[u8], whole: bool, delimiter: u8) -> Vec<usize> {
    let mut reader = reader(delimiter);
    let mut counts = Vec::with_capacity(SAMPLE + 1);
    let (mut text, mut ends) = ([0; 1024], [0; 64]);
    let (mut at, mut fields) = (0, 0);
    while counts.len() <= SAMPLE {
        let (result, read, _, ended) = reader.read_record(&head[at..], &mut text, &mut ends);
        at += read;
        fields += ended;
        match result {
            ReadRecordResult::Record => counts.push(std::mem::take(&mut fields)),
            ReadRecordResult::InputEmpty if !whole => break,
            ReadRecordResult::End => break,
            ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &str, usual: Option<u8>) -> (char, Option<String>) {
        let dialect = detect(head.as_bytes(), true, None, usual);
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
        let guess = "semicolon-separated; comma would fit as well: --delimiter decides";
        assert_eq!(found("a,b;c\n1,2;3\n", None), (';', Some(guess.into())));
    }

    #[test]
    fn a_name_that_promises_tabs_is_believed_unless_the_header_has_none() {
        assert_eq!(found("a, b, c\td\n1\t2\n", Some(b'\t')), ('\t', None));
        assert_eq!(found("a,b\n1,2\n", Some(b'\t')), (',', Some("comma-separated".into())));
    }

    #[test]
    fn the_declaration_of_excel_is_obeyed_and_skipped() {
        for head in ["sep=;\r\na;b,c\r\n", "\"SEP=;\"\na;b"] {
            let dialect = detect(head.as_bytes(), true, None, None);
            assert_eq!((dialect.delimiter, dialect.guess), (b';', None));
            assert!(matches!(head.as_bytes()[dialect.skip], b'\r' | b'\n'));
        }
        assert_eq!(detect(b"sep=;\na|b", true, Some(b'|'), None), Dialect { delimiter: b'|', skip: 5, guess: None });
    }
}
