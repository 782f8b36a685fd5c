//! Commands: one instruction to a selection of nodes, with one result for each node.

mod instruction;
mod order;
mod outcome;
mod summary;

use schemars::JsonSchema;
use serde::Serialize;

use crate::authority::actor::Actor;
use crate::id::{CommandId, OrganizationId, ScheduleId};
use crate::time::Timestamp;

pub use crate::authority::command_limits::{CommandLimits, LISTED_MAX, TARGETS_MAX};
pub use crate::inventory::targets::Targets;
pub use crate::text::shell::{NotAShell, Shell};
pub use instruction::{
    ARGUMENTS_MAX, COMMAND_MAX, ENVIRONMENT_MAX, Instruction, InstructionKind, NAMES_MAX, Script, ScriptUse,
    UpdateChoice,
};
pub use order::{Order, SecretEnv};
pub use outcome::{CommandResult, NotAState, Output, OutputStream, ResultState};
pub use summary::{CommandOutcome, CommandSummary, Failure, NotAnOutcome, Progress};

/// How long a command may run by default, in seconds.
pub const TIMEOUT_DEFAULT: u32 = 60;
/// How long a scan for updates may run by default, in seconds. It fetches package lists, which takes
/// time.
pub const SCAN_TIMEOUT_DEFAULT: u32 = 600;
/// How long an installation of updates may run by default, in seconds: an hour.
pub const INSTALL_TIMEOUT_DEFAULT: u32 = 3_600;
/// The longest that a command may run, in seconds: a day.
pub const TIMEOUT_MAX: u32 = 86_400;
/// How long a command waits for an offline node by default, in seconds: an hour.
pub const TTL_DEFAULT: u32 = 3_600;
/// The longest that a command may wait for a node, in seconds: thirty days.
pub const TTL_MAX: u32 = 2_592_000;
/// How many bytes are kept of standard output and of standard error by default.
pub const OUTPUT_DEFAULT: u32 = 65_536;
/// The most bytes that can be kept of standard output and of standard error.
pub const OUTPUT_MAX: u32 = 1_048_576;

/// A command: one instruction to a selection of nodes.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Command {
    /// Its id.
    pub id: CommandId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// What the nodes are told to do.
    pub instruction: Instruction,
    /// How the nodes were chosen, as the request said. The results tell which nodes those were.
    pub targets: Targets,
    /// How many nodes were chosen.
    pub target_count: u32,
    /// How long it may run on a node, in seconds.
    pub timeout_seconds: u32,
    /// Until when it waits for nodes that are offline.
    pub expires_at: Timestamp,
    /// The most bytes that are kept of each stream: half from the beginning and half from the end.
    pub output_limit_bytes: u32,
    /// Who gave it.
    pub created_by: Actor,
    /// The schedule that gave it; null for none.
    pub schedule_id: Option<ScheduleId>,
    /// When it was given.
    pub created_at: Timestamp,
    /// When its cancellation was requested; null if never.
    pub cancelled_at: Option<Timestamp>,
    /// When its last result was known; null while results are outstanding.
    pub finished_at: Option<Timestamp>,
}
