//! Where messages may go: public addresses, unless private ones are allowed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Azure's platform endpoint: a public address that belongs to the platform.
const WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// Whether an address is public: not this machine, its network, a cloud's metadata service, or reserved
/// (IANA's registries of special-purpose addresses).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., _, _) // this network, private, loopback, multicast and reserved
            | (100, 64..128, _) // shared by carriers
            | (169, 254, _) // link-local, metadata
            | (172, 16..32, _)
            | (192, 168, _)
            | (192, 0, 0 | 2) // protocols, documentation
            | (192, 88, 99) // relays
            | (198, 18 | 19, _) // benchmarks
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special && v4 != WIRE_SERVER
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let segments = v6.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] => v4(high, low), // IPv4 mapped into IPv6
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low), // through NAT64
        [0x2002, high, low, ..] => v4(high, low),            // 6to4
        [0x2001, 0..0x200, ..] | [0x2001, 0xdb8, ..] => false, // protocols, documentation
        [0x3fff, 0..0x1000, ..] => false,                    // documentation
        [first, ..] => first & 0xe000 == 0x2000,             // all other public addresses are in 2000::/3
    }
}

/// Resolves names to public addresses only: the checked address is the one that is connected to.
#[derive(Debug)]
pub(super) struct PublicOnly(pub(super) DefaultResolver);

/// Why no connection was made.
#[derive(Debug)]
pub(super) struct Private(IpAddr);

impl std::fmt::Display for Private {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "its address {} is no public one", self.0)
    }
}

impl std::error::Error for Private {}

impl Resolver for PublicOnly {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.0.resolve(uri, config, timeout)?;
        match found.iter().find(|address| !is_public(address.ip())) {
            Some(private) => Err(ureq::Error::Other(Box::new(Private(private.ip())))),
            None => Ok(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_out_there() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.1.2.3",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.1.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
            "2002:101:101::",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }
}
