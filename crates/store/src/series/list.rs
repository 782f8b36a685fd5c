//! Lists series, and their latest observations.

use std::collections::{HashMap, HashSet};

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::observations::series::{Latest, Series, SeriesId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::error::Result;
use crate::series::host_metrics::push_is_of_host;
use crate::series::observations::Observations;
use crate::series::resolve::{self, SERIES_COLUMNS, SeriesName, SeriesRow};
use crate::series::sample::Sample;
use crate::series::stored::{Place, decoded};
use crate::series::values::{value_of, word_number, words_of};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many series one statement looks up.
const LOOKED_UP_AT_ONCE: usize = 1_000;

/// The series of more nodes are found by reading all of the organization, which is faster than to look each node up.
const LOOKED_UP_MAX: usize = 2_000;

/// Which series of an organization are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesFilter {
    /// Only those of these nodes.
    pub nodes: Option<Vec<NodeId>>,
    /// Only those with these metric keys.
    pub metrics: Option<Vec<MetricKey>>,
    /// Only those of this kind.
    pub kind: Option<Kind>,
}

impl Observations {
    /// Series of an organization in the order of their numbers, after one of them, at most `limit`.
    pub async fn series(
        &self,
        organization: OrganizationId,
        filter: &SeriesFilter,
        after: Option<SeriesId>,
        limit: u32,
    ) -> Result<Vec<Series>> {
        let mut statement = Statement::new("SELECT ");
        statement.push(SERIES_COLUMNS).push(" FROM series s WHERE s.organization_id = ");
        statement.push_value(organization.as_uuid());
        if let Some(nodes) = &filter.nodes {
            statement.push(" AND s.node_id IN ").push_values(nodes.iter().map(|node| node.as_uuid()));
        }
        if let Some(metrics) = &filter.metrics {
            statement.push(" AND s.metric IN ").push_values(metrics.iter().map(MetricKey::as_str));
        }
        if let Some(kind) = filter.kind {
            statement.push(" AND s.kind = ").push_value(kind.as_str());
        }
        if let Some(after) = after {
            statement.push(" AND s.id > ").push_value(after.get());
        }
        statement.push(" ORDER BY s.id LIMIT ").push_number(limit);
        let mut run = &self.store;
        let rows: Vec<SeriesRow> = run.rows(StatementName::SeriesList, statement).await?;
        rows.into_iter().map(Series::try_from).collect()
    }

    /// The series of nodes with these metric keys, as far as they exist.
    pub async fn series_named(
        &self,
        organization: OrganizationId,
        names: &[(NodeId, MetricKey)],
    ) -> Result<Vec<Series>> {
        let names: Vec<SeriesName> =
            names.iter().map(|(node, key)| (organization, *node, key.as_str().to_owned())).collect();
        let found = resolve::find(&mut &self.store, &names.iter().collect::<Vec<_>>()).await?;
        Ok(found.into_values().collect())
    }

    /// The nodes of an organization that have series of machines, sorted: not only metrics of hosts themselves. With
    /// `among`, only those of these nodes.
    pub async fn nodes_with_machines(
        &self,
        organization: OrganizationId,
        among: Option<&[NodeId]>,
    ) -> Result<Vec<NodeId>> {
        let mut statement = Statement::new("SELECT DISTINCT node_id FROM series WHERE organization_id = ");
        statement.push_value(organization.as_uuid()).push(" AND NOT ");
        push_is_of_host(&mut statement, "metric");
        let (name, mut run) = (StatementName::SeriesNodesWithMachines, &self.store);
        let few = among.filter(|nodes| nodes.len() < LOOKED_UP_MAX);
        let rows: Vec<(Uuid,)> = match few {
            Some(nodes) => {
                let ids = nodes.iter().map(|node| node.as_uuid());
                statement.among(name, &mut run, " AND node_id IN ", ids).await?
            }
            None => run.rows(name, statement).await?,
        };
        let mut found: Vec<NodeId> = rows.into_iter().map(|(node,)| NodeId::from_uuid(node)).collect();
        if let (Some(among), None) = (among, few) {
            let among: HashSet<&NodeId> = among.iter().collect();
            found.retain(|node| among.contains(node));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The nodes that have series, in the order of organizations and nodes, after one of them, at most `most`. A node
    /// may be deleted in the other file before its series are: those that do not exist any more can be found so.
    pub async fn nodes_with_series(
        &self,
        after: Option<(OrganizationId, NodeId)>,
        most: u32,
    ) -> Result<Vec<(OrganizationId, NodeId)>> {
        let mut statement = Statement::new("SELECT DISTINCT organization_id, node_id FROM series");
        if let Some((organization, node)) = after {
            statement.push(" WHERE (organization_id, node_id) > (").push_value(organization.as_uuid());
            statement.push(", ").push_value(node.as_uuid()).push(")");
        }
        statement.push(" ORDER BY organization_id, node_id LIMIT ").push_number(most);
        let mut run = &self.store;
        let rows: Vec<(Uuid, Uuid)> = run.rows(StatementName::SeriesNodes, statement).await?;
        let ids = |(organization, node)| (OrganizationId::from_uuid(organization), NodeId::from_uuid(node));
        Ok(rows.into_iter().map(ids).collect())
    }

    /// The latest observations of series, in their order. Series without observations are left out.
    pub async fn latest(&self, series: &[Series]) -> Result<Vec<Latest>> {
        // The log comes first, so that a sample that is sealed meanwhile is found in one of them or in both.
        let logged = self.latest_logged(series).await?;
        let mut latest = self.latest_sealed(series).await?;
        for (id, sample) in logged {
            let place = latest.entry(id).or_insert(sample);
            if place.place() < sample.place() {
                *place = sample;
            }
        }
        self.with_values(series, &latest).await
    }

    /// Samples of series as observations, in the order of the series.
    pub(crate) async fn with_values(
        &self,
        series: &[Series],
        latest: &HashMap<i64, Sample>,
    ) -> Result<Vec<Latest>> {
        let wanted = series.iter().filter_map(|series| {
            let sample = latest.get(&series.id.get())?;
            Some((series.id.get(), word_number(series.metric.kind, *sample)?))
        });
        let (words, deleted) = words_of(&mut &self.store, &wanted.collect::<Vec<_>>()).await?;
        let mut found = Vec::new();
        for series in series.iter().filter(|series| !deleted.contains(&series.id.get())) {
            let Some(sample) = latest.get(&series.id.get()) else { continue };
            let word = |number| words.get(&(series.id.get(), number)).cloned();
            let value = value_of(series.metric.kind, *sample, word)?;
            found.push(Latest { series: series.clone(), at: Timestamp::from_micros(sample.at), value });
        }
        Ok(found)
    }

    async fn latest_sealed(&self, series: &[Series]) -> Result<HashMap<i64, Sample>> {
        let mut found = HashMap::new();
        for series in series.chunks(LOOKED_UP_AT_ONCE) {
            let mut statement = Statement::new(
                "SELECT id, last_at, last_order, last_value FROM series WHERE last_at IS NOT NULL AND id IN ",
            );
            statement.push_values(series.iter().map(|series| series.id.get()));
            let mut run = &self.store;
            let rows: Vec<(i64, i64, i64, i64)> =
                run.rows(StatementName::SeriesLatestSealed, statement).await?;
            let sample = |(id, at, order, value)| (id, Sample { at, order, value });
            found.extend(rows.into_iter().map(sample));
        }
        Ok(found)
    }

    async fn latest_logged(&self, series: &[Series]) -> Result<Vec<(i64, Sample)>> {
        let kinds: HashMap<i64, Kind> =
            series.iter().map(|series| (series.id.get(), series.metric.kind)).collect();
        let mut found = Vec::new();
        for series in series.chunks(LOOKED_UP_AT_ONCE) {
            let mut statement = Statement::new(
                "SELECT l.series_id, l.samples, l.body FROM observation_log l \
                 WHERE l.last_at = (SELECT max(o.last_at) FROM observation_log o WHERE o.series_id = l.series_id) \
                 AND l.series_id IN ",
            );
            statement.push_values(series.iter().map(|series| series.id.get()));
            let mut run = &self.store;
            let rows: Vec<(i64, i64, Vec<u8>)> =
                run.rows(StatementName::SeriesLatestLogged, statement).await?;
            for (id, samples, body) in rows {
                let Some(kind) = kinds.get(&id) else { continue };
                let samples = decoded(Place::Log, *kind, samples, &body)?;
                found.extend(samples.last().map(|sample| (id, *sample)));
            }
        }
        Ok(found)
    }
}
