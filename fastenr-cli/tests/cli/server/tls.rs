//! The certificate.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};
use rcgen::CertifiedKey;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::super::support::{shell, with_accounts};
use super::client::{Answer, Server, connect, read};

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/server/tls", tls);
    tests.sqlite("cli/server/tls_reads_a_renewed_certificate", renewed);
    tests.sqlite("cli/server/tls_says_what_is_wrong", wrong);
}

/// A certificate of one's own as `cert.pem` and `key.pem`.
fn certificate(fastenr: &Fastenr) -> Result<CertificateDer<'static>> {
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    fastenr.write("cert.pem", cert.pem());
    fastenr.write("key.pem", signing_key.serialize_pem());
    Ok(cert.der().clone())
}

fn client(trusted: &CertificateDer<'static>, port: u16) -> Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone())?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost")?)?;
    Ok(StreamOwned::new(connection, connect(port)?))
}

fn get(trusted: &CertificateDer<'static>, port: u16, path: &str) -> Result<Answer> {
    let mut stream = client(trusted, port)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    read(stream, true)
}

const FLAGS: [&str; 4] = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"];

async fn tls(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let trusted = certificate(&fastenr)?;
    let mut server = Server::with(&fastenr, &FLAGS)?;
    ensure!(server.running.wait_for("listening").contains("listening on https://127.0.0.1:"));
    let answer = get(&trusted, server.port, "/api/accounts")?;
    assert_eq!((answer.status, &answer.json()?["total"]), (200, &5.into()));
    ensure!(answer.header("strict-transport-security").is_some_and(|age| age.starts_with("max-age=")));
    // Without TLS nobody is answered, and nobody else is kept from it.
    let mut plain = connect(server.port)?;
    plain.write_all(b"GET /api/accounts HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    ensure!(read(plain, true).is_err());
    let mute = connect(server.port)?;
    assert_eq!(get(&trusted, server.port, "/api/accounts")?.status, 200);
    drop(mute);
    Ok(())
}

async fn renewed(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let old = certificate(&fastenr)?;
    let mut server = Server::with(&fastenr, &FLAGS)?;
    let mut kept = client(&old, server.port)?;
    let ask = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    kept.write_all(ask.as_bytes())?;
    assert_eq!(read(&mut kept, true)?.status, 200);

    let hang_up = format!("kill -s HUP {}", server.running.id());
    let new = certificate(&fastenr)?;
    shell(&fastenr, &hang_up).ok();
    server.running.wait_for("certificate reloaded");
    assert_eq!(get(&new, server.port, "/healthz")?.status, 200);
    ensure!(get(&old, server.port, "/healthz").is_err());
    // Who is connected stays it.
    kept.write_all(ask.as_bytes())?;
    assert_eq!(read(&mut kept, true)?.status, 200);

    // One that can't be used changes nothing.
    fastenr.write("cert.pem", "no certificate");
    shell(&fastenr, &hang_up).ok();
    server.running.wait_for("the old one stays in use");
    assert_eq!(get(&new, server.port, "/healthz")?.status, 200);
    Ok(())
}

async fn wrong(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    certificate(&fastenr)?;
    fastenr.write("other.pem", rcgen::KeyPair::generate()?.serialize_pem());
    fastenr.write("empty.pem", "");
    let serve = |certificate: &str, key: &str| {
        let flags = ["--tls-cert", certificate, "--tls-key", key];
        fastenr.args([&["serve", "--no-auth", "--listen", "127.0.0.1:0"], &flags[..]].concat()).run()
    };
    for (certificate, key, code, says) in [
        ("missing.pem", "key.pem", 1, "missing.pem"),
        ("cert.pem", "missing.pem", 1, "missing.pem"),
        ("empty.pem", "key.pem", 2, "empty.pem holds no certificate"),
        ("key.pem", "key.pem", 2, "key.pem holds no certificate"),
        ("cert.pem", "cert.pem", 2, "cert.pem holds no private key"),
        ("cert.pem", "other.pem", 2, "can't be used"),
    ] {
        let refused = serve(certificate, key).code(code);
        ensure!(refused.stderr.contains(says), "{}", refused.transcript());
    }
    let alone = fastenr.args(["serve", "--no-auth", "--tls-cert", "cert.pem"]).run().code(2);
    ensure!(alone.stderr.contains("--tls-key"), "{}", alone.transcript());
    Ok(())
}
