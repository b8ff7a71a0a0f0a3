//! The header that says which server a request is meant for.

use axum::extract::Request;
use axum::http::{Version, header, uri::Authority};

use crate::Problem;

/// What is wrong with the `Host` of a request, if anything (RFC 9112, section 3.2): there is one, unless the request is of HTTP/1.0,
/// which need not know it. Where a proxy reads one of two and this server the other, they answer to different names.
pub(super) fn mistake(request: &Request) -> Option<Problem> {
    let mut given = request.headers().get_all(header::HOST).iter();
    let detail = match (given.next(), given.next()) {
        (None, _) if request.version() != Version::HTTP_11 => return None,
        (None, _) => "the header Host is missing; give it once, such as `Host: localhost:8787`",
        (Some(_), Some(_)) => "the header Host is given more than once; give it once",
        (Some(host), None) if host.to_str().ok().and_then(name).is_some() => return None,
        _ => "the header Host is a name or an address, and a port where there is one, such as `Host: localhost:8787`",
    };
    Some(Problem::invalid("host", detail))
}

/// The name or the address of a `Host`, without brackets and port.
pub(crate) fn name(host: &str) -> Option<String> {
    let authority: Authority = host.parse().ok().filter(|_| !host.contains(['@', ',']))?;
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    let port = authority.as_str().strip_prefix(authority.host())?;
    let is_port =
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    (!name.is_empty() && is_port).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (host, is) in [
            ("localhost", Some("localhost")),
            ("LOCALHOST:8787", Some("LOCALHOST")),
            ("localhost:", Some("localhost")),
            ("[::1]:8787", Some("::1")),
            ("fastenr.example.com", Some("fastenr.example.com")),
            ("a_b.example", Some("a_b.example")),
            ("", None),
            (":80", None),
            ("a b", None),
            ("a/b", None),
            ("a,b", None),
            ("jo@localhost", None),
            ("localhost:http", None),
            ("http://localhost", None),
        ] {
            assert_eq!(name(host).as_deref(), is, "{host}");
        }
    }
}
