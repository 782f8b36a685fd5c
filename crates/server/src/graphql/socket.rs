//! Subscriptions over a WebSocket, in the protocol [`graphql-transport-ws`](super::protocol).

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use bailiwick_domain::id::RequestId;
use bailiwick_domain::party::{Parties, Party};
use futures::StreamExt as _;
use http::header::{AUTHORIZATION, COOKIE, SEC_WEBSOCKET_PROTOCOL};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::task::AbortOnDropHandle;

use super::BODY_MAX;
use super::admitted::{self, Open, log_refusal};
use super::live::{self, Told};
use super::protocol::{self, Closing, Received};
use super::request::Asked;
use super::requester::Requester;
use crate::app::App;
use crate::callers::Callers;
use crate::places::Place;
use crate::problem::HttpError;
use crate::web_socket::{self, Socket};
use crate::{credential, query, respond};

/// The largest message of a client, in bytes: a request, and what is around it.
const MESSAGE_MAX: usize = BODY_MAX + 1_024;
/// How long a client may take to send `connection_init`.
const HELLO: Duration = Duration::from_secs(10);
/// How long a client may be silent before the server sends a ping, and how long it may then take to answer.
const SILENCE: Duration = Duration::from_secs(45);
/// How long a client may take to read a message.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the closing handshake may take.
const CLOSING: Duration = Duration::from_secs(1);
/// The most subscriptions of one connection.
const SUBSCRIPTIONS_MAX: usize = 50;
/// The headers that `connection_init` may give.
static GIVEN: [HeaderName; 2] = [AUTHORIZATION, HeaderName::from_static("x-api-key")];

type WebSocket = Socket<TokioIo<Upgraded>>;

/// A subscription or a query that runs. Each runs in a task of its own: one that holds a connection to the database must go on
/// while the client does not read. Dropping this ends it.
struct Running {
    /// Tells it from an earlier one with the same id.
    number: u64,
    _task: AbortOnDropHandle<()>,
}

/// What a subscription has to say.
struct Said {
    id: String,
    number: u64,
    told: Told,
}

/// Upgrades a request to a WebSocket, or refuses it.
pub(super) fn upgrade(
    app: &Arc<App>,
    callers: Callers,
    parts: &mut Parts,
    client: IpAddr,
    request_id: RequestId,
) -> Response {
    try_upgrade(app, callers, parts, client).unwrap_or_else(|error| {
        log_refusal(&error, request_id, client);
        app.control.measures().refusals().note(error.code());
        respond::error(&error, None, request_id)
    })
}

fn try_upgrade(
    app: &Arc<App>,
    callers: Callers,
    parts: &mut Parts,
    client: IpAddr,
) -> Result<Response, HttpError> {
    let mut pairs = query::parse(parts.uri.query())?;
    let organization = query::organization(&mut pairs)?;
    let protocols = parts.headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let mut names = protocols.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    if !names.any(|name| name.trim() == protocol::NAME) {
        return Err(HttpError::NotASubscriber);
    }
    let mut headers = parts.headers.clone();
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    if credential::is_cross_site(&headers, authority) {
        credential::remove_what_browsers_add(&mut headers);
    }
    let requester = Requester { headers, uri: parts.uri.clone(), callers, organization, client };
    // A client with a valid credential does not compete with strangers.
    let early = admitted::admit_early(app, &requester);
    let stranger = Parties { caller: Party::Network(client.into()), organization: None };
    let handshake = match &early {
        Some(Ok(_)) => None,
        _ => Some(app.links.strangers.take(stranger, 1).ok_or(HttpError::Overloaded)?),
    };
    let parties = match &early {
        Some(Ok(open)) => open.parties,
        _ => stranger,
    };
    let (upgraded, mut response) = web_socket::accept(parts).map_err(|error| match error {
        HttpError::NotAWebSocket => HttpError::NotASubscriber,
        other => other,
    })?;
    response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol::NAME));
    let (app, memory) = (Arc::clone(app), Arc::clone(&app.links.unfinished));
    let tasks = app.links.open.clone();
    tasks.spawn(async move {
        // A client that has hung up is not upgraded.
        let Ok(upgraded) = upgraded.await else { return };
        let socket = Socket::new(TokioIo::new(upgraded), MESSAGE_MAX, memory, parties).await;
        // One answer waits for the client; the subscriptions wait with theirs.
        let (say, said) = mpsc::channel(1);
        let connection = Connection {
            app,
            socket,
            requester: Arc::new(requester),
            began: Instant::now(),
            heard: Instant::now(),
            pinged: false,
            open: None,
            early,
            handshake,
            running: HashMap::new(),
            begun: 0,
            say,
            said,
        };
        connection.serve().await;
    });
    Ok(response)
}

struct Connection {
    app: Arc<App>,
    socket: WebSocket,
    requester: Arc<Requester>,
    began: Instant,
    /// When the client was last heard from.
    heard: Instant,
    /// Whether a ping was sent since then.
    pinged: bool,
    /// `None` until the connection is acknowledged.
    open: Option<Open>,
    /// Whether the client was admitted by its handshake, until it is acknowledged; `None` if the handshake has no credential.
    early: Option<Result<Open, Closing>>,
    /// The place among those that are not acknowledged yet, of a client that was not admitted by its handshake.
    handshake: Option<Place>,
    running: HashMap<String, Running>,
    /// How many subscriptions and queries have begun.
    begun: u64,
    say: mpsc::Sender<Said>,
    said: mpsc::Receiver<Said>,
}

/// Why a connection ends.
enum End {
    /// It broke.
    Gone,
    /// The client sent a close frame, which must be answered.
    Closed,
    /// The server closes it.
    Close(Closing),
}

impl From<Closing> for End {
    fn from(closing: Closing) -> Self {
        Self::Close(closing)
    }
}

impl Connection {
    async fn serve(mut self) {
        let stop = self.app.links.stop.clone();
        let end = loop {
            let took = tokio::select! {
                () = stop.cancelled() => Err(Closing::RESTART.into()),
                took = self.turn() => took,
            };
            if let Err(end) = took {
                break end;
            }
        };
        self.running.clear();
        if let End::Close(Closing { code, reason }) = &end {
            let frame = CloseFrame { code: (*code).into(), reason: reason.as_ref().into() };
            if !matches!(timeout(PATIENCE, self.socket.send(Message::Close(Some(frame)))).await, Ok(Ok(()))) {
                return;
            }
        }
        if !matches!(end, End::Gone) {
            // Reading sends the answer to the client's close frame, and waits for the answer to ours.
            let answered = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            let _ = timeout(CLOSING, answered).await;
        }
    }

    /// Waits for the next event of the connection, and handles it.
    async fn turn(&mut self) -> Result<(), End> {
        enum Next {
            Frame(Option<Result<Message, Error>>),
            Said(Said),
            Lost,
            Silent,
        }
        let silent = self.heard + if self.pinged { 2 * SILENCE } else { SILENCE };
        let due = match &self.open {
            None => self.began + HELLO,
            Some(_) => self.socket.arrival().map_or(silent, |arrival| arrival.min(silent)),
        };
        let lost = async {
            match &self.open {
                Some(open) => open.stream.ended().await,
                None => std::future::pending().await,
            }
        };
        let next = tokio::select! {
            frame = timeout_at(due, self.socket.recv()) => match frame {
                Ok(frame) => Next::Frame(frame),
                Err(_) => Next::Silent,
            },
            Some(said) = self.said.recv() => Next::Said(said),
            () = lost => Next::Lost,
        };
        match next {
            Next::Frame(None) => Err(End::Gone),
            Next::Frame(Some(Err(Error::Capacity(_)))) => Err(Closing::TOO_BIG.into()),
            Next::Frame(Some(Err(Error::Utf8(_)))) => Err(Closing::NOT_UTF8.into()),
            Next::Frame(Some(Err(Error::Protocol(error))))
                if error != ProtocolError::ResetWithoutClosingHandshake =>
            {
                Err(Closing::PROTOCOL.into())
            }
            Next::Frame(Some(Err(_))) => Err(End::Gone),
            Next::Frame(Some(Ok(Message::Close(_)))) => Err(End::Closed),
            Next::Frame(Some(Ok(frame))) => {
                (self.heard, self.pinged) = (Instant::now(), false);
                match frame {
                    Message::Text(text) => self.take_in(&text).await?,
                    Message::Binary(_) => return Err(Closing::UNSUPPORTED.into()),
                    // The library answers pings.
                    _ => {}
                }
                self.socket.shrink().await;
                Ok(())
            }
            Next::Said(said) => self.pass_on(said).await,
            Next::Lost => self.admit_again(),
            Next::Silent if self.open.is_none() => Err(Closing::INIT_TIMEOUT.into()),
            Next::Silent if self.pinged || self.socket.arrival().is_some_and(|due| due <= Instant::now()) => {
                Err(Closing::TOO_SLOW.into())
            }
            Next::Silent => {
                self.pinged = true;
                self.send(Message::Ping(bytes::Bytes::new())).await
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    async fn say(&mut self, text: String) -> Result<(), End> {
        self.send(Message::text(text)).await
    }

    /// Handles a message of the client.
    async fn take_in(&mut self, text: &str) -> Result<(), End> {
        match protocol::read(text).ok_or(Closing::INVALID)? {
            Received::Init(payload) => {
                if self.open.is_some() {
                    return Err(Closing::SECOND_INIT.into());
                }
                let early = self.early.take();
                if !payload.is_empty() {
                    let mut requester = (*self.requester).clone();
                    take_credentials(&mut requester.headers, &payload).ok_or(Closing::INVALID)?;
                    self.requester = Arc::new(requester);
                }
                self.open = Some(match early {
                    Some(early) if payload.is_empty() => early?,
                    _ => admitted::admit(&self.app, &self.requester)?,
                });
                self.handshake = None;
                self.say(protocol::acknowledge()).await
            }
            Received::Ping(payload) => self.say(protocol::pong(payload)).await,
            Received::Pong => Ok(()),
            Received::Subscribe { id, fields } => self.subscribe(id, fields).await,
            Received::Complete(id) => {
                self.running.remove(&id);
                Ok(())
            }
        }
    }

    /// The caller has lost the right to the connection, or was changed while it was looked at.
    fn admit_again(&mut self) -> Result<(), End> {
        self.open = None;
        self.open = Some(admitted::admit(&self.app, &self.requester)?);
        Ok(())
    }

    async fn subscribe(&mut self, id: String, fields: Map<String, Value>) -> Result<(), End> {
        let Some(open) = &self.open else { return Err(Closing::UNAUTHORIZED.into()) };
        if self.running.contains_key(&id) {
            return Err(Closing::ID_IN_USE.into());
        }
        let request_id = self.app.control.new_request_id();
        let refuse = |error: &HttpError| protocol::refusal(error, request_id);
        let watcher = match self.running.len() {
            SUBSCRIPTIONS_MAX.. => None,
            _ => self.app.watchers.take(open.parties, 1),
        };
        let owner = open.organization;
        let asked = Asked::of_body(fields)
            .and_then(|asked| self.app.persisted.resolve(owner, asked.query, asked.hash));
        let (query, watcher) = match (asked, watcher) {
            (Ok(Some(query)), Some(watcher)) => (query, watcher),
            (Ok(Some(_)), None) => {
                let error = refuse(&HttpError::Overloaded);
                return self.say(protocol::error(&id, &[error])).await;
            }
            (Ok(None), _) => {
                let answer = bailiwick_graphql::Answer::not_persisted();
                let errors: Vec<Value> =
                    answer.errors.iter().map(bailiwick_graphql::QueryError::as_json).collect();
                return self.say(protocol::error(&id, &errors)).await;
            }
            (Err(error), _) => return self.say(protocol::error(&id, &[refuse(&error)])).await,
        };
        let answers = live::answers(Arc::clone(&self.app), Arc::clone(&self.requester), query, watcher);
        self.begun += 1;
        let (number, say, own) = (self.begun, self.say.clone(), id.clone());
        let task = self.app.links.open.spawn(async move {
            let mut answers = pin!(answers);
            while let Some(told) = answers.next().await {
                if say.send(Said { id: own.clone(), number, told }).await.is_err() {
                    return;
                }
            }
        });
        self.running.insert(id, Running { number, _task: AbortOnDropHandle::new(task) });
        Ok(())
    }

    /// Sends what a subscription has to say, unless the client ended it meanwhile.
    async fn pass_on(&mut self, Said { id, number, told }: Said) -> Result<(), End> {
        if self.running.get(&id).is_none_or(|running| running.number != number) {
            return Ok(());
        }
        match told {
            Told::Next(json, place) => {
                let text = protocol::next(&id, &json);
                drop(json);
                let sent = self.say(text).await;
                drop(place);
                sent
            }
            Told::Errors(errors) => {
                self.running.remove(&id);
                self.say(protocol::error(&id, &errors)).await
            }
            Told::Complete => {
                self.running.remove(&id);
                self.say(protocol::complete(&id)).await
            }
        }
    }
}

/// Takes the credential of `connection_init`, in place of that of the handshake. `None` if it is not one.
fn take_credentials(headers: &mut HeaderMap, payload: &Map<String, Value>) -> Option<()> {
    let nested = payload.get("headers").and_then(Value::as_object);
    let given = payload.iter().chain(nested.into_iter().flatten());
    let mut found = Vec::new();
    for (name, value) in given {
        let Some(known) = GIVEN.iter().find(|known| name.eq_ignore_ascii_case(known.as_str())) else {
            continue;
        };
        let mut value = HeaderValue::from_str(value.as_str()?).ok()?;
        value.set_sensitive(true);
        found.push((known.clone(), value));
    }
    if found.is_empty() {
        return Some(());
    }
    for name in GIVEN.iter().chain([&COOKIE]) {
        headers.remove(name);
    }
    headers.extend(found);
    Some(())
}
