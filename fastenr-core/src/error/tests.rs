//! The table of codes is what the sources have, `docs/problems.md` is what the table has, and no text names a flag or a command.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Kind;
use super::codes::{ALL, Code};
use crate::model::noun::Meaning;
use crate::model::nouns::NOUNS;

/// What stands before a code in the sources.
const BEFORE_CODES: [&str; 17] = [
    "Error::invalid(",
    "Error::not_found(",
    "Error::refused(",
    "Error::unauthenticated(",
    "Error::forbidden(",
    "Kind::Io, ",
    "Kind::Storage, ",
    "Kind::Busy, ",
    "Kind::Refused, ",
    "Kind::Interrupted, ",
    "Invalid::new(",
    "Ambiguous::new(",
    "Refusal::new(",
    "RecordProblem::fields(",
    "Problem::invalid(",
    "Problem::new(",
    "code: ",
];

#[test]
fn each_code_stands_once() {
    let mut seen = BTreeSet::new();
    for code in ALL {
        assert!(seen.insert((code.name, code.kind.as_str(), code.of_rows)), "{}", code.name);
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(code.name.chars().all(is_name), "{}", code.name);
        assert!(code.meaning.ends_with('.') && code.meaning.len() < 100, "{}", code.name);
        assert!(code.status.is_some() || code.exit.is_some(), "{}", code.name);
    }
}

#[test]
fn every_code_of_the_sources_is_in_the_table() {
    let known: BTreeSet<&str> = ALL.iter().map(|code| code.name).collect();
    let mut missing = Vec::new();
    for folder in ["fastenr-core/src", "fastenr-http/src", "fastenr-cli/src"] {
        for (path, source) in sources(&root().join(folder)) {
            for (at, before) in BEFORE_CODES.iter().flat_map(|before| source.match_indices(before)) {
                let mut rest = source[at + before.len()..].trim_start();
                if before == "Problem::new(" {
                    // Others of this name have no status.
                    let after = rest.strip_prefix("StatusCode::").and_then(|rest| rest.split_once(','));
                    rest = after.map_or("", |(_, code)| code.trim_start());
                }
                let Some((code, _)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) else { continue };
                if !known.contains(code) {
                    missing.push(format!("{}: {code}", path.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "not in the table of codes:\n{}", missing.join("\n"));
}

/// `UPDATE_DOCS=1` writes the document.
/// No schema tells how many decimals a number may have, so such a request is well formed.
#[test]
fn numbers_with_decimals_are_content() {
    for field in NOUNS.iter().flat_map(|noun| noun.fields) {
        if let Meaning::Number(rule) = field.meaning {
            let status = if rule.decimals > 0 { 422 } else { 400 };
            assert_eq!(super::codes::status(Kind::Invalid, rule.code), status, "{}", rule.code);
        }
    }
}

#[test]
fn the_document_is_current() {
    let path = root().join("docs/problems.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, document()).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == document(), "run `UPDATE_DOCS=1 cargo test -p fastenr-core error::tests`");
}

fn document() -> String {
    let mut text = concat!(
        "# Error codes\n\n",
        "<!-- Made from fastenr-core/src/error/codes.rs. -->\n\n",
        "Every error has a stable code, for programs, and a message, for people, which may change.\n\n",
        "- **API**: an error is a problem document (RFC 9457). Its `type` is `urn:fastenr:problem:` and the code, its status is \
         in the column HTTP. `errors` has the code of each member or parameter; one that can't be read may have its own name as \
         the code, with status 400. A server error (500, 503) has the type \
         `internal`, `unavailable`, `busy` or `commit_unknown`; the log has the code of its cause.\n",
        "- **Command line**: the exit code is in the column Exit. The message is printed to stderr.\n",
        "- **Library**: `fastenr_core::Error` has the code, its kind, the field, and the hints as data.\n\n",
        "A dash means that the API or the command line does not have the code.\n\n",
        "## Errors\n\n",
        "| Code | Kind | HTTP | Exit | Meaning |\n|---|---|---|---|---|\n",
    )
    .to_owned();
    let mut codes: Vec<&Code> = ALL.iter().collect();
    codes.sort_by_key(|code| (code.name, code.kind.as_str()));
    let mut last = "";
    for code in codes.iter().filter(|code| !code.of_rows) {
        let number = |number: Option<u16>| number.map_or_else(|| "–".to_owned(), |number| number.to_string());
        let anchor = if code.name == last { String::new() } else { format!("<a id=\"{}\"></a>", code.name) };
        last = code.name;
        text.push_str(&format!(
            "| {anchor}`{}` | {} | {} | {} | {} |\n",
            code.name,
            code.kind.as_str(),
            number(code.status),
            number(code.exit.map(u16::from)),
            code.meaning
        ));
    }
    text.push_str(
        "\n## Rows of an import\n\n\
         These codes are in `problems` of an import and in the rejects file. A value that breaks a rule has the code of that \
         rule, from the table above. If a row is bad, nothing is written (HTTP 422, exit 1); with `on_error` set to `skip` \
         the other rows are written (HTTP 200, exit 3).\n\n\
         | Code | Meaning |\n|---|---|\n",
    );
    for code in codes.iter().filter(|code| code.of_rows) {
        text.push_str(&format!("| `{}` | {} |\n", code.name, code.meaning));
    }
    text
}

/// Edges write flags and commands: see [`super::Setting`] and [`super::Verb`].
#[test]
fn no_text_names_a_flag_or_a_command() {
    let mut found = Vec::new();
    for (path, source) in sources(&root().join("fastenr-core/src")) {
        for (number, line) in source.lines().enumerate() {
            if names_a_flag(line) || names_a_command(line) {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "use a Setting or a Verb:\n{}", found.join("\n"));
}

/// ` --map`, `--date-format`, but not `--none--`.
fn names_a_flag(line: &str) -> bool {
    line.match_indices("--").any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let word: &str =
            line[at + 2..].split(|c: char| !(c.is_ascii_lowercase() || c == '-')).next().unwrap_or_default();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '-')
            && !word.is_empty()
            && !word.ends_with('-')
            && !word.starts_with('-')
    })
}

/// `` `fastenr accounts list` ``.
fn names_a_command(line: &str) -> bool {
    line.contains("`fastenr ") || line.contains("\"fastenr ")
}

#[test]
fn flags_and_commands_are_found() {
    assert!(names_a_flag(r#"hint("leave --custom out")"#) && names_a_flag(r#""--date-format dmy""#));
    assert!(!names_a_flag(r#""--none--""#) && !names_a_flag("a--b") && !names_a_flag("(\"--\")"));
    assert!(names_a_command(r#""run `fastenr db migrate`""#) && !names_a_command(r#""a defect of fastenr""#));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The sources below a folder, without comments and tests.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if name != "tests" {
                found.extend(sources(&path));
            }
        } else if name.ends_with(".rs") && !["tests.rs", "laws.rs"].contains(&name) {
            let source = fs::read_to_string(&path).unwrap();
            let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let code = source.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
            found.push((path, code.collect::<Vec<_>>().join("\n")));
        }
    }
    found
}
