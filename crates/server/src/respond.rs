//! Makes HTTP responses from answers and errors.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bailiwick_domain::id::RequestId;
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::revision::Revision;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Error;
use bailiwick_engine::shape::answer::{Answer, SessionChange, Text};
use bailiwick_engine::shape::answer::{EventText, Events};
use bailiwick_engine::shape::body::Body as Written;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::Spec;
use bytes::Bytes;
use futures::stream;
use http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, LINK, LOCATION, RETRY_AFTER,
    SET_COOKIE, UPGRADE, VARY, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};

use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::app::App;
use crate::credential::SESSION_COOKIE;
use crate::places::Place;
use crate::problem::HttpError;
use crate::unread;

/// The rest of a caller's rate limit, for the headers of the answer.
pub(crate) struct RateHeaders {
    pub(crate) limit: RateLimit,
    pub(crate) remaining: u32,
    pub(crate) full_in_seconds: u64,
}

impl RateHeaders {
    /// The rate limit of an admitted caller; `None` if the caller has none.
    pub(crate) fn of(cx: &Cx) -> Option<Self> {
        let state = cx.rate()?;
        let full_in_seconds = state.full_in_seconds();
        Some(Self { limit: state.limit, remaining: state.remaining, full_in_seconds })
    }
}

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The Basic challenge, for clients that send Basic credentials only when asked. The user is `api_key` or
/// `service_token`.
const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"bailiwick\", charset=\"UTF-8\"");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The response to a request that is refused outside of all operations. It is counted.
pub(crate) fn refusal(app: &App, error: &HttpError) -> Response {
    app.control.measures().refusals().note(error.code());
    self::error(error, None, app.control.new_request_id())
}

/// A response that nobody may cache.
pub(crate) fn base(
    status: u16,
    content_type: &'static str,
    body: impl Into<Body>,
    request_id: RequestId,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    insert(headers, X_REQUEST_ID, &request_id.to_string());
    response
}

/// The answer to a request for a program or a script.
pub(crate) fn program(body: Body, media: &'static str, request_id: RequestId) -> Response {
    base(200, media, body, request_id)
}

/// An answer without content.
pub(crate) fn no_content(request_id: RequestId) -> Response {
    let mut response = base(204, "text/plain", Body::empty(), request_id);
    response.headers_mut().remove(CONTENT_TYPE);
    response
}

/// Adds the rate limit headers of draft-ietf-httpapi-ratelimit-headers-10.
fn rate_headers(headers: &mut HeaderMap, rate: &RateHeaders) {
    let quota = rate.limit.bucket();
    let window = u64::from(quota.get()) * 60 / u64::from(rate.limit.per_minute.get());
    insert(headers, RATE_LIMIT_POLICY, &format!("\"key\";q={quota};w={}", window.max(1)));
    insert(headers, RATE_LIMIT, &format!("\"key\";r={};t={}", rate.remaining, rate.full_in_seconds));
}

/// Sets the cookie of a session, or deletes it (`seconds` is 0). The browser sends it back only to this
/// server, over TLS, from this server's own pages, and scripts cannot read it.
fn set_cookie(headers: &mut HeaderMap, token: &str, seconds: i64) {
    let cookie = Zeroizing::new(format!(
        "{SESSION_COOKIE}={token}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict"
    ));
    if let Ok(mut value) = HeaderValue::from_str(&cookie) {
        value.set_sensitive(true);
        headers.insert(SET_COOKIE, value);
    }
}

/// The response to an operation, in JSON. `location` is the path of what it created.
pub(crate) fn answer(
    answer: Answer,
    location: Option<&str>,
    place: Option<Place>,
    spec: &Spec,
    rate: Option<&RateHeaders>,
    request_id: RequestId,
) -> Response {
    let body = match answer.body {
        Written::Whole(bytes) => unread::body(bytes, place),
        Written::Pieces(pieces) => unread::pieces(pieces, place),
    };
    let mut response = base(spec.status, "application/json", body, request_id);
    let headers = response.headers_mut();
    if spec.answers_text {
        headers.insert(VARY, HeaderValue::from_static("accept"));
    }
    if let Some(location) = location {
        insert(headers, LOCATION, location);
    }
    if let Some(revision) = answer.revision {
        insert(headers, ETAG, &revision.etag());
    }
    if let Some(rate) = rate {
        rate_headers(headers, rate);
    }
    match &answer.session {
        SessionChange::None => {}
        SessionChange::Begin { token, seconds } => {
            set_cookie(headers, &token.reveal(), *seconds);
        }
        SessionChange::End => set_cookie(headers, "", 0),
    }
    if answer.replayed {
        insert(headers, IDEMPOTENCY_REPLAYED, "true");
    }
    response
}

/// The response to an operation, as text. The next page is a link in the headers (RFC 8288).
pub(crate) fn text(
    text: Text,
    place: Option<Place>,
    uri: &Uri,
    rate: Option<&RateHeaders>,
    request_id: RequestId,
) -> Response {
    let content_type = match text.format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Jsonl => "application/x-ndjson",
    };
    let mut response = base(200, content_type, unread::body(text.text.into_bytes(), place), request_id);
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept"));
    if let Some(cursor) = text.next {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        query.extend_pairs(pairs.filter(|(name, _)| name != "cursor")).append_pair("cursor", &cursor);
        insert(headers, LINK, &format!("<{}?{}>; rel=\"next\"", uri.path(), query.finish()));
    }
    if let Some(rate) = rate {
        rate_headers(headers, rate);
    }
    response
}

/// How long an event stream may be silent before a comment shows the client that it is still open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// An event as it is sent (server-sent events, WHATWG HTML, section 9.2.5).
fn event_text(event: &EventText) -> String {
    let EventText { id, name, data } = event;
    let id = id.as_ref().map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: {name}\ndata: {data}\n\n")
}

/// A stream of events, which ends when there are no more, the client disconnects or the server stops.
/// `place` is held while the stream is open.
pub(crate) fn events<P: Send + 'static>(
    events: Events,
    place: P,
    stopping: CancellationToken,
    rate: Option<&RateHeaders>,
    request_id: RequestId,
) -> Response {
    let texts = stream::unfold((events, place, stopping), |(mut events, place, stopping)| async move {
        let next = stopping.run_until_cancelled(tokio::time::timeout(KEEP_ALIVE, events.next())).await?;
        let text = match next {
            Ok(event) => event_text(&event?),
            Err(_) => ": still here\n\n".to_owned(),
        };
        Some((Ok::<_, Infallible>(Bytes::from(text)), (events, place, stopping)))
    });
    let mut response = base(200, "text/event-stream", Body::from_stream(texts), request_id);
    let headers = response.headers_mut();
    // Proxies must pass each event on at once instead of buffering it.
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    if let Some(rate) = rate {
        rate_headers(headers, rate);
    }
    response
}

/// A response with a JSON document that is the same for everybody, such as the OpenAPI document: 304 without a body,
/// because the client has it. Caches may keep it, and ask each time whether it has changed.
pub(crate) fn document(
    body: Option<Bytes>,
    tag: &str,
    is_compressed: bool,
    request_id: RequestId,
) -> Response {
    let status = if body.is_some() { 200 } else { 304 };
    let has_body = body.is_some();
    let mut response = base(status, "application/json", body.unwrap_or_default(), request_id);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    insert(headers, ETAG, tag);
    if !has_body {
        headers.remove(CONTENT_TYPE);
    } else if is_compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// A response in the format of another system.
pub(crate) fn adapted(
    status: u16,
    media: &'static str,
    body: Vec<u8>,
    place: Option<Place>,
    rate: Option<&RateHeaders>,
    request_id: RequestId,
) -> Response {
    let mut response = base(status, media, unread::body(body, place), request_id);
    if let Some(rate) = rate {
        rate_headers(response.headers_mut(), rate);
    }
    response
}

/// An error in the format of another system, with the headers of our errors.
pub(crate) fn adapted_error(
    error: &HttpError,
    status: u16,
    body: Vec<u8>,
    rate: Option<&RateHeaders>,
    request_id: RequestId,
) -> Response {
    let mut response = base(status, "application/json", body, request_id);
    error_headers(response.headers_mut(), error, rate);
    response
}

/// An error as problem details.
pub(crate) fn error(error: &HttpError, rate: Option<&RateHeaders>, request_id: RequestId) -> Response {
    let problem = error.problem(request_id);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = base(error.status(), "application/problem+json", body, request_id);
    error_headers(response.headers_mut(), error, rate);
    response
}

/// Removes the Basic challenge and keeps those of other schemes.
pub(crate) fn drop_basic_challenge(headers: &mut HeaderMap) {
    let others: Vec<_> =
        headers.get_all(WWW_AUTHENTICATE).iter().filter(|value| *value != BASIC).cloned().collect();
    headers.remove(WWW_AUTHENTICATE);
    for value in others {
        headers.append(WWW_AUTHENTICATE, value);
    }
}

/// Adds the headers that belong to an error.
fn error_headers(headers: &mut HeaderMap, error: &HttpError, rate: Option<&RateHeaders>) {
    match error {
        HttpError::MethodNotAllowed { allow } => insert(headers, ALLOW, allow),
        HttpError::Overloaded
        | HttpError::AnswersUnread
        | HttpError::Operation(Error::Busy)
        | HttpError::BodyTooSlow { .. } => insert(headers, RETRY_AFTER, "1"),
        HttpError::ImportUnderWay => insert(headers, RETRY_AFTER, "5"),
        HttpError::UnsupportedEncoding { .. } => insert(headers, ACCEPT_ENCODING, "gzip, identity"),
        HttpError::NotAWebSocket => insert(headers, UPGRADE, "websocket"),
        HttpError::Operation(Error::Unavailable | Error::RefusedUnwritten { is_full: false }) => {
            insert(headers, RETRY_AFTER, "1")
        }
        HttpError::Operation(
            Error::TooManyAttempts { wait_seconds } | Error::AgentHeard { wait_seconds },
        ) => {
            insert(headers, RETRY_AFTER, &wait_seconds.to_string());
        }
        HttpError::Operation(Error::RateLimited(state)) => {
            insert(headers, RETRY_AFTER, &state.retry_after_seconds().to_string());
            let rate =
                RateHeaders { limit: state.limit, remaining: 0, full_in_seconds: state.full_in_seconds() };
            rate_headers(headers, &rate);
        }
        // The parameters of RFC 6750, section 3.
        HttpError::Operation(Error::CredentialMissing) => {
            insert(headers, WWW_AUTHENTICATE, "Bearer realm=\"bailiwick\"");
            headers.append(WWW_AUTHENTICATE, BASIC);
        }
        HttpError::Operation(Error::ScopeMissing(scope)) => {
            let value =
                format!("Bearer realm=\"bailiwick\", error=\"insufficient_scope\", scope=\"{scope}\"");
            insert(headers, WWW_AUTHENTICATE, &value);
        }
        HttpError::Operation(Error::Changed { revision: Some(revision), .. }) => {
            insert(headers, ETAG, &Revision::etag(*revision));
        }
        HttpError::Operation(other) if other.status() == 401 => {
            insert(headers, WWW_AUTHENTICATE, "Bearer realm=\"bailiwick\", error=\"invalid_token\"");
            headers.append(WWW_AUTHENTICATE, BASIC);
        }
        _ => {}
    }
    if let Some(rate) = rate {
        rate_headers(headers, rate);
    }
}
