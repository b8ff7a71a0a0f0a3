//! JSONL.

use super::*;

#[test]
fn keys_become_columns_in_order_of_first_appearance() {
    let table = table("{\"b\": 1.50, \"a\": null}\n\n{\"a\": \"x\\ny\", \"c\": true}\r\n  {\"c\": {\"k\": [1, 2.0]}}");
    assert_eq!((table.survey.format, table.survey.delimiter), (Format::Jsonl, None));
    assert_eq!(table.survey.header, ["b", "a", "c"]);
    assert_eq!(table.lines(), [1, 3, 4]);
    let text = |text: &str| Some(Some(text.to_owned()));
    assert_eq!(table.rows[0].cells, [text("1.50"), Some(None), None]);
    assert_eq!(table.rows[1].cells, [None, text("x\ny"), text("true")]);
    assert_eq!(table.rows[2].cells, [None, None, text("{\"k\":[1,2.0]}")]);
    assert_eq!(table.survey.guesses, ["read as JSONL: the first line is a JSON object"]);
    assert!(read_as("x.ndjson.gz", "{\"a\":1}", Options::default()).unwrap().survey.guesses.is_empty());
}

#[test]
fn the_formula_guard_is_of_csv() {
    assert_eq!(table("{\"a\":\"'=1\"}\n").texts(), [["'=1"]]);
}

#[test]
fn broken_lines_are_problems_and_name_no_columns() {
    let lines = [
        "{\"a\":1}",
        "[1]",
        "{\"a\":1,\"junk\":",
        "{\"é\":1,\"é\":2}",
        "{\"a\":{\"x\":1,\"x\":2}}",
        "{\"a\":1} {\"a\":2}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"\":1}",
        "{\"a\":2,\"b\":3}",
    ];
    let table = table(lines.join("\n"));
    assert_eq!(table.survey.header, ["a", "b"]);
    assert_eq!((table.survey.rows, table.survey.problems), (10, 8));
    let problem = |row: usize| table.rows[row].problem.clone().unwrap();
    assert_eq!((problem(1).message.as_str(), problem(1).column), ("is not a JSON object", Some(1)));
    assert!(problem(2).message.contains("EOF while parsing"), "{:?}", problem(2));
    assert!(problem(3).message.contains("the key \"é\" stands twice"), "{:?}", problem(3));
    assert!(problem(4).message.contains("the key \"x\" stands twice in one object"), "{:?}", problem(4));
    assert_eq!(
        problem(5),
        RecordProblem {
            code: "json",
            message: "is not valid JSON, column 9 of the line: trailing characters".into(),
            column: Some(9)
        }
    );
    assert!(problem(6).message.contains("\"a\" holds the character U+0000"), "{:?}", problem(6));
    assert!(problem(7).message.contains("escape"), "{:?}", problem(7));
    assert!(problem(8).message.contains("\"\" is no name for a column"), "{:?}", problem(8));
    assert_eq!(table.texts()[2], ["~", "~"]);
    assert_eq!(table.texts()[9], ["2", "3"]);
}

#[test]
fn json_of_another_shape_is_an_error() {
    for (text, shape) in
        [("[{\"a\":1}]", "array"), ("[\n", "array"), ("{\n  \"a\": 1\n}\n", "object over several lines")]
    {
        let error = read_as("x.json", text, Options::default()).unwrap_err();
        assert!(error.code == "source_json" && error.message.contains(shape), "{error}");
    }
    for text in ["", "\n\n"] {
        assert_eq!(read_as("x.jsonl", text, Options::default()).unwrap_err().code, "source_empty");
    }
}

#[test]
fn values_beyond_a_mebibyte_and_lines_beyond_sixteen_are_errors() {
    let long = "x".repeat((1 << 20) + 1);
    assert_eq!(
        fault(format!("{{\"a\":1}}\n{{\"a\":\"{long}\"}}\n")),
        "record_long: input, line 2: the value of \"a\" is longer than 1 MiB"
    );
    let line = format!("{{\"a\":1}}\n{{{}", " ".repeat(17 << 20));
    assert_eq!(fault(line), "record_long: input, line 2: the line is longer than 16 MiB");
}

#[test]
fn jsonl_comes_in_every_encoding() {
    let bytes: Vec<u8> = "\u{FEFF}{\"a\":\"é\"}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(table(bytes).texts(), [["é"]]);
    assert_eq!(table(b"{\"a\":\"\xE9\"}\n").texts(), [["é"]]);
}

#[test]
fn members_of_nested_objects_are_columns_where_one_is_wanted() {
    let lines = [
        r#"{"id":"1","properties":{"name":"Acme","domain":null,"deep":{"x":1.50}},"tags":["a"]}"#,
        r#"{"id":"2","properties":"none"}"#,
        r#"{"id":"3","properties":{"deep":{"x":"y","z":true},"name":"B"}}"#,
    ];
    let paths =
        |paths: &[&str]| Options { paths: paths.iter().map(|&path| path.into()).collect(), ..Options::default() };
    let table = read_as("x.jsonl", lines.join("\n"), paths(&["properties.name"])).unwrap();
    assert_eq!(
        table.survey.header,
        ["id", "properties.name", "properties.domain", "properties.deep", "tags", "properties"]
    );
    assert_eq!(table.texts()[0], ["1", "Acme", "~", "{\"x\":1.50}", "[\"a\"]", "~"]);
    assert_eq!(table.rows[0].cells[2], Some(None), "null");
    assert_eq!(table.texts()[1], ["2", "~", "~", "~", "~", "none"]);
    assert_eq!(table.texts()[2][1], "B");
    let table = read_as("x.jsonl", lines.join("\n"), paths(&["properties.deep.x"])).unwrap();
    assert_eq!(table.survey.header[3..5], ["properties.deep.x", "tags"]);
    assert_eq!((table.texts()[0][3], table.texts()[2][3]), ("1.50", "y"));
    let twice = r#"{"a":{"b":1},"a.b":2}"#;
    let table = read_as("x.jsonl", format!("{twice}\n{{\"c\":1}}"), paths(&["a.b"])).unwrap();
    assert!(table.problems()[0].unwrap().contains("the key \"a.b\" stands twice"));
}

#[test]
fn a_file_without_a_line_that_can_be_read_is_told_by_its_first() {
    let error = read_as("x.jsonl", "{'a':1}\n{'a':2}\n", Options::default()).unwrap_err();
    let message = "source_json: x.jsonl, line 1 is not valid JSON, column 2 of the line: key must be a string; no line of the file \
                   can be read";
    assert_eq!(shown(error), message);
    let error = read_as("x.jsonl", "a,b\n1,2\n", Options::default()).unwrap_err();
    assert!(error.message.contains("line 1 is not a JSON object") && error.hint.unwrap().contains("--format"));
}
