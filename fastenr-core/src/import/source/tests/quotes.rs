//! Quotes: what is read, what is rejected, what is refused.

use super::*;

fn options(quote_escape: Option<QuoteEscape>, multiline: bool) -> Options {
    Options { quote_escape, multiline, ..Options::default() }
}

fn backslash() -> Options {
    options(Some(QuoteEscape::Backslash), false)
}

#[test]
fn what_is_certain_is_read() {
    for (text, cells) in [
        ("5\" disk,x", ["5\" disk", "x"]),
        ("\"a\"\"b\",\"\"", ["a\"b", ""]),
        ("\"\"\"\",\"x\"", ["\"", "x"]),
        ("C:\\,\"C:\\\"", ["C:\\", "C:\\"]),
    ] {
        for end in ["", "\n", "\r\n"] {
            assert_eq!(table(format!("p,q\n{text}{end}")).texts(), [cells], "{text}");
        }
    }
}

/// A row whose quotes are broken, and that certainly ends with its line, is rejected alone: the next is read.
#[test]
fn a_broken_row_is_rejected_with_its_place_and_the_rule() {
    for (row, place, rule) in [
        (
            r#"A-1,"16" Monitors Ltd",Retail"#,
            "after the closing quote of column 2 (\"name\"), at column 9",
            "double each quote",
        ),
        (r#"A-1,"Best" Co,Retail"#, "column 2 (\"name\"), at column 11", "double each quote"),
        (r#"A-1,"Acme" ,Retail"#, "column 2 (\"name\"), at column 11", "double each quote"),
        (r#"A-1,"The \"Best\" Co",Retail"#, "column 2 (\"name\"), at column 12", "or have \\\" read as a quote"),
        (r#"A-1,Müller,"The \"Best\"""#, "column 3 (\"notes\"), at column 19", "or have \\\" read as a quote"),
        (
            r#"A-1, "Acme, Inc", Retail"#,
            "before the opening quote of column 2 (\"name\"), at column 6",
            "remove the blank",
        ),
        ("A-1,\u{a0}\u{200b}\"Acme\",Retail", "opening quote of column 2 (\"name\"), at column 7", "remove the blank"),
    ] {
        let table = table(format!("external_id,name,notes\n{row}\nA-2,Globex,\"ok\"\n"));
        let message = table.problems()[0].unwrap();
        assert!(message.contains(place) && message.contains(rule), "{row}: {message}");
        assert_eq!((table.texts()[1].as_slice(), table.problems()[1]), (&["A-2", "Globex", "ok"][..], None), "{row}");
        assert_eq!(table.rows[0].problem.as_ref().map(|problem| problem.code), Some("quote_broken"));
    }
}

/// Where a row with a broken quote ends is not known: no guess is made.
#[test]
fn a_broken_quote_that_may_go_on_refuses_the_file() {
    let header = "external_id,name,notes\n";
    for (rows, code, place, way) in [
        ("A-1,Acme,\"open\nA-2,B,ok\nA-3,C,\"x\"\n", "quote_broken", "line 4, column 8", "close the quote in line 2"),
        ("A-1,Acme,\"open\nA-2,B,ok\n", "quote_unclosed", "line 2", "close it"),
        ("A-1,Acme,\"open\nA-2,B,ok\nA-3,C,close\"\n", "quote_swallows", "line 2, column 10", "multiline"),
        ("A-1,Acme,\"open\nA-2,B,close\"\n", "quote_swallows", "line 2, column 10", "multiline"),
        ("A-1,\"Acme,x\nA-2,B\",y\n", "quote_swallows", "line 2, column 5", "multiline"),
        ("A-1,\"Acme\nand,B\",y,z\n", "quote_swallows", "line 2, column 5", "multiline"),
        ("A-1,Acme,\"He said \\\"call\nme\\\" now\"\n", "quote_broken", "line 2, column 21", "quote_escape=backslash"),
        ("A-1,\"Acme,\\\"Retail\n", "quote_broken", "line 2, column 13", "quote_escape=backslash"),
    ] {
        let error = read(format!("{header}{rows}")).unwrap_err();
        assert_eq!(error.code, code, "{rows}: {error}");
        assert!(error.message.contains(place), "{rows}: {error}");
        assert!(error.hints.to_string().contains(way), "{rows}: {}", error.hints);
    }
    for header in ["a,\"b\" ,c\n1,2,3\n", "a,\"b\n1,\"x\"\n", "a,\"b\n1,2\"\n", "a,\"b\n"] {
        assert!(read(header).unwrap_err().code.starts_with("quote_"), "{header}");
    }
}

#[test]
fn a_cell_may_hold_lines() {
    for text in [
        "a,b,c\n\"Once upon \na time\",5,6\n7,8,9\n",
        "a,b,c\nx,\"Dear Jo, hi\n\nBye\",2\n",
        "a,b,c\n\"x\",\"one\n1,2,3\n\",\"y\"\n",
        "\"a\n(new)\",b,c\n1,2,3\n",
    ] {
        assert_eq!(table(text).survey.problems, 0, "{text}");
    }
    let swallowing = "a,b,c\nx,y,\"one\n1,2,3\nlast\"\n4,5,6\n";
    assert_eq!(read(swallowing).unwrap_err().code, "quote_swallows");
    let table = read_as("input", swallowing, options(None, true)).unwrap();
    assert_eq!(table.texts(), [["x", "y", "one\n1,2,3\nlast"], ["4", "5", "6"]]);
    assert_eq!(table.lines(), [2, 5]);
}

#[test]
fn the_end_of_a_broken_row_is_no_row() {
    let broken = table("a,b\nx\nrest\",2\n5\",6\n");
    assert_eq!(broken.rows[1].problem.as_ref().map(|problem| problem.code), Some("quote_stray"));
    assert!(broken.problems()[1].unwrap().contains("the rest of line 2"), "{:?}", broken.problems());
    assert_eq!((broken.texts()[2].as_slice(), broken.problems()[2]), (&["5\"", "6"][..], None));
    // Two cells that backslashes make one.
    let two = table("a,b,c\n1,\"x\\\",y\"\n2,\"C:\\\",z\n");
    assert!(two.problems()[0].unwrap().contains("or have \\\" read as a quote"));
    assert_eq!((two.texts()[1].as_slice(), two.problems()[1]), (&["2", "C:\\", "z"][..], None));
}

#[test]
fn backslashes_escape_where_they_are_said_to() {
    let text = "a,b\n1,\"The \\\"Best\\\" Co\"\n2,\"x\\\",y\"\n3,\"C:\\\\\"\n4,\"one\\\ntwo\"\n5,\"a\"\"b\\t\"\n";
    let table = read_as("input", text, backslash()).unwrap();
    let cells: Vec<&str> = table.texts().into_iter().map(|row| row[1]).collect();
    assert_eq!(cells, ["The \"Best\" Co", "x\",y", "C:\\", "one\ntwo", "a\"b\\t"]);
    assert_eq!(table.lines(), [2, 3, 4, 5, 7]);
    let error = read_as("input", "a,b\n1,\"x\\\"\n", backslash()).unwrap_err();
    assert_eq!(shown(error), "quote_unclosed: input, line 2: the quote that opens column 2 (\"b\") is never closed");
}

#[test]
fn a_mark_in_the_middle_hides_no_quote() {
    assert_eq!(table("a,b\n\u{FEFF}\"x,y\",1\n").texts(), [["x,y", "1"]]);
    assert_eq!(table("a,b\n\u{FEFF}x\u{200B},\u{FEFF} y \n").texts(), [["x", "y"]]);
}
