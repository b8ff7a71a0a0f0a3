//! What texts may be, as regular expressions that ECMAScript, Python and Rust read alike: without `\s` and `\w`, which each of them
//! means differently. Each says what the library's parser of the same name takes.

/// White space that is trimmed (Unicode's White_Space).
macro_rules! blank {
    () => {
        r"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    };
}

/// What takes no room, which is trimmed as well.
macro_rules! invisible {
    () => {
        r"\u00ad\u200b-\u200f\u2060\ufeff"
    };
}

/// What a text of one line has none of.
macro_rules! breaking {
    () => {
        r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
    };
}

/// Of texts of many lines: control characters but tab and line ends.
macro_rules! control {
    () => {
        r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
    };
}

/// All but what a host name has: ASCII other than letters and digits, and what counts as a dot.
macro_rules! foreign_to_hosts {
    () => {
        r"\u0000-\u002c\u002e\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f\u3002\uff0e\uff61"
    };
}

/// A part of a host name: 1 to 63 letters, digits and hyphens, with no hyphen at its ends.
macro_rules! label {
    () => {
        concat!("[^-", foreign_to_hosts!(), "]([^", foreign_to_hosts!(), "]{0,61}[^-", foreign_to_hosts!(), "])?")
    };
}

/// Two parts at least, the last of which is no number.
macro_rules! host {
    () => {
        concat!("(", label!(), r"[.\u3002\uff0e\uff61])+(?![0-9]+(?![^", foreign_to_hosts!(), "]))", label!())
    };
}

macro_rules! line {
    () => {
        concat!(
            "[",
            blank!(),
            invisible!(),
            "]*[^",
            blank!(),
            invisible!(),
            breaking!(),
            "]([^",
            breaking!(),
            "]*[^",
            blank!(),
            invisible!(),
            breaking!(),
            "])?[",
            blank!(),
            invisible!(),
            "]*"
        )
    };
}

macro_rules! email {
    () => {
        concat!(
            "[",
            blank!(),
            "]*",
            r#"[^@"(),:;<>\[\\\]"#,
            blank!(),
            breaking!(),
            "]{1,64}@",
            host!(),
            "[",
            blank!(),
            "]*"
        )
    };
}

/// How a total is counted.
pub(crate) const TOTAL: &str = "^(true|false|upto:0*([1-9][0-9]{0,8}|1000000000))$";

/// Kinds of operations and activities, with `*` for any noun or verb.
pub(crate) const KINDS: &str = r"^(\*|[A-Za-z_-]+)(\.(\*|[A-Za-z_-]+))?$";

/// One line with something to see on it.
pub(crate) const LINE: &str = concat!("^", line!(), "$");
/// The same, or nothing.
pub(crate) const LINE_OR_NONE: &str = concat!("^([", blank!(), "]*|", line!(), ")$");
/// Any number of lines, not blank.
pub(crate) const PROSE: &str = concat!(
    "^[",
    blank!(),
    invisible!(),
    "]*([^",
    blank!(),
    invisible!(),
    control!(),
    "]([^",
    control!(),
    "]*[^",
    blank!(),
    invisible!(),
    control!(),
    "])?|[",
    invisible!(),
    "])[",
    blank!(),
    invisible!(),
    "]*$"
);
/// Text that is not blank: a search, a name that is looked up.
pub(crate) const WORDS: &str = concat!(r"^[^\u0000]*[^\u0000", blank!(), r"][^\u0000]*$");
/// The same without a comma: one of a list that commas separate.
pub(crate) const ITEM: &str = concat!(r"^[^,\u0000]*[^,\u0000", blank!(), r"][^,\u0000]*$");
/// Any text that a database keeps.
pub(crate) const ANY: &str = r"^[^\u0000]*$";
/// A tag.
pub(crate) const TAG: &str = concat!(
    "^[",
    blank!(),
    r#"]*[^,;""#,
    breaking!(),
    r#"]*[^,;""#,
    breaking!(),
    blank!(),
    invisible!(),
    r#"][^,;""#,
    breaking!(),
    "]*[",
    blank!(),
    "]*$"
);
pub(crate) const EMAIL: &str = concat!("^", email!(), "$");
pub(crate) const EMAIL_OR_NONE: &str = concat!("^([", blank!(), "]*|", email!(), ")$");
/// A domain, or a web address with one.
pub(crate) const DOMAIN: &str = concat!(
    "^[",
    blank!(),
    r"]*(([^/\u0000]*:)?//([^/?#\\\u0000]*@)?)?",
    host!(),
    r"\.?(:[0-9]*)?([/?#\\][^\u0000]*)?[",
    blank!(),
    "]*$"
);
/// A day of a year with four digits; `format` knows the calendar.
pub(crate) const DAY: &str = "^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$";
/// The same of a moment.
pub(crate) const MOMENT: &str = "^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[Tt]";
/// A number of days, weeks, months or years, at most a century.
pub(crate) const DURATION: &str = "^0*([0-9]{1,4}|[12][0-9]{4}|3[0-5][0-9]{3}|36[0-4][0-9]{2}|365[01][0-9]|3652[0-5])[dD]$|\
                                   ^0*([0-9]{1,3}|[1-4][0-9]{3}|5[01][0-9]{2}|52(0[0-9]|1[0-7]))[wW]$|\
                                   ^0*([0-9]{1,3}|1[01][0-9]{2}|1200)[mM]$|^0*([0-9]{1,2}|100)[yY]$";
/// An id, with hyphens or without.
pub(crate) const ID: &str = "^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$";
/// Two texts with = between them.
pub(crate) const EQUATION: &str = r"^[^\u0000]*=[^\u0000]*$";
/// The name of a custom field that a list is filtered by.
pub(crate) const CUSTOM_NAME: &str = r"^[^\u0000\[\]]+$";

#[cfg(test)]
mod tests {
    use fastenr_core::model::duration::Span;
    use fastenr_core::model::{AccountName, Domain, Email, Prose, Tag};
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    /// In the syntax of the crate, which has no look-ahead; none of these texts ends in a number.
    fn regex(pattern: &str) -> Regex {
        Regex::new(&pattern.replace(concat!("(?![0-9]+(?![^", foreign_to_hosts!(), "]))"), "")).unwrap()
    }

    fn texts() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("\u{a0}".to_owned()),
            Just("\u{200b}".to_owned()),
            Just("\u{ad}".to_owned()),
            Just("\n".to_owned()),
            Just("\u{85}".to_owned()),
            Just("\u{2028}".to_owned()),
            Just("\0".to_owned()),
            Just(",".to_owned()),
            Just(";".to_owned()),
            Just("\"".to_owned()),
            Just("北京".to_owned()),
            Just("é".to_owned()),
            Just("🙂".to_owned()),
            Just("a".to_owned()),
            Just(" ".to_owned()),
            Just("\u{1f}".to_owned()),
            "\\PC{1,2}",
        ];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn patterns_say_what_the_parsers_take(text in texts()) {
            let blank = text.trim().is_empty();
            prop_assert_eq!(regex(LINE).is_match(&text), AccountName::parse(&text).is_ok(), "line {:?}", text);
            prop_assert_eq!(regex(PROSE).is_match(&text), Prose::parse(text.trim()).is_ok() && !blank, "prose {:?}", text);
            prop_assert_eq!(regex(TAG).is_match(&text), Tag::parse(&text).is_ok(), "tag {:?}", text);
            prop_assert_eq!(regex(WORDS).is_match(&text), !blank && !text.contains('\0'), "words {:?}", text);
        }
    }

    #[test]
    fn addresses() {
        let label = "a".repeat(63);
        for (text, fits) in [
            ("example.com", true),
            (" Example.COM ", true),
            ("https://www.example.com/a?b#c", true),
            ("//example.com", true),
            ("http://jo:pw@example.com:8080/", true),
            ("example.com.", true),
            ("example.com:443", true),
            ("bücher.de", true),
            ("例え。テスト", true),
            ("a-b.c-d.example", true),
            ("1.example", true),
            ("example.1a", true),
            (&format!("{label}.example"), true),
            ("example", false),
            ("-a.example", false),
            ("a-.example", false),
            ("a..example", false),
            ("a_b.example", false),
            ("jo@example.com", false),
            ("exa mple.com", false),
            ("example.com:http", false),
            (&format!("a{label}.example"), false),
        ] {
            assert_eq!((regex(DOMAIN).is_match(text), Domain::parse(text).is_ok()), (fits, fits), "{text}");
        }
        for (text, fits) in [
            ("jo@example.com", true),
            (" Jo.O'Brien+x@Example.co.uk ", true),
            ("jö@bücher.de", true),
            ("a@b.c", true),
            ("jo@example", false),
            ("jo@@example.com", false),
            ("jo doe@example.com", false),
            ("@example.com", false),
            ("jo@example.com.", false),
            ("jo", false),
            ("a;b@example.com", false),
            ("jo@example.com:25", false),
        ] {
            assert_eq!((regex(EMAIL).is_match(text), Email::parse(text).is_ok()), (fits, fits), "{text}");
        }
    }

    #[test]
    fn durations() {
        let pattern = regex(DURATION);
        for days in 0..=36_530_u32 {
            assert_eq!(pattern.is_match(&format!("{days}d")), days <= 36_525, "{days}d");
        }
        for weeks in 0..=5_300_u32 {
            assert_eq!(pattern.is_match(&format!("{weeks}w")), weeks * 7 <= 36_525, "{weeks}w");
        }
        for count in 0..=1_300_u32 {
            for unit in ["m", "y"] {
                let text = format!("{count}{unit}");
                assert_eq!(pattern.is_match(&text), Span::parse(&text).is_ok(), "{text}");
            }
        }
    }
}
