//! Install updates on nodes.

use bailiwick_domain::command::{
    INSTALL_TIMEOUT_DEFAULT, Instruction, OUTPUT_DEFAULT, OUTPUT_MAX, SecretEnv, TIMEOUT_MAX, TTL_DEFAULT,
    TTL_MAX, Targets, UpdateChoice,
};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TAG, ids};
use crate::commands::issue::{CommandBounds, GivenCommand, NewCommand, OUTPUT_MIN, Windows, issue};

/// Install updates on nodes.
///
/// This gives a command to the selected nodes that are in the caller's reach and have an enrolled
/// agent. Each node is scanned, those of its updates that were chosen are installed, and the node is
/// scanned again. The name of an installed package without an update is not an error; on a node that does not know a name, nothing is
/// installed. The command's output is what
/// the installer writes. No machine is rebooted: see `reboot_required` of its last scan.
///
/// Nodes that are outside their maintenance windows are left out: their result is `left_out`. If no node
/// is left, the request is refused. The command expires when the first of its nodes' windows closes, if
/// that is before the end of `ttl_seconds`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "targets": { "labels": "env=prod" }, "updates": "security" }]))]
pub(crate) struct InstallUpdates {
    /// The nodes: those that meet every member, as in the list of nodes. Those without an agent are left out.
    targets: Targets,
    /// Which updates: `all`, `security` for security updates, or some by `names`.
    #[schemars(extend("examples" = ["security", { "names": ["openssl"] }]))]
    updates: UpdateChoice,
    /// How long it may take on a node, in seconds; 3,600 if absent.
    #[schemars(range(min = 1, max = TIMEOUT_MAX), extend("default" = INSTALL_TIMEOUT_DEFAULT))]
    timeout_seconds: Option<u32>,
    /// How long it waits for a node that is offline, in seconds; 3,600 if absent.
    #[schemars(range(min = 1, max = TTL_MAX), extend("default" = TTL_DEFAULT))]
    ttl_seconds: Option<u32>,
    /// The most bytes that are kept of each of its two output streams: half from the beginning and half
    /// from the end; 65,536 if absent.
    #[schemars(range(min = OUTPUT_MIN, max = OUTPUT_MAX), extend("default" = OUTPUT_DEFAULT))]
    output_limit_bytes: Option<u32>,
    /// Install also on nodes that are outside their maintenance windows. This needs the scope
    /// `maintenance_windows.update`, and a reach over the whole organization.
    ignore_maintenance_windows: Option<bool>,
}

impl Operation for InstallUpdates {
    const SPEC: Spec = Spec::create(ids::UPDATES_INSTALL, "/v1/updates/install").tag(TAG).accepted();
    type Output = GivenCommand;

    async fn run(self, cx: &Cx) -> Result<GivenCommand> {
        let timeout = self.timeout_seconds.unwrap_or(INSTALL_TIMEOUT_DEFAULT);
        let draft = NewCommand {
            instruction: Instruction::InstallUpdates { updates: self.updates },
            env: SecretEnv::default(),
            targets: self.targets,
            bounds: CommandBounds::new(Some(timeout), self.ttl_seconds, self.output_limit_bytes)?,
            schedule: None,
            windows: Windows::heeded_unless(self.ignore_maintenance_windows.unwrap_or_default()),
        };
        issue(cx, draft).await
    }
}
