//! Paginated lists. Each page begins after the last row of the previous one (keyset pagination), so a page
//! costs the same no matter how far into the list it is.

use bailiwick_domain::cursor::{Cursor, Mark};
use bailiwick_domain::page::{Page, PageLimit};

use crate::database::run::{Rows, Run};
use crate::error::{Error, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::{Row, Statement, Value};

/// The most bytes that the rows of one page may have in the database. A page of large objects has fewer
/// items than were asked for, but at least one.
const PAGE_BYTES: usize = 2 << 20;

/// An order in which a list can be sorted.
pub trait Sort: Copy + Send + Sync {
    /// Its name in the API, with a leading `-` if descending: `name`, `-created_at`.
    fn name(self) -> &'static str;

    /// The column it sorts by.
    fn column(self) -> &'static str {
        self.name().trim_start_matches('-')
    }

    /// Whether the list starts with the greatest value.
    fn is_descending(self) -> bool {
        self.name().starts_with('-')
    }

    /// Whether the column holds numbers (otherwise texts).
    fn is_number(self) -> bool {
        self.column().ends_with("_at") || self.column() == "number"
    }
}

/// The page of a list that is asked for, and the list's order.
#[derive(Clone, Debug)]
pub struct List<S> {
    /// The most items on the page.
    pub limit: PageLimit,
    /// The cursor after which the page begins; `None` for the first page.
    pub cursor: Option<Cursor>,
    /// The order.
    pub sort: S,
}

/// A page request whose cursor has been decoded.
pub(crate) struct Ordered<S> {
    pub(crate) sort: S,
    limit: u32,
    /// The position after which the page begins: the value of the sort column, and the id.
    after: Option<[Value; 2]>,
}

impl<S: Sort> List<S> {
    /// Decodes the cursor. `id` parses the id in it to a value of the id column. [`Error::Cursor`] if the
    /// cursor belongs to another list or order.
    pub(crate) fn ordered(self, id: fn(&str) -> Option<Value>) -> Result<Ordered<S>> {
        let sort = self.sort;
        let mut after = None;
        if let Some(cursor) = &self.cursor {
            if cursor.sort() != sort.name() {
                return Err(Error::Cursor);
            }
            let mark: Value = match (cursor.mark(), sort.is_number()) {
                (Mark::Number(number), true) => (*number).into(),
                (Mark::Text(text), false) if !text.contains('\0') => text.as_str().into(),
                _ => return Err(Error::Cursor),
            };
            after = Some([mark, id(cursor.id()).ok_or(Error::Cursor)?]);
        }
        Ok(Ordered { sort, limit: self.limit.get(), after })
    }

    /// Adds the page's start, order and limit to a statement that ends inside its `WHERE` clause, and runs
    /// it. `id_column` breaks ties between rows with equal values. `place` returns a row's sort value and
    /// id, for the next cursor; `id` parses the id in a cursor.
    pub(crate) async fn page<R: Run, T: Row>(
        self,
        name: StatementName,
        run: &mut R,
        mut statement: Statement,
        id_column: &'static str,
        id: fn(&str) -> Option<Value>,
        place: fn(&T, S) -> (Mark, String),
    ) -> Result<(Vec<T>, Option<Cursor>)> {
        let ordered = self.ordered(id)?;
        let columns = [ordered.sort.column(), id_column];
        ordered.push_after(&mut statement, columns);
        ordered.page(name, run, statement, columns, place).await
    }
}

impl<S: Sort> Ordered<S> {
    /// Adds the condition that rows come after the cursor to a statement that ends inside its `WHERE`
    /// clause. `columns` are the sort column and the id column.
    pub(crate) fn push_after(&self, statement: &mut Statement, columns: [&'static str; 2]) {
        if let Some([mark, id]) = &self.after {
            statement.push(" AND (").push(columns[0]).push(", ").push(columns[1]).push(") ");
            statement.push(if self.sort.is_descending() { "< (" } else { "> (" });
            statement.push_value(mark.clone()).push(", ").push_value(id.clone()).push(")");
        }
    }

    /// Adds the `ORDER BY` clause.
    pub(crate) fn push_order(&self, statement: &mut Statement, columns: [&'static str; 2]) {
        let direction = if self.sort.is_descending() { " DESC" } else { "" };
        statement.push(" ORDER BY ").push(columns[0]).push(direction);
        statement.push(", ").push(columns[1]).push(direction);
    }

    /// Adds the limit: one row more than asked for, which shows whether there is a next page.
    pub(crate) fn push_limit(&self, statement: &mut Statement) {
        statement.push(" LIMIT ").push_number(i64::from(self.limit) + 1);
    }

    /// Adds the order and the limit to a statement that already begins after the cursor, and runs it.
    pub(crate) async fn page<R: Run, T: Row>(
        self,
        name: StatementName,
        run: &mut R,
        mut statement: Statement,
        columns: [&'static str; 2],
        place: fn(&T, S) -> (Mark, String),
    ) -> Result<(Vec<T>, Option<Cursor>)> {
        self.push_order(&mut statement, columns);
        self.push_limit(&mut statement);
        let Rows { mut rows, is_cut, .. } = run.rows_within(name, statement, PAGE_BYTES).await?;
        let mut next = None;
        let limit = self.limit as usize;
        if is_cut || rows.len() > limit {
            rows.truncate(limit);
            next = rows.last().map(|row| {
                let (mark, id) = place(row, self.sort);
                Cursor::after(self.sort.name(), mark, id)
            });
        }
        Ok((rows, next))
    }
}

/// Converts a page of rows to a page of domain objects.
pub(crate) fn page_of<T, U>(rows: Vec<T>, next: Option<Cursor>) -> Result<Page<U>>
where
    U: TryFrom<T, Error = Error>,
{
    let items = rows.into_iter().map(U::try_from).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: next })
}
