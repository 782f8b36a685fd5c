//! Commands: one instruction to the nodes of a selection, with one result for each node.

mod instruction;
mod outcome;

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::id::{CommandId, OrganizationId, ScheduleId};
use crate::node::NodeRef;
use crate::selector::Selector;
use crate::site::SiteRef;
use crate::time::Timestamp;

pub use crate::command_limits::{CommandLimits, LISTED_MAX, TARGETS_MAX};
pub use crate::shell::{NotAShell, Shell};
pub use instruction::{
    ARGUMENTS_MAX, COMMAND_MAX, ENVIRONMENT_MAX, Instruction, InstructionKind, NAMES_MAX, Script, ScriptUse,
    UpdateChoice,
};
pub use outcome::{CommandResult, NotAState, Output, ResultState, Stream};

/// The most nodes that one command names one by one.
pub const NAMED_MAX: usize = 1_000;
/// How long a command may run if nobody says, in seconds.
pub const TIMEOUT_DEFAULT: u32 = 60;
/// How long a scan for updates may take if nobody says, in seconds: lists of packages are fetched for it.
pub const SCAN_TIMEOUT_DEFAULT: u32 = 600;
/// How long an installation of updates may take if nobody says, in seconds: an hour.
pub const INSTALL_TIMEOUT_DEFAULT: u32 = 3_600;
/// The longest that a command may run, in seconds: a day.
pub const TIMEOUT_MAX: u32 = 86_400;
/// How long a command waits for a node that is offline if nobody says, in seconds: an hour.
pub const TTL_DEFAULT: u32 = 3_600;
/// The longest that a command waits for a node, in seconds: thirty days.
pub const TTL_MAX: u32 = 2_592_000;
/// The most bytes that are kept of each of a command's two streams if nobody says.
pub const OUTPUT_DEFAULT: u32 = 65_536;
/// The most bytes that can be kept of each of a command's two streams.
pub const OUTPUT_MAX: u32 = 1_048_576;

/// A command: one instruction to the nodes of a selection.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Command {
    /// Its id.
    pub id: CommandId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// What is to be done.
    pub instruction: Instruction,
    /// How the nodes were chosen, as it was asked: what they were then is in the results.
    pub targets: Targets,
    /// How many nodes were chosen.
    pub target_count: u32,
    /// How long it may run on a node, in seconds.
    pub timeout_seconds: u32,
    /// Until when it waits for a node that is offline.
    pub expires_at: Timestamp,
    /// The most bytes that are kept of each stream: half from its beginning and half from its end.
    pub output_limit_bytes: u32,
    /// Who asked.
    pub created_by: Actor,
    /// The schedule that asked; null for none.
    pub schedule_id: Option<ScheduleId>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When somebody asked to cancel it; null if nobody did.
    pub cancelled_at: Option<Timestamp>,
    /// When its last result was known; null while some are to come.
    pub finished_at: Option<Timestamp>,
}

/// A command in few words, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CommandSummary {
    /// Its id.
    pub id: CommandId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// What kind of instruction it is.
    pub kind: InstructionKind,
    /// The beginning of its text, or what it does.
    pub title: String,
    /// How many nodes were chosen; for a caller with a narrower reach null.
    pub target_count: Option<u32>,
    /// Who asked.
    pub created_by: Actor,
    /// The schedule that asked; null for none.
    pub schedule_id: Option<ScheduleId>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// Until when it waits for a node that is offline.
    pub expires_at: Timestamp,
    /// When somebody asked to cancel it; null if nobody did.
    pub cancelled_at: Option<Timestamp>,
    /// When its last result was known; null while some are to come.
    pub finished_at: Option<Timestamp>,
}

/// How the nodes of a command are chosen: by exactly one of these. Whatever it is, only nodes
/// within the caller's reach that have an agent are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Targets {
    /// These, by id or name.
    Nodes(Vec<NodeRef>),
    /// Those whose labels match, as in `env=prod,!legacy`. An empty selector is refused.
    Labels(Selector),
    /// Those at a site, by id or name.
    Site(SiteRef),
}

impl JsonSchema for Targets {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Targets".into()
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
                way("nodes", nodes, "These, by id or name. What are more have a label or a site in common."),
                way(
                    "labels",
                    generator.subschema_for::<Selector>(),
                    "Those whose labels match, as in `env=prod,!legacy`. An empty selector is refused.",
                ),
                way("site", generator.subschema_for::<SiteRef>(), "Those at a site, by id or name."),
            ],
            "examples": [{ "labels": "env=prod" }],
        })
    }
}

/// How many of a command's results are in each state. States in which there is none are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Progress(pub BTreeMap<ResultState, u32>);

impl Progress {
    /// Whether nothing is to come any more.
    pub fn is_over(&self) -> bool {
        self.0.iter().all(|(state, count)| state.is_final() || *count == 0)
    }

    /// How many results there are in all.
    pub fn total(&self) -> u32 {
        self.0.values().sum()
    }
}
