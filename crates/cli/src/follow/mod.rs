//! Waits for a command, and shows its results.

mod gather;
mod watch;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use self::gather::{exit_code, show_prefixed};
pub(crate) use self::gather::{show_all, tail_of_failure};
use self::watch::{WatchEnd, watch};
use crate::answer::show_problem;
use crate::client::Server;
use crate::output;

/// How often a schedule is asked whether it has given its command, and how many times.
const AGAIN: Duration = Duration::from_millis(250);
const ATTEMPTS: u32 = 120;

/// How results are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The command and its results in JSON.
    Json,
    /// Equal results together.
    Grouped,
    /// Each line of output begins with the name of its node.
    Prefixed,
}

/// The path of a command, or of something below it.
fn path(id: &str, below: Option<&str>) -> Vec<String> {
    ["v1", "commands", id].into_iter().chain(below).map(str::to_owned).collect()
}

/// Follows what was given: `answer` is a command, or a schedule that runs now. `before` is the schedule
/// before that. Returns the exit code of `bailiwick run`.
pub(crate) async fn given(
    server: &Server,
    query: &[(String, String)],
    answer: &Value,
    before: Option<Value>,
    shown: Shown,
) -> anyhow::Result<ExitCode> {
    let id = answer["id"].as_str().context("the answer of the server contains no id")?;
    match before {
        None => command(server, query, id, answer["target_count"].as_u64(), shown).await,
        Some(before) => {
            let id = command_of_schedule(server, query, id, &before).await?;
            command(server, query, &id, None, shown).await
        }
    }
}

/// Follows a command to its end, and shows its results. `count` is the number of its nodes, if known.
async fn command(
    server: &Server,
    query: &[(String, String)],
    id: &str,
    count: Option<u64>,
    shown: Shown,
) -> anyhow::Result<ExitCode> {
    let count = match count {
        Some(count) => count,
        None => read(server, &path(id, None), query).await?["target_count"].as_u64().unwrap_or_default(),
    };
    let watched = tokio::select! {
        watched = watch(server, id, query, count) => watched?,
        _ = tokio::signal::ctrl_c() => WatchEnd::Stopped,
    };
    if matches!(watched, WatchEnd::Stopped) {
        output::note("Stopped watching; the command continues. To cancel it, or to see its results:");
        output::note(&format!("  bailiwick commands cancel {id}"));
        output::note(&format!("  bailiwick commands results {id}"));
        return Ok(ExitCode::from(130));
    }
    let results = results(server, id, query).await?;
    match shown {
        Shown::Json => {
            let command = read(server, &path(id, None), query).await?;
            output::json(&json!({ "command": command, "results": results }));
        }
        Shown::Grouped => show_all(&results),
        Shown::Prefixed => show_prefixed(&results),
    }
    Ok(exit_code(&results))
}

/// Reads an object, which must exist.
async fn read(server: &Server, path: &[String], query: &[(String, String)]) -> anyhow::Result<Value> {
    let reply = server.call("GET", path, query, None).await?;
    if !reply.status.is_success() {
        show_problem(&reply.body);
        bail!("{} cannot be read", path.join("/"));
    }
    Ok(reply.body)
}

/// All results of a command.
pub(crate) async fn results(
    server: &Server,
    id: &str,
    query: &[(String, String)],
) -> anyhow::Result<Vec<Value>> {
    let mut results = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = query.to_vec();
        query.push(("limit".into(), "1000".into()));
        query.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
        let mut page = read(server, &path(id, Some("results")), &query).await?;
        if let Value::Array(items) = page["items"].take() {
            results.extend(items);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(results),
        }
    }
}

/// A schedule, read before it runs: afterwards one can tell that it has run.
pub(crate) async fn schedule(
    server: &Server,
    query: &[(String, String)],
    id: &str,
) -> anyhow::Result<Option<Value>> {
    let path = ["v1", "schedules", id].map(str::to_owned);
    read(server, &path, query).await.map(Some)
}

/// Waits until a schedule has given its command, and returns the command's id.
async fn command_of_schedule(
    server: &Server,
    query: &[(String, String)],
    id: &str,
    before: &Value,
) -> anyhow::Result<String> {
    for _ in 0..ATTEMPTS {
        let now = schedule(server, query, id).await?.unwrap_or_default();
        if now["last_run_at"] != before["last_run_at"] {
            if let Some(error) = now["last_error"].as_str() {
                bail!("the schedule gave no command: {error}");
            }
            let command = now["last_command_id"].as_str();
            return command.map(str::to_owned).context("the schedule gave no command");
        }
        tokio::time::sleep(AGAIN).await;
    }
    bail!("the schedule has not run yet: `bailiwick schedules get {id}` shows when it has");
}
