//! Any bytes in any encoding, told or found out: text or a refusal, never a character that stands for another.
#![no_main]

use fastenr_core::import::source::{Options, Source};
use libfuzzer_sys::fuzz_target;

const LABELS: [&str; 16] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "macintosh",
    "iso-8859-2",
    "koi8-r",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "gb18030",
    "big5",
    "euc-kr",
    "windows-874",
];

fuzz_target!(|input: &[u8]| {
    let Some((&first, bytes)) = input.split_first() else { return };
    let label = LABELS.get(usize::from(first & 31));
    let options = Options { encoding: label.map(|label| label.parse().unwrap()), ..Options::default() };
    let source = Source::spool("input", bytes).unwrap();
    let mut text = String::new();
    let survey = source.survey(&options, &mut |_, record| {
        record.cells().filter_map(|cell| cell.text()).for_each(|cell| text.push_str(cell));
        Ok(())
    });
    // Where the bytes have the character themselves, it is text like any other.
    let honest = bytes.windows(3).any(|bytes| bytes == "\u{FFFD}".as_bytes())
        || bytes.windows(2).any(|bytes| matches!(bytes, [0xFD, 0xFF] | [0xFF, 0xFD]))
        || label == Some(&"gb18030");
    if survey.is_ok() && !honest {
        assert!(!text.contains('\u{FFFD}'));
    }
});
