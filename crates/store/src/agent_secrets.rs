//! The secrets of agents, sealed.

use bailiwick_domain::agent::SecretName;
use bailiwick_domain::id::AgentId;
use bailiwick_domain::key::{PepperVersion, Sealed};
use uuid::Uuid;

use crate::database::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::run::Run as _;
use crate::statement::Statement;

const TABLE: &str = "agent_secrets";

/// One sealed secret of one agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentSecret {
    /// Whose it is.
    pub agent: AgentId,
    /// Its name.
    pub name: SecretName,
    /// The secret.
    pub sealed: Sealed,
}

#[derive(sqlx::FromRow)]
struct SecretRow {
    agent_id: Uuid,
    name: String,
    pepper_version: i64,
    sealed: Vec<u8>,
}

impl TryFrom<SecretRow> for AgentSecret {
    type Error = crate::error::Error;

    fn try_from(row: SecretRow) -> Result<Self> {
        let pepper = PepperVersion::try_from(row.pepper_version).or_corrupt(TABLE, "pepper_version")?;
        Ok(Self {
            agent: AgentId::from_uuid(row.agent_id),
            name: SecretName::parse(&row.name).or_corrupt(TABLE, "name")?,
            sealed: Sealed { pepper, bytes: row.sealed },
        })
    }
}

impl Store {
    /// The secrets of an agent, for whoever starts it.
    pub async fn agent_secrets(&self, agent: AgentId) -> Result<Vec<AgentSecret>> {
        let mut run = self;
        let statement = Statement::new(
            "SELECT agent_id, name, pepper_version, sealed FROM agent_secrets WHERE agent_id = $1 ORDER BY name",
        )
        .bind(agent.as_uuid());
        run.rows::<SecretRow>(statement).await?.into_iter().map(AgentSecret::try_from).collect()
    }

    /// The secrets of agents, for whoever starts them.
    pub async fn secrets_of_agents(&self, agents: &[AgentId]) -> Result<Vec<AgentSecret>> {
        let mut run = self;
        let mut statement = Statement::new(
            "SELECT agent_id, name, pepper_version, sealed FROM agent_secrets WHERE agent_id IN ",
        );
        statement.push_values(agents.iter().map(|id| id.as_uuid())).push(" ORDER BY agent_id, name");
        run.rows::<SecretRow>(statement).await?.into_iter().map(AgentSecret::try_from).collect()
    }

    /// At most `limit` secrets that are sealed under an older pepper than `current` and come after
    /// another, by agent and name.
    pub async fn agent_secrets_before(
        &self,
        current: PepperVersion,
        after: Option<(AgentId, SecretName)>,
        limit: u32,
    ) -> Result<Vec<AgentSecret>> {
        let mut run = self;
        let mut statement = Statement::new(
            "SELECT agent_id, name, pepper_version, sealed FROM agent_secrets WHERE pepper_version < ",
        );
        statement.push_value(current);
        if let Some((agent, name)) = after {
            statement.push(" AND (agent_id, name) > (").push_value(agent.as_uuid());
            statement.push(", ").push_value(name.as_str()).push(")");
        }
        statement.push(" ORDER BY agent_id, name LIMIT ").push_value(limit);
        run.rows::<SecretRow>(statement).await?.into_iter().map(AgentSecret::try_from).collect()
    }
}

impl Tx {
    /// Keeps a secret sealed under another pepper, unless it was changed since it was read.
    pub async fn reseal_agent_secret(&mut self, read: &AgentSecret, sealed: &Sealed) -> Result<()> {
        let statement = Statement::new(
            "UPDATE agent_secrets SET pepper_version = $1, sealed = $2 \
             WHERE agent_id = $3 AND name = $4 AND sealed = $5",
        )
        .bind(sealed.pepper)
        .bind(sealed.bytes.clone())
        .bind(read.agent.as_uuid())
        .bind(read.name.as_str())
        .bind(read.sealed.bytes.clone());
        self.execute(statement).await?;
        Ok(())
    }

    /// Gives agents secrets, instead of those that they had under the same names.
    pub async fn set_agent_secrets(&mut self, secrets: &[AgentSecret]) -> Result<()> {
        for secrets in secrets.chunks(500) {
            let mut statement =
                Statement::new("INSERT INTO agent_secrets (agent_id, name, pepper_version, sealed) VALUES ");
            for (n, AgentSecret { agent, name, sealed }) in secrets.iter().enumerate() {
                if n > 0 {
                    statement.push(", ");
                }
                statement.push_values([
                    agent.as_uuid().into(),
                    name.as_str().into(),
                    crate::statement::Value::from(sealed.pepper),
                    sealed.bytes.clone().into(),
                ]);
            }
            statement.push(
                " ON CONFLICT (agent_id, name) DO UPDATE SET pepper_version = excluded.pepper_version, \
                 sealed = excluded.sealed",
            );
            self.execute(statement).await?;
        }
        Ok(())
    }

    /// Takes secrets away from an agent.
    pub async fn clear_agent_secrets(
        &mut self,
        agent: AgentId,
        names: impl IntoIterator<Item = SecretName>,
    ) -> Result<()> {
        let mut statement =
            Statement::new("DELETE FROM agent_secrets WHERE agent_id = $1").bind(agent.as_uuid());
        statement.push(" AND name IN ").push_values(names.into_iter().map(SecretName::as_str));
        self.execute(statement).await?;
        Ok(())
    }
}
