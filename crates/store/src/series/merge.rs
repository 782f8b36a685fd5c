//! Moves the observations of a node to the node that it was merged into.
//!
//! Observations of the node may be stored while they are moved: by requests that found the node before it was merged.
//! So a series is first taken away from the node, and only then read and deleted. A batch that is about to write to it
//! notices, begins again, and makes a new series of the node, which is moved next.

use std::collections::BTreeSet;

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::batch::{Batch, BatchSource, OnRefusal};
use bailiwick_domain::observations::limits::{FUTURE_SECONDS_MAX, SERIES_PER_NODE_MAX, WORDS_PER_SERIES_MAX};
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::error::OrCorrupt as _;
use crate::inventory::node_merges::NodeMerge;
use crate::series::append::AppendError;
use crate::series::coverage::{self, Coverage};
use crate::series::dirty::{self, DirtyRange};
use crate::series::list::SeriesFilter;
use crate::series::observations::Observations;
use crate::series::read::{ReadError, Window};
use crate::series::{resolve, retention, silence};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many series one transaction moves.
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

/// Why the observations of a node cannot become those of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeObstacle {
    /// Both have this metric, with another kind or unit.
    Differs(MetricKey),
    /// Together this metric has too many words.
    TooManyWords(MetricKey),
    /// Together they have so many metrics.
    TooManySeries(u64),
}

impl Observations {
    /// Looks for what prevents that the observations of a node become those of another. Returns the first that is found.
    pub async fn merge_obstacle(
        &self,
        organization: OrganizationId,
        from: NodeId,
        into: NodeId,
    ) -> crate::Result<Option<MergeObstacle>> {
        let of_both = |statement: &mut Statement| {
            statement.push(
                " FROM series f JOIN series i ON i.organization_id = f.organization_id AND i.metric = f.metric \
                 AND i.node_id = ",
            );
            statement.push_value(into.as_uuid()).push(" WHERE f.organization_id = ");
            statement.push_value(organization.as_uuid());
            statement.push(" AND f.node_id = ").push_value(from.as_uuid());
        };
        let mut run = &self.store;
        let mut statement = Statement::new("SELECT f.metric");
        of_both(&mut statement);
        statement.push(
            " AND (i.kind <> f.kind OR f.unit IS NOT NULL AND coalesce(i.unit, '') <> f.unit) \
             ORDER BY f.metric LIMIT 1",
        );
        let key = |metric: String| metric.parse::<MetricKey>().or_corrupt("series", "metric");
        let differs: Option<(String,)> = run.row(StatementName::SeriesDiffers, statement).await?;
        if let Some((metric,)) = differs {
            return Ok(Some(MergeObstacle::Differs(key(metric)?)));
        }
        let mut statement = Statement::new("SELECT metric FROM (SELECT f.metric, (");
        statement.push(
            "SELECT count(*) FROM (SELECT w.word, w.level FROM series_words w WHERE w.series_id = f.id \
             UNION SELECT w.word, w.level FROM series_words w WHERE w.series_id = i.id) u) AS words",
        );
        of_both(&mut statement);
        statement.push(" AND f.kind IN ('state', 'alarm')) m WHERE words > ");
        statement.push_number(WORDS_PER_SERIES_MAX).push(" ORDER BY metric LIMIT 1");
        let wordy: Option<(String,)> = run.row(StatementName::SeriesWordy, statement).await?;
        if let Some((metric,)) = wordy {
            return Ok(Some(MergeObstacle::TooManyWords(key(metric)?)));
        }
        let mut statement =
            Statement::new("SELECT count(DISTINCT metric) FROM series WHERE organization_id = ");
        statement.push_value(organization.as_uuid()).push(" AND node_id IN ");
        statement.push_values([from.as_uuid(), into.as_uuid()]);
        let count: Option<(i64,)> = run.row(StatementName::SeriesCountOfBoth, statement).await?;
        let count = count.and_then(|(count,)| u64::try_from(count).ok()).unwrap_or_default();
        Ok((count > u64::from(SERIES_PER_NODE_MAX)).then_some(MergeObstacle::TooManySeries(count)))
    }

    /// Moves all observations of a node that was merged into another, and its coverage. Where both have a series of one
    /// metric, they become one; of two values at one time, that of the other stays. It can be called again, by several
    /// servers at once.
    ///
    /// # Errors
    ///
    /// [`MergeError`] if only some were moved.
    pub async fn merge_nodes(&self, merge: &NodeMerge, now: Timestamp) -> Result<(), MergeError> {
        loop {
            self.move_staged(merge, now).await?;
            if !self.take_series(merge, now).await? {
                return Ok(self.move_rest(merge, now).await?);
            }
        }
    }

    /// Of merges, those after which the node that does not exist any more has something, or something was not moved
    /// completely.
    pub async fn unfinished_merges(&self, merges: &[NodeMerge]) -> crate::Result<Vec<NodeMerge>> {
        let ids = merges.iter().flat_map(|merge| [merge.from.as_uuid(), merge.staging.as_uuid()]);
        let ids: Vec<Uuid> = ids.collect();
        let mut left: BTreeSet<Uuid> = BTreeSet::new();
        for table in ["series", "coverage", "source_silence"] {
            let mut statement = Statement::new("SELECT DISTINCT node_id FROM ");
            statement.push(table).push(" WHERE 1 = 1");
            let mut run = &self.store;
            let ids = ids.iter().copied();
            let rows: Vec<(Uuid,)> =
                statement.among(StatementName::SeriesLeft, &mut run, " AND node_id IN ", ids).await?;
            left.extend(rows.into_iter().map(|(node,)| node));
        }
        let is_left = |node: NodeId| left.contains(&node.as_uuid());
        Ok(merges.iter().filter(|merge| is_left(merge.from) || is_left(merge.staging)).copied().collect())
    }

    /// Takes some series from the node that does not exist any more. Those of which the other has none become its own,
    /// the others are staged. Returns whether there were any.
    async fn take_series(&self, merge: &NodeMerge, now: Timestamp) -> crate::Result<bool> {
        let (organization, from) = (merge.organization, merge.from);
        let mut tx = self.begin().await?;
        // Nobody else makes series meanwhile.
        tx.lock_organization(organization).await?;
        let ids = resolve::of_node(&mut tx, organization, from, SERIES_AT_ONCE).await?;
        if ids.is_empty() {
            return Ok(false);
        }
        resolve::lock(&mut tx, self.store.engine(), &ids).await?;
        let mut statement = Statement::new("UPDATE series AS s SET node_id = CASE WHEN ");
        push_has_same(&mut statement, merge.into);
        statement.push(" THEN ").push_value(merge.staging.as_uuid());
        statement.push(" ELSE ").push_value(merge.into.as_uuid()).push(" END WHERE s.node_id = ");
        statement.push_value(from.as_uuid()).push(" AND NOT ");
        // Another server has staged one of this metric.
        push_has_same(&mut statement, merge.staging);
        statement.push(" AND s.id IN ").push_values(ids.iter().copied());
        tx.execute(StatementName::SeriesStage, statement).await?;
        dirty::mark(&mut tx, &[DirtyRange::always(organization, merge.into)], now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Moves the observations of staged series, and deletes these.
    async fn move_staged(&self, merge: &NodeMerge, now: Timestamp) -> Result<(), MergeError> {
        let all_time =
            Window { from: Timestamp::from_micros(0), until: now.plus_seconds(2 * FUTURE_SECONDS_MAX) };
        let filter = SeriesFilter { nodes: Some(vec![merge.staging]), ..SeriesFilter::default() };
        let mut after = None;
        loop {
            let staged = self.series(merge.organization, &filter, after, SERIES_AT_ONCE).await?;
            let Some(last) = staged.last() else { break };
            after = Some(last.id);
            let mut samples = self.samples(staged, all_time, u64::MAX).await?;
            while let Some(mut column) = samples.next_page().await? {
                column.node = merge.into;
                let batch = Batch {
                    organization: merge.organization,
                    source: BatchSource::merges(),
                    id: None,
                    on_refusal: OnRefusal::StoreOthers,
                    columns: vec![column],
                };
                self.append(batch, now).await?;
            }
        }
        if after.is_some() {
            self.delete_node(merge.organization, merge.staging).await?;
        }
        Ok(())
    }

    /// Moves the coverage of the node that does not exist any more and how long its sources may be silent, and deletes
    /// its sums.
    async fn move_rest(&self, merge: &NodeMerge, now: Timestamp) -> crate::Result<()> {
        let mut tx = self.begin().await?;
        let taken = coverage::take(&mut tx, merge.organization, merge.from).await?;
        let taken: Vec<Coverage> =
            taken.into_iter().map(|coverage| Coverage { node: merge.into, ..coverage }).collect();
        coverage::add(&mut tx, self.store.engine(), merge.organization, &taken, now).await?;
        silence::follow(&mut tx, merge, now).await?;
        retention::forget_node(&mut tx, merge.organization, merge.from).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Writes the condition that a node has a series of the same metric as the series `s`.
fn push_has_same(statement: &mut Statement, node: NodeId) {
    statement
        .push("EXISTS (SELECT 1 FROM series o WHERE o.organization_id = s.organization_id AND o.node_id = ");
    statement.push_value(node.as_uuid()).push(" AND o.metric = s.metric)");
}
