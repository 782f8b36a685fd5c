//! Moves what belongs to a node to the node that it is merged into: the nodes that run on it, and what its agent
//! reported.

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::time::Timestamp;

use crate::database::store::Tx;
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

impl Tx {
    /// Makes the nodes that run on one host run on another, and increments their revisions.
    pub async fn move_guests(
        &mut self,
        organization: OrganizationId,
        from: NodeId,
        to: NodeId,
        now: Timestamp,
    ) -> Result<()> {
        let statement = Statement::new(
            "UPDATE nodes SET host_id = $3, revision = revision + 1, updated_at = $4 \
             WHERE organization_id = $1 AND host_id = $2",
        )
        .bind(organization.as_uuid())
        .bind(from.as_uuid())
        .bind(to.as_uuid())
        .bind(now.as_micros());
        self.execute(StatementName::NodesMoveGuests, statement).await?;
        Ok(())
    }

    /// Gives a node what the agent of another reported, where there is nothing of its own. If that agent itself
    /// moves, its reports replace those of the node.
    pub async fn move_reports(&mut self, from: NodeId, to: NodeId, agent_moves: bool) -> Result<()> {
        let mut statement = Statement::new("UPDATE nodes SET facts = ");
        statement.push(if agent_moves {
            "coalesce((SELECT f.facts FROM nodes f WHERE f.id = $1), facts)"
        } else {
            "coalesce(facts, (SELECT f.facts FROM nodes f WHERE f.id = $1))"
        });
        statement.push(" WHERE id = $2");
        let statement = statement.bind(from.as_uuid()).bind(to.as_uuid());
        self.execute(StatementName::NodesTakeFacts, statement).await?;
        if !agent_moves {
            return Ok(());
        }
        let statement = Statement::new("DELETE FROM node_presence WHERE node_id = $1").bind(to.as_uuid());
        self.execute(StatementName::PresenceClear, statement).await?;
        let statement = Statement::new(
            "INSERT INTO node_presence (node_id, organization_id, last_seen_at, online_since, left_at) \
             SELECT $2, organization_id, last_seen_at, online_since, left_at FROM node_presence WHERE node_id = $1",
        )
        .bind(from.as_uuid())
        .bind(to.as_uuid());
        self.execute(StatementName::PresenceTake, statement).await?;
        Ok(())
    }
}
