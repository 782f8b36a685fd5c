//! Measures what connected agents cost: enrolling them, holding their connections, and sending them
//! commands.
//!
//! The server is the release program in a separate process. The agents are simulated in this process, each
//! with its own socket.

mod figures;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bailiwick_swarm::{Plan, Swarm};
use serde_json::Value;

use crate::agents::figures::Column;
use crate::connection::{Connection, get, post};
use crate::product::{Home, Running};
use crate::report::count;
use crate::{proc, rest};

/// The default numbers of agents. A process here may have 20,000 files open.
pub(crate) const SIZES: [u32; 4] = [1_000, 5_000, 10_000, 19_000];

/// How long all agents together may take for one step.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long idle agents are observed: two heartbeats.
const WATCH: Duration = Duration::from_secs(60);
/// The interval for checking whether a command has finished.
const GLANCE: Duration = Duration::from_millis(5);
/// How many commands are given; the median of their times counts.
const COMMANDS: usize = 3;
/// The label of all simulated machines.
const LABEL: &str = "swarm";

/// Prints a table without TLS and one with it.
pub(crate) fn measure(sizes: &[u32], tls: Option<bool>) -> anyhow::Result<()> {
    for with_tls in [false, true].into_iter().filter(|with| tls.is_none_or(|tls| tls == *with)) {
        let columns =
            sizes.iter().map(|agents| column(*agents, with_tls)).collect::<anyhow::Result<Vec<_>>>()?;
        let how = if with_tls { "wss (TLS 1.3)" } else { "ws, without TLS" };
        println!("Agents on SQLite: the real server, simulated agents over {how} on loopback");
        figures::print(&columns, with_tls);
        println!();
    }
    Ok(())
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Measures all figures for one number of agents.
fn column(agents: u32, tls: bool) -> anyhow::Result<Column> {
    eprintln!("{} agents{} …", count(agents as usize), if tls { " with TLS" } else { "" });
    let home = Home::new(None)?;
    let server = home.start(!tls)?;
    std::thread::sleep(rest::SETTLE);
    // The first start generates keys, which takes memory that should not count as the cost of agents.
    server.process.stop()?;
    let server = home.start(!tls)?;
    std::thread::sleep(rest::SETTLE);
    runtime()?.block_on(figures_of(&home, &server, agents, tls))
}

/// An API client of the server.
struct Asker {
    plain: std::net::SocketAddr,
    key: String,
}

impl Asker {
    async fn post(&self, path: &str, body: &Value, status: &str) -> anyhow::Result<Value> {
        let mut connection = Connection::open(self.plain).await?;
        let request = post(self.plain, Some(&self.key), path, &body.to_string());
        Ok(serde_json::from_slice(connection.ask(&request, status).await?)?)
    }
}

async fn figures_of(home: &Home, server: &Running, agents: u32, tls: bool) -> anyhow::Result<Column> {
    let process = server.process.0.id();
    let rest = proc::resident(process).context("the memory of the server cannot be read")?;
    let key = home.first_run()?.organization_key.to_string();
    // The API is called without TLS; if the main port has TLS, through the integration port.
    let asker = Asker { plain: server.plain, key };
    let enrolment = serde_json::json!({
        "name": "Swarm", "kind": "enrol", "enrolment": { "uses": agents, "labels": { LABEL: "yes" } },
    });
    let made = asker.post("/v1/keys", &enrolment, "201").await?;
    let secret = made["secret"].as_str().context("the answer does not contain the secret of the key")?;
    let scheme = if tls { "https" } else { "http" };
    let plan = Plan {
        ca: tls.then(|| home.certificate()),
        ..Plan::new(format!("{scheme}://{}", server.address), secret, agents)
    };
    let began = Instant::now();
    let swarm = Swarm::start(plan)?;
    let all = agents as usize;
    let enrolled = swarm.wait(PATIENCE, |seen| seen.connected == all).await;
    let enrolling = began.elapsed();
    ensure!(enrolled, "{:?}: {:?}", swarm.seen(), swarm.last_failure());

    // Memory that enrolling leaves behind is not part of the cost of holding agents, so all agents
    // reconnect.
    let began = Instant::now();
    swarm.crash();
    ensure!(swarm.wait(PATIENCE, |seen| seen.connected < all).await, "no agent disconnected");
    ensure!(swarm.wait(PATIENCE, |seen| seen.connected == all).await, "{:?}", swarm.seen());
    let connecting = began.elapsed();

    let busy = proc::processor_time(process).context("the processor time of the server cannot be read")?;
    tokio::time::sleep(WATCH).await;
    let idle =
        proc::processor_time(process).context("the processor time of the server cannot be read")? - busy;
    let held = proc::resident(process).context("the memory of the server cannot be read")?;

    let mut commands = Vec::with_capacity(COMMANDS);
    for _ in 0..COMMANDS {
        commands.push(command(&asker, agents).await?.as_secs_f64() * 1e3);
    }
    let seen = swarm.seen();
    ensure!(seen.carried_out == u64::from(agents) * COMMANDS as u64, "{seen:?}");
    let after = proc::resident(process).context("the memory of the server cannot be read")?;
    swarm.stop().await;
    Ok(Column {
        agents,
        rest,
        held,
        after,
        enrolling,
        connecting,
        idle: idle.div_f64(WATCH.as_secs_f64()),
        commands,
    })
}

/// Sends a command to all agents. Returns the time until the last of their results is in the database.
async fn command(asker: &Asker, agents: u32) -> anyhow::Result<Duration> {
    let body = serde_json::json!({
        "targets": { "labels": format!("{LABEL}=yes") }, "shell": "sh", "command": "true",
    });
    let mut connection = Connection::open(asker.plain).await?;
    let request = post(asker.plain, Some(&asker.key), "/v1/commands", &body.to_string());
    let began = Instant::now();
    let given: Value = serde_json::from_slice(connection.ask(&request, "202").await?)?;
    ensure!(given["target_count"] == agents, "{given}");
    let id = given["id"].as_str().context("the answer does not contain the id of the command")?;
    let look = get(asker.plain, Some(&asker.key), &format!("/v1/commands/{id}"));
    while began.elapsed() < PATIENCE {
        let seen: Value = serde_json::from_slice(connection.ask(&look, "200").await?)?;
        if seen["progress"]["succeeded"] == agents {
            return Ok(began.elapsed());
        }
        tokio::time::sleep(GLANCE).await;
    }
    bail!("the command did not end within {PATIENCE:?}")
}
