//! Scan nodes for updates.

use bailiwick_domain::command::{
    Instruction, SCAN_TIMEOUT_DEFAULT, SecretEnv, TIMEOUT_MAX, TTL_DEFAULT, TTL_MAX, Targets,
};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TAG, ids};
use crate::commands::issue::{CommandBounds, GivenCommand, NewCommand, Windows, issue};

/// Scan nodes for updates.
///
/// This gives a command to the selected nodes that are in the caller's reach and have an enrolled
/// agent. A node that is offline is scanned when it comes back, unless the command has expired. The
/// result of a scan replaces the one before.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "targets": { "labels": "env=prod" } }]))]
pub(crate) struct ScanUpdates {
    /// The nodes: those that meet every member, as in the list of nodes. Those without an agent are left out.
    targets: Targets,
    /// How long it may take on a node, in seconds; 600 if absent.
    #[schemars(range(min = 1, max = TIMEOUT_MAX), extend("default" = SCAN_TIMEOUT_DEFAULT))]
    timeout_seconds: Option<u32>,
    /// How long it waits for a node that is offline, in seconds; 3,600 if absent.
    #[schemars(range(min = 1, max = TTL_MAX), extend("default" = TTL_DEFAULT))]
    ttl_seconds: Option<u32>,
}

impl Operation for ScanUpdates {
    const SPEC: Spec = Spec::create(ids::UPDATES_SCAN, "/v1/updates/scan").tag(TAG).accepted();
    type Output = GivenCommand;

    async fn run(self, cx: &Cx) -> Result<GivenCommand> {
        let timeout = self.timeout_seconds.unwrap_or(SCAN_TIMEOUT_DEFAULT);
        let draft = NewCommand {
            instruction: Instruction::ScanUpdates,
            env: SecretEnv::default(),
            targets: self.targets,
            bounds: CommandBounds::new(Some(timeout), self.ttl_seconds, None)?,
            schedule: None,
            windows: Windows::NotConcerned,
        };
        issue(cx, draft).await
    }
}
