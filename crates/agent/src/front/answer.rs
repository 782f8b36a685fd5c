//! The answer to a request at the front.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bailiwick_domain::key::{BadKey, KeyText, in_authorization, presented};
use bytes::Bytes;
use http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Shared;
use super::exporter::{self, Metrics};
use super::query;
use super::verdicts::Verdict;
use crate::supervise::Found;

/// What the path of metrics begins with.
const PREFIX: &str = "/metrics/";
/// How many exporters are asked, or their answers held, at the same time.
pub(super) const AT_ONCE: usize = 8;

/// A body that holds a place until it was sent.
pub(super) struct HeldBody {
    body: Full<Bytes>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Body for HeldBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A refusal, as a short text for people.
pub(super) fn refuse(status: StatusCode, reason: &str) -> Response<HeldBody> {
    let body = HeldBody { body: Full::from(format!("{reason}\n")), _place: None };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Bailiwick\""));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        _ => {}
    }
    response
}

/// Why there is no key.
enum NoKey {
    /// There is none.
    Missing,
    /// It is not a key.
    Malformed(BadKey),
}

/// The key of a request, in the headers in which the server takes it too.
fn key(headers: &HeaderMap) -> Result<KeyText, NoKey> {
    let text = match (headers.get(AUTHORIZATION), headers.get("x-api-key")) {
        (Some(value), _) => value.to_str().ok().and_then(in_authorization),
        (None, Some(value)) => value.to_str().ok().map(|text| text.trim().to_owned().into()),
        (None, None) => return Err(NoKey::Missing),
    };
    presented(&text.ok_or(NoKey::Malformed(BadKey::Form))?).map_err(NoKey::Malformed)
}

/// Answers a request.
pub(super) async fn answer<B>(
    shared: &Shared,
    places: &Arc<Semaphore>,
    peer: IpAddr,
    request: Request<B>,
) -> Response<HeldBody> {
    let (head, _) = request.into_parts();
    if !matches!(head.method, Method::GET | Method::HEAD) {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "expected GET or HEAD");
    }
    let Some(name) = head.uri.path().strip_prefix(PREFIX).filter(|name| !name.is_empty()) else {
        let reason =
            "expected the path /metrics/AGENT, with an exporter's id or type, as in /metrics/node_exporter";
        return refuse(StatusCode::NOT_FOUND, reason);
    };
    let key = match key(&head.headers) {
        Ok(key) => key,
        Err(NoKey::Missing) => {
            let reason = "this needs a key with the scope front.scrape: send `Authorization: Bearer KEY`";
            return refuse(StatusCode::UNAUTHORIZED, reason);
        }
        Err(NoKey::Malformed(why)) => return refuse(StatusCode::UNAUTHORIZED, &why.to_string()),
    };
    let found = shared.programs.exporter(name);
    let id = if let Found::One(exporter) = &found { Some(exporter.id) } else { None };
    let Verdict { status, reason } = shared.verdicts.of(&key, id, peer).await;
    match (status, found) {
        (200, Found::One(exporter)) => {
            let query = match query::passed(head.uri.query().unwrap_or_default()) {
                Ok(query) => query,
                Err(refused) => return refuse(StatusCode::BAD_REQUEST, &refused.to_string()),
            };
            let Ok(place) = Arc::clone(places).try_acquire_owned() else {
                let reason = "too many requests at once; try again in some seconds";
                return refuse(StatusCode::SERVICE_UNAVAILABLE, reason);
            };
            match exporter::fetch(&exporter, &query, &head.headers).await {
                Ok(Metrics { headers, body }) => {
                    let mut response = Response::new(HeldBody { body: Full::new(body), _place: Some(place) });
                    *response.headers_mut() = headers;
                    response
                }
                Err(why) => refuse(StatusCode::BAD_GATEWAY, &why.to_string()),
            }
        }
        (404, Found::Several) => {
            let reason = "several exporters of this type run on this node: name one by its id";
            refuse(StatusCode::NOT_FOUND, reason)
        }
        (status, _) => {
            let status = StatusCode::from_u16(status).ok().filter(|status| status.is_client_error());
            refuse(status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE), &reason)
        }
    }
}
