//! Measures requests per second over loopback, as ratios between servers that are measured in turn.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use crate::load::{CONNECTIONS, Turn, turn};
use crate::product::{Home, Process};
use crate::report::{median, verdict};

/// How many turns each target has.
const ROUNDS: usize = 9;
/// How long a turn lasts, apart from its warm-up.
const TURN: Duration = Duration::from_secs(2);
/// The smallest allowed ratio of whoami to readyz.
const TO_READYZ: f64 = 0.9;
/// The smallest allowed ratio of whoami to a bare axum server.
const TO_BARE: f64 = 0.75;

struct Target<'a> {
    name: &'static str,
    address: SocketAddr,
    path: &'static str,
    key: Option<&'a str>,
    process: u32,
}

/// Measures and prints the ratios.
pub(crate) fn measure() -> anyhow::Result<()> {
    println!(
        "Throughput over loopback, plain HTTP/1.1, {CONNECTIONS} connections, {ROUNDS} rounds of {} s each",
        TURN.as_secs()
    );
    let home = Home::new(None)?;
    let product = home.start(true)?;
    let first_run = home.first_run()?;
    let (bare, bare_address) = start_bare()?;
    let server = product.process.0.id();
    let key = first_run.organization_key.as_str();
    let targets = [
        Target {
            name: "whoami",
            address: product.address,
            path: "/v1/whoami",
            key: Some(key),
            process: server,
        },
        Target { name: "readyz", address: product.address, path: "/v1/readyz", key: None, process: server },
        Target { name: "bare axum", address: bare_address, path: "/", key: None, process: bare.0.id() },
    ];
    let mut rounds: Vec<Vec<Turn>> = Vec::new();
    for _ in 0..ROUNDS {
        let round = targets.iter().map(|t| turn(t.process, t.address, t.key, &[t.path], TURN));
        rounds.push(round.collect::<anyhow::Result<_>>()?);
    }
    for (at, target) in targets.iter().enumerate() {
        let middle = |value: fn(&Turn) -> f64| median(rounds.iter().map(|round| value(&round[at])).collect());
        println!(
            "  {:<10} {:>7.0} requests/s   {:>5.1} µs processor time of the server per request",
            target.name,
            middle(|turn| turn.per_second),
            middle(|turn| turn.processor)
        );
    }
    for (other, budget) in [(1, TO_READYZ), (2, TO_BARE)] {
        let ratio = |value: fn(&Turn) -> f64| {
            median(rounds.iter().map(|round| value(&round[0]) / value(&round[other])).collect())
        };
        let throughput = ratio(|turn| turn.per_second);
        println!(
            "  whoami/{:<10} {throughput:.2}   budget: ≥ {budget}: {}   (processor time ×{:.2})",
            targets[other].name,
            verdict(throughput >= budget),
            ratio(|turn| turn.processor)
        );
    }
    println!();
    Ok(())
}

fn start_bare() -> anyhow::Result<(Process, SocketAddr)> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut child = command.arg("bare").stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().context("the output of the server cannot be read")?;
    let process = Process(child);
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    Ok((process, line.trim().parse()?))
}
