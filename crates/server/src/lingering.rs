//! Closing a connection whose client still sends a body that nobody reads.
//!
//! A refusal is often sent before the body of its request has arrived. If the socket were closed then, the kernel would
//! answer what arrives with a reset, and the client might lose the refusal (RFC 9112, section 9.6). So the server ends
//! its own direction first, and for a while reads and forgets what the client sends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Version};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;
use tower::Service;

/// How long what a client sends is read and forgotten.
const TIME: Duration = Duration::from_secs(5);
/// How many bytes are read and forgotten: more than the largest body.
const BYTES: usize = 32 << 20;
/// How many bytes are read together.
const READ_AT_ONCE: usize = 8 << 10;

/// Whether a part of the body of a connection's last request was not read.
#[derive(Clone, Debug, Default)]
struct IsUnread(Arc<AtomicBool>);

impl IsUnread {
    fn set(&self, is_unread: bool) {
        self.0.store(is_unread, Ordering::Release);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Makes a connection that closes only when its client has stopped sending a body, and the service that says whether
/// there is one.
pub(crate) fn lingering<T, S>(stream: T, service: S) -> (Lingering<T>, NotingBodies<S>) {
    let is_unread = IsUnread::default();
    let stream = Lingering { stream, is_unread: is_unread.clone(), closing: None };
    (stream, NotingBodies { service, is_unread })
}

/// A connection that closes only when its client has stopped sending a body.
#[derive(Debug)]
pub(crate) struct Lingering<T> {
    stream: T,
    is_unread: IsUnread,
    closing: Option<Closing>,
}

/// A connection whose own direction has ended.
#[derive(Debug)]
struct Closing {
    until: Pin<Box<Sleep>>,
    /// How many more bytes are read.
    bytes: usize,
}

impl Closing {
    fn new() -> Self {
        Self { until: Box::pin(tokio::time::sleep(TIME)), bytes: BYTES }
    }

    /// Reads and forgets what the client sends.
    fn poll_forget(
        &mut self,
        stream: Pin<&mut (impl AsyncRead + Unpin)>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = stream.get_mut();
        let mut space = [0; READ_AT_ONCE];
        while self.until.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut space);
            // An error is an end like any other: the answer was sent.
            let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
            let bytes = buffer.filled().len();
            if read.is_err() || bytes == 0 || bytes > self.bytes {
                break;
            }
            self.bytes -= bytes;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Lingering<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, is_unread, closing } = self.get_mut();
        if closing.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
        }
        if !is_unread.get() {
            return Poll::Ready(Ok(()));
        }
        closing.get_or_insert_with(Closing::new).poll_forget(Pin::new(stream), cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// The service of a connection, which notes whether the bodies of its requests are read.
#[derive(Clone, Debug)]
pub(crate) struct NotingBodies<S> {
    service: S,
    is_unread: IsUnread,
}

impl<S, B> Service<Request<B>> for NotingBodies<S>
where
    S: Service<Request<NotedBody<B>>>,
    B: HttpBody,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        // HTTP/2 ends the stream of one request without closing the connection.
        let is_one_at_a_time = request.version() <= Version::HTTP_11;
        self.is_unread.set(is_one_at_a_time && !request.body().is_end_stream());
        let is_unread = self.is_unread.clone();
        self.service.call(request.map(|body| NotedBody { body, is_unread }))
    }
}

/// The body of a request, which notes when it was read to its end.
#[derive(Debug)]
pub(crate) struct NotedBody<B> {
    body: B,
    is_unread: IsUnread,
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for NotedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.is_unread.set(false);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::FutureExt as _;
    use http_body_util::{BodyExt as _, Full};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
    use tower::ServiceExt as _;

    use super::*;

    /// A connection on which a request was answered, with or without reading its body.
    async fn answered(reads: bool) -> (DuplexStream, Lingering<DuplexStream>) {
        let (client, server) = tokio::io::duplex(64 << 10);
        let answer = tower::service_fn(move |request: Request<NotedBody<Full<Bytes>>>| async move {
            if reads {
                request.into_body().collect().await.unwrap();
            }
            Ok::<(), Infallible>(())
        });
        let (mut server, service) = lingering(server, answer);
        service.oneshot(Request::new(Full::from("body"))).await.unwrap();
        server.write_all(b"answer").await.unwrap();
        (client, server)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_stays_open_while_a_body_arrives_that_nobody_reads() {
        let (mut client, mut server) = answered(false).await;
        let sends = async move {
            // The answer has an end although the client has not sent all.
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            assert_eq!(answer, "answer");
            for _ in 0..16 {
                client.write_all(&[0; 64 << 10]).await.unwrap();
            }
        };
        let (closed, ()) = tokio::join!(server.shutdown(), sends);
        closed.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_cannot_keep_a_connection_open_by_sending() {
        let (mut client, mut server) = answered(false).await;
        let began = tokio::time::Instant::now();
        server.shutdown().await.unwrap();
        assert_eq!(began.elapsed(), TIME, "a silent client");
        drop(server);
        client.write_all(b"x").await.unwrap_err();

        let (mut fast, mut server) = answered(false).await;
        let began = tokio::time::Instant::now();
        let sends = async { while fast.write_all(&[0; 64 << 10]).await.is_ok() {} };
        let closes = async move {
            server.shutdown().await.unwrap();
            drop(server);
        };
        tokio::join!(sends, closes);
        assert_eq!(began.elapsed(), Duration::ZERO, "a fast client");
    }

    #[tokio::test]
    async fn a_connection_closes_at_once_if_the_body_was_read() {
        let (_client, mut server) = answered(true).await;
        server.shutdown().now_or_never().unwrap().unwrap();
    }
}
