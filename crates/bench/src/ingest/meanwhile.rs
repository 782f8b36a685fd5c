//! Measures what others notice while observations arrive quickly at a server that has one processor.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bailiwick_domain::outside::Clock as _;
use bailiwick_engine::outside::SystemClock;
use bailiwick_swarm::{Plan, Swarm};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::bodies::{Form, body};
use super::{Filled, VALUES, senders};
use crate::connection::{Connection, get, post, post_as};
use crate::inventory::{Budget, Figure};
use crate::product::Running;
use crate::report::Times;

/// How many values arrive each second.
const RATE: usize = 500_000;
/// How long they arrive.
const TURN: Duration = Duration::from_secs(30);
/// How often others ask.
const WHOAMI_EVERY: Duration = Duration::from_millis(5);
const COMMAND_EVERY: Duration = Duration::from_millis(100);
/// How often it is looked whether a command has ended.
const GLANCE: Duration = Duration::from_millis(1);
/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn figures(runtime: &Runtime, filled: &Filled<'_>) -> anyhow::Result<Vec<Figure>> {
    let fleet = runtime.block_on(filled.fleet(500))?;
    let server = filled.start_pinned()?;
    let first = SystemClock.now().plus_seconds(-86_400 * 365);
    let bodies = TURN.as_secs() as usize * RATE / VALUES;
    // Made before, so that this process does nothing but send them.
    let requests: Vec<Vec<u8>> = (0..bodies)
        .map(|number| {
            let body = body(Form::Columns, senders(&fleet), first, number);
            let form = Form::Columns.content_type();
            post_as(server.address, Some(&filled.key), "/v1/observations", form, &body)
        })
        .collect();
    let measured = runtime.block_on(async {
        let swarm = one_agent(&server, &filled.key).await?;
        let other = made(&server, &filled.key, &json!({ "name": "Other", "scopes": ["nodes:read"] })).await?;
        let others = async {
            let whoami = ask_often(&server, &other);
            let commands = command_often(&server, &filled.key);
            let (whoami, commands) = tokio::join!(whoami, commands);
            anyhow::Ok((whoami?, commands?))
        };
        let (sent, others) = tokio::join!(send(&server, &requests), others);
        swarm.stop().await;
        anyhow::Ok((sent?, others?))
    })?;
    server.process.stop()?;
    let (rate, (whoami, commands)) = measured;
    let at = format!("while {rate:.0} values a second arrive");
    Ok(vec![
        Figure::times(format!("whoami of another key {at}"), &whoami)
            .judged(Some(Budget::at_most("ms", 10.0))),
        Figure::times(format!("a command to one agent {at}"), &commands)
            .judged(Some(Budget::at_most("ms", 100.0))),
    ])
}

/// Makes a key. Returns its secret.
async fn made(server: &Running, key: &str, body: &Value) -> anyhow::Result<String> {
    let mut connection = Connection::open(server.address).await?;
    let request = post(server.address, Some(key), "/v1/keys", &body.to_string());
    let made: Value = serde_json::from_slice(connection.ask(&request, "201").await?)?;
    Ok(made["secret"].as_str().context("the answer does not contain the secret of the key")?.to_owned())
}

/// Connects an agent.
async fn one_agent(server: &Running, key: &str) -> anyhow::Result<Swarm> {
    let enrolment = json!({
        "name": "Swarm", "kind": "enrol", "enrolment": { "uses": 1, "labels": { "swarm": "yes" } },
    });
    let secret = made(server, key, &enrolment).await?;
    let swarm = Swarm::start(Plan::new(format!("http://{}", server.address), &secret, 1))?;
    let connected = swarm.wait(PATIENCE, |seen| seen.connected == 1).await;
    ensure!(connected, "{:?}: {:?}", swarm.seen(), swarm.last_failure());
    Ok(swarm)
}

/// Sends the requests at [`RATE`]. Returns how many values were sent a second.
async fn send(server: &Running, requests: &[Vec<u8>]) -> anyhow::Result<f64> {
    let mut connection = Connection::open(server.address).await?;
    let mut due = tokio::time::interval(Duration::from_secs(1) * VALUES as u32 / RATE as u32);
    let began = Instant::now();
    for request in requests {
        due.tick().await;
        connection.ask(request, "200").await?;
    }
    Ok((requests.len() * VALUES) as f64 / began.elapsed().as_secs_f64())
}

fn nanos(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_nanos()).unwrap_or(u32::MAX)
}

/// Asks again and again who the key is.
async fn ask_often(server: &Running, key: &str) -> anyhow::Result<Times> {
    let mut connection = Connection::open(server.address).await?;
    let request = get(server.address, Some(key), "/v1/whoami");
    let mut due = tokio::time::interval(WHOAMI_EVERY);
    let (began, mut took) = (Instant::now(), Vec::new());
    while began.elapsed() < TURN {
        due.tick().await;
        let asked = Instant::now();
        connection.ask(&request, "200").await?;
        took.push(nanos(asked));
    }
    Ok(Times::new(took))
}

/// Gives the agent a command again and again. A time is from the request until its result is stored.
async fn command_often(server: &Running, key: &str) -> anyhow::Result<Times> {
    let mut connection = Connection::open(server.address).await?;
    let body = json!({ "targets": { "labels": "swarm=yes" }, "shell": "sh", "command": "true" });
    let request = post(server.address, Some(key), "/v1/commands", &body.to_string());
    let mut due = tokio::time::interval(COMMAND_EVERY);
    let (began, mut took) = (Instant::now(), Vec::new());
    while began.elapsed() < TURN {
        due.tick().await;
        let asked = Instant::now();
        let given: Value = serde_json::from_slice(connection.ask(&request, "202").await?)?;
        let id = given["id"].as_str().context("the answer does not contain the id of the command")?;
        let look = get(server.address, Some(key), &format!("/v1/commands/{id}"));
        loop {
            let seen: Value = serde_json::from_slice(connection.ask(&look, "200").await?)?;
            if seen["progress"]["succeeded"] == 1 {
                break;
            }
            if asked.elapsed() > PATIENCE {
                bail!("the command did not end: {seen}");
            }
            tokio::time::sleep(GLANCE).await;
        }
        took.push(nanos(asked));
    }
    Ok(Times::new(took))
}
