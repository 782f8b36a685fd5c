//! A connection to the server: TCP, and TLS unless the address says otherwise.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::address::Address;
use super::refusal::NoConnection;

/// How long it may take until there is a connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream of bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Why no connection can be made at all.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file with certificates cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There are no certificates in it.
    #[error("{}: expected certificates in PEM", path.display())]
    NoCertificates {
        /// Which one.
        path: PathBuf,
    },
    /// The library refuses.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// Makes connections to one server.
#[derive(Clone)]
pub(super) struct Dialer {
    address: Address,
    tls: TlsConnector,
}

impl std::fmt::Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Dialer {
    /// To this server. It is believed if one of the certificates in `ca` vouches for it, and no other
    /// does; without `ca`, if the operating system trusts it.
    pub(super) fn new(address: Address, ca: Option<&Path>) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)?;
        let mut config = match ca {
            Some(path) => builder.with_root_certificates(roots(path)?).with_no_client_auth(),
            None => {
                let verifier = rustls_platform_verifier::Verifier::new(provider)?;
                builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { address, tls: TlsConnector::from(Arc::new(config)) })
    }

    pub(super) const fn address(&self) -> &Address {
        &self.address
    }

    /// Makes a connection.
    pub(super) async fn dial(&self) -> Result<Box<dyn Stream>, NoConnection> {
        let attempt = async {
            let stream = TcpStream::connect((self.address.host(), self.address.port())).await?;
            stream.set_nodelay(true)?;
            if !self.address.is_tls() {
                return Ok(Box::new(stream) as Box<dyn Stream>);
            }
            let name = ServerName::try_from(self.address.host().to_owned())
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
            Ok(Box::new(self.tls.connect(name, stream).await?) as Box<dyn Stream>)
        };
        match tokio::time::timeout(PATIENCE, attempt).await {
            Ok(result) => result.map_err(|error: io::Error| NoConnection::of_io(&error)),
            Err(_) => Err(NoConnection::Broken("it took too long to connect".to_owned())),
        }
    }
}

fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let file = |error: rustls::pki_types::pem::Error| match error {
        rustls::pki_types::pem::Error::Io(error) => TlsError::File { path: path.to_owned(), error },
        _ => TlsError::NoCertificates { path: path.to_owned() },
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(file)? {
        roots.add(certificate.map_err(file)?)?;
    }
    if roots.is_empty() {
        return Err(TlsError::NoCertificates { path: path.to_owned() });
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_that_cannot_be_read_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.pem");
        let dialer = || Dialer::new("https://h".parse().unwrap(), Some(&path)).unwrap_err().to_string();
        assert!(dialer().contains("ca.pem"));
        std::fs::write(&path, "no certificate").unwrap();
        assert!(dialer().contains("expected certificates in PEM"));
    }
}
