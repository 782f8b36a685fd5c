//! Generates load: many connections at once, each sending requests in a loop.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;

use crate::connection::{Connection, get};
use crate::proc;

/// How many connections send requests at once.
pub(crate) const CONNECTIONS: usize = 32;
/// The environment variable with the key to send. Not an argument, because other processes can see those.
const KEY: &str = "BAILIWICK_KEY";
/// The warm-up time, which is not counted.
const WARM_UP: Duration = Duration::from_millis(300);

/// Requests `paths` in turn, in a loop. Prints how many answers there were in `time`, and how many including
/// the warm-up.
pub(crate) fn run(address: SocketAddr, paths: &[String], time: Duration) -> anyhow::Result<()> {
    let key = std::env::var(KEY).ok();
    let requests: Vec<_> = paths.iter().map(|path| get(address, key.as_deref(), path)).collect();
    let requests = Arc::new(requests);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (counted, all) = runtime.block_on(async {
        let from = Instant::now() + WARM_UP;
        let mut connections = JoinSet::new();
        for number in 0..CONNECTIONS {
            connections.spawn(ask(address, Arc::clone(&requests), number, from, from + time));
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

/// Each connection starts at another of the requests.
async fn ask(
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    number: usize,
    from: Instant,
    until: Instant,
) -> anyhow::Result<(u64, u64)> {
    let mut connection = Connection::open(address).await?;
    let (mut counted, mut all) = (0, 0);
    let begin = number * requests.len() / CONNECTIONS;
    for request in requests.iter().cycle().skip(begin) {
        connection.ask(request, "200").await?;
        all += 1;
        let now = Instant::now();
        if now >= until {
            break;
        }
        if now >= from {
            counted += 1;
        }
    }
    Ok((counted, all))
}

/// The result of one turn.
pub(crate) struct Turn {
    pub(crate) per_second: f64,
    /// The server's processor time per request in µs; 0 if unknown.
    pub(crate) processor: f64,
}

/// Starts a separate process that sends requests to a server, whose process id is `server`.
pub(crate) fn turn<S: AsRef<str>>(
    server: u32,
    address: SocketAddr,
    key: Option<&str>,
    paths: &[S],
    time: Duration,
) -> anyhow::Result<Turn> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("load").arg(address.to_string()).arg(time.as_millis().to_string());
    command.args(paths.iter().map(AsRef::as_ref)).env_remove(KEY).stderr(Stdio::inherit());
    if let Some(key) = key {
        command.env(KEY, key);
    }
    let before = proc::processor_time(server);
    let output = command.output()?;
    let after = proc::processor_time(server);
    ensure!(output.status.success(), "the client failed");
    let (counted, all) = parse(&output.stdout).context("the output of the client cannot be read")?;
    let used = after.zip(before).map_or(Duration::ZERO, |(after, before)| after.saturating_sub(before));
    Ok(Turn { per_second: counted / time.as_secs_f64(), processor: used.as_secs_f64() * 1e6 / all })
}

fn parse(output: &[u8]) -> Option<(f64, f64)> {
    let (counted, all) = str::from_utf8(output).ok()?.trim().split_once(' ')?;
    Some((counted.parse().ok()?, all.parse().ok()?))
}
