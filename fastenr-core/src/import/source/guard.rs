//! The guard against cells that a spreadsheet would run as a formula (CWE-1236).

use std::borrow::Cow;

/// Whether the text, after any number of `'`, starts with a character that makes a spreadsheet calculate.
fn dangerous(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text cell as it is exported: one `'` before what `^'*[=+\-@\t\r]` matches.
pub fn guard(text: &str) -> Cow<'_, str> {
    if dangerous(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The inverse of [`guard`] and of [`as_formula`]: without one `'` where `^'+[=+\-@\t\r]` matches; what stands between `="` and
/// `"`.
pub fn unguard(text: &str) -> &str {
    match text.as_bytes().first() {
        Some(b'\'') if dangerous(&text[1..]) => &text[1..],
        Some(b'=') => text
            .strip_prefix("=\"")
            .and_then(|rest| rest.strip_suffix('"'))
            .filter(|inner| !inner.contains('"'))
            .unwrap_or(text),
        _ => text,
    }
}

/// Text as a formula that says it, so that a spreadsheet keeps it letter by letter and takes it for no number and no date:
/// `="00123"`. Empty text and text with a quote are guarded like any other.
pub fn as_formula(text: &str) -> Cow<'_, str> {
    if text.is_empty() || text.contains('"') { guard(text) } else { Cow::Owned(format!("=\"{text}\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_formulas_are_guarded() {
        for (plain, guarded) in [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-5", "'-5"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'=x", "''=x"),
            ("''-", "'''-"),
            ("'quoted", "'quoted"),
            ("'", "'"),
            ("", ""),
            ("a=b", "a=b"),
        ] {
            assert_eq!(guard(plain), guarded);
            assert_eq!(unguard(guarded), plain);
        }
    }

    #[test]
    fn formulas_that_say_a_text() {
        for (text, formula) in [
            ("00123", "=\"00123\""),
            ("=1+1", "=\"=1+1\""),
            ("'00", "=\"'00\""),
            ("a\"b", "a\"b"),
            ("=\"00123\"", "'=\"00123\""),
            ("", ""),
        ] {
            assert_eq!(as_formula(text), formula);
            assert_eq!(unguard(formula), text);
        }
        for text in ["=\"", "=\"a", "=\"a\"\"b\"", "=\"a\"&\"b\"", "= \"a\""] {
            assert_eq!(unguard(text), text);
        }
        assert_eq!(unguard("=\"\""), "");
    }

    proptest! {
        #[test]
        fn unguard_inverts_as_formula(text in any::<String>()) {
            let formula = as_formula(&text);
            prop_assert_eq!(unguard(&formula), &text);
        }

        #[test]
        fn unguard_inverts_guard(text in "['=+@\t\r-]{0,4}\\PC{0,4}") {
            let guarded = guard(&text);
            prop_assert_eq!(unguard(&guarded), &text);
        }

        #[test]
        fn unguard_inverts_guard_on_anything(text in any::<String>()) {
            let guarded = guard(&text);
            prop_assert_eq!(unguard(&guarded), &text);
        }
    }
}
