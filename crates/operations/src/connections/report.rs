//! What an agent tells of its commands.

use bailiwick_domain::command::{ResultState, Stream};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::update::UpdateScan;

/// What an agent tells of one command.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The command.
    pub command: CommandId,
    /// What it tells.
    pub news: News,
}

/// What there is to tell of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// It has begun.
    Started,
    /// It wrote something.
    Output(Piece),
    /// It has ended.
    Finished(Box<Ending>),
}

/// A piece of what a command wrote.
#[derive(Clone, PartialEq, Eq)]
pub struct Piece {
    /// Which stream.
    pub stream: Stream,
    /// How many bytes of the stream came before.
    pub position: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Piece {
    /// Without the bytes: a command may write what is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { stream, position, bytes } = self;
        f.debug_struct("Piece")
            .field("stream", stream)
            .field("position", position)
            .field("length", &bytes.len())
            .finish()
    }
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// How: one that [nodes tell](ResultState::is_told_by_nodes).
    pub state: ResultState,
    /// The exit code, if it ended by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// What went wrong, for people.
    pub error: Option<String>,
    /// How long it ran, in milliseconds.
    pub duration_ms: Option<u64>,
    /// How many bytes it wrote to standard output.
    pub stdout_bytes: u64,
    /// How many bytes it wrote to standard error.
    pub stderr_bytes: u64,
    /// What is kept of its output and was not told yet.
    pub output: Vec<Piece>,
    /// What a scan for updates found.
    pub updates: Option<UpdateScan>,
}
