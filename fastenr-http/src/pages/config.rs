//! The settings of the pages.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::HeaderName;
use chrono::TimeDelta;
use fastenr_core::Invalid;
use fastenr_core::ops::{Context, sessions};

/// How the pages are served.
#[derive(Clone)]
pub struct Dashboard {
    /// The URL of the server in browsers, such as `https://fastenr.example.com`.
    pub public_url: Option<String>,
    /// Cookies are sent over TLS alone.
    pub secure: bool,
    /// How long a session lasts.
    pub session_lifetime: TimeDelta,
    /// The proxy that identifies users.
    pub proxy: Option<Proxy>,
}

impl Default for Dashboard {
    fn default() -> Self {
        Self { public_url: None, secure: false, session_lifetime: sessions::SESSION_LIFETIME, proxy: None }
    }
}

/// A proxy that has signed people in, and says in a header who they are. The address of the peer decides whether it is one: a header is
/// a text that anybody can send.
#[derive(Clone)]
pub struct Proxy {
    /// Has an e-mail address.
    pub header: HeaderName,
    /// Where such proxies are.
    pub networks: Vec<Network>,
    /// The organization whose users it speaks of.
    pub context: Box<Context>,
}

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    pub fn holds(&self, address: IpAddr) -> bool {
        let shift = |width: u8| u32::from(width.saturating_sub(self.bits));
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(shift(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(shift(128)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let rule = || {
            Invalid::new(
                "network",
                "a network is an address with the bits that count, such as 10.0.0.0/8, or one address",
            )
        };
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| rule())?;
        let address = address.to_canonical();
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= width).ok_or_else(rule)?,
            None => width,
        };
        Ok(Self { address, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        let holds = |network: &str, address: &str| network.parse::<Network>().unwrap().holds(address.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.1.2") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("127.0.0.1", "127.0.0.1") && !holds("127.0.0.1", "127.0.0.2"));
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1") && holds("0.0.0.0/0", "192.0.2.1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1") && !holds("2001:db8::/32", "2001:db9::1"));
        assert!(!holds("0.0.0.0/0", "::1") && holds("::/0", "2001:db8::1"));
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::1/129", "10.0.0.0/-1", "10.0.0.0/", "example.com"] {
            assert_eq!(text.parse::<Network>().unwrap_err().code, "network", "{text}");
        }
    }
}
