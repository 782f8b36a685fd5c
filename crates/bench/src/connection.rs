//! A minimal HTTP/1.1 keep-alive client, so that the server gets most of the processor time.

use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The longest answer that is read, in bytes.
const ANSWER_MAX: usize = 256 << 20;

/// The bytes of a `GET`.
pub(crate) fn get(address: SocketAddr, key: Option<&str>, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{}\r\n", authorization(key)).into_bytes()
}

/// The bytes of a `POST` of JSON.
pub(crate) fn post(address: SocketAddr, key: Option<&str>, path: &str, body: &str) -> Vec<u8> {
    post_as(address, key, path, "application/json", body)
}

/// The bytes of a `POST` of another media type.
pub(crate) fn post_as(
    address: SocketAddr,
    key: Option<&str>,
    path: &str,
    media_type: &str,
    body: &str,
) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\n{}Content-Type: {media_type}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        authorization(key),
        body.len()
    )
    .into_bytes()
}

fn authorization(key: Option<&str>) -> String {
    key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default()
}

/// A connection that sends one request after another.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 16 << 10] })
    }

    /// Sends a request and reads the whole answer. Fails unless it has this status. Returns the answer's
    /// body.
    pub(crate) async fn ask(&mut self, request: &[u8], status: &str) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let mut parts = None;
        while parts.is_none_or(|(_, whole)| !is_whole(&self.buffer[..filled], whole)) {
            if filled == self.buffer.len() {
                ensure!(filled < ANSWER_MAX, "the answer is too long");
                self.buffer.resize(filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                bail!("the server closed the connection");
            }
            filled += read;
            if parts.is_none() {
                parts = lengths(&self.buffer[..filled])?;
            }
        }
        let (head, whole) = parts.context("the answer is not HTTP")?;
        ensure!(whole.is_none_or(|whole| whole == filled), "the server sent more than one answer");
        let answer = &self.buffer[..filled];
        let expected = answer.strip_prefix(b"HTTP/1.1 ").is_some_and(|a| a.starts_with(status.as_bytes()));
        ensure!(
            expected,
            "{} was answered {}",
            String::from_utf8_lossy(request).lines().next().unwrap_or_default(),
            String::from_utf8_lossy(answer)
        );
        Ok(&answer[head..])
    }
}

/// Whether all of an answer has arrived. Without a length, it is sent in chunks, of which the last one is empty.
fn is_whole(answer: &[u8], length: Option<usize>) -> bool {
    length.map_or_else(|| answer.ends_with(b"\r\n0\r\n\r\n"), |length| answer.len() >= length)
}

/// The length of the answer's head in bytes, once it is complete, and that of the whole answer; `None` if it is sent in
/// chunks.
fn lengths(answer: &[u8]) -> anyhow::Result<Option<(usize, Option<usize>)>> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(head) = answer.windows(END.len()).position(|window| window == END) else {
        return Ok(None);
    };
    let length = str::from_utf8(&answer[..head])?
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let head = head + END.len();
    let whole = length.map(|(_, length)| length.trim().parse::<usize>()).transpose()?;
    Ok(Some((head, whole.map(|whole| head + whole))))
}
