//! The ways out that a message offers, as they would be copied from it.

use fastenr_tests::cli::Output;

/// Options that stand alone.
const ALONE: [&str; 6] = ["--multiline", "--custom", "--allow-id-changes", "--raw", "--all", "--suggest-mapping"];

/// What only a person knows, and what the tests put in its place.
const BLANKS: [(&str, &str); 3] = [("\"RATE\"", "\"1.08\""), ("=ACCOUNT", "=A-1"), ("custom.KEY", "custom.billing")];

/// Sections of a mapping file that a message may have a line of.
const SECTIONS: [&str; 5] = ["fx", "values", "formats", "lookup", "numbers"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// To be added to the command.
    Option(String),
    /// To be taken from the command.
    Without(String),
    /// Of a mapping file.
    Line(String),
    /// To be run by itself.
    Command(String),
}

/// All that is offered, in its order, each once. `args` are those of the command: what they have already is no way out.
pub(super) fn ways(said: &Output, args: &str) -> Vec<Way> {
    let mut ways = Vec::new();
    let text = format!("{}\n{}", said.stdout, said.stderr);
    for line in text.lines() {
        // What was guessed is told with the option that overrules the guess: no refusal.
        // A column that is not imported is told likewise: what it is, nobody but a person knows.
        if line.contains("=FIELD")
            || line.contains("says which words are")
            || line.contains("says another")
            || line.contains("confirms it")
        {
            continue;
        }
        let line = BLANKS.iter().fold(line.to_owned(), |line, (blank, filled)| line.replace(blank, filled));
        commands(&line, &mut ways);
        options(&line, args, &mut ways);
        lines(&line, &mut ways);
    }
    let mut once = Vec::new();
    ways.into_iter().for_each(|way| {
        if !once.contains(&way) {
            once.push(way)
        }
    });
    once
}

fn commands(line: &str, ways: &mut Vec<Way>) {
    let quoted = line.split('`').skip(1).step_by(2);
    ways.extend(quoted.filter(|text| text.starts_with("fastenr ")).map(|text| Way::Command(text.to_owned())));
}

fn options(line: &str, args: &str, ways: &mut Vec<Way>) {
    // What stands between backticks is a command of its own.
    let line: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let mut rest = line.as_str();
    while let Some(at) = rest.find("--") {
        let before = &rest[..at];
        let from = &rest[at..];
        let end = from[2..].find(|c: char| !c.is_ascii_lowercase() && c != '-').map_or(from.len(), |end| end + 2);
        let flag = &from[..end];
        rest = &from[end..];
        if flag.len() == 2 || !before.is_empty() && !before.ends_with([' ', '(']) {
            continue;
        }
        if before.ends_with("leave ") && rest.starts_with(" out") {
            let given = args.split_inclusive(flag).nth(1).and_then(|value| word(value.trim_start()));
            let alone = ALONE.contains(&flag);
            let given = given.filter(|_| !alone).map_or_else(|| flag.to_owned(), |value| format!("{flag} {value}"));
            ways.push(Way::Without(given));
            continue;
        }
        if ALONE.contains(&flag) {
            ways.push(Way::Option(flag.to_owned()));
            continue;
        }
        if let Some(value) = rest.strip_prefix(' ').and_then(word)
            && !format!("{args} ").contains(&format!("{flag} {value} "))
        {
            ways.push(Way::Option(format!("{flag} {value}")));
        }
    }
}

/// The first word as a shell reads it, without the punctuation of the sentence around it.
fn word(text: &str) -> Option<&str> {
    let mut quoted = false;
    let end = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '\'';
        !quoted && c.is_whitespace()
    });
    let word = &text[..end.map_or(text.len(), |(at, _)| at)];
    let word = word.trim_end_matches([';', ',', ')', '.', ':']);
    (!word.is_empty()).then_some(word)
}

fn lines(line: &str, ways: &mut Vec<Way>) {
    let starts = SECTIONS.iter().flat_map(|section| {
        [" ", "("].into_iter().flat_map(move |before| {
            [format!("{before}{section} = {{"), format!("{before}{section}.")]
                .into_iter()
                .map(move |start| (before, start))
        })
    });
    for (before, start) in starts {
        for (at, _) in line.match_indices(&start) {
            let text = &line[at + before.len()..];
            // The longest beginning that is TOML is what was meant.
            let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).rev();
            let whole = ends.map(|end| &text[..end]).find(|text| {
                text.contains('=') && text.ends_with(['"', '}', '\'']) && text.parse::<toml::Table>().is_ok()
            });
            ways.extend(whole.map(|text| Way::Line(text.to_owned())));
        }
    }
}
