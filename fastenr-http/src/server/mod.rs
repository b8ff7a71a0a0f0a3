//! How the API runs: sockets, limits, TLS, what is around every answer, and what an operator looks at.
//!
//! [`app`] puts `layers.rs` and `probes.rs` around a router; [`serve`] answers with it until told to stop. A limit is a member of
//! [`Options`]; what is done to every request is a step in `layers.rs`.

mod accept;
mod body;
mod connection;
mod cors;
mod headers;
mod host;
mod keyless;
mod layers;
mod malformed;
mod metrics;
mod policy;
mod probes;
mod registry;
mod request_id;
mod request_limits;
mod shutdown;
mod socket;
mod tls;

use std::time::Duration;

pub use accept::serve;
pub use body::Refusal;
pub use cors::Origins;
pub(crate) use headers::plain_tag;
pub(crate) use host::name as host_name;
pub use layers::{KeyPrefix, app};
pub use metrics::Metrics;
pub use policy::Policy;
pub use probes::metrics_alone;
pub(crate) use registry::HalfClosed;
pub(crate) use request_id::carried;
pub use request_id::current as current_request_id;
pub use request_limits::{ForImports, RequestLimits};
pub use shutdown::Shutdown;
pub use tls::Tls;

/// The limits of a server, and what it is told about its place. The defaults are those of `fastenr serve`.
#[derive(Debug, Clone)]
pub struct Options {
    /// Open connections. Beyond them the one that has waited longest without a request makes room.
    pub max_connections: usize,
    /// Open connections of one address; loopback is exempt, since a proxy there speaks for everybody.
    pub max_connections_per_address: usize,
    /// From the first byte of a request's head to its last; a TLS handshake likewise.
    pub header_timeout: Duration,
    /// Between two requests, and before the first byte of the first.
    pub idle_timeout: Duration,
    /// How long a client may take nothing of an answer that is ready for it.
    pub write_timeout: Duration,
    /// A body that brings less than this, while it is waited for, …
    pub body_minimum: usize,
    /// … within this time is cut.
    pub body_window: Duration,
    /// Bytes of a request's line and headers together; there may be 100 headers, as many as hyper keeps a place for.
    pub header_bytes: usize,
    /// Bytes of a body where the route says nothing else.
    pub body_limit: u64,
    /// Bytes of a body where the route is [`ForImports`].
    pub import_limit: u64,
    /// From the head of a request to that of its answer; imports are exempt.
    pub request_timeout: Duration,
    /// What requests in flight, and work that was answered before its end, are given when the server stops.
    pub shutdown_timeout: Duration,
    pub origins: Origins,
    /// Requests need no key: they are held to this machine's own names, and writes of pages to [`Options::origins`].
    pub keyless: bool,
    pub tls: Option<Tls>,
    /// Browsers reach the server by https although it has no [`Options::tls`]: a proxy before it does.
    pub behind_tls: bool,
    pub metrics: Metrics,
}

impl Options {
    /// Browsers reach the server over TLS.
    pub(crate) const fn is_https(&self) -> bool {
        self.tls.is_some() || self.behind_tls
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            max_connections_per_address: 256,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(30),
            body_minimum: 5_000,
            body_window: Duration::from_secs(10),
            header_bytes: 32 << 10,
            body_limit: 2 << 20,
            import_limit: 1 << 30,
            request_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(30),
            origins: Origins::default(),
            keyless: false,
            tls: None,
            behind_tls: false,
            metrics: Metrics::default(),
        }
    }
}
