//! Clients that are connected over a WebSocket.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_fleet::AgentMessage;
use bailiwick_link::frame;
use bailiwick_link::opamp::ServerToAgent;
use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

use super::Admitted;
use crate::conversation::bounds::{Reading, Undecoded};
use crate::conversation::session::{Answer, Next, Session};
use crate::web_socket::Socket;

/// How long a client may take to identify itself.
const HELLO: Duration = Duration::from_secs(10);
/// How long a client may be silent before the server sends a ping.
const SILENCE: Duration = Duration::from_secs(45);
/// How long a client may then take to answer.
const ANSWER: Duration = Duration::from_secs(45);
/// How long a client may take to read a message.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a client may take to disconnect after it was given another credential.
const LEAVE: Duration = Duration::from_secs(30);

/// How long closing a connection may take: to receive the client's answer to a close frame (RFC 6455,
/// section 5.5.1), or to send the rest of ours.
const CLOSING: Duration = Duration::from_secs(1);

/// Close codes of RFC 6455, section 7.4.1, and of IANA's registry.
const NORMAL: u16 = 1_000;
const PROTOCOL: u16 = 1_002;
const UNSUPPORTED: u16 = 1_003;
const INVALID: u16 = 1_007;
const POLICY: u16 = 1_008;
const TOO_BIG: u16 = 1_009;
const RESTART: u16 = 1_012;

/// Why a conversation ends.
enum End {
    /// The connection broke.
    Gone,
    /// The client sent a close frame, which must be answered.
    Closed,
    /// The server closes the connection.
    Close(u16, &'static str),
}

/// The next event of a connection.
enum SocketEvent {
    Frame(Message),
    Message(AgentMessage),
    Asked(u64),
    Silent,
    End(End),
}

/// The WebSocket of a client.
pub(super) type WebSocket = Socket<TokioIo<Upgraded>>;

/// A connection with one client.
struct ClientConnection {
    socket: WebSocket,
    session: Session,
    reading: Reading,
    stop: CancellationToken,
    /// When the client was last heard from.
    heard: Instant,
    /// Whether a ping was sent since then.
    asked: bool,
    /// The client's place among those that are not identified yet.
    handshake: Option<Admitted>,
    began: Instant,
    goodbye: bool,
    leaves: bool,
}

/// Serves a client until it leaves or the server closes the connection.
pub(super) async fn serve(
    socket: WebSocket,
    session: Session,
    reading: Reading,
    handshake: Admitted,
    stop: CancellationToken,
) {
    let now = Instant::now();
    let mut line = ClientConnection {
        socket,
        session,
        reading,
        stop,
        heard: now,
        asked: false,
        handshake: Some(handshake),
        began: now,
        goodbye: false,
        leaves: false,
    };
    let end = line.run().await;
    if matches!(end, End::Gone) && !line.goodbye {
        // The client may have said goodbye and disconnected before something could be sent to it.
        let _ = timeout(CLOSING, line.hear_goodbye()).await;
    }
    line.session.part(line.goodbye);
    if let End::Close(code, reason) = end {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        if !matches!(timeout(PATIENCE, line.socket.send(Message::Close(Some(frame)))).await, Ok(Ok(()))) {
            return;
        }
    }
    if !matches!(end, End::Gone) {
        line.close().await;
    }
}

impl ClientConnection {
    /// Completes the closing handshake: reading sends the answer to the client's close frame, and waits for
    /// the answer to ours. If the connection were cut with unread bytes, both would be lost.
    async fn close(&mut self) {
        let answered = async { while let Some(Ok(_)) = self.socket.recv().await {} };
        let _ = timeout(CLOSING, answered).await;
    }

    /// Looks for a goodbye in what a disconnected client had sent.
    async fn hear_goodbye(&mut self) {
        while let Some(Ok(frame)) = self.socket.recv().await {
            let Message::Binary(bytes) = frame else { continue };
            let Ok(body) = frame::body(&bytes) else { continue };
            let body = bytes.slice_ref(body);
            if let Ok((message, _room)) = self.reading.decode(body).await
                && self.session.leaves(&message)
            {
                self.goodbye = true;
                return;
            }
        }
    }

    async fn run(&mut self) -> End {
        loop {
            let went_on = match self.next().await {
                SocketEvent::Frame(frame) => self.take_in(frame).await,
                SocketEvent::Message(told) => self.tell(told).await,
                SocketEvent::Asked(question) => {
                    self.send(Message::Ping(question.to_be_bytes().to_vec().into())).await
                }
                SocketEvent::Silent
                    if self.socket.arrival().is_some_and(|arrival| arrival <= Instant::now()) =>
                {
                    Err(End::Close(POLICY, "expected the whole message within 90 seconds"))
                }
                SocketEvent::Silent if self.leaves || self.asked => Err(End::Gone),
                SocketEvent::Silent if self.session.connection().is_none() => {
                    Err(End::Close(POLICY, "expected the client to identify itself"))
                }
                SocketEvent::Silent => {
                    self.asked = true;
                    self.send(Message::Ping(Bytes::new())).await
                }
                SocketEvent::End(end) => Err(end),
            };
            if let Err(end) = went_on {
                return end;
            }
            self.socket.shrink().await;
        }
    }

    /// The time at which the client has been silent for too long, or its message has been arriving for too
    /// long.
    fn deadline(&self) -> Instant {
        let silent = match self.session.connection() {
            _ if self.leaves => self.heard + LEAVE,
            None => self.began + HELLO,
            Some(_) if self.asked => self.heard + SILENCE + ANSWER,
            Some(_) => self.heard + SILENCE,
        };
        self.socket.arrival().map_or(silent, |arrival| arrival.min(silent))
    }

    async fn next(&mut self) -> SocketEvent {
        let deadline = self.deadline();
        let control = self.session.control();
        let connection = self.session.connection().map(Arc::clone);
        let ended = async {
            match &connection {
                Some(connection) => connection.ended().await,
                None => std::future::pending().await,
            }
        };
        let asked = async {
            match &connection {
                Some(connection) => connection.asked().await,
                None => std::future::pending().await,
            }
        };
        let told = async {
            match self.session.told() {
                Some(told) => told.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => SocketEvent::End(End::Close(RESTART, "the server is stopping; connect again")),
            () = ended => SocketEvent::End(if control.may_lack_keys() {
                End::Close(RESTART, "the server or its database is in trouble; connect again")
            } else {
                End::Close(POLICY, "the key may no longer connect, or another connection has replaced this one")
            }),
            question = asked => SocketEvent::Asked(question),
            frame = self.socket.recv() => match frame {
                Some(Ok(Message::Close(_))) => SocketEvent::End(End::Closed),
                None => SocketEvent::End(End::Gone),
                Some(Ok(frame)) => SocketEvent::Frame(frame),
                Some(Err(error)) => SocketEvent::End(broken(&error)),
            },
            Some(told) = told => SocketEvent::Message(told),
            () = tokio::time::sleep_until(deadline) => SocketEvent::Silent,
        }
    }

    async fn take_in(&mut self, frame: Message) -> Result<(), End> {
        self.heard = Instant::now();
        self.asked = false;
        let bytes = match frame {
            Message::Binary(bytes) => bytes,
            Message::Text(_) => return Err(End::Close(UNSUPPORTED, "expected binary messages")),
            Message::Pong(answer) => {
                if let Some(connection) = self.session.connection()
                    && let Ok(question) = <[u8; 8]>::try_from(&*answer)
                {
                    connection.answer(u64::from_be_bytes(question));
                }
                return Ok(());
            }
            Message::Ping(_) | Message::Close(_) | Message::Frame(_) => return Ok(()),
        };
        if self.leaves {
            return Ok(());
        }
        let answer = match frame::body(&bytes) {
            // Boxed, so that not every connection reserves the memory that waiting for the database takes.
            Ok(body) => Box::pin(self.hear(bytes.slice_ref(body))).await,
            Err(error) => self.session.mistaken(error.to_string()),
        };
        drop(bytes);
        if self.session.connection().is_some() {
            self.handshake = None;
        }
        let Answer { message, next, reason, .. } = answer;
        if let Some(reason) = reason {
            self.session.control().measures().refusals().note(reason);
        }
        // Noted before the answer is sent: a client that leaves may not wait for it, but has left
        // nevertheless.
        self.goodbye |= next == Next::Goodbye;
        self.send_message(&message).await?;
        match next {
            Next::GoOn => Ok(()),
            Next::Goodbye => Err(End::Close(NORMAL, "")),
            Next::ComeAgain => {
                self.handshake = None;
                self.leaves = true;
                Ok(())
            }
            Next::HangUp => {
                let is_known = self.session.connection().is_some();
                let code = if is_known { INVALID } else { POLICY };
                Err(End::Close(code, "see the last error response"))
            }
        }
    }

    /// Decodes a message within its limits, and handles it.
    async fn hear(&mut self, body: Bytes) -> Answer {
        match self.reading.decode(body).await {
            Ok((message, _room)) => self.session.hear(message).await,
            Err(Undecoded::NoRoom) => self.session.busy(),
            Err(error) => self.session.mistaken(error.to_string()),
        }
    }

    async fn tell(&mut self, told: AgentMessage) -> Result<(), End> {
        match Box::pin(self.session.tell(told)).await {
            Some(message) => self.send_message(&message).await,
            None => Ok(()),
        }
    }

    async fn send_message(&mut self, message: &ServerToAgent) -> Result<(), End> {
        let bytes = frame::encode(message);
        if bytes.len() > frame::TO_AGENT_MAX {
            tracing::error!(
                bytes = bytes.len(),
                "a message to an OpAMP client was too large and was not sent"
            );
            return Ok(());
        }
        self.send(Message::Binary(bytes.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}

/// Why a conversation ends whose socket fails.
fn broken(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::Close(TOO_BIG, "expected a smaller message"),
        Error::Utf8(_) => End::Close(INVALID, "expected text in UTF-8"),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        Error::Protocol(_) => End::Close(PROTOCOL, "expected WebSocket frames (RFC 6455)"),
        _ => End::Gone,
    }
}
