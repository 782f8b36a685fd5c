//! Counts of request heads that are too large. The HTTP library answers them with 431 by itself, so they are seen
//! only where its answers are written.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use bailiwick_engine::measures::Refusals;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The code in measurements of a head that is too large.
const HEAD_TOO_LARGE: &str = "head_too_large";
/// What the answer to such a head begins with. No operation answers so.
const ANSWER: &[u8] = b"HTTP/1.1 431 ";

/// Accepts connections as `inner` does, and counts the heads on them that are too large.
#[derive(Clone)]
pub(crate) struct LargeHeads<A> {
    inner: A,
    refusals: Arc<Refusals>,
}

impl<A> LargeHeads<A> {
    pub(crate) fn new(inner: A, refusals: &Arc<Refusals>) -> Self {
        Self { inner, refusals: Arc::clone(refusals) }
    }
}

impl<A, I, S> Accept<I, S> for LargeHeads<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
{
    type Stream = Watched<A::Stream>;
    type Service = A::Service;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, A::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let accepted = self.inner.accept(stream, service);
        let refusals = Arc::clone(&self.refusals);
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            Ok((Watched::new(stream, refusals), service))
        })
    }
}

/// A connection whose answers are watched, after TLS is taken off.
#[derive(Debug)]
pub(crate) struct Watched<T> {
    stream: T,
    refusals: Arc<Refusals>,
}

impl<T> Watched<T> {
    pub(crate) fn new(stream: T, refusals: Arc<Refusals>) -> Self {
        Self { stream, refusals }
    }

    /// Looks at the start of what is written. The answer has no body, so it is written at once, and the connection
    /// ends with it.
    fn note(&self, data: &[u8]) {
        if data.starts_with(ANSWER) {
            self.refusals.note(HEAD_TOO_LARGE);
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, data);
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.note(data);
        }
        written
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
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.note(pieces.iter().find(|piece| !piece.is_empty()).map_or(&[], |piece| piece));
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[tokio::test]
    async fn only_answers_to_large_heads_are_counted() {
        let refusals = Arc::<Refusals>::default();
        let (client, stream) = tokio::io::duplex(1 << 10);
        let mut watched = Watched::new(stream, Arc::clone(&refusals));
        watched.write_all(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 431 ").await.unwrap();
        assert!(refusals.read().is_empty());
        watched.write_all(b"HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n").await.unwrap();
        let pieces = [io::IoSlice::new(b""), io::IoSlice::new(b"HTTP/1.1 431 \r\n\r\n")];
        assert!(watched.write_vectored(&pieces).await.unwrap() > 0);
        assert_eq!(refusals.read(), [("head_too_large", 2)].into());
        drop(client);
    }
}
