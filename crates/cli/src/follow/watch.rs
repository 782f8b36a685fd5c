//! Watches a command until it has ended on all nodes.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::path;
use crate::answer::show_problem;
use crate::client::{Server, Watching};
use crate::events::EventStream;

/// How long to wait before a broken event stream is reopened, and how many times in a row without an event.
const AGAIN: Duration = Duration::from_secs(1);
const ATTEMPTS: u32 = 30;

/// How watching ended.
pub(super) enum WatchEnd {
    /// The command has ended on all nodes.
    Over,
    /// The user has stopped watching.
    Stopped,
}

/// The state of the command on each node, shown as a bar.
struct Progress {
    bar: ProgressBar,
    states: HashMap<String, String>,
}

fn is_final(state: &str) -> bool {
    !matches!(state, "queued" | "sent" | "running")
}

impl Progress {
    fn new(count: u64) -> Self {
        let bar = ProgressBar::new(count);
        // If the template cannot be parsed, the library's default bar is used.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} nodes{msg}  {elapsed}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, states: HashMap::new() }
    }

    fn take(&mut self, event: &Value) {
        let (Some(node), Some(state)) = (event["node_id"].as_str(), event["state"].as_str()) else { return };
        self.states.insert(node.to_owned(), state.to_owned());
        let count =
            |wanted: &dyn Fn(&str) -> bool| self.states.values().filter(|state| wanted(state)).count();
        let (over, running) = (count(&is_final), count(&|state| state == "running"));
        let wrong = count(&|state| is_final(state) && state != "succeeded");
        self.bar.set_position(over as u64);
        let mut message = String::new();
        if running > 0 {
            message.push_str(&format!(", {running} running"));
        }
        if wrong > 0 {
            message.push_str(&format!(", {wrong} unsuccessful"));
        }
        self.bar.set_message(message);
    }
}

/// Watches a command that runs on `count` nodes.
pub(super) async fn watch(
    server: &Server,
    id: &str,
    query: &[(String, String)],
    count: u64,
) -> anyhow::Result<WatchEnd> {
    let mut progress = Progress::new(count);
    let (mut after, mut attempts) = (None, 0);
    loop {
        let opened = server.watch(&path(id, Some("events")), query, after.as_deref()).await;
        let broken = match opened {
            Ok(Watching::Events(events)) => {
                match follow(events, &mut progress, &mut after, &mut attempts).await {
                    Ok(true) => {
                        progress.bar.finish_and_clear();
                        return Ok(WatchEnd::Over);
                    }
                    Ok(false) => anyhow::anyhow!("the server ended the event stream"),
                    Err(error) => error,
                }
            }
            Ok(Watching::Refused(reply)) if reply.status.is_client_error() => {
                progress.bar.finish_and_clear();
                show_problem(&reply.body);
                bail!("the command cannot be watched; it continues");
            }
            Ok(Watching::Refused(reply)) => anyhow::anyhow!("the server answered {}", reply.status),
            Err(error) => error,
        };
        attempts += 1;
        if attempts > ATTEMPTS {
            return Err(broken.context(format!("command {id} continues, but it can no longer be watched")));
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Follows a stream of events. Returns whether its last event has arrived.
async fn follow(
    mut events: EventStream,
    progress: &mut Progress,
    after: &mut Option<String>,
    attempts: &mut u32,
) -> anyhow::Result<bool> {
    while let Some(event) = events.next().await? {
        *attempts = 0;
        if event.id.is_some() {
            *after = event.id;
        }
        match event.data["event"].as_str() {
            Some("result") => progress.take(&event.data),
            Some("end") => return Ok(true),
            _ => {}
        }
    }
    Ok(false)
}
