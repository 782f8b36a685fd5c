//! A client's WebSocket, with the memory of its unfinished messages counted.
//!
//! The library keeps what it has read of a message until the message is complete, and keeps a buffer as
//! large as the largest message afterwards. Clients share that memory as they share places. The part above
//! [`FREE`] is reserved before it is read; if there is none, nothing is read from that client for a while.
//! A connection gets a new buffer after a large message.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bailiwick_domain::party::Parties;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::{SinkExt as _, StreamExt as _};
use http::header::SEC_WEBSOCKET_KEY;
use http::request::Parts;
use hyper::upgrade::OnUpgrade;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::places::{Place, Places};
use crate::problem::HttpError;

/// The size in bytes of each connection's read buffer.
const READ_BUFFER: usize = 4_096;
/// The bytes of an unfinished message that take nothing of the memory that is shared.
const FREE: usize = 16 << 10;
/// How long a client waits until there may be memory for its message.
const RETRY: Duration = Duration::from_millis(100);
/// How long a message may take to arrive.
pub(crate) const ARRIVAL: Duration = Duration::from_secs(90);

/// Accepts a request for a WebSocket (RFC 6455, section 4.2). Answers what becomes the connection, and the response.
pub(crate) fn accept(parts: &mut Parts) -> Result<(OnUpgrade, Response), HttpError> {
    let key = parts.headers.get(SEC_WEBSOCKET_KEY).map(|key| STANDARD.decode(key.as_bytes()));
    if key.is_some_and(|key| !key.is_ok_and(|key| key.len() == 16)) {
        return Err(HttpError::WebSocketKey);
    }
    let upgrade = parts.extensions.remove::<OnUpgrade>().ok_or(HttpError::NotAWebSocket)?;
    let mut request = Request::new(());
    *request.method_mut() = parts.method.clone();
    *request.version_mut() = parts.version;
    *request.headers_mut() = parts.headers.clone();
    let response = create_response_with_body(&request, Body::empty);
    Ok((upgrade, response.map_err(|_| HttpError::NotAWebSocket)?))
}

/// A WebSocket whose unfinished messages are counted.
pub(crate) struct Socket<S> {
    /// `None` only while the buffer is replaced.
    inner: Option<WebSocketStream<Counted<S>>>,
    config: WebSocketConfig,
    /// Whether the last ping may not have been answered yet.
    owes_pong: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Takes over a connection after the handshake. Messages have at most `most` bytes. Places in `memory`
    /// are KiB.
    pub(crate) async fn new(io: S, most: usize, memory: Arc<Places>, parties: Parties) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(most))
            .max_frame_size(Some(most));
        let counted =
            Counted { io, memory, parties, place: None, unfinished: 0, since: None, largest: 0, wait: None };
        let inner = WebSocketStream::from_raw_socket(counted, Role::Server, Some(config)).await;
        Self { inner: Some(inner), config, owes_pong: false }
    }

    /// Receives the next message; `None` once the connection is closed. Nothing is read from a client that does
    /// not read the answer to its ping: the library would keep all answers in memory.
    pub(crate) async fn recv(&mut self) -> Option<Result<Message, Error>> {
        let socket = self.inner.as_mut()?;
        if self.owes_pong {
            if let Err(error) = socket.flush().await {
                return Some(Err(error));
            }
            self.owes_pong = false;
        }
        let received = socket.next().await?;
        if let Ok(message) = &received {
            self.owes_pong = message.is_ping();
            socket.get_mut().received(message, Instant::now());
        }
        Some(received)
    }

    pub(crate) async fn send(&mut self, message: Message) -> Result<(), Error> {
        match &mut self.inner {
            Some(socket) => socket.send(message).await,
            None => Err(Error::ConnectionClosed),
        }
    }

    /// The time by which the message that is arriving has to be complete, if one is.
    pub(crate) fn arrival(&self) -> Option<Instant> {
        Some(self.inner.as_ref()?.get_ref().since? + ARRIVAL)
    }

    /// Frees the buffer of a large message that was handled. Nothing happens if the next message is already
    /// in that buffer. Everything that was to be sent must have been sent.
    pub(crate) async fn shrink(&mut self) {
        let is_due = |socket: &WebSocketStream<Counted<S>>| socket.get_ref().may_shrink();
        let Some(socket) = self.inner.take_if(|socket| is_due(socket)) else { return };
        let mut counted = socket.into_inner();
        (counted.place, counted.largest) = (None, 0);
        self.inner = Some(WebSocketStream::from_raw_socket(counted, Role::Server, Some(self.config)).await);
    }
}

/// A connection that counts the bytes of the message that is arriving.
struct Counted<S> {
    io: S,
    memory: Arc<Places>,
    parties: Parties,
    /// The memory that is reserved, in KiB; `None` as long as no message was larger than [`FREE`].
    place: Option<Place>,
    /// How many bytes were read that belong to no message yet.
    unfinished: usize,
    /// When the first of these bytes was read.
    since: Option<Instant>,
    /// The largest that `unfinished` was since the buffer was new.
    largest: usize,
    wait: Option<Pin<Box<Sleep>>>,
}

impl<S> Counted<S> {
    /// Reserves memory for `bytes` bytes; false if there is not enough.
    fn reserve(&mut self, bytes: usize) -> bool {
        if bytes <= FREE {
            return true;
        }
        let kib = bytes.div_ceil(1_024);
        match &mut self.place {
            Some(place) => place.grow_to(kib),
            None => {
                self.place = self.memory.take(self.parties, kib);
                self.place.is_some()
            }
        }
    }

    /// Notes that a message is complete.
    fn received(&mut self, message: &Message, now: Instant) {
        let rest = self.unfinished.saturating_sub(size(message.len()));
        self.unfinished = match message {
            // Fragments have headers that are not counted here. One read is the most that can be left.
            Message::Binary(_) | Message::Text(_) => rest.min(READ_BUFFER),
            // A control frame may come between the fragments of a message (RFC 6455, section 5.4).
            _ => rest,
        };
        if self.unfinished == 0 {
            self.since = None;
        } else if message.is_binary() || message.is_text() {
            self.since = Some(now);
        }
    }

    const fn may_shrink(&self) -> bool {
        self.largest > FREE && self.unfinished == 0
    }
}

/// The size of a frame from a client with `payload` bytes (RFC 6455, section 5.2): header, extended length
/// and mask, then the payload.
const fn size(payload: usize) -> usize {
    let length = match payload {
        0..=125 => 0,
        126..=65_535 => 2,
        _ => 8,
    };
    2 + length + 4 + payload
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if let Some(wait) = &mut this.wait {
                ready!(wait.as_mut().poll(cx));
                this.wait = None;
            }
            if this.reserve(this.unfinished + buf.remaining()) {
                break;
            }
            this.wait = Some(Box::pin(tokio::time::sleep(RETRY)));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.io).poll_read(cx, buf))?;
        let read = buf.filled().len() - before;
        if read > 0 {
            this.unfinished += read;
            this.largest = this.largest.max(this.unfinished);
            this.since.get_or_insert_with(Instant::now);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use bailiwick_domain::party::Party;
    use proptest::prelude::*;
    use tokio::io::{AsyncWriteExt as _, DuplexStream};
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};

    use super::*;

    const MOST: usize = 1 << 20;

    fn parties(n: u8) -> Parties {
        let network = IpAddr::from([192, 0, 2, n]).into();
        Parties { caller: Party::Network(network), organization: None }
    }

    async fn pair(memory: &Arc<Places>, n: u8) -> (WebSocketStream<DuplexStream>, Socket<DuplexStream>) {
        let (ours, theirs) = tokio::io::duplex(4 << 20);
        let client = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
        (client, Socket::new(ours, MOST, Arc::clone(memory), parties(n)).await)
    }

    fn message(bytes: usize) -> Message {
        Message::Binary(vec![7; bytes].into())
    }

    /// The first bytes of a message of a megabyte.
    fn beginning(bytes: usize) -> Vec<u8> {
        let frame = Frame::message(vec![7; MOST], OpCode::Data(Data::Binary), true);
        let mut header = Vec::new();
        FrameHeader { mask: Some([0; 4]), ..frame.header().clone() }
            .format(MOST as u64, &mut header)
            .unwrap();
        header.extend(vec![7; bytes]);
        header
    }

    #[tokio::test(start_paused = true)]
    async fn unfinished_messages_share_a_bounded_memory() {
        // A quarter for each caller.
        let memory = Places::fair(400);
        let (mut slow, mut first) = pair(&memory, 1).await;
        slow.get_mut().write_all(&beginning(80 << 10)).await.unwrap();
        assert!(futures::poll!(std::pin::pin!(first.recv())).is_pending());
        // The same caller has too little memory left for another, and small messages need none.
        let (mut other, mut second) = pair(&memory, 1).await;
        other.send(message(4_000)).await.unwrap();
        assert_eq!(second.recv().await.unwrap().unwrap().len(), 4_000);
        other.send(message(30 << 10)).await.unwrap();
        let mut waiting = std::pin::pin!(second.recv());
        assert!(futures::poll!(&mut waiting).is_pending());
        // Another caller has its own share.
        let (mut third, mut own) = pair(&memory, 2).await;
        third.send(message(90 << 10)).await.unwrap();
        assert_eq!(own.recv().await.unwrap().unwrap().len(), 90 << 10);
        // A message that waits is read once there is memory.
        drop(first);
        assert_eq!(waiting.await.unwrap().unwrap().len(), 30 << 10);
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_of_a_large_message_is_freed_when_it_was_handled() {
        let memory = Places::fair(8_192);
        let (mut client, mut socket) = pair(&memory, 1).await;
        for bytes in [10, 500_000, 70_000, 100] {
            client.send(message(bytes)).await.unwrap();
            assert_eq!(socket.recv().await.unwrap().unwrap().len(), bytes);
            socket.shrink().await;
            let counted = socket.inner.as_ref().unwrap().get_ref();
            assert_eq!((counted.place.is_none(), counted.unfinished, counted.since), (true, 0, None));
        }
        // What follows at once is not lost.
        client.feed(message(500_000)).await.unwrap();
        client.send(message(11)).await.unwrap();
        assert_eq!(socket.recv().await.unwrap().unwrap().len(), 500_000);
        socket.shrink().await;
        assert!(socket.inner.as_ref().unwrap().get_ref().place.is_some());
        assert_eq!(socket.recv().await.unwrap().unwrap().len(), 11);
        socket.shrink().await;
        assert!(socket.inner.as_ref().unwrap().get_ref().place.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn pings_do_not_extend_the_time_of_an_unfinished_message() {
        let memory = Places::fair(8_192);
        let (mut client, mut socket) = pair(&memory, 1).await;
        let part = Frame::message(vec![7; 1_000], OpCode::Data(Data::Binary), false);
        client.send(Message::Frame(part)).await.unwrap();
        client.send(Message::Ping("a".into())).await.unwrap();
        assert!(socket.recv().await.unwrap().unwrap().is_ping());
        let due = socket.arrival().unwrap();
        tokio::time::advance(Duration::from_secs(30)).await;
        client.send(Message::Ping("b".into())).await.unwrap();
        assert!(socket.recv().await.unwrap().unwrap().is_ping());
        assert_eq!(socket.arrival(), Some(due));
        let end = Frame::message(vec![7; 10], OpCode::Data(Data::Continue), true);
        client.send(Message::Frame(end)).await.unwrap();
        assert_eq!(socket.recv().await.unwrap().unwrap().len(), 1_010);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_the_answers_to_its_pings_is_not_read() {
        const BUFFER: usize = 16 << 10;
        let (ours, theirs) = tokio::io::duplex(BUFFER);
        let mut socket = Socket::new(ours, MOST, Places::fair(8_192), parties(1)).await;
        let (mut answers, mut pings) = tokio::io::split(theirs);
        // A ping of 125 bytes, with the mask 0.
        let ping: Vec<u8> = [&[0x89, 0xfd, 0, 0, 0, 0], &[7; 125][..]].concat();
        let mut read = 0;
        // Unconstrained, so that only a full buffer makes something wait.
        let flood = async { while pings.write_all(&ping).await.is_ok() {} };
        let mut flood = std::pin::pin!(tokio::task::unconstrained(flood));
        loop {
            assert!(futures::poll!(&mut flood).is_pending());
            match futures::poll!(std::pin::pin!(tokio::task::unconstrained(socket.recv()))) {
                Poll::Ready(message) => assert!(message.unwrap().unwrap().is_ping()),
                Poll::Pending => break,
            }
            read += 1;
            assert!(read < 1_000, "the server goes on reading");
        }
        // The answers have two bytes of header, no mask, and fill the buffer to the client.
        assert_eq!(read, BUFFER / 127 + 1);
        // It goes on when the client reads.
        let mut some = vec![0; 1_270];
        tokio::io::AsyncReadExt::read_exact(&mut answers, &mut some).await.unwrap();
        assert!(socket.recv().await.unwrap().unwrap().is_ping());
    }

    proptest! {
        #[test]
        fn the_computed_size_of_a_frame_is_its_written_size(payload in prop_oneof![0..300_usize, 65_000..66_000_usize]) {
            let frame = Frame::message(vec![0; payload], OpCode::Data(Data::Binary), true);
            // Without the mask, which only clients add.
            prop_assert_eq!(size(payload), frame.len() + 4);
        }
    }
}
