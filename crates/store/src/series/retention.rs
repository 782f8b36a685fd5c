//! The deletion of observations that are not kept any longer.

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::retention::Kept;
use bailiwick_domain::time::Timestamp;

use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::Result;
use crate::series::blocks;
use crate::series::dirty::DAY_MICROS;
use crate::series::host_metrics::push_is_of_host;
use crate::series::observations::Observations;
use crate::series::resolve;
use crate::series::stored::Place;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many rows one transaction deletes, so that others do not wait long.
const DELETED_AT_ONCE: u32 = 5_000;
/// How many series of a node one transaction deletes.
const SERIES_AT_ONCE: u32 = 100;

impl Observations {
    /// Deletes chunks of an organization's observations that are older than `days`, at most 5,000. Chunks are deleted
    /// as a whole, so observations are kept for up to 32 days more. Returns how many; with 5,000 there may be more.
    pub async fn delete_expired(
        &self,
        organization: OrganizationId,
        kept: Kept,
        days: u32,
        now: Timestamp,
    ) -> Result<u64> {
        let cutoff = now.as_micros().saturating_sub(i64::from(days).saturating_mul(DAY_MICROS));
        // All of a slot before this one is older.
        let mut statement = Statement::new(
            "DELETE FROM observation_chunks WHERE id IN (SELECT c.id FROM series s \
             JOIN observation_chunks c ON c.series_id = s.id AND c.slot < $1 / s.slot_length \
             WHERE s.organization_id = $2 AND ",
        )
        .bind(cutoff.max(0))
        .bind(organization.as_uuid());
        if let Kept::Kind(kind) = kept {
            statement.push("s.kind = ").push_value(kind.as_str()).push(" AND NOT ");
        }
        push_is_of_host(&mut statement, "s.metric");
        statement.push(" LIMIT ").push_number(DELETED_AT_ONCE).push(")");
        let mut tx = self.begin().await?;
        let deleted = tx.execute(StatementName::ObservationsDeleteExpired, statement).await?;
        if deleted > 0 && kept != Kept::Host {
            let statement = Statement::new(
                "INSERT INTO observations_deleted (organization_id, before_at) VALUES ($1, $2) \
                 ON CONFLICT (organization_id) DO UPDATE SET before_at = excluded.before_at \
                 WHERE observations_deleted.before_at < excluded.before_at",
            )
            .bind(organization.as_uuid())
            .bind(cutoff);
            tx.execute(StatementName::ObservationsNoteDeleted, statement).await?;
        }
        tx.commit().await?;
        Ok(deleted)
    }

    /// The time before which observations of an organization's machines were deleted because they are not kept any
    /// longer; `None` if none ever were.
    pub async fn deleted_before(&self, organization: OrganizationId) -> Result<Option<Timestamp>> {
        let statement =
            Statement::new("SELECT before_at FROM observations_deleted WHERE organization_id = $1")
                .bind(organization.as_uuid());
        let mut run = &self.store;
        let row: Option<(i64,)> = run.row(StatementName::ObservationsDeletedBefore, statement).await?;
        Ok(row.map(|(before,)| Timestamp::from_micros(before)))
    }

    /// Deletes everything of a node: its series, coverage and outdated times. In pieces, each in a transaction of its
    /// own; if one fails, the rest can be deleted later. Returns how many series there were.
    pub async fn delete_node(&self, organization: OrganizationId, node: NodeId) -> Result<u64> {
        let mut deleted = 0_u64;
        while let Some(series) = self.delete_some(organization, node).await? {
            deleted = deleted.saturating_add(series);
        }
        Ok(deleted)
    }

    /// Deletes some of a node. Returns how many series; `None` if nothing is left.
    async fn delete_some(&self, organization: OrganizationId, node: NodeId) -> Result<Option<u64>> {
        // The way out of a full disk, so the reserve may be used.
        let mut tx = self.store.begin_taking_away(&crate::locks::holds::Holds::default()).await?;
        let ids = resolve::of_node(&mut tx, organization, node, SERIES_AT_ONCE).await?;
        resolve::lock(&mut tx, self.store.engine(), &ids).await?;
        if ids.is_empty() {
            forget_node(&mut tx, organization, node).await?;
            tx.commit().await?;
            return Ok(None);
        }
        for place in Place::BOTH {
            let mut statement = Statement::new("DELETE FROM ");
            statement.push(place.table()).push(" WHERE id IN (SELECT id FROM ").push(place.table());
            statement.push(" WHERE series_id IN ").push_values(ids.iter().copied());
            statement.push(" LIMIT ").push_number(DELETED_AT_ONCE).push(")");
            let deleted = tx.execute(StatementName::ObservationsDeleteSome, statement).await?;
            if deleted >= u64::from(DELETED_AT_ONCE) {
                tx.commit().await?;
                return Ok(Some(0));
            }
        }
        for (table, column) in [("series_words", "series_id"), ("series", "id")] {
            let mut statement = Statement::new("DELETE FROM ");
            statement.push(table).push(" WHERE ").push(column).push(" IN ").push_values(ids.iter().copied());
            tx.execute(StatementName::SeriesDelete, statement).await?;
        }
        tx.commit().await?;
        Ok(Some(ids.len() as u64))
    }
}

/// Deletes everything of a node but its series.
pub(crate) async fn forget_node(tx: &mut Tx, organization: OrganizationId, node: NodeId) -> Result<()> {
    for table in ["cell_changes", "coverage", "dirty_ranges", "node_days", "source_silence"] {
        let mut statement = Statement::new("DELETE FROM ");
        statement.push(table).push(" WHERE organization_id = ").push_value(organization.as_uuid());
        statement.push(" AND node_id = ").push_value(node.as_uuid());
        tx.execute(StatementName::ObservationsForgetNode, statement).await?;
    }
    blocks::vacate(tx, organization, node).await
}
