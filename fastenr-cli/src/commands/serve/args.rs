//! The options of `fastenr serve`, and the checks of their combinations.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use fastenr_core::ops::Context;
use fastenr_core::ops::sessions::LONGEST_SESSION;
use fastenr_core::{Error, Invalid, Result};
use fastenr_http::server::{Options, Origins, Policy, Tls};
use fastenr_http::{Dashboard, HeaderName, Network, Proxy};

use crate::globals::{duration, lifetime};
use crate::printer::LogFormat;

/// Serve the dashboard and the HTTP API until interrupted.
///
/// The dashboard is at /dashboard. Sign in with an API key or a one-time link; --open creates a link and opens it.
///
/// Each request acts as the user of its API key (`fastenr keys create`) in the key's organization. With --no-auth, no key
/// is needed and all requests act as --user in --organization, only from this machine.
///
/// SIGTERM and SIGINT stop the server after the running requests; a second signal stops it at once. SIGHUP reloads the
/// certificate. /healthz shows that the process responds, /readyz that it can work, /metrics its counters
/// (--metrics-listen).
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr serve --open
  fastenr serve --no-auth
  fastenr serve --listen 0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem --log-format json
  fastenr serve --cors-origin https://app.example.com --metrics-listen 127.0.0.1:9187
  curl 'http://127.0.0.1:8787/api/accounts?status=at_risk&limit=5'")]
pub(crate) struct Args {
    /// Address and port; port 0 uses a free port.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,

    /// Certificate in PEM format, followed by its intermediate certificates.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of the certificate in PEM format.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Require no key: everyone who can reach the server acts as --user. Only on a loopback address.
    #[arg(long)]
    pub no_auth: bool,

    /// Open the dashboard in a browser, signed in as --user by a one-time link; the link is also printed.
    #[arg(long)]
    pub open: bool,

    /// Serve only the API, without the dashboard.
    #[arg(long, conflicts_with = "open")]
    pub no_dashboard: bool,

    /// Address of this server in browsers, e.g. `https://fastenr.example.com`; needed behind a proxy with TLS.
    #[arg(long, value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// How long a browser stays signed in, at most 30d, e.g. 8h or 7d.
    #[arg(long, value_name = "TIME", default_value = "12h", value_parser = session)]
    pub session_lifetime: TimeDelta,

    /// Header of a trusted proxy with the e-mail address of the dashboard user.
    ///
    /// The header is used only in requests from --trusted-proxy, and ignored in all others. With --public-url, the Host of such
    /// a request must be the name in it. The API accepts only keys.
    #[arg(long, value_name = "HEADER", requires = "trusted_proxy", conflicts_with_all = ["no_auth", "no_dashboard"], value_parser = header_name)]
    pub auth_header: Option<HeaderName>,

    /// Network or address from which --auth-header is trusted, e.g. 10.0.0.0/8 (repeat for more).
    #[arg(long, value_name = "NETWORK", requires = "auth_header")]
    pub trusted_proxy: Vec<Network>,

    /// Allow pages of this origin to read responses (CORS), e.g. `https://app.example.com` (repeat for more; * is any
    /// origin).
    ///
    /// Without it, browsers block pages of other origins. Cookies are never allowed, because the API does not use them.
    #[arg(long, value_name = "ORIGIN")]
    pub cors_origin: Vec<String>,

    /// Format of the log on stderr.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub log_format: LogFormat,

    /// Limit of requests per minute for each key; 0: no limit.
    #[arg(long, value_name = "N", default_value_t = 1_200)]
    pub rate_limit: u32,

    /// Refuse changes of a record without If-Match.
    #[arg(long)]
    pub require_if_match: bool,

    /// Maximum open connections; above it, the connection that has been idle longest is closed.
    #[arg(long, value_name = "N", default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,

    /// Maximum open connections per address; loopback is exempt, because a local proxy serves all clients.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections_per_address: u32,

    /// Maximum size of a request body, e.g. 512KiB, 2MiB.
    #[arg(long, value_name = "SIZE", default_value = "2MiB", value_parser = size)]
    pub body_limit: u64,

    /// Maximum size of an import, also when decompressed; it may have one row per 32 bytes of this size.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size)]
    pub import_limit: u64,

    /// Time limit of a request, except imports.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub request_timeout: Duration,

    /// Time limit for running requests when the server stops.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub shutdown_timeout: Duration,

    /// Maximum connections to the database.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..))]
    pub max_db_connections: u32,

    /// Serve /metrics at this address, without a key [default: not served].
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<SocketAddr>,
}

impl Args {
    /// # Errors
    /// `not_loopback`.
    pub(super) fn check(&self) -> Result<()> {
        if self.no_auth && !self.listen.ip().is_loopback() {
            let reached = format!("other machines can reach {}, and --no-auth requires no key", self.listen.ip());
            return Err(Error::refused("not_loopback", reached).hint(
                "listen on 127.0.0.1 or [::1], or leave --no-auth out and make keys with `fastenr keys create`",
            ));
        }
        Ok(())
    }

    /// The URL of the server in browsers, if it listens at `address`.
    pub(super) fn base(&self, address: SocketAddr) -> String {
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        // An unspecified address includes localhost.
        let host = match address.ip() {
            ip if ip.is_unspecified() => "localhost".to_owned(),
            IpAddr::V6(ip) => format!("[{ip}]"),
            IpAddr::V4(ip) => ip.to_string(),
        };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{host}:{}", address.port()))
    }

    fn is_https_in_public(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The settings of the dashboard; none: it is not served.
    pub(super) fn dashboard(&self, context: &Context) -> Option<Dashboard> {
        let proxy = self.auth_header.clone().map(|header| Proxy {
            header,
            networks: self.trusted_proxy.clone(),
            context: Box::new(context.clone()),
        });
        (!self.no_dashboard).then(|| Dashboard {
            public_url: self.public_url.clone(),
            secure: self.tls_cert.is_some() || self.is_https_in_public(),
            session_lifetime: self.session_lifetime,
            proxy,
        })
    }

    pub(super) const fn policy(&self) -> Policy {
        Policy { keys: !self.no_auth, rate_limit: self.rate_limit, require_if_match: self.require_if_match }
    }

    /// # Errors
    /// Those of [`Origins::parse`] and [`Tls::open`]; `open_to_everybody`.
    pub(super) fn options(&self) -> Result<Options> {
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(Tls::open(certificate, key)?),
            _ => None,
        };
        let origins = Origins::parse(self.cors_origin.iter().map(String::as_str))?;
        if self.no_auth && origins.is_everybody() {
            let open =
                "--no-auth with --cors-origin * opens the data to every page that a browser on this machine shows";
            return Err(Error::refused("open_to_everybody", open).hint("name the origins, or leave --no-auth out"));
        }
        Ok(Options {
            max_connections: usize::try_from(self.max_connections).unwrap_or(usize::MAX),
            max_connections_per_address: usize::try_from(self.max_connections_per_address).unwrap_or(usize::MAX),
            body_limit: self.body_limit,
            import_limit: self.import_limit,
            request_timeout: self.request_timeout,
            shutdown_timeout: self.shutdown_timeout,
            origins,
            keyless: self.no_auth,
            tls,
            behind_tls: self.is_https_in_public(),
            ..Options::default()
        })
    }
}

/// A scheme and a host, a port if it is not the default one, no path.
fn public_url(text: &str) -> Result<String, Error> {
    let text = text.trim().trim_end_matches('/');
    Origins::parse([text]).ok().filter(|origins| !origins.is_everybody()).map(|_| text.to_owned()).ok_or_else(|| {
        Error::invalid("public_url", "a public URL is a scheme and a host, such as https://fastenr.example.com")
    })
}

fn header_name(text: &str) -> Result<HeaderName, Invalid> {
    let rule = || Invalid::new("auth_header", "a header is a name such as X-Forwarded-Email");
    text.trim().parse().map_err(|_| rule())
}

fn session(text: &str) -> Result<TimeDelta, Invalid> {
    let rule = || Invalid::new("session_lifetime", "a session lasts from 1 minute to 30 days, such as 45m, 12h or 7d");
    let lifetime = lifetime(text).ok_or_else(rule)?;
    if lifetime <= LONGEST_SESSION { Ok(lifetime) } else { Err(rule()) }
}

/// `512KiB`, `2MiB`, `1GiB`; a bare number is bytes.
fn size(text: &str) -> Result<u64, Invalid> {
    let rule = || Invalid::new("size", "a size is a number with a unit, such as 512KiB, 2MiB or 1GiB");
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(rule()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_call_it() {
        for text in ["https://fastenr.example.com", "http://localhost:8787/"] {
            assert!(public_url(text).is_ok(), "{text}");
        }
        for text in ["", "*", "fastenr.example.com", "https://fastenr.example.com/app"] {
            assert!(public_url(text).is_err(), "{text}");
        }
        assert_eq!(session("12h"), Ok(TimeDelta::hours(12)));
        for text in ["", "0h", "31d", "12", "1w", "-1h"] {
            assert!(session(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [("0", 0), ("100", 100), ("512KiB", 512 << 10), ("2MiB", 2 << 20), (" 1GiB ", 1 << 30)] {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "MiB", "2MB", "2 MiB", "-1", "1.5MiB", "99999999999GiB", "2mib"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
