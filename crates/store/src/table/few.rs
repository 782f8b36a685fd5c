//! Chooses where a list query starts: if one filter matches at most 1,000 rows, at those rows; otherwise at
//! the beginning of the list, in its order.
//!
//! A page is normally read in the list's order, row by row, until it is full. This is fast if many rows
//! match and slow if hardly any do. So the matches of each filter are counted first, up to a limit. If there
//! are only a few, the query fetches those and sorts them.

use crate::database::run::Run;
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::query::Ids;
use crate::sql::statement::Statement;

/// How many rows count as few. Filling a page of 50 in the list's order, from a list where one row in a
/// hundred matches, reads 5,000 rows; reading and sorting this many is faster.
const FEW: i64 = 1_000;

/// Returns the first of `candidates` that selects only a few rows. `name` is the name of the statement that
/// counts.
pub(crate) async fn first_few<R: Run, T>(
    name: StatementName,
    run: &mut R,
    candidates: impl IntoIterator<Item = Ids<T>>,
) -> Result<Option<Ids<T>>> {
    for candidate in candidates {
        let mut count = Statement::new("SELECT count(*) FROM (SELECT 1 FROM (");
        count.push_statement(candidate.statement()).push(") AS candidate LIMIT ").push_number(FEW + 1);
        count.push(") AS counted");
        let (found,): (i64,) = run.row(name, count).await?.unwrap_or_default();
        if found <= FEW {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}
