//! Tags: short labels that people put on records.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::newtype::value_traits;
use super::text::{breaks_a_line, composed, name_key};
use crate::error::Invalid;

/// 1 to 50 characters on one line, without comma, semicolon or double quote, which separate tags from each other.
/// Case is kept; tags that differ in case only are equal.
#[derive(Debug, Clone)]
pub struct Tag {
    text: String,
    key: String,
}

/// What stands between tags.
const SEPARATORS: [char; 10] = [',', ';', '|', '\n', '\r', '，', '；', '｜', '、', '•'];

impl Tag {
    /// The longest, in characters.
    pub const MAX: usize = 50;

    /// Trimmed and composed (NFC). Code `tag`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = composed(text.trim());
        let foreign = |c: char| matches!(c, ',' | ';' | '"') || breaks_a_line(c);
        let key = name_key(&text);
        if key.is_empty() || text.chars().count() > Self::MAX || text.contains(foreign) {
            return Err(Invalid::new(
                "tag",
                "a tag has 1 to 50 characters and no comma, semicolon, double quote or control character",
            ));
        }
        Ok(Self { text: text.into_owned(), key })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What tags are compared and sorted by: [`name_key`].
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl PartialEq for Tag {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Tag {}

impl PartialOrd for Tag {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Tag {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl std::hash::Hash for Tag {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

value_traits!(Tag);

/// A list as databases and programs write it, without its ends: `{vip,emea}` of PostgreSQL and `['vip', 'emea']` of Python; and what its
/// parts may be quoted by.
fn unwrapped(text: &str) -> (&str, Option<char>) {
    let within = |open, close| text.strip_prefix(open)?.strip_suffix(close);
    match (within('{', '}'), within('[', ']')) {
        (Some(list), _) if !list.contains(['{', '}']) => (list, Some('"')),
        (_, Some(list)) if list.starts_with('\'') && list.ends_with('\'') => (list, Some('\'')),
        _ => (text, None),
    }
}

/// Up to 50 tags of one record, sorted, each once; of two spellings the first given stays.
/// Stored and serialized as a JSON array of texts; printed and parsed as `a, b, c`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// The most tags of one record.
    pub const MAX: usize = 50;

    /// Tags separated by commas, semicolons, pipes, bullets or line breaks, or an array of them as JSON, PostgreSQL or Python write it;
    /// empty ones are passed over. Codes `tag`, `tags_count`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        // `[beta], vip` is a list like any other.
        if text.trim_start().starts_with('[') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
            return Self::from_json(text);
        }
        let (list, quote) = unwrapped(text.trim());
        let tags = list.split(SEPARATORS).map(|tag| match quote {
            Some(quote) => tag.trim().trim_matches(quote),
            None => tag,
        });
        Self::collect(tags.filter(|tag| !tag.trim().is_empty()))
    }

    /// From the stored form, an array of texts. Codes `tags_json`, `tag`, `tags_count`.
    pub fn from_json(text: &str) -> Result<Self, Invalid> {
        let tags: Vec<String> =
            serde_json::from_str(text).map_err(|_| Invalid::new("tags_json", "tags are a JSON array of texts"))?;
        Self::collect(tags.iter().map(String::as_str))
    }

    /// The stored form: `["a","b"]`, equal for equal tags in equal spelling.
    pub fn to_json(&self) -> String {
        let mut json = String::from("[");
        for (n, tag) in self.0.iter().enumerate() {
            if n > 0 {
                json.push(',');
            }
            // A tag has no quote and no control character: only a backslash needs an escape.
            json.push('"');
            json.push_str(&tag.text.replace('\\', r"\\"));
            json.push('"');
        }
        json.push(']');
        json
    }

    pub fn collect<'t>(tags: impl IntoIterator<Item = &'t str>) -> Result<Self, Invalid> {
        let mut all = Self::default();
        for tag in tags {
            all.insert(Tag::parse(tag)?)?;
        }
        Ok(all)
    }

    /// Whether the tag was new; the present spelling of one that was there stays. Code `tags_count`.
    pub fn insert(&mut self, tag: Tag) -> Result<bool, Invalid> {
        match self.0.binary_search(&tag) {
            Ok(_) => Ok(false),
            Err(_) if self.0.len() == Self::MAX => Err(Invalid::new("tags_count", "a record has at most 50 tags")),
            Err(place) => {
                self.0.insert(place, tag);
                Ok(true)
            }
        }
    }

    /// Whether the tag was there.
    pub fn remove(&mut self, tag: &Tag) -> bool {
        self.0.binary_search(tag).map(|place| self.0.remove(place)).is_ok()
    }

    pub fn contains(&self, tag: &Tag) -> bool {
        self.0.binary_search(tag).is_ok()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Tag> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'t> IntoIterator for &'t Tags {
    type Item = &'t Tag;
    type IntoIter = std::slice::Iter<'t, Tag>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// As [`Tags::parse`] reads it back: a list, or where a tag has a sign that separates tags or looks like an array, an array.
impl fmt::Display for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.iter().any(|tag| tag.text.contains(SEPARATORS) || tag.text.starts_with(['[', '{'])) {
            return f.write_str(&self.to_json());
        }
        for (n, tag) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(", ")?;
            }
            f.write_str(&tag.text)?;
        }
        Ok(())
    }
}

impl FromStr for Tags {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_of_one() {
        for text in ["VIP", "beta customer", "Q3/2025", "émigré", r"a\b", &"é".repeat(50)] {
            assert_eq!(Tag::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "  ", "a,b", "a;b", "a\"b", "a\nb", "a\0b", "\u{200b}", &"é".repeat(51)] {
            assert_eq!(Tag::parse(text).unwrap_err().code, "tag", "{text:?}");
        }
        assert_eq!(Tag::parse("VIP"), Tag::parse("vip"));
    }

    #[test]
    fn tags_of_a_record() {
        let tags = Tags::parse(" vip, Beta;; VIP ;,alpha ").unwrap();
        assert_eq!(tags.to_string(), "alpha, Beta, vip");
        assert_eq!(Tags::parse("vip|emea | beta").unwrap().to_string(), "beta, emea, vip");
        assert_eq!(Tags::parse(r#"["a|b","c"]"#).unwrap().to_string(), r#"["a|b","c"]"#);
        assert_eq!(Tags::parse("[beta], vip").unwrap().to_string(), r#"["[beta]","vip"]"#);
        assert_eq!(tags.to_json(), r#"["alpha","Beta","vip"]"#);
        assert_eq!(serde_json::to_string(&tags).unwrap(), tags.to_json());
        assert_eq!(Tags::parse("").unwrap().to_json(), "[]");
        assert_eq!(Tags::parse("a, b\"").unwrap_err().code, "tag");
        assert_eq!(Tags::parse("[1]").unwrap_err().code, "tags_json");
        assert_eq!(Tags::from_json("{}").unwrap_err().code, "tags_json");
        let many = (0..51).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(Tags::parse(&many).unwrap_err().code, "tags_count");
    }

    #[test]
    fn insert_and_remove() {
        let mut tags = Tags::parse("VIP").unwrap();
        let vip = Tag::parse("vip").unwrap();
        assert_eq!(tags.insert(vip.clone()), Ok(false));
        assert_eq!(tags.to_string(), "VIP");
        assert!(tags.contains(&vip) && tags.remove(&vip) && !tags.remove(&vip) && tags.is_empty());
    }

    proptest! {
        #[test]
        fn both_forms_come_back(texts in prop::collection::vec("[\\PC&&[^,;\"]]{1,12}", 0..8)) {
            let tags = Tags::collect(texts.iter().map(String::as_str).filter(|t| Tag::parse(t).is_ok())).unwrap();
            prop_assert_eq!(Tags::parse(&tags.to_string()).unwrap().to_json(), tags.to_json());
            prop_assert_eq!(Tags::from_json(&tags.to_json()).unwrap().to_json(), tags.to_json());
            prop_assert_eq!(serde_json::to_string(&tags).unwrap(), tags.to_json());
        }
    }
}
