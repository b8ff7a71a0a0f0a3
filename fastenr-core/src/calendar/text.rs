//! How text stands in a value and in a parameter, and addresses in a URI.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What an address has to encode within `mailto:` (RFC 6068); `?` and `&` would begin header fields.
const MAILTO: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'@')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'+')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'*')
    .remove(b'=');

/// The characters that text may have, written or read, with every line end as `\n`.
fn characters(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut last = ' ';
    text.chars().filter_map(move |c| {
        let end_of_pair = last == '\r' && c == '\n';
        last = c;
        match c {
            _ if end_of_pair => None,
            '\r' | '\n' => Some('\n'),
            '\t' => Some('\t'),
            c if c.is_ascii_control() => None,
            c => Some(c),
        }
    })
}

/// Appends `text` as a value of type TEXT.
pub(super) fn escape(line: &mut String, text: &str) {
    for c in characters(text) {
        match c {
            '\n' => line.push_str("\\n"),
            '\\' | ';' | ',' => line.extend(['\\', c]),
            c => line.push(c),
        }
    }
}

/// Reads a value of type TEXT. A backslash that escapes nothing stays, as in a path that somebody did not escape.
pub(super) fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = characters(value);
    while let Some(c) = rest.next() {
        match (c, c == '\\') {
            (c, false) => text.push(c),
            (_, true) => match rest.next() {
                Some('n' | 'N') => text.push('\n'),
                // The colon and the quote are no special characters, but are escaped by some.
                Some(escaped @ ('\\' | ';' | ',' | ':' | '"')) => text.push(escaped),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
        }
    }
    text
}

/// The values of a list of TEXT: commas that no backslash escapes part them.
pub(super) fn list(value: &str) -> Vec<String> {
    let mut escaped = false;
    let parts = value.split(|c| {
        let parts = c == ',' && !escaped;
        escaped = c == '\\' && !escaped;
        parts
    });
    parts.map(|part| unescape(part).trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Appends `text` as the value of a parameter: in quotes, which keep `:`, `;` and `,`; the rest by RFC 6868.
pub(super) fn quote(line: &mut String, text: &str) {
    line.push('"');
    for c in characters(text) {
        match c {
            '\n' => line.push_str("^n"),
            '^' => line.push_str("^^"),
            '"' => line.push_str("^'"),
            c => line.push(c),
        }
    }
    line.push('"');
}

/// Undoes RFC 6868 in the value of a parameter, which has lost its quotes. Other circumflexes stay.
pub(super) fn unquote(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = characters(value);
    while let Some(c) = rest.next() {
        match (c, c == '^') {
            (c, false) => text.push(c),
            (_, true) => match rest.next() {
                Some('n') => text.push('\n'),
                Some('^') => text.push('^'),
                Some('\'') => text.push('"'),
                Some(other) => text.extend(['^', other]),
                None => text.push('^'),
            },
        }
    }
    text
}

/// Whether `email` can stand in `mailto:`.
pub(super) fn is_address(email: &str) -> bool {
    email.contains('@')
}

/// Appends `email` as a URI.
pub(super) fn mailto(line: &mut String, email: &str) {
    line.push_str("mailto:");
    line.extend(utf8_percent_encode(email, MAILTO));
}

/// The address that a URI names, if it is of `mailto:` and has one.
pub(super) fn address(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.trim().split_once(':')?;
    let address = rest.split('?').next().unwrap_or(rest).trim();
    let address = percent_decode_str(address).decode_utf8_lossy().into_owned();
    (scheme.eq_ignore_ascii_case("mailto") && is_address(&address)).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_values() {
        let mut line = String::new();
        escape(&mut line, "a, b; c\\d \"e\"\r\nf\rg\u{7}\th: 🎉");
        assert_eq!(line, "a\\, b\\; c\\\\d \"e\"\\nf\\ng\th: 🎉");
        assert_eq!(unescape(&line), "a, b; c\\d \"e\"\nf\ng\th: 🎉");
        assert_eq!(unescape(r"C:\temp\Nb \: \q \"), "C:\\temp\nb : \\q \\");
        assert_eq!(list(r"Red, a\,b,,c\\,\n"), ["Red", "a,b", "c\\"]);
    }

    #[test]
    fn text_in_parameters() {
        let mut line = String::new();
        quote(&mut line, "Ann \"^\" Lee\r\n; Dr., a:b");
        assert_eq!(line, "\"Ann ^'^^^' Lee^n; Dr., a:b\"");
        assert_eq!(unquote("Ann ^'^^^' Lee^n^x^"), "Ann \"^\" Lee\n^x^");
    }

    #[test]
    fn addresses() {
        let mut line = String::new();
        mailto(&mut line, "a+b?%ü@x.io");
        assert_eq!(line, "mailto:a+b%3F%25%C3%BC@x.io");
        for (uri, expected) in [
            (&*line, Some("a+b?%ü@x.io")),
            ("MailTo:ann@x.io", Some("ann@x.io")),
            ("mailto: ann@x.io?subject=hi", Some("ann@x.io")),
            ("mailto:50%@x.io", Some("50%@x.io")),
            ("mailto:", None),
            ("invalid:nomail", None),
            ("ann@x.io", None),
        ] {
            assert_eq!(address(uri).as_deref(), expected, "{uri}");
        }
    }
}
