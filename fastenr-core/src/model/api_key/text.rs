//! The text of a key: `fnr_`, the organization's id, a prefix for people, and the secret.

use std::fmt;

use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::digest;

const MARK: &str = "fnr_";
const ORGANIZATION: usize = 32;
/// Hexadecimal digits of a prefix.
pub const PREFIX: usize = 12;
const SECRET: usize = 64;
/// `fnr_ORGANIZATION_PREFIX_SECRET`.
const LENGTH: usize = MARK.len() + ORGANIZATION + 1 + PREFIX + 1 + SECRET;

/// Random bytes that a key is made of: those of the prefix, then the 256 bits of the secret.
pub const BYTES: usize = (PREFIX + SECRET) / 2;

/// A text that looks like a key. Whether it is one, the database knows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyText<'t> {
    pub organization: Uuid,
    pub prefix: &'t str,
    whole: &'t str,
}

impl<'t> KeyText<'t> {
    /// The form only, of any text: 114 characters at most are looked at. Upper case is another text, and no key's.
    pub fn parse(text: &'t str) -> Option<Self> {
        if text.len() != LENGTH || !text.is_ascii() {
            return None;
        }
        let mut parts = text.strip_prefix(MARK)?.split('_');
        let (organization, prefix, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str, length| part.len() == length && part.bytes().all(is_digit);
        let fits = digits(organization, ORGANIZATION) && digits(prefix, PREFIX) && digits(secret, SECRET);
        let organization = Uuid::try_parse(organization).ok().filter(|_| fits && parts.next().is_none())?;
        Some(Self { organization, prefix, whole: text })
    }

    /// SHA-256 of the whole text, in hexadecimal: what is kept of a key.
    pub fn sha256(&self) -> String {
        digest::sha256(self.whole.as_bytes())
    }

    /// Whether `kept` is the hash of this text, found out in a time that does not depend on where they differ.
    pub fn is(&self, kept: &str) -> bool {
        self.sha256().as_bytes().ct_eq(kept.as_bytes()).into()
    }
}

const fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

impl fmt::Debug for KeyText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyText({})", self.prefix)
    }
}

/// The whole text of a key just made. It is shown once, and to nobody by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    organization: Uuid,
    whole: String,
}

impl Secret {
    /// Of random bytes.
    pub fn make(organization: Uuid, random: &[u8; BYTES]) -> Self {
        let (prefix, secret) = random.split_at(PREFIX / 2);
        let [prefix, secret] = [prefix, secret].map(digest::hexadecimal);
        Self { organization, whole: format!("{MARK}{}_{prefix}_{secret}", organization.simple()) }
    }

    pub fn text(&self) -> KeyText<'_> {
        const FROM: usize = MARK.len() + ORGANIZATION + 1;
        KeyText { organization: self.organization, prefix: &self.whole[FROM..FROM + PREFIX], whole: &self.whole }
    }

    /// For whoever is to have it.
    pub fn expose(&self) -> &str {
        &self.whole
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn made() -> (Uuid, Secret) {
        let organization = Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_00ab);
        (organization, Secret::make(organization, &std::array::from_fn(|at| at as u8)))
    }

    #[test]
    fn a_key_is_read_again() {
        let (organization, secret) = made();
        let text = secret.expose();
        assert_eq!(
            text,
            "fnr_019700000000700080000000000000ab_000102030405_060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425"
        );
        let read = KeyText::parse(text).unwrap();
        assert_eq!((read.organization, read.prefix), (organization, "000102030405"));
        assert_eq!(secret.text(), read);
        assert!(read.is(&read.sha256()) && !read.is("") && !read.is(&"0".repeat(64)));
        let mut other = text.to_owned();
        other.replace_range(LENGTH - 1.., "6");
        assert!(!KeyText::parse(&other).unwrap().is(&read.sha256()));
        let shown = format!("{secret:?} {read:?}");
        assert!(!shown.contains(&text[LENGTH - 8..]), "{shown}");
    }

    #[test]
    fn what_is_no_key() {
        let (_, secret) = made();
        let text = secret.expose();
        let changed = |from: &str, to: &str| text.replacen(from, to, 1);
        for bad in [
            String::new(),
            "fnr_".into(),
            text[1..].to_owned(),
            format!("{text}0"),
            format!(" {}", &text[1..]),
            changed("fnr_", "fnr-"),
            changed("fnr_", "FNR_"),
            changed("_0001", "0_001"),
            changed("0a0b", "0A0B"),
            changed("0a0b", "0g0b"),
            changed("0a0b", "_a0b"),
            changed("0a0b", "0a\u{e9}"),
            "_".repeat(LENGTH),
            "f".repeat(LENGTH),
        ] {
            assert_eq!(KeyText::parse(&bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in "\\PC{0,120}|(fnr_)?[0-9a-f_]{100,114}") {
            if let Some(key) = KeyText::parse(&text) {
                prop_assert!(key.is(&key.sha256()));
            }
        }

        #[test]
        fn any_bytes_make_a_key(bytes in proptest::collection::vec(any::<u8>(), BYTES), id: u128) {
            let secret = Secret::make(Uuid::from_u128(id), &bytes.try_into().unwrap());
            prop_assert_eq!(KeyText::parse(secret.expose()).map(|key| key.organization), Some(Uuid::from_u128(id)));
        }
    }
}
