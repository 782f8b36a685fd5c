//! The sums of production days of nodes, as bytes.

use std::collections::{BTreeSet, HashMap, HashSet};

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Engine, Tx};
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

/// Sums of days that were worked out, and what they were worked out from.
#[derive(Debug)]
pub struct Settling<'a> {
    /// The organization.
    pub organization: OrganizationId,
    /// The sums.
    pub days: Vec<StoredDay>,
    /// The sums that were stored of these nodes and days before the observations were read, in any order.
    pub before: &'a [StoredDay],
    /// The outdated ranges of these nodes that were read before the observations.
    pub ranges: &'a [DirtyRange],
    /// The time of the days: from its first microsecond to before its last.
    pub part: (i64, i64),
}

impl Observations {
    /// Stores sums of days in place of earlier ones, and forgets that part of the outdated ranges from which they were
    /// made. Of a node of which anything changed meanwhile, a range or the sums of a day, nothing is stored or
    /// forgotten: what was summed may be outdated again, or older than what is stored.
    pub async fn settle_days(&self, settling: Settling<'_>, now: Timestamp) -> Result<()> {
        let Settling { organization, mut days, before, ranges, part } = settling;
        let mut tx = self.begin().await?;
        let nodes: BTreeSet<NodeId> =
            days.iter().map(|day| day.node).chain(ranges.iter().map(|range| range.node)).collect();
        lock(&mut tx, self.store.engine(), &nodes).await?;
        let mut changed = changed_days(&mut tx, organization, &days, before).await?;
        let mut sorted = ranges.to_vec();
        sorted.retain(|range| !changed.contains(&range.node));
        // In one order, so that no two transactions wait for each other.
        sorted.sort_unstable_by_key(|range| (range.node, range.first_at));
        changed.extend(dirty::clean_part(&mut tx, &sorted, part, now).await?);
        days.retain(|day| !changed.contains(&day.node));
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

/// The nodes of which other sums are stored now than were before.
async fn changed_days(
    tx: &mut Tx,
    organization: OrganizationId,
    days: &[StoredDay],
    before: &[StoredDay],
) -> Result<HashSet<NodeId>> {
    let wanted: Vec<(NodeId, i64)> = days.iter().map(|day| (day.node, day.day)).collect();
    let of = |days: Vec<StoredDay>| -> HashMap<(NodeId, i64), (Timestamp, Vec<u8>)> {
        days.into_iter().map(|day| ((day.node, day.day), (day.known_until, day.body))).collect()
    };
    let now = of(some(tx, organization, &wanted).await?);
    let before = of(before.to_vec());
    Ok(wanted.iter().filter(|key| now.get(key) != before.get(key)).map(|(node, _)| *node).collect())
}

/// Locks the sums of nodes until the transaction ends (PostgreSQL only): two transactions that store sums of one node
/// must see each other.
async fn lock(tx: &mut Tx, engine: Engine, nodes: &BTreeSet<NodeId>) -> Result<()> {
    if engine != Engine::Postgres || nodes.is_empty() {
        return Ok(());
    }
    // In one order, so that no two transactions wait for each other.
    let rows = nodes.iter().map(|node| [format!("days {node}")]);
    let mut statement = Statement::with("name", rows);
    statement.push("SELECT pg_advisory_xact_lock(hashtextextended(name, 0))::text FROM (SELECT name FROM v ORDER BY name) n");
    tx.rows::<(String,)>(StatementName::NodeDaysLock, statement).await?;
    Ok(())
}
