//! The sums of production days of nodes, as bytes.

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::error::Result;
use crate::series::cells;
use crate::series::dirty::{self, DirtyRange};
use crate::series::observations::Observations;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many days one statement writes.
const WRITTEN_AT_ONCE: usize = 500;
/// How many days one statement looks up.
const LOOKED_UP_AT_ONCE: usize = 2_000;

/// A row: the node, the day, up to when it was known what happened, and the sums.
type DayRow = (Uuid, i64, i64, Vec<u8>);

/// The sums of one production day of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDay {
    /// The node.
    pub node: NodeId,
    /// The number of the date in the node's calendar, counted from 1970-01-01.
    pub day: i64,
    /// Up to when it was known what happened.
    pub known_until: Timestamp,
    /// The sums.
    pub body: Vec<u8>,
}

impl StoredDay {
    fn of((node, day, known_until, body): DayRow) -> Self {
        let known_until = Timestamp::from_micros(known_until);
        Self { node: NodeId::from_uuid(node), day, known_until, body }
    }
}

impl Observations {
    /// Stores sums of days in `part`, from its first microsecond to before its last, in place of earlier ones, and forgets that part of the
    /// outdated ranges from which they were made. Of a node with a range that changed meanwhile nothing is stored: what was
    /// summed may be outdated again.
    pub async fn settle_days(
        &self,
        organization: OrganizationId,
        mut days: Vec<StoredDay>,
        ranges: &[DirtyRange],
        part: (i64, i64),
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let mut sorted = ranges.to_vec();
        // In one order, so that no two transactions wait for each other.
        sorted.sort_unstable_by_key(|range| (range.node, range.first_at));
        let changed = dirty::clean_part(&mut tx, &sorted, part, now).await?;
        days.retain(|day| !changed.iter().any(|range| range.node == day.node));
        days.sort_unstable_by_key(|day| (day.node, day.day));
        for days in days.chunks(WRITTEN_AT_ONCE) {
            let rows = days.iter().map(|day| -> [Value; 5] {
                [
                    organization.as_uuid().into(),
                    day.node.as_uuid().into(),
                    day.day.into(),
                    day.known_until.as_micros().into(),
                    day.body.clone().into(),
                ]
            });
            let mut statement = Statement::new(
                "INSERT INTO node_days (organization_id, node_id, day, known_until, body) VALUES ",
            );
            statement.push_rows(rows).push(
                " ON CONFLICT (organization_id, node_id, day) DO UPDATE SET \
                 known_until = excluded.known_until, body = excluded.body",
            );
            tx.execute(StatementName::NodeDaysPut, statement).await?;
        }
        let changed: Vec<(NodeId, i64)> = days.iter().map(|day| (day.node, day.day)).collect();
        cells::note(&mut tx, organization, &changed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The sums of these days of nodes, as far as they are stored, in no order.
    pub async fn some_days(
        &self,
        organization: OrganizationId,
        days: &[(NodeId, i64)],
    ) -> Result<Vec<StoredDay>> {
        let mut run = &self.store;
        some(&mut run, organization, days).await
    }

    /// The sums of days of nodes from one date to another, both included, in no order.
    pub async fn days(
        &self,
        organization: OrganizationId,
        nodes: &[NodeId],
        first: i64,
        last: i64,
    ) -> Result<Vec<StoredDay>> {
        let mut statement =
            Statement::new("SELECT node_id, day, known_until, body FROM node_days WHERE organization_id = ");
        statement.push_value(organization.as_uuid());
        statement.push(" AND day >= ").push_value(first).push(" AND day <= ").push_value(last);
        let mut run = &self.store;
        let nodes = nodes.iter().map(|node| node.as_uuid());
        let rows: Vec<DayRow> =
            statement.among(StatementName::NodeDaysGet, &mut run, " AND node_id IN ", nodes).await?;
        Ok(rows.into_iter().map(StoredDay::of).collect())
    }
}

/// The sums of days of nodes, as far as they are stored.
pub(crate) async fn some(
    run: &mut impl Run,
    organization: OrganizationId,
    days: &[(NodeId, i64)],
) -> Result<Vec<StoredDay>> {
    let mut found = Vec::new();
    for days in days.chunks(LOOKED_UP_AT_ONCE) {
        let rows = days.iter().map(|(node, day)| -> [Value; 2] { [node.as_uuid().into(), (*day).into()] });
        let mut statement = Statement::with("node_id, day", rows);
        statement.push(
            "SELECT d.node_id, d.day, d.known_until, d.body FROM v CROSS JOIN node_days d WHERE d.organization_id = ",
        );
        statement.push_value(organization.as_uuid());
        statement.push(" AND d.node_id = v.node_id AND d.day = v.day");
        let rows: Vec<DayRow> = run.rows(StatementName::NodeDaysGetSome, statement).await?;
        found.extend(rows.into_iter().map(StoredDay::of));
    }
    Ok(found)
}
