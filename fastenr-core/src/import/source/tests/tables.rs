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
    assert_eq!(fault("a,,b\n1,,2\n1,x,2\n"), "header_unnamed: input, line 3: column 2 has data but no name");
    let unnamed = table(",a,,b,,\n,1,,2\n, 1 , ,2,,\n");
    assert_eq!(unnamed.survey.header, ["a", "b"]);
    assert_eq!(unnamed.texts(), [["1", "2"], [" 1 ", "2"]]);
    assert_eq!(unnamed.survey.guesses, ["columns 1, 3, 5, 6 left out: have neither name nor data"]);
    assert_eq!(unnamed.survey.problems, 0);
    assert!(fault(",".repeat(20_000) + "a").starts_with("header_wide"));
}

#[test]
fn quotes() {
    assert_eq!(
        fault("a,b\n\"x\ny\",\"z\n1,2\n3,4\n"),
        "quote_unclosed: input, line 3: the quote that opens column 2 (\"b\") is never closed"
    );
    assert_eq!(fault("a,\"b\n"), "quote_unclosed: input, line 1: the quote that opens column 2 is never closed");
    assert_eq!(fault("a,b\n1,\"x\"\"").split(": ").next(), Some("quote_unclosed"));
    for (text, cells) in [
        ("5\" disk,x", ["5\" disk", "x"]),
        ("\"a\"\"b\",\"\"", ["a\"b", ""]),
        ("\"a\"b,\"c\" ", ["ab", "c "]),
        (" \"a\",b", [" \"a\"", "b"]),
        ("\"\"\"\",\"x\"", ["\"", "x"]),
    ] {
        assert_eq!(table(format!("p,q\n{text}")).texts(), [cells], "{text}");
        assert_eq!(table(format!("p,q\n{text}\n")).texts(), [cells], "{text}");
    }
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
