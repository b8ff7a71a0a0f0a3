//! What is written in any dialect is read back, and what is damaged is never taken for something else.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
struct TestFile {
    delimiter: u8,
    end: &'static str,
    encoding: Encoding,
    escape: QuoteEscape,
    mark: bool,
    gzip: bool,
    /// Whether a cell that needs no quotes has some.
    quotes: Vec<bool>,
    /// Whether a record of several lines may have cells without quotes.
    multiline: bool,
}

const ENCODINGS: [&str; 14] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "iso-8859-2",
    "macintosh",
    "koi8-r",
    "shift_jis",
    "euc-jp",
    "gb18030",
    "big5",
    "euc-kr",
];

fn made() -> impl Strategy<Value = TestFile> {
    (
        prop::sample::select(&b",;\t|"[..]),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        prop::sample::select(&ENCODINGS[..]),
        prop::sample::select(vec![QuoteEscape::Doubled, QuoteEscape::Backslash]),
        (any::<bool>(), any::<bool>(), any::<bool>()),
        prop::collection::vec(any::<bool>(), 1..7),
    )
        .prop_map(|(delimiter, end, encoding, escape, (mark, gzip, multiline), quotes)| TestFile {
            delimiter,
            end,
            encoding: encoding.parse().unwrap(),
            escape,
            mark: mark && encoding.starts_with("utf"),
            gzip,
            quotes,
            multiline,
        })
}

/// Cells of two to five columns, with everything that needs quotes.
fn cells() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof!["[a-z0-9 ]{0,8}", "[\"',;|\t\r\n=é€ü\\\\-]{0,6}", "[жЖřŁçß日本カ한中文]{0,5}", "\\PC{0,6}"];
    (2_usize..6).prop_flat_map(move |width| prop::collection::vec(prop::collection::vec(cell.clone(), width), 0..12))
}

/// What the encoding can say and give back.
fn sayable(text: &str, encoding: Encoding) -> String {
    if encoding == Encoding::UTF_8 || encoding.is_utf16() {
        return text.to_owned();
    }
    let keeps = |c: &char| {
        let one = c.to_string();
        let (bytes, _, lost) = encoding.0.encode(&one);
        !lost && encoding.0.decode_without_bom_handling(&bytes).0 == one
    };
    text.chars().filter(keeps).collect()
}

/// A record as it is written.
fn line(made: &TestFile, cells: &[String]) -> String {
    let lines = cells.iter().any(|cell| cell.contains(['\r', '\n']));
    let delimiter = char::from(made.delimiter);
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            line.push(delimiter);
        }
        // A blank line is no record.
        let needed = cell.contains(['"', '\r', '\n', delimiter]) || (lines && !made.multiline) || cells.len() == 1;
        // A backslash before a quote is an escape only where it is said to be.
        if !needed && !made.quotes[at % made.quotes.len()] {
            line.push_str(cell);
            continue;
        }
        let inner = match made.escape {
            QuoteEscape::Doubled => cell.replace('"', "\"\""),
            QuoteEscape::Backslash => cell.replace('\\', "\\\\").replace('"', "\\\""),
        };
        line.push_str(&format!("\"{inner}\""));
    }
    line.push_str(made.end);
    line
}

fn header(width: usize) -> Vec<String> {
    (0..width).map(|column| format!("column {column}")).collect()
}

fn bytes(made: &TestFile, rows: &[Vec<String>]) -> Vec<u8> {
    let width = rows.first().map_or(2, Vec::len);
    let mut text = String::from(if made.mark { "\u{FEFF}" } else { "" });
    text.push_str(&line(made, &header(width)));
    for row in rows {
        text.push_str(&line(made, &row.iter().map(|cell| guard(cell).into_owned()).collect::<Vec<_>>()));
    }
    let bytes: Vec<u8> = if made.encoding == Encoding::UTF_16LE {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    } else if made.encoding == Encoding::UTF_16BE {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    } else {
        made.encoding.0.encode(&text).0.into_owned()
    };
    if !made.gzip {
        return bytes;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&bytes).unwrap();
    encoder.finish().unwrap()
}

fn options(made: &TestFile) -> Options {
    Options {
        encoding: Some(made.encoding),
        delimiter: Some(made.delimiter),
        quote_escape: Some(made.escape),
        multiline: made.multiline,
        ..Options::default()
    }
}

/// Whether the rows stand among others in this order.
fn within(rows: &[&Vec<String>], all: &[Vec<String>]) -> bool {
    let mut all = all.iter();
    rows.iter().all(|row| all.any(|other| other == *row))
}

proptest! {
    #[test]
    fn what_is_written_is_read(made in made(), rows in cells(), told in any::<bool>()) {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| sayable(cell, made.encoding)).collect()).collect();
        let mut options = options(&made);
        // Chance makes text of no sense, whose encoding nobody can tell.
        if !told && (made.mark || made.encoding == Encoding::UTF_8) {
            options.encoding = None;
            options.delimiter = None;
        }
        let table = read_as("input", bytes(&made, &rows), options).unwrap();
        prop_assert_eq!(table.texts(), rows);
        prop_assert_eq!(table.survey.delimiter, Some(made.delimiter));
        prop_assert_eq!(table.survey.encoding, made.encoding);
        prop_assert_eq!(table.survey.problems, 0);
    }

    /// One byte of damage: the file is refused, or all records that it does not touch come in cell for cell.
    #[test]
    fn damage_stays_where_it_is(
        mut made in made(),
        rows in cells(),
        place in any::<prop::sample::Index>(),
        byte in prop_oneof![prop::sample::select(&b"\",;\t|\r\n\\ x\xC3"[..]), any::<u8>()],
    ) {
        (made.encoding, made.gzip, made.mark, made.multiline) = (Encoding::UTF_8, false, false, false);
        let width = rows.first().map_or(2, Vec::len);
        let mut bytes = bytes(&made, &rows);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        // A line end is part of the record before and of that behind.
        let mut at = line(&made, &header(width)).len();
        let header_touched = place < at;
        let first_touched = place >= at - made.end.len();
        let mut untouched = Vec::new();
        for row in &rows {
            let start = at - made.end.len();
            at += line(&made, &row.iter().map(|cell| guard(cell).into_owned()).collect::<Vec<_>>()).len();
            if !(start..at).contains(&place) {
                untouched.push(row);
            }
        }
        let Ok(table) = read_as("input", &bytes, Options { encoding: None, ..options(&made) }) else { return Ok(()) };
        let kept = |row: &&Row| row.problem.is_none();
        let text = |cell: &Option<Option<String>>| cell.clone().flatten().unwrap_or_default();
        let read: Vec<Vec<String>> = table.rows.iter().filter(kept).map(|row| row.cells.iter().map(text).collect()).collect();
        if header_touched {
            // Columns may be lost with their names, and rows that no longer fit; no cell is another's.
            let has = |known: &Vec<String>, row: &Vec<String>| {
                let mut known = known.iter();
                row.iter().all(|cell| known.any(|other| other == cell))
            };
            let of_header = |row: &Vec<String>| {
                row.iter().all(|cell| "column 0column 1column 2column 3column 4".contains(cell.trim_matches('"')))
            };
            let known = |row: &&Vec<String>| of_header(row) || rows.iter().any(|known| has(known, row));
            let strange = read.iter().filter(|row| !known(row)).count();
            prop_assert!(strange <= usize::from(first_touched), "{read:?}");
        } else {
            prop_assert!(within(&untouched, &read), "{read:?}");
        }
    }

    #[test]
    fn whatever_the_bytes_nothing_panics(bytes in prop::collection::vec(
        prop_oneof![prop::sample::select(&b"\",;\t|\r\n{}[]:'=\0\\\x1F\x8B\xEF\xBB\xBF\xFF\xFE\xC3\xA9"[..]), any::<u8>()],
        0..60,
    )) {
        for quote_escape in [None, Some(QuoteEscape::Backslash)] {
            let options = Options { quote_escape, ..Options::default() };
            if let Ok(table) = read_as("input", &bytes, options) {
                let replaced = table.texts().concat().concat().contains('\u{FFFD}');
                prop_assert!(!replaced);
            }
        }
    }
}
