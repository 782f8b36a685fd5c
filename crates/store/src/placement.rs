//! Where things are: what a reach of sites and nodes means for what runs on nodes or observes them.

use bailiwick_domain::reach::OrganizationReach;

use crate::statement::Statement;

/// How objects of a noun have to do with nodes, as SQL to which conditions on nodes, called `n`,
/// are added.
pub(crate) struct Placement {
    /// ` AND <id> IN (`
    pub(crate) among: &'static str,
    /// `SELECT <id> AS few_id FROM nodes n JOIN … WHERE n.organization_id = `, for each way to have
    /// to do with a node.
    pub(crate) related: &'static [&'static str],
    /// ` AND NOT EXISTS (SELECT 1 FROM … JOIN nodes n … WHERE … AND NOT (`, for each way.
    pub(crate) unrelated: &'static [&'static str],
}

impl Placement {
    /// Narrows a statement that ends within its `WHERE` to what has to do with a node of the sites
    /// and nodes of a reach, and with no other node.
    pub(crate) fn narrow(&self, statement: &mut Statement, reach: &OrganizationReach) {
        let Some(related) = self.candidate(reach) else { return };
        statement.push(self.among).push_statement(&related).push(")");
        for unrelated in self.unrelated {
            statement.push(unrelated).push("1 = 1");
            push_place(statement, reach);
            statement.push("))");
        }
    }

    /// The ids of what has to do with such a node: what a query may [begin at](crate::few) if they
    /// are few. `None` if neither sites nor nodes narrow.
    pub(crate) fn candidate(&self, reach: &OrganizationReach) -> Option<Statement> {
        if reach.sites.is_none() && reach.nodes.is_none() {
            return None;
        }
        let mut statement = Statement::new("");
        for (n, related) in self.related.iter().enumerate() {
            // Each once, though it may have to do with several nodes in several ways.
            statement.push(if n == 0 { "" } else { " UNION " });
            statement.push(related).push_value(reach.organization.as_uuid());
            push_place(&mut statement, reach);
        }
        Some(statement)
    }
}

/// Adds that the node `n` is among the sites and nodes of a reach, whatever its labels.
fn push_place(statement: &mut Statement, reach: &OrganizationReach) {
    if let Some(ids) = &reach.nodes {
        statement.push(" AND n.id IN ").push_values(ids.iter().map(|id| id.as_uuid()));
    }
    if let Some(ids) = &reach.sites {
        statement.push(" AND n.site_id IS NOT NULL AND n.site_id IN ");
        statement.push_values(ids.iter().map(|id| id.as_uuid()));
    }
}
