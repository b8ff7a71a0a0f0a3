//! The certificate and its key, and putting new ones in their place while connections are open.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fastenr_core::{Error, Result};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Clones share the certificate, so that [`Tls::reload`] holds for all of them.
#[derive(Debug, Clone)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: Arc<watch::Sender<Arc<ServerConfig>>>,
}

impl Tls {
    /// From a PEM file with the certificate and those between it and the root, and one with its key. TLS 1.2 and 1.3, HTTP/1.1.
    ///
    /// # Errors
    /// `tls_cert`, `tls_key` where a file can't be read or holds something else; `tls` where they are not a pair.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self> {
        let config = Arc::new(watch::Sender::new(Arc::new(read(certificate, key)?)));
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), config })
    }

    /// Reads the files again; connections that are open keep what they have. What fails changes nothing.
    ///
    /// # Errors
    /// Those of [`Tls::open`].
    pub fn reload(&self) -> Result<()> {
        self.config.send_replace(Arc::new(read(&self.certificate, &self.key)?));
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config.borrow()))
    }
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable("tls_cert", certificate, "a certificate", error))?;
    if chain.is_empty() {
        return Err(unreadable("tls_cert", certificate, "a certificate", PemError::NoItemsFound));
    }
    let secret =
        PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("tls_key", key, "a private key", error))?;
    let built = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, secret));
    let mut config = built.map_err(|error| {
        let pair = format!("{} and {}", certificate.display(), key.display());
        Error::invalid("tls", format!("{pair} can't be used: {error}"))
            .hint("the key has to be that of the first certificate in the file")
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn unreadable(code: &'static str, path: &Path, what: &str, error: PemError) -> Error {
    match error {
        PemError::Io(error) => Error::io(format_args!("reading {}", path.display()), error),
        PemError::NoItemsFound => Error::invalid(code, format!("{} holds no {}", path.display(), &what[2..]))
            .hint(format!("it has to hold {what} as PEM, -----BEGIN …")),
        error => Error::invalid(code, format!("{} can't be read as PEM: {error}", path.display())),
    }
}
