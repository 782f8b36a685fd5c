//! Agents as their connections see them: which client they are, on which machine, with which keys.

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

use crate::change::Change;
use crate::database::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::presence::PresenceRow;
use crate::run::Run;
use crate::statement::{Statement, Value};

/// How many rows one statement writes.
const AT_ONCE: usize = 250;

/// An agent and the node it runs on, as far as its connection goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedAgent {
    /// The agent.
    pub id: AgentId,
    /// What kind of agent it is.
    pub kind: AgentType,
    /// Which client of OpAMP it is.
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
    /// When the node's agent was heard of.
    pub presence: Option<Presence>,
    /// How many keys it has.
    pub keys: i64,
    /// The key that its agent had before another machine took its node over, and until when that counts.
    pub previous: Option<PreviousKey>,
    /// The agent that it is a clone of.
    pub cloned_from: Option<AgentId>,
}

/// The key that a node's agent had before another machine took the node over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousKey {
    /// The key.
    pub key: KeyId,
    /// Until when an agent that comes with it has its node back.
    pub until: Timestamp,
}

/// A machine that is known, with its agent if it has one of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The node.
    pub node: NodeId,
    /// Its name.
    pub name: NodeName,
    /// The site it is at.
    pub site: Option<SiteId>,
    /// Its agent of ours.
    pub agent: Option<AgentId>,
    /// When that was heard of.
    pub presence: Option<Presence>,
}

/// A key of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentKey {
    /// The key.
    pub id: KeyId,
    /// Whether it was ever used, as far as that is written down.
    pub was_used: bool,
    /// Whether its agent had it before another machine took its node over.
    pub is_previous: bool,
}

/// How an agent is, as the agent of ours on its node or it itself tells.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentReport {
    /// The agent that it is about.
    pub agent: AgentId,
    /// The node that it must run on.
    pub node: NodeId,
    /// How it is.
    pub health: ProgramHealth,
    /// If it was last heard of then: where the node's agent was heard of since, by another server, the
    /// report is left out.
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
    /// Has whichever server the agent of a node is connected to give it another credential, once
    /// this is committed.
    pub fn rotate_agent(&mut self, node: NodeId) {
        self.changed(Change::Rotate(node));
    }
}

/// Agents as their connections see them.
pub struct Links<R>(R);

impl Store {
    /// Agents as their connections see them.
    pub const fn links(&self) -> Links<&Self> {
        Links(self)
    }
}

impl Tx {
    /// Agents as their connections see them, to write.
    pub const fn links(&mut self) -> Links<&mut Self> {
        Links(self)
    }
}

impl<R: Run> Links<R> {
    /// An agent that runs on a node.
    pub async fn agent(&mut self, id: AgentId) -> Result<Option<LinkedAgent>> {
        let mut statement = Statement::new(LINKED);
        statement.push("a.id = ").push_value(id.as_uuid());
        self.0.row::<LinkedRow>(statement).await?.map(LinkedAgent::try_from).transpose()
    }

    /// The agent that is a client of OpAMP in an organization.
    pub async fn instance(
        &mut self,
        organization: OrganizationId,
        instance: Uuid,
    ) -> Result<Option<LinkedAgent>> {
        let mut statement = Statement::new(LINKED);
        statement.push("a.organization_id = ").push_value(organization.as_uuid());
        statement.push(" AND a.instance_uid = ").push_value(instance);
        self.0.row::<LinkedRow>(statement).await?.map(LinkedAgent::try_from).transpose()
    }

    /// The clients of OpAMP of others that run on a node and are this program, the oldest first.
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
        statement.push(" ORDER BY a.id LIMIT 100");
        let rows = self.0.rows::<LinkedRow>(statement).await?;
        rows.into_iter().map(LinkedAgent::try_from).collect()
    }

    /// The machines with a machine id in an organization on which an agent of ours may run, the last heard of
    /// first; at most a hundred.
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
        let rows = self.0.rows::<MachineRow>(statement).await?;
        rows.into_iter().map(Machine::try_from).collect()
    }

    /// The keys of an agent.
    pub async fn keys(&mut self, agent: AgentId) -> Result<Vec<AgentKey>> {
        let statement = Statement::new(
            "SELECT k.id, k.last_used_at IS NOT NULL, coalesce(k.id = a.previous_key_id, false) \
                 FROM keys k JOIN agents a ON a.id = k.agent_id WHERE k.agent_id = $1 ORDER BY k.id",
        )
        .bind(agent.as_uuid());
        let rows: Vec<(String, bool, bool)> = self.0.rows(statement).await?;
        let key = |(id, was_used, is_previous): (String, bool, bool)| {
            Ok(AgentKey { id: id.parse().or_corrupt("keys", "id")?, was_used, is_previous })
        };
        rows.into_iter().map(key).collect()
    }

    /// How many clones of an agent were made machines of their own and are still there.
    pub async fn clones(&mut self, agent: AgentId) -> Result<i64> {
        let statement = Statement::new("SELECT count(*) FROM agents WHERE cloned_from_id = $1");
        let row: Option<(i64,)> = self.0.row(statement.bind(agent.as_uuid())).await?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// Who said which machine a node is.
    pub async fn origin(&mut self, node: NodeId) -> Result<Origin> {
        let statement = Statement::new("SELECT origin FROM nodes WHERE id = $1").bind(node.as_uuid());
        let row: Option<(Option<Json<Origin>>,)> = self.0.row(statement).await?;
        Ok(row.and_then(|(origin,)| origin).map(|origin| origin.0).unwrap_or_default())
    }

    /// Those of some names, as they are compared, each that of a node of an organization.
    pub async fn taken_names(
        &mut self,
        organization: OrganizationId,
        names: &[NodeName],
    ) -> Result<Vec<String>> {
        let mut statement = Statement::new("SELECT folded_name FROM nodes WHERE organization_id = ");
        statement.push_value(organization.as_uuid());
        statement.push(" AND folded_name IN ").push_values(names.iter().map(NodeName::folded));
        let rows: Vec<(String,)> = self.0.rows(statement).await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }
}

impl Links<&mut Tx> {
    /// Says which client of OpAMP an agent is. [`Error::Taken`](crate::Error::Taken) if another
    /// agent of the organization is.
    pub async fn set_instance(&mut self, agent: AgentId, instance: Uuid) -> Result<()> {
        let statement = Statement::new("UPDATE agents SET instance_uid = $1 WHERE id = $2")
            .bind(instance)
            .bind(agent.as_uuid());
        self.0.execute(statement).await?;
        Ok(())
    }

    /// Says that an agent is a clone of another, or of none.
    pub async fn set_clone(&mut self, agent: AgentId, of: Option<AgentId>) -> Result<()> {
        let statement = Statement::new("UPDATE agents SET cloned_from_id = $1 WHERE id = $2")
            .bind(of.map(AgentId::as_uuid))
            .bind(agent.as_uuid());
        self.0.execute(statement).await?;
        Ok(())
    }

    /// Notes who said which machine a node is.
    pub async fn set_origin(&mut self, node: NodeId, origin: &Origin) -> Result<()> {
        let mut statement = Statement::new("UPDATE nodes SET origin = ");
        statement.push_value(Value::json(origin)).push(" WHERE id = ").push_value(node.as_uuid());
        self.0.execute(statement).await?;
        Ok(())
    }

    /// Notes the key that an agent had before another machine took its node over, or that there is none.
    pub async fn set_previous(&mut self, agent: AgentId, previous: Option<PreviousKey>) -> Result<()> {
        let mut statement = Statement::new("UPDATE agents SET previous_key_id = ");
        statement.push_value(previous.as_ref().map(|previous| previous.key.as_str()));
        statement.push(", previous_until = ").push_value(previous.map(|previous| previous.until.as_micros()));
        statement.push(" WHERE id = ").push_value(agent.as_uuid());
        self.0.execute(statement).await?;
        Ok(())
    }

    /// Deletes some keys of agents.
    pub async fn delete_some_keys(&mut self, keys: &[KeyId]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut statement = Statement::new("DELETE FROM keys WHERE agent_id IS NOT NULL AND id IN ");
        statement.push_values(keys.iter().map(KeyId::as_str));
        self.0.execute(statement).await?;
        keys.iter().for_each(|key| self.0.changed(Change::Key(*key)));
        Ok(())
    }

    /// Makes a key of one agent that of another, on another node. Whoever is connected with it has to come again.
    pub async fn move_key(&mut self, key: KeyId, from: AgentId, to: AgentId, node: NodeId) -> Result<()> {
        let reach = Reach { nodes: Some([node].into()), ..Reach::EVERYTHING };
        let mut statement = Statement::new("UPDATE keys SET agent_id = ");
        statement.push_value(to.as_uuid()).push(", reach = ").push_value(Value::json(&reach));
        statement.push(", revision = revision + 1 WHERE id = ").push_value(key.as_str());
        statement.push(" AND agent_id = ").push_value(from.as_uuid());
        self.0.execute(statement).await?;
        self.0.changed(Change::Key(key));
        self.0.changed(Change::KeyMoved(key));
        Ok(())
    }

    /// Takes which client of OpAMP it is from an agent.
    pub async fn clear_instance(&mut self, agent: AgentId) -> Result<()> {
        let statement =
            Statement::new("UPDATE agents SET instance_uid = NULL WHERE id = $1").bind(agent.as_uuid());
        self.0.execute(statement).await?;
        Ok(())
    }

    /// Deletes the keys of an agent but one.
    pub async fn delete_keys(&mut self, agent: AgentId, but: Option<KeyId>) -> Result<Vec<KeyId>> {
        let statement = Statement::new("DELETE FROM keys WHERE agent_id = $1 AND id <> $2 RETURNING id")
            .bind(agent.as_uuid())
            .bind(but.as_ref().map_or("", KeyId::as_str));
        let rows: Vec<(String,)> = self.0.rows(statement).await?;
        let mut gone = Vec::new();
        for (id,) in rows {
            let id: KeyId = id.parse().or_corrupt("keys", "id")?;
            self.0.changed(Change::Key(id));
            gone.push(id);
        }
        Ok(gone)
    }

    /// Counts one more machine that a key enrols; false if it has enrolled as many as it may.
    pub async fn use_enrolment(&mut self, key: KeyId, uses: u32) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE keys SET enrolment_used = enrolment_used + 1 WHERE id = $1 AND enrolment_used < $2",
        )
        .bind(key.as_str())
        .bind(uses);
        let used = self.0.execute(statement).await? == 1;
        if used {
            self.0.changed(Change::Key(key));
        }
        Ok(used)
    }

    /// Writes what agents tell of the machines they run on. That is no edit: the revisions stay.
    pub async fn set_facts(&mut self, facts: &[(NodeId, Facts)]) -> Result<()> {
        for facts in facts.chunks(AT_ONCE) {
            let mut statement = Statement::new("UPDATE nodes SET facts = v.column2 FROM (VALUES ");
            for (n, (node, facts)) in facts.iter().enumerate() {
                statement.push(if n > 0 { ", " } else { "" });
                statement.push_values([node.as_uuid().into(), Value::json(facts)]);
            }
            statement.push(") AS v WHERE nodes.id = v.column1");
            // It follows from the above, and keeps SQLite from looking at every node.
            statement.push(" AND nodes.id IN ").push_values(facts.iter().map(|(node, _)| node.as_uuid()));
            self.0.execute(statement).await?;
        }
        Ok(())
    }

    /// Writes what agents report of themselves and of the programs they run. That is no edit: the
    /// revisions stay. What is about an agent of another node is left out.
    pub async fn set_reports(&mut self, reports: &[AgentReport]) -> Result<()> {
        for reports in reports.chunks(AT_ONCE) {
            let mut statement = Statement::new(
                "UPDATE agents SET status = v.column3, status_since = v.column4, \
                 listen_port = coalesce(v.column5, agents.listen_port), reported = v.column6, log = v.column7 \
                 FROM (VALUES ",
            );
            for (n, report) in reports.iter().enumerate() {
                let AgentReport { agent, node, health, last_heard } = report;
                let ProgramHealth { status, since, started_at: _, listen_port, reported, log } = health;
                statement.push(if n > 0 { ", " } else { "" });
                statement.push_values([
                    agent.as_uuid().into(),
                    node.as_uuid().into(),
                    status.as_str().into(),
                    since.as_micros().into(),
                    listen_port.map(|port| i64::from(port.get())).into(),
                    Value::json(reported),
                    Value::json(log),
                    last_heard.map(Timestamp::as_micros).into(),
                ]);
            }
            // Of exporters that are started elsewhere the agents know nothing.
            statement.push(
                ") AS v WHERE agents.id = v.column1 AND agents.runs_on_id = v.column2 \
                 AND agents.type <> 'external_exporter' AND (v.column8 IS NULL OR NOT EXISTS ( \
                 SELECT 1 FROM node_presence p WHERE p.node_id = v.column2 AND p.last_seen_at > v.column8))",
            );
            statement
                .push(" AND agents.id IN ")
                .push_values(reports.iter().map(|report| report.agent.as_uuid()));
            self.0.execute(statement).await?;
        }
        Ok(())
    }
}
