//! Answers that their clients have not read yet: the memory that they take, and how long they are kept.
//!
//! A small answer goes into the buffers of its connection at once. A large one stays in memory until its
//! client has read it. Clients share that memory as they share places, and a client that reads nothing for
//! a while loses its connection.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum_server::accept::{Accept, NoDelayAcceptor};
use bailiwick_domain::party::Parties;
use bailiwick_engine::shape::body::Pieces;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

use crate::app::App;
use crate::heads::{Counted, Counting, Heads};
use crate::lingering::{Lingering, NotingBodies, lingering};
use crate::places::Place;
use crate::problem::HttpError;

/// The size in bytes up to which an answer is small.
const SMALL: usize = 64 << 10;
/// The size in bytes of the pieces in which a large answer is handed to its connection, which buffers a
/// few.
const PIECE: usize = 64 << 10;
/// How long a client may read nothing although data is sent to it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reserves memory for an answer of `bytes` bytes; `None` for a small one, which needs none.
pub(crate) fn place(app: &App, parties: Parties, bytes: usize) -> Result<Option<Place>, HttpError> {
    if bytes <= SMALL {
        return Ok(None);
    }
    let place = app.answers.take(parties, bytes.div_ceil(1_024));
    place.map(Some).ok_or(HttpError::AnswersUnread)
}

/// A response body that holds its place until the client has read it.
pub(crate) fn body(bytes: Vec<u8>, place: Option<Place>) -> Body {
    match place {
        Some(place) => Body::new(Rest(Bytes::from_owner(Placed { bytes, _place: place }))),
        None => bytes.into(),
    }
}

/// A response body of pieces that are written when the client reads them. It holds its place until then.
pub(crate) fn pieces(pieces: Pieces, place: Option<Place>) -> Body {
    Body::new(Written { pieces, _place: place })
}

struct Written {
    pieces: Pieces,
    _place: Option<Place>,
}

impl HttpBody for Written {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pieces.next_piece().map(|piece| Ok(Frame::data(piece.into()))))
    }
}

struct Placed {
    bytes: Vec<u8>,
    _place: Place,
}

impl AsRef<[u8]> for Placed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The part of a large answer that is not sent yet.
struct Rest(Bytes);

impl HttpBody for Rest {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        let size = self.0.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.0.split_to(size)))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len().try_into().unwrap_or(u64::MAX))
    }
}

/// Accepts connections, and closes one if its client reads nothing for [`PATIENCE`] although data is sent
/// to it, or if there is no memory for the head that it sends.
#[derive(Clone, Debug)]
pub(crate) struct ReadersOnly {
    tcp: NoDelayAcceptor,
    patience: Duration,
    heads: Heads,
}

impl ReadersOnly {
    pub(crate) fn new(heads: &Heads) -> Self {
        Self { tcp: NoDelayAcceptor::new(), patience: PATIENCE, heads: heads.clone() }
    }

    fn limit<S>(&self, stream: TcpStream, service: S) -> io::Result<(ReadStream, ReadService<S>)> {
        let peer = stream.peer_addr()?.ip();
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.patience));
        let (stream, service) = lingering(Box::pin(stream), service);
        Ok(self.heads.count(stream, service, peer))
    }
}

/// A connection whose client must read, and send complete heads.
type ReadStream = Counted<Lingering<Pin<Box<TimeoutStream<TcpStream>>>>>;
/// Its service.
type ReadService<S> = Counting<NotingBodies<S>>;

impl<S: Send + 'static> Accept<TcpStream, S> for ReadersOnly {
    type Stream = ReadStream;
    type Service = ReadService<S>;
    type Future = std::future::Ready<io::Result<(ReadStream, ReadService<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let accepted = self.tcp.accept(stream, service).into_inner();
        std::future::ready(accepted.and_then(|(stream, service)| self.limit(stream, service)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use std::net::IpAddr;

    use bailiwick_domain::party::Party;
    use futures::FutureExt as _;
    use http_body_util::BodyExt as _;
    use tokio::io::AsyncWriteExt as _;

    use super::*;
    use crate::places::Places;

    #[tokio::test]
    async fn an_answer_holds_its_place_until_its_last_piece_is_sent() {
        let places = Places::fair(1_024);
        let parties =
            Parties { caller: Party::Network(IpAddr::from([192, 0, 2, 1]).into()), organization: None };
        let take = || places.take(parties, 200);
        let bytes: Vec<u8> = (0..200 << 10).map(|n: u32| n.to_le_bytes()[0]).collect();
        let mut body = body(bytes.clone(), take());
        assert_eq!(HttpBody::size_hint(&body).exact(), Some(200 << 10));
        let mut pieces = Vec::new();
        while let Some(frame) = body.frame().await {
            pieces.push(frame.unwrap().into_data().unwrap());
        }
        assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), [PIECE, PIECE, PIECE, 8 << 10]);
        assert_eq!(pieces.concat(), bytes);
        drop((body, pieces.split_off(1)));
        assert!(take().is_none(), "the place was freed before the first piece was sent");
        drop(pieces);
        assert!(take().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_is_disconnected() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let accepted = ReadersOnly::new(&Heads::new(&Arc::default())).accept(accepted.unwrap().0, ()).await;
        let (mut stream, _) = accepted.unwrap();
        let began = tokio::time::Instant::now();
        let sent = stream.write_all(&vec![0; 64 << 20]).await;
        assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() >= PATIENCE);
        assert!(stream.flush().now_or_never().is_some());
        drop(client);
    }
}
