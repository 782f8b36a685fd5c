//! The SQL condition that a series has a metric of a host itself.

use bailiwick_domain::observations::host::HOST_METRICS;

use crate::sql::statement::Statement;

/// Adds the condition that `column`, which contains the keys of metrics, is a metric of a host itself.
pub(crate) fn push_is_of_host(statement: &mut Statement, column: &'static str) {
    statement.push("(");
    for (place, beginning) in HOST_METRICS.into_iter().enumerate() {
        if place > 0 {
            statement.push(" OR ");
        }
        // Not LIKE, whose pattern would have to be escaped, and which does not tell upper from lower case on SQLite.
        statement.push("substr(").push(column).push(", 1, ");
        statement.push_number(u32::try_from(beginning.len()).unwrap_or(u32::MAX));
        statement.push(") = ").push_value(beginning);
    }
    statement.push(")");
}
