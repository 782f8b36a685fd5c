//! Slow statements that wait until their plan is logged.

use tracing::Span;

use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The longest SQL text whose plan is asked for, in bytes.
const SQL_MAX: usize = 32 << 10;
/// A slow statement whose plan is to be logged.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) name: StatementName,
    pub(crate) sql: String,
    /// PostgreSQL's types of the placeholders.
    pub(crate) types: Vec<&'static str>,
    /// The operation that the statement belongs to, for the line in the log.
    pub(crate) of: Span,
}

impl Planned {
    /// `None` if the statement is too long.
    pub(crate) fn of(name: StatementName, statement: &Statement) -> Option<Self> {
        let sql = statement.sql();
        (sql.len() <= SQL_MAX).then(|| Self {
            name,
            sql: sql.to_owned(),
            types: statement.types().collect(),
            of: Span::current(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_is_too_long_has_no_plan() {
        let mut statement = Statement::new("SELECT 1 WHERE 1 IN ");
        statement.push_values(std::iter::repeat_n(1_i64, SQL_MAX / 4));
        assert!(Planned::of(StatementName::NodesGet, &statement).is_none());
        assert!(Planned::of(StatementName::NodesGet, &Statement::new("SELECT 1")).is_some());
    }
}
