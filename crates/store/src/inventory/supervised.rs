//! Exporters and other programs on nodes: finds the nodes whose supervised programs changed, and the
//! external exporters, which no agent supervises and the servers therefore probe.

use bailiwick_domain::agent::{Agent, AgentStatus, AgentType, Reported};
use bailiwick_domain::id::{AgentId, NodeId, OrganizationId, ServiceId};
use bailiwick_domain::port::Port;
use bailiwick_domain::presence::Presence;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::inventory::presence::PresenceRow;
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many ids one statement takes.
const AT_ONCE: usize = 500;

/// Which agents' programs may have changed.
pub(crate) enum Whose<'a> {
    /// The programs of these agents.
    Agents(&'a [AgentId]),
    /// The programs of agents that observe one of these services.
    WatchingServices(&'a [ServiceId]),
    /// The programs that run on one of these nodes, whose certificates have its name and address, and those of agents
    /// that observe one from another node.
    ConcerningNodes(&'a [NodeId]),
}

fn supervised() -> impl Iterator<Item = &'static str> {
    AgentType::ALL.into_iter().filter(|kind| kind.is_supervised()).map(AgentType::as_str)
}

impl Tx {
    /// Notifies the nodes of these agents at the commit, for those agents that the Bailiwick agent
    /// supervises.
    pub(crate) fn runs_otherwise<'a>(&mut self, agents: impl IntoIterator<Item = &'a Agent>) {
        for agent in agents.into_iter().filter(|agent| agent.kind.is_supervised()) {
            if let Some(node) = agent.runs_on {
                self.changed(Change::Node(node));
            }
        }
    }

    /// Notifies the nodes on which programs may have changed.
    pub(crate) async fn desired_changed(
        &mut self,
        organization: OrganizationId,
        whose: &Whose<'_>,
    ) -> Result<()> {
        let (which, ids): (_, Vec<Uuid>) = match whose {
            Whose::Agents(ids) => (" AND (id IN ", ids.iter().map(|id| id.as_uuid()).collect()),
            Whose::WatchingServices(ids) => (
                " AND id IN (SELECT o.agent_id FROM agent_services o WHERE o.organization_id = agents.organization_id \
                 AND o.service_id IN ",
                ids.iter().map(|id| id.as_uuid()).collect(),
            ),
            Whose::ConcerningNodes(ids) => (
                " AND id IN (SELECT o.agent_id FROM agent_nodes o WHERE o.organization_id = agents.organization_id \
                 AND o.node_id <> agents.runs_on_id AND o.node_id IN ",
                ids.iter().map(|id| id.as_uuid()).collect(),
            ),
        };
        if let Whose::ConcerningNodes(nodes) = whose {
            self.front_renamed(organization, nodes).await?;
        }
        for ids in ids.chunks(AT_ONCE) {
            let mut statement = Statement::new(
                "SELECT DISTINCT runs_on_id FROM agents WHERE runs_on_id IS NOT NULL AND organization_id = ",
            );
            statement.push_value(organization.as_uuid()).push(which).push_values(ids.iter().copied());
            statement.push(") AND type IN ").push_values(supervised());
            for (node,) in self.rows::<(Uuid,)>(StatementName::SupervisedNodesOfChanged, statement).await? {
                self.changed(Change::Node(NodeId::from_uuid(node)));
            }
        }
        Ok(())
    }

    /// Notifies those of these nodes that have programs: their certificates may need other names.
    async fn front_renamed(&mut self, organization: OrganizationId, nodes: &[NodeId]) -> Result<()> {
        for nodes in nodes.chunks(AT_ONCE) {
            let mut statement =
                Statement::new("SELECT DISTINCT runs_on_id FROM agents WHERE organization_id = ");
            statement.push_value(organization.as_uuid()).push(" AND runs_on_id IN ");
            statement.push_values(nodes.iter().map(|node| node.as_uuid()));
            statement.push(" AND type IN ").push_values(supervised());
            for (node,) in self.rows::<(Uuid,)>(StatementName::SupervisedOnNodes, statement).await? {
                self.changed(Change::Node(NodeId::from_uuid(node)));
            }
        }
        Ok(())
    }

    /// Updates supervised programs that the agents of `nodes` no longer report although they reported
    /// everything they run: their status becomes `done` if they are disabled, otherwise `unknown`. `told`
    /// are the programs that were reported, each with its node.
    pub async fn doubt_untold(
        &mut self,
        nodes: &[(OrganizationId, NodeId)],
        told: &[(NodeId, AgentId)],
        now: Timestamp,
    ) -> Result<()> {
        if nodes.is_empty() {
            return Ok(());
        }
        let mut statement = Statement::new(
            "UPDATE agents SET status = CASE WHEN enabled THEN 'unknown' ELSE 'done' END, status_since = ",
        );
        statement.push_value(now.as_micros()).push(" WHERE organization_id IN ");
        statement.push_values(nodes.iter().map(|(organization, _)| organization.as_uuid()));
        statement.push(" AND runs_on_id IN ").push_values(nodes.iter().map(|(_, node)| node.as_uuid()));
        statement.push(" AND type IN ").push_values(supervised());
        statement.push(" AND status NOT IN ('unknown', 'done')");
        if !told.is_empty() {
            statement.push(" AND (runs_on_id, id) NOT IN (VALUES ");
            statement.push_rows(told.iter().map(|(node, agent)| [node.as_uuid(), agent.as_uuid()]));
            statement.push(")");
        }
        self.execute(StatementName::SupervisedDoubtUntold, statement).await?;
        Ok(())
    }
}

impl Store {
    /// When the Bailiwick agent on the node of each of these agents was last seen.
    pub async fn presence_of_agents(&self, agents: &[AgentId]) -> Result<Vec<(AgentId, Option<Presence>)>> {
        #[derive(sqlx::FromRow)]
        struct Row {
            id: Uuid,
            #[sqlx(flatten)]
            presence: PresenceRow,
        }
        let statement = Statement::new(
            "SELECT a.id, p.last_seen_at, p.online_since, p.left_at FROM agents a \
             JOIN node_presence p ON p.node_id = a.runs_on_id WHERE true",
        );
        let (mut run, agents) = (self, agents.iter().map(|id| id.as_uuid()));
        let rows: Vec<Row> =
            statement.among(StatementName::SupervisedPresence, &mut run, " AND a.id IN ", agents).await?;
        Ok(rows.into_iter().map(|row| (AgentId::from_uuid(row.id), row.presence.presence())).collect())
    }

    /// The last lines that an agent's program logged, oldest first.
    pub async fn agent_log(&self, agent: AgentId) -> Result<Vec<String>> {
        let statement =
            Statement::new("SELECT log FROM agents WHERE log IS NOT NULL AND id = $1").bind(agent.as_uuid());
        let mut run = self;
        let row = run
            .row::<(sqlx::types::Json<Vec<String>>,)>(StatementName::SupervisedAgentLog, statement)
            .await?;
        Ok(row.map(|(log,)| log.0).unwrap_or_default())
    }
}

/// An external exporter that must be probed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToProbe {
    /// The exporter.
    pub agent: AgentId,
    /// Its organization.
    pub organization: OrganizationId,
    /// The address of the node that it runs on.
    pub address: String,
    /// The port on which it serves metrics.
    pub port: Port,
}

/// The result of probing an exporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// The exporter.
    pub agent: AgentId,
    /// Why it does not answer; `None` if it does.
    pub error: Option<String>,
}

impl Tx {
    /// Claims at most `most` enabled external exporters on nodes with an address that no server has probed
    /// since `before`: of each organization in turn the one that waited longest, so that an organization
    /// with many does not delay those of others. Two servers never claim the same one.
    pub async fn take_to_probe(
        &mut self,
        before: Timestamp,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<ToProbe>> {
        let mut which = Statement::new(
            "SELECT a.id, a.organization_id, n.address, a.listen_port FROM agents a \
             JOIN nodes n ON n.organization_id = a.organization_id AND n.id = a.runs_on_id \
             JOIN (SELECT e.id, e.probed_at, ROW_NUMBER() OVER \
             (PARTITION BY e.organization_id ORDER BY e.probed_at NULLS FIRST, e.id) AS turn FROM agents e \
             JOIN nodes m ON m.organization_id = e.organization_id AND m.id = e.runs_on_id \
             WHERE e.type = 'external_exporter' AND e.enabled AND e.listen_port IS NOT NULL \
             AND m.address IS NOT NULL AND (e.probed_at IS NULL OR e.probed_at <= ",
        );
        which.push_value(before.as_micros());
        which.push(") ORDER BY turn, e.probed_at NULLS FIRST, e.id LIMIT ").push_value(most);
        which.push(") AS due ON due.id = a.id ORDER BY due.turn, due.probed_at NULLS FIRST, a.id");
        self.share_rows(&mut which, " FOR UPDATE OF a SKIP LOCKED");
        let rows: Vec<(Uuid, Uuid, String, i64)> = self.rows(StatementName::SupervisedToProbe, which).await?;
        let mut statement = Statement::new("UPDATE agents SET probed_at = ");
        statement.push_value(now.as_micros()).push(" WHERE id IN ").push_values(rows.iter().map(|row| row.0));
        self.execute(StatementName::SupervisedTakeToProbe, statement).await?;
        let to_probe = rows.into_iter().filter_map(|(agent, organization, address, port)| {
            Some(ToProbe {
                agent: AgentId::from_uuid(agent),
                organization: OrganizationId::from_uuid(organization),
                address,
                port: Port::try_from(port).ok()?,
            })
        });
        Ok(to_probe.collect())
    }
}

impl Tx {
    /// Stores the results of probing exporters where they differ from the last ones. This does not count as
    /// an edit: the revisions stay the same.
    pub async fn note_probed(&mut self, probed: &[Probed], now: Timestamp) -> Result<()> {
        for probed in probed.chunks(AT_ONCE) {
            let rows = probed.iter().map(|Probed { agent, error }| {
                let status = if error.is_none() { AgentStatus::Running } else { AgentStatus::Waiting };
                let reported = Reported { version: None, last_error: error.clone() };
                [
                    agent.as_uuid().into(),
                    status.as_str().into(),
                    now.as_micros().into(),
                    Value::json(&reported),
                ]
            });
            let mut statement = Statement::with("agent_id, status, probed_at, reported", rows);
            statement.push(
                "UPDATE agents SET status_since = CASE WHEN agents.status = v.status \
                 THEN agents.status_since ELSE v.probed_at END, status = v.status, reported = v.reported \
                 FROM v WHERE agents.id = v.agent_id AND agents.type = 'external_exporter' AND agents.enabled \
                 AND (agents.status <> v.status OR agents.reported IS DISTINCT FROM v.reported) \
                 AND agents.id IN ",
            );
            statement.push_values(probed.iter().map(|p| p.agent.as_uuid()));
            self.execute(StatementName::SupervisedNoteProbed, statement).await?;
        }
        Ok(())
    }
}
