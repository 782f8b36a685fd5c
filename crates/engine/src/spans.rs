//! Spans: what the lines in the log belong to. They have the level of a warning, so that each warning says what
//! it belongs to, whatever the level of the log is. If warnings are off, a span costs nothing.

use std::future::Future;

use bailiwick_domain::id::{AgentId, RequestId};
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, Span};

use crate::shape::operation_id::OperationId;

/// The span of a request for an operation. What the server does by itself has no request id.
pub fn operation_span(operation: OperationId, request_id: Option<RequestId>) -> Span {
    let request_id = request_id.map(tracing::field::display);
    tracing::warn_span!(target: "bailiwick::operation", "operation", operation = operation.as_str(), request_id)
}

/// The span of a message from or to an agent, or another OpAMP client. The id is that of the request with which
/// the client connected.
pub fn message_span(agent: Option<AgentId>, request_id: Option<RequestId>) -> Span {
    let agent = agent.map(tracing::field::display);
    let request_id = request_id.map(tracing::field::display);
    tracing::warn_span!(target: "bailiwick::operation", "message", agent, request_id)
}

/// Spawns a task that runs in the background until the server stops. Lines in the log that belong to it name
/// it.
pub fn spawn_task(tasks: &TaskTracker, task: &'static str, run: impl Future<Output = ()> + Send + 'static) {
    let span = tracing::warn_span!(target: "bailiwick::operation", "background", task);
    tasks.spawn(run.instrument(span));
}
