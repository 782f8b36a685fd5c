//! Heads of requests that have not arrived completely: the memory that they take.
//!
//! Until its head is complete, nothing is known about a request but the address that it comes from. So its
//! connection keeps what has arrived, and all connections share the memory for that.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bailiwick_domain::party::{Parties, Party};
use bailiwick_engine::levels::Level;
use bailiwick_engine::measures::Refusals;
use futures::future::BoxFuture;
use http::{Request, Response, StatusCode};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower::Service;

use crate::places::{Place, Places};
use crate::problem::HttpError;

/// The largest head of an HTTP/1.1 request, in bytes.
pub(crate) const HEAD_MAX: usize = 32 << 10;
/// Up to how many bytes of a head need no share of the memory: nearly all heads are smaller.
const FREE: usize = 4 << 10;
/// The memory for larger heads that are not complete, in KiB. One network may take a quarter of it.
const MEMORY: usize = 32 << 10;

/// The memory for heads that are not complete.
#[derive(Clone, Debug)]
pub(crate) struct Heads {
    memory: Arc<Places>,
    refusals: Arc<Refusals>,
}

impl Heads {
    pub(crate) fn new(refusals: &Arc<Refusals>) -> Self {
        Self { memory: Places::fair(MEMORY), refusals: Arc::clone(refusals) }
    }

    /// How much of the memory is taken.
    pub(crate) fn level(&self) -> Level {
        self.memory.level_of_kib("heads")
    }

    /// The counts of refusals.
    pub(crate) fn refusals(&self) -> &Arc<Refusals> {
        &self.refusals
    }

    /// Counts what arrives on a connection from `peer` until the head of a request is complete.
    pub(crate) fn count<T, S>(&self, stream: T, service: S, peer: IpAddr) -> (Counted<T>, Counting<S>) {
        let parties = Parties { caller: Party::Network(peer.into()), organization: None };
        let requests = Arc::new(Requests::default());
        let counted = Counted { stream, heads: self.clone(), parties, requests: Arc::clone(&requests) };
        (counted, Counting { service, requests })
    }
}

/// The requests of one connection.
#[derive(Debug, Default)]
struct Requests {
    /// How many are being answered: their heads are complete.
    open: AtomicUsize,
    /// Whether the connection is not used for requests any more, because it became a WebSocket.
    is_switched: AtomicBool,
    /// What has arrived of the next head.
    unfinished: Mutex<Unfinished>,
}

#[derive(Debug, Default)]
struct Unfinished {
    bytes: usize,
    place: Option<Place>,
}

/// A request that is being answered, until this is dropped.
struct Open(Arc<Requests>);

impl Open {
    fn new(requests: &Arc<Requests>) -> Self {
        requests.open.fetch_add(1, Ordering::AcqRel);
        *requests.unfinished.lock() = Unfinished::default();
        Self(Arc::clone(requests))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A connection whose incomplete heads are counted. It breaks if there is no memory for them.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    stream: T,
    heads: Heads,
    parties: Parties,
    requests: Arc<Requests>,
}

impl<T> Counted<T> {
    /// Notes that bytes arrived. Fails if they belong to a head for which there is no memory.
    fn note(&self, bytes: usize) -> io::Result<()> {
        let Requests { open, is_switched, unfinished } = &*self.requests;
        if is_switched.load(Ordering::Acquire) || open.load(Ordering::Acquire) > 0 {
            return Ok(());
        }
        let mut unfinished = unfinished.lock();
        // What is beyond the largest head ends the connection anyway.
        unfinished.bytes = (unfinished.bytes + bytes).min(HEAD_MAX);
        let beyond = unfinished.bytes.saturating_sub(FREE).div_ceil(1_024);
        let fits = match &mut unfinished.place {
            _ if beyond == 0 => true,
            Some(place) => place.grow_to(beyond),
            place @ None => {
                *place = self.heads.memory.take(self.parties, beyond);
                place.is_some()
            }
        };
        if fits {
            return Ok(());
        }
        self.heads.refusals.note(HttpError::Overloaded.code());
        Err(io::Error::other("too many heads of requests are incomplete"))
    }

    /// Notes that something is sent: what arrived before was not part of a head. HTTP/2 answers its pings while no
    /// request is open.
    fn note_answer(&self) {
        *self.requests.unfinished.lock() = Unfinished::default();
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        match read {
            Poll::Ready(Ok(())) => Poll::Ready(self.note(buffer.filled().len() - before)),
            other => other,
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.note_answer();
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.note_answer();
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// The service of a connection, which notes the requests whose heads are complete.
#[derive(Clone, Debug)]
pub(crate) struct Counting<S> {
    service: S,
    requests: Arc<Requests>,
}

impl<S, B, R> Service<Request<B>> for Counting<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let open = Open::new(&self.requests);
        let answer = self.service.call(request);
        Box::pin(async move {
            let answer = answer.await;
            // What arrives on a WebSocket has limits of its own.
            if answer.as_ref().is_ok_and(|answer| answer.status() == StatusCode::SWITCHING_PROTOCOLS) {
                open.0.is_switched.store(true, Ordering::Release);
            }
            drop(open);
            answer
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::net::Ipv4Addr;

    use futures::FutureExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tower::ServiceExt as _;

    use super::*;

    type Answering =
        tower::util::ServiceFn<fn(Request<()>) -> std::future::Ready<Result<Response<()>, Infallible>>>;

    fn answering(status: u16) -> Answering {
        let answer: fn(Request<()>) -> _ = match status {
            101 => |_| std::future::ready(Ok(with(101))),
            _ => |_| std::future::ready(Ok(with(200))),
        };
        tower::service_fn(answer)
    }

    fn with(status: u16) -> Response<()> {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    }

    struct Connection {
        client: tokio::io::DuplexStream,
        server: Counted<tokio::io::DuplexStream>,
        service: Counting<Answering>,
    }

    impl Connection {
        fn new(heads: &Heads, network: u8, status: u16) -> Self {
            let (client, server) = tokio::io::duplex(1 << 20);
            let peer = IpAddr::from(Ipv4Addr::new(192, 0, network, 1));
            let (server, service) = heads.count(server, answering(status), peer);
            Self { client, server, service }
        }

        /// Sends bytes, and has the server read them.
        async fn send(&mut self, bytes: usize) -> io::Result<()> {
            self.client.write_all(&vec![b'x'; bytes]).await?;
            self.server.read_exact(&mut vec![0; bytes]).await.map(|_| ())
        }

        fn request(&mut self) {
            let answer = self.service.clone().oneshot(Request::new(())).now_or_never();
            assert!(answer.is_some_and(|answer| answer.is_ok()));
        }
    }

    fn taken(heads: &Heads) -> bool {
        let of = Parties {
            caller: Party::Network(IpAddr::from(Ipv4Addr::new(192, 0, 2, 1)).into()),
            organization: None,
        };
        heads.memory.take(of, MEMORY / 4).is_none()
    }

    #[tokio::test]
    async fn one_network_cannot_fill_the_memory_with_unfinished_heads() {
        let heads = Heads::new(&Arc::default());
        let mut connections = Vec::new();
        let refused = loop {
            let mut connection = Connection::new(&heads, 2, 200);
            if let Err(error) = connection.send(HEAD_MAX).await {
                break error;
            }
            connections.push(connection);
        };
        assert!(refused.to_string().contains("incomplete"), "{refused}");
        assert_eq!(heads.refusals.read(), [("overloaded", 1)].into());
        let each = (HEAD_MAX - FREE) / 1_024;
        assert_eq!(connections.len(), MEMORY / 4 / each);
        // Small heads, and other networks, are still served.
        Connection::new(&heads, 2, 200).send(FREE).await.unwrap();
        Connection::new(&heads, 9, 200).send(HEAD_MAX).await.unwrap();
        connections.clear();
        Connection::new(&heads, 2, 200).send(HEAD_MAX).await.unwrap();
    }

    #[tokio::test]
    async fn a_complete_head_and_what_is_not_a_head_take_no_memory() {
        let heads = Heads::new(&Arc::default());
        let mut connection = Connection::new(&heads, 2, 200);
        connection.send(HEAD_MAX).await.unwrap();
        assert!(taken(&heads));
        connection.request();
        assert!(!taken(&heads), "the head is complete");
        // The next head of the same connection counts again.
        connection.send(HEAD_MAX).await.unwrap();
        assert!(taken(&heads));
        connection.server.write_all(b"answer").await.unwrap();
        assert!(!taken(&heads), "something was answered");
        // While a request is answered, its body arrives.
        let open = Open::new(&connection.service.requests);
        connection.send(10 * HEAD_MAX).await.unwrap();
        assert!(!taken(&heads));
        drop(open);
        // A WebSocket has no heads.
        let mut socket = Connection::new(&heads, 2, 101);
        socket.send(100).await.unwrap();
        socket.request();
        socket.send(10 * HEAD_MAX).await.unwrap();
        assert!(!taken(&heads));
        assert!(heads.refusals.read().is_empty(), "nothing was refused");
    }
}
