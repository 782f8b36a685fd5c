//! The client: as little as HTTP/1.1 with keep-alive allows, so that the server has the processors.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How many connections ask at once.
pub(crate) const CONNECTIONS: usize = 32;
/// The variable of the environment with the key to send; other processes see arguments.
pub(crate) const KEY: &str = "BAILIWICK_KEY";
/// What is not counted at the beginning.
const WARM_UP: Duration = Duration::from_millis(300);

/// Asks for `path` over and over. Prints how many answers there were in `time`, and how many with
/// those of the warm-up.
pub(crate) fn run(address: SocketAddr, path: &str, time: Duration) -> anyhow::Result<()> {
    let authorization = match std::env::var(KEY) {
        Ok(key) => format!("Authorization: Bearer {key}\r\n"),
        Err(_) => String::new(),
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{authorization}\r\n");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (counted, all) = runtime.block_on(async {
        let from = Instant::now() + WARM_UP;
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            connections.spawn(ask(address, request.clone().into_bytes(), from, from + time));
        }
        let (mut counted, mut all) = (0, 0);
        while let Some(one) = connections.join_next().await {
            let one = one??;
            counted += one.0;
            all += one.1;
        }
        anyhow::Ok((counted, all))
    })?;
    println!("{counted} {all}");
    Ok(())
}

async fn ask(
    address: SocketAddr,
    request: Vec<u8>,
    from: Instant,
    until: Instant,
) -> anyhow::Result<(u64, u64)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 16 << 10];
    let (mut counted, mut all) = (0, 0);
    loop {
        stream.write_all(&request).await?;
        read_answer(&mut stream, &mut buffer).await?;
        all += 1;
        let now = Instant::now();
        if now >= until {
            return Ok((counted, all));
        }
        if now >= from {
            counted += 1;
        }
    }
}

/// Reads one answer to its end; only 200 will do.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> anyhow::Result<()> {
    let mut filled = 0;
    let mut whole = None;
    while whole.is_none_or(|whole| filled < whole) {
        ensure!(filled < buffer.len(), "the answer is too long");
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            bail!("the server hung up");
        }
        filled += read;
        if whole.is_none() {
            whole = length(&buffer[..filled])?;
        }
    }
    ensure!(whole == Some(filled), "more came than was asked for");
    Ok(())
}

/// The bytes of the whole answer, once its head is there.
fn length(answer: &[u8]) -> anyhow::Result<Option<usize>> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(head) = answer.windows(END.len()).position(|window| window == END) else {
        return Ok(None);
    };
    let text = str::from_utf8(&answer[..head])?;
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap_or_default();
    ensure!(status.starts_with("HTTP/1.1 200 "), "answered {status:?}");
    let body = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("an answer without Content-Length")?;
    Ok(Some(head + END.len() + body.1.trim().parse::<usize>()?))
}
