//! Connects simulated agents to the server from several addresses of the loopback network, because one
//! address has ports for only about 20,000 connections.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// How many agents share one local address. Each connects twice within a minute.
const OF_ONE_ADDRESS: u32 = 8_000;
/// The size of each buffer of a connection, in bytes.
const BUFFER: usize = 4 << 10;

/// A stream of bytes in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Opens connections to one server.
pub(crate) struct Dialer {
    address: SocketAddr,
    uri: String,
    tls: Option<TlsConnector>,
}

impl Dialer {
    /// A dialer for the server at a URL whose host is an IP address.
    pub(crate) fn new(server: &str, ca: Option<&Path>) -> anyhow::Result<Self> {
        let (scheme, authority) = server.split_once("://").context("expected https://ADDRESS:PORT")?;
        let authority = authority.trim_end_matches('/');
        let address: SocketAddr = authority.parse().context("expected an IP address and a port")?;
        ensure!(
            address.ip().is_loopback() || matches!(address.ip(), IpAddr::V4(ip) if ip.is_private()),
            "a swarm may connect only to this machine or a private network"
        );
        let tls = match scheme {
            "https" => Some(connector(ca.context("expected the certificate of the server (--ca)")?)?),
            "http" => None,
            _ => anyhow::bail!("expected https:// or http://"),
        };
        let uri = format!("{}://{authority}/v1/opamp", if tls.is_some() { "wss" } else { "ws" });
        Ok(Self { address, uri, tls })
    }

    /// Connects agent `number` with a credential.
    pub(crate) async fn dial(
        &self,
        number: u32,
        authorization: &str,
    ) -> anyhow::Result<WebSocketStream<Box<dyn Stream>>> {
        let is_local = self.address.ip().is_loopback();
        let stream = if self.address.is_ipv4() && is_local {
            let socket = TcpSocket::new_v4()?;
            let block = u8::try_from(number / OF_ONE_ADDRESS).unwrap_or(u8::MAX);
            // Without this, the kernel picks a port without knowing the destination, and runs out of ports.
            socket.set_reuseaddr(true)?;
            socket.bind(SocketAddr::new(Ipv4Addr::new(127, 0, 1, block.saturating_add(1)).into(), 0))?;
            socket
        } else if self.address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        let stream = stream.connect(self.address).await?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &self.tls {
            Some(tls) => Box::new(tls.connect(ServerName::from(self.address.ip()), stream).await?),
            None => Box::new(stream),
        };
        let mut request = self.uri.as_str().into_client_request()?;
        request.headers_mut().insert("authorization", authorization.parse()?);
        let config = WebSocketConfig::default().read_buffer_size(BUFFER).write_buffer_size(0);
        let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
        Ok(socket)
    }
}

fn connector(ca: &Path) -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).context("cannot read the certificate")? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
