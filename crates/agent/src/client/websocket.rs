//! Messages over WebSocket.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_link::frame;
use bailiwick_link::opamp::{AgentToServer, ServerToAgent};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::dial::{Dialer, Stream};
use super::refusal::{NoConnection, shown};
use super::wire::{Ticket, Wire};

/// How long the server may take to switch to WebSocket, and to take a message.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the server is asked whether it is there.
pub const PING: Duration = Duration::from_secs(20);
/// After so long without a word from it the connection is dead.
pub const SILENCE: Duration = Duration::from_secs(60);

type Socket = WebSocketStream<Box<dyn Stream>>;

/// Connects.
pub(super) async fn connect(dialer: &Dialer, ticket: &Ticket) -> Result<Wire, NoConnection> {
    let address = dialer.address();
    let scheme = if address.is_tls() { "wss" } else { "ws" };
    let uri = format!("{scheme}://{}{}", address.authority(), address.path());
    let mut request = uri.into_client_request().map_err(|error| why_not(&error))?;
    ticket.headers(request.headers_mut())?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(frame::TO_AGENT_MAX))
        .max_frame_size(Some(frame::TO_AGENT_MAX));
    let stream = dialer.dial().await?;
    let upgrade = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
    let (socket, _) = tokio::time::timeout(PATIENCE, upgrade)
        .await
        .map_err(|_| NoConnection::Broken("it took too long to answer".to_owned()))?
        .map_err(|error| why_not(&error))?;
    let (sink, source) = socket.split();
    let (outgoing, to_send) = mpsc::channel(1);
    let (heard, incoming) = mpsc::channel(8);
    let last_heard = Arc::new(Mutex::new(Instant::now()));
    let reader = tokio::spawn(read(source, heard.clone(), Arc::clone(&last_heard)));
    let task = tokio::spawn(async move {
        if let Err(error) = write(sink, to_send, &last_heard).await {
            // If nobody hears it, the reader has said why already.
            let _ = heard.try_send(Err(error));
        }
        reader.abort();
    });
    Ok(Wire { outgoing, incoming, task, is_polled: false })
}

fn why_not(error: &Error) -> NoConnection {
    match error {
        Error::Http(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            NoConnection::of_answer(response.status(), response.headers(), body, true)
        }
        Error::Io(error) => NoConnection::of_io(error),
        Error::Protocol(error) => NoConnection::NoUpgrade(error.to_string()),
        error => NoConnection::Broken(error.to_string()),
    }
}

/// Why a connection that there was is no more.
fn why_broken(error: &Error) -> NoConnection {
    match error {
        Error::Io(error) => NoConnection::of_io(error),
        error => NoConnection::Broken(error.to_string()),
    }
}

async fn read(
    mut source: SplitStream<Socket>,
    heard: mpsc::Sender<Result<ServerToAgent, NoConnection>>,
    last_heard: Arc<Mutex<Instant>>,
) {
    let broken = |why: String| Err(NoConnection::Broken(why));
    loop {
        let next = match source.next().await {
            Some(Ok(message)) => {
                *last_heard.lock() = Instant::now();
                match message {
                    Message::Binary(bytes) => frame::decode(&bytes).map_err(|error| {
                        NoConnection::Stranger(format!("it sent no message of OpAMP: {error}"))
                    }),
                    Message::Close(Some(close)) => {
                        broken(format!("the server closed it: {} {}", close.code, shown(&close.reason)))
                    }
                    Message::Close(None) => broken("the server closed it".to_owned()),
                    Message::Text(_) => Err(NoConnection::Stranger("it sent text".to_owned())),
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
                }
            }
            Some(Err(error)) => Err(why_broken(&error)),
            None => broken("the server closed it".to_owned()),
        };
        let is_last = next.is_err();
        if heard.send(next).await.is_err() || is_last {
            return;
        }
    }
}

async fn write(
    mut sink: SplitSink<Socket, Message>,
    mut to_send: mpsc::Receiver<AgentToServer>,
    last_heard: &Mutex<Instant>,
) -> Result<(), NoConnection> {
    let mut ping = tokio::time::interval(PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            message = to_send.recv() => message.map(|message| Message::Binary(frame::encode(&message).into())),
            _ = ping.tick() => {
                if last_heard.lock().elapsed() > SILENCE {
                    return Err(NoConnection::Broken("nothing was heard of the server for a minute".to_owned()));
                }
                Some(Message::Ping(Vec::new().into()))
            }
        };
        let is_over = message.is_none();
        let sent = tokio::time::timeout(PATIENCE, async {
            match message {
                Some(message) => sink.send(message).await,
                None => sink.close().await,
            }
        });
        match sent.await {
            Ok(Ok(())) if is_over => return Ok(()),
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(why_broken(&error)),
            Err(_) => return Err(NoConnection::Broken("the server takes nothing any more".to_owned())),
        }
    }
}
