//! Any bytes as CSV, TSV or JSON Lines: no panic, no replaced character, and both passes see the same.
#![no_main]

use fastenr_core::import::source::{Options, QuoteEscape, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((&first, bytes)) = input.split_first() else { return };
    let options = Options {
        delimiter: (first & 1 != 0).then_some(b";,\t|"[usize::from(first >> 6)]),
        quote_escape: (first & 2 != 0).then_some(QuoteEscape::Backslash),
        multiline: first & 4 != 0,
        encoding: (first & 8 != 0).then(|| "utf-8".parse().unwrap()),
        raw: first & 16 != 0,
        paths: if first & 32 != 0 { vec!["a.b".to_owned()] } else { Vec::new() },
        ..Options::default()
    };
    let source = Source::spool("input", bytes).unwrap();
    let mut cells = 0;
    let Ok(survey) = source.survey(&options, &mut |_, record| {
        cells += record.cells().filter(|cell| cell.text().is_some()).count();
        Ok(())
    }) else {
        return;
    };
    let mut again = 0;
    let mut records = source.records(&survey).unwrap();
    while let Some(record) = records.next().unwrap() {
        if !record.repeats_header {
            again += record.cells().filter(|cell| cell.text().is_some()).count();
        }
    }
    assert_eq!(cells, again);
});
