//! Connections to the server: TCP, with TLS unless the address says otherwise.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::address::Address;
use super::refusal::NoConnection;
use crate::resolve::resolve;
use crate::trust::{self, TlsError};

/// How long connecting may take, including the TLS handshake.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream of bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

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
    /// A dialer for a server. With `ca`, only the certificates in that file and those that they issued
    /// are trusted; without it, those that the operating system trusts.
    pub(super) fn new(address: Address, ca: Option<&Path>) -> Result<Self, TlsError> {
        let mut config = match ca {
            Some(path) => trust::only(path)?,
            None => {
                let provider = Arc::new(rustls::crypto::ring::default_provider());
                let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
                    .with_protocol_versions(rustls::DEFAULT_VERSIONS)?;
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

    /// Connects to the server.
    pub(super) async fn dial(&self) -> Result<Box<dyn Stream>, NoConnection> {
        let attempt = async {
            let stream = connect(&resolve(self.address.host(), self.address.port()).await?).await?;
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
            Err(_) => Err(NoConnection::Broken("the connection was not established in time".to_owned())),
        }
    }
}

/// Connects to the first of these addresses that accepts.
async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the server has no address")))
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
