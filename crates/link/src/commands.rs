//! The messages of the custom capability `dev.bailiwick.commands`. It has two types of messages:
//! `orders` from the server to an agent, and `reports` from an agent to the server.
//! `docs/agent-protocol.md` describes when they are sent.

use std::collections::HashMap;

use prost::{Enumeration, Message, Oneof};

/// The type of messages to agents: [`Orders`].
pub const ORDERS: &str = "orders";
/// The type of messages to the server: [`Reports`].
pub const REPORTS: &str = "reports";

/// The server's orders to an agent, about commands.
#[derive(Clone, PartialEq, Message)]
pub struct Orders {
    /// Commands to run. The agent does not run a command a second time that it knows already, but
    /// reports what it knows of it.
    #[prost(message, repeated, tag = "1")]
    pub run: Vec<Order>,
    /// Commands to cancel, by id.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub cancel: Vec<Vec<u8>>,
    /// Commands whose outcome the server has stored, by id: the agent may forget them.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub acknowledge: Vec<Vec<u8>>,
}

/// A command for one agent.
#[derive(Clone, PartialEq, Message)]
pub struct Order {
    /// The command's id: 16 bytes, a UUID.
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
    /// How long it may run, in seconds.
    #[prost(uint32, tag = "2")]
    pub timeout_seconds: u32,
    /// The agent does not start it more than this many milliseconds after it arrived.
    #[prost(uint64, tag = "3")]
    pub expires_in_ms: u64,
    /// The most bytes that are kept of each output stream.
    #[prost(uint32, tag = "4")]
    pub output_limit_bytes: u32,
    /// What to do.
    #[prost(oneof = "What", tags = "5, 6, 7, 8")]
    pub what: Option<What>,
}

/// What a command tells an agent to do.
#[derive(Clone, PartialEq, Oneof)]
pub enum What {
    /// Run a text in a shell.
    #[prost(message, tag = "5")]
    Shell(ShellOrder),
    /// Scan for updates.
    #[prost(message, tag = "6")]
    ScanUpdates(ScanUpdates),
    /// Install updates.
    #[prost(message, tag = "7")]
    InstallUpdates(InstallUpdates),
    /// Restart the machine.
    #[prost(message, tag = "8")]
    Reboot(Reboot),
}

/// A text that a shell runs.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct ShellOrder {
    /// The shell, in the text form of [`Shell`](bailiwick_domain::command::Shell).
    #[prost(string, tag = "1")]
    pub shell: String,
    /// The text.
    #[prost(string, tag = "2")]
    pub command: String,
    /// The arguments, which the text can read as `$1`, `$2`, …
    #[prost(string, repeated, tag = "3")]
    pub arguments: Vec<String>,
    /// Additional environment variables.
    #[prost(map = "string, string", tag = "4")]
    pub env: HashMap<String, String>,
    /// The user to run as; empty for the agent's own user.
    #[prost(string, tag = "5")]
    pub run_as: String,
    /// The working directory; empty for the home directory of the user it runs as.
    #[prost(string, tag = "6")]
    pub working_directory: String,
}

impl std::fmt::Debug for ShellOrder {
    /// Leaves out the text and the environment, which may contain secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShellOrder").field("shell", &self.shell).finish_non_exhaustive()
    }
}

/// Scan for updates.
#[derive(Clone, PartialEq, Message)]
pub struct ScanUpdates {}

/// Install updates, then scan for those that are left.
#[derive(Clone, PartialEq, Message)]
pub struct InstallUpdates {
    /// The updates with these names or references.
    #[prost(string, repeated, tag = "1")]
    pub names: Vec<String>,
    /// All security updates. Set only if `names` is empty.
    #[prost(bool, tag = "2")]
    pub security_only: bool,
    /// All updates. Set only if neither of the others is. An order that sets none of the three installs
    /// nothing.
    #[prost(bool, tag = "3")]
    pub all: bool,
}

/// Restart the machine.
#[derive(Clone, PartialEq, Message)]
pub struct Reboot {}

/// What an agent reports about its commands.
#[derive(Clone, PartialEq, Message)]
pub struct Reports {
    /// The reports, in the order of what happened.
    #[prost(message, repeated, tag = "1")]
    pub reports: Vec<Report>,
}

/// One report about one command.
#[derive(Clone, PartialEq, Message)]
pub struct Report {
    /// The command's id.
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
    /// What happened.
    #[prost(oneof = "ReportBody", tags = "2, 3, 4")]
    pub news: Option<ReportBody>,
}

/// What can be reported about a command.
#[derive(Clone, PartialEq, Oneof)]
pub enum ReportBody {
    /// It has started.
    #[prost(message, tag = "2")]
    Started(Started),
    /// It has written output.
    #[prost(message, tag = "3")]
    Output(Output),
    /// It has ended. The agent repeats this report until the server acknowledges it.
    #[prost(message, tag = "4")]
    Finished(Finished),
}

/// A command has started.
#[derive(Clone, PartialEq, Message)]
pub struct Started {}

/// A piece of a command's output.
#[derive(Clone, PartialEq, Message)]
pub struct Output {
    /// The stream that it was written to.
    #[prost(enumeration = "Stream", tag = "1")]
    pub stream: i32,
    /// How many bytes of the stream came before this piece.
    #[prost(uint64, tag = "2")]
    pub position: u64,
    /// The bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub bytes: Vec<u8>,
}

/// A command has ended.
#[derive(Clone, PartialEq, Message)]
pub struct Finished {
    /// How it ended.
    #[prost(enumeration = "End", tag = "1")]
    pub end: i32,
    /// The exit code, if it exited by itself.
    #[prost(sint32, optional, tag = "2")]
    pub exit_code: Option<i32>,
    /// The signal that ended it, if one did.
    #[prost(sint32, optional, tag = "3")]
    pub signal: Option<i32>,
    /// What went wrong, for people; empty if nothing did.
    #[prost(string, tag = "4")]
    pub error: String,
    /// How long it ran, in milliseconds.
    #[prost(uint64, optional, tag = "5")]
    pub duration_ms: Option<u64>,
    /// How many bytes it wrote to standard output.
    #[prost(uint64, tag = "6")]
    pub stdout_bytes: u64,
    /// How many bytes it wrote to standard error.
    #[prost(uint64, tag = "7")]
    pub stderr_bytes: u64,
    /// The kept output that was not yet reported.
    #[prost(message, repeated, tag = "8")]
    pub output: Vec<Output>,
    /// The result of a scan for updates: the domain's `UpdateScan` as JSON; empty if there was no scan.
    #[prost(bytes = "vec", tag = "9")]
    pub updates: Vec<u8>,
}

/// The two output streams of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Stream {
    /// Standard output.
    Stdout = 0,
    /// Standard error.
    Stderr = 1,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum End {
    /// The outcome is unknown: the agent itself ended while the command ran.
    Lost = 0,
    /// It exited by itself, with exit code 0.
    Succeeded = 1,
    /// It ended in another way, or could not be started.
    Failed = 2,
    /// It exceeded its timeout.
    TimedOut = 3,
    /// The server cancelled it.
    Cancelled = 4,
    /// It had expired before it could start.
    Expired = 5,
}

impl From<End> for bailiwick_domain::command::ResultState {
    fn from(end: End) -> Self {
        match end {
            End::Lost => Self::Lost,
            End::Succeeded => Self::Succeeded,
            End::Failed => Self::Failed,
            End::TimedOut => Self::TimedOut,
            End::Cancelled => Self::Cancelled,
            End::Expired => Self::Expired,
        }
    }
}

impl From<Stream> for bailiwick_domain::command::OutputStream {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Stdout => Self::Stdout,
            Stream::Stderr => Self::Stderr,
        }
    }
}
