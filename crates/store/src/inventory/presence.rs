//! Presence: when the agents of nodes were last seen.

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::presence::{NodeStatus, OFFLINE_SECONDS, Presence, STALE_SECONDS};
use bailiwick_domain::time::Timestamp;

use crate::database::run::Run as _;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::sql::column::Column as _;
use crate::sql::name::StatementName;
use crate::sql::query::{Expression as _, Field, Ids};
use crate::sql::statement::Statement;

/// How many nodes one statement writes.
const NODES_AT_ONCE: usize = 500;

/// A sign of life of a node's agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The node.
    pub node: NodeId,
    /// When the agent was last seen.
    pub at: Timestamp,
    /// Whether the agent said goodbye: it disconnected on purpose.
    pub left: bool,
    /// Whether it is Bailiwick's own agent. What another OpAMP client says of a node counts only while no
    /// agent of ours runs there.
    pub by_ours: bool,
}

/// Builds a presence from its columns; `None` if the node's agent was never seen.
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

const ORGANIZATION: Field<OrganizationId> = Field::new("organization_id");
const NODE: Field<NodeId> = Field::new("node_id");
const LAST_SEEN: Field<Timestamp> = Field::new("last_seen_at");
const LEFT: Field<Timestamp> = Field::new("left_at");

/// The nodes of an organization that have a status at a time. For [`NodeStatus::Unknown`], these are the nodes
/// with any presence, which the caller must exclude.
pub(crate) fn with_status(organization: OrganizationId, status: NodeStatus, now: Timestamp) -> Ids<NodeId> {
    let stale = now.plus_seconds(-STALE_SECONDS);
    let offline = now.plus_seconds(-OFFLINE_SECONDS);
    let conditions = match status {
        NodeStatus::Online => vec![LEFT.missing(), LAST_SEEN.above(&stale)],
        NodeStatus::Stale => {
            vec![LEFT.missing(), LAST_SEEN.above(&offline), LAST_SEEN.at_most(&stale)]
        }
        NodeStatus::Offline => vec![LEFT.present().or(&LAST_SEEN.at_most(&offline))],
        NodeStatus::Unknown => Vec::new(),
    };
    Ids::new(NODE, "node_presence", ORGANIZATION.is(&organization), conditions)
}

impl Store {
    /// When a node's agent was last seen; `None` if it never was.
    pub async fn presence(&self, node: NodeId) -> Result<Option<Presence>> {
        let statement = Statement::new(
            "SELECT last_seen_at, online_since, left_at FROM node_presence WHERE node_id = $1",
        )
        .bind(node.as_uuid());
        let mut run = self;
        let row = run.row::<(i64, i64, Option<i64>)>(StatementName::PresenceGet, statement).await?;
        Ok(row.and_then(|(seen, since, left)| presence(Some(seen), Some(since), left)))
    }
}

impl Tx {
    /// Records when the agents of nodes were last seen. No node may occur twice. Nodes that were deleted are
    /// skipped, and so are nodes whose own agent of Bailiwick was deleted after it was seen.
    pub async fn see_nodes(&mut self, seen: &[Sighting]) -> Result<()> {
        for seen in seen.chunks(NODES_AT_ONCE) {
            let rows = seen.iter().map(|Sighting { node, at, left, by_ours }| {
                [node.as_uuid().into(), at.value(), left.then_some(*at).value(), (*by_ours).into()]
            });
            let mut statement = Statement::with("node_id, seen_at, left_at, by_ours", rows);
            statement.push(
                "INSERT INTO node_presence (node_id, organization_id, last_seen_at, online_since, left_at) \
                 SELECT nodes.id, nodes.organization_id, v.seen_at, v.seen_at, v.left_at \
                 FROM v JOIN nodes ON nodes.id = v.node_id WHERE v.by_ours = EXISTS \
                 (SELECT 1 FROM agents a WHERE a.organization_id = nodes.organization_id \
                 AND a.runs_on_id = nodes.id AND a.type = 'bailiwick_agent') \
                 ON CONFLICT (node_id) DO UPDATE SET online_since = CASE \
                 WHEN node_presence.left_at IS NOT NULL OR node_presence.last_seen_at + ",
            );
            // The same rule as in `Presence::seen`.
            statement.push_value(OFFLINE_SECONDS * 1_000_000);
            statement.push(
                " <= excluded.last_seen_at OR (node_presence.online_since > excluded.last_seen_at \
                 AND node_presence.last_seen_at > excluded.last_seen_at + ",
            );
            statement.push_value(OFFLINE_SECONDS * 1_000_000);
            statement.push(") THEN excluded.last_seen_at ELSE node_presence.online_since END");
            // A later stored time is kept, unless it is so much later that it was written while a clock was
            // ahead.
            for column in ["last_seen_at", "left_at"] {
                statement.push(", ").push(column).push(
                    " = CASE WHEN excluded.last_seen_at >= node_presence.last_seen_at \
                     OR excluded.last_seen_at + ",
                );
                statement.push_value(OFFLINE_SECONDS * 1_000_000);
                statement.push(" < node_presence.last_seen_at THEN excluded.").push(column);
                statement.push(" ELSE node_presence.").push(column).push(" END");
            }
            self.execute(StatementName::PresenceWrite, statement).await?;
        }
        Ok(())
    }
}

/// The presence columns of a row that is read together with others.
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
