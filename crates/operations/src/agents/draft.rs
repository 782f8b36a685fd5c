//! New agents, built from what a client sent.

use bailiwick_domain::agent::{Agent, AgentStatus, Attachment, OBSERVED_MAX, Object, Observed, Reported};
use bailiwick_domain::id::{AgentId, NodeId, ServiceId};
use bailiwick_domain::node::{Node, NodeRef, NodeType};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::service::{ServiceRef, ServiceType};
use bailiwick_engine::cx::{Cx, Write};
use bailiwick_engine::error::{FieldError, Result};
use bailiwick_store::{Error as StoreError, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::create::CreateAgent;
use super::secrets::{self, Given};
use super::{node_taken, require_no_twin, require_reach};
use crate::references::{KnownNodes, check_length};

/// What an agent observes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AgentObservesNamed")]
pub(crate) struct Observes {
    /// Nodes, each by id or name.
    #[schemars(length(max = OBSERVED_MAX))]
    pub(super) nodes: Option<Vec<NodeRef>>,
    /// Services, each by id or name.
    #[schemars(length(max = OBSERVED_MAX))]
    pub(super) services: Option<Vec<ServiceRef>>,
}

fn bounded<T>(list: Option<&Vec<T>>) -> &[T] {
    list.map_or(&[], |list| &list[..list.len().min(OBSERVED_MAX)])
}

impl Observes {
    /// The nodes, at most [`OBSERVED_MAX`].
    pub(super) fn nodes(&self) -> &[NodeRef] {
        bounded(self.nodes.as_ref())
    }

    /// The services, at most [`OBSERVED_MAX`].
    pub(super) fn services(&self) -> &[ServiceRef] {
        bounded(self.services.as_ref())
    }

    /// Refuses lists that are too long.
    pub(super) fn check_length(&self, prefix: &str, errors: &mut Vec<FieldError>) {
        let (nodes, services) = (self.nodes.as_deref(), self.services.as_deref());
        check_length(&format!("{prefix}observes.nodes"), nodes.unwrap_or_default(), OBSERVED_MAX, errors);
        let field = format!("{prefix}observes.services");
        check_length(&field, services.unwrap_or_default(), OBSERVED_MAX, errors);
    }
}

/// A valid new agent, and its secrets.
pub(crate) struct NewAgent {
    pub(crate) agent: Agent,
    pub(super) secrets: Given,
    pub(super) allow_duplicate: bool,
}

/// A node in the form that an attachment needs.
pub(super) fn object(node: &Node) -> Object<NodeId, NodeType> {
    Object { id: node.id, name: node.name.to_string(), kind: node.kind }
}

/// Errors for what does not fit an agent's type, by field.
pub(super) fn misfits(
    agent: &Agent,
    runs_on: Option<&Object<NodeId, NodeType>>,
    nodes: &[Object<NodeId, NodeType>],
    services: &[Object<ServiceId, ServiceType>],
    prefix: &str,
) -> Vec<FieldError> {
    let field = |field: String| format!("{prefix}{field}");
    let attachment = Attachment { agent: agent.kind, runs_on, nodes, services };
    let mismatches = attachment.mismatches();
    let misfits = agent.misfits();
    let of_type = misfits.iter().map(|misfit| FieldError::new(field(misfit.field()), misfit.to_string()));
    let attached = mismatches.iter().map(|m| FieldError::new(field(m.field()), m.to_string()));
    of_type.chain(attached).collect()
}

impl CreateAgent {
    /// The nodes that must be found before the agent is built.
    pub(super) fn names_nodes(&self) -> impl Iterator<Item = &NodeRef> {
        self.runs_on.iter().chain(self.observes.nodes())
    }

    /// Builds the agent if it is valid. `services` are the ones that it observes; `prefix` precedes the
    /// names of fields in errors.
    pub(crate) fn build(
        self,
        cx: &Cx,
        reach: &OrganizationReach,
        known: &KnownNodes,
        services: Vec<&Object<ServiceId, ServiceType>>,
        prefix: &str,
        errors: &mut Vec<FieldError>,
    ) -> Option<NewAgent> {
        let before = errors.len();
        let now = cx.now();
        self.observes.check_length(prefix, errors);
        let named_host = self.runs_on.is_some();
        let field = format!("{prefix}runs_on");
        let host = self.runs_on.as_ref().and_then(|name| known.get(&field, name, errors));
        let nodes = known.list(&format!("{prefix}observes.nodes"), self.observes.nodes(), errors);
        let secrets = Given::new(self.r#type, &self.secrets, prefix, errors);
        let mut observed: Vec<_> = nodes.iter().map(|node| object(node)).collect();
        let host = host.map(object);
        if let Some(host) = &host
            && self.r#type.observes_its_own_node()
            && observed.is_empty()
        {
            observed.push(host.clone());
        }
        let mut agent = Agent {
            id: AgentId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            kind: self.r#type,
            runs_on: host.as_ref().map(|node| node.id),
            observes: Observed {
                nodes: observed.iter().map(|node| node.id).collect(),
                services: services.iter().map(|service| service.id).collect(),
            },
            enabled: self.enabled.unwrap_or(true),
            description: self.description,
            settings: self.settings,
            secrets: secrets.set().collect(),
            listen_port: None,
            configured_port: None,
            status: AgentStatus::Unknown,
            status_since: now,
            reported: Reported::default(),
            labels: self.labels,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        agent.complete();
        if let Err(misfit) = agent.tell_port(self.listen_port) {
            errors.push(FieldError::new(format!("{prefix}{}", misfit.field()), misfit.to_string()));
        }
        let services: Vec<_> = services.into_iter().cloned().collect();
        let wrong = misfits(&agent, host.as_ref(), &observed, &services, prefix);
        // If the node was not found, there is an error already; that the node is missing would be
        // wrong.
        let unknown_host = named_host && host.is_none();
        errors.extend(wrong.into_iter().filter(|error| !(unknown_host && error.field == field)));
        if errors.len() > before {
            return None;
        }
        Some(NewAgent { agent, secrets, allow_duplicate: self.allow_duplicate.unwrap_or_default() })
    }
}

impl NewAgent {
    /// Writes the agent and its secrets, once what it observes is written, if it is in the caller's reach and its
    /// node may have it.
    pub(crate) async fn write_within<'a>(
        &self,
        cx: &'a Cx,
        mut write: Write<'a>,
        reach: &OrganizationReach,
    ) -> Result<Write<'a>> {
        require_reach(write.tx(), reach, &self.agent).await?;
        if !self.allow_duplicate {
            require_no_twin(write.tx(), reach, &self.agent).await?;
        }
        let written = self.write(write.tx(), reach).await;
        let mut write = write.unless_taken(written, node_taken(cx, reach, &self.agent)).await?;
        self.write_secrets(cx, write.tx()).await?;
        Ok(write)
    }

    /// Writes the agent. Its secrets are written afterwards.
    async fn write(&self, tx: &mut Tx, reach: &OrganizationReach) -> Result<(), StoreError> {
        tx.agents(reach).create(&self.agent).await
    }

    /// Writes its secrets, once the agent and everything that it observes are written.
    async fn write_secrets(&self, cx: &Cx, tx: &mut Tx) -> Result<()> {
        secrets::write(cx, tx, &[(&self.agent, &self.secrets)]).await
    }
}
