//! Clients that poll over plain HTTP: each request contains one message, and its response the answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use bailiwick_engine::error::Error;
use bailiwick_fleet::Guest;
use bailiwick_link::frame::TO_AGENT_MAX;
use bailiwick_link::opamp::{AgentToServer, ServerToAgent};
use bytes::{Buf as _, Bytes};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use prost::Message as _;
use tokio::sync::OwnedSemaphorePermit;

use crate::app::App;
use crate::conversation::bounds::{KeyPlace, MessageBounds, Reading, Undecoded};
use crate::conversation::message::ClientMessage;
use crate::conversation::pollers::Poller;
use crate::conversation::session::{Answer, Next, Session};
use crate::gzip;
use crate::problem::HttpError;

/// The media type of OpAMP messages.
const PROTOBUF: &str = "application/x-protobuf";
/// How long a message may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);
/// How long the first answer to a new client is delayed, so that it can contain what waits for the client,
/// which is looked up in the meantime. A client may poll only every 30 seconds. The answer to readings of the
/// host's own metrics is delayed too, until they are stored.
const FIRST: Duration = Duration::from_millis(200);

/// Whether a request is that of a polling client.
pub(super) fn is_poll(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(PROTOBUF))
}

/// The error for a request whose body is not an OpAMP message.
pub(super) fn unsupported(headers: &HeaderMap) -> HttpError {
    let found = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let found = found.map(|found| bailiwick_domain::key::redact(found).chars().take(100).collect());
    HttpError::NotProtobuf { found }
}

/// Reads a message, and checks its limits as it arrives, is decompressed and is decoded. Returns it with its
/// decompressed size in bytes. Its memory is free again when the permit is dropped.
async fn read(
    headers: &HeaderMap,
    body: Body,
    reading: &Reading,
) -> Result<(ClientMessage, usize, OwnedSemaphorePermit), HttpError> {
    let Reading { bounds, room } = reading;
    let limit = bounds.bytes;
    let arrived = tokio::time::timeout(ARRIVAL, Limited::new(body, limit).collect()).await;
    let mut body = match arrived {
        Ok(Ok(collected)) => collected.aggregate(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(HttpError::BodyTooLarge { limit }),
        Ok(Err(_)) => return Err(HttpError::BodyBroken),
        Err(_) => return Err(HttpError::Timeout { seconds: ARRIVAL.as_secs() }),
    };
    let size = body.remaining();
    let encoding = headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("-").trim());
    let unfolded = match encoding {
        None | Some("identity") => None,
        Some(encoding) if encoding.eq_ignore_ascii_case("gzip") => Some(bounds.unfolded(size)),
        Some(_) => return Err(HttpError::NotProtobuf { found: Some("an encoding other than gzip".into()) }),
    };
    let _unfolding = match unfolded {
        Some(limit) => Some(room.take(limit).await.ok_or(HttpError::Overloaded)?),
        None => None,
    };
    let bytes = move || {
        let bytes = body.copy_to_bytes(size);
        match unfolded {
            Some(limit) => unfold(&bytes, limit),
            None => Ok(bytes),
        }
    };
    let size = unfolded.unwrap_or(size);
    let decoded = room.decode::<AgentToServer, _>(size, bounds.memory, bytes).await;
    decoded.map(|(message, room)| (message, size, room)).map_err(|error| match error {
        Undecoded::NoRoom => HttpError::Overloaded,
        Undecoded::Folded(error) => error.into(),
        Undecoded::TooLarge { limit } => HttpError::BodyTooLarge { limit },
        error => HttpError::NotAMessage(error.to_string()),
    })
}

fn unfold(bytes: &[u8], limit: usize) -> Result<Bytes, Undecoded> {
    let mut unfolded = Vec::new();
    gzip::unfold(bytes, |piece| {
        if unfolded.len() + piece.len() > limit {
            return Err(Undecoded::TooLarge { limit });
        }
        unfolded.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(unfolded.into())
}

/// Answers one request of a polling client.
pub(super) async fn answer(
    app: &Arc<App>,
    guest: Guest,
    place: &KeyPlace,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, HttpError> {
    let room = app.links.room.clone();
    let reading = Reading { bounds: MessageBounds::of(&guest), room: room.clone() };
    let turn = place.turn_to_read().await.ok_or(HttpError::Overloaded)?;
    let (message, _room) = match read(headers, body, &reading).await {
        Ok((message, bytes, room)) => {
            turn.end(bytes);
            (message, room)
        }
        Err(error) => {
            // How much of it was read is not known.
            turn.end(reading.bounds.bytes);
            return Err(error);
        }
    };
    let pollers = &app.links.pollers;
    let said = message.instance.unwrap_or_default();
    let poller_key = (guest.key().ok_or(Error::CredentialMissing)?, said);
    let known = match pollers.get(&poller_key) {
        // The connection has been ended since.
        Some(poller) if poller.lock().await.session.connection().is_none_or(|c| c.has_ended()) => None,
        known => known,
    };
    let (poller, again) = match known {
        Some(poller) => (poller, Some(guest)),
        None if pollers.is_full() => return Err(HttpError::Overloaded),
        None => {
            (Poller::new(Session::new(Arc::clone(&app.fleet), guest, room, app.links.warnings.clone())), None)
        }
    };
    let mut this = poller.lock().await;
    let run = message.health.as_ref().map(|health| health.started).filter(|run| *run != 0);
    let is_clone = run.is_some_and(|run| this.runs.is_clone(run));
    if is_clone && let Some(guest) = again.filter(Guest::is_known) {
        let offer = guest.split_off(&message.hello(Some(said))).await?;
        return Ok(respond(&this.session.offer(offer)));
    }
    this.heard = Instant::now();
    if let Some(connection) = this.session.connection() {
        // Every request proves that the client is still there.
        connection.answer(connection.question());
    }
    let is_new = this.session.connection().is_none();
    let awaits_answer = message.awaits_answer();
    let Answer { mut message, next, reason, denied } = this.session.hear(message).await;
    // An error of HTTP is counted when it is answered.
    if let Some(reason) = reason.filter(|_| denied.is_none()) {
        app.control.measures().refusals().note(reason);
    }
    if is_new && let Some(connection) = this.session.connection() {
        connection.set_polls();
    }
    let patience = if is_new || awaits_answer { FIRST } else { Duration::ZERO };
    if next == Next::GoOn
        && let Some(told) = this.session.told()
        && let Some(told) = tokio::time::timeout(patience, told.recv()).await.ok().flatten()
        && let Some(more) = this.session.tell(told).await
    {
        message.custom_message = more.custom_message;
        message.connection_settings = more.connection_settings.or(message.connection_settings);
        message.remote_config = more.remote_config.or(message.remote_config);
    }
    match next {
        Next::GoOn if this.session.connection().is_some() => {
            pollers.insert(poller_key, &poller);
        }
        next => {
            pollers.remove(&poller_key);
            this.session.part(next == Next::Goodbye);
        }
    }
    match denied {
        Some(error) => Err(error.into()),
        None => Ok(respond(&message)),
    }
}

fn respond(message: &ServerToAgent) -> Response {
    let bytes = message.encode_to_vec();
    if bytes.len() > TO_AGENT_MAX {
        tracing::error!(bytes = bytes.len(), "a message to an OpAMP client was too large and was not sent");
        return Response::new(Body::empty());
    }
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROTOBUF));
    response
}
