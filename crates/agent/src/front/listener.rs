//! The HTTPS port of the front.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::server::NoServerSessionStorage;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use super::Shared;
use super::answer::{AT_ONCE, answer};
use super::connections::{Connections, Place};

/// How long to wait before a port that could not be bound is tried again.
const BIND_AGAIN: Duration = Duration::from_secs(10);
/// How long to wait after a connection could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// How long the beginning of a TLS connection may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the head of a request may take, and how long a connection may wait for its next request. Prometheus keeps
/// its connections from one minute to the next.
const HEAD: Duration = Duration::from_secs(75);
/// How long a client may take to receive anything.
const WRITE: Duration = Duration::from_secs(30);
/// The most bytes of the head of a request.
const HEAD_MAX: usize = 16 << 10;

/// Listens on the port that is wanted, for ever.
pub(super) async fn listen(shared: Arc<Shared>) {
    let mut wanted = shared.port.subscribe();
    loop {
        let port = *wanted.borrow_and_update();
        let Some(port) = port else {
            if wanted.changed().await.is_err() {
                return;
            }
            continue;
        };
        let bound = match bind(port).await {
            Ok(listener) => acceptor(&shared).map(|acceptor| (listener, acceptor)).map_err(|e| e.to_string()),
            Err(error) => Err(explain(port, &error)),
        };
        match bound {
            Ok((listener, acceptor)) => {
                tracing::info!(port, "the metrics of exporters are served");
                shared.tell(|state| {
                    state.listens = true;
                    state.last_error = None;
                });
                let connections = accept(&shared, listener, acceptor);
                tokio::select! {
                    () = connections => {}
                    _ = wanted.changed() => {}
                }
                shared.tell(|state| state.listens = false);
                tracing::info!(port, "the metrics of exporters are no longer served on this port");
            }
            Err(error) => {
                tracing::warn!(
                    port,
                    error,
                    "the metrics of exporters cannot be served; the agent tries again"
                );
                shared.tell(|state| {
                    state.listens = false;
                    state.last_error = Some(error);
                });
                let _ = tokio::time::timeout(BIND_AGAIN, wanted.changed()).await;
            }
        }
    }
}

/// Binds a port on every address.
async fn bind(port: u16) -> io::Result<TcpListener> {
    if cfg!(windows) {
        // There, a socket for IPv6 does not accept IPv4.
        return TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await;
    }
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        // A machine without IPv6.
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await
        }
        bound => bound,
    }
}

fn explain(port: u16, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {port} is in use by another program: stop that program, or choose another port with `bailiwick front update --port PORT`"
        ),
        io::ErrorKind::PermissionDenied => format!(
            "the agent may not listen on port {port}: choose a port from 1024 on with `bailiwick front update --port PORT`"
        ),
        _ => format!("the agent cannot listen on port {port}: {error}"),
    }
}

fn acceptor(shared: &Arc<Shared>) -> Result<TlsAcceptor, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(shared) as Arc<dyn rustls::server::ResolvesServerCert>);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl rustls::server::ResolvesServerCert for Shared {
    fn resolve(&self, hello: rustls::server::ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
        self.certificates.resolve(hello)
    }
}

/// Accepts connections. They end with this future.
async fn accept(shared: &Arc<Shared>, listener: TcpListener, acceptor: TlsAcceptor) {
    let (places, connections) = (Arc::new(Semaphore::new(AT_ONCE)), Connections::default());
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let peer = peer.ip().to_canonical();
                    // A connection for which there is no place is closed.
                    if let Some(place) = connections.place(peer) {
                        let (shared, places) = (Arc::clone(shared), Arc::clone(&places));
                        running.spawn(converse(shared, places, acceptor.clone(), stream, peer, place));
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection for metrics could not be accepted");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            },
            Some(_) = running.join_next() => {}
        }
    }
}

async fn converse(
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
    acceptor: TlsAcceptor,
    stream: TcpStream,
    peer: IpAddr,
    _place: Place,
) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE));
    let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(Box::pin(stream))).await else {
        return;
    };
    let (shared, places) = (&shared, &places);
    let service = service_fn(move |request: Request<Incoming>| async move {
        Ok::<_, Infallible>(answer(shared, places, peer, request).await)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection for metrics ended");
    }
}
