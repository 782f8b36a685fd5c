//! The secrets of agents, such as passwords for the databases that they observe, in encrypted (sealed) form.

use bailiwick_domain::agent::SecretName;
use bailiwick_domain::id::{AgentId, OrganizationId};
use bailiwick_domain::key::{PepperVersion, Sealed};
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

const TABLE: &str = "agent_secrets";

/// One sealed secret of one agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentSecret {
    /// The agent that it belongs to.
    pub agent: AgentId,
    /// Its name, unique within the agent.
    pub name: SecretName,
    /// Where the secret may be sent; `None` if it was stored before destinations were recorded.
    pub destination: Option<String>,
    /// The encrypted value.
    pub sealed: Sealed,
}

#[derive(sqlx::FromRow)]
struct SecretRow {
    agent_id: Uuid,
    name: String,
    pepper_version: i64,
    sealed: Vec<u8>,
    destination: Option<String>,
}

impl TryFrom<SecretRow> for AgentSecret {
    type Error = crate::error::Error;

    fn try_from(row: SecretRow) -> Result<Self> {
        let pepper = PepperVersion::try_from(row.pepper_version).or_corrupt(TABLE, "pepper_version")?;
        Ok(Self {
            agent: AgentId::from_uuid(row.agent_id),
            name: SecretName::parse(&row.name).or_corrupt(TABLE, "name")?,
            destination: row.destination,
            sealed: Sealed { pepper, bytes: row.sealed },
        })
    }
}

/// The secrets of agents, on a store or in a transaction.
pub async fn secrets_of<R: Run>(mut run: R, agents: &[AgentId]) -> Result<Vec<AgentSecret>> {
    let mut statement = Statement::new(
        "SELECT agent_id, name, pepper_version, sealed, destination FROM agent_secrets WHERE agent_id IN ",
    );
    statement.push_values(agents.iter().map(|id| id.as_uuid())).push(" ORDER BY agent_id, name");
    run.rows::<SecretRow>(StatementName::AgentSecretsOfAgents, statement)
        .await?
        .into_iter()
        .map(AgentSecret::try_from)
        .collect()
}

impl Store {
    /// The secrets of an agent, for starting it.
    pub async fn agent_secrets(&self, agent: AgentId) -> Result<Vec<AgentSecret>> {
        let mut run = self;
        let statement = Statement::new(
            "SELECT agent_id, name, pepper_version, sealed, destination FROM agent_secrets WHERE agent_id = $1 ORDER BY name",
        )
        .bind(agent.as_uuid());
        run.rows::<SecretRow>(StatementName::AgentSecretsOfAgent, statement)
            .await?
            .into_iter()
            .map(AgentSecret::try_from)
            .collect()
    }

    /// The secrets of agents, for starting them.
    pub async fn secrets_of_agents(&self, agents: &[AgentId]) -> Result<Vec<AgentSecret>> {
        secrets_of(self, agents).await
    }

    /// Whether there are secrets without a destination.
    pub async fn has_unbound_agent_secrets(&self) -> Result<bool> {
        let mut run = self;
        let statement =
            Statement::new("SELECT agent_id FROM agent_secrets WHERE destination IS NULL LIMIT 1");
        Ok(run.row::<(Uuid,)>(StatementName::AgentSecretsHasUnbound, statement).await?.is_some())
    }

    /// At most `limit` secrets that are sealed under an older pepper than `current`, after the given agent
    /// and name, in that order.
    pub async fn agent_secrets_before(
        &self,
        current: PepperVersion,
        after: Option<(AgentId, SecretName)>,
        limit: u32,
    ) -> Result<Vec<AgentSecret>> {
        let mut run = self;
        let mut statement = Statement::new(
            "SELECT agent_id, name, pepper_version, sealed, destination FROM agent_secrets WHERE pepper_version < ",
        );
        statement.push_value(current);
        if let Some((agent, name)) = after {
            statement.push(" AND (agent_id, name) > (").push_value(agent.as_uuid());
            statement.push(", ").push_value(name.as_str()).push(")");
        }
        statement.push(" ORDER BY agent_id, name LIMIT ").push_value(limit);
        run.rows::<SecretRow>(StatementName::AgentSecretsBeforePepper, statement)
            .await?
            .into_iter()
            .map(AgentSecret::try_from)
            .collect()
    }
}

impl Tx {
    /// Replaces a secret's sealed value and destination. Does nothing if the secret was changed since it was
    /// read.
    pub async fn reseal_agent_secret(&mut self, read: &AgentSecret, new: &AgentSecret) -> Result<()> {
        let statement = Statement::new(
            "UPDATE agent_secrets SET pepper_version = $1, sealed = $2, destination = $3 \
             WHERE agent_id = $4 AND name = $5 AND sealed = $6",
        )
        .bind(new.sealed.pepper)
        .bind(new.sealed.bytes.clone())
        .bind(new.destination.as_deref())
        .bind(read.agent.as_uuid())
        .bind(read.name.as_str())
        .bind(read.sealed.bytes.clone());
        self.execute(StatementName::AgentSecretsReseal, statement).await?;
        Ok(())
    }

    /// At most `limit` secrets without a destination, after the given agent and name, in that order, each
    /// with the organization of its agent.
    pub async fn unbound_agent_secrets(
        &mut self,
        after: Option<(AgentId, SecretName)>,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, AgentSecret)>> {
        #[derive(sqlx::FromRow)]
        struct Row {
            organization_id: Uuid,
            #[sqlx(flatten)]
            secret: SecretRow,
        }
        let mut statement = Statement::new(
            "SELECT a.organization_id, s.agent_id, s.name, s.pepper_version, s.sealed, s.destination \
             FROM agent_secrets s JOIN agents a ON a.id = s.agent_id WHERE s.destination IS NULL",
        );
        if let Some((agent, name)) = after {
            statement.push(" AND (s.agent_id, s.name) > (").push_value(agent.as_uuid());
            statement.push(", ").push_value(name.as_str()).push(")");
        }
        statement.push(" ORDER BY s.agent_id, s.name LIMIT ").push_value(limit);
        let rows = self.rows::<Row>(StatementName::AgentSecretsUnbound, statement).await?;
        let secrets = rows.into_iter().map(|Row { organization_id, secret }| {
            Ok((OrganizationId::from_uuid(organization_id), secret.try_into()?))
        });
        secrets.collect()
    }

    /// Stores secrets of agents, replacing those with the same names.
    pub async fn set_agent_secrets(&mut self, secrets: &[AgentSecret]) -> Result<()> {
        for secrets in secrets.chunks(500) {
            let mut statement = Statement::new(
                "INSERT INTO agent_secrets (agent_id, name, pepper_version, sealed, destination) VALUES ",
            );
            statement.push_rows(secrets.iter().map(|AgentSecret { agent, name, destination, sealed }| {
                [
                    agent.as_uuid().into(),
                    name.as_str().into(),
                    crate::sql::statement::Value::from(sealed.pepper),
                    sealed.bytes.clone().into(),
                    destination.as_deref().into(),
                ]
            }));
            statement.push(
                " ON CONFLICT (agent_id, name) DO UPDATE SET pepper_version = excluded.pepper_version, \
                 sealed = excluded.sealed, destination = excluded.destination",
            );
            self.execute(StatementName::AgentSecretsSet, statement).await?;
        }
        Ok(())
    }

    /// Deletes secrets of an agent.
    pub async fn clear_agent_secrets(
        &mut self,
        agent: AgentId,
        names: impl IntoIterator<Item = SecretName>,
    ) -> Result<()> {
        let mut statement =
            Statement::new("DELETE FROM agent_secrets WHERE agent_id = $1").bind(agent.as_uuid());
        statement.push(" AND name IN ").push_values(names.into_iter().map(SecretName::as_str));
        self.execute(StatementName::AgentSecretsClear, statement).await?;
        Ok(())
    }
}
