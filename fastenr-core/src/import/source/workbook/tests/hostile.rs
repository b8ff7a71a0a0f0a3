//! Small files that would fill the memory, take for ever, or be read as what they are not.

use super::*;

fn spreadsheet(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:spreadsheet><table:table table:name=\"A\"><table:table-row>{}{}</table:table-row>\
         {rows}</table:table></office:spreadsheet></office:document-content>",
        "<table:table-cell office:value-type=\"string\"><text:p>external_id</text:p></table:table-cell>",
        "<table:table-cell office:value-type=\"string\"><text:p>name</text:p></table:table-cell>",
    );
    let mimetype = b"application/vnd.oasis.opendocument.spreadsheet".to_vec();
    zipped(&[("mimetype", mimetype), ("content.xml", content.into_bytes())])
}

#[test]
fn rows_and_columns_that_are_repeated() {
    let formulas = "<table:table-row table:number-rows-repeated=\"4294967295\"><table:table-cell table:formula=\"of:=1\" \
                    table:number-columns-repeated=\"16384\"/></table:table-row>";
    let error = refused(spreadsheet(formulas));
    assert_eq!(error.code, "formula_unvalued");
    assert!(
        error.message.contains("the formula in A2 has no value in the file, and so have 70368744161279 more"),
        "{error}"
    );
    let late = "<table:table-row table:number-rows-repeated=\"16777215\"><table:table-cell/></table:table-row>\
                <table:table-row table:number-rows-repeated=\"4294967295\"><table:table-cell><text:p>x</text:p></table:table-cell>\
                </table:table-row>";
    let error = refused(spreadsheet(late));
    assert!(error.code == "workbook_large" && error.message.contains("16777216 rows"), "{error}");
    let far = "<table:table-row><table:table-cell table:number-columns-repeated=\"16390\"/><table:table-cell><text:p>x</text:p>\
               </table:table-cell></table:table-row>";
    assert_eq!(refused(spreadsheet(far)).code, "workbook_large");
    let row = "<sheetData><row r=\"16777217\"><c t=\"str\"><v>x</v></c></row></sheetData>";
    assert_eq!(refused(one(row)).code, "workbook_large");
    let formula = "<sheetData><row r=\"4294967295\"><c><f>1</f></c></row><row><c><f>1</f></c></row></sheetData>";
    assert_eq!(refused(one(formula)).code, "workbook_large");
}

#[test]
fn cells_that_are_written_in_many_pieces() {
    let blanks = "<text:s text:c=\"65536\"/>".repeat(1_000);
    let row =
        format!("<table:table-row><table:table-cell><text:p>{blanks}</text:p></table:table-cell></table:table-row>");
    assert_eq!(refused(spreadsheet(&row)).code, "workbook_large");
    let references = "&#32;".repeat(2 << 20);
    let table = rows(&[&["external_id"], &["A-1"]]);
    let cell = |cell: String| one(table.replace("</sheetData>", &format!("<row>{cell}</row></sheetData>")));
    assert_eq!(refused(cell(format!("<c t=\"str\"><v>{references}</v></c>"))).code, "workbook_large");
    assert_eq!(refused(cell(format!("<c t=\"inlineStr\"><is><t>{references}</t></is></c>"))).code, "workbook_large");
    // What is no part of a cell's text is left out, however long it is.
    let (_, found) = read(cell(format!("<c t=\"str\"><f>{references}</f><v>A-2</v></c>"))).unwrap();
    assert_eq!(texts(&found), [["A-1"], ["A-2"]]);
}

#[test]
fn elements_within_elements() {
    let deep = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let table = rows(&[&["external_id"], &["A-1"]]);
    assert!(read(one(table.clone() + &deep(200))).is_ok());
    assert_eq!(refused(one(table + &deep(300))).code, "workbook_damaged");
}

#[test]
fn sheets_without_end() {
    let empty = format!("<sheetData>{}</sheetData>", format!("<row x=\"{}\"/>", "y".repeat(1 << 16)).repeat(144));
    let names: Vec<String> = (0..5).map(|nth| format!("Sheet {nth}")).collect();
    let sheets: Vec<(&str, &str, String)> = names.iter().map(|name| (name.as_str(), "", empty.clone())).collect();
    let error = refused(TestWorkbook { sheets: &sheets, ..TestWorkbook::default() }.xlsx());
    assert!(error.code == "workbook_large" && error.message.contains("32 MiB"), "{error}");
    assert_eq!(refused(TestWorkbook { sheets: &sheets[..3], ..TestWorkbook::default() }.xlsx()).code, "source_empty");
    let many = "<sheet name=\"x\" id=\"r0\"/>".repeat(20_000);
    let table = rows(&[&["external_id"], &["A-1"]]);
    let made = TestWorkbook { sheets: &[("Accounts", "", table)], properties: &many, ..TestWorkbook::default() };
    assert_eq!(refused(made.xlsx()).code, "workbook_large");
}

#[test]
fn numbers_that_are_none() {
    for text in ["1e999", "inf", "NaN", "-infinity"] {
        let table = rows(&[&["external_id"]]);
        let row = format!("<row><c><v>{text}</v></c></row></sheetData>");
        assert_eq!(texts(&read(one(table.replace("</sheetData>", &row))).unwrap().1), [[text]]);
        let row = format!(
            "<table:table-row><table:table-cell office:value-type=\"float\" office:value=\"{text}\"><text:p>Err</text:p>\
             </table:table-cell></table:table-row>"
        );
        assert_eq!(texts(&read(spreadsheet(&row)).unwrap().1), [["Err", ""]]);
    }
}

/// A workbook of Excel 97 of these records, each a kind and its data; sheets begin behind the globals.
fn old(globals: &[(u16, Vec<u8>)], sheet: &[(u16, Vec<u8>)], sheets: u32) -> Vec<u8> {
    let bytes = |records: &[(u16, Vec<u8>)]| -> Vec<u8> {
        let record = |(kind, data): &(u16, Vec<u8>)| {
            let length = u16::try_from(data.len()).unwrap();
            [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
        };
        records.iter().flat_map(record).collect()
    };
    let begin = (0x0809, vec![0, 6, 5, 0]);
    let listed = |at: u32| (0x0085, [&at.to_le_bytes()[..], &[0, 0, 1, 0, b'A']].concat());
    let with = |at: u32| {
        let list = (0..sheets).map(|_| listed(at));
        let all: Vec<_> =
            std::iter::once(begin.clone()).chain(globals.to_vec()).chain(list).chain([(0x000A, vec![])]).collect();
        bytes(&all)
    };
    let length = u32::try_from(with(0).len()).unwrap();
    let mut stream = with(length);
    stream.extend(bytes(&[begin]));
    stream.extend(bytes(sheet));
    stream.extend(bytes(&[(0x000A, vec![])]));
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream("Workbook").unwrap().write_all(&stream).unwrap();
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn old_text(row: u16, text: &str) -> (u16, Vec<u8>) {
    let head = [row.to_le_bytes(), [0, 0], [0, 0]].concat();
    let length = u16::try_from(text.len()).unwrap().to_le_bytes();
    (0x0204, [&head[..], &length, &[0], text.as_bytes()].concat())
}

fn old_number(row: u16, style: u16, number: f64) -> (u16, Vec<u8>) {
    let head = [row.to_le_bytes(), [0, 0], style.to_le_bytes()].concat();
    (0x0203, [&head[..], &number.to_le_bytes()].concat())
}

/// Two styles, of which the second shows three digits; and two texts that cells share.
fn old_globals() -> Vec<(u16, Vec<u8>)> {
    let style = |format: u16| (0x00E0, [[0, 0], format.to_le_bytes()].concat());
    let format = |code: &str| {
        let length = u16::try_from(code.len()).unwrap().to_le_bytes();
        (0x041E, [&200_u16.to_le_bytes()[..], &length, &[0], code.as_bytes()].concat())
    };
    let shared = (0x00FC, b"\x02\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00ab\x01\x00\x01\xAC\x20".to_vec());
    vec![format("0"), format("000"), style(0), style(200), shared]
}

#[test]
fn old_workbooks() {
    let (text, number, globals) = (old_text, old_number, old_globals());
    let cells = [text(0, "external_id"), number(1, 0, 7.0), number(2, 1, 7.0)];
    assert_eq!(texts(&read(old(&globals, &cells, 1)).unwrap().1), [["7"], ["007"]]);
    let none = [text(0, "external_id"), number(1, 0, f64::NAN)];
    assert_eq!(refused(old(&globals, &none, 1)).code, "workbook_damaged");
    // All sheets begin at one place, where no cell is.
    let nothing: Vec<(u16, Vec<u8>)> = (0..4).map(|_| (0x1234, vec![0; 8_000])).collect();
    let error = refused(old(&[], &nothing, 3));
    assert_eq!(error.code, "source_empty", "{error}");
    let error = refused(old(&[], &nothing, 1_100));
    assert!(error.code == "workbook_large" && error.message.contains("32 MiB"), "{error}");
}

/// Whatever a byte says, the file is read or refused.
#[test]
fn bytes_that_say_something_else() {
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % below
    };
    let more = [
        old_text(0, "external_id"),
        (0x0208, [&1_u16.to_le_bytes()[..], &[0; 10], &[0x20, 0, 0, 0]].concat()),
        old_number(1, 1, 45_000.5),
        (0x00FD, [&2_u16.to_le_bytes()[..], &[0, 0, 0, 0, 1, 0, 0, 0]].concat()),
        (0x00BD, [&3_u16.to_le_bytes()[..], &[0, 0, 0, 0, 0x82, 0, 0, 0, 0, 0]].concat()),
        (0x0006, [&4_u16.to_le_bytes()[..], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], &[0; 6]].concat()),
        (0x0207, b"\x03\x00\x00abc".to_vec()),
        (0x0205, [&5_u16.to_le_bytes()[..], &[0, 0, 0, 0, 0x2A, 1]].concat()),
        (0x00E5, b"\x01\x00\x06\x00\x06\x00\x00\x00\x01\x00".to_vec()),
    ];
    let whole = old(&old_globals(), &more, 1);
    assert_eq!(texts(&read(whole.clone()).unwrap().1), [["45000.5"], ["€"], ["32"], ["abc"], ["#N/A"]]);
    // The stream is what matters, and the first sector, which says where everything is.
    let begin = whole.windows(8).position(|bytes| bytes == b"\x09\x08\x04\x00\x00\x06\x05\x00").unwrap();
    for nth in 0..3_000 {
        let mut bytes = whole.clone();
        for _ in 0..=next(3) {
            let at = if nth % 4 == 0 { next(whole.len()) } else { begin + next(400) };
            bytes[at] = u8::try_from(next(256)).unwrap();
        }
        let _ = read(bytes);
    }
    const SIGNS: [char; 16] = ['<', '>', '&', ';', '"', '/', '=', ' ', '0', '9', '-', 'x', 'é', ':', '.', '\u{1}'];
    let sheet = rows(&[&["external_id", "name"]]).replace(
        "</sheetData>",
        "<row r=\"3\" hidden=\"1\"><c r=\"A3\" s=\"1\" t=\"n\"><f>1+1</f><v>45658.25</v></c><c t=\"s\"><v>0</v></c></row></sheetData>\
         <mergeCells><mergeCell ref=\"A9:B9\"/></mergeCells>",
    );
    let table = "<table:table-row table:number-rows-repeated=\"2\"><table:table-cell office:value-type=\"float\" office:value=\"7\">\
                 <text:p>007<text:s text:c=\"2\"/></text:p></table:table-cell><table:table-cell table:number-columns-spanned=\"2\" \
                 office:value-type=\"date\" office:date-value=\"2026-01-31\"><text:p>x</text:p></table:table-cell></table:table-row>";
    let styles = "<numFmts><numFmt numFmtId=\"164\" formatCode=\"[h]:mm;&quot;x&quot;0.00%\"/></numFmts><cellXfs><xf/><xf numFmtId=\"164\"/></cellXfs>";
    let mut otherwise = |text: &str| {
        let mut signs: Vec<char> = text.chars().collect();
        for _ in 0..=next(4) {
            let at = next(signs.len());
            signs[at] = SIGNS[next(SIGNS.len())];
        }
        signs.into_iter().collect::<String>()
    };
    for _ in 0..500 {
        let (data, styles) = (otherwise(&sheet), otherwise(styles));
        let made = TestWorkbook {
            sheets: &[("A", "", data)],
            strings: "<si><t>a</t></si>",
            styles: &styles,
            ..TestWorkbook::default()
        };
        let _ = read(made.xlsx());
        let _ = read(spreadsheet(&otherwise(table)));
    }
}
