//! A PostgreSQL server with a certificate that TLS libraries of today refuse: the way out is named.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::Tests;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ServerConfig, ServerConnection};

pub(super) fn register(tests: &mut Tests) {
    tests.plain("cli/database/a_certificate_that_is_refused", refused);
}

/// X.509 version 1, which `psql` accepts where it checks nothing.
const PEM: &[u8] = include_bytes!("certificate_v1.pem");

#[derive(Debug)]
struct Whatever(Arc<CertifiedKey>);

impl ResolvesServerCert for Whatever {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn config() -> Result<Arc<ServerConfig>> {
    let provider = ring::default_provider();
    let chain = CertificateDer::pem_slice_iter(PEM).collect::<Result<Vec<_>, _>>()?;
    let key = provider.key_provider.load_private_key(PrivateKeyDer::from_pem_slice(PEM)?)?;
    let certified = Arc::new(CertifiedKey::new(chain, key));
    let builder = ServerConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_no_client_auth().with_cert_resolver(Arc::new(Whatever(certified)))))
}

fn refused() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let config = config()?;
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // It asks for TLS, and gets it.
            let mut asked = [0; 8];
            if stream.read_exact(&mut asked).is_err() || stream.write_all(b"S").is_err() {
                continue;
            }
            if let Ok(mut tls) = ServerConnection::new(Arc::clone(&config)) {
                let _ = tls.complete_io(&mut stream);
            }
        }
    });
    let fastenr = Fastenr::without_database();
    let url = format!("postgres://fastenr@127.0.0.1:{port}/fastenr");
    let output = fastenr.args(["--database", &url, "accounts", "list"]).run().code(1);
    let hint = output.stderr.lines().find(|line| line.starts_with("hint")).context("no hint")?;
    ensure!(output.stderr.contains("certificate of the database's server is refused"), "{}", output.transcript());
    ensure!(hint.contains("?sslmode=disable"), "{}", output.transcript());
    Ok(())
}
