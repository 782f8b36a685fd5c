//! Nodes that were merged into another, until all of their observations have moved.

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// A node that was merged into another. Its observations are moved after the merge is committed, because they can be in
/// another database file, and because some may be about to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeMerge {
    /// The organization of both.
    pub organization: OrganizationId,
    /// The node that does not exist any more.
    pub from: NodeId,
    /// The node that it was merged into.
    pub into: NodeId,
    /// The owner of series that are being moved. It is not the id of a node.
    pub staging: NodeId,
    /// When they were merged.
    pub merged_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct NodeMergeRow {
    organization_id: Uuid,
    from_id: Uuid,
    into_id: Uuid,
    staging_id: Uuid,
    merged_at: i64,
}

impl From<NodeMergeRow> for NodeMerge {
    fn from(row: NodeMergeRow) -> Self {
        Self {
            organization: OrganizationId::from_uuid(row.organization_id),
            from: NodeId::from_uuid(row.from_id),
            into: NodeId::from_uuid(row.into_id),
            staging: NodeId::from_uuid(row.staging_id),
            merged_at: Timestamp::from_micros(row.merged_at),
        }
    }
}

impl Tx {
    /// Notes that a node was merged into another. What was merged into it before now belongs to the other.
    pub async fn note_node_merge(&mut self, merge: &NodeMerge) -> Result<()> {
        let statement = Statement::new("UPDATE node_merges SET into_id = $1 WHERE into_id = $2")
            .bind(merge.into.as_uuid())
            .bind(merge.from.as_uuid());
        self.execute(StatementName::NodeMergesFollow, statement).await?;
        let statement = Statement::new(
            "INSERT INTO node_merges (organization_id, from_id, into_id, staging_id, merged_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(merge.organization.as_uuid())
        .bind(merge.from.as_uuid())
        .bind(merge.into.as_uuid())
        .bind(merge.staging.as_uuid())
        .bind(merge.merged_at.as_micros());
        self.execute(StatementName::NodeMergesNote, statement).await?;
        Ok(())
    }
}

impl Store {
    /// The merges that are noted, of one organization or of all, in the order of the nodes that do not exist any more.
    pub async fn node_merges(&self, organization: Option<OrganizationId>) -> Result<Vec<NodeMerge>> {
        let mut statement = Statement::new(
            "SELECT organization_id, from_id, into_id, staging_id, merged_at FROM node_merges",
        );
        if let Some(organization) = organization {
            statement.push(" WHERE organization_id = ").push_value(organization.as_uuid());
        }
        statement.push(" ORDER BY from_id");
        let mut run = self;
        let rows: Vec<NodeMergeRow> = run.rows(StatementName::NodeMergesList, statement).await?;
        Ok(rows.into_iter().map(NodeMerge::from).collect())
    }

    /// Forgets merges.
    pub async fn forget_node_merges(&self, merges: &[NodeMerge]) -> Result<()> {
        if merges.is_empty() {
            return Ok(());
        }
        let mut statement = Statement::new("DELETE FROM node_merges WHERE from_id IN ");
        statement.push_values(merges.iter().map(|merge| merge.from.as_uuid()));
        let mut tx = self.begin().await?;
        tx.execute(StatementName::NodeMergesForget, statement).await?;
        tx.commit().await?;
        Ok(())
    }
}
