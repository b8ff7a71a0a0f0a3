//! E-mail addresses.

use std::hash::{Hash, Hasher};

use super::domain::Domain;
use super::newtype::value_traits;
use super::text::breaks_a_line;
use crate::error::Invalid;

/// The longest address and the longest part before the `@`, in bytes (RFC 5321).
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// An address as it was written, its domain in [`Domain`]'s stored form. Two addresses that differ in case only are
/// equal: no mail system that anybody uses tells them apart.
#[derive(Debug, Clone)]
pub struct Email(String);

impl Email {
    /// A practical rule, not RFC 5322: what a mail system would take, without comments and quoting. Codes `email`, `international_email`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let code = if text.is_ascii() { "email" } else { "international_email" };
        let rule = "an e-mail address is like jo@example.com: one @, no spaces, at most 254 bytes";
        let refusal = || Invalid::new(code, rule);
        let (local, host) = text.trim().split_once('@').ok_or_else(refusal)?;
        let fits = (1..=LONGEST_LOCAL).contains(&local.len()) && !local.chars().any(is_foreign_to_local);
        let domain = Domain::of_address(host).filter(|_| fits).ok_or_else(refusal)?;
        let email = format!("{local}@{domain}");
        if email.len() <= LONGEST { Ok(Self(email)) } else { Err(refusal()) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }

    /// What addresses are compared and looked up by: lowercase.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }

    /// Whether the address is at `domain` or below it.
    pub fn is_within(&self, domain: &Domain) -> bool {
        Domain::of_address(self.domain()).is_some_and(|own| own.is_within(domain))
    }

    fn folded(&self) -> impl Iterator<Item = char> + '_ {
        self.0.chars().flat_map(char::to_lowercase)
    }
}

fn is_foreign_to_local(c: char) -> bool {
    c.is_whitespace()
        || breaks_a_line(c)
        || matches!(c, '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '[' | '\\' | ']')
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.folded().eq(other.folded())
    }
}

impl Eq for Email {}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|c| c.hash(state));
    }
}

impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Email {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded().cmp(other.folded())
    }
}

value_traits!(Email);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        let longest_local = format!("{}@example.com", "a".repeat(64));
        for (text, email) in [
            ("jo@example.com", "jo@example.com"),
            (" Jo.Doe+crm@WWW.Example.COM ", "Jo.Doe+crm@www.example.com"),
            ("o'neil@example.co.uk", "o'neil@example.co.uk"),
            ("jo@bücher.de", "jo@xn--bcher-kva.de"),
            ("josé@example.com", "josé@example.com"),
            (&longest_local, &longest_local),
        ] {
            assert_eq!(Email::parse(text).unwrap().as_str(), email, "{text}");
        }
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("{}@{}com", "a".repeat(60), "abcdefg.".repeat(24));
        for text in [
            "",
            "jo",
            "@example.com",
            "jo@",
            "jo@localhost",
            "jo@example",
            "a@b@example.com",
            "jo doe@example.com",
            "Jo <jo@example.com>",
            "mailto:jo@example.com",
            "jo@example.com, al@example.com",
            "jo@[127.0.0.1]",
            "jo@127.0.0.1",
            "jo@exa mple.com",
            "jo\u{0}@example.com",
            "jo@https://example.com",
            &long_local,
            &long,
        ] {
            assert_eq!(Email::parse(text).unwrap_err().code, "email", "{text}");
        }
    }

    #[test]
    fn case_does_not_count() {
        let (a, b) = (Email::parse("Jo@example.com").unwrap(), Email::parse("jO@Example.com").unwrap());
        assert_eq!(a, b);
        assert_eq!(a.key(), b.key());
        assert_eq!(std::collections::HashSet::from([a.clone(), b]).len(), 1);
        assert_eq!(a.domain(), "example.com");
        assert!(a.is_within(&Domain::parse("example.com").unwrap()));
    }
}
