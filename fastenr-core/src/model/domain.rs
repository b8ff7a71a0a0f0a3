//! Internet domains: what a customer's website and its people's addresses have in common.

use unicode_normalization::UnicodeNormalization;

use super::newtype::value_traits;
use crate::error::Invalid;

/// The longest domain and the longest part between two dots, in bytes (RFC 1035).
const LONGEST: usize = 253;
const LONGEST_LABEL: usize = 63;

/// A domain in its one stored form: lowercase ASCII, `www.` taken off, other subdomains kept.
/// International names are stored in their ASCII form (`bücher.de` as `xn--bcher-kva.de`), so that one domain is one key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Domain(String);

impl Domain {
    /// A domain, a host with a port, or a whole web address, of which only the host counts. Codes `domain`, `international_domain`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let host = host_of(text.trim());
        let mut domain = ascii_domain(host).ok_or_else(|| refusal(host))?;
        // `www.com` is a domain of its own.
        // Every one of them, so that what is stored reads back as itself.
        while domain.strip_prefix("www.").is_some_and(|rest| rest.contains('.')) {
            domain.drain(.."www.".len());
        }
        Ok(Self(domain))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }

    /// Whether this is `other` or lies below it: `eu.example.com` is within `example.com`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.strip_suffix(&other.0).is_some_and(|below| below.is_empty() || below.ends_with('.'))
    }

    /// As [`Self::parse`], for what stands behind the `@` of an address: nothing is taken off.
    pub(super) fn of_address(host: &str) -> Option<Self> {
        ascii_domain(host).map(Self)
    }
}

value_traits!(Domain);

fn refusal(host: &str) -> Invalid {
    Invalid::new(
        // Which letters a domain may have beyond ASCII is more than a pattern tells.
        if host.is_ascii() { "domain" } else { "international_domain" },
        "a domain is like example.com: letters, digits and hyphens in parts of at most 63, with a dot between, at most 253 in all",
    )
}

/// Takes scheme, user, path, query, port and the root's dot off a web address.
fn host_of(address: &str) -> &str {
    let (with_scheme, rest) = match address.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => (true, rest),
        _ => (false, address),
    };
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    // Without a scheme, what has an `@` is somebody's e-mail address in the wrong column.
    let host = if with_scheme { host.rsplit('@').next().unwrap_or(host) } else { host };
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    host.strip_suffix('.').unwrap_or(host)
}

/// The stored form, if `host` is a domain: at least two parts, the last of them no number.
fn ascii_domain(host: &str) -> Option<String> {
    let plain = host.is_ascii();
    let host: String = if plain {
        host.to_ascii_lowercase()
    } else {
        host.nfkc().flat_map(char::to_lowercase).nfkc().map(|c| if c == '。' { '.' } else { c }).collect()
    };
    let mut domain = String::with_capacity(host.len());
    let mut labels = 0;
    for label in host.split('.') {
        if labels > 0 {
            domain.push('.');
        }
        labels += 1;
        let start = domain.len();
        if label.is_ascii() {
            domain.push_str(label)
        } else {
            push_punycode(label, &mut domain)?
        }
        if !is_label(&domain.as_bytes()[start..]) {
            return None;
        }
    }
    let number = domain.rsplit('.').next().is_none_or(|last| last.bytes().all(|b| b.is_ascii_digit()));
    (labels > 1 && !number && domain.len() <= LONGEST).then_some(domain)
}

fn is_label(label: &[u8]) -> bool {
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        && label.first() != Some(&b'-')
        && label.last() != Some(&b'-')
}

/// `xn--` and the label in Punycode (RFC 3492, section 6.3). Only letters, digits, marks: nothing for an international
/// label that is longer than an ASCII one may be.
fn push_punycode(label: &str, out: &mut String) -> Option<()> {
    const BASE: u32 = 36;
    const T_MIN: u32 = 1;
    const T_MAX: u32 = 26;
    const FIRST_BIAS: u32 = 72;
    const FIRST_CODE: u32 = 128;

    let length = u32::try_from(label.chars().count()).ok().filter(|n| *n <= LONGEST_LABEL as u32)?;
    if label.chars().any(|c| c.is_whitespace() || c.is_control() || is_foreign_to_labels(c)) {
        return None;
    }
    out.push_str("xn--");
    let ascii = out.len();
    out.extend(label.chars().filter(char::is_ascii));
    let basic = (out.len() - ascii) as u32;
    if basic > 0 {
        out.push('-');
    }
    let adapt = |delta: u32, points: u32, first: bool| {
        let mut delta = if first { delta / 700 } else { delta / 2 };
        delta += delta / points;
        let mut k = 0;
        while delta > ((BASE - T_MIN) * T_MAX) / 2 {
            delta /= BASE - T_MIN;
            k += BASE;
        }
        k + (BASE - T_MIN + 1) * delta / (delta + 38)
    };
    let (mut code, mut delta, mut bias, mut handled) = (FIRST_CODE, 0_u32, FIRST_BIAS, basic);
    while handled < length {
        let next = label.chars().map(u32::from).filter(|c| *c >= code).min()?;
        delta = delta.checked_add((next - code).checked_mul(handled + 1)?)?;
        code = next;
        for c in label.chars().map(u32::from) {
            if c < code {
                delta = delta.checked_add(1)?;
            }
            if c == code {
                let mut q = delta;
                let mut k = BASE;
                loop {
                    let t = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
                    if q < t {
                        break;
                    }
                    out.push(digit_of(t + (q - t) % (BASE - t))?);
                    q = (q - t) / (BASE - t);
                    k += BASE;
                }
                out.push(digit_of(q)?);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        code += 1;
    }
    Some(())
}

/// `a` to `z` stand for 0 to 25, `0` to `9` for 26 to 35.
fn digit_of(value: u32) -> Option<char> {
    u8::try_from(value).ok().and_then(|v| match v {
        0..26 => Some(char::from(b'a' + v)),
        26..36 => Some(char::from(b'0' + v - 26)),
        _ => None,
    })
}

/// ASCII that no label has, and punctuation beyond ASCII that only comes from a slip of copy and paste.
fn is_foreign_to_labels(c: char) -> bool {
    if c.is_ascii() {
        !(c.is_ascii_alphanumeric() || c == '-')
    } else {
        matches!(c, '\u{80}'..='\u{BF}' | '\u{2000}'..='\u{2BFF}' | '\u{FEFF}') && c != '·'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        for (text, domain) in [
            ("example.com", "example.com"),
            ("https://www.Example.com/path?x", "example.com"),
            ("HTTP://Example.COM", "example.com"),
            ("//cdn.example.com/x", "cdn.example.com"),
            ("example.com.", "example.com"),
            ("example.com:8080/a", "example.com"),
            ("https://jo:pw@example.com/", "example.com"),
            ("example.com?utm=1", "example.com"),
            ("app.eu.example.co.uk", "app.eu.example.co.uk"),
            ("www.com", "www.com"),
            ("www.www.example.com", "example.com"),
            ("  example.com ", "example.com"),
            ("bücher.de", "xn--bcher-kva.de"),
            ("BÜCHER.de", "xn--bcher-kva.de"),
            ("xn--bcher-kva.de", "xn--bcher-kva.de"),
            ("mañana.com", "xn--maana-pta.com"),
            ("例え.jp", "xn--r8jz45g.jp"),
            ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
            ("3m.com", "3m.com"),
        ] {
            assert_eq!(Domain::parse(text).unwrap().as_str(), domain, "{text}");
        }
        let long_label = format!("{}.com", "a".repeat(64));
        let long = format!("{}com", "abcdefgh.".repeat(28));
        for text in [
            "",
            "localhost",
            "example",
            "jo@example.com",
            "192.168.0.1",
            "a..com",
            ".com",
            "-a.com",
            "a-.com",
            "a b.com",
            "a_b.com",
            "exam ple.com",
            "https://",
            "n/a",
            "bü cher.de",
            "bü_cher.de",
            "“example”.com",
            "example.com:http",
            &long_label,
            &long,
        ] {
            let code = if host_of(text).is_ascii() { "domain" } else { "international_domain" };
            assert_eq!(Domain::parse(text).unwrap_err().code, code, "{text}");
        }
    }

    #[test]
    fn within() {
        let domain = |text| Domain::parse(text).unwrap();
        assert!(domain("eu.example.com").is_within(&domain("example.com")));
        assert!(domain("example.com").is_within(&domain("example.com")));
        assert!(!domain("myexample.com").is_within(&domain("example.com")));
    }
}
