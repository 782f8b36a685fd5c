//! Finds the series of nodes and metrics, and makes those that are missing.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::observations::series::{Series, SeriesId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Engine, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many series one statement looks up.
const LOOKED_UP_AT_ONCE: usize = 5_000;

/// What names a series: the organization, the node and the metric's key.
pub(crate) type SeriesName = (OrganizationId, NodeId, String);

/// The columns of a series, in the order of [`SeriesRow`].
pub(crate) const SERIES_COLUMNS: &str =
    "s.id, s.node_id, s.metric, s.kind, s.type, s.subtype, s.unit, s.created_at";

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct SeriesRow {
    pub(crate) id: i64,
    node_id: Uuid,
    metric: String,
    kind: String,
    r#type: Option<String>,
    subtype: Option<String>,
    unit: Option<String>,
    created_at: i64,
}

impl TryFrom<SeriesRow> for Series {
    type Error = Error;

    fn try_from(row: SeriesRow) -> Result<Self> {
        let text =
            |text: Option<String>, what| text.map(|text| text.parse()).transpose().or_corrupt("series", what);
        Ok(Self {
            id: SeriesId::new(row.id),
            node: NodeId::from_uuid(row.node_id),
            metric: Metric {
                key: row.metric.parse().or_corrupt("series", "metric")?,
                kind: Kind::parse(&row.kind).or_corrupt("series", "kind")?,
                metric_type: text(row.r#type, "type")?,
                subtype: text(row.subtype, "subtype")?,
                unit: text(row.unit, "unit")?,
            },
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct OwnedRow {
    organization_id: Uuid,
    #[sqlx(flatten)]
    series: SeriesRow,
}

/// The series with these names that exist.
pub(crate) async fn find<R: Run>(run: &mut R, names: &[&SeriesName]) -> Result<HashMap<SeriesName, Series>> {
    let mut found = HashMap::new();
    for names in names.chunks(LOOKED_UP_AT_ONCE) {
        let rows = names.iter().map(|(organization, node, key)| -> [Value; 3] {
            [organization.as_uuid().into(), node.as_uuid().into(), key.as_str().into()]
        });
        let mut statement = Statement::with("organization_id, node_id, metric", rows);
        statement.push("SELECT s.organization_id, ").push(SERIES_COLUMNS).push(
            " FROM v JOIN series s ON s.organization_id = v.organization_id AND s.node_id = v.node_id \
             AND s.metric = v.metric",
        );
        let rows: Vec<OwnedRow> = run.rows(StatementName::SeriesFind, statement).await?;
        for OwnedRow { organization_id, series } in rows {
            let series = Series::try_from(series)?;
            let name = (
                OrganizationId::from_uuid(organization_id),
                series.node,
                series.metric.key.as_str().to_owned(),
            );
            found.insert(name, series);
        }
    }
    Ok(found)
}

/// The numbers of series of a node, at most `most`.
pub(crate) async fn of_node(
    tx: &mut Tx,
    organization: OrganizationId,
    node: NodeId,
    most: u32,
) -> Result<BTreeSet<i64>> {
    let mut statement = Statement::new(
        "SELECT id FROM series WHERE organization_id = $1 AND node_id = $2 ORDER BY id LIMIT ",
    )
    .bind(organization.as_uuid())
    .bind(node.as_uuid());
    statement.push_number(most);
    let ids: Vec<(i64,)> = tx.rows(StatementName::SeriesOfNode, statement).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// Locks series until the transaction ends (PostgreSQL only), in the order of their numbers, so that no two
/// transactions wait for each other. Others that append to them, seal them or delete them wait.
pub(crate) async fn lock(tx: &mut Tx, engine: Engine, ids: &BTreeSet<i64>) -> Result<()> {
    if engine == Engine::Sqlite {
        return Ok(());
    }
    let ids: Vec<i64> = ids.iter().copied().collect();
    for ids in ids.chunks(LOOKED_UP_AT_ONCE) {
        let mut statement = Statement::new("SELECT id FROM series WHERE id IN ");
        statement.push_values(ids.iter().copied()).push(" ORDER BY id FOR UPDATE");
        tx.rows::<(i64,)>(StatementName::SeriesLock, statement).await?;
    }
    Ok(())
}

/// The numbers among `ids` whose series exist.
pub(crate) async fn existing(run: &mut impl Run, ids: &BTreeSet<i64>) -> Result<BTreeSet<i64>> {
    let select = Statement::new("SELECT id FROM series WHERE 1 = 1");
    let rows: Vec<(i64,)> =
        select.among(StatementName::SeriesExisting, run, " AND id IN ", ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How far a series has come.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct Progress {
    pub(crate) id: i64,
    node_id: Uuid,
    /// The latest time among its sealed samples.
    sealed: Option<i64>,
    /// The latest time among those in the log.
    logged: Option<i64>,
    /// The largest number of its words.
    pub(crate) words: Option<i64>,
}

impl Progress {
    /// Whether the series belongs to a node. After a merge it belongs to another than before.
    pub(crate) fn is_of(&self, node: NodeId) -> bool {
        self.node_id == node.as_uuid()
    }

    /// The latest time of a sample.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.sealed.max(self.logged)
    }
}

/// How far series have come. Series that do not exist any more are left out.
pub(crate) async fn progress(tx: &mut Tx, ids: &BTreeSet<i64>) -> Result<HashMap<i64, Progress>> {
    let select = Statement::new(
        "SELECT s.id, s.node_id, s.last_at AS sealed, \
         (SELECT max(l.last_at) FROM observation_log l WHERE l.series_id = s.id) AS logged, \
         (SELECT max(w.number) FROM series_words w WHERE w.series_id = s.id) AS words \
         FROM series s WHERE 1 = 1",
    );
    let rows: Vec<Progress> =
        select.among(StatementName::SeriesProgress, tx, " AND s.id IN ", ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// How many series an organization has.
pub(crate) async fn count_of_organization(tx: &mut Tx, organization: OrganizationId) -> Result<u32> {
    let statement =
        Statement::new("SELECT count(*) FROM series WHERE organization_id = $1").bind(organization.as_uuid());
    let row: Option<(i64,)> = tx.row(StatementName::SeriesCountOfOrganization, statement).await?;
    Ok(row.map_or(0, |(count,)| u32::try_from(count).unwrap_or(u32::MAX)))
}

/// How many series nodes of an organization have. Nodes without series are left out.
pub(crate) async fn count_of_nodes(
    tx: &mut Tx,
    organization: OrganizationId,
    nodes: &BTreeSet<NodeId>,
) -> Result<HashMap<NodeId, u32>> {
    let nodes: Vec<Uuid> = nodes.iter().map(|node| node.as_uuid()).collect();
    let mut counts = HashMap::new();
    for nodes in nodes.chunks(LOOKED_UP_AT_ONCE) {
        let mut statement = Statement::new("SELECT node_id, count(*) FROM series WHERE organization_id = ");
        statement.push_value(organization.as_uuid()).push(" AND node_id IN ");
        statement.push_values(nodes.iter().copied()).push(" GROUP BY node_id");
        let rows: Vec<(Uuid, i64)> = tx.rows(StatementName::SeriesCountOfNodes, statement).await?;
        let count = |(node, count)| (NodeId::from_uuid(node), u32::try_from(count).unwrap_or(u32::MAX));
        counts.extend(rows.into_iter().map(count));
    }
    Ok(counts)
}

/// Makes series. Their numbers are found by [`find`].
pub(crate) async fn create(
    tx: &mut Tx,
    series: &[(OrganizationId, NodeId, &Metric)],
    now: Timestamp,
) -> Result<()> {
    let rows = series.iter().map(|(organization, node, metric)| -> [Value; 8] {
        let text = |text: &Option<bailiwick_domain::observations::metric::MetricText>| {
            Value::Text(text.as_ref().map(|text| text.as_str().to_owned()))
        };
        [
            organization.as_uuid().into(),
            node.as_uuid().into(),
            metric.key.as_str().into(),
            metric.kind.as_str().into(),
            text(&metric.metric_type),
            text(&metric.subtype),
            text(&metric.unit),
            now.as_micros().into(),
        ]
    });
    let into = "INSERT INTO series (organization_id, node_id, metric, kind, type, subtype, unit, created_at) VALUES ";
    tx.insert(StatementName::SeriesCreate, into, rows.collect()).await
}
