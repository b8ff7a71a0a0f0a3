//! What `fastenr serve` can be told, and what of it can't be.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use fastenr_core::{Error, Invalid, Result};
use fastenr_http::server::{Options, Origins, Policy, Tls};

use crate::globals::duration;
use crate::printer::LogFormat;

/// Serve the HTTP API until a signal ends it.
///
/// Each request acts as the user of its API key (`fastenr keys create`) in the key's organization. With --no-auth nobody is asked
/// who they are, and all act as --user in --organization: on this machine alone.
///
/// SIGTERM and SIGINT finish the requests in flight, a second one cuts them off; SIGHUP reads the certificate again.
/// /healthz tells that the process answers, /readyz that it can work, /metrics what it has counted (--metrics-listen).
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr serve --no-auth
  fastenr serve --listen 0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem --log-format json
  fastenr serve --cors-origin https://app.example.com --metrics-listen 127.0.0.1:9187
  curl 'http://127.0.0.1:8787/api/accounts?status=at_risk&limit=5'")]
pub(crate) struct Args {
    /// The address and port; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,

    /// The certificate as PEM, followed by those between it and the root.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Ask for no key: everybody who reaches the server acts as --user. Only on a loopback address.
    #[arg(long)]
    pub no_auth: bool,

    /// Let pages of this origin read the answers, e.g. `https://app.example.com`; repeat it for more, * is everybody.
    ///
    /// Without it browsers keep the answers from pages of other origins. Cookies are allowed to nobody; there are none.
    #[arg(long, value_name = "ORIGIN")]
    pub cors_origin: Vec<String>,

    /// How the log is written to stderr.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub log_format: LogFormat,

    /// Requests a minute for each key; 0: any number.
    #[arg(long, value_name = "N", default_value_t = 1_200)]
    pub rate_limit: u32,

    /// Refuse to change a record without If-Match.
    #[arg(long)]
    pub require_if_match: bool,

    /// Open connections; beyond them, the one that has waited longest without a request makes room.
    #[arg(long, value_name = "N", default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,

    /// Open connections of one address; loopback is exempt, as a proxy there speaks for everybody.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections_per_address: u32,

    /// The size of a request's body, e.g. 512KiB, 2MiB.
    #[arg(long, value_name = "SIZE", default_value = "2MiB", value_parser = size)]
    pub body_limit: u64,

    /// The size of an import, also of what a compressed one expands to; it may have a row for each 32 bytes of it.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size)]
    pub import_limit: u64,

    /// How long a request may take, an import aside.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub request_timeout: Duration,

    /// How long requests in flight are given when the server stops.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub shutdown_timeout: Duration,

    /// Connections to the database.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..))]
    pub max_db_connections: u32,

    /// Serve /metrics at this address, to everybody who reaches it; without it nowhere.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<SocketAddr>,
}

impl Args {
    /// # Errors
    /// `not_loopback`.
    pub(super) fn check(&self) -> Result<()> {
        if self.no_auth && !self.listen.ip().is_loopback() {
            let reached =
                format!("{} is reached from other machines, and --no-auth asks nobody who calls", self.listen.ip());
            return Err(Error::refused("not_loopback", reached).hint(
                "listen on 127.0.0.1 or [::1], or leave --no-auth out and make keys with `fastenr keys create`",
            ));
        }
        Ok(())
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
            ..Options::default()
        })
    }
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
    fn sizes_have_units() {
        for (text, bytes) in [("0", 0), ("100", 100), ("512KiB", 512 << 10), ("2MiB", 2 << 20), (" 1GiB ", 1 << 30)] {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "MiB", "2MB", "2 MiB", "-1", "1.5MiB", "99999999999GiB", "2mib"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
