//! Tracks: sets of objects that share something, such as a label or a site, and that an index already holds in
//! the order of a list.

use bailiwick_domain::selector::Requirement;

use crate::sql::query::{Condition, Select};
use crate::sql::statement::Statement;
use crate::table::list::PageRequest;
use crate::table::order::{Listed, Order, TRACK_COLUMNS, push_order};

/// A query of objects that an index returns in the order of a list's column `C`.
pub(crate) struct Track<'s, C> {
    /// The column that the index is sorted by. Only lists in its order follow the track.
    by: C,
    /// The query, which selects the id as `few_id` and the sort column as `few_order`.
    rows: Statement,
    /// The label requirement that every object on this track meets, if the track comes from one.
    meets: Option<&'s Requirement>,
}

impl<'s, C: Listed> Track<'s, C> {
    /// The rows of `tables` that meet conditions. `columns` selects `few_id` and `few_order`, the column `by`,
    /// by which an index on what the conditions compare is sorted.
    pub(crate) fn new(
        by: C,
        columns: &'static str,
        tables: &'static str,
        first: Condition,
        second: Condition,
    ) -> Self {
        Self { by, rows: Select::new(columns, tables, first).and(second).into(), meets: None }
    }

    /// The rows of several tracks of the column `by`, in one direction. An index has the rows of each of them in
    /// order, and both databases merge them if each part has an `ORDER BY`.
    pub(crate) fn merged(by: C, is_descending: bool, parts: Vec<Self>) -> Option<Self> {
        let mut parts = parts.into_iter();
        if parts.len() < 2 {
            return parts.next();
        }
        let order = Order { column: by, is_descending };
        let mut rows = Statement::new("");
        for (n, mut part) in parts.enumerate() {
            push_order(&order, &mut part.rows, TRACK_COLUMNS.into_iter());
            rows.push(if n == 0 { "" } else { " UNION ALL " }).push("SELECT few_id, few_order FROM (");
            rows.push_statement(&part.rows).push(") AS one");
        }
        Some(Self { by, rows, meets: None })
    }

    /// Notes that every object on the track meets a requirement.
    pub(crate) fn meeting(self, requirement: &'s Requirement) -> Self {
        Self { meets: Some(requirement), ..self }
    }

    /// Whether every object on the track meets a requirement for sure.
    pub(crate) fn meets(&self, requirement: &Requirement) -> bool {
        self.meets == Some(requirement)
    }

    /// Whether a list in this order can follow the track.
    pub(crate) fn fits(&self, order: Order<C>) -> bool {
        self.by == order.column
    }

    /// Begins a query of `columns` of the objects on the track after the previous page.
    pub(crate) fn after(&self, columns: &'static str, request: &PageRequest<C>) -> Statement {
        let mut statement = Statement::new("SELECT ");
        statement.push(columns).push(" FROM (").push_statement(&self.rows).push(") AS track WHERE 1 = 1");
        statement.and_all(request.begins_on_track());
        statement
    }
}
