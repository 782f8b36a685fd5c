//! Give a connected agent a new key.

use bailiwick_domain::agent::{AgentRef, AgentType};
use bailiwick_domain::id::AgentId;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NOUN, TAG, find, ids};

/// Give a connected agent a new key.
///
/// The key is offered over the connection, and only the agent learns it. The old key ends when the
/// agent connects with the new one, a moment later. An agent that cannot store the new key is offered
/// one again every ten minutes. To end the old key in any case, delete it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateAgent {
    /// Its id, or its node and type, as in `db-1/bailiwick_agent`. It must be a `bailiwick_agent`.
    agent: AgentRef,
}

/// The result: the agent is offered a new key.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rotation {
    /// The agent.
    agent: AgentId,
}

impl Operation for RotateAgent {
    const SPEC: Spec = Spec::act(ids::AGENTS_ROTATE, "/v1/agents/{agent}/rotate").tag(TAG);
    type Output = Rotation;

    async fn run(self, cx: &Cx) -> Result<Rotation> {
        let reach = cx.organization_reach()?;
        let mut write = cx.write().await?;
        let id = find(write.tx(), &reach, &self.agent).await?;
        let agent = NOUN.found(write.tx().agents(&reach).get(id).await?, &self.agent)?;
        if agent.kind != AgentType::BailiwickAgent {
            let detail =
                format!("expected an agent of type bailiwick_agent, found one of type {}", agent.kind);
            return Err(Error::invalid("agent", detail));
        }
        let linked = write.tx().links().agent(agent.id).await?;
        let linked = NOUN.found(linked, &self.agent)?;
        let agents = cx.control().agents();
        if !agents.is_some_and(|agents| agents.is_connected(linked.node, linked.presence)) {
            return Err(Error::NotConnected);
        }
        write.tx().rotate_agent(linked.node);
        write.commit(vec![NOUN.target(agent.id)], Rotation { agent: agent.id }).await
    }
}
