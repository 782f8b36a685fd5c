//! Handles one HTTP request: admits the caller, reads the input, runs the operation, writes the response.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::{Actor, redact};
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::party::Parties;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::scope::Class;
use bailiwick_engine::admission::{self, By, Credential};
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::control::Control;
use bailiwick_engine::cx::{Cx, Idempotency};
use bailiwick_engine::error::{Error, FieldError};
use bailiwick_engine::events::AFTER;
use bailiwick_engine::measures;
use bailiwick_engine::shape::answer::Answer;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::input::{ERRORS_MAX, Input};
use bailiwick_engine::shape::json::VALUES_MAX;
use bailiwick_engine::shape::spec::{Access, Bulk, Method, Spec};
use futures::FutureExt as _;
use http::header::{ACCEPT, IF_MATCH, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Uri};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use crate::app::{self, App};
use crate::callers::Callers;
use crate::places::Place;
use crate::problem::HttpError;
use crate::respond::{self, RateHeaders};
use crate::{address, body, credential, location, query, unread};

/// How many times as long as another request an import may take.
const BULK_PATIENCE: u32 = 20;
/// The most JSON values in a body with data of machines: ten for each observation.
const DATA_VALUES_MAX: usize = 1_000_000;
/// The longest `Idempotency-Key`, in characters.
const IDEMPOTENCY_KEY_MAX: usize = 255;

/// Names of input fields: the format of a text (CSV, NDJSON), and the text itself.
const FORMAT: &str = "format";
const DATA: &str = "data";

/// The header in which a client that reconnects to an event stream names the last event it has seen.
const LAST_EVENT_ID: &str = "last-event-id";

/// The outcome of a request, for its response and its line in the log.
struct Completed {
    result: Result<Answer, HttpError>,
    actor: Option<Actor>,
    rate: Option<RateHeaders>,
    /// The place of an event stream until it ends, or of a large answer until the client has read it.
    place: Option<Place>,
}

/// A request whose body is not read yet.
struct Arrived<'a> {
    callers: Callers,
    path: Vec<(String, String)>,
    parts: &'a Parts,
    body: Body,
    client: IpAddr,
    request_id: RequestId,
}

/// Answers a request for an operation.
pub(crate) async fn handle(
    app: Arc<App>,
    operation: &'static Described,
    callers: Callers,
    path: Vec<(String, String)>,
    request: Request,
) -> Response {
    let began = Instant::now();
    let request_id = app.control.new_request_id();
    let (parts, body) = request.into_parts();
    let client = client_address(&app, &parts);
    let arrived = Arrived { callers, path, parts: &parts, body, client, request_id };
    let Completed { result, actor, rate, place } = run(&app, operation, arrived).await;
    let as_text = text_answer(operation, &parts.headers).is_some();
    let error = result.as_ref().err();
    let (code, failure) = (error.map(HttpError::code), error.and_then(HttpError::failure));
    let control = &app.control;
    let line = RequestLine {
        control,
        operation: operation.spec,
        request_id,
        client,
        actor: actor.as_ref(),
        code,
        began,
    };
    line.write_failure(failure);
    let response = match result {
        Ok(Answer { text: Some(text), .. }) if as_text => {
            respond::text(text, place, &parts.uri, rate.as_ref(), request_id)
        }
        Ok(Answer { events: Some(events), .. }) => {
            respond::events(events, place, app.stopping.clone(), rate.as_ref(), request_id)
        }
        Ok(answer) => {
            let location = location::of(operation, &answer.body, parts.uri.query());
            respond::answer(answer, location.as_deref(), place, operation.spec, rate.as_ref(), request_id)
        }
        Err(error) => respond::error(&error, rate.as_ref(), request_id),
    };
    line.write(response.status().as_u16());
    response
}

/// The line that a request writes to the log.
pub(crate) struct RequestLine<'a> {
    pub(crate) control: &'a Control,
    pub(crate) operation: &'static Spec,
    pub(crate) request_id: RequestId,
    pub(crate) client: IpAddr,
    pub(crate) actor: Option<&'a Actor>,
    /// The code of the error, if the request failed.
    pub(crate) code: Option<&'static str>,
    pub(crate) began: Instant,
}

impl RequestLine<'_> {
    /// Logs an internal error, which the caller is not shown.
    pub(crate) fn write_failure(&self, failure: Option<&(dyn std::error::Error + 'static)>) {
        let Self { operation, request_id, .. } = self;
        if let Some(error) = failure {
            tracing::error!(%request_id, operation = operation.id.as_str(), error, "an operation failed");
        }
    }

    /// Counts and logs the request.
    pub(crate) fn write(&self, status: u16) {
        let Self { control, operation, request_id, client, actor, code, began } = self;
        let took = began.elapsed();
        control.measures().note(operation.id, measures::Outcome::of(status), took);
        if let Some(code) = code {
            control.measures().refusals().note(code);
        }
        let duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        // Most requests are successful reads, and their log lines say little: a key records its last use
        // itself.
        if operation.class == Class::Read && status < 400 {
            tracing::debug!(target: "bailiwick::request", %request_id, operation = operation.id.as_str(), status, code, actor = actor.map(|a| tracing::field::display(a.as_text())), %client, duration_us);
        } else {
            tracing::info!(target: "bailiwick::request", %request_id, operation = operation.id.as_str(), status, code, actor = actor.map(|a| tracing::field::display(a.as_text())), %client, duration_us);
        }
    }
}

/// The address of the client that sent a request; 0.0.0.0 if there is no socket (as in tests).
pub(crate) fn client_address(app: &App, parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let peer = peer.unwrap_or(IpAddr::from([0, 0, 0, 0]));
    if address::is_through_stranger(peer, &parts.headers, &app.trusted_proxies)
        && !app.warned_of_proxy.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(%peer, "X-Forwarded-For comes from a peer that is not in server.trusted_proxies, so all its clients count as one client at its address and share its limits; if the peer is your reverse proxy, add it to server.trusted_proxies");
    }
    address::client(peer, &parts.headers, &app.trusted_proxies)
}

async fn run(app: &Arc<App>, operation: &'static Described, arrived: Arrived<'_>) -> Completed {
    let Arrived { callers, path, parts, body, client, request_id } = arrived;
    let admitted = admit(app, operation, callers, parts, client, request_id);
    let (cx, pairs) = match admitted {
        Ok(admitted) => admitted,
        Err(error) => return Completed { result: Err(error), actor: None, rate: None, place: None },
    };
    let actor = Some(cx.actor());
    let rate = RateHeaders::of(&cx);
    let parties = cx.parties();
    let spec = operation.spec;
    let watcher = spec.answers_events.then(|| app.watchers.take(parties, 1));
    if let Some(None) = watcher {
        return Completed { result: Err(HttpError::Overloaded), actor, rate, place: None };
    }
    // Pinned in place: the future is large, and `timeout` would move it.
    let answered = pin!(async {
        // An import takes its place before its body is read: one key or organization sends one at a time.
        let import = match spec.bulk {
            Bulk::Import => Some(app.imports.take(parties, 1).ok_or(HttpError::ImportUnderWay)?),
            Bulk::None | Bulk::Data => None,
        };
        let (input, memory) = input(app, operation, path, pairs, parts, body, parties).await?;
        let cx = match idempotency(operation, &parts.headers, parts.uri.query(), &input)? {
            Some(idempotency) => cx.known_by(idempotency),
            None => cx,
        };
        let place = place(app, spec, parties).await?;
        let run = perform(app, operation, input, cx, (place, import, memory));
        let patience =
            if spec.bulk == Bulk::Import { app.request_timeout * BULK_PATIENCE } else { app.request_timeout };
        let ended = tokio::time::timeout(patience, run).await;
        ended.unwrap_or(Err(HttpError::Timeout { seconds: patience.as_secs() }))
    });
    let as_text = text_answer(operation, &parts.headers).is_some();
    match answered.await {
        // The answer to a change is always sent: without it the client would not know what was changed.
        Ok(answer) if watcher.is_none() && spec.class == Class::Read => {
            let text = answer.text.as_ref().filter(|_| as_text).map(|text| text.text.len());
            match unread::place(app, parties, text.unwrap_or(answer.body.held())) {
                Ok(place) => Completed { result: Ok(answer), actor, rate, place },
                Err(error) => Completed { result: Err(error), actor, rate, place: None },
            }
        }
        result => Completed { result, actor, rate, place: watcher.flatten() },
    }
}

/// A place among the requests that are answered, or a permit among the imports that run. Health checks have
/// neither.
type Running = (Option<Place>, Option<OwnedSemaphorePermit>);

/// Takes a place for a request whose body has arrived. An import waits for one; any other request is
/// refused if none is free.
async fn place(app: &App, spec: &Spec, parties: Parties) -> Result<Running, HttpError> {
    let places = match spec.access {
        // Health checks are answered even if the server is busy.
        Access::Open => return Ok((None, None)),
        Access::ByProof => &app.proofs,
        _ if spec.bulk == Bulk::Import => {
            let permit = Arc::clone(&app.import_permits).acquire_owned();
            let permit = tokio::time::timeout(app.request_timeout, permit).await;
            let permit = permit.ok().and_then(Result::ok).ok_or(HttpError::Overloaded)?;
            return Ok((None, Some(permit)));
        }
        _ if spec.bulk == Bulk::Data => &app.data,
        _ => &app.requests,
    };
    let place = places.take(parties, 1).ok_or(HttpError::Overloaded)?;
    Ok((Some(place), None))
}

/// The limits for the body of an operation: size, time and memory.
fn bounds<'a>(app: &'a App, spec: &Spec, parties: Parties) -> body::BodyBounds<'a> {
    let Spec { access, body_limit, bulk, .. } = spec;
    if matches!(access, Access::ByProof) {
        return body::BodyBounds {
            limit: app::PROOF_BODY_MAX.min(app.body_limit),
            patience: app::PROOF_BODY_PATIENCE.min(app.request_timeout),
            least_rate: None,
            arriving: &app.proofs_arriving,
            memory: &app.proofs_memory,
            parties,
            values: VALUES_MAX,
        };
    }
    body::BodyBounds {
        limit: app.body_limit.max(*body_limit),
        patience: app.request_timeout,
        least_rate: (*bulk == Bulk::Import).then_some(app::IMPORT_LEAST_RATE),
        arriving: &app.arriving,
        memory: match bulk {
            Bulk::Import => &app.imports_memory,
            Bulk::Data => &app.data_memory,
            Bulk::None => &app.memory,
        },
        parties,
        values: if *bulk == Bulk::Data { DATA_VALUES_MAX } else { VALUES_MAX },
    }
}

/// The error for a path at which there is nothing. If the query holds a key or is malformed, that is
/// reported instead.
pub(crate) fn unknown_path(uri: &Uri) -> HttpError {
    let path = || redact(uri.path()).chars().take(200).collect();
    query::parse(uri.query()).err().unwrap_or_else(|| HttpError::UnknownPath(path()))
}

/// Admits or refuses a request before its body is read.
fn admit(
    app: &App,
    operation: &'static Described,
    callers: Callers,
    parts: &Parts,
    client: IpAddr,
    request_id: RequestId,
) -> Result<(Cx, Vec<(String, String)>), HttpError> {
    let mut pairs = query::parse(parts.uri.query())?;
    let organization = query::take_organization(operation, &mut pairs);
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    let asking = Asking { callers, authority, client, request_id };
    let cx = admit_within(app, operation, &parts.headers, organization, asking)?;
    Ok((cx, pairs))
}

/// Where a request comes from: the server's port, the client's address and the request's id.
pub(crate) struct Asking<'a> {
    pub(crate) callers: Callers,
    /// The host of the request's URI, if it has one (HTTP/2).
    pub(crate) authority: Option<&'a str>,
    pub(crate) client: IpAddr,
    pub(crate) request_id: RequestId,
}

/// Admits or refuses a request with these headers in an organization.
pub(crate) fn admit_within(
    app: &App,
    operation: &'static Described,
    headers: &HeaderMap,
    organization: Result<Option<OrganizationRef>, HttpError>,
    asking: Asking<'_>,
) -> Result<Cx, HttpError> {
    let Asking { callers, authority, client, request_id } = asking;
    let credential = credential::from_request(headers, callers == Callers::All)?;
    // A page of another site must neither act for a user who is logged in, nor log a user in, nor use a key that was typed
    // into the browser.
    let is_for_browsers = matches!(credential, Credential::Session(_))
        || credential::is_basic(headers)
        || operation.spec.access == Access::ByProof;
    if is_for_browsers
        && operation.spec.method != Method::Get
        && credential::is_cross_site(headers, authority)
    {
        return Err(HttpError::CrossSite);
    }
    let request = admission::Request {
        id: request_id,
        address: client,
        // A caller who is not authenticated must learn that first, before an error in the organization's
        // name.
        organization: organization.as_ref().ok().cloned().flatten(),
        credential,
        user_agent: headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned),
        if_match: if operation.spec.takes_if_match() { if_match(headers) } else { None },
    };
    let cx = app.control.authorize(By::Request(request), &operation.listing)?;
    organization?;
    Ok(cx)
}

/// The revisions in `If-Match` (RFC 9110, section 13.1.1); `None` if the header is missing or is `*`.
fn if_match(headers: &HeaderMap) -> Option<Vec<Revision>> {
    if !headers.contains_key(IF_MATCH) {
        return None;
    }
    // A value that cannot be read matches nothing.
    let values: Vec<&str> = headers.get_all(IF_MATCH).iter().filter_map(|v| v.to_str().ok()).collect();
    if values.iter().any(|v| v.trim() == "*") {
        return None;
    }
    // `If-Match` uses the strong comparison, so a weak tag (`W/`) matches nothing.
    let values = values.iter().flat_map(|v| v.split(',')).map(str::trim);
    Some(values.filter(|v| !v.starts_with("W/")).filter_map(Revision::from_etag).collect())
}

async fn input(
    app: &App,
    operation: &'static Described,
    path: Vec<(String, String)>,
    pairs: Vec<(String, String)>,
    parts: &Parts,
    body: Body,
    parties: Parties,
) -> Result<(Input, Option<Place>), HttpError> {
    let spec = operation.spec;
    if !spec.method.has_body() {
        if let Some((name, _)) = pairs.iter().find(|(name, _)| path.iter().any(|(field, _)| field == name)) {
            return Err(Error::invalid(name.as_str(), "expected this field only in the path").into());
        }
        let mut fields = path;
        fields.extend(pairs);
        if let Some(id) = parts.headers.get(LAST_EVENT_ID).filter(|_| spec.answers_events) {
            let id = id.to_str().map_err(|_| Error::invalid(AFTER, "expected the id of an event"))?;
            fields.retain(|(name, _)| name != AFTER);
            fields.push((AFTER.to_owned(), id.to_owned()));
        }
        if let Some(format) = text_answer(operation, &parts.headers)
            && !fields.iter().any(|(name, _)| name == FORMAT)
        {
            fields.push((FORMAT.to_owned(), format.as_str().to_owned()));
        }
        return Ok((Input::Text(fields), None));
    }
    let bounds = bounds(app, spec, parties);
    let (mut fields, memory) = match body::text_format(&parts.headers).filter(|_| spec.takes_text) {
        Some(format) => {
            let mut fields = query::typed(operation, pairs)?;
            let (data, memory) = body::read_text(&parts.headers, body, bounds).await?;
            for (name, value) in [(FORMAT, format.as_str().to_owned()), (DATA, data)] {
                if fields.insert(name.to_owned(), value.into()).is_some() {
                    return Err(Error::invalid(
                        name,
                        "expected this field not in the query: `data` is the body, and `format` is its Content-Type",
                    )
                    .into());
                }
            }
            (fields, memory)
        }
        None => {
            if !pairs.is_empty() {
                let detail = "this query parameter is unknown; send the fields of this operation in the body";
                let errors =
                    pairs.into_iter().take(ERRORS_MAX).map(|(name, _)| FieldError::new(name, detail));
                return Err(Error::Invalid(errors.collect()).into());
            }
            let (mut fields, memory) = body::read(&parts.headers, body, bounds, spec.takes_text).await?;
            if let Some(format) = text_answer(operation, &parts.headers) {
                fields.entry(FORMAT).or_insert_with(|| format.as_str().into());
            }
            (fields, memory)
        }
    };
    for (name, value) in path {
        if fields.insert(name.clone(), Value::String(value)).is_some() {
            return Err(Error::invalid(name, "expected this field only in the path").into());
        }
    }
    Ok((Input::Json(fields), Some(memory)))
}

/// The text format that a client prefers to JSON: the first that `Accept` names, if it comes before JSON.
fn text_answer(operation: &Described, headers: &HeaderMap) -> Option<Format> {
    if !operation.spec.answers_text {
        return None;
    }
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut accepted = accepted.flat_map(|value| value.split(','));
    let is_json = |media: &str| {
        let essence = media.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    };
    accepted
        .find_map(|media| Format::of_media_type(media).map(Some).or_else(|| is_json(media).then_some(None)))?
}

/// The identity of a request that may be sent again: its `Idempotency-Key`, if it has one, and a
/// fingerprint of its content.
pub(crate) fn idempotency(
    operation: &Described,
    headers: &HeaderMap,
    query: Option<&str>,
    input: &Input,
) -> Result<Option<Idempotency>, HttpError> {
    if operation.spec.method != Method::Post {
        return Ok(None);
    }
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.any(|other| other != value) {
        return Err(Error::invalid(
            "Idempotency-Key",
            "expected this header only once, found two different values",
        )
        .into());
    }
    let text = value.to_str().unwrap_or_default().trim();
    // The draft writes the key as a structured string, in quotes; many clients leave them out.
    let key = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_MAX {
        let detail = format!("expected 1 to {IDEMPOTENCY_KEY_MAX} printable ASCII characters");
        return Err(Error::invalid("Idempotency-Key", detail).into());
    }
    let mut sha = Sha256::new();
    sha.update(query.unwrap_or_default().as_bytes());
    sha.update([0]);
    if let Input::Json(fields) = input {
        // The members of the map are sorted, so the same fields always have the same digest.
        sha.update(serde_json::to_vec(fields).unwrap_or_default());
    }
    let fingerprint = sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Some(Idempotency { key: key.to_owned(), fingerprint }))
}

/// Runs an operation. A change continues when the client disconnects, so that the state in memory always
/// follows the database. `places` are held until the operation has ended.
pub(crate) async fn perform<P: Send + 'static>(
    app: &App,
    operation: &'static Described,
    input: Input,
    cx: Cx,
    places: P,
) -> Result<Answer, HttpError> {
    let run = async move {
        // The places are held until the operation has ended, even if the client has disconnected.
        let _places = places;
        operation.run(input, cx).await
    };
    let result = match operation.spec.class {
        Class::Write => app.changes.spawn(run).await.map_err(|_| Error::internal("panicked")),
        Class::Read => AssertUnwindSafe(run).catch_unwind().await.map_err(|_| Error::internal("panicked")),
    };
    Ok(result??)
}
