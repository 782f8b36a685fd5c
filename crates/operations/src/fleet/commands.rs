//! Where the commands of connected agents come from and their reports go.

use bailiwick_domain::id::NodeId;

use super::Report;
use crate::control::Control;
use crate::error::Result;

impl Control {
    /// Tells an agent that has just connected all that waits for its node.
    pub async fn tell_waiting(&self, _node: NodeId) -> Result<()> {
        Ok(())
    }

    /// Takes what an agent tells of its node's commands, and waits where there is no room. What has
    /// ended is acknowledged to the agent as soon as it is written down.
    pub async fn take_reports(&self, _node: NodeId, _reports: Vec<Report>) -> Result<()> {
        Ok(())
    }
}
