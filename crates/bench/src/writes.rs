//! Measures how many changes per second one organization can make, with PostgreSQL near and farther away.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::postgres::PgConnectOptions;

use crate::connection::{Connection, post};
use crate::inventory::{Database, Engine};
use crate::product::Home;

/// How many connections write at once.
const WRITERS: usize = 16;
/// The warm-up time, and the time that is measured after it.
const WARM: Duration = Duration::from_secs(1);
const TURN: Duration = Duration::from_secs(5);

/// Measures and prints how many sites are created per second. `program` is another `bailiwick` to run
/// instead of this version's, for comparison.
pub(crate) fn measure(delays_ms: &[u64], program: Option<PathBuf>) -> anyhow::Result<()> {
    if !Engine::Postgres.is_there() {
        println!("Writes: SKIPPED, there is no PostgreSQL");
        return Ok(());
    }
    let which = program.as_ref().map_or_else(|| "this version".into(), |path| path.display().to_string());
    println!("Changes of one organization ({which}): {WRITERS} clients create sites, on PostgreSQL");
    for delay in delays_ms {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let database = runtime.block_on(Database::make(Engine::Postgres))?;
        let url = database.url().context("the address of the database is unknown")?;
        let far = farther_away(&url, Duration::from_millis(*delay))?;
        let written = one(&runtime, far, program.clone());
        runtime.block_on(database.remove())?;
        println!("  database {delay} ms away: {:.0} a second", written?);
    }
    println!();
    Ok(())
}

fn one(runtime: &tokio::runtime::Runtime, url: String, program: Option<PathBuf>) -> anyhow::Result<f64> {
    let home = Home::new(Some(url))?.running(program);
    let server = home.start(true)?;
    let key: Arc<str> = home.first_run()?.organization_key.as_str().into();
    let written = runtime.block_on(async {
        let count = Arc::new(AtomicU64::new(0));
        let end = Instant::now() + WARM + TURN;
        #[allow(clippy::disallowed_methods, reason = "they are awaited below")]
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| tokio::spawn(write(server.address, Arc::clone(&key), n, end, Arc::clone(&count))))
            .collect();
        tokio::time::sleep(WARM).await;
        let (began, before) = (Instant::now(), count.load(Ordering::Relaxed));
        for writer in writers {
            writer.await??;
        }
        let written = count.load(Ordering::Relaxed) - before;
        anyhow::Ok(written as f64 / began.elapsed().as_secs_f64())
    })?;
    server.process.stop()?;
    Ok(written)
}

async fn write(
    address: SocketAddr,
    key: Arc<str>,
    n: usize,
    end: Instant,
    count: Arc<AtomicU64>,
) -> anyhow::Result<()> {
    let mut connection = Connection::open(address).await?;
    for i in 0_u64.. {
        if Instant::now() >= end {
            break;
        }
        let request = post(address, Some(&key), "/v1/sites", &format!("{{\"name\":\"s-{n}-{i}\"}}"));
        connection.ask(&request, "201").await?;
        count.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// The URL of the same database through a proxy that delays every answer by `delay`.
fn farther_away(url: &str, delay: Duration) -> anyhow::Result<String> {
    if delay.is_zero() {
        return Ok(url.to_owned());
    }
    let options: PgConnectOptions = url.parse()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            if let Err(error) = join(near, &options, delay) {
                eprintln!("the delayed connection to the database failed: {error:#}");
            }
        }
    });
    let (address, name) =
        url.rsplit_once('/').context("the address does not contain the name of the database")?;
    let credentials = address.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    let credentials = credentials.map_or("postgres", |(credentials, _)| credentials);
    Ok(format!("postgres://{credentials}@127.0.0.1:{port}/{name}"))
}

fn join(near: TcpStream, options: &PgConnectOptions, delay: Duration) -> anyhow::Result<()> {
    near.set_nodelay(true)?;
    match options.get_socket() {
        Some(directory) => {
            let far = UnixStream::connect(directory.join(format!(".s.PGSQL.{}", options.get_port())))?;
            carry(near.try_clone()?, far.try_clone()?, Duration::ZERO);
            carry(far, near, delay);
        }
        None => {
            let far = TcpStream::connect((options.get_host(), options.get_port()))?;
            far.set_nodelay(true)?;
            carry(near.try_clone()?, far.try_clone()?, Duration::ZERO);
            carry(far, near, delay);
        }
    }
    Ok(())
}

/// Forwards bytes, each `delay` after it arrived, until either end is closed.
fn carry(mut from: impl Read + Send + 'static, mut to: impl Write + Send + 'static, delay: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if sender.send((Instant::now() + delay, bytes[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        for (due, bytes) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
    });
}
