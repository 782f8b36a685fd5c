//! Commands: one instruction to a selection of nodes, with one result for each node.

mod instruction;
mod order;
mod outcome;
mod summary;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::authority::actor::Actor;
use crate::id::{CommandId, OrganizationId, ScheduleId};
use crate::inventory::node::NodeRef;
use crate::inventory::site::SiteRef;
use crate::text::selector::Selector;
use crate::time::Timestamp;

pub use crate::authority::command_limits::{CommandLimits, LISTED_MAX, TARGETS_MAX};
pub use crate::text::shell::{NotAShell, Shell};
pub use instruction::{
    ARGUMENTS_MAX, COMMAND_MAX, ENVIRONMENT_MAX, Instruction, InstructionKind, NAMES_MAX, Script, ScriptUse,
    UpdateChoice,
};
pub use order::{Order, SecretEnv};
pub use outcome::{CommandResult, NotAState, Output, OutputStream, ResultState};
pub use summary::{CommandOutcome, CommandSummary, Failure, NotAnOutcome, Progress};

/// The most nodes that a command may list by id or name.
pub const NAMED_MAX: usize = 1_000;
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

/// How the nodes of a command are chosen: in exactly one of these ways. In each, only nodes that have
/// an agent and are in the caller's reach are chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Targets {
    /// The nodes with these ids or names.
    Nodes(Vec<NodeRef>),
    /// The nodes whose labels match, as in `env=prod,!legacy`. An empty selector is refused.
    Labels(Selector),
    /// The nodes at a site, given by id or name.
    Site(SiteRef),
}

impl JsonSchema for Targets {
    fn schema_name() -> Cow<'static, str> {
        "CommandTargets".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let way = |name: &str, mut schema: Schema, description: &str| {
            schema.insert("description".into(), description.into());
            json_schema!({
                "type": "object",
                "properties": { name: schema },
                "required": [name],
                "additionalProperties": false,
            })
        };
        let mut nodes = generator.subschema_for::<Vec<NodeRef>>();
        nodes.insert("maxItems".into(), NAMED_MAX.into());
        json_schema!({
            "oneOf": [
                way("nodes", nodes, "These nodes, by id or name. For more nodes than that, use a label or a site."),
                way(
                    "labels",
                    generator.subschema_for::<Selector>(),
                    "The nodes whose labels match, such as `env=prod,!legacy`. An empty selector is refused.",
                ),
                way("site", generator.subschema_for::<SiteRef>(), "The nodes at a site, by the site's id or name."),
            ],
            "examples": [{ "labels": "env=prod" }],
        })
    }
}
