//! The messages of the custom capability `dev.bailiwick.commands`. There are two types of them:
//! `orders` from server to agent, `reports` from agent to server. `docs/agent-protocol.md` tells when
//! which is sent.

use std::collections::HashMap;

use prost::{Enumeration, Message, Oneof};

/// The type of messages to an agent: [`Orders`].
pub const ORDERS: &str = "orders";
/// The type of messages to the server: [`Reports`].
pub const REPORTS: &str = "reports";

/// What an agent is told to do.
#[derive(Clone, PartialEq, Message)]
pub struct Orders {
    /// Commands to carry out. One that the agent knows already is not carried out again; it reports
    /// what it knows of it.
    #[prost(message, repeated, tag = "1")]
    pub run: Vec<Order>,
    /// Commands to end, by id.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub cancel: Vec<Vec<u8>>,
    /// Commands whose end is written down, by id: the agent may forget what it reported.
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
    /// It is not begun if more milliseconds than this have passed since it arrived.
    #[prost(uint64, tag = "3")]
    pub expires_in_ms: u64,
    /// The most bytes that are kept of each stream.
    #[prost(uint32, tag = "4")]
    pub output_limit_bytes: u32,
    /// What to do.
    #[prost(oneof = "What", tags = "5, 6, 7, 8")]
    pub what: Option<What>,
}

/// What a command tells an agent to do.
#[derive(Clone, PartialEq, Oneof)]
pub enum What {
    /// Give a text to a shell.
    #[prost(message, tag = "5")]
    Shell(ShellOrder),
    /// Find out which updates there are.
    #[prost(message, tag = "6")]
    ScanUpdates(ScanUpdates),
    /// Install updates.
    #[prost(message, tag = "7")]
    InstallUpdates(InstallUpdates),
    /// Start the machine again.
    #[prost(message, tag = "8")]
    Reboot(Reboot),
}

/// A text for a shell.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct ShellOrder {
    /// The shell, as [`Shell`](bailiwick_domain::command::Shell) is written.
    #[prost(string, tag = "1")]
    pub shell: String,
    /// The text.
    #[prost(string, tag = "2")]
    pub command: String,
    /// The arguments of the text.
    #[prost(string, repeated, tag = "3")]
    pub arguments: Vec<String>,
    /// Variables of its environment, beside the agent's own.
    #[prost(map = "string, string", tag = "4")]
    pub env: HashMap<String, String>,
    /// The user to run it as; empty for the agent's own.
    #[prost(string, tag = "5")]
    pub run_as: String,
    /// Where it runs; empty for the home of whoever runs it.
    #[prost(string, tag = "6")]
    pub working_directory: String,
}

impl std::fmt::Debug for ShellOrder {
    /// Without the text and the environment: there may be secrets in both.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShellOrder").field("shell", &self.shell).finish_non_exhaustive()
    }
}

/// Find out which updates there are.
#[derive(Clone, PartialEq, Message)]
pub struct ScanUpdates {}

/// Install updates, and then find out which are left.
#[derive(Clone, PartialEq, Message)]
pub struct InstallUpdates {
    /// These, by name.
    #[prost(string, repeated, tag = "1")]
    pub names: Vec<String>,
    /// Without names: those that close holes.
    #[prost(bool, tag = "2")]
    pub security_only: bool,
    /// Without either: all. An order that says nothing of the three installs nothing.
    #[prost(bool, tag = "3")]
    pub all: bool,
}

/// Start the machine again.
#[derive(Clone, PartialEq, Message)]
pub struct Reboot {}

/// What an agent tells of its commands.
#[derive(Clone, PartialEq, Message)]
pub struct Reports {
    /// What it tells, in the order in which it happened.
    #[prost(message, repeated, tag = "1")]
    pub reports: Vec<Report>,
}

/// What an agent tells of one command.
#[derive(Clone, PartialEq, Message)]
pub struct Report {
    /// The command's id.
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
    /// What it tells.
    #[prost(oneof = "News", tags = "2, 3, 4")]
    pub news: Option<News>,
}

/// What there is to tell of a command.
#[derive(Clone, PartialEq, Oneof)]
pub enum News {
    /// It has begun.
    #[prost(message, tag = "2")]
    Started(Started),
    /// It wrote something.
    #[prost(message, tag = "3")]
    Output(Output),
    /// It has ended. This is told again until it is acknowledged.
    #[prost(message, tag = "4")]
    Finished(Finished),
}

/// A command has begun.
#[derive(Clone, PartialEq, Message)]
pub struct Started {}

/// A piece of what a command wrote.
#[derive(Clone, PartialEq, Message)]
pub struct Output {
    /// Which stream.
    #[prost(enumeration = "Stream", tag = "1")]
    pub stream: i32,
    /// How many bytes of the stream came before.
    #[prost(uint64, tag = "2")]
    pub position: u64,
    /// The bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub bytes: Vec<u8>,
}

/// A command has ended.
#[derive(Clone, PartialEq, Message)]
pub struct Finished {
    /// How.
    #[prost(enumeration = "End", tag = "1")]
    pub end: i32,
    /// The exit code, if it ended by itself.
    #[prost(sint32, optional, tag = "2")]
    pub exit_code: Option<i32>,
    /// The signal that ended it.
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
    /// What is kept of its output and was not told yet.
    #[prost(message, repeated, tag = "8")]
    pub output: Vec<Output>,
    /// What a scan for updates found: an `UpdateScan` of the domain as JSON; empty for no scan.
    #[prost(bytes = "vec", tag = "9")]
    pub updates: Vec<u8>,
}

/// The two streams that a program writes.
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
    /// Nobody knows: the agent was ended while it ran.
    Lost = 0,
    /// By itself, with exit code 0.
    Succeeded = 1,
    /// Otherwise, or it could not be begun.
    Failed = 2,
    /// It ran too long.
    TimedOut = 3,
    /// The server asked to end it.
    Cancelled = 4,
    /// It was too late to begin.
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

impl From<Stream> for bailiwick_domain::command::Stream {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Stdout => Self::Stdout,
            Stream::Stderr => Self::Stderr,
        }
    }
}
