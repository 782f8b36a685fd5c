//! Agents: the Bailiwick agents on nodes, and the exporters and other programs that observe nodes and
//! services.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::agent::{
    Agent, AgentRef, AgentStatus, AgentType, Observed, Reported, SecretName, Settings,
};
use bailiwick_domain::id::{AgentId, NodeId, OrganizationId, ServiceId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::Description;
use bailiwick_domain::page::Page;
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::inventory::nodes::Nodes;
use crate::inventory::services::Services;
use crate::inventory::supervised::Whose;
use crate::locks::change::Change;
use crate::row_query::RowTable;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Ids, Select};
use crate::sql::statement::{Statement, Value};
use crate::table::columns::{Columns as _, columns};
use crate::table::facet::{Facet, facet};
use crate::table::label_table::{LabelTable, label_table};
use crate::table::list::{List, PageRequest};
use crate::table::only::{SAME_MAX, only};
use crate::table::order::listed;
use crate::table::placement::Placement;
use crate::table::walk::Narrow;

const TABLE: &str = "agents";
/// How many agents one statement writes or selects.
const AT_ONCE: usize = 500;

const LABELS: LabelTable<AgentId, AgentsBy> = label_table!(
    "agent", "agents", AgentsBy::CreatedAt = "created_at", not unique, named AgentsDeleteLabels, AgentsAddLabels
);

const ORGANIZATION: Field<OrganizationId> = Field::new("organization_id");
const ID: Field<AgentId> = Field::new("agents.id");
const TYPE: Field<AgentType> = Field::new("agents.type");
const ENABLED: Field<bool> = Field::new("agents.enabled");
const RUNS_ON: Field<NodeId> = Field::new("agents.runs_on_id");
/// An agent in a row of `agent_nodes` or `agent_services`, called `o`.
const OBSERVER: Field<AgentId> = Field::new("o.agent_id");

const PLACEMENT: Placement<AgentId> = Placement {
    id: ID,
    related: &[
        (
            Field::new("a.id"),
            "nodes n CROSS JOIN agents a",
            Fixed::new("a.organization_id = n.organization_id AND a.runs_on_id = n.id"),
        ),
        (
            OBSERVER,
            "nodes n CROSS JOIN agent_nodes o",
            Fixed::new("o.organization_id = n.organization_id AND o.node_id = n.id"),
        ),
        (
            OBSERVER,
            "nodes n CROSS JOIN service_nodes p CROSS JOIN agent_services o",
            Fixed::new(
                "p.organization_id = n.organization_id AND p.node_id = n.id \
                 AND o.organization_id = p.organization_id AND o.service_id = p.service_id",
            ),
        ),
    ],
    nodes: &[
        ("nodes n", Fixed::new("n.organization_id = agents.organization_id AND n.id = agents.runs_on_id")),
        (
            "agent_nodes o JOIN nodes n ON n.organization_id = o.organization_id AND n.id = o.node_id",
            OBSERVED,
        ),
        (
            "agent_services o \
             JOIN service_nodes p ON p.organization_id = o.organization_id AND p.service_id = o.service_id \
             JOIN nodes n ON n.organization_id = p.organization_id AND n.id = p.node_id",
            OBSERVED,
        ),
    ],
};

/// The row `o` is of the agent.
const OBSERVED: Fixed = Fixed::new("o.organization_id = agents.organization_id AND o.agent_id = agents.id");

columns! {
    AgentRow: Agent by AgentId in "agents" named AgentsCreate, AgentsUpdate, AgentsDelete, with observes: Observed, secrets: BTreeSet<SecretName>;
    fixed { kind = "type": AgentType, status: AgentStatus, status_since: Timestamp }
    edited {
        runs_on = "runs_on_id": Option<NodeId>,
        enabled: bool,
        description: Option<Description>,
        settings: Settings,
        listen_port: Option<Port>
            => "CASE WHEN agents.type = 'external_exporter' THEN v.listen_port ELSE agents.listen_port END",
        configured_port: Option<Port>,
        labels: Labels,
    }
    read { reported: Reported }
}

listed! {
    /// What agents can be sorted by.
    pub AgentsBy: AgentRow by AgentId in "id";
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
    /// The time of the last change.
    UpdatedAt = "updated_at": Number in updated_at,
}

/// Splits rows into chunks of the size that one statement takes.
fn in_chunks(rows: Vec<AgentRow>) -> Vec<Vec<AgentRow>> {
    let mut chunks = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        chunks.push(rows.by_ref().take(AT_ONCE).collect());
    }
    chunks
}

/// An object that is about to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gone {
    /// A node, and the services that run only on it.
    Node(NodeId),
    /// A service.
    Service(ServiceId),
    /// The Bailiwick agent of a node, which runs the other agents there.
    Runner(AgentId, NodeId),
}

/// An agent that is affected by a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Its id.
    pub id: AgentId,
    /// Its type.
    pub kind: AgentType,
    /// Whether the agent remains: it runs elsewhere, and observes something else too.
    pub stays: bool,
}

impl Gone {
    /// The ids of the services that are deleted.
    fn services(&self, organization: OrganizationId) -> Statement {
        match self {
            Self::Node(node) => {
                let mut ids =
                    Statement::new("SELECT p.service_id FROM service_nodes p WHERE p.organization_id = ");
                ids.push_value(organization.as_uuid()).push(" AND p.node_id = ").push_value(node.as_uuid());
                ids.push(
                    " AND NOT EXISTS (SELECT 1 FROM service_nodes q WHERE q.organization_id = p.organization_id \
                     AND q.service_id = p.service_id AND q.node_id <> p.node_id)",
                );
                ids
            }
            Self::Service(service) => {
                let mut ids = Statement::new("SELECT id FROM services WHERE organization_id = ");
                ids.push_value(organization.as_uuid()).push(" AND id = ").push_value(service.as_uuid());
                ids
            }
            Self::Runner(..) => Statement::new("SELECT id FROM services WHERE 1 = 0"),
        }
    }

    /// The node that is deleted, or whose Bailiwick agent is: no agent runs there afterwards.
    const fn node(&self) -> Option<Uuid> {
        match self {
            Self::Node(node) | Self::Runner(_, node) => Some(node.as_uuid()),
            Self::Service(_) => None,
        }
    }

    /// The node that is deleted.
    const fn observed(&self) -> Option<Uuid> {
        match self {
            Self::Node(node) => Some(node.as_uuid()),
            Self::Service(_) | Self::Runner(..) => None,
        }
    }

    /// The agent that is to be deleted itself.
    const fn agent(&self) -> Option<Uuid> {
        match self {
            Self::Runner(agent, _) => Some(agent.as_uuid()),
            Self::Node(_) | Self::Service(_) => None,
        }
    }
}

/// Filter for lists of agents. Every field that is set narrows the list.
#[derive(Clone, Debug, Default)]
pub struct AgentFilter {
    /// Agents whose labels match.
    pub labels: Selector,
    /// Agents of this type.
    pub kind: Option<AgentType>,
    /// Agents that run on this node.
    pub runs_on: Option<NodeId>,
    /// Agents that observe this node.
    pub observes_node: Option<NodeId>,
    /// Agents that observe this service.
    pub service: Option<ServiceId>,
    /// Agents that are enabled (`true`) or disabled (`false`).
    pub enabled: Option<bool>,
}

impl AgentFilter {
    /// Queries of the ids of agents that are related to an object.
    fn related(&self, organization: OrganizationId) -> Vec<Ids<AgentId>> {
        let those = |id, table, condition| {
            Ids::new(id, table, ORGANIZATION.is(&organization), std::iter::once(condition))
        };
        let runs_on = self.runs_on.map(|node| those(ID, TABLE, RUNS_ON.is(&node)));
        let observes_node = self
            .observes_node
            .map(|node| those(OBSERVER, "agent_nodes o", Field::new("o.node_id").is(&node)));
        let service = self
            .service
            .map(|service| those(OBSERVER, "agent_services o", Field::new("o.service_id").is(&service)));
        [runs_on, observes_node, service].into_iter().flatten().collect()
    }

    /// The conditions of all filters.
    fn conditions(&self, organization: OrganizationId) -> Vec<Condition> {
        [LABELS.conditions(&self.labels), self.others(organization)].concat()
    }

    /// Whether the filter has conditions other than labels.
    const fn narrows_otherwise(&self) -> bool {
        !matches!(
            self,
            Self { labels: _, kind: None, runs_on: None, observes_node: None, service: None, enabled: None }
        )
    }

    /// The conditions of all filters but the labels.
    fn others(&self, organization: OrganizationId) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = self.kind.iter().map(|kind| TYPE.is(kind)).collect();
        conditions.extend(self.enabled.map(|enabled| ENABLED.is(&enabled)));
        conditions.extend(self.related(organization).iter().map(|ids| ID.among(ids)));
        conditions
    }
}

/// The conditions that an agent is in the part of the organization to which the reach is limited.
fn in_part(reach: &OrganizationReach) -> Vec<Condition> {
    let mut conditions = PLACEMENT.conditions(reach);
    conditions.extend(reach.labels.iter().flat_map(|selector| LABELS.conditions(selector)));
    conditions
}

/// The agents, for row queries. Who reaches only a part of the organization is not shown all nodes of an agent. The status
/// that is shown also depends on whether the agent's node is there.
pub const ROWS: RowTable = RowTable::of::<AgentRow>("agents.created_at", in_part)
    .for_whole_reach()
    .without(&["status", "status_since", "reported"]);

/// Access to the agents in a reach.
pub struct Agents<'a, R> {
    run: R,
    reach: &'a OrganizationReach,
}

impl Store {
    /// Reads the agents in a reach.
    pub const fn agents<'a>(&'a self, reach: &'a OrganizationReach) -> Agents<'a, &'a Self> {
        Agents { run: self, reach }
    }
}

impl Tx {
    /// Reads and writes the agents in a reach.
    pub const fn agents<'a>(&'a mut self, reach: &'a OrganizationReach) -> Agents<'a, &'a mut Self> {
        Agents { run: self, reach }
    }
}

impl<'a, R: Run> Agents<'a, R> {
    /// Reads the agents in a reach on a store or in a transaction.
    pub const fn new(run: R, reach: &'a OrganizationReach) -> Self {
        Self { run, reach }
    }

    /// Begins a query of the agents in reach.
    fn select(&self, columns: &'static str) -> Select {
        LABELS.select(&[columns], self.reach.organization, None).and_all(in_part(self.reach))
    }

    /// How many of the agents that match a filter are of each type.
    pub async fn facet_of_types(&mut self, filter: &AgentFilter) -> Result<Facet<AgentType>> {
        let select = self.select("agents.type AS value").and_all(filter.conditions(self.reach.organization));
        let facet: Facet<String> = facet(&mut self.run, select).await?;
        facet.try_map(|kind| kind.parse().or_corrupt(TABLE, "type"))
    }

    /// How many of the agents that match a filter are enabled, and how many are not.
    pub async fn facet_of_enabled(&mut self, filter: &AgentFilter) -> Result<Facet<bool>> {
        let select =
            self.select("agents.enabled AS value").and_all(filter.conditions(self.reach.organization));
        facet(&mut self.run, select).await
    }

    /// Queries of ids for filters that may match only a few agents, most selective first.
    fn candidates(&self, filter: &AgentFilter) -> Vec<Ids<AgentId>> {
        let organization = self.reach.organization;
        let mut candidates = filter.related(organization);
        candidates.extend(PLACEMENT.candidate(self.reach));
        candidates.extend(LABELS.candidates(organization, &filter.labels));
        if let Some(selector) = &self.reach.labels {
            candidates.extend(LABELS.candidates(organization, selector));
        }
        candidates
    }

    /// The agent with this id, if it is in reach. Nodes and services out of reach are left out of it.
    pub async fn get(&mut self, id: AgentId) -> Result<Option<Agent>> {
        let found = self.get_with_all(id).await?;
        Ok(self.shown(found.into_iter().collect()).await?.into_iter().next())
    }

    /// The id of the agent of a reference, if the agent is in reach. [`Error::Ambiguous`](crate::Error::Ambiguous) if several
    /// agents of the type run on the node.
    pub async fn id_of(&mut self, agent: &AgentRef) -> Result<Option<AgentId>> {
        let (node, kind) = match agent {
            AgentRef::Id(id) => return Ok(Some(*id)),
            AgentRef::On(node, kind) => (node, kind),
        };
        let Some(node) = Nodes::new(&mut self.run, self.reach).find(node).await? else { return Ok(None) };
        let select = self.select("agents.id").and(RUNS_ON.is(&node.id)).and(TYPE.is(kind));
        let mut statement = select.statement();
        // In the order of the index that finds them: for one by id, SQLite would read all agents.
        statement.push(" ORDER BY agents.created_at, agents.id LIMIT ").push_value(SAME_MAX);
        let same: Vec<(Uuid,)> = self.run.rows(StatementName::AgentsOfTypeOn, statement).await?;
        Ok(only(same, |(id,)| id.to_string())?.map(|(id,)| AgentId::from_uuid(id)))
    }

    /// Like [`get`](Self::get), but with all nodes and services, in reach or not. Edits start from this.
    pub async fn get_with_all(&mut self, id: AgentId) -> Result<Option<Agent>> {
        Ok(self.some_with_all([id]).await?.into_iter().next())
    }

    /// The agents with these ids that are in reach, sorted by id, with all nodes and services, in reach or
    /// not.
    pub async fn some_with_all(&mut self, ids: impl IntoIterator<Item = AgentId>) -> Result<Vec<Agent>> {
        let ids: Vec<_> = ids.into_iter().collect();
        let mut found = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let mut statement = self.select(AgentRow::READ).and(ID.one_of(ids)).statement();
            statement.push(" ORDER BY id");
            let rows = self.run.rows::<AgentRow>(StatementName::AgentsSome, statement).await?;
            found.extend(self.with_all(rows).await?);
        }
        Ok(found)
    }

    /// A page of the agents that match a filter.
    pub async fn list(&mut self, filter: &AgentFilter, list: List<AgentsBy>) -> Result<Page<Agent>> {
        let narrow = Narrow {
            count_few: StatementName::AgentsCountFew,
            sample_tracks: StatementName::AgentsSampleTracks,
            reach: self.reach,
            labels: &filter.labels,
            otherwise: filter.narrows_otherwise(),
            candidates: self.candidates(filter),
            tracks: Vec::new(),
        };
        let begin = LABELS.begin(&mut self.run, PageRequest::of(&list)?, narrow).await?;
        let page = begin.page_of(&[AgentRow::READ], |select| {
            select.and_all(in_part(self.reach)).and_all(filter.others(self.reach.organization))
        });
        let page: Page<AgentRow> = page.rows(StatementName::AgentsList, &mut self.run).await?;
        let (rows, page) = page.taken();
        let found = self.with_all(rows).await?;
        Ok(page.with(self.shown(found).await?))
    }

    /// Removes the nodes and services that are out of reach from agents.
    async fn shown(&mut self, mut agents: Vec<Agent>) -> Result<Vec<Agent>> {
        if self.reach == &OrganizationReach::whole(self.reach.organization) {
            return Ok(agents);
        }
        let nodes: BTreeSet<NodeId> = agents
            .iter()
            .flat_map(|agent| agent.runs_on.into_iter().chain(agent.observes.nodes.iter().copied()))
            .collect();
        let nodes = Nodes::new(&mut self.run, self.reach).existing(nodes).await?;
        let nodes: BTreeSet<NodeId> = nodes.into_iter().collect();
        let services: BTreeSet<ServiceId> =
            agents.iter().flat_map(|agent| agent.observes.services.iter().copied()).collect();
        let services = Services::new(&mut self.run, self.reach).existing(services).await?;
        for agent in &mut agents {
            agent.runs_on = agent.runs_on.filter(|node| nodes.contains(node));
            agent.observes.nodes.retain(|node| nodes.contains(node));
            agent.observes.services.retain(|service| services.contains(service));
        }
        Ok(agents)
    }

    async fn with_all(&mut self, rows: Vec<AgentRow>) -> Result<Vec<Agent>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut relations: BTreeMap<Uuid, (Observed, BTreeSet<SecretName>)> = BTreeMap::new();
        for (agent, node) in self
            .related(StatementName::AgentsObservedNodes, &rows, "SELECT agent_id, node_id FROM agent_nodes")
            .await?
        {
            relations.entry(agent).or_default().0.nodes.insert(NodeId::from_uuid(node));
        }
        for (agent, service) in self
            .related(
                StatementName::AgentsObservedServices,
                &rows,
                "SELECT agent_id, service_id FROM agent_services",
            )
            .await?
        {
            relations.entry(agent).or_default().0.services.insert(ServiceId::from_uuid(service));
        }
        let mut statement = Statement::new("SELECT agent_id, name FROM agent_secrets WHERE agent_id IN ");
        statement.push_values(rows.iter().map(|row| row.id));
        for (agent, name) in
            self.run.rows::<(Uuid, String)>(StatementName::AgentsSecretNames, statement).await?
        {
            let name = SecretName::parse(&name).or_corrupt("agent_secrets", "name")?;
            relations.entry(agent).or_default().1.insert(name);
        }
        rows.into_iter()
            .map(|row| {
                let (observes, secrets) = relations.remove(&row.id).unwrap_or_default();
                row.with(observes, secrets)
            })
            .collect()
    }

    /// The Bailiwick agents on some nodes, in reach or not.
    pub async fn ours_on(&mut self, nodes: &[NodeId]) -> Result<Vec<(NodeId, AgentId)>> {
        let statement =
            Statement::new("SELECT runs_on_id, id FROM agents WHERE organization_id = $1 AND type = $2")
                .bind(self.reach.organization.as_uuid())
                .bind(AgentType::BailiwickAgent.as_str());
        let nodes = nodes.iter().map(|id| id.as_uuid());
        let found =
            statement.among(StatementName::AgentsOursOn, &mut self.run, " AND runs_on_id IN ", nodes).await?;
        let ours = |(node, agent)| (NodeId::from_uuid(node), AgentId::from_uuid(agent));
        Ok(found.into_iter().map(ours).collect())
    }

    /// The agents that the Bailiwick agents of some nodes supervise, in reach or not, with everything they
    /// observe.
    pub async fn supervised_on(&mut self, nodes: &[NodeId]) -> Result<Vec<Agent>> {
        let whole = OrganizationReach::whole(self.reach.organization);
        let mut all = Agents::new(&mut self.run, &whole);
        let mut found = Vec::new();
        for nodes in nodes.chunks(AT_ONCE) {
            let kinds = AgentType::ALL.iter().filter(|kind| kind.is_supervised());
            let select = all.select(AgentRow::READ).and(TYPE.one_of(kinds)).and(RUNS_ON.one_of(nodes));
            // Sorted here: to get them in this order, SQLite would read all agents.
            let mut rows =
                all.run.rows::<AgentRow>(StatementName::AgentsSupervisedOn, select.statement()).await?;
            rows.sort_unstable_by_key(|row| row.id);
            for rows in in_chunks(rows) {
                found.extend(all.with_all(rows).await?);
            }
        }
        Ok(found)
    }

    /// The enabled exporters on some nodes that are in reach, of one type if that is given, sorted by type and id
    /// for each 500 nodes.
    pub async fn exporters_on(&mut self, nodes: &[NodeId], kind: Option<AgentType>) -> Result<Vec<Agent>> {
        let kinds =
            AgentType::ALL.iter().filter(|of| of.is_exporter() && kind.is_none_or(|kind| kind == **of));
        let mut found = Vec::new();
        for nodes in nodes.chunks(AT_ONCE) {
            let select = self.select(AgentRow::READ).and(ENABLED.is(&true)).and(TYPE.one_of(kinds.clone()));
            // Sorted here: to get them in this order, SQLite would read all agents.
            let statement = select.and(RUNS_ON.one_of(nodes)).statement();
            let mut rows = self.run.rows::<AgentRow>(StatementName::AgentsExportersOn, statement).await?;
            rows.sort_unstable_by(|one, other| (&one.kind, one.id).cmp(&(&other.kind, other.id)));
            for rows in in_chunks(rows) {
                found.extend(self.with_all(rows).await?);
            }
        }
        self.shown(found).await
    }

    /// How many agents match a filter.
    pub async fn count(&mut self, filter: &AgentFilter) -> Result<i64> {
        let select = self.select("count(*)").and_all(filter.conditions(self.reach.organization));
        let statement = select.statement();
        let (count,) = self.run.row(StatementName::AgentsCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// The agents that are affected by a deletion, in reach or not, sorted by id.
    pub async fn affected(&mut self, gone: &Gone) -> Result<Vec<Affected>> {
        let organization = self.reach.organization;
        let services = gone.services(organization);
        // A missing node is compared as the nil UUID, which no node has.
        let (node, observed, agent) = (gone.node(), gone.observed(), gone.agent());
        let mut statement = Statement::new("SELECT a.id, a.type, (a.runs_on_id IS NULL OR a.runs_on_id <> ");
        statement.push_value(node.unwrap_or_default());
        statement.push(
            ") AND (EXISTS (SELECT 1 FROM agent_nodes o WHERE o.organization_id = a.organization_id \
             AND o.agent_id = a.id AND o.node_id <> ",
        );
        statement.push_value(observed.unwrap_or_default());
        statement.push(
            ") OR EXISTS (SELECT 1 FROM agent_services o WHERE o.organization_id = a.organization_id \
             AND o.agent_id = a.id AND o.service_id NOT IN (",
        );
        statement.push_statement(&services).push("))) FROM agents a WHERE a.organization_id = ");
        statement.push_value(organization.as_uuid()).push(" AND a.id IN (");
        for (n, (ids, of, id)) in [
            ("SELECT id FROM agents WHERE organization_id = ", " AND runs_on_id = ", node),
            ("SELECT agent_id FROM agent_nodes WHERE organization_id = ", " AND node_id = ", observed),
        ]
        .into_iter()
        .enumerate()
        {
            statement.push(if n == 0 { "" } else { " UNION " }).push(ids).push_value(organization.as_uuid());
            statement.push(of).push_value(id.unwrap_or_default());
        }
        statement.push(" UNION SELECT agent_id FROM agent_services WHERE organization_id = ");
        statement.push_value(organization.as_uuid()).push(" AND service_id IN (").push_statement(&services);
        statement.push(")) AND a.id <> ").push_value(agent.unwrap_or_default());
        if matches!(gone, Gone::Runner(..)) {
            // The Bailiwick agent does not start these.
            statement.push(" AND a.type NOT IN ('external_exporter', 'opamp')");
        }
        statement.push(" ORDER BY a.id");
        let rows: Vec<(Uuid, String, bool)> = self.run.rows(StatementName::AgentsAffected, statement).await?;
        rows.into_iter()
            .map(|(id, kind, stays)| {
                let kind = kind.parse().or_corrupt(TABLE, "type")?;
                Ok(Affected { id: AgentId::from_uuid(id), kind, stays })
            })
            .collect()
    }

    /// The ids in `ids` that are agents in reach.
    pub async fn existing(&mut self, ids: &[AgentId]) -> Result<BTreeSet<AgentId>> {
        let ids = ids.iter().map(|id| id.as_uuid());
        let rows = self
            .select("id")
            .statement()
            .among(StatementName::AgentsExisting, &mut self.run, " AND id IN ", ids)
            .await?;
        Ok(rows.into_iter().map(|(id,)| AgentId::from_uuid(id)).collect())
    }

    async fn related(
        &mut self,
        name: StatementName,
        rows: &[AgentRow],
        select: &'static str,
    ) -> Result<Vec<(Uuid, Uuid)>> {
        let mut statement = Statement::new(select);
        statement.push(" WHERE organization_id = ").push_value(self.reach.organization.as_uuid());
        statement.push(" AND agent_id IN ").push_values(rows.iter().map(|row| row.id));
        self.run.rows(name, statement).await
    }
}

/// An agent's id, its value of the sort column, and its labels, as the label table stores them.
fn labelled(agent: &Agent) -> (Uuid, Value, &Labels) {
    (agent.id.as_uuid(), agent.created_at.as_micros().into(), &agent.labels)
}

impl Agents<'_, &mut Tx> {
    /// Inserts an agent without its secrets. [`Error::Taken`](crate::Error::Taken) if its node already has a
    /// Bailiwick agent and this is another; [`Error::InUse`](crate::Error::InUse) if an object that it refers
    /// to does not exist.
    pub async fn create(&mut self, agent: &Agent) -> Result<()> {
        self.create_many(std::slice::from_ref(agent)).await
    }

    /// Inserts many agents without their secrets, with as few statements as possible.
    pub async fn create_many(&mut self, agents: &[Agent]) -> Result<()> {
        let organization = self.reach.organization;
        for agents in agents.chunks(AT_ONCE) {
            self.run.create_rows::<AgentRow>(organization, agents).await?;
            self.add_observed(agents.iter()).await?;
            let labelled = agents.iter().map(labelled);
            LABELS.add(self.run, organization, labelled).await?;
        }
        self.run.runs_otherwise(agents);
        Ok(())
    }

    async fn add_observed(&mut self, agents: impl Iterator<Item = &Agent> + Send) -> Result<()> {
        let organization = self.reach.organization.as_uuid();
        let (mut nodes, mut services) = (Vec::new(), Vec::new());
        for agent in agents {
            let id = agent.id.as_uuid();
            for node in &agent.observes.nodes {
                nodes.push([organization.into(), id.into(), node.as_uuid().into()]);
            }
            for service in &agent.observes.services {
                services.push([organization.into(), id.into(), service.as_uuid().into()]);
            }
        }
        self.run
            .insert(
                StatementName::AgentsObserveNodes,
                "INSERT INTO agent_nodes (organization_id, agent_id, node_id) VALUES ",
                nodes,
            )
            .await?;
        self.run
            .insert(
                StatementName::AgentsObserveServices,
                "INSERT INTO agent_services (organization_id, agent_id, service_id) VALUES ",
                services,
            )
            .await
    }

    /// Updates an agent that was read at revision `from`, with everything it observes, but without its
    /// secrets and without what it reported. [`Error::Changed`](crate::Error::Changed) if its revision is
    /// another by now.
    pub async fn update(&mut self, agent: &Agent, from: Revision) -> Result<()> {
        self.update_many(&[(agent, from)]).await
    }

    /// Updates many agents without their secrets, each with the revision at which it was read. No agent may
    /// occur twice.
    pub async fn update_many(&mut self, agents: &[(&Agent, Revision)]) -> Result<()> {
        let organization = self.reach.organization;
        for agents in agents.chunks(AT_ONCE) {
            self.run.update_rows::<AgentRow>(organization, agents).await?;
            for table in ["agent_nodes", "agent_services"] {
                let mut statement = Statement::new("DELETE FROM ");
                statement.push(table).push(" WHERE organization_id = ").push_value(organization.as_uuid());
                let ids = agents.iter().map(|(agent, _)| agent.id.as_uuid());
                statement.push(" AND agent_id IN ").push_values(ids);
                self.run.execute(StatementName::AgentsForgetObserved, statement).await?;
            }
            self.add_observed(agents.iter().map(|(agent, _)| *agent)).await?;
            let labelled = agents.iter().map(|(agent, _)| labelled(agent)).collect();
            LABELS.replace(self.run, organization, labelled).await?;
        }
        self.run.runs_otherwise(agents.iter().map(|(agent, _)| *agent));
        Ok(())
    }

    /// Removes objects that are about to be deleted from the agents that observe them. `staying` are the
    /// agents that remain; their revisions are incremented.
    pub async fn leave(&mut self, gone: &Gone, staying: &[AgentId], now: Timestamp) -> Result<()> {
        let organization = self.reach.organization;
        self.run.desired_changed(organization, &Whose::Agents(staying)).await?;
        for ids in staying.chunks(AT_ONCE) {
            let mut statement = Statement::new("UPDATE agents SET revision = revision + 1, updated_at = ");
            statement.push_value(now.as_micros()).push(" WHERE organization_id = ");
            statement.push_value(organization.as_uuid());
            statement.push(" AND id IN ").push_values(ids.iter().map(|id| id.as_uuid()));
            self.run.execute(StatementName::AgentsTouch, statement).await?;
        }
        if let Some(node) = gone.observed() {
            let statement =
                Statement::new("DELETE FROM agent_nodes WHERE organization_id = $1 AND node_id = $2")
                    .bind(organization.as_uuid())
                    .bind(node);
            self.run.execute(StatementName::AgentsLeaveNode, statement).await?;
        }
        let mut statement = Statement::new("DELETE FROM agent_services WHERE organization_id = ");
        statement.push_value(organization.as_uuid());
        statement.push(" AND service_id IN (").push_statement(&gone.services(organization)).push(")");
        self.run.execute(StatementName::AgentsLeaveServices, statement).await?;
        Ok(())
    }

    /// Deletes many agents with their secrets and keys, whatever their revisions.
    pub async fn delete_many(&mut self, ids: &[AgentId]) -> Result<()> {
        for ids in ids.chunks(AT_ONCE) {
            self.delete_keys(ids).await?;
            let mut statement = Statement::new("DELETE FROM agents WHERE organization_id = ");
            statement.push_value(self.reach.organization.as_uuid());
            statement.push(" AND id IN ").push_values(ids.iter().map(|id| id.as_uuid()));
            self.run.execute(StatementName::AgentsDeleteMany, statement).await?;
        }
        Ok(())
    }

    /// Deletes the keys of agents that are about to be deleted, and notifies the nodes that run their
    /// programs. A node that loses its agent of Bailiwick has no status any more.
    async fn delete_keys(&mut self, ids: &[AgentId]) -> Result<()> {
        let mut statement = Statement::new(
            "DELETE FROM node_presence WHERE node_id IN (SELECT runs_on_id FROM agents \
             WHERE type = 'bailiwick_agent' AND organization_id = ",
        );
        statement.push_value(self.reach.organization.as_uuid());
        statement.push(" AND id IN ").push_values(ids.iter().map(|id| id.as_uuid())).push(")");
        self.run.execute(StatementName::AgentsForgetPresence, statement).await?;
        self.run.desired_changed(self.reach.organization, &Whose::Agents(ids)).await?;
        let mut statement = Statement::new("DELETE FROM keys WHERE organization_id = ");
        statement.push_value(self.reach.organization.as_uuid());
        statement.push(" AND agent_id IN ").push_values(ids.iter().map(|id| id.as_uuid()));
        statement.push(" RETURNING id");
        for (key,) in self.run.rows::<(String,)>(StatementName::AgentsDeleteKeys, statement).await? {
            self.run.changed(Change::Key(key.parse().or_corrupt("keys", "id")?));
        }
        for id in ids {
            self.run.changed(Change::Agent(*id));
        }
        Ok(())
    }

    /// Deletes an agent that was read at revision `from`, with its secrets and keys.
    pub async fn delete(&mut self, id: AgentId, from: Revision) -> Result<()> {
        self.delete_keys(&[id]).await?;
        self.run.delete_row::<AgentRow>(self.reach.organization, id.as_uuid(), from).await
    }
}
