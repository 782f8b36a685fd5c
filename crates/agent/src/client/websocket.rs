//! Messages over WebSocket.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_link::opamp::{AgentToServer, ServerToAgent};
use bailiwick_link::{frame, weight};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::address::Address;
use super::dial::{Dialer, Stream};
use super::refusal::{NoConnection, shown};
use super::wire::{Ticket, Wire};

/// How long the server may take to switch to WebSocket, and to accept a message.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a ping is sent to the server.
pub const PING: Duration = Duration::from_secs(12);
/// How long the server may be silent: it has then not answered the last two pings, and the connection
/// counts as dead.
pub const SILENCE: Duration = Duration::from_secs(26);
/// How long the server may take to confirm that the connection is closed.
const FAREWELL: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<Box<dyn Stream>>;

/// Connects to the server and switches to WebSocket.
pub(super) async fn connect(dialer: &Dialer, ticket: &Ticket) -> Result<Wire, NoConnection> {
    over(dialer.dial().await?, dialer.address(), ticket).await
}

/// Turns a connection into a WebSocket.
async fn over(stream: Box<dyn Stream>, address: &Address, ticket: &Ticket) -> Result<Wire, NoConnection> {
    let scheme = if address.is_tls() { "wss" } else { "ws" };
    let uri = format!("{scheme}://{}{}", address.authority(), address.path());
    let mut request = uri.into_client_request().map_err(|error| why_not(&error))?;
    ticket.headers(request.headers_mut())?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(frame::TO_AGENT_MAX))
        .max_frame_size(Some(frame::TO_AGENT_MAX));
    let upgrade = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
    let (socket, _) = tokio::time::timeout(PATIENCE, upgrade)
        .await
        .map_err(|_| NoConnection::Broken("the server did not answer in time".to_owned()))?
        .map_err(|error| why_not(&error))?;
    let (sink, source) = socket.split();
    let (outgoing, to_send) = mpsc::channel(1);
    let (heard, incoming) = mpsc::channel(8);
    let last_heard = Arc::new(Mutex::new(Instant::now()));
    #[allow(clippy::disallowed_methods, reason = "the task below aborts it")]
    let mut reader = tokio::spawn(read(source, heard.clone(), Arc::clone(&last_heard)));
    #[allow(clippy::disallowed_methods, reason = "it ends when `outgoing` of its `Wire` is dropped")]
    let task = tokio::spawn(async move {
        let written = tokio::select! {
            written = write(sink, to_send) => written,
            () = silence(&last_heard) => {
                let seconds = SILENCE.as_secs();
                Err(NoConnection::Broken(format!("the server sent nothing for {seconds} seconds")))
            }
        };
        match written {
            // The last messages could be lost if the connection ended before the server has read them.
            Ok(()) => drop(tokio::time::timeout(FAREWELL, &mut reader).await),
            // If nobody receives it, the reader has already reported why.
            Err(error) => drop(heard.try_send(Err(error))),
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

/// Why an established connection broke.
fn why_broken(error: &Error) -> NoConnection {
    match error {
        Error::Io(error) => NoConnection::of_io(error),
        error => NoConnection::Broken(error.to_string()),
    }
}

/// Returns when the server has been silent for too long.
async fn silence(last_heard: &Mutex<Instant>) {
    loop {
        let end = *last_heard.lock() + SILENCE;
        if end <= Instant::now() {
            return;
        }
        tokio::time::sleep_until(end).await;
    }
}

fn message_of(bytes: &[u8]) -> Result<ServerToAgent, String> {
    let body = frame::body(bytes).map_err(|error| error.to_string())?;
    weight::decode(body, frame::TO_AGENT_HELD_MAX).map_err(|error| error.to_string())
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
                    Message::Binary(bytes) => message_of(&bytes).map_err(|error| {
                        NoConnection::Stranger(format!(
                            "it sent a message that is not an OpAMP message: {error}"
                        ))
                    }),
                    // The server stops, or does not serve for some time, which is not a failure.
                    Message::Close(Some(close))
                        if matches!(close.code, CloseCode::Restart | CloseCode::Away) =>
                    {
                        Err(NoConnection::Stops(shown(&close.reason)))
                    }
                    Message::Close(Some(close)) => broken(format!(
                        "the server closed the connection: {} {}",
                        close.code,
                        shown(&close.reason)
                    )),
                    Message::Close(None) => broken("the server closed the connection".to_owned()),
                    Message::Text(_) => Err(NoConnection::Stranger(
                        "it sent a text message instead of a binary one".to_owned(),
                    )),
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
                }
            }
            Some(Err(error)) => Err(why_broken(&error)),
            None => broken("the server closed the connection".to_owned()),
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
) -> Result<(), NoConnection> {
    let mut ping = tokio::time::interval(PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            message = to_send.recv() => message.map(|message| Message::Binary(frame::encode(&message).into())),
            _ = ping.tick() => Some(Message::Ping(Vec::new().into())),
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
            Err(_) => return Err(NoConnection::Broken("the server no longer accepts messages".to_owned())),
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]
mod tests {
    use tokio::io::DuplexStream;
    use tokio_tungstenite::tungstenite::protocol::CloseFrame;
    use uuid::Uuid;
    use zeroize::Zeroizing;

    use super::*;

    /// A connection within this process, and the server's side of it.
    async fn connected() -> (Wire, WebSocketStream<DuplexStream>) {
        let (ours, theirs) = tokio::io::duplex(65_536);
        let server = tokio::spawn(tokio_tungstenite::accept_async(theirs));
        let ticket = Ticket { authorization: Zeroizing::new("Bearer x".into()), instance_uid: Uuid::nil() };
        let address = "http://bailiwick.example".parse().unwrap();
        let wire = over(Box::new(ours), &address, &ticket).await.unwrap();
        (wire, server.await.unwrap().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_server_is_disconnected_within_thirty_seconds() {
        let (mut wire, mut server) = connected().await;
        let began = Instant::now();
        // While the server answers pings it counts as alive, even if it sends no messages.
        let answers = async { while let Some(Ok(_)) = server.next().await {} };
        assert!(tokio::time::timeout(Duration::from_secs(300), answers).await.is_err());
        assert!(wire.incoming.try_recv().is_err());
        assert!(began.elapsed() >= Duration::from_secs(300));
        // The server no longer reads, as if it were frozen.
        let frozen = Instant::now();
        let end = wire.incoming.recv().await.unwrap();
        assert!(matches!(&end, Err(NoConnection::Broken(why)) if why.contains("sent nothing")), "{end:?}");
        assert!(frozen.elapsed() <= Duration::from_secs(30), "{:?}", frozen.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_reads_nothing_is_disconnected_in_thirty_seconds() {
        let (mut wire, _server) = connected().await;
        let began = Instant::now();
        // More than fits into the buffers on the way.
        let large = AgentToServer { instance_uid: vec![7; 1 << 20], ..AgentToServer::default() };
        wire.outgoing.send(large).await.unwrap();
        assert!(matches!(wire.incoming.recv().await, Some(Err(NoConnection::Broken(_)))));
        assert!(began.elapsed() <= Duration::from_secs(30), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stopping_server_is_distinguished_from_a_failing_one() {
        for (code, stops) in [(CloseCode::Restart, true), (CloseCode::Away, true), (CloseCode::Policy, false)]
        {
            let (mut wire, mut server) = connected().await;
            server.close(Some(CloseFrame { code, reason: "come again".into() })).await.unwrap();
            let end = wire.incoming.recv().await.unwrap().unwrap_err();
            assert_eq!(matches!(end, NoConnection::Stops(_)), stops, "{code}: {end:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_message_is_sent_before_the_connection_closes() {
        let (wire, mut server) = connected().await;
        let Wire { outgoing, mut task, .. } = wire;
        outgoing.send(AgentToServer::default()).await.unwrap();
        drop(outgoing);
        assert!(tokio::time::timeout(Duration::from_millis(500), &mut task).await.is_err());
        let mut heard = Vec::new();
        while let Some(Ok(message)) = server.next().await {
            heard.push(message);
        }
        assert!(heard.iter().any(Message::is_binary) && heard.last().unwrap().is_close(), "{heard:?}");
        task.await.unwrap();
    }
}
