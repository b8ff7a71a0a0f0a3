//! Encodings, byte order marks, and what is no text.

use super::*;

fn told(encoding: Encoding) -> Options {
    Options { encoding: Some(encoding), ..Options::default() }
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[test]
fn utf8_with_and_without_byte_order_mark() {
    for bytes in ["\u{FEFF}name,x\né,1\n", "\u{FEFF}\"name\",x\né,1\n", "\u{FEFF}\u{FEFF}name,x\né,1", "name,x\né,1"]
    {
        let table = table(bytes);
        assert_eq!(table.survey.header, ["name", "x"]);
        assert_eq!(table.texts(), [["é", "1"]]);
        assert_eq!((table.survey.encoding, table.survey.guesses.len()), (Encoding::UTF_8, 0));
    }
}

#[test]
fn utf16_of_both_kinds_with_and_without_byte_order_mark() {
    for (big, encoding) in [(false, Encoding::UTF_16LE), (true, Encoding::UTF_16BE)] {
        let marked = table(utf16("\u{FEFF}\"name\";x\r\nÄ 😀;1\r\n", big));
        assert_eq!((marked.survey.encoding, &marked.survey.header[..]), (encoding, &["name".into(), "x".into()][..]));
        assert_eq!(marked.texts(), [["Ä 😀", "1"]]);
        let bare = table(utf16("name,x\nÄ 😀,1\n", big));
        assert_eq!((bare.survey.encoding, bare.texts()), (encoding, vec![vec!["Ä 😀", "1"]]));
        assert_eq!(
            bare.survey.guesses,
            [format!("read as {}: every other byte is zero and there is no byte order mark", encoding.title()).into()]
        );
        let mut cut = utf16("\u{FEFF}name\nx", big);
        cut.pop();
        assert_eq!(fault(&cut), format!("encoding: input, line 2, column 1: this is not {}", encoding.title()));
        let lone = utf16("\u{FEFF}name\nx", big).into_iter().chain(if big { [0xD8, 0] } else { [0, 0xD8] });
        assert!(fault(lone.collect::<Vec<_>>()).starts_with("encoding: input, line 2, column 2"));
    }
}

#[test]
fn windows_1252_is_guessed_when_nothing_is_utf8() {
    let table = table(b"name,note\nx,y\nCaf\xE9,\x80 5 \x96 \x93ok\x94\n");
    assert_eq!(table.survey.encoding, Encoding::WINDOWS_1252);
    assert_eq!(table.texts()[1], ["Café", "€ 5 – “ok”"]);
    let warning = "read as Windows-1252, such as \"Café\", \"“ok”\": byte 0xE9 in line 3, column 4 is not UTF-8; \
                   encoding=windows-1252 confirms it";
    let warnings: Vec<String> = table.survey.warnings.iter().map(ToString::to_string).collect();
    assert_eq!((warnings, table.survey.guesses), (vec![warning.to_owned()], vec![]));
    assert_eq!(super::table(b"n\nCaf\xE9").texts(), [["Café"]]);
}

#[test]
fn a_mixture_is_never_garbled() {
    let utf8_first = b"name\nM\xC3\xBCller\r\nCaf\xE9\n";
    let error = read(utf8_first).unwrap_err();
    assert!(error.hints.to_string().contains("encoding=windows-1252"));
    let message = "encoding: input, line 3, column 4: byte 0xE9 is not UTF-8, but \"Müller\" is";
    assert_eq!(shown(error), message);
    assert_eq!(
        fault(b"name\n\xFC Caf\xE9\nM\xC3\xBCller\n"),
        "encoding: input, line 2, column 1: byte 0xFC is not UTF-8, but \"Müller\" is"
    );
    let table = read_as("input", utf8_first, told(Encoding::WINDOWS_1252)).unwrap();
    assert_eq!(table.texts(), [["MÃ¼ller"], ["Café"]]);
    // UTF-8 that was proven in an earlier block stays proven.
    let rows = "ü\n".repeat(1000);
    let late = [b"name\n", rows.as_bytes(), b"Caf\xE9\n"].concat();
    assert_eq!(
        fault(late),
        "encoding: input, line 1002, column 4: byte 0xE9 is not UTF-8, but line 2, column 1 holds UTF-8"
    );
}

#[test]
fn bytes_without_meaning_are_errors() {
    for byte in [0x81, 0x8D, 0x8F, 0x90, 0x9D] {
        let bytes = [b"name\n\xE9x", &[byte][..], b"y\n"].concat();
        let error = read(&bytes).unwrap_err();
        assert_eq!(error.code, "encoding_unsure");
        assert!(error.message.starts_with("input, line 2, column 1: byte 0xE9 is not UTF-8"), "{error}");
        let error = read_as("input", &bytes, told(Encoding::WINDOWS_1252)).unwrap_err();
        assert_eq!(shown(error), format!("encoding: input, line 2, column 3: byte 0x{byte:02X} is not Windows-1252"));
    }
    let error = read_as("input", b"name\n\x82\xA0\x82,\n", told("shift_jis".parse().unwrap())).unwrap_err();
    assert_eq!(shown(error), "encoding: input, line 2, column 2: this is not Shift-JIS");
}

#[test]
fn a_named_encoding_is_obeyed() {
    let error = read_as("input", b"name\nCaf\xE9\n", told(Encoding::UTF_8)).unwrap_err();
    let message = "encoding: input, line 2, column 4: byte 0xE9 is not UTF-8, but it is to be read as UTF-8";
    assert_eq!(shown(error), message);
    let error = read(b"\xEF\xBB\xBFname\nCaf\xE9\n").unwrap_err();
    assert!(shown(error).contains("column 4: byte 0xE9 is not UTF-8, but it starts with the byte order mark of UTF-8"));
    let error = read_as("input", "\u{FEFF}name\n", told(Encoding::UTF_16LE)).unwrap_err();
    assert_eq!(shown(error), "encoding: input is not UTF-16LE: it starts with the byte order mark of UTF-8");
    for big in [false, true] {
        let encoding = if big { Encoding::UTF_16BE } else { Encoding::UTF_16LE };
        let table = read_as("input", utf16("\u{FEFF}名\n東", big), told(encoding)).unwrap();
        assert_eq!((table.survey.header[0].as_str(), table.texts()), ("名", vec![vec!["東"]]));
    }
    let table = read_as("input", b"\xEF\xBB\xBFname\nCaf\xE9\n", told(Encoding::WINDOWS_1252)).unwrap();
    assert_eq!((table.survey.header[0].as_str(), table.texts()), ("name", vec![vec!["Café"]]));
}

#[test]
fn u0000_has_no_place_in_text() {
    let message = "nul: input, line 2, column 4: the character U+0000 has no place in text";
    assert_eq!(fault(b"a,b\n1, \0\n"), message);
    assert_eq!(fault(utf16("\u{FEFF}a,b\n1, \0\n", false)), message);
}

#[test]
fn a_replacement_character_is_only_kept() {
    assert_eq!(table("name\nM\u{FFFD}ller\n").texts(), [["M\u{FFFD}ller"]]);
}

#[test]
fn what_is_no_text_is_named() {
    assert!(fault(b"PK\x03\x04....").starts_with("workbook_damaged: input is damaged: the archive"));
    assert!(fault(b"\xD0\xCF\x11\xE0....").contains("an old Excel workbook"));
    assert!(fault(b"SQLite format 3\0").contains("an SQLite database"));
}

/// Blocks end anywhere: between the bytes of a character, between CR and LF, within a row.
#[test]
fn blocks_may_end_anywhere() {
    let row = "é😀x,\"y\r\nz\"\r\n";
    let rows = 200;
    for shift in 0..18 {
        let text = format!("{},b\r\n{}", "a".repeat(shift + 1), row.repeat(rows));
        let latin = text.replace('😀', "");
        let latin: Vec<u8> = latin.chars().map(|c| c as u8).collect();
        for (bytes, name) in
            [(text.clone().into_bytes(), "é😀x"), (latin, "éx"), (utf16(&text, shift % 2 == 0), "é😀x")]
        {
            let mut seen = 0;
            let source = Source::spool("input", &bytes[..]).unwrap();
            let survey = source.survey(&Options::default(), &mut |_, record| {
                assert_eq!((record.cell(0), record.cell(1)), (Cell::Text(name), Cell::Text("y\r\nz")));
                assert_eq!(record.line, 2 + 2 * seen);
                seen += 1;
                Ok(())
            });
            assert_eq!(survey.unwrap().rows, rows as u64);
        }
    }
}

/// A place is right in every block.
#[test]
fn places_are_counted_across_blocks() {
    let good = "naïve,1\r\n".repeat(60_000);
    let bytes = [b"\xEF\xBB\xBFa,b\r\n", good.as_bytes(), "né,\u{e9}".as_bytes(), b"\xFF\r\n"].concat();
    assert!(fault(bytes).starts_with("encoding: input, line 60002, column 5: byte 0xFF"));
    let long = [b"\xEF\xBB\xBFa\n", "é".repeat(200_000).as_bytes(), b"\xFF"].concat();
    assert!(fault(long).starts_with("encoding: input, line 2, column 200001: byte 0xFF"));
}
