//! Names and identifiers.
//!
//! Lengths are in characters (Unicode scalar values), as both databases count them.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::newtype::value_traits;
use crate::error::Invalid;

/// The codes and rules of a one-line text.
struct Line {
    most: usize,
    empty: (&'static str, &'static str),
    length: (&'static str, &'static str),
    control: (&'static str, &'static str),
}

impl Line {
    /// Trims, also what takes no room, checks length and control characters, looks for something to see.
    fn check<'t>(&self, text: &'t str) -> Result<&'t str, Invalid> {
        let text = text.trim_matches(is_invisible);
        let no = |(code, rule)| Err(Invalid::new(code, rule));
        if text.is_empty() {
            return no(self.empty);
        }
        if text.len() > self.most && text.chars().count() > self.most {
            return no(self.length);
        }
        if text.chars().any(breaks_a_line) {
            return no(self.control);
        }
        Ok(text)
    }

    /// The same, in Unicode's composed form.
    fn read(&self, text: &str) -> Result<String, Invalid> {
        // Composing never makes a text of this form longer than its decomposition, but it may make it longer
        // than it was, so the length is judged on what is stored.
        self.check(&composed(text.trim())).map(str::to_owned)
    }
}

/// NFC: `é` is one character, however it was typed.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Control characters (U+0000 among them) and Unicode's own line and paragraph separators.
pub(crate) fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters that take no room, which copying from a web page leaves behind.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}') || c.is_whitespace()
}

/// What names are matched and searched by: compatibility forms made one (NFKC), case folded, runs of whitespace made
/// one space, invisible characters dropped. `name_key(name_key(x)) == name_key(x)`.
pub fn name_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    if text.is_ascii() {
        push_words(&mut key, text.chars().map(|c| c.to_ascii_lowercase()));
    } else {
        // Folding can undo the normal form and the other way round, hence NFKC on both sides.
        let folded = text.nfkc().filter(|c| c.is_whitespace() || !is_invisible(*c)).flat_map(char::to_lowercase);
        push_words(&mut key, folded.flat_map(fold_more).nfkc());
    }
    key
}

/// The letters that lowercasing alone leaves in two forms: `STRASSE` and `Straße`, `ΟΔΟΣ` and `οδος`.
pub(super) fn fold_more(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'ς' => ('σ', None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

fn push_words(key: &mut String, chars: impl Iterator<Item = char>) {
    let mut gap = false;
    for c in chars {
        if c.is_whitespace() {
            gap = true;
        } else {
            if gap && !key.is_empty() {
                key.push(' ');
            }
            gap = false;
            key.push(c);
        }
    }
}

macro_rules! line_type {
    ($(#[$meta:meta])* $name:ident, $code:literal, $what:literal, $most:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("The longest, in characters: ", $most, ".")]
            pub const MAX: usize = $most;

            #[doc = concat!("Trimmed and composed (NFC); inner whitespace is kept. Codes `", $code, "_empty`, `",
                $code, "_length`, `", $code, "_control`.")]
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                const LINE: Line = Line {
                    most: $most,
                    empty: (concat!($code, "_empty"), concat!($what, " is not empty")),
                    length: (concat!($code, "_length"), concat!($what, " has at most ", $most, " characters")),
                    control: (concat!($code, "_control"), concat!($what, " is one line without control characters")),
                };
                LINE.read(text).map(Self)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub fn into_string(self) -> String {
                self.0
            }

            /// What it is matched and searched by: [`name_key`].
            pub fn key(&self) -> String {
                name_key(&self.0)
            }
        }

        value_traits!($name);
    };
}

line_type! {
    /// The name of an account.
    AccountName, "name", "a name", 255
}
line_type! {
    /// The name of a user.
    UserName, "user_name", "a user's name", 255
}
line_type! {
    /// The name of an organization.
    OrganizationName, "organization_name", "an organization's name", 255
}
line_type! {
    /// The name of a segment.
    SegmentName, "segment_name", "a segment's name", 100
}
line_type! {
    /// What a key of the HTTP API is for.
    KeyName, "key_name", "a key's name", 100
}
line_type! {
    /// A branch of business, free text.
    Industry, "industry", "an industry", 100
}
line_type! {
    /// What a milestone of a goal is called.
    MilestoneTitle, "milestone_title", "a milestone's title", 255
}
line_type! {
    /// The name of somebody who took part, as it was given.
    AttendeeName, "attendee_name", "an attendee's name", 255
}
line_type! {
    /// What somebody who took part is to the customer, free text.
    AttendeeRole, "attendee_role", "an attendee's role", 100
}
line_type! {
    /// What a file is called; [`super::attachment::parse_name`] has more rules.
    AttachmentName, "attachment_name", "a file's name", 255
}
line_type! {
    /// What an engagement or a goal is called, and a contact's name.
    Title, "title", "this text", 255
}
line_type! {
    /// A short word for something: a unit, a competitor, a role in a team.
    Label, "label", "this text", 100
}

/// Text of any number of lines: descriptions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prose(String);

impl Prose {
    /// The longest, in characters.
    pub const MAX: usize = 100_000;

    /// Trimmed, also of what takes no room, and composed (NFC); line ends become LF. Codes `text_length`, `text_control` (a
    /// control character other than tab and line end).
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = composed(text.trim_matches(is_invisible));
        let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.into_owned() };
        if text.len() > Self::MAX && text.chars().count() > Self::MAX {
            return Err(Invalid::new("text_length", "a text has at most 100000 characters"));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return Err(Invalid::new("text_control", "a text has no control characters but tabs and line ends"));
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

value_traits!(Prose);

/// The id of a record in the system it came from, e.g. a CRM. Kept as written: case, leading zeros and all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExternalId(String);

impl ExternalId {
    /// The longest, in characters.
    pub const MAX: usize = 255;

    /// Trimmed, also of invisible characters, nothing else changed. Codes `external_id_empty`, `external_id_length`, `external_id_control`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const LINE: Line = Line {
            most: ExternalId::MAX,
            empty: ("external_id_empty", "an external id is not empty"),
            length: ("external_id_length", "an external id has at most 255 characters"),
            control: ("external_id_control", "an external id is one line without control characters"),
        };
        LINE.check(text).map(|id| Self(id.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }

    /// What ids are compared by. Salesforce writes one id with 15 characters or, with a checksum of its letters' case,
    /// with 18: both have the 15 as their key. Any other id is its own key.
    pub fn key(&self) -> &str {
        match self.0.as_bytes().split_at_checked(15) {
            Some((id, suffix)) if salesforce_suffix(id).is_some_and(|expected| expected == suffix) => &self.0[..15],
            _ => &self.0,
        }
    }
}

/// One suffix character for each five of the id; its bits say which of the five are capitals.
fn salesforce_suffix(id: &[u8]) -> Option<[u8; 3]> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    if id.len() != 15 || !id.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut suffix = [0; 3];
    for (letter, five) in suffix.iter_mut().zip(id.chunks(5)) {
        let capitals =
            five.iter().enumerate().map(|(bit, c)| usize::from(c.is_ascii_uppercase()) << bit).sum::<usize>();
        *letter = ALPHABET[capitals];
    }
    Some(suffix)
}

/// The short name of an organization, fit for a path and an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// The longest, in characters.
    pub const MAX: usize = 63;

    /// Code `slug`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let slug = text.trim();
        let fits = !slug.starts_with('-')
            && (1..=Self::MAX).contains(&slug.len())
            && slug.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if fits {
            Ok(Self(slug.to_owned()))
        } else {
            Err(Invalid::new(
                "slug",
                "a slug has 1 to 63 lowercase letters a-z, digits and hyphens, and begins with a letter or digit",
            ))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

value_traits!(ExternalId, Slug);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        let long = "é".repeat(255);
        for (text, name) in [
            ("Acme", "Acme"),
            ("  Acme  Inc. ", "Acme  Inc."),
            ("\u{a0}Zoe\u{301} & Co\u{3000}", "Zoé & Co"),
            (&long, &long),
            ("日本電気", "日本電気"),
            ("\u{feff}Acme\u{200b}", "Acme"),
        ] {
            assert_eq!(AccountName::parse(text).unwrap().as_str(), name, "{text}");
        }
        let too_long = "é".repeat(256);
        for (text, code) in [
            ("", "name_empty"),
            (" \t\n ", "name_empty"),
            ("\u{200b}", "name_empty"),
            (&too_long, "name_length"),
            ("A\0B", "name_control"),
            ("A\nB", "name_control"),
            ("A\u{2028}B", "name_control"),
            ("A\u{85}B", "name_control"),
        ] {
            assert_eq!(AccountName::parse(text).unwrap_err().code, code, "{text:?}");
        }
        assert_eq!(Industry::parse(&"x".repeat(101)).unwrap_err().rule, "an industry has at most 100 characters");
        assert_eq!(UserName::parse(" Jo ").unwrap().into_string(), "Jo");
        assert_eq!(OrganizationName::parse("").unwrap_err().code, "organization_name_empty");
    }

    #[test]
    fn length_is_judged_after_composing() {
        assert!(AccountName::parse(&"e\u{301}".repeat(255)).is_ok());
        // U+0958 decomposes in the composed form: 128 of them are 256 characters.
        assert_eq!(AccountName::parse(&"\u{958}".repeat(128)).unwrap_err().code, "name_length");
    }

    #[test]
    fn name_keys() {
        for (text, key) in [
            ("ACME  Inc.", "acme inc."),
            (" Acme\u{a0}Inc. ", "acme inc."),
            ("Ａｃｍｅ", "acme"),
            ("ﬁne", "fine"),
            ("Zoe\u{301}", "zoé"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("Ac\u{ad}me\u{200b}", "acme"),
            ("\u{feff}Acme", "acme"),
            ("", ""),
        ] {
            assert_eq!(name_key(text), key, "{text}");
        }
    }

    #[test]
    fn the_key_of_every_character_is_its_own_key() {
        for c in '\0'..=char::MAX {
            let key = name_key(c.encode_utf8(&mut [0; 4]));
            assert_eq!(name_key(&key), key, "{c:?}");
        }
    }

    #[test]
    fn external_ids() {
        for (text, id, key) in [
            (" 00042 ", "00042", "00042"),
            ("\u{feff}A-1\u{a0}\u{200b}", "A-1", "A-1"),
            ("001x0000002xLCVAA2", "001x0000002xLCVAA2", "001x0000002xLCV"),
            ("001x0000002xLCWAA2", "001x0000002xLCWAA2", "001x0000002xLCW"),
            ("001x0000002xLCV", "001x0000002xLCV", "001x0000002xLCV"),
            ("001x0000002xLCVAAA", "001x0000002xLCVAAA", "001x0000002xLCVAAA"), // a wrong checksum
            ("001x0000002xLCVAA2x", "001x0000002xLCVAA2x", "001x0000002xLCVAA2x"),
            ("ääääääääääääääääää", "ääääääääääääääääää", "ääääääääääääääääää"),
            ("abcdefghijklmnéo", "abcdefghijklmnéo", "abcdefghijklmnéo"), // byte 15 is inside a character
        ] {
            let parsed = ExternalId::parse(text).unwrap();
            assert_eq!((parsed.as_str(), parsed.key()), (id, key));
        }
        for (text, code) in [("", "external_id_empty"), ("a\tb", "external_id_control")] {
            assert_eq!(ExternalId::parse(text).unwrap_err().code, code);
        }
        assert_eq!(ExternalId::parse(&"1".repeat(256)).unwrap_err().code, "external_id_length");
    }

    #[test]
    fn slugs() {
        for text in ["default", "acme-2", "0", &"a".repeat(63)] {
            assert_eq!(Slug::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "-a", "Acme", "a_b", "a b", "é", &"a".repeat(64)] {
            assert_eq!(Slug::parse(text).unwrap_err().code, "slug", "{text}");
        }
    }

    proptest! {
        #[test]
        fn keys_are_keys_of_themselves(text in "\\PC{0,40}") {
            let key = name_key(&text);
            prop_assert_eq!(name_key(&key), key);
        }

        #[test]
        fn a_name_parses_as_itself(text in "\\PC{0,40}") {
            if let Ok(name) = AccountName::parse(&text) {
                let again = AccountName::parse(name.as_str());
                prop_assert_eq!(again.as_ref(), Ok(&name));
                prop_assert_eq!(name.key(), name_key(&text));
            }
        }
    }
}
