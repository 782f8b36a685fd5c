//! Fetching the metrics of an exporter on this machine.

use std::net::Ipv4Addr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderName,
};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use crate::supervise::Exporter;

/// The most bytes of metrics that are passed on.
const METRICS_MAX: usize = 16 << 20;
/// How long an exporter may take, unless the one who fetches waits less.
const PATIENCE: Duration = Duration::from_secs(30);
/// The header in which Prometheus says how long it waits.
const SCRAPE_TIMEOUT: &str = "x-prometheus-scrape-timeout-seconds";

/// Metrics of an exporter.
pub(super) struct Metrics {
    /// The headers to pass on.
    pub(super) headers: HeaderMap,
    /// The metrics.
    pub(super) body: Bytes,
}

/// Why there are no metrics.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoMetrics {
    /// The exporter does not run.
    #[error("the exporter does not run; `bailiwick agents get AGENT` says why")]
    NotRunning,
    /// It does not answer.
    #[error("the exporter does not answer: {0}; `bailiwick agents logs AGENT` shows what it wrote")]
    Broken(String),
    /// It did not answer in time.
    #[error("the exporter did not answer within {} seconds; set a longer scrape_timeout, or let it collect less", .0.as_secs())]
    Late(Duration),
    /// It refused.
    #[error("the exporter answered with status {0}; `bailiwick agents logs AGENT` shows what it wrote")]
    Refused(StatusCode),
    /// The answer is too large.
    #[error("the exporter answered with more than {METRICS_MAX} bytes; let it collect less")]
    TooLarge,
}

/// How long the one who fetches waits.
fn patience(asked: &HeaderMap) -> Duration {
    let seconds = asked.get(SCRAPE_TIMEOUT).and_then(|value| value.to_str().ok()?.parse::<f64>().ok());
    let asked = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    asked.filter(|asked| !asked.is_zero()).map_or(PATIENCE, |asked| asked.min(PATIENCE))
}

/// Fetches the metrics of an exporter, with a query of [known parameters](super::query), and some headers of the one who
/// asked.
pub(super) async fn fetch(exporter: &Exporter, query: &str, asked: &HeaderMap) -> Result<Metrics, NoMetrics> {
    let port = exporter.port.ok_or(NoMetrics::NotRunning)?;
    let patience = patience(asked);
    let metrics = tokio::time::timeout(patience, get(exporter, port, query, asked)).await;
    metrics.unwrap_or(Err(NoMetrics::Late(patience)))
}

async fn get(exporter: &Exporter, port: u16, query: &str, asked: &HeaderMap) -> Result<Metrics, NoMetrics> {
    let broken = |error: &dyn std::fmt::Display| NoMetrics::Broken(error.to_string());
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| broken(&error))?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let request = request(exporter, port, query, asked).map_err(|error| broken(&error))?;
    let exchange = async move {
        let answer = sender.send_request(request).await.map_err(|error| broken(&error))?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Err(NoMetrics::Refused(status));
        }
        let mut headers = HeaderMap::new();
        for name in [CONTENT_TYPE, CONTENT_ENCODING] {
            if let Some(value) = answer.headers().get(&name) {
                headers.insert(name, value.clone());
            }
        }
        match Limited::new(answer.into_body(), METRICS_MAX).collect().await {
            Ok(body) => Ok(Metrics { headers, body: body.to_bytes() }),
            Err(error) if error.is::<LengthLimitError>() => Err(NoMetrics::TooLarge),
            Err(error) => Err(broken(&error)),
        }
    };
    // The connection is driven until the exchange has ended and dropped its end of it.
    let (metrics, _) = tokio::join!(exchange, connection);
    metrics
}

fn request(
    exporter: &Exporter,
    port: u16,
    query: &str,
    asked: &HeaderMap,
) -> Result<Request<Empty<Bytes>>, http::Error> {
    let path = exporter.path;
    let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let mut request =
        Request::get(target).header(HOST, format!("127.0.0.1:{port}")).header(CONNECTION, "close");
    let passed = [ACCEPT, ACCEPT_ENCODING, HeaderName::from_static(SCRAPE_TIMEOUT)];
    for name in passed {
        if let Some(value) = asked.get(&name) {
            request = request.header(name, value);
        }
    }
    if let Some(password) = &exporter.password {
        let credential = Zeroizing::new(format!("{}:{}", Exporter::USER, **password));
        let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(credential.as_bytes())));
        let mut value = HeaderValue::from_str(&value)?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    request.body(Empty::new())
}
