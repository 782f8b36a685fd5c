//! Coverage: the intervals in which sources were connected to nodes.

use std::collections::BTreeMap;

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::batch::BatchSource;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::database::store::{Engine, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::series::dirty::{self, DirtyRange};
use crate::series::observations::Observations;
use crate::series::read::Window;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// An interval in which a source of a node was connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The node.
    pub node: NodeId,
    /// The source.
    pub source: BatchSource,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends. It is not earlier than the beginning.
    pub until: Timestamp,
}

#[derive(sqlx::FromRow)]
struct CoverageRow {
    node_id: Uuid,
    source: String,
    first_at: i64,
    last_at: i64,
}

impl TryFrom<CoverageRow> for Coverage {
    type Error = Error;

    fn try_from(row: CoverageRow) -> Result<Self> {
        Ok(Self {
            node: NodeId::from_uuid(row.node_id),
            source: row.source.parse().or_corrupt("coverage", "source")?,
            from: Timestamp::from_micros(row.first_at),
            until: Timestamp::from_micros(row.last_at),
        })
    }
}

impl Observations {
    /// Adds intervals of coverage of one organization. Those of one source that overlap or touch become one. What they
    /// add is marked as outdated.
    pub async fn cover(&self, organization: OrganizationId, new: &[Coverage], now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        add(&mut tx, self.store.engine(), organization, new, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The coverage of nodes of an organization in a window, in the order of nodes, sources and times.
    pub async fn coverage(
        &self,
        organization: OrganizationId,
        nodes: &[NodeId],
        window: Window,
    ) -> Result<Vec<Coverage>> {
        let mut statement = Statement::new(
            "SELECT node_id, source, first_at, last_at FROM coverage WHERE organization_id = ",
        );
        statement.push_value(organization.as_uuid());
        statement.push(" AND last_at >= ").push_value(window.from.as_micros());
        statement.push(" AND first_at < ").push_value(window.until.as_micros());
        let mut run = &self.store;
        let nodes = nodes.iter().map(|node| node.as_uuid());
        let rows: Vec<CoverageRow> =
            statement.among(StatementName::CoverageOfNodes, &mut run, " AND node_id IN ", nodes).await?;
        let mut found = rows.into_iter().map(Coverage::try_from).collect::<Result<Vec<_>>>()?;
        found.sort_by(|one, next| {
            (one.node, &one.source, one.from).cmp(&(next.node, &next.source, next.from))
        });
        Ok(found)
    }
}

/// Adds intervals. See [`Observations::cover`].
pub(crate) async fn add(
    tx: &mut Tx,
    engine: Engine,
    organization: OrganizationId,
    new: &[Coverage],
    now: Timestamp,
) -> Result<()> {
    let mut by_source: BTreeMap<(NodeId, &BatchSource), Vec<(i64, i64)>> = BTreeMap::new();
    for Coverage { node, source, from, until } in new {
        let interval = (from.as_micros(), until.as_micros().max(from.as_micros()));
        by_source.entry((*node, source)).or_default().push(interval);
    }
    let (mut rows, mut dirty) = (Vec::new(), Vec::new());
    for ((node, source), mut intervals) in by_source {
        lock(tx, engine, node).await?;
        intervals.sort_unstable();
        let mut all = Vec::new();
        for (first, last) in joined(intervals) {
            let old = take_touching(tx, node, source, first, last).await?;
            let is_old = |(from, until): &(i64, i64)| *from <= first && last <= *until;
            if !old.iter().chain(&all).any(is_old) {
                let change = 0;
                dirty.push(DirtyRange { organization, node, first_at: first, last_at: last, change });
            }
            all.extend(old);
            all.push((first, last));
        }
        all.sort_unstable();
        for (first, last) in joined(all) {
            let (organization, node) = (organization.as_uuid(), node.as_uuid());
            rows.push([organization.into(), node.into(), source.as_str().into(), first.into(), last.into()]);
        }
    }
    write(tx, rows).await?;
    dirty::mark(tx, &dirty, now).await
}

/// Removes the coverage of a node. Returns it.
pub(crate) async fn take(tx: &mut Tx, organization: OrganizationId, node: NodeId) -> Result<Vec<Coverage>> {
    let statement = Statement::new(
        "DELETE FROM coverage WHERE organization_id = $1 AND node_id = $2 \
         RETURNING node_id, source, first_at, last_at",
    )
    .bind(organization.as_uuid())
    .bind(node.as_uuid());
    let rows: Vec<CoverageRow> = tx.rows(StatementName::CoverageMove, statement).await?;
    rows.into_iter().map(Coverage::try_from).collect()
}

/// Joins sorted intervals that overlap or touch.
fn joined(intervals: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (first, last) in intervals {
        match joined.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// Locks the coverage of a node until the transaction ends (PostgreSQL only): two reports of one interval must see
/// each other.
async fn lock(tx: &mut Tx, engine: Engine, node: NodeId) -> Result<()> {
    if engine == Engine::Postgres {
        let mut statement = Statement::new("SELECT pg_advisory_xact_lock(hashtextextended(");
        statement.push_value(format!("coverage {node}")).push(", 0))::text");
        tx.rows::<(String,)>(StatementName::CoverageLock, statement).await?;
    }
    Ok(())
}

/// Removes the intervals of a source that overlap or touch another. Returns them.
async fn take_touching(
    tx: &mut Tx,
    node: NodeId,
    source: &BatchSource,
    first: i64,
    last: i64,
) -> Result<Vec<(i64, i64)>> {
    let statement = Statement::new(
        "DELETE FROM coverage WHERE node_id = $1 AND source = $2 AND last_at >= $3 AND first_at <= $4 \
         RETURNING first_at, last_at",
    )
    .bind(node.as_uuid())
    .bind(source.as_str())
    .bind(first)
    .bind(last);
    tx.rows(StatementName::CoverageTake, statement).await
}

async fn write(tx: &mut Tx, rows: Vec<[Value; 5]>) -> Result<()> {
    let into = "INSERT INTO coverage (organization_id, node_id, source, first_at, last_at) VALUES ";
    tx.insert(StatementName::CoverageAdd, into, rows).await
}
