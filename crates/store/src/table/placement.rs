//! Limits objects that run on nodes or observe nodes to the sites and nodes of a reach.

use bailiwick_domain::reach::OrganizationReach;

use crate::sql::statement::Statement;

/// How the objects of a noun are related to nodes: SQL fragments to which conditions on the node, called
/// `n`, are added.
pub(crate) struct Placement {
    /// ` AND <id> IN (`
    pub(crate) among: &'static str,
    /// `SELECT <id> AS few_id FROM nodes n JOIN … WHERE n.organization_id = `, for each kind of relation to
    /// a node.
    pub(crate) related: &'static [&'static str],
    /// ` AND NOT EXISTS (SELECT 1 FROM … JOIN nodes n … WHERE … AND NOT (`, for each kind of relation.
    pub(crate) unrelated: &'static [&'static str],
}

impl Placement {
    /// Limits a statement that ends inside its `WHERE` clause to objects that are related to at least one
    /// node within the reach's sites and nodes, and to no node outside them.
    pub(crate) fn narrow(&self, statement: &mut Statement, reach: &OrganizationReach) {
        let Some(related) = self.candidate(reach) else { return };
        statement.push(self.among).push_statement(&related).push(")");
        for unrelated in self.unrelated {
            statement.push(unrelated).push("1 = 1");
            push_place(statement, reach);
            statement.push("))");
        }
    }

    /// A query of the ids of objects that are related to a node within the reach, at which a list query may
    /// [start](crate::table::few) if they are few. `None` if the reach has neither sites nor nodes.
    pub(crate) fn candidate(&self, reach: &OrganizationReach) -> Option<Statement> {
        if reach.sites.is_none() && reach.nodes.is_none() {
            return None;
        }
        let mut statement = Statement::new("");
        for (n, related) in self.related.iter().enumerate() {
            // `UNION` removes duplicates: an object may be related to several nodes in several ways.
            statement.push(if n == 0 { "" } else { " UNION " });
            statement.push(related).push_value(reach.organization.as_uuid());
            push_place(&mut statement, reach);
        }
        Some(statement)
    }
}

/// Adds the condition that the node `n` is within the sites and nodes of a reach. Ignores labels.
fn push_place(statement: &mut Statement, reach: &OrganizationReach) {
    if let Some(ids) = &reach.nodes {
        statement.push(" AND n.id IN ").push_values(ids.iter().map(|id| id.as_uuid()));
    }
    if let Some(ids) = &reach.sites {
        statement.push(" AND n.site_id IS NOT NULL AND n.site_id IN ");
        statement.push_values(ids.iter().map(|id| id.as_uuid()));
    }
}
