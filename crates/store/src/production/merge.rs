//! Moves what is said of a node to the node that it is merged into.

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::time::Timestamp;

use crate::database::store::Tx;
use crate::error::Result;
use crate::production_changes::Outdated;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The tables, each with its name in the statement, and that the node which stays has a row in its place.
const TABLES: [(&str, Option<&str>); 7] = [
    ("operator_runs", None),
    ("rejects", None),
    ("part_corrections", None),
    ("annotations", Some(OVERLAPS)),
    ("job_runs", Some(OVERLAPS)),
    ("calendars", Some("1 = 1")),
    ("goals", Some("o.metric = t.metric")),
];

/// The time of a row `o` overlaps with that of the row `t`.
const OVERLAPS: &str = "o.start_at < coalesce(t.end_at, 9223372036854775807) \
     AND coalesce(o.end_at, 9223372036854775807) > t.start_at";

impl Tx {
    /// Makes what is said of one node be said of another, and increments the revisions. What the other has in the same
    /// place stays, and that of the first is left where it is: annotations and job runs that would overlap, a
    /// calendar, and goals for the same figures.
    pub async fn move_meaning(
        &mut self,
        organization: OrganizationId,
        from: NodeId,
        into: NodeId,
        now: Timestamp,
    ) -> Result<()> {
        for (table, in_place) in TABLES {
            let mut statement = Statement::new("UPDATE ");
            statement.push(table).push(" AS t SET node_id = ").push_value(into.as_uuid());
            statement.push(", revision = revision + 1, updated_at = ").push_value(now.as_micros());
            statement.push(" WHERE t.organization_id = ").push_value(organization.as_uuid());
            statement.push(" AND t.node_id = ").push_value(from.as_uuid());
            if let Some(in_place) = in_place {
                statement.push(" AND NOT EXISTS (SELECT 1 FROM ").push(table);
                statement.push(" o WHERE o.organization_id = t.organization_id AND o.node_id = ");
                statement.push_value(into.as_uuid()).push(" AND ").push(in_place).push(")");
            }
            self.execute(StatementName::MeaningMove, statement).await?;
        }
        self.production_changed(organization, Area::Node(into), Outdated::ALWAYS).await
    }
}
