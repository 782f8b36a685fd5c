//! When the agents of nodes were heard of.

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::presence::{NodeStatus, OFFLINE_SECONDS, Presence, STALE_SECONDS};
use bailiwick_domain::time::Timestamp;

use crate::database::{Store, Tx};
use crate::error::Result;
use crate::run::Run as _;
use crate::statement::{Statement, Value};

/// How many nodes one statement writes.
const NODES_AT_ONCE: usize = 500;

/// That a node's agent was heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The node.
    pub node: NodeId,
    /// When its agent was last heard of.
    pub at: Timestamp,
    /// Whether that was a good-bye.
    pub left: bool,
}

/// A row's presence, if it has one.
pub(crate) fn presence(
    last_seen_at: Option<i64>,
    online_since: Option<i64>,
    left_at: Option<i64>,
) -> Option<Presence> {
    Some(Presence {
        last_seen_at: Timestamp::from_micros(last_seen_at?),
        online_since: Timestamp::from_micros(online_since?),
        left_at: left_at.map(Timestamp::from_micros),
    })
}

/// `SELECT node_id …` of the nodes of an organization that have a status at a time; of those that
/// have any, for [`NodeStatus::Unknown`], which is to have none.
pub(crate) fn with_status(organization: OrganizationId, status: NodeStatus, now: Timestamp) -> Statement {
    let stale = now.plus_seconds(-STALE_SECONDS).as_micros();
    let offline = now.plus_seconds(-OFFLINE_SECONDS).as_micros();
    let mut statement =
        Statement::new("SELECT node_id AS few_id FROM node_presence WHERE organization_id = ");
    statement.push_value(organization.as_uuid());
    match status {
        NodeStatus::Online => {
            statement.push(" AND left_at IS NULL AND last_seen_at > ").push_value(stale);
        }
        NodeStatus::Stale => {
            statement.push(" AND left_at IS NULL AND last_seen_at > ").push_value(offline);
            statement.push(" AND last_seen_at <= ").push_value(stale);
        }
        NodeStatus::Offline => {
            statement.push(" AND (left_at IS NOT NULL OR last_seen_at <= ").push_value(offline).push(")");
        }
        NodeStatus::Unknown => {}
    }
    statement
}

impl Store {
    /// When a node's agent was heard of.
    pub async fn presence(&self, node: NodeId) -> Result<Option<Presence>> {
        let statement = Statement::new(
            "SELECT last_seen_at, online_since, left_at FROM node_presence WHERE node_id = $1",
        )
        .bind(node.as_uuid());
        let mut run = self;
        let row = run.row::<(i64, i64, Option<i64>)>(statement).await?;
        Ok(row.and_then(|(seen, since, left)| presence(Some(seen), Some(since), left)))
    }
}

impl Tx {
    /// Notes when the agents of nodes were heard of; the same node must not be among them twice.
    /// Nodes that are gone are left out.
    pub async fn see_nodes(&mut self, seen: &[Sighting]) -> Result<()> {
        for seen in seen.chunks(NODES_AT_ONCE) {
            let mut statement = Statement::new(
                "INSERT INTO node_presence (node_id, organization_id, last_seen_at, online_since, left_at) \
                 SELECT nodes.id, nodes.organization_id, v.column2, v.column2, v.column3 FROM (VALUES ",
            );
            for (n, Sighting { node, at, left }) in seen.iter().enumerate() {
                let at = at.as_micros();
                let left_at: Value = if *left { at.into() } else { Value::Int(None) };
                statement.push(if n > 0 { ", " } else { "" });
                statement.push_values([node.as_uuid().into(), at.into(), left_at]);
            }
            statement.push(
                ") AS v JOIN nodes ON nodes.id = v.column1 WHERE true \
                 ON CONFLICT (node_id) DO UPDATE SET online_since = CASE \
                 WHEN node_presence.left_at IS NOT NULL OR node_presence.last_seen_at + ",
            );
            // As `Presence::seen` has it.
            statement.push_value(OFFLINE_SECONDS * 1_000_000);
            statement.push(
                " <= excluded.last_seen_at OR (node_presence.online_since > excluded.last_seen_at \
                 AND node_presence.last_seen_at > excluded.last_seen_at + ",
            );
            statement.push_value(OFFLINE_SECONDS * 1_000_000);
            statement.push(") THEN excluded.last_seen_at ELSE node_presence.online_since END");
            // What was seen later stays, but for what was seen while a clock was ahead.
            for column in ["last_seen_at", "left_at"] {
                statement.push(", ").push(column).push(
                    " = CASE WHEN excluded.last_seen_at >= node_presence.last_seen_at \
                     OR excluded.last_seen_at + ",
                );
                statement.push_value(OFFLINE_SECONDS * 1_000_000);
                statement.push(" < node_presence.last_seen_at THEN excluded.").push(column);
                statement.push(" ELSE node_presence.").push(column).push(" END");
            }
            self.execute(statement).await?;
        }
        Ok(())
    }
}

/// The presence of a row that was read together with others.
#[derive(sqlx::FromRow)]
pub(crate) struct PresenceRow {
    last_seen_at: Option<i64>,
    online_since: Option<i64>,
    left_at: Option<i64>,
}

impl PresenceRow {
    pub(crate) fn presence(&self) -> Option<Presence> {
        presence(self.last_seen_at, self.online_since, self.left_at)
    }
}
