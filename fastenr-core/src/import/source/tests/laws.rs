//! What is written in any dialect is read back.

use std::io::Write;

use csv::{QuoteStyle, Terminator, WriterBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, Copy)]
struct Made {
    delimiter: u8,
    terminator: Terminator,
    quotes: QuoteStyle,
    encoding: Encoding,
    mark: bool,
    gzip: bool,
}

fn made() -> impl Strategy<Value = Made> {
    let delimiter = prop::sample::select(&b",;\t|"[..]);
    let terminator = prop::sample::select(vec![Terminator::CRLF, Terminator::Any(b'\n'), Terminator::Any(b'\r')]);
    let quotes = prop::sample::select(vec![QuoteStyle::Necessary, QuoteStyle::Always, QuoteStyle::NonNumeric]);
    let encoding =
        prop::sample::select(vec![Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252]);
    (delimiter, terminator, quotes, encoding, any::<bool>(), any::<bool>()).prop_map(
        |(delimiter, terminator, quotes, encoding, mark, gzip)| Made {
            delimiter,
            terminator,
            quotes,
            encoding,
            mark: mark && encoding != Encoding::Windows1252,
            gzip,
        },
    )
}

/// Cells of two to five columns, with everything that needs quotes.
fn cells() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof!["[a-z0-9 ]{0,8}", "[\"',;|\t\r\n=é€ü-]{0,6}", "\\PC{0,6}"];
    (2_usize..6).prop_flat_map(move |width| prop::collection::vec(prop::collection::vec(cell.clone(), width), 0..12))
}

/// What the encoding can say.
fn sayable(text: &str, encoding: Encoding) -> String {
    let latin = |c: &char| encoding != Encoding::Windows1252 || c.is_ascii() || ('\u{A0}'..'\u{100}').contains(c);
    text.chars().filter(latin).collect()
}

fn bytes(made: Made, rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = WriterBuilder::new()
        .delimiter(made.delimiter)
        .terminator(made.terminator)
        .quote_style(made.quotes)
        .from_writer(Vec::new());
    let width = rows.first().map_or(2, Vec::len);
    writer.write_record((0..width).map(|column| format!("column {column}"))).unwrap();
    for row in rows {
        writer.write_record(row.iter().map(|cell| guard(cell).into_owned())).unwrap();
    }
    let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    let text = if made.mark { format!("\u{FEFF}{text}") } else { text };
    let bytes: Vec<u8> = match made.encoding {
        Encoding::Utf8 => text.into_bytes(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Windows1252 => text.chars().map(|c| c as u8).collect(),
    };
    if !made.gzip {
        return bytes;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&bytes).unwrap();
    encoder.finish().unwrap()
}

proptest! {
    #[test]
    fn what_is_written_is_read(made in made(), rows in cells(), told in any::<bool>()) {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| sayable(cell, made.encoding)).collect()).collect();
        // Chance makes Windows-1252 that is UTF-8 too; an unmarked UTF-16 file has to be mostly Latin.
        let utf16 = matches!(made.encoding, Encoding::Utf16Le | Encoding::Utf16Be);
        let told = told || made.encoding == Encoding::Windows1252 || (utf16 && !made.mark);
        let options = Options {
            encoding: told.then_some(made.encoding),
            delimiter: told.then_some(made.delimiter),
            ..Options::default()
        };
        let table = read_as("input", bytes(made, &rows), options).unwrap();
        prop_assert_eq!(table.texts(), rows);
        prop_assert_eq!(table.survey.delimiter, Some(made.delimiter));
        prop_assert_eq!(table.survey.encoding, made.encoding);
        prop_assert_eq!(table.survey.problems, 0);
    }

    #[test]
    fn whatever_the_bytes_nothing_panics(bytes in prop::collection::vec(
        prop_oneof![prop::sample::select(&b"\",;\t|\r\n{}[]:'=\0\x1F\x8B\xEF\xBB\xBF\xFF\xFE\xC3\xA9"[..]), any::<u8>()],
        0..60,
    )) {
        if let Ok(table) = read(bytes) {
            let replaced = table.texts().concat().concat().contains('\u{FFFD}');
            prop_assert!(!replaced);
        }
    }
}
