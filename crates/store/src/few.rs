//! Queries that begin at the few.
//!
//! A page of a list is read in the list's order, row by row, until it is full: quick where much of
//! what is read matches, slow where hardly anything does. So what narrows a list is first counted,
//! not far: if only a few objects meet one condition, the query begins at those and sorts them.

use crate::error::Result;
use crate::run::Run;
use crate::statement::Statement;

/// How many are few. A page in order of 50 from a list where one in a hundred matches reads 5,000
/// rows; this many objects are read and sorted in less.
const FEW: i64 = 1_000;

/// The first of `candidates` that selects only a few. Each is a query of ids, called `few_id`.
pub(crate) async fn first_few<R: Run>(
    run: &mut R,
    candidates: impl IntoIterator<Item = Statement>,
) -> Result<Option<Statement>> {
    for candidate in candidates {
        let mut count = Statement::new("SELECT count(*) FROM (SELECT 1 FROM (");
        count.push_statement(&candidate).push(") AS candidate LIMIT ").push_number(FEW + 1);
        count.push(") AS counted");
        let (found,): (i64,) = run.row(count).await?.unwrap_or_default();
        if found <= FEW {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// `SELECT COLUMNS FROM TABLE`, beginning at a few if there are, up to the organization's id. `whole`
/// is written as `nodes WHERE nodes.organization_id = `, and `table` as ` CROSS JOIN nodes WHERE
/// nodes.id = few_id AND nodes.organization_id IS NOT DISTINCT FROM `: both databases keep to the
/// order of such a join, and PostgreSQL finds each by its id. With `=` it would, of a table that it
/// has no statistics of yet, read the whole organization for each.
pub(crate) fn select(
    columns: &'static str,
    few: Option<&Statement>,
    table: &'static str,
    whole: &'static str,
) -> Statement {
    let mut statement = Statement::new("SELECT ");
    statement.push(columns).push(" FROM ");
    match few {
        Some(few) => statement.push("(").push_statement(few).push(") AS few").push(table),
        None => statement.push(whole),
    };
    statement
}
