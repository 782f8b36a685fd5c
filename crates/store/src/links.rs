//! Agents from the view of their connections: their OpAMP instance, machine and keys.

use bailiwick_domain::agent::{AgentType, ProgramHealth};
use bailiwick_domain::enrolment::Origin;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{AgentId, NodeId, OrganizationId, SiteId};
use bailiwick_domain::key::KeyId;
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::NodeName;
use bailiwick_domain::presence::Presence;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::inventory::presence::PresenceRow;
use crate::locks::change::Change;
use crate::sql::column::Column as _;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many rows one statement writes.
const AT_ONCE: usize = 250;

/// An agent and its node, with the data that handling its connection needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedAgent {
    /// The agent.
    pub id: AgentId,
    /// The agent's type.
    pub kind: AgentType,
    /// The agent's OpAMP instance UID; `None` if it has never connected as an OpAMP client.
    pub instance: Option<Uuid>,
    /// The node.
    pub node: NodeId,
    /// The node's name.
    pub node_name: NodeName,
    /// The organization of both.
    pub organization: OrganizationId,
    /// The site that the node is at.
    pub site: Option<SiteId>,
    /// The node's machine id.
    pub machine_id: Option<Detail>,
    /// When the node's agent was last seen.
    pub presence: Option<Presence>,
    /// How many keys the agent has.
    pub keys: i64,
    /// The key that the node's agent had before another machine took the node over, while it can still take
    /// the node back.
    pub previous: Option<PreviousKey>,
    /// The agent that this one was cloned from, together with its machine.
    pub cloned_from: Option<AgentId>,
}

/// The key that a node's agent had before another machine took the node over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousKey {
    /// The key.
    pub key: KeyId,
    /// Until this time, an agent that connects with the key gets its node back.
    pub until: Timestamp,
}

/// A node that represents a machine, with its Bailiwick agent if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The node.
    pub node: NodeId,
    /// Its name.
    pub name: NodeName,
    /// The site that the node is at.
    pub site: Option<SiteId>,
    /// The Bailiwick agent on the node.
    pub agent: Option<AgentId>,
    /// When that agent was last seen.
    pub presence: Option<Presence>,
}

/// A key of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentKey {
    /// The key.
    pub id: KeyId,
    /// Whether the key was ever used, as far as the database knows.
    pub was_used: bool,
    /// Whether the agent had the key before another machine took its node over.
    pub is_previous: bool,
}

/// An agent's state, reported by itself or by the Bailiwick agent on its node.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentReport {
    /// The agent that it is about.
    pub agent: AgentId,
    /// The node that it must run on.
    pub node: NodeId,
    /// The agent's health.
    pub health: ProgramHealth,
    /// When the node's agent was last seen, if the report is based on that. If another server has seen it
    /// later, the report is skipped.
    pub last_heard: Option<Timestamp>,
}

const LINKED: &str = "SELECT a.id, a.type, a.instance_uid, n.id AS node_id, n.name, a.organization_id, n.site_id, \
    n.machine_id, p.last_seen_at, p.online_since, p.left_at, a.cloned_from_id, \
    a.previous_key_id, a.previous_until, \
    (SELECT count(*) FROM keys k WHERE k.agent_id = a.id) AS keys FROM agents a \
    JOIN nodes n ON n.id = a.runs_on_id LEFT JOIN node_presence p ON p.node_id = n.id WHERE ";

#[derive(sqlx::FromRow)]
struct LinkedRow {
    id: Uuid,
    r#type: String,
    instance_uid: Option<Uuid>,
    node_id: Uuid,
    name: String,
    organization_id: Uuid,
    site_id: Option<Uuid>,
    machine_id: Option<String>,
    #[sqlx(flatten)]
    presence: PresenceRow,
    cloned_from_id: Option<Uuid>,
    previous_key_id: Option<String>,
    previous_until: Option<i64>,
    keys: i64,
}

impl TryFrom<LinkedRow> for LinkedAgent {
    type Error = crate::Error;

    fn try_from(row: LinkedRow) -> Result<Self> {
        let machine_id = row.machine_id.map(|id| id.parse()).transpose();
        let previous = match (row.previous_key_id, row.previous_until) {
            (Some(key), Some(until)) => Some(PreviousKey {
                key: key.parse().or_corrupt("agents", "previous_key_id")?,
                until: Timestamp::from_micros(until),
            }),
            _ => None,
        };
        Ok(Self {
            previous,
            id: AgentId::from_uuid(row.id),
            kind: row.r#type.parse().or_corrupt("agents", "type")?,
            instance: row.instance_uid,
            node: NodeId::from_uuid(row.node_id),
            node_name: row.name.parse().or_corrupt("nodes", "name")?,
            organization: OrganizationId::from_uuid(row.organization_id),
            site: row.site_id.map(SiteId::from_uuid),
            machine_id: machine_id.or_corrupt("nodes", "machine_id")?,
            presence: row.presence.presence(),
            keys: row.keys,
            cloned_from: row.cloned_from_id.map(AgentId::from_uuid),
        })
    }
}

#[derive(sqlx::FromRow)]
struct MachineRow {
    id: Uuid,
    name: String,
    site_id: Option<Uuid>,
    agent_id: Option<Uuid>,
    #[sqlx(flatten)]
    presence: PresenceRow,
}

impl TryFrom<MachineRow> for Machine {
    type Error = crate::Error;

    fn try_from(row: MachineRow) -> Result<Self> {
        Ok(Self {
            node: NodeId::from_uuid(row.id),
            name: row.name.parse().or_corrupt("nodes", "name")?,
            site: row.site_id.map(SiteId::from_uuid),
            agent: row.agent_id.map(AgentId::from_uuid),
            presence: row.presence.presence(),
        })
    }
}

impl Tx {
    /// Makes the server that a node's agent is connected to give it a new credential, once this transaction
    /// is committed.
    pub fn rotate_agent(&mut self, node: NodeId) {
        self.changed(Change::Rotate(node));
    }
}

/// Access to agents from the view of their connections.
pub struct Links<R>(R);

impl Store {
    /// Reads agents from the view of their connections.
    pub const fn links(&self) -> Links<&Self> {
        Links(self)
    }
}

impl Tx {
    /// Reads and writes agents from the view of their connections.
    pub const fn links(&mut self) -> Links<&mut Self> {
        Links(self)
    }
}

impl<R: Run> Links<R> {
    /// The agent with this id, if it runs on a node.
    pub async fn agent(&mut self, id: AgentId) -> Result<Option<LinkedAgent>> {
        let mut statement = Statement::new(LINKED);
        statement.push("a.id = ").push_value(id.as_uuid());
        self.0
            .row::<LinkedRow>(StatementName::LinksAgent, statement)
            .await?
            .map(LinkedAgent::try_from)
            .transpose()
    }

    /// The agent with this OpAMP instance UID in an organization.
    pub async fn instance(
        &mut self,
        organization: OrganizationId,
        instance: Uuid,
    ) -> Result<Option<LinkedAgent>> {
        let mut statement = Statement::new(LINKED);
        statement.push("a.organization_id = ").push_value(organization.as_uuid());
        statement.push(" AND a.instance_uid = ").push_value(instance);
        self.0
            .row::<LinkedRow>(StatementName::LinksInstance, statement)
            .await?
            .map(LinkedAgent::try_from)
            .transpose()
    }

    /// The third-party OpAMP clients on a node that run this program, oldest first, at most 100.
    pub async fn clients(
        &mut self,
        organization: OrganizationId,
        node: NodeId,
        program: &str,
    ) -> Result<Vec<LinkedAgent>> {
        let mut statement = Statement::new(LINKED);
        statement.push("a.organization_id = ").push_value(organization.as_uuid());
        statement.push(" AND a.runs_on_id = ").push_value(node.as_uuid());
        statement.push(" AND a.type = 'opamp' AND a.description = ").push_value(program);
        // In the order of the index that finds them: for one by id, SQLite would read all agents.
        statement.push(" ORDER BY a.created_at, a.id LIMIT 100");
        let rows = self.0.rows::<LinkedRow>(StatementName::LinksClients, statement).await?;
        rows.into_iter().map(LinkedAgent::try_from).collect()
    }

    /// The nodes in an organization with this machine id on which a Bailiwick agent may run, most recently
    /// seen first, at most 100.
    pub async fn machines(
        &mut self,
        organization: OrganizationId,
        machine_id: &Detail,
    ) -> Result<Vec<Machine>> {
        let statement = Statement::new(
            "SELECT n.id, n.name, n.site_id, a.id AS agent_id, p.last_seen_at, p.online_since, p.left_at \
             FROM nodes n LEFT JOIN agents a ON a.organization_id = n.organization_id \
             AND a.runs_on_id = n.id AND a.type = 'bailiwick_agent' \
             LEFT JOIN node_presence p ON p.node_id = n.id \
             WHERE n.organization_id = $1 AND n.machine_id = $2 AND n.type IN ('generic', 'container') \
             ORDER BY coalesce(p.last_seen_at, -1) DESC, n.id LIMIT 100",
        )
        .bind(organization.as_uuid())
        .bind(machine_id.as_str());
        let rows = self.0.rows::<MachineRow>(StatementName::LinksMachines, statement).await?;
        rows.into_iter().map(Machine::try_from).collect()
    }

    /// The keys of an agent.
    pub async fn keys(&mut self, agent: AgentId) -> Result<Vec<AgentKey>> {
        let statement = Statement::new(
            "SELECT k.id, k.last_used_at IS NOT NULL, coalesce(k.id = a.previous_key_id, false) \
                 FROM keys k JOIN agents a ON a.id = k.agent_id WHERE k.agent_id = $1 ORDER BY k.id",
        )
        .bind(agent.as_uuid());
        let rows: Vec<(String, bool, bool)> =
            self.0.rows(StatementName::LinksKeysOfMachine, statement).await?;
        let key = |(id, was_used, is_previous): (String, bool, bool)| {
            Ok(AgentKey { id: id.parse().or_corrupt("keys", "id")?, was_used, is_previous })
        };
        rows.into_iter().map(key).collect()
    }

    /// How many clones of an agent were made nodes of their own and still exist.
    pub async fn clones(&mut self, agent: AgentId) -> Result<i64> {
        let statement = Statement::new("SELECT count(*) FROM agents WHERE cloned_from_id = $1");
        let row: Option<(i64,)> =
            self.0.row(StatementName::LinksClones, statement.bind(agent.as_uuid())).await?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// Who determined which machine a node is.
    pub async fn origin(&mut self, node: NodeId) -> Result<Origin> {
        let statement = Statement::new("SELECT origin FROM nodes WHERE id = $1").bind(node.as_uuid());
        let row: Option<(Option<Json<Origin>>,)> = self.0.row(StatementName::LinksOrigin, statement).await?;
        Ok(row.and_then(|(origin,)| origin).map(|origin| origin.0).unwrap_or_default())
    }

    /// The folded forms (as names are compared) of those `names` that a node of the organization already
    /// has.
    pub async fn taken_names(
        &mut self,
        organization: OrganizationId,
        names: &[NodeName],
    ) -> Result<Vec<String>> {
        let mut statement = Statement::new("SELECT folded_name FROM nodes WHERE organization_id = ");
        statement.push_value(organization.as_uuid());
        statement.push(" AND folded_name IN ").push_values(names.iter().map(NodeName::folded));
        let rows: Vec<(String,)> = self.0.rows(StatementName::LinksTakenNames, statement).await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }
}

impl Links<&mut Tx> {
    /// Sets an agent's OpAMP instance UID. [`Error::Taken`](crate::Error::Taken) if another agent of the
    /// organization has it.
    pub async fn set_instance(&mut self, agent: AgentId, instance: Uuid) -> Result<()> {
        let statement = Statement::new("UPDATE agents SET instance_uid = $1 WHERE id = $2")
            .bind(instance)
            .bind(agent.as_uuid());
        self.0.execute(StatementName::LinksSetInstance, statement).await?;
        Ok(())
    }

    /// Records that an agent is a clone of another, or of none.
    pub async fn set_clone(&mut self, agent: AgentId, of: Option<AgentId>) -> Result<()> {
        let statement = Statement::new("UPDATE agents SET cloned_from_id = $1 WHERE id = $2")
            .bind(of.map(AgentId::as_uuid))
            .bind(agent.as_uuid());
        self.0.execute(StatementName::LinksSetClone, statement).await?;
        Ok(())
    }

    /// Records who determined which machine a node is.
    pub async fn set_origin(&mut self, node: NodeId, origin: &Origin) -> Result<()> {
        let mut statement = Statement::new("UPDATE nodes SET origin = ");
        statement.push_value(Value::json(origin)).push(" WHERE id = ").push_value(node.as_uuid());
        self.0.execute(StatementName::LinksSetOrigin, statement).await?;
        Ok(())
    }

    /// Records the key that an agent had before another machine took its node over, or clears it.
    pub async fn set_previous(&mut self, agent: AgentId, previous: Option<PreviousKey>) -> Result<()> {
        let mut statement = Statement::new("UPDATE agents SET previous_key_id = ");
        statement.push_value(previous.as_ref().map(|previous| previous.key.as_str()));
        statement.push(", previous_until = ").push_value(previous.map(|previous| previous.until.as_micros()));
        statement.push(" WHERE id = ").push_value(agent.as_uuid());
        self.0.execute(StatementName::LinksSetPrevious, statement).await?;
        Ok(())
    }

    /// Deletes some keys of agents.
    pub async fn delete_some_keys(&mut self, keys: &[KeyId]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut statement = Statement::new("DELETE FROM keys WHERE agent_id IS NOT NULL AND id IN ");
        statement.push_values(keys.iter().map(KeyId::as_str));
        self.0.execute(StatementName::LinksDeleteSomeKeys, statement).await?;
        keys.iter().for_each(|key| self.0.changed(Change::Key(*key)));
        Ok(())
    }

    /// Moves a key from one agent to another on another node. An agent connected with it must reconnect.
    pub async fn move_key(&mut self, key: KeyId, from: AgentId, to: AgentId, node: NodeId) -> Result<()> {
        let reach = Reach { nodes: Some([node].into()), ..Reach::EVERYTHING };
        let mut statement = Statement::new("UPDATE keys SET agent_id = ");
        statement.push_value(to.as_uuid()).push(", reach = ").push_value(Value::json(&reach));
        statement.push(", revision = revision + 1 WHERE id = ").push_value(key.as_str());
        statement.push(" AND agent_id = ").push_value(from.as_uuid());
        self.0.execute(StatementName::LinksMoveKey, statement).await?;
        self.0.changed(Change::Key(key));
        self.0.changed(Change::KeyMoved(key));
        Ok(())
    }

    /// Moves the keys of an agent that now runs on another node to that node, and ends the agent's connection: it
    /// connects again as the agent of that node.
    pub async fn move_agent(&mut self, agent: AgentId, node: NodeId) -> Result<()> {
        for key in self.keys(agent).await? {
            self.move_key(key.id, agent, agent, node).await?;
        }
        self.0.changed(Change::Agent(agent));
        Ok(())
    }

    /// Clears an agent's OpAMP instance UID.
    pub async fn clear_instance(&mut self, agent: AgentId) -> Result<()> {
        let statement =
            Statement::new("UPDATE agents SET instance_uid = NULL WHERE id = $1").bind(agent.as_uuid());
        self.0.execute(StatementName::LinksClearInstance, statement).await?;
        Ok(())
    }

    /// Deletes an agent's keys except `but`. Returns the deleted keys.
    pub async fn delete_keys(&mut self, agent: AgentId, but: Option<KeyId>) -> Result<Vec<KeyId>> {
        let statement = Statement::new("DELETE FROM keys WHERE agent_id = $1 AND id <> $2 RETURNING id")
            .bind(agent.as_uuid())
            .bind(but.as_ref().map_or("", KeyId::as_str));
        let rows: Vec<(String,)> = self.0.rows(StatementName::LinksDeleteKeys, statement).await?;
        let mut gone = Vec::new();
        for (id,) in rows {
            let id: KeyId = id.parse().or_corrupt("keys", "id")?;
            self.0.changed(Change::Key(id));
            gone.push(id);
        }
        Ok(gone)
    }

    /// Counts one more machine that a key enrols. Returns false if the key has enrolled as many as it may.
    pub async fn use_enrolment(&mut self, key: KeyId, uses: u32) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE keys SET enrolment_used = enrolment_used + 1 WHERE id = $1 AND enrolment_used < $2",
        )
        .bind(key.as_str())
        .bind(uses);
        let used = self.0.execute(StatementName::LinksUseEnrolment, statement).await? == 1;
        if used {
            self.0.changed(Change::Key(key));
        }
        Ok(used)
    }

    /// Stores what agents report about their machines. This does not count as an edit: revisions stay the
    /// same.
    pub async fn set_facts(&mut self, facts: &[(NodeId, Facts)]) -> Result<()> {
        for facts in facts.chunks(AT_ONCE) {
            let rows = facts.iter().map(|(node, facts)| [node.as_uuid().into(), Value::json(facts)]);
            let mut statement = Statement::with("node_id, facts", rows);
            // The ids at the end are redundant, but keep SQLite from scanning all nodes.
            statement
                .push("UPDATE nodes SET facts = v.facts FROM v WHERE nodes.id = v.node_id AND nodes.id IN ");
            statement.push_values(facts.iter().map(|(node, _)| node.as_uuid()));
            self.0.execute(StatementName::LinksSetFacts, statement).await?;
        }
        Ok(())
    }

    /// Stores what agents report about themselves and the programs they run. This does not count as an edit:
    /// revisions stay the same. Reports about an agent of another node are skipped.
    pub async fn set_reports(&mut self, reports: &[AgentReport]) -> Result<()> {
        for reports in reports.chunks(AT_ONCE) {
            let rows = reports.iter().map(|AgentReport { agent, node, health, last_heard }| {
                let ProgramHealth { status, since, started_at: _, listen_port, reported, log } = health;
                [
                    agent.as_uuid().into(),
                    node.as_uuid().into(),
                    status.value(),
                    since.value(),
                    listen_port.value(),
                    Value::json(reported),
                    Value::json(log),
                    last_heard.value(),
                ]
            });
            let mut statement = Statement::with(
                "agent_id, node_id, status, status_since, listen_port, reported, log, last_heard",
                rows,
            );
            // Agents know nothing of external exporters.
            statement.push(
                "UPDATE agents SET status = v.status, status_since = v.status_since, \
                 listen_port = coalesce(v.listen_port, agents.listen_port), reported = v.reported, log = v.log \
                 FROM v WHERE agents.id = v.agent_id AND agents.runs_on_id = v.node_id \
                 AND agents.type <> 'external_exporter' AND (v.last_heard IS NULL OR NOT EXISTS ( \
                 SELECT 1 FROM node_presence p WHERE p.node_id = v.node_id AND p.last_seen_at > v.last_heard)) \
                 AND agents.id IN ",
            );
            statement.push_values(reports.iter().map(|report| report.agent.as_uuid()));
            self.0.execute(StatementName::LinksSetReports, statement).await?;
        }
        Ok(())
    }
}
