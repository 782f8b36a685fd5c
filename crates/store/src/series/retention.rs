//! How long observations are kept, and their deletion.

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::error::{OrCorrupt as _, Result};
use crate::series::blocks;
use crate::series::dirty::DAY_MICROS;
use crate::series::observations::Observations;
use crate::series::resolve;
use crate::series::stored::Place;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many rows one transaction deletes, so that others do not wait long.
const DELETED_AT_ONCE: u32 = 5_000;
/// How many series of a node one transaction deletes.
const SERIES_AT_ONCE: u32 = 100;

/// How long observations of a kind are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The organization.
    pub organization: OrganizationId,
    /// The kind.
    pub kind: Kind,
    /// The days. A chunk is deleted as a whole, so observations are kept for up to 32 days more.
    pub days: u32,
}

impl Observations {
    /// Sets how many days an organization keeps observations of a kind; forever if there are none.
    pub async fn set_retention(
        &self,
        organization: OrganizationId,
        kind: Kind,
        days: Option<u32>,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let statement = match days {
            Some(days) => Statement::new(
                "INSERT INTO observation_retention (organization_id, kind, days) VALUES ($1, $2, $3) \
                 ON CONFLICT (organization_id, kind) DO UPDATE SET days = excluded.days",
            )
            .bind(organization.as_uuid())
            .bind(kind.as_str())
            .bind(days),
            None => {
                Statement::new("DELETE FROM observation_retention WHERE organization_id = $1 AND kind = $2")
                    .bind(organization.as_uuid())
                    .bind(kind.as_str())
            }
        };
        tx.execute(StatementName::ObservationsSetRetention, statement).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How long observations are kept, of all organizations.
    pub async fn retention(&self) -> Result<Vec<Retention>> {
        let mut run = &self.store;
        let statement =
            Statement::new("SELECT organization_id, kind, days FROM observation_retention ORDER BY 1, 2");
        let rows: Vec<(Uuid, String, i64)> =
            run.rows(StatementName::ObservationsRetention, statement).await?;
        rows.into_iter()
            .map(|(organization, kind, days)| {
                Ok(Retention {
                    organization: OrganizationId::from_uuid(organization),
                    kind: Kind::parse(&kind).or_corrupt("observation_retention", "kind")?,
                    days: days.try_into().or_corrupt("observation_retention", "days")?,
                })
            })
            .collect()
    }

    /// Deletes chunks that are older than one organization's retention of a kind, at most 5,000. Returns how many;
    /// with 5,000 there may be more.
    pub async fn delete_expired(&self, retention: Retention, now: Timestamp) -> Result<u64> {
        let cutoff = now.as_micros().saturating_sub(i64::from(retention.days).saturating_mul(DAY_MICROS));
        // All of a slot before this one is older.
        let mut statement = Statement::new(
            "DELETE FROM observation_chunks WHERE id IN (SELECT c.id FROM series s \
             JOIN observation_chunks c ON c.series_id = s.id AND c.slot < $1 / s.slot_length \
             WHERE s.organization_id = $2 AND s.kind = $3 LIMIT ",
        )
        .bind(cutoff.max(0))
        .bind(retention.organization.as_uuid())
        .bind(retention.kind.as_str());
        statement.push_number(DELETED_AT_ONCE).push(")");
        let mut tx = self.begin().await?;
        let deleted = tx.execute(StatementName::ObservationsDeleteExpired, statement).await?;
        tx.commit().await?;
        Ok(deleted)
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
        let mut statement = Statement::new(
            "SELECT id FROM series WHERE organization_id = $1 AND node_id = $2 ORDER BY id LIMIT ",
        )
        .bind(organization.as_uuid())
        .bind(node.as_uuid());
        statement.push_number(SERIES_AT_ONCE);
        let ids: Vec<(i64,)> = tx.rows(StatementName::SeriesOfNode, statement).await?;
        let ids = ids.into_iter().map(|(id,)| id).collect();
        resolve::lock(&mut tx, self.store.engine(), &ids).await?;
        if ids.is_empty() {
            for table in ["cell_changes", "coverage", "dirty_ranges", "node_days", "source_silence"] {
                let mut statement = Statement::new("DELETE FROM ");
                statement.push(table).push(" WHERE organization_id = ").push_value(organization.as_uuid());
                statement.push(" AND node_id = ").push_value(node.as_uuid());
                tx.execute(StatementName::ObservationsForgetNode, statement).await?;
            }
            blocks::vacate(&mut tx, organization, node).await?;
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
