//! The lines of a file: unfolded, numbered, and taken apart into name, parameters and value.

use crate::error::{Error, Result};

use super::text;

/// The lines of `bytes` with the numbers they begin at. Folded ones are joined as bytes: some programs fold in the middle
/// of a character. Blank lines are left out.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes), number: 0 }
    }

    /// The next line as it stands in the file.
    fn physical(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let mut parts = self.rest.splitn(2, |byte| *byte == b'\n');
        let line = parts.next().unwrap_or_default();
        self.rest = parts.next().unwrap_or_default();
        self.number += 1;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

impl Iterator for Lines<'_> {
    type Item = (usize, Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        let first = loop {
            let line = self.physical()?;
            if !line.trim_ascii().is_empty() {
                break line;
            }
        };
        let (number, mut joined) = (self.number, first.to_vec());
        while let [b' ' | b'\t', ..] = self.rest {
            joined.extend(self.physical().unwrap_or_default().iter().skip(1));
        }
        Some((number, joined))
    }
}

/// `NAME;PARAMETER=value:value`
#[derive(Debug, Clone)]
pub(super) struct Property {
    pub(super) line: usize,
    /// In capitals, as those of the parameters.
    pub(super) name: String,
    parameters: Vec<(String, String)>,
    /// As it stands; whether it is text or something else depends on the name.
    pub(super) value: String,
}

impl Property {
    pub(super) fn parse((line, bytes): (usize, Vec<u8>)) -> Result<Self> {
        let wrong = |rule: &str| Error::invalid("calendar_line", format!("line {line}: {rule}"));
        let text = String::from_utf8(bytes).map_err(|_| {
            wrong("a calendar is text in UTF-8").hint("export it again as UTF-8, or convert it with `iconv`")
        })?;
        let shape = || {
            wrong("a line is NAME:value or NAME;PARAMETER=value:value")
                .hint("a line that goes on from the one above begins with a space")
        };
        let (name, mut rest) = word(&text).ok_or_else(shape)?;
        let mut parameters = Vec::new();
        while let Some(parameter) = rest.strip_prefix(';') {
            let (name, after) = word(parameter).ok_or_else(shape)?;
            rest = after;
            let mut value = String::new();
            if let Some(quoted) = after.strip_prefix('=') {
                let end = end_of_parameter(quoted).ok_or_else(|| wrong("a parameter closes its quotes"))?;
                value = text::unquote(&quoted[..end].replace('"', ""));
                rest = &quoted[end..];
            }
            parameters.push((name.to_ascii_uppercase(), value));
        }
        let value = rest.strip_prefix(':').ok_or_else(shape)?.to_owned();
        Ok(Self { line, name: name.to_ascii_uppercase(), parameters, value })
    }

    /// The parameter's value; several have their commas. `name` is in capitals.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether the value, which is a word, is `word`.
    pub(super) fn is(&self, word: &str) -> bool {
        self.value.trim().eq_ignore_ascii_case(word)
    }

    /// The property and the rule that it breaks.
    pub(super) fn breaks(&self, code: &'static str, rule: impl std::fmt::Display) -> Error {
        let shown: String = self.value.chars().take(60).collect();
        Error::invalid(code, format!("line {}, {} {shown:?}: {rule}", self.line, self.name))
    }
}

/// A name and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Where a parameter's value ends: at a `;` or `:` outside quotes, or with the line. `None` within quotes.
fn end_of_parameter(text: &str) -> Option<usize> {
    let mut quoted = false;
    let end = text.find(|c| {
        quoted ^= c == '"';
        !quoted && matches!(c, ';' | ':')
    });
    if quoted { None } else { Some(end.unwrap_or(text.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_unfolded_and_numbered() {
        let bytes = b"\xEF\xBB\xBFA:\xC3\r\n \xBC1\n\n   \nB:2\n\t3\n  4\r\nC:5";
        let lines: Vec<_> = Lines::of(bytes).collect();
        let line = |number, text: &str| (number, text.as_bytes().to_vec());
        assert_eq!(lines, [line(1, "A:ü1"), line(5, "B:23 4"), line(8, "C:5")]);
    }

    #[test]
    fn a_property_in_parts() {
        let parse = |text: &str| Property::parse((7, text.as_bytes().to_vec()));
        let property = parse("attendee;CN=\"Lee; Ann: ^'A^'\";x-y=a,b;RSVP:mailto:a;b:c").unwrap();
        assert_eq!(property.name, "ATTENDEE");
        assert_eq!(property.parameter("CN"), Some("Lee; Ann: \"A\""));
        assert_eq!(property.parameter("X-Y"), Some("a,b"));
        assert_eq!(property.parameter("RSVP"), Some(""));
        assert_eq!(property.parameter("ROLE"), None);
        assert_eq!(property.value, "mailto:a;b:c");

        for (text, rule) in [
            ("just text", "line 7: a line is NAME:value"),
            ("NAME", "line 7: a line is NAME:value"),
            (":value", "line 7: a line is NAME:value"),
            ("NAME;=x:value", "line 7: a line is NAME:value"),
            ("NAME;P=x", "line 7: a line is NAME:value"),
            ("NAME;P=\"x:value", "line 7: a parameter closes its quotes"),
        ] {
            let message = parse(text).unwrap_err().message;
            assert!(message.starts_with(rule), "{text}: {message}");
        }
        assert_eq!(Property::parse((3, vec![b'A', b':', 0xFC])).unwrap_err().code, "calendar_line");
    }
}
