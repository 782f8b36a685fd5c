//! Agents in answers.

use bailiwick_domain::agent::Agent as AgentRecord;
use bailiwick_domain::id::AgentId;
use bailiwick_domain::node::NodeName;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::words;
use schemars::JsonSchema;
use serde::Serialize;

use crate::names::{NameOf, names_of_nodes};

/// An agent, with the name of its node if that was asked for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Agent {
    #[serde(flatten)]
    pub(super) record: AgentRecord,
    /// The name of the node that it runs on. Only with `include=node`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-include" = "node"))]
    node_name: NameOf<NodeName>,
}

impl From<AgentRecord> for Agent {
    fn from(record: AgentRecord) -> Self {
        Self { record, node_name: None }
    }
}

impl Agent {
    /// Its id.
    pub(crate) const fn id(&self) -> AgentId {
        self.record.id
    }
}

words! {
    /// What an agent refers to.
    pub(crate) AgentInclude { Node = "node" }
}

/// Adds names to agents.
pub(super) async fn include(
    cx: &Cx,
    reach: &OrganizationReach,
    agents: &mut [Agent],
    asked: &Words<AgentInclude>,
) -> Result<()> {
    if asked.has(AgentInclude::Node) {
        let names = names_of_nodes(cx, reach, agents.iter().filter_map(|agent| agent.record.runs_on)).await?;
        for agent in agents {
            agent.node_name = names.of_some(agent.record.runs_on.as_ref());
        }
    }
    Ok(())
}
