//! Workbooks made by hand, smaller than any program makes them; what real programs make is tried end to end.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::import::source::{Format, Kind, Options, Record, Source, Survey};
use crate::{Error, Result};

fn zipped(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[derive(Default)]
struct TestWorkbook<'m> {
    /// Name, what the list of sheets says beside it, and what stands in the sheet.
    sheets: &'m [(&'m str, &'m str, String)],
    strings: &'m str,
    styles: &'m str,
    properties: &'m str,
}

impl TestWorkbook<'_> {
    fn xlsx(&self) -> Vec<u8> {
        let relation = |id: &str, kind: &str, target: &str| {
            format!("<Relationship Id=\"{id}\" Type=\"http://x/relationships/{kind}\" Target=\"{target}\"/>")
        };
        let mut sheets = String::new();
        let mut relations =
            relation("s", "sharedStrings", "sharedStrings.xml") + &relation("f", "styles", "styles.xml");
        let mut parts = Vec::new();
        for (nth, (name, more, data)) in self.sheets.iter().enumerate() {
            sheets.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{nth}\" r:id=\"r{nth}\" {more}/>"));
            relations.push_str(&relation(&format!("r{nth}"), "worksheet", &format!("worksheets/sheet{nth}.xml")));
            let sheet = format!("<worksheet>{data}</worksheet>").into_bytes();
            parts.push((format!("xl/worksheets/sheet{nth}.xml"), sheet));
        }
        let fixed = [
            (
                "_rels/.rels",
                format!("<Relationships>{}</Relationships>", relation("w", "officeDocument", "xl/workbook.xml")),
            ),
            ("xl/_rels/workbook.xml.rels", format!("<Relationships>{relations}</Relationships>")),
            ("xl/workbook.xml", format!("<workbook>{}<sheets>{sheets}</sheets></workbook>", self.properties)),
            ("xl/sharedStrings.xml", format!("<sst uniqueCount=\"99999999999\">{}</sst>", self.strings)),
            ("xl/styles.xml", format!("<styleSheet>{}</styleSheet>", self.styles)),
        ];
        let parts = parts.iter().map(|(name, content)| (name.as_str(), content.clone()));
        let parts: Vec<_> = fixed.iter().map(|(name, text)| (*name, text.clone().into_bytes())).chain(parts).collect();
        zipped(&parts)
    }
}

/// Rows of text, from A1 on.
fn rows(rows: &[&[&str]]) -> String {
    let cell = |text: &&str| match *text {
        "" => "<c/>".to_owned(),
        text => format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>"),
    };
    let row = |cells: &&[&str]| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
    format!("<sheetData>{}</sheetData>", rows.iter().map(row).collect::<String>())
}

fn one(data: impl Into<String>) -> Vec<u8> {
    TestWorkbook { sheets: &[("Accounts", "", data.into())], ..TestWorkbook::default() }.xlsx()
}

/// Number of each row and its cells with their kinds.
type Read = Vec<(u64, Vec<(String, Kind)>)>;

fn read_as(name: &str, bytes: Vec<u8>, options: &Options) -> Result<(Survey, Read)> {
    let source = Source::spool(name, bytes.as_slice())?;
    let row = |record: &Record| {
        let cell = |column| (record.cell(column).text().unwrap_or("~").to_owned(), record.kind(column));
        (record.number, (0..record.columns()).map(cell).collect::<Vec<_>>())
    };
    let mut surveyed = Vec::new();
    let survey = source.survey(options, &mut |_, record| {
        surveyed.push(row(record));
        Ok(())
    })?;
    let mut again = Vec::new();
    let mut records = source.records(&survey)?;
    while let Some(record) = records.next()? {
        again.push(row(record));
    }
    assert_eq!(surveyed, again);
    Ok((survey, again))
}

fn read(bytes: Vec<u8>) -> Result<(Survey, Read)> {
    read_as("book.xlsx", bytes, &Options::default())
}

fn texts(read: &Read) -> Vec<Vec<&str>> {
    read.iter().map(|(_, cells)| cells.iter().map(|(text, _)| text.as_str()).collect()).collect()
}

fn refused(bytes: Vec<u8>) -> Error {
    read(bytes).unwrap_err()
}

#[test]
fn cells_of_every_kind() {
    let header = rows(&[&["id", "day", "share", "shared", "yes", "error", "text", "amount"]]);
    let data = header.replace(
        "</sheetData>",
        "<row r=\"3\"><c r=\"A3\" s=\"3\"><v>123</v></c><c r=\"B3\" s=\"1\"><v>45658</v></c><c r=\"C3\" s=\"2\"><v>0.285</v></c>\
         <c r=\"D3\" t=\"s\"><v>1</v></c><c r=\"E3\" t=\"b\"><v>1</v></c><c r=\"F3\" t=\"e\"><f>1/0</f><v>#SPILL!</v></c>\
         <c r=\"G3\" t=\"str\"><f>A&amp;B</f><v>a &amp; b_x000D_</v></c><c r=\"H3\" s=\"4\"><v>12.5</v></c></row>\
         <row r=\"7\"><c r=\"D7\" t=\"s\"><v>0</v></c><c r=\"G7\" t=\"d\"><v>2026-01-31T10:00:00</v></c></row></sheetData>",
    );
    let made = TestWorkbook {
        sheets: &[("Accounts", "", data)],
        strings: "<si><t></t></si><si><r><t xml:space=\"preserve\">Acme </t></r><r><t>&lt;Inc&gt;</t></r><rPh><t>kana</t></rPh></si>",
        styles: "<numFmts><numFmt numFmtId=\"164\" formatCode=\"00000\"/><numFmt numFmtId=\"165\" formatCode=\"[$€-407]0.00\"/></numFmts>\
                 <cellStyleXfs><xf numFmtId=\"9\"/></cellStyleXfs>\
                 <cellXfs><xf/><xf numFmtId=\"14\"/><xf numFmtId=\"10\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/></cellXfs>",
        ..TestWorkbook::default()
    };
    let (survey, found) = read(made.xlsx()).unwrap();
    assert_eq!((survey.rows, survey.sheet.as_deref(), survey.header_line), (2, Some("Accounts"), Some(1)));
    assert_eq!(survey.guesses, ["sheet \"Accounts\": rows are numbered as in the sheet".into()]);
    assert_eq!(found.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [3, 7]);
    assert_eq!(
        texts(&found),
        [
            ["00123", "2025-01-01", "28.5%", "Acme <Inc>", "TRUE", "#SPILL!", "a & b\r", "12.5 €"],
            ["", "", "", "", "", "", "2026-01-31 10:00:00", ""],
        ]
    );
    let kinds: Vec<Kind> = found[0].1.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(kinds[..4], [Kind::Number, Kind::Date, Kind::Number, Kind::Text]);
}

#[test]
fn the_other_system_of_days() {
    let data = "<sheetData><row><c t=\"inlineStr\"><is><t>day</t></is></c></row><row><c s=\"1\"><v>44196</v></c></row></sheetData>";
    let made = TestWorkbook {
        sheets: &[("Accounts", "", data.to_owned())],
        styles: "<cellXfs><xf/><xf numFmtId=\"14\"/></cellXfs>",
        properties: "<workbookPr date1904=\"1\"/>",
        ..TestWorkbook::default()
    };
    assert_eq!(texts(&read(made.xlsx()).unwrap().1), [["2025-01-01"]]);
}

#[test]
fn one_of_several_sheets() {
    let table = rows(&[&["external_id", "name"], &["A-1", "Acme"]]);
    let empty = "<sheetData><row r=\"1\"/><row><c s=\"1\"/></row></sheetData>".to_owned();
    let sheets =
        [("Cover", "", empty.clone()), ("My table", "", table.clone()), ("Lists", "state=\"hidden\"", table.clone())];
    let (survey, _) = read(TestWorkbook { sheets: &sheets, ..TestWorkbook::default() }.xlsx()).unwrap();
    assert_eq!(survey.sheet.as_deref(), Some("My table"));
    assert_eq!(survey.guesses[1].to_string(), "hidden sheets left out: \"Lists\"; choose one with sheet=NAME");

    let sheets = [("2026", "", table.clone()), ("My table", "", table.clone()), ("3", "", empty)];
    let book = TestWorkbook { sheets: &sheets, ..TestWorkbook::default() }.xlsx();
    let error = refused(book.clone());
    assert_eq!(error.code, "sheet_several");
    assert_eq!(error.hints.to_string(), "choose one: sheet=2026 or sheet=My table");
    let named = |told: &str| {
        let options = Options { sheet: Some(told.to_owned()), ..Options::default() };
        read_as("book.xlsx", book.clone(), &options).map(|(survey, _)| survey.sheet.unwrap())
    };
    for (told, name) in [("2026", "2026"), ("my TABLE", "My table"), ("2", "My table"), ("1", "2026")] {
        assert_eq!(named(told).unwrap(), name, "{told}");
    }
    // A name counts before a number, and an empty sheet is one.
    assert_eq!(named("3").unwrap_err().code, "source_empty");
    let error = named("Kunden").unwrap_err();
    assert_eq!(
        (error.code, error.hints.to_string().as_str()),
        ("sheet_unknown", "its sheets: 1 \"2026\", 2 \"My table\", 3 \"3\"")
    );
    let told = Options { sheet: Some("1".to_owned()), ..Options::default() };
    let called = Options { format: Some(Format::Spreadsheet), ..Options::default() };
    for options in [told, called] {
        assert_eq!(read_as("a.csv", b"name\nAcme\n".to_vec(), &options).unwrap_err().code, "workbook_kind");
    }
}

#[test]
fn what_stands_for_more_than_it_says() {
    let merged = |data: &str, areas: &[&str]| {
        let areas: String = areas.iter().map(|area| format!("<mergeCell ref=\"{area}\"/>")).collect();
        format!("{data}<mergeCells>{areas}</mergeCells>")
    };
    let table = rows(&[&["Customers", "", "Money", ""], &["ID", "Name", "ARR", "End"], &["1", "Acme", "5", "x"]]);
    let error = refused(one(merged(&table, &["A1:B1", "C1:D1"])));
    assert_eq!(error.code, "header_two");
    assert_eq!(error.hints.to_string(), "skip_lines=1 takes row 2 as the header");
    let options = Options { skip_lines: Some(0), ..Options::default() };
    let error = read_as("book.xlsx", one(merged(&table, &["A1:B1", "C1:D1"])), &options).unwrap_err();
    assert_eq!(error.code, "header_merged");
    assert!(error.hints.to_string().contains("skip_lines=1"));
    let options = Options { skip_lines: Some(1), ..Options::default() };
    let (survey, found) = read_as("book.xlsx", one(merged(&table, &["A1:B1", "C1:D1"])), &options).unwrap();
    assert_eq!((survey.header, found[0].0), (vec!["ID".into(), "Name".into(), "ARR".into(), "End".into()], 3));

    let table = rows(&[&["external_id", "name"], &["1", "Acme"], &["2", ""], &["Sum", ""]]);
    let error = refused(one(merged(&table, &["B2:B3"])));
    assert_eq!(error.code, "cells_merged");
    assert!(error.message.contains("row 2: the cells B2:B3 are merged"), "{error}");
    assert!(read(one(merged(&table, &["A4:B4", "F1:F9"]))).is_ok());

    let table = rows(&[&["external_id", "name", "name"], &["1", "a", "b"]]);
    assert!(
        refused(one(table)).message.ends_with("sheet \"Accounts\", row 1: columns B and C are both named \"name\"")
    );
    let error = refused(one(rows(&[&["external_id", "name"], &["1", "a"], &["2", "b", "", "note"]])));
    assert_eq!(error.message, "book.xlsx, sheet \"Accounts\", row 3: column D has data but no name in row 1");

    let formula = "<row><c t=\"inlineStr\"><is><t>9</t></is></c><c><f>A2&amp;1</f></c></row></sheetData>";
    let error = refused(one(rows(&[&["external_id", "name"]]).replace("</sheetData>", formula)));
    assert_eq!(error.code, "formula_unvalued");
    assert!(error.message.contains("the formula in B2 has no value"), "{error}");
}

#[test]
fn titles_above_the_header() {
    let table = rows(&[&["Customer list"], &[], &["external_id", "name"], &["A-1", "Acme"]]);
    let (survey, found) = read(one(table)).unwrap();
    assert_eq!((survey.header_line, found[0].0), (Some(3), 4));
    assert!(survey.guesses[1].text.starts_with("row 3 is the header (external_id, name)"), "{:?}", survey.guesses);
}

#[test]
fn what_is_large_or_broken() {
    // A million rows without content cost nothing; neither do millions of bytes in one place.
    let empty: String = "<row/>".repeat(1_000_000);
    let table = rows(&[&["external_id"], &["A-1"]]).replace("</sheetData>", &format!("{empty}</sheetData>"));
    assert_eq!(read(one(table)).unwrap().0.rows, 1);
    let bomb = format!("<sheetData><row><c t=\"str\"><v>{}</v></c></row></sheetData>", "x".repeat(8 << 20));
    assert_eq!(refused(one(bomb)).code, "workbook_damaged");
    let long = format!("<sheetData><row><c t=\"str\"><v>{}</v></c></row></sheetData>", "x".repeat(2 << 20));
    assert_eq!(refused(one(long)).code, "workbook_large");
    let many = format!("<sheetData><row>{}</row></sheetData>", "<c t=\"str\"><v>x</v></c>".repeat(16_385));
    assert_eq!(refused(one(many)).code, "workbook_large");
    let back = "<sheetData><row r=\"5\"><c><v>1</v></c></row><row r=\"2\"><c><v>1</v></c></row></sheetData>";
    assert_eq!(refused(one(back)).code, "workbook_damaged");
    assert_eq!(refused(one("<sheetData><row>")).code, "workbook_damaged");
    assert_eq!(refused(one("<sheetData/>")).code, "source_empty");
    let whole = one(rows(&[&["external_id"], &["A-1"]]));
    assert_eq!(refused(whole[..whole.len() - 30].to_vec()).code, "workbook_damaged");
    let mut flipped = whole.clone();
    let place = flipped.windows(9).position(|bytes| bytes == b"sheet0.xm").unwrap() + 20;
    flipped[place..place + 8].iter_mut().for_each(|byte| *byte ^= 0xFF);
    assert_eq!(refused(flipped).code, "workbook_damaged");
    // The server's limit holds for what is made of it.
    let source = Source::spool("book.xlsx", whole.as_slice()).unwrap();
    source.hold_to(10);
    assert_eq!(source.survey(&Options::default(), &mut |_, _| Ok(())).unwrap_err().code, "workbook_large");
}

#[test]
fn a_bomb_is_refused_before_it_fills_anything() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    writer.start_file("accounts.csv", options).unwrap();
    writer.write_all(b"external_id\n").unwrap();
    let block = vec![b'\n'; 1 << 20];
    for _ in 0..20 {
        writer.write_all(&block).unwrap();
    }
    let bomb = writer.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    assert_eq!(read_as("a.zip", bomb, &Options::default()).unwrap_err().code, "workbook_large");
}

#[test]
fn archives() {
    let csv = b"external_id;name\nA-1;Acme\n".to_vec();
    let (survey, found) =
        read_as("export.zip", zipped(&[("__MACOSX/._a", vec![1]), ("out/a.csv", csv.clone())]), &Options::default())
            .unwrap();
    assert_eq!((survey.delimiter, texts(&found)), (Some(b';'), vec![vec!["A-1", "Acme"]]));
    let book = one(rows(&[&["external_id"], &["A-1"]]));
    assert_eq!(read(zipped(&[("book.xlsx", book)])).unwrap().0.sheet.as_deref(), Some("Accounts"));
    for (parts, code) in [
        (vec![], "archive_empty"),
        (vec![("a.csv", csv.clone()), ("b.csv", csv.clone())], "archive_several"),
        (vec![("a.zip", zipped(&[("a.csv", csv.clone())]))], "workbook_kind"),
        (vec![("word/document.xml", csv.clone())], "workbook_kind"),
        (vec![("xl/workbook.bin", csv.clone())], "workbook_kind"),
        (vec![("Index/Document.iwa", csv.clone()), ("x", csv)], "workbook_kind"),
    ] {
        assert_eq!(refused(zipped(&parts)).code, code);
    }
}

#[test]
fn passwords_and_other_documents() {
    let compound = |stream: &str| {
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        file.create_stream(stream).unwrap().write_all(&[0; 64]).unwrap();
        file.flush().unwrap();
        file.into_inner().into_inner()
    };
    assert_eq!(refused(compound("EncryptedPackage")).code, "workbook_password");
    for stream in ["WordDocument", "Book", "Workbook"] {
        assert_eq!(refused(compound(stream)).code, "workbook_kind", "{stream}");
    }
    let mimetype = b"application/vnd.oasis.opendocument.spreadsheet".to_vec();
    let manifest = b"<manifest:encryption-data/>".to_vec();
    let parts = [("mimetype", mimetype), ("content.xml", vec![0]), ("META-INF/manifest.xml", manifest)];
    assert_eq!(refused(zipped(&parts)).code, "workbook_password");
}

#[test]
fn spreadsheets_of_opendocument() {
    let content = r#"<office:document-content><office:automatic-styles><style:style style:name="ta2" style:family="table">
        <style:table-properties table:display="false"/></style:style></office:automatic-styles><office:spreadsheet>
        <table:table table:name="Old" table:style-name="ta2"><table:table-row><table:table-cell office:value-type="string">
        <text:p>x</text:p></table:table-cell></table:table-row></table:table>
        <table:table table:name="Accounts"><table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>
        <table:table-row><table:table-cell office:value-type="string"><text:p>id</text:p></table:table-cell><table:table-cell
        office:value-type="string"><text:p>na<text:span>me</text:span></text:p></table:table-cell><table:table-cell
        office:value-type="string"><text:p>arr</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>day</text:p>
        </table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="float" office:value="7"><text:p>007</text:p>
        </table:table-cell><table:table-cell office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation>
        <text:p>a<text:s text:c="2"/>b</text:p><text:p>c</text:p></table:table-cell><table:table-cell office:value-type="currency"
        office:currency="EUR" office:value="1234.5"><text:p>1.234,50 €</text:p></table:table-cell><table:table-cell
        office:value-type="date" office:date-value="2026-01-31"><text:p>31.01.26</text:p></table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        </table:table></office:spreadsheet></office:document-content>"#;
    let mimetype = b"application/vnd.oasis.opendocument.spreadsheet".to_vec();
    let (survey, found) = read(zipped(&[("mimetype", mimetype), ("content.xml", content.into())])).unwrap();
    assert_eq!((survey.sheet.as_deref(), survey.header_line), (Some("Accounts"), Some(3)));
    assert_eq!(found.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(texts(&found)[0], ["007", "a  b\nc", "1234.5 EUR", "2026-01-31"]);
}

mod hostile;
