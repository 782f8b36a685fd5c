//! Reboot a machine.

use bailiwick_domain::command::{Instruction, SecretEnv, TTL_MAX, Targets};
use bailiwick_domain::node::NodeRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::issue::{CommandBounds, GivenCommand, NewCommand, Windows, issue};
use super::{TAG, ids, noun};

/// How long a reboot waits for a machine that is offline by default, in seconds.
const TTL_DEFAULT: u32 = 300;

/// Reboot a machine.
///
/// This gives the machine a command. Its result in `commands.results` says that the machine accepted the reboot,
/// not that it came back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{}]))]
pub(crate) struct RebootNode {
    /// Its id or name.
    node: NodeRef,
    /// How long it waits for a machine that is offline, in seconds; 300 if absent.
    #[schemars(range(min = 1, max = TTL_MAX), extend("default" = TTL_DEFAULT))]
    ttl_seconds: Option<u32>,
}

impl Operation for RebootNode {
    const SPEC: Spec = Spec::act(ids::COMMANDS_REBOOT, "/v1/nodes/{node}/reboot").tag(TAG).accepted();
    type Output = GivenCommand;

    async fn run(self, cx: &Cx) -> Result<GivenCommand> {
        let reach = cx.organization_reach()?;
        let found = cx.store().nodes(&reach).find(&self.node).await?;
        let node = noun::NODE.found(found, &self.node)?;
        let bounds = CommandBounds::new(None, Some(self.ttl_seconds.unwrap_or(TTL_DEFAULT)), None)?;
        let targets = Targets::of_nodes(vec![NodeRef::Id(node.id)]);
        let (instruction, env) = (Instruction::Reboot, SecretEnv::default());
        let windows = Windows::NotConcerned;
        issue(cx, NewCommand { instruction, env, targets, bounds, schedule: None, windows }).await
    }
}
