//! Chooses where a list query starts: if one filter matches at most 1,000 rows, at those rows; otherwise at
//! the beginning of the list, in its order.
//!
//! A page is normally read in the list's order, row by row, until it is full. This is fast if many rows
//! match and slow if hardly any do. So the matches of each filter are counted first, up to a limit. If there
//! are only a few, the query fetches those and sorts them.

use crate::database::run::Run;
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many rows count as few. Filling a page of 50 in the list's order, from a list where one row in a
/// hundred matches, reads 5,000 rows; reading and sorting this many is faster.
const FEW: i64 = 1_000;

/// Returns the first of `candidates` that selects only a few rows. Each is a query of ids, called `few_id`.
/// `name` is the name of the statement that counts.
pub(crate) async fn first_few<R: Run>(
    name: StatementName,
    run: &mut R,
    candidates: impl IntoIterator<Item = Statement>,
) -> Result<Option<Statement>> {
    for candidate in candidates {
        let mut count = Statement::new("SELECT count(*) FROM (SELECT 1 FROM (");
        count.push_statement(&candidate).push(") AS candidate LIMIT ").push_number(FEW + 1);
        count.push(") AS counted");
        let (found,): (i64,) = run.row(name, count).await?.unwrap_or_default();
        if found <= FEW {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// Begins `SELECT columns FROM …`, at the rows of `few` if given, up to where the organization's id follows.
/// `whole` looks like `nodes WHERE nodes.organization_id = `, and `table` like ` CROSS JOIN nodes WHERE
/// nodes.id = few_id AND nodes.organization_id IS NOT DISTINCT FROM `. Both databases keep the order of such
/// a join, and PostgreSQL finds each row by its id. With `=` instead of `IS NOT DISTINCT FROM`, PostgreSQL
/// would read the whole organization for each id if the table has no statistics yet.
pub(crate) fn select(
    columns: &[&'static str],
    few: Option<&Statement>,
    table: &'static str,
    whole: &'static str,
) -> Statement {
    let mut statement = Statement::new("SELECT ");
    for columns in columns {
        statement.push(columns);
    }
    statement.push(" FROM ");
    match few {
        Some(few) => statement.push("(").push_statement(few).push(") AS few").push(table),
        None => statement.push(whole),
    };
    statement
}
