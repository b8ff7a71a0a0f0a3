//! The beginning or the end of an id, as people type it.

use uuid::Uuid;

/// Hexadecimal digits with which an id begins or ends. Ids that were made together differ at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortId(String);

impl ShortId {
    /// 6 to 32 hexadecimal digits, in any case; hyphens don't count.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.trim().chars().filter(|c| *c != '-').collect();
        let fits = (6..=32).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_hexdigit());
        fits.then(|| Self(digits.to_ascii_lowercase()))
    }

    /// As [`ShortId::parse`], where records have numbers and names of their own: 8 digits at least, one of them a letter.
    pub fn beside_names(text: &str) -> Option<Self> {
        Self::parse(text).filter(|Self(digits)| digits.len() >= 8 && digits.chars().any(|c| c.is_ascii_alphabetic()))
    }

    /// The digits, in lower case.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The ids that begin with it: the least and the greatest.
    pub fn range(&self) -> (Uuid, Uuid) {
        let fill = |with: &str| Uuid::parse_str(&format!("{}{}", self.0, with.repeat(32 - self.0.len())));
        (fill("0").unwrap_or_default(), fill("f").unwrap_or_default())
    }

    pub fn is_of(&self, id: Uuid) -> bool {
        let id = id.simple().to_string();
        id.starts_with(&self.0) || id.ends_with(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_by_their_beginning_and_end() {
        let short = ShortId::parse("0198-C0DE").unwrap();
        let (from, to) = short.range();
        assert_eq!(from.to_string(), "0198c0de-0000-0000-0000-000000000000");
        assert_eq!(to.to_string(), "0198c0de-ffff-ffff-ffff-ffffffffffff");
        assert!(short.is_of(from) && short.is_of(to) && !short.is_of(Uuid::from_u128(7)));
        assert!(ShortId::parse("000007").unwrap().is_of(Uuid::from_u128(7)));
        let whole = Uuid::from_u128(7);
        assert_eq!(ShortId::parse(&whole.to_string()).unwrap().range(), (whole, whole));
        for text in ["", "01", "0198c", "xyzxyz", "0198c0de0198c0de0198c0de0198c0de0"] {
            assert_eq!(ShortId::parse(text), None, "{text}");
        }
        for text in ["10023400", "0198c0d"] {
            assert_eq!(ShortId::beside_names(text), None, "{text}");
        }
    }
}
