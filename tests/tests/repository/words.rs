//! Plain English: no text that a person reads has one of these turns. Help, pages, documents, the API's descriptions, the texts of the
//! command and its output in snapshots are searched.
//!
//! The names of standard terms are better than clauses that describe them: `undo`, not `takes it back`. To forbid another turn, add a line
//! with what to write instead.

use std::fs;
use std::path::Path;

use regex::{Regex, RegexBuilder};
use serde_json::Value as Json;

/// A pattern, ignoring case, and what to write instead.
const TURNS: &[(&str, &str)] = &[
    // Old or rare words.
    (r"\btold\b", "shown, printed, listed"),
    (r"\bdeeds?\b", "action"),
    (r"\bwish(es)?\b", "request"),
    (r"\bheirs?\b", "new owners"),
    (r"\b(thus|hence|lest|whilst|amongst|hitherto|henceforth|therein|thereof|whereupon)\b", "a plain word"),
    (r"\bupon\b", "on"),
    (r"\bmeanwhile\b", "since, by someone else"),
    (r"\b(whoever|whosoever|whomever)\b", "the user who"),
    (r"\bsomebody\b", "someone, a user"),
    (r"\b(every|any)body\b", "everyone, anyone"),
    (r"\blikewise\b", "the same, also"),
    (r"\banew\b", "again"),
    (r"\bbeside\b", "next to, besides"),
    (r"\bforet(ell|ells|old)\b", "preview, predict"),
    (r"\bmend(ed|s|ing)?\b", "correct"),
    (r"\b(bear|bears|borne)\b", "have"),
    (r"\bstood\b", "was"),
    (r"\bstrangers?\b", "outsiders"),
    // Clauses where the field has a noun or a verb.
    (r"\btak(e|es|en|ing) (it |them )?back\b", "undo"),
    (r"\bput back\b", "restore"),
    (r"\b(brings?|brought) (it |them |the \w+ )?back\b", "restore"),
    (r"\bbrings? (it|them) (in|up)\b", "import, update"),
    (r"\bpass(ed|es|ing)? over\b", "ignore, skip"),
    (r"\bleft alone\b", "not changed"),
    (r"\b(hang|hangs) on\b", "reference"),
    (r"\bno \w+ passes\b", "no records match"),
    (r"\bpass(es)? (a|the|this) filter\b", "match"),
    (r"\b(makes?|made) up for\b", "later run"),
    (r"\bheld (down|up)\b", "capped, raised"),
    (r"\blet(s|ting)? go\b", "delete, close"),
    (r"\bsees? to (it|them|alerts)\b", "acknowledge"),
    (r"\bputs? (it )?in force\b", "apply"),
    (r"\bgoes by (another|the|its)\b", "uses"),
    (r"\b(is|are|being) worked on\b", "in progress, processed"),
    (r"\bat work\b", "running"),
    (r"\bunder way\b", "running"),
    (r"\bfor good\b", "permanently"),
    (r"\b(is|are) gone\b", "deleted, no longer exists"),
    (r"\bthe way back\b", "undo data"),
    (r"\bdrawn (to|toward)\b", "pulled toward"),
    (r"\bwho acts\b", "the acting user"),
    (r"\bwhose it is\b", "owner"),
    (r"\bis obeyed\b", "applies"),
    // Riddles, metaphors and odd order.
    (r"\bas (it|they) stands?\b", "unchanged"),
    (r"\bwhere (it|they) stands?\b", "a noun"),
    (r"\bstands? at\b", "is now"),
    (r"\bstands? for nothing\b", "expired"),
    (r"\bso many\b", "the number"),
    (r"\bso already\b", "already have this value"),
    (r"\b(came|comes?) of\b", "result of"),
    (r"\bbecomes? of\b", "happens to"),
    (r"\bas (it|they|one) (comes?|likes?)\b", "live, in any form"),
    (r"\ball the same\b", "still"),
    (r"\bif need be\b", "if necessary"),
    (r"\bhowever many\b", "all"),
    (r"\bof any make\b", "the list of formats"),
    (r"\bone's own\b", "your own"),
    (r"\bin vain\b", "without effect"),
    (r"\bin doubt\b", "doubtful"),
    (r"\bnothing says\b", "missing, not given"),
    (r"\b(is|are) said\b", "is printed, with a note"),
    (r"\bspeaks? (of|for)\b", "is about"),
    (r"\bby the clocks\b", "in the time zone"),
    (r"\brests? on\b", "is based on"),
    (r"\bsettles? (it|all|the)\b", "decides"),
    (r"\bfrom (there|then) on\b", "from that day on"),
    (r"\bholds no longer\b", "no longer applies"),
    (r"\bthe last word\b", "authoritative"),
    (r"\bout there\b", "existing"),
    (r"\bat stake\b", "at risk"),
    (r"\bgoes on like\b", "at the current pace"),
    (r"\ba coin\b", "random"),
    (r"\b(of|in|leaves) the book\b", "all accounts"),
    (r"\bnobody (asks|is there|knows|owns|reads|says|sees|works)\b", "unknown, without an owner"),
    (r"\b(asks|for|of which|that|where) nobody\b", "unknown, none"),
    (r"\b(accounts|cells|endings|imports|ones|tickets) aside\b", "except, without"),
    (r"\b(is|are) no (accident|change|date|fields?|guess|key|mistake|records?|rows|session|tag|uuids?)\b", "is not a"),
];

/// A place, and a text that a person reads there.
type Text = (String, String);

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The files with this extension, without those of tests.
fn files(folder: &str, extension: &str, into: &mut Vec<Text>) {
    let mut entries: Vec<_> =
        fs::read_dir(root().join(folder)).expect(folder).map(|entry| entry.expect(folder).path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let place = format!("{folder}/{name}");
        if path.is_dir() {
            files(&place, extension, into);
        } else if path.extension().is_some_and(|found| found == extension) {
            into.push((place.clone(), fs::read_to_string(&path).expect(&place)));
        }
    }
}

fn lines(place: &str, text: &str) -> Vec<Text> {
    text.lines().zip(1..).map(|(line, number)| (format!("{place}:{number}"), line.to_owned())).collect()
}

fn pattern(text: &str) -> Regex {
    RegexBuilder::new(text).case_insensitive(true).build().expect(text)
}

/// Documents; the help is one of them, `docs/cli.md`.
fn documents() -> Vec<Text> {
    let mut found = Vec::new();
    for name in ["README.md", "CHANGELOG.md", "ARCHITECTURE.md"] {
        found.push((name.to_owned(), fs::read_to_string(root().join(name)).expect(name)));
    }
    files("docs", "md", &mut found);
    files("examples", "md", &mut found);
    // Names of source files are no texts.
    let sources = pattern(r"`[^` ]*\.rs`");
    let texts = found.iter().flat_map(|(place, text)| lines(place, text));
    texts.map(|(place, line)| (place, sources.replace_all(&line, "`…`").into_owned())).collect()
}

/// Descriptions and summaries of the API's document.
fn descriptions(value: &Json, into: &mut Vec<Text>) {
    match value {
        Json::Object(members) => members.iter().for_each(|(name, member)| match member {
            Json::String(text) if name == "description" || name == "summary" => {
                into.push(("docs/openapi.json".to_owned(), text.clone()));
            }
            member => descriptions(member, into),
        }),
        Json::Array(items) => items.iter().for_each(|item| descriptions(item, into)),
        _ => {}
    }
}

fn api() -> Vec<Text> {
    let text = fs::read_to_string(root().join("docs/openapi.json")).expect("docs/openapi.json");
    let mut found = Vec::new();
    descriptions(&serde_json::from_str(&text).expect("JSON"), &mut found);
    found
}

/// Templates without their tags and expressions.
fn templates() -> Vec<Text> {
    let markup = pattern(r"<[^>]*>|\{[{%].*?[%}]\}");
    let mut found = Vec::new();
    files("fastenr-html/templates", "html", &mut found);
    let texts = found.iter().flat_map(|(place, text)| lines(place, text));
    texts.map(|(place, line)| (place, markup.replace_all(&line, "|").into_owned())).collect()
}

/// The texts of sources that have several words, without the names in braces; tests and comments aside.
fn literals(folders: &[&str]) -> Vec<Text> {
    let literal = pattern(r#""((?:[^"\\]|\\.)*)""#);
    let names = pattern(r"\{[^{}]*\}");
    let mut sources = Vec::new();
    folders.iter().for_each(|folder| files(folder, "rs", &mut sources));
    let mut found = Vec::new();
    for (place, text) in &sources {
        let product = text.split("\n#[cfg(test)]").next().unwrap_or(text);
        for (place, line) in lines(place, product) {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for text in literal.captures_iter(&line).map(|found| found[1].to_owned()) {
                if text.contains(' ') {
                    found.push((place.clone(), names.replace_all(&text, "…").into_owned()));
                }
            }
        }
    }
    found
}

/// What the command has printed, as the snapshots of its tests have it. Errors and their hints are left out: the library
/// makes them.
fn console() -> Vec<Text> {
    let mut sources = Vec::new();
    files("fastenr-cli/tests/cli", "rs", &mut sources);
    let snapshot = Regex::new(r###"(?s)str!\[\[r#*"(.*?)"#*\]\]"###).expect("a pattern");
    let mut found = Vec::new();
    for (place, text) in &sources {
        for captured in snapshot.captures_iter(text) {
            found.extend(captured[1].lines().map(|line| (place.clone(), line.to_owned())));
        }
    }
    assert!(found.len() > 1_000, "{} lines of snapshots", found.len());
    found.retain(|(_, line)| !line.starts_with("error:") && !line.starts_with("hint:"));
    found
}

/// The hits, each with its place and what to write instead.
fn hits(texts: &[Text]) -> Vec<String> {
    let turns: Vec<(Regex, &str)> = TURNS.iter().map(|(turn, instead)| (pattern(turn), *instead)).collect();
    let hit = |(place, text): &Text| {
        let found = turns.iter().filter_map(|(turn, instead)| Some((turn.find(text)?.as_str(), *instead)));
        found.map(|(turn, instead)| format!("{place}: {turn:?}; better: {instead}\n    {text}")).collect::<Vec<_>>()
    };
    texts.iter().flat_map(hit).collect()
}

#[test]
fn no_text_has_a_forbidden_turn() {
    let mut texts = documents();
    texts.extend(api());
    texts.extend(templates());
    texts.extend(literals(&["fastenr-html/src", "fastenr-http/src/pages", "fastenr-cli/src"]));
    texts.extend(literals(&["fastenr-core/src/view", "fastenr-core/src/score", "fastenr-core/src/proof"]));
    texts.extend(console());
    assert!(texts.len() > 15_000, "{} texts", texts.len());
    let hits = hits(&texts);
    assert!(hits.is_empty(), "{} hits:\n{}", hits.len(), hits.join("\n"));
}

#[test]
fn a_turn_is_found() {
    let of = |text: &str| hits(&[("here".to_owned(), text.to_owned())]).len();
    for text in [
        "`fastenr operations undo` takes it back",
        "Acme has changed meanwhile: it stands at version 4",
        "No account passes this filter",
        "763 are so already",
        "what becomes of records that the file does not have",
    ] {
        assert!(of(text) > 0, "{text}");
    }
    assert_eq!(of("Undo with `fastenr operations undo`. 763 accounts already have this value"), 0);
    assert!(TURNS.len() >= 60, "{}", TURNS.len());
}
