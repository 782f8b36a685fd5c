//! Answers to plain HTTP where HTTPS is expected. On the server's HTTPS port, a request gets an error that
//! explains this; on `server.http_port`, it is redirected to HTTPS. Neither runs an operation. If the
//! request contained a key or a body, the error says that others may have read it on the way.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::response::Response;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use bailiwick_domain::key::contains_key;
use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, CONNECTION, COOKIE, HOST, LOCATION};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::ServiceExt as _;

use crate::app::App;
use crate::heads::{HEAD_MAX, Heads};
use crate::large_heads::{LargeHeads, Watched};
use crate::problem::HttpError;
use crate::respond;
use crate::unread::ReadersOnly;

/// How long a connection may take to send its first byte.
const FIRST_BYTE: Duration = Duration::from_secs(10);
/// How long a request in plain HTTP may take, from its headers to the end of its answer.
const ANSWER: Duration = Duration::from_secs(5);
/// The first byte of a TLS connection: the record type "handshake".
const HANDSHAKE: u8 = 0x16;
/// The default port of HTTPS.
const HTTPS_PORT: u16 = 443;

/// Accepts TLS connections, and answers plain HTTP with an error.
#[derive(Clone)]
pub(crate) struct TlsOrAnswer {
    tls: RustlsAcceptor<ReadersOnly>,
    answer: Router,
    heads: Heads,
}

impl TlsOrAnswer {
    pub(crate) fn new(app: &Arc<App>, tls: RustlsConfig, heads: &Heads) -> Self {
        Self {
            tls: RustlsAcceptor::new(tls).acceptor(ReadersOnly::new(heads)),
            answer: Router::new().fallback(say_https).with_state(Arc::clone(app)),
            heads: heads.clone(),
        }
    }

    /// Answers one request and closes the connection.
    async fn answer(self, stream: TcpStream) {
        let Ok(peer) = stream.peer_addr() else { return };
        let refusals = Arc::clone(self.heads.refusals());
        let (stream, router) = self.heads.count(stream, self.answer, peer.ip());
        let service = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let router = router.clone();
            async move {
                let response = router.oneshot(request.map(axum::body::Body::new)).await;
                Ok::<_, Infallible>(response.unwrap_or_else(|never| match never {}))
            }
        });
        let stream = Watched::new(stream, refusals);
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(ANSWER).max_buf_size(HEAD_MAX).keep_alive(false);
        // It does not matter whether the client received the answer.
        let _ = tokio::time::timeout(ANSWER, http.serve_connection(TokioIo::new(stream), service)).await;
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for TlsOrAnswer {
    type Stream = <RustlsAcceptor<ReadersOnly> as Accept<TcpStream, S>>::Stream;
    type Service = <RustlsAcceptor<ReadersOnly> as Accept<TcpStream, S>>::Service;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let mut first = [0];
            let seen = tokio::time::timeout(FIRST_BYTE, stream.peek(&mut first)).await;
            let seen = seen.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            // Every HTTP method begins with a letter.
            if seen == 1 && first[0] != HANDSHAKE && first[0].is_ascii_alphabetic() {
                this.answer(stream).await;
                return Err(io::Error::new(io::ErrorKind::InvalidData, "plain HTTP on the HTTPS port"));
            }
            this.tls.accept(stream, service).await
        })
    }
}

/// Whether a request contains a key, a password or a session.
fn carries_credential(request: &Request) -> bool {
    let headers: &HeaderMap = request.headers();
    let has = |name: &str| headers.contains_key(name);
    let query = request.uri().query().unwrap_or_default();
    let in_query =
        form_urlencoded::parse(query.as_bytes()).any(|(n, v)| contains_key(&n) || contains_key(&v));
    has(AUTHORIZATION.as_str())
        || has("proxy-authorization")
        || has("x-api-key")
        || has(COOKIE.as_str())
        || in_query
        || contains_key(request.uri().path())
}

/// Whether a request contains data beyond its address: it has a body, or its method changes something.
fn holds_more_than_a_question(request: &Request) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD) || !request.body().is_end_stream()
}

/// The error for a request whose content others may have read on the way; `None` if it held nothing
/// confidential.
fn told_to_others(request: &Request) -> Option<HttpError> {
    if carries_credential(request) {
        Some(HttpError::SentInClear)
    } else {
        holds_more_than_a_question(request).then_some(HttpError::BodyInClear)
    }
}

fn refuse(app: &App, error: &HttpError) -> Response {
    let mut response = respond::refusal(app, error);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Answers plain HTTP on the HTTPS port.
async fn say_https(State(app): State<Arc<App>>, request: Request) -> Response {
    refuse(&app, &told_to_others(&request).unwrap_or(HttpError::HttpsOnly))
}

/// The state of the port that redirects to HTTPS.
struct Lead {
    app: Arc<App>,
    port: u16,
}

/// The router of `server.http_port`, which redirects to HTTPS on `port`.
pub(crate) fn router(app: &Arc<App>, port: u16) -> Router {
    Router::new().fallback(lead).with_state(Arc::new(Lead { app: Arc::clone(app), port }))
}

async fn lead(State(lead): State<Arc<Lead>>, request: Request) -> Response {
    if let Some(error) = told_to_others(&request) {
        return refuse(&lead.app, &error);
    }
    let Some(location) = location(&request, lead.port) else {
        return refuse(&lead.app, &HttpError::HttpsOnly);
    };
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The HTTPS URL of a request, on the host that it names.
fn location(request: &Request, port: u16) -> Option<HeaderValue> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let authority: Authority = match request.uri().authority() {
        Some(authority) => authority.clone(),
        None => host?.parse().ok()?,
    };
    let host = authority.host();
    if host.is_empty() || authority.as_str().contains('@') {
        return None;
    }
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let path = if path.starts_with('/') { path } else { "/" };
    let port = if port == HTTPS_PORT { String::new() } else { format!(":{port}") };
    HeaderValue::from_str(&format!("https://{host}{port}{path}")).ok()
}

/// Serves `server.http_port` until `stop`.
pub(crate) async fn serve_http(
    socket: Option<TcpListener>,
    router: Router,
    heads: &Heads,
    stop: tokio_util::sync::CancellationToken,
) -> io::Result<()> {
    let Some(socket) = socket else { return Ok(()) };
    let handle = axum_server::Handle::new();
    #[allow(clippy::disallowed_methods, reason = "it is aborted below, when the port is closed")]
    let stopper = {
        let handle = handle.clone();
        tokio::spawn(async move {
            stop.cancelled().await;
            handle.graceful_shutdown(Some(ANSWER));
        })
    };
    let acceptor = LargeHeads::new(ReadersOnly::new(heads), heads.refusals());
    let server = axum_server::from_tcp(socket)?.acceptor(acceptor);
    let mut server = server.handle(handle).first_request_timeout(ANSWER);
    let mut http = server.http_builder().http1();
    http.timer(TokioTimer::new()).header_read_timeout(ANSWER).max_buf_size(HEAD_MAX);
    let served = server.serve(router.into_make_service()).await;
    stopper.abort();
    served
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, headers: &[(&str, &str)]) -> Request {
        let mut request = http::Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(axum::body::Body::empty()).unwrap()
    }

    #[test]
    fn the_redirect_to_https_stays_on_the_same_host() {
        for (uri, host, port, expected) in [
            ("/v1/nodes?limit=1", "api.example.com", 443, Some("https://api.example.com/v1/nodes?limit=1")),
            ("/", "api.example.com:8080", 8443, Some("https://api.example.com:8443/")),
            ("/a", "[::1]:80", 8443, Some("https://[::1]:8443/a")),
            ("http://other.example.com:80/x", "api.example.com", 443, Some("https://other.example.com/x")),
            ("/", "a b", 443, None),
            ("/", "user@evil.example.com", 443, None),
        ] {
            let found = location(&request(uri, &[("host", host)]), port);
            assert_eq!(found.as_ref().and_then(|v| v.to_str().ok()), expected, "{uri} {host}");
        }
        assert_eq!(location(&request("/", &[]), 443), None);
    }

    #[test]
    fn a_credential_sent_over_plain_http_is_detected() {
        let key = format!("blw_org_{}_{}", "a".repeat(12), "b".repeat(49));
        for headers in [("authorization", "Bearer x"), ("x-api-key", "x"), ("cookie", "session=x")] {
            assert!(carries_credential(&request("/v1/nodes", &[headers])), "{headers:?}");
        }
        assert!(carries_credential(&request(&format!("/v1/nodes?key={key}"), &[])));
        assert!(!carries_credential(&request("/v1/nodes?limit=1", &[("accept", "*/*")])));
    }

    #[test]
    fn a_body_sent_over_plain_http_is_detected() {
        let told = |method: Method, uri: &str, body: &'static str| {
            let request = http::Request::builder().method(method).uri(uri);
            told_to_others(&request.body(axum::body::Body::from(body)).unwrap()).map(|error| error.code())
        };
        assert_eq!(told(Method::GET, "/v1/readyz", ""), None);
        assert_eq!(told(Method::HEAD, "/", ""), None);
        for (method, body) in [(Method::POST, "{\"password\":\"x\"}"), (Method::POST, ""), (Method::GET, "x")]
        {
            assert_eq!(told(method, "/v1/sessions", body), Some("body_in_clear"));
        }
        let key = format!("/v1/nodes?key=blw_org_{}_{}", "a".repeat(12), "b".repeat(49));
        assert_eq!(told(Method::POST, &key, "x"), Some("sent_in_clear"));
    }
}
