//! CSV: line ends, quotes, headers, rows.

use super::*;

#[test]
fn every_line_end_ends_a_line() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a,b", "1,2", "", "\"x", "y\",3", "4,5", ""].join(end);
        let table = table(&text);
        assert_eq!(table.survey.header, ["a", "b"]);
        assert_eq!(table.texts(), [["1", "2"], [&format!("x{end}y"), "3"], ["4", "5"]]);
        assert_eq!(table.lines(), [2, 4, 6]);
        assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(super::table(text.trim_end()).texts().len(), 3, "the last line needs no end");
    }
}

#[test]
fn blank_lines_are_no_rows() {
    let blank = table("\n \t\n a , b \n\n1,2\n   \n,\n\n");
    assert_eq!((blank.texts(), blank.lines()), (vec![vec!["1", "2"], vec!["", ""]], vec![5, 7]));
    assert_eq!(blank.survey.header, ["a", "b"]);
    assert_eq!(table("a\n\n\"\"\n x\n").texts(), [[""], [" x"]]);
    let source = Source::spool("input", &b"a,b\n , \n"[..]).unwrap();
    source
        .survey(&Options::default(), &mut |_, record| {
            record.is_blank().then_some(()).ok_or_else(|| Error::invalid("filled", ""))
        })
        .unwrap();
}

#[test]
fn an_empty_file_is_an_error_and_a_header_alone_is_not() {
    for bytes in ["", "\u{FEFF}", "\n\r\n", "\u{FEFF}\n", "  \n\n"] {
        assert_eq!(fault(bytes), "source_empty: input is empty: it has not even a header");
    }
    for bytes in ["a,b", "a,b\n"] {
        assert_eq!((table(bytes).survey.header, table(bytes).rows.len()), (vec!["a".into(), "b".into()], 0));
    }
}

#[test]
fn rows_of_another_width_are_problems() {
    let table = table("a,b,c\n1,2\n1,2,3,,\n1,2,3,4,5\nx\n1,2,3\n");
    assert_eq!(
        table.problems(),
        [
            Some("has 2 fields, the header has 3"),
            None,
            Some("has 5 fields, the header has 3"),
            Some("has 1 field, the header has 3"),
            None
        ]
    );
    assert_eq!(table.texts()[0], ["1", "2", "~"]);
    assert_eq!(table.texts()[2], ["1", "2", "3"]);
    assert_eq!(table.survey.problems, 3);
    assert_eq!(table.rows[0].problem.as_ref().map(|problem| problem.code), Some("fields_few"));
}

#[test]
fn columns_have_one_name_each() {
    assert_eq!(fault("\nname,x, name \n"), "header_duplicate: input, line 2: columns 1 and 3 are both named \"name\"");
    assert_eq!(fault(",\n1,2"), "header_empty: input, line 1: the header names no column");
    assert_eq!(fault("a,,b\n1,,2\n1,x,2\n"), "header_unnamed: input, line 3: column 2 has data but no name in line 1");
    let unnamed = table(",a,,b,,\n,1,,2\n, 1 , ,2,,\n");
    assert_eq!(unnamed.survey.header, ["a", "b"]);
    assert_eq!(unnamed.texts(), [["1", "2"], [" 1 ", "2"]]);
    assert_eq!(unnamed.survey.guesses, ["columns 1, 3, 5, 6 left out: have neither name nor data"]);
    assert_eq!(unnamed.survey.problems, 0);
    assert!(fault(",".repeat(20_000) + "a").starts_with("header_wide"));
}

#[test]
fn cells_beyond_a_mebibyte_are_errors() {
    let most = "x".repeat(1 << 20);
    assert_eq!(table(format!("a,b\n{most},{most}\n")).texts()[0], [&most, &most]);
    let message = "record_long: input, line 3: column 2 (\"b\") is longer than 1 MiB";
    assert_eq!(fault(format!("a,b\n\"p\nq\",{most}x\n1,2\n")), message);
    assert_eq!(fault(format!("a,b\n\"p\nq\",\"{most}\n1,2\n")), message);
    assert!(fault("a,b\n".to_owned() + &",".repeat(40_000)).contains("line 2: the record has more than 32768 fields"));
    let wide: Vec<String> = (0..20).map(|column| format!("c{column}")).collect();
    let text = format!("{}\n{}\n", wide.join(","), vec![most; 20].join(","));
    assert!(fault(text).contains("line 2: the record is longer than 16 MiB"));
}

#[test]
fn delimiters_are_found_told_or_promised() {
    let found = table("a;b\n1,5;2\n");
    assert_eq!((found.survey.delimiter, found.survey.format), (Some(b';'), Format::Csv));
    assert_eq!((found.survey.guesses, found.rows.len()), (vec!["semicolon-separated".into()], 1));
    let options = Options { delimiter: Some(b'^'), ..Options::default() };
    assert_eq!(read_as("input", "a^b;c\n1^2;3", options).unwrap().texts(), [["1", "2;3"]]);
    let options = Options { delimiter: Some(b'\n'), ..Options::default() };
    assert_eq!(read_as("input", "a", options).unwrap_err().code, "delimiter");
    for name in ["x.TSV", "x.tsv.gz", "x.txt", "-"] {
        let table = read_as(name, "a\tb, c\n1\t2\n", Options::default()).unwrap();
        assert_eq!((table.survey.delimiter, table.survey.format), (Some(b'\t'), Format::Tsv));
        assert_eq!(table.survey.header, ["a", "b, c"]);
    }
    let options = Options { format: Some(Format::Tsv), ..Options::default() };
    assert_eq!(read_as("x.csv", "a,b\n1,2\n", options).unwrap().texts(), [["1,2"]]);
    let excel = table("sep=;\r\na;b\r\n1;2\r\n");
    assert_eq!((excel.texts(), excel.lines()), (vec![vec!["1", "2"]], vec![3]));
}

#[test]
fn the_formula_guard_is_undone_unless_raw() {
    let text = "a,b,c,d\n'=1,''-x,'text,=1\n";
    assert_eq!(table(text).texts(), [["=1", "'-x", "'text", "=1"]]);
    let options = Options { raw: true, ..Options::default() };
    assert_eq!(read_as("input", text, options).unwrap().texts(), [["'=1", "''-x", "'text", "=1"]]);
}

#[test]
fn an_error_of_the_visitor_ends_the_survey() {
    let source = Source::spool("input", &b"a\n1\n2\n"[..]).unwrap();
    let mut seen = 0;
    let result = source.survey(&Options::default(), &mut |_, _| {
        seen += 1;
        Err(Error::invalid("enough", "enough"))
    });
    assert_eq!((result.unwrap_err().code, seen), ("enough", 1));
}

#[test]
fn a_header_that_comes_again_is_no_record() {
    let table = table("\u{FEFF}external_id,Name,arr\nA-1,Acme,1\n\u{FEFF}external_id, NAME ,arr\nA-2,B,2\n");
    let repeated: Vec<bool> = table.rows.iter().map(|row| row.repeats_header).collect();
    assert_eq!(repeated, [false, true, false]);
    assert_eq!((table.survey.rows, table.survey.repeated_headers.first.clone()), (3, vec![2]));
    for other in ["name,external_id,arr", "external_id,name,mrr", "external_id,name,notes"] {
        let error = read(format!("external_id,name,arr\nA-1,Acme,1\n{other}\nB,A-2,2\n")).unwrap_err();
        assert_eq!((error.code, error.message.contains("line 3")), ("header_changes", true), "{other}");
    }
    // One cell that says what its column is called is data.
    assert_eq!(super::table("kind,name,x\nkind,Acme,1\n").survey.repeated_headers.count, 0);
}

#[test]
fn rows_that_may_be_totals_are_noticed() {
    let found = |text: &str| table(text).survey.maybe_totals;
    assert_eq!(found("id,name,arr\n1,A,1\n,Total,1\n2,B,3\nSumme,,4\n"), [2, 4]);
    assert_eq!(found("id,name,arr\n,A,1\n1,B,1\n2,C,1\n3,D,1\n,,4\n"), [5]);
    assert_eq!(found("name\nTotalEnergies\nSummit\n"), [0_u64; 0]);
}

#[test]
fn text_that_was_read_twice_is_counted() {
    let table = table("id,name\n1,Juan JosÃ©\n2,José\n3,MÃ¼ller\n");
    let warning = "2 rows have text that looks like UTF-8 read twice, such as \"Juan JosÃ©\" for \"Juan José\" (rows 1, 3): it was \
                   broken before this file was written";
    assert_eq!(table.survey.warnings, [warning]);
    let table = super::table("id,name\n1,Caf\u{FFFD}\n2,M\u{FFFD}ller\n");
    let warning = "2 rows have letters that could not be read, such as in \"Caf\u{FFFD}\" (rows 1, 2): they were lost before this \
                   file was written";
    assert_eq!(table.survey.warnings, [warning]);
}

#[test]
fn markup_is_no_table() {
    for (text, what) in [
        ("<html><table><tr><td>a</td></tr></table></html>", "an HTML page"),
        ("\u{FEFF}\n <!DOCTYPE HTML><p>", "an HTML page"),
        ("<TABLE><tr>", "an HTML table"),
        ("<?xml version=\"1.0\"?><Workbook/>", "an XML document"),
        ("<!-- saved --> <!-- twice -->\n<html><p>", "an HTML page"),
        ("<style>td{}</style><table><tr><td>a</td></tr></table>", "an HTML page"),
        ("<DIV class=x><table></table></DIV>", "an HTML page"),
        ("MIME-Version: 1.0\nContent-Type: multipart/related\n", "a web archive"),
    ] {
        assert_eq!(fault(text), format!("source_markup: input is {what}, not a table of text"));
    }
    assert_eq!(table("<name>,b\n1,2\n").survey.header, ["<name>", "b"]);
    assert_eq!(table("<title>,<p>\n1,2\n").survey.header, ["<title>", "<p>"]);
    for (text, what) in [("%PDF-1.4\n1,2", "a PDF document"), ("{\\rtf1 a,b}", "a document of formatted text")] {
        assert!(fault(text).starts_with(&format!("source_binary: input is {what}")), "{}", fault(text));
    }
    assert_eq!(fault("[ {\"a\": 1}]\n"), "source_json: input holds a JSON array, not one object a line");
}
