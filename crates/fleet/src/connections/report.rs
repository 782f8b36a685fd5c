//! Reports of agents about commands.

use bailiwick_domain::command::{OutputStream, ResultState};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::update::UpdateScan;

/// A report of an agent about one command.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The command.
    pub command: CommandId,
    /// The content.
    pub news: ReportContent,
}

/// The content of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportContent {
    /// The command has begun.
    Started,
    /// The command wrote output.
    Output(Piece),
    /// The command has ended.
    Finished(Box<CommandEnd>),
}

/// A piece of a command's output.
#[derive(Clone, PartialEq, Eq)]
pub struct Piece {
    /// The stream: standard output or standard error.
    pub stream: OutputStream,
    /// How many bytes of the stream came before it.
    pub position: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Piece {
    /// Without the bytes, because a command may write secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { stream, position, bytes } = self;
        f.debug_struct("Piece")
            .field("stream", stream)
            .field("position", position)
            .field("length", &bytes.len())
            .finish()
    }
}

/// The end of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandEnd {
    /// The state: one that [nodes report](ResultState::is_told_by_nodes).
    pub state: ResultState,
    /// The exit code; `None` if it did not exit by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended it; `None` if none did.
    pub signal: Option<i32>,
    /// An error message, for people.
    pub error: Option<String>,
    /// How long it ran, in milliseconds.
    pub duration_ms: Option<u64>,
    /// How many bytes it wrote to standard output.
    pub stdout_bytes: u64,
    /// How many bytes it wrote to standard error.
    pub stderr_bytes: u64,
    /// The part of its output that is kept and was not reported yet.
    pub output: Vec<Piece>,
    /// The result of a scan for updates.
    pub updates: Option<UpdateScan>,
}
