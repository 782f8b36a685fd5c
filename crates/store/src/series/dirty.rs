//! The times of nodes whose sums are outdated.

use std::collections::HashSet;

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::Result;
use crate::series::observations::Observations;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// A day of UTC in microseconds.
pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

/// The last time that can be outdated: 9999-01-01.
pub(crate) const LAST_AT: i64 = 253_370_764_800_000_000;

/// A time of a node whose sums are outdated. The newest observation of a series holds until the next one, so a day
/// that is not over has to be summed anew in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirtyRange {
    /// The organization.
    pub organization: OrganizationId,
    /// The node.
    pub node: NodeId,
    /// The first time that is outdated, in microseconds since the Unix epoch.
    pub first_at: i64,
    /// The last time that is outdated. It may be on a later day.
    pub last_at: i64,
    /// Grows with each change; it begins with the time of the first, so that it does not begin anew. A range is only
    /// forgotten if it did not change since it was read.
    pub change: i64,
}

impl DirtyRange {
    /// All time of a node.
    pub(crate) const fn always(organization: OrganizationId, node: NodeId) -> Self {
        Self { organization, node, first_at: 0, last_at: LAST_AT, change: 0 }
    }
}

/// The day of UTC of a time, as the number of days since the Unix epoch.
pub(crate) const fn day_of(at: i64) -> i64 {
    at.div_euclid(DAY_MICROS)
}

/// Adds times to those that are outdated.
pub(crate) async fn mark(tx: &mut Tx, ranges: &[DirtyRange], now: Timestamp) -> Result<()> {
    // One row for each day on which ranges begin, in one order, so that no two transactions wait for each other.
    let mut by_day = std::collections::BTreeMap::new();
    for range in ranges {
        let key = (range.organization, range.node, day_of(range.first_at));
        let place = by_day.entry(key).or_insert((range.first_at, range.last_at));
        *place = (place.0.min(range.first_at), place.1.max(range.last_at));
    }
    let rows: Vec<[Value; 6]> = by_day
        .into_iter()
        .map(|((organization, node, day), (first, last))| {
            [
                organization.as_uuid().into(),
                node.as_uuid().into(),
                day.into(),
                first.into(),
                last.into(),
                now.as_micros().into(),
            ]
        })
        .collect();
    for rows in rows.chunks(MARKED_AT_ONCE) {
        let mut statement = Statement::new(
            "INSERT INTO dirty_ranges (organization_id, node_id, day, first_at, last_at, change) VALUES ",
        );
        statement.push_rows(rows.iter().cloned()).push(
            " ON CONFLICT (organization_id, node_id, day) DO UPDATE SET \
             first_at = CASE WHEN excluded.first_at < dirty_ranges.first_at THEN excluded.first_at \
             ELSE dirty_ranges.first_at END, \
             last_at = CASE WHEN excluded.last_at > dirty_ranges.last_at THEN excluded.last_at \
             ELSE dirty_ranges.last_at END, \
             change = CASE WHEN excluded.change > dirty_ranges.change THEN excluded.change \
             ELSE dirty_ranges.change + 1 END",
        );
        tx.execute(StatementName::ObservationsMarkDirty, statement).await?;
    }
    Ok(())
}

/// Forgets the part of ranges from `first` to before `end`. What lies before and after it stays outdated. Of a node with
/// a range that changed since it was read, all ranges stay as they are. These nodes are returned.
pub(crate) async fn clean_part(
    tx: &mut Tx,
    ranges: &[DirtyRange],
    (first, end): (i64, i64),
    now: Timestamp,
) -> Result<HashSet<NodeId>> {
    let (mut removed, mut changed) = (Vec::new(), HashSet::new());
    for ranges in ranges.chunks(MARKED_AT_ONCE) {
        let rows = ranges.iter().map(|range| -> [Value; 4] {
            [
                range.organization.as_uuid().into(),
                range.node.as_uuid().into(),
                day_of(range.first_at).into(),
                range.change.into(),
            ]
        });
        let mut statement = Statement::with("organization_id, node_id, day, change", rows);
        statement.push(
            "DELETE FROM dirty_ranges WHERE (organization_id, node_id, day, change) IN \
             (SELECT organization_id, node_id, day, change FROM v) RETURNING node_id, day",
        );
        let rows: Vec<(Uuid, i64)> = tx.rows(StatementName::ObservationsCleanPart, statement).await?;
        let found: HashSet<(Uuid, i64)> = rows.into_iter().collect();
        for range in ranges {
            if found.contains(&(range.node.as_uuid(), day_of(range.first_at))) {
                removed.push(*range);
            } else {
                changed.insert(range.node);
            }
        }
    }
    let mut left = Vec::new();
    for range in removed {
        if changed.contains(&range.node) {
            left.push(range);
            continue;
        }
        let before = DirtyRange { last_at: range.last_at.min(first.saturating_sub(1)), ..range };
        let after = DirtyRange { first_at: range.first_at.max(end), ..range };
        left.extend([before, after].into_iter().filter(|range| range.first_at <= range.last_at));
    }
    // What is left is told apart from what was read, also if no time has passed.
    let later = ranges.iter().map(|range| range.change.saturating_add(1)).max().unwrap_or_default();
    mark(tx, &left, Timestamp::from_micros(now.as_micros().max(later))).await?;
    Ok(changed)
}

/// Removes a range, unless it changed since it was read. Returns how many were removed.
async fn remove(tx: &mut Tx, range: &DirtyRange) -> Result<u64> {
    let statement = Statement::new(
        "DELETE FROM dirty_ranges WHERE organization_id = $1 AND node_id = $2 AND day = $3 AND change = $4",
    )
    .bind(range.organization.as_uuid())
    .bind(range.node.as_uuid())
    .bind(day_of(range.first_at))
    .bind(range.change);
    tx.execute(StatementName::ObservationsClean, statement).await
}

/// How many ranges one statement adds.
const MARKED_AT_ONCE: usize = 4_000;

impl Observations {
    /// The times of these nodes whose sums are outdated and that reach into the time from `first` to before `end`, in the
    /// order of nodes and days.
    pub async fn dirty_within(
        &self,
        organization: OrganizationId,
        nodes: &[NodeId],
        (first, end): (i64, i64),
    ) -> Result<Vec<DirtyRange>> {
        let mut statement = Statement::new(
            "SELECT node_id, first_at, last_at, change FROM dirty_ranges WHERE organization_id = ",
        );
        statement.push_value(organization.as_uuid());
        statement.push(" AND first_at < ").push_value(end).push(" AND last_at >= ").push_value(first);
        statement.push(" AND node_id IN ").push_values(nodes.iter().map(|node| node.as_uuid()));
        statement.push(" ORDER BY node_id, day");
        let mut run = &self.store;
        let rows: Vec<(Uuid, i64, i64, i64)> =
            run.rows(StatementName::ObservationsDirtyWithin, statement).await?;
        let range = |(node, first_at, last_at, change)| {
            let node = NodeId::from_uuid(node);
            DirtyRange { organization, node, first_at, last_at, change }
        };
        Ok(rows.into_iter().map(range).collect())
    }

    /// The times of all nodes of an organization whose sums are outdated and that reach into the time from `first` to before
    /// `end`, in no order.
    pub async fn dirty_of_all(
        &self,
        organization: OrganizationId,
        (first, end): (i64, i64),
    ) -> Result<Vec<DirtyRange>> {
        let statement = Statement::new(
            "SELECT node_id, first_at, last_at, change FROM dirty_ranges \
             WHERE organization_id = $1 AND first_at < $2 AND last_at >= $3",
        )
        .bind(organization.as_uuid())
        .bind(end)
        .bind(first);
        let mut run = &self.store;
        let rows: Vec<(Uuid, i64, i64, i64)> =
            run.rows(StatementName::ObservationsDirtyOfAll, statement).await?;
        let range = |(node, first_at, last_at, change)| {
            let node = NodeId::from_uuid(node);
            DirtyRange { organization, node, first_at, last_at, change }
        };
        Ok(rows.into_iter().map(range).collect())
    }

    /// Times of nodes of an organization whose sums are outdated, at most `most`, in the order of nodes and days. With
    /// nodes, only theirs.
    pub async fn dirty(
        &self,
        organization: OrganizationId,
        nodes: Option<&[NodeId]>,
        most: u32,
    ) -> Result<Vec<DirtyRange>> {
        let mut statement = Statement::new(
            "SELECT node_id, first_at, last_at, change FROM dirty_ranges WHERE organization_id = ",
        );
        statement.push_value(organization.as_uuid());
        if let Some(nodes) = nodes {
            statement.push(" AND node_id IN ").push_values(nodes.iter().map(|node| node.as_uuid()));
        }
        statement.push(" ORDER BY node_id, day LIMIT ").push_number(most);
        let mut run = &self.store;
        let rows: Vec<(Uuid, i64, i64, i64)> = run.rows(StatementName::ObservationsDirty, statement).await?;
        let range = |(node, first_at, last_at, change)| {
            let node = NodeId::from_uuid(node);
            DirtyRange { organization, node, first_at, last_at, change }
        };
        Ok(rows.into_iter().map(range).collect())
    }

    /// Marks times of nodes as outdated, after a change that is no observation.
    pub async fn mark_dirty(&self, ranges: &[DirtyRange], now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        mark(&mut tx, ranges, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets ranges whose sums are up to date again, unless they changed since they were read. Returns how many.
    pub async fn clean(&self, ranges: &[DirtyRange]) -> Result<u64> {
        let mut tx = self.begin().await?;
        let mut cleaned = 0_u64;
        for range in ranges {
            cleaned = cleaned.saturating_add(remove(&mut tx, range).await?);
        }
        tx.commit().await?;
        Ok(cleaned)
    }
}
