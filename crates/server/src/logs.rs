//! The log: structured, on standard error, never in a request's way.

use std::io::BufWriter;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};

/// The most lines that wait to be written. When a terminal or a pipe stands still, further lines
/// are dropped, not requests.
const LINES_WAITING: usize = 64_000;
/// The most that is written at once.
const BYTES_AT_ONCE: usize = 64 << 10;

/// Why the log cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is not understood.
    #[error("{0}")]
    Level(String),
    /// There is a log already.
    #[error("the log was started twice")]
    Twice,
}

/// Starts the log. What waits is written when the guard is dropped.
pub fn start(log: &Log) -> Result<WorkerGuard, LogError> {
    let filter = log.filter().map_err(LogError::Level)?;
    // The writing thread flushes when no line waits: under load, many lines are one write.
    let stderr = BufWriter::with_capacity(BYTES_AT_ONCE, std::io::stderr());
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(LINES_WAITING).finish(stderr);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match log.format {
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
        LogFormat::Text => {
            let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
            builder.with_ansi(colour).finish().try_init()
        }
    }
    .map_err(|_| LogError::Twice)?;
    Ok(guard)
}
