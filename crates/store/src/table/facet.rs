//! Facets: how many objects that match a filter have each value of one property.

use crate::database::run::Run;
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::query::Select;
use crate::sql::statement::{Row, Statement};

/// The most objects that a facet looks at.
pub(crate) const FACET_MAX: usize = 100_000;
/// The most values that a facet has: the most frequent ones.
const FACET_VALUES_MAX: usize = 50;

/// How many objects have each value of one property; `None` stands for objects without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet<V> {
    /// The values, the most frequent first; at most 50.
    pub counts: Vec<(Option<V>, i64)>,
    /// Whether all objects were looked at. If not, there are more of each than the count says.
    pub exact: bool,
}

impl<V> Facet<V> {
    /// The same counts of other values.
    pub fn try_map<U, E>(
        self,
        mut make: impl FnMut(V) -> std::result::Result<U, E>,
    ) -> std::result::Result<Facet<U>, E> {
        let counts = self.counts.into_iter();
        let counts = counts.map(|(value, count)| Ok((value.map(&mut make).transpose()?, count)));
        Ok(Facet { counts: counts.collect::<std::result::Result<_, E>>()?, exact: self.exact })
    }
}

/// Reads a facet. `select` finds the objects, and has their values in the column `value`.
pub(crate) async fn facet<R: Run, V>(run: &mut R, select: Select) -> Result<Facet<V>>
where
    (Option<V>, i64, i64): Row,
{
    let mut statement =
        Statement::new("SELECT value, count(*), CAST(sum(count(*)) OVER () AS BIGINT) FROM (");
    statement.push_statement(&select.statement());
    statement.push(" LIMIT ").push_number(FACET_MAX as i64 + 1);
    statement.push(") AS counted GROUP BY value ORDER BY count(*) DESC, value LIMIT ");
    statement.push_number(FACET_VALUES_MAX as i64);
    let rows: Vec<(Option<V>, i64, i64)> = run.rows(StatementName::ListsFacet, statement).await?;
    let exact = rows.first().is_none_or(|(.., all)| *all <= FACET_MAX as i64);
    Ok(Facet { counts: rows.into_iter().map(|(value, count, _)| (value, count)).collect(), exact })
}
