//! Measures `VictoriaMetrics` with the same samples, where it is installed.

use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::json;

use super::ask;
use super::machines::{DAY, DAYS, HOURS, Month, in_cycle};
use crate::connection::{Connection, get, post};
use crate::inventory::{Figure, SITES};
use crate::product::Process;

/// How many machines one request imports.
const AT_ONCE: usize = 200;
/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) const BY_SITE: &str = "mean by site, from hourly samples";
pub(super) const BY_SITE_OF_DAYS: &str = "mean by site, from sums of days (as a recording rule makes)";
pub(super) const BY_NODE_AND_DAY: &str = "mean by node and day, from hourly samples";

/// The figures; `None` if it is not installed.
pub(super) fn figures(machines: usize, month: Month) -> anyhow::Result<Option<Vec<Figure>>> {
    let directory = tempfile::tempdir()?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let started = Command::new("victoria-metrics")
        .arg(format!("-storageDataPath={}", directory.path().display()))
        .arg(format!("-httpListenAddr={address}"))
        // By default a connection that is two minutes old is closed.
        .args([
            "-http.connTimeout=1h",
            "-retentionPeriod=100y",
            "-search.maxQueryDuration=60s",
            "-loggerLevel=ERROR",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let process = match started {
        Ok(child) => Process(child),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    eprintln!("VictoriaMetrics …");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let figures = runtime.block_on(async {
        let mut connection = connect(address).await?;
        let mut figures = vec![import(&mut connection, address, machines, month).await?];
        figures.extend(questions(&mut connection, address, month).await?);
        anyhow::Ok(figures)
    })?;
    process.stop()?;
    Ok(Some(figures))
}

async fn connect(address: SocketAddr) -> anyhow::Result<Connection> {
    let until = Instant::now() + PATIENCE;
    loop {
        match Connection::open(address).await {
            Ok(connection) => return Ok(connection),
            Err(error) => ensure!(Instant::now() < until, "VictoriaMetrics did not start: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Imports the hourly samples, and the sums of days that a recording rule would have made of them.
async fn import(
    connection: &mut Connection,
    address: SocketAddr,
    machines: usize,
    month: Month,
) -> anyhow::Result<Figure> {
    let hours: Vec<i64> = month.hours().map(|at| at.as_micros() / 1_000).collect();
    let days: Vec<i64> = (0..DAYS).map(|day| month.day(day).as_micros() / 1_000 + DAY * 1_000 - 1).collect();
    let (mut took, mut samples) = (0.0, 0);
    for first in (0..machines).step_by(AT_ONCE) {
        let (mut lines, mut sums) = (String::new(), String::new());
        for machine in first..(first + AT_ONCE).min(machines) {
            let values: Vec<u32> = in_cycle(machine).take(hours.len()).map(u32::from).collect();
            let by_day: Vec<u32> = values.chunks(HOURS).map(|day| day.iter().sum()).collect();
            let labels = |name: &str| {
                json!({ "__name__": name, "node": format!("node-{machine:06}"),
                    "site": format!("site-{:02}", machine % SITES) })
            };
            let line = json!({ "metric": labels("in_cycle"), "values": values, "timestamps": hours });
            lines.push_str(&format!("{line}\n"));
            let line = json!({ "metric": labels("in_cycle:day"), "values": by_day, "timestamps": days });
            sums.push_str(&format!("{line}\n"));
            samples += values.len();
        }
        let began = Instant::now();
        connection.ask(&post(address, None, "/api/v1/import", &lines), "204").await?;
        took += began.elapsed().as_secs_f64();
        connection.ask(&post(address, None, "/api/v1/import", &sums), "204").await?;
    }
    // What was just imported can be found.
    connection.ask(&get(address, None, "/internal/force_flush"), "200").await?;
    Ok(Figure::number("hourly samples imported, one connection", "/s", samples as f64 / took))
}

async fn questions(
    connection: &mut Connection,
    address: SocketAddr,
    month: Month,
) -> anyhow::Result<Vec<Figure>> {
    let start = month.day(0).as_micros() / 1_000_000;
    let end = start + DAYS as i64 * DAY;
    let (from, until) = (start + DAY - 1, end - 1);
    let one = |query: &str| format!("/api/v1/query?nocache=1&time={until}&query={query}");
    let by_day =
        |query: &str| format!("/api/v1/query_range?nocache=1&start={from}&end={until}&step=1d&query={query}");
    let mut figures = Vec::new();
    for (what, path) in [
        (BY_SITE_OF_DAYS, one("avg%20by%20(site)(sum_over_time(in_cycle:day[30d]))%2F720")),
        (BY_SITE, one("avg%20by%20(site)(avg_over_time(in_cycle[30d]))")),
        (BY_NODE_AND_DAY, by_day("avg_over_time(in_cycle[1d])")),
        ("one machine by hour, 30 days", {
            let query = "avg_over_time(in_cycle%7Bnode=%22node-000007%22%7D[1h])";
            format!("/api/v1/query_range?nocache=1&start={start}&end={until}&step=1h&query={query}")
        }),
    ] {
        let (times, length) = ask(connection, &get(address, None, &path)).await?;
        eprintln!("  {what}: {} bytes", crate::report::count(length));
        figures.push(Figure::times(what, &times));
    }
    Ok(figures)
}
