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

/// The inverse of [`guard`]: without one `'` where `^'+[=+\-@\t\r]` matches.
pub fn unguard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if dangerous(rest) => rest,
        _ => text,
    }
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

    proptest! {
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
