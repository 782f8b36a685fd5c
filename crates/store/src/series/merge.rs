//! Moves the observations of a node to the node that it is merged into.

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::batch::{Batch, BatchSource, OnRefusal};
use bailiwick_domain::observations::limits::FUTURE_SECONDS_MAX;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::time::Timestamp;

use crate::series::append::AppendError;
use crate::series::coverage::Coverage;
use crate::series::dirty::DirtyRange;
use crate::series::list::SeriesFilter;
use crate::series::observations::Observations;
use crate::series::read::{ReadError, Window};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many series are moved in one round.
const SERIES_AT_ONCE: u32 = 500;

/// Why the observations of a node were not moved completely.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// They could not be stored.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] crate::Error),
}

impl Observations {
    /// Moves all observations of a node to another of the same organization, and its coverage. Where both have a
    /// series of one metric, they become one; of two values at one time, that of `into` stays. Nothing of `from` is
    /// left.
    ///
    /// # Errors
    ///
    /// [`MergeError`] if only some were moved. It can be called again.
    pub async fn merge_nodes(
        &self,
        organization: OrganizationId,
        from: NodeId,
        into: NodeId,
        source: &BatchSource,
        now: Timestamp,
    ) -> Result<(), MergeError> {
        let all_time =
            Window { from: Timestamp::from_micros(0), until: now.plus_seconds(2 * FUTURE_SECONDS_MAX) };
        let filter = SeriesFilter { nodes: Some(vec![from]), ..SeriesFilter::default() };
        let mut after = None;
        loop {
            let all = self.series(organization, &filter, after, SERIES_AT_ONCE).await?;
            let Some(last) = all.last() else { break };
            after = Some(last.id);
            let names: Vec<_> = all.iter().map(|series| (into, series.metric.key.clone())).collect();
            let there = self.series_named(organization, &names).await?;
            let is_there = |series: &Series| there.iter().any(|other| other.metric.key == series.metric.key);
            let (both, alone): (Vec<Series>, Vec<Series>) = all.into_iter().partition(is_there);
            self.give(&alone, into).await?;
            let mut samples = self.samples(both, all_time, u64::MAX).await?;
            while let Some(mut column) = samples.next_page().await? {
                column.node = into;
                let batch = Batch {
                    organization,
                    source: source.clone(),
                    id: None,
                    on_refusal: OnRefusal::StoreOthers,
                    columns: vec![column],
                };
                self.append(batch, now).await?;
            }
        }
        let coverage = self.coverage(organization, &[from], all_time).await?;
        let coverage: Vec<Coverage> =
            coverage.into_iter().map(|coverage| Coverage { node: into, ..coverage }).collect();
        self.cover(organization, &coverage, now).await?;
        let (first_at, last_at) = (0, all_time.until.as_micros());
        self.mark_dirty(&[DirtyRange { organization, node: into, first_at, last_at, change: 0 }], now)
            .await?;
        self.delete_node(organization, from).await?;
        Ok(())
    }

    /// Gives series to another node.
    async fn give(&self, series: &[Series], to: NodeId) -> crate::Result<()> {
        if series.is_empty() {
            return Ok(());
        }
        let mut statement = Statement::new("UPDATE series SET node_id = ");
        statement.push_value(to.as_uuid()).push(" WHERE id IN ");
        statement.push_values(series.iter().map(|series| series.id.get()));
        let mut tx = self.begin().await?;
        tx.execute(StatementName::SeriesGive, statement).await?;
        tx.commit().await?;
        Ok(())
    }
}
