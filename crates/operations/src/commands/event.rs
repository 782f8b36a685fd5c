//! Events of commands.

use bailiwick_domain::command::{OutputStream, Progress, ResultState};
use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::NodeName;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::events::StreamEvent;
use bailiwick_store::commands::{OutputEvent, ResultEvent};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Serialize;

/// An event of a command.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum CommandEvent {
    /// A piece of output from a node.
    Output(OutputTold),
    /// The state of a node.
    Result(ResultTold),
    /// No more events can come.
    End(EndTold),
}

/// A piece of output from a node.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OutputTold {
    /// The node.
    node_id: NodeId,
    /// The stream: standard output or standard error.
    stream: OutputStream,
    /// How many bytes of the stream came before it.
    position: u64,
    /// The text; invalid UTF-8 is shown as U+FFFD.
    text: String,
    /// The bytes in Base64 (RFC 4648, section 4). Only present if they are not valid UTF-8, which also
    /// happens if a character is split between two pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

/// The state of a node.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ResultTold {
    /// The node.
    node_id: NodeId,
    /// The node's name.
    node_name: NodeName,
    /// The state of its result.
    state: ResultState,
    /// The exit code; null if it did not exit by itself or has no exit code.
    exit_code: Option<i32>,
    /// The signal that ended it; null if none did.
    signal: Option<i32>,
    /// An error message; null if there was no error, or only the exit code shows it.
    error: Option<String>,
    /// How many bytes it wrote to standard output.
    stdout_bytes: u64,
    /// How many bytes it wrote to standard error.
    stderr_bytes: u64,
    /// When it began there; null if it did not begin.
    started_at: Option<Timestamp>,
    /// When its end became known; null if it has not ended.
    finished_at: Option<Timestamp>,
    /// How long it ran, in milliseconds; null if it is not known.
    duration_ms: Option<u64>,
}

/// No more events can come.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EndTold {
    /// How many results are in each state.
    pub(super) progress: Progress,
}

impl StreamEvent for CommandEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::Output(_) => "output",
            Self::Result(_) => "result",
            Self::End(_) => "end",
        }
    }
}

impl From<&OutputEvent> for CommandEvent {
    fn from(event: &OutputEvent) -> Self {
        let text = String::from_utf8_lossy(&event.bytes);
        let base64 = matches!(text, std::borrow::Cow::Owned(_)).then(|| STANDARD.encode(&event.bytes));
        Self::Output(OutputTold {
            node_id: event.node,
            stream: event.stream,
            position: event.position,
            text: text.into_owned(),
            base64,
        })
    }
}

impl From<&ResultEvent> for CommandEvent {
    fn from(event: &ResultEvent) -> Self {
        let result = &event.result;
        Self::Result(ResultTold {
            node_id: result.node_id,
            node_name: result.node_name.clone(),
            state: result.state,
            exit_code: result.exit_code,
            signal: result.signal,
            error: result.error.clone(),
            stdout_bytes: result.stdout.total_bytes,
            stderr_bytes: result.stderr.total_bytes,
            started_at: result.started_at,
            finished_at: result.finished_at,
            duration_ms: result.duration_ms,
        })
    }
}
