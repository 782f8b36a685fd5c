//! The nodes, for row queries: their columns, and what their agents report.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::presence::{OFFLINE_SECONDS, STALE_SECONDS};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use super::node_row::{LABELS, NodeRow};
use super::nodes::in_part;
use crate::database::run::Run as _;
use crate::database::store::Store;
use crate::error::Result;
use crate::row_query::{Link, Member, RowTable, StoredAs};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The nodes. The member `number` is a short number that no other node of this installation has or had.
pub const ROWS: RowTable = RowTable::of::<NodeRow>("nodes.name", in_part)
    .with(&[
        Member::new("number", NUMBER, StoredAs::Int),
        Member::at_time("status", status, StoredAs::Text),
        Member::at_time("status_since", status_since, StoredAs::Time),
        Member::new("last_seen_at", LAST_SEEN_AT, StoredAs::Time),
        Member::new("facts", "nodes.facts", StoredAs::Json),
    ])
    .linked(&[Link {
        member: Member::new("service_id", "link.service_id", StoredAs::Uuid),
        join: " JOIN service_nodes link ON link.organization_id = nodes.organization_id AND link.node_id = nodes.id",
    }])
    .labelled(|selector| LABELS.conditions(selector));

const NUMBER: &str = "(SELECT m.number FROM node_numbers m WHERE m.node_id = nodes.id)";
const LAST_SEEN_AT: &str = "(SELECT p.last_seen_at FROM node_presence p WHERE p.node_id = nodes.id)";
const OF_NODE: &str = " FROM node_presence p WHERE p.node_id = nodes.id)";

/// The time before which a node was last seen that is now silent for so many seconds.
fn push_silent_since(statement: &mut Statement, now: Timestamp, seconds: i64) {
    statement.push_value(now.plus_seconds(-seconds).as_micros());
}

/// The status of a node, by the same rule as `Presence::status`.
fn status(now: Timestamp) -> Statement {
    let mut sql = Statement::new(
        "coalesce((SELECT CASE WHEN p.left_at IS NOT NULL THEN 'offline' WHEN p.last_seen_at > ",
    );
    push_silent_since(&mut sql, now, STALE_SECONDS);
    sql.push(" THEN 'online' WHEN p.last_seen_at > ");
    push_silent_since(&mut sql, now, OFFLINE_SECONDS);
    sql.push(" THEN 'stale' ELSE 'offline' END").push(OF_NODE).push(", 'unknown')");
    sql
}

/// Since when a node has its status, by the same rule as `Presence::status`.
fn status_since(now: Timestamp) -> Statement {
    let mut sql =
        Statement::new("(SELECT CASE WHEN p.left_at IS NOT NULL THEN p.left_at WHEN p.last_seen_at > ");
    push_silent_since(&mut sql, now, STALE_SECONDS);
    sql.push(" THEN p.online_since WHEN p.last_seen_at > ");
    push_silent_since(&mut sql, now, OFFLINE_SECONDS);
    sql.push(" THEN p.last_seen_at + ").push_number(STALE_SECONDS * 1_000_000);
    sql.push(" ELSE p.last_seen_at + ").push_number(OFFLINE_SECONDS * 1_000_000).push(" END").push(OF_NODE);
    sql
}

impl Store {
    /// How many nodes of each organization have each status at a time, sorted.
    pub async fn nodes_by_status(&self, now: Timestamp) -> Result<Vec<(OrganizationId, String, i64)>> {
        let mut statement = Statement::new("SELECT nodes.organization_id, ");
        statement.push_statement(&status(now));
        statement.push(" AS status, count(*) FROM nodes GROUP BY 1, 2 ORDER BY 1, 2");
        let mut run = self;
        let rows: Vec<(Uuid, String, i64)> = run.rows(StatementName::NodesByStatus, statement).await?;
        let id = |(id, status, count)| (OrganizationId::from_uuid(id), status, count);
        Ok(rows.into_iter().map(id).collect())
    }
}
