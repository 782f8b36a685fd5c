//! Create a service.

use bailiwick_domain::address::Address;
use bailiwick_domain::agent::{AgentType, Object, Secrets, Settings};
use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{NodeId, ServiceId, SiteId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Detail};
use bailiwick_domain::node::{Node, NodeRef};
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::service::{SERVICE_NODES_MAX, Service, ServiceName, ServiceType, SocketPath};
use bailiwick_engine::cx::{Cx, Write};
use bailiwick_engine::error::{FieldError, Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NOUN, TAG, ids, misfits, name_taken, node_ids, require_reach};
use crate::agents::{self, CreateAgent, NewAgent, Observes};
use crate::references::{KnownNodes, check_length};

/// Create a service.
///
/// A service that runs on no node is outside of any reach that is limited to sites or nodes. So a key
/// that is limited to some can only create services on nodes in its reach, and a key that is limited by
/// labels only services with such labels. With `agent`, which needs the scope `agents.create` too, an
/// agent that observes the service is created with it: either both are created or neither.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ServiceOfNode", extend("examples" = [{ "type": "external", "name": "orders-cache", "group": "redis", "environment": "production", "labels": { "env": "prod" } }]))]
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
    agents: Vec<agents::ShownAgent>,
}

impl ServiceWithAgents {
    /// The service and its agents, for the audit trail.
    pub(crate) fn targets(&self) -> Vec<Target> {
        let agents = self.agents.iter().map(|agent| agents::NOUN.target(agent.id()));
        std::iter::once(NOUN.target(self.service.id)).chain(agents).collect()
    }
}

/// A valid new service, and the agent that is created with it.
pub(crate) struct NewService {
    service: Service,
    /// The nodes that it runs on, with their sites.
    places: Vec<(NodeId, Option<SiteId>)>,
    agent: Option<NewAgent>,
}

impl NewService {
    /// Writes the service and its agent, if they are in the caller's reach. `name` is the field with the name.
    pub(crate) async fn write<'a>(
        self,
        cx: &'a Cx,
        mut write: Write<'a>,
        reach: &OrganizationReach,
        name: &'static str,
    ) -> Result<(Write<'a>, ServiceWithAgents)> {
        let Self { service, places, agent } = self;
        require_reach(reach, &service, places)?;
        let written = write.tx().services(reach).create(&service).await;
        let mut write = write.unless_taken(written, name_taken(cx, reach, &service.name, name)).await?;
        let mut agents = Vec::new();
        if let Some(new) = agent {
            write = new.write_within(cx, write, reach).await?;
            agents.push(new.agent.into());
        }
        Ok((write, ServiceWithAgents { service, agents }))
    }
}

impl CreateService {
    /// Refuses callers that may not create its agent.
    pub(crate) fn require_scopes(&self, cx: &Cx) -> Result<()> {
        if self.agent.is_some() { cx.require_operation(ids::AGENTS_CREATE) } else { Ok(()) }
    }

    /// The same service, on this node too.
    #[must_use]
    pub(crate) fn on(mut self, node: NodeId) -> Self {
        // At the end, so that errors name the others by their places in the request.
        self.nodes.push(NodeRef::Id(node));
        self
    }

    /// Builds the service and its agent. Adds errors if they are invalid; `prefix` precedes the names of
    /// fields in them.
    pub(crate) fn build_with_agent(
        self,
        cx: &Cx,
        reach: &OrganizationReach,
        known: &KnownNodes,
        prefix: &str,
        errors: &mut Vec<FieldError>,
    ) -> NewService {
        let mut wrong = Vec::new();
        let (service, nodes, agent) = self.build(cx, reach, known, &mut wrong);
        errors.extend(wrong.into_iter().map(|e| FieldError { field: format!("{prefix}{}", e.field), ..e }));
        let object = Object { id: service.id, name: service.name.to_string(), kind: service.kind };
        let agent = agent.and_then(|agent| {
            let draft = agent.create(&service, &nodes);
            draft.build(cx, reach, known, vec![&object], &format!("{prefix}agent."), errors)
        });
        let places = nodes.iter().map(|node| (node.id, node.site_id)).collect();
        NewService { service, places, agent }
    }

    /// The nodes that must be found before the service is built.
    pub(crate) fn names_nodes(&self) -> impl Iterator<Item = &NodeRef> {
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
        self.require_scopes(cx)?;
        let mut errors = Vec::new();
        let mut write = cx.write().await?;
        let known = KnownNodes::find(write.tx().nodes(&reach), self.names_nodes()).await?;
        let new = self.build_with_agent(cx, &reach, &known, "", &mut errors);
        require_valid(errors)?;
        let (write, made) = new.write(cx, write, &reach, "name").await?;
        write.commit(made.targets(), made).await
    }
}
