//! Create a service.

use bailiwick_domain::address::Address;
use bailiwick_domain::agent::{Agent, AgentType, Object, Secrets, Settings};
use bailiwick_domain::id::ServiceId;
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Detail};
use bailiwick_domain::node::{Node, NodeRef};
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::service::{SERVICE_NODES_MAX, Service, ServiceName, ServiceType, SocketPath};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NOUN, TAG, ids, misfits, name_taken, node_ids, require_reach};
use crate::agents::{self, CreateAgent, Observes};
use crate::references::{KnownNodes, check_length};

/// Create a service.
///
/// A service that runs on no node is outside of any reach that is limited to sites or nodes. So a key
/// that is limited to some can only create services on nodes in its reach, and a key that is limited by
/// labels only services with such labels. With `agent`, which needs the scope `agents.create` too, an
/// agent that observes the service is created with it: either both are created or neither.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "type": "external", "name": "orders-cache", "group": "redis", "environment": "production", "labels": { "env": "prod" } }]))]
pub(crate) struct CreateService {
    /// The type of service. It never changes.
    #[schemars(example = &"external")]
    pub(super) r#type: ServiceType,
    /// Its name, unique in its organization.
    pub(super) name: ServiceName,
    /// The nodes that it runs on, each by id or name.
    #[serde(default)]
    #[schemars(length(max = SERVICE_NODES_MAX))]
    pub(super) nodes: Vec<NodeRef>,
    /// The host name or IP address at which it is reached. MySQL, MongoDB, PostgreSQL, Valkey and
    /// ProxySQL have either an address and a port, or a socket.
    pub(super) address: Option<Address>,
    /// The port at that address.
    pub(super) port: Option<Port>,
    /// The path of its socket, in place of address and port.
    pub(super) socket: Option<SocketPath>,
    /// The environment it belongs to, such as `production`.
    pub(super) environment: Option<Detail>,
    /// The cluster it belongs to.
    pub(super) cluster: Option<Detail>,
    /// The replication set it belongs to.
    pub(super) replication_set: Option<Detail>,
    /// The database to connect to, for PostgreSQL (`postgres` if absent) and Valkey.
    pub(super) database_name: Option<Detail>,
    /// How many PostgreSQL databases are discovered without being named; -1 for none, 0 for any number.
    pub(super) auto_discovery_limit: Option<i32>,
    /// The group of external services that it belongs to; `external` if absent.
    pub(super) group: Option<Detail>,
    /// Its labels.
    #[serde(default)]
    pub(super) labels: Labels,
    /// An agent that observes it, to be created with it.
    pub(super) agent: Option<ServiceAgent>,
}

/// An agent that is created with the service that it observes.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AgentOfService")]
pub(crate) struct ServiceAgent {
    /// The type of agent; the exporter for the service's type if absent.
    r#type: Option<AgentType>,
    /// The node that it runs on, by id or name; if absent, the service's node if it has only one.
    runs_on: Option<NodeRef>,
    /// Whether it is enabled; true if absent.
    enabled: Option<bool>,
    /// What it is for, in a few sentences.
    description: Option<Description>,
    /// Its settings.
    #[serde(default)]
    settings: Settings,
    /// Its secrets, by name. They are never shown.
    #[serde(default)]
    secrets: Secrets,
    /// The port of its metrics. Required for external exporters. For others, the node's agent chooses a
    /// port if none is given, and keeps it.
    listen_port: Option<Port>,
    /// Its labels.
    #[serde(default)]
    labels: Labels,
}

impl ServiceAgent {
    /// The input that creates the agent, without the service that it observes.
    fn create(self, service: &Service, nodes: &[&Node]) -> CreateAgent {
        let kind = self.r#type.unwrap_or_else(|| AgentType::watching(service.kind));
        let own = match nodes {
            [only] => Some(NodeRef::Id(only.id)),
            _ => None,
        };
        CreateAgent {
            r#type: kind,
            // An external exporter runs on no node unless one is named.
            runs_on: self.runs_on.or_else(|| own.filter(|_| !kind.is_told_its_port())),
            observes: Observes::default(),
            enabled: self.enabled,
            description: self.description,
            labels: self.labels,
            settings: self.settings,
            secrets: self.secrets,
            listen_port: self.listen_port,
            // The service is new, so no other agent observes it yet.
            allow_duplicate: Some(true),
        }
    }
}

/// A service, and the agents that were created with it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ServiceWithAgents {
    /// The service.
    #[serde(flatten)]
    service: Service,
    /// The agents that were created with it.
    agents: Vec<Agent>,
}

impl CreateService {
    /// The nodes that must be found before the service is built.
    pub(super) fn names_nodes(&self) -> impl Iterator<Item = &NodeRef> {
        let agent = self.agent.as_ref().and_then(|agent| agent.runs_on.as_ref());
        self.nodes.iter().take(SERVICE_NODES_MAX).chain(agent)
    }

    /// Builds the service with its nodes. Adds errors if it is invalid.
    pub(super) fn build<'n>(
        self,
        cx: &Cx,
        reach: &OrganizationReach,
        known: &'n KnownNodes,
        errors: &mut Vec<FieldError>,
    ) -> (Service, Vec<&'n Node>, Option<ServiceAgent>) {
        let now = cx.now();
        check_length("nodes", &self.nodes, SERVICE_NODES_MAX, errors);
        let named = &self.nodes[..self.nodes.len().min(SERVICE_NODES_MAX)];
        let nodes = known.list("nodes", named, errors);
        let mut service = Service {
            id: ServiceId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            kind: self.r#type,
            name: self.name,
            nodes: node_ids(nodes.iter().copied()).collect(),
            address: self.address,
            port: self.port,
            socket: self.socket,
            environment: self.environment,
            cluster: self.cluster,
            replication_set: self.replication_set,
            version: None,
            database_name: self.database_name,
            auto_discovery_limit: self.auto_discovery_limit,
            group: self.group,
            labels: self.labels,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        service.complete();
        errors.extend(misfits(&service));
        (service, nodes, self.agent)
    }
}

impl Operation for CreateService {
    const SPEC: Spec = Spec::create(ids::SERVICES_CREATE, "/v1/services").tag(TAG).versioned();
    const REVISION: fn(&ServiceWithAgents) -> Option<Revision> = |output| Some(output.service.revision);
    type Output = ServiceWithAgents;

    async fn run(self, cx: &Cx) -> Result<ServiceWithAgents> {
        let reach = cx.organization_reach()?;
        if self.agent.is_some() {
            cx.require_operation(ids::AGENTS_CREATE)?;
        }
        let mut errors = Vec::new();
        let mut write = cx.write().await?;
        let known = KnownNodes::find(write.tx().nodes(&reach), self.names_nodes()).await?;
        let (service, nodes, agent) = self.build(cx, &reach, &known, &mut errors);
        let object = Object { id: service.id, name: service.name.to_string(), kind: service.kind };
        let agent = match agent {
            Some(agent) => {
                let draft = agent.create(&service, &nodes);
                draft.build(cx, &reach, &known, vec![&object], "agent.", &mut errors)
            }
            None => None,
        };
        require_valid(errors)?;
        require_reach(&reach, &service, nodes.iter().copied())?;
        let written = write.tx().services(&reach).create(&service).await;
        let mut write = write.unless_taken(written, name_taken(cx, &reach, &service.name)).await?;
        let mut targets = vec![NOUN.target(service.id)];
        let mut made = Vec::new();
        if let Some(new) = agent {
            agents::require_reach(write.tx(), &reach, &new.agent).await?;
            let written = new.write(write.tx(), &reach).await;
            write = write.unless_taken(written, agents::node_taken(cx, &reach, &new.agent)).await?;
            new.write_secrets(cx, write.tx()).await?;
            targets.push(agents::NOUN.target(new.agent.id));
            made.push(new.agent);
        }
        write.commit(targets, ServiceWithAgents { service, agents: made }).await
    }
}
