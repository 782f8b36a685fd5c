//! Lists: one page at a time, each beginning after the last row of the one before (keyset
//! pagination), so that a page costs the same however far in it is.

use bailiwick_domain::cursor::{Cursor, Mark};
use bailiwick_domain::page::{Page, PageLimit};

use crate::error::{Error, Result};
use crate::run::{Rows, Run};
use crate::statement::{Row, Statement, Value};

/// The most bytes that the rows of one page have in the database. A page of large objects has fewer than were
/// asked for, but at least one.
const PAGE_BYTES: usize = 2 << 20;

/// An order that a list can be had in.
pub trait Sort: Copy + Send + Sync {
    /// Its name in the API, `-` first if descending: `name`, `-created_at`.
    fn name(self) -> &'static str;

    /// The column it sorts by.
    fn column(self) -> &'static str {
        self.name().trim_start_matches('-')
    }

    /// Whether the last comes first.
    fn is_descending(self) -> bool {
        self.name().starts_with('-')
    }

    /// Whether the column holds numbers, not texts.
    fn is_number(self) -> bool {
        self.column().ends_with("_at") || self.column() == "number"
    }
}

/// Which page of a list, in which order.
#[derive(Clone, Debug)]
pub struct List<S> {
    /// The most items.
    pub limit: PageLimit,
    /// Where it begins; at the beginning if `None`.
    pub cursor: Option<Cursor>,
    /// The order.
    pub sort: S,
}

/// A page of which it is known where it begins.
pub(crate) struct Ordered<S> {
    pub(crate) sort: S,
    limit: u32,
    /// The sorted value and the id after which it begins.
    after: Option<[Value; 2]>,
}

impl<S: Sort> List<S> {
    /// Reads the cursor. `id` makes the value of the id column from its text.
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

    /// Adds the order and the limit to a statement that ends within its `WHERE`, and runs it. Rows
    /// with equal values are put in order by `id_column`. `place` tells a row's value of the sorted
    /// column and its id; `id` makes the value of the id column from a cursor.
    pub(crate) async fn page<R: Run, T: Row>(
        self,
        run: &mut R,
        mut statement: Statement,
        id_column: &'static str,
        id: fn(&str) -> Option<Value>,
        place: fn(&T, S) -> (Mark, String),
    ) -> Result<(Vec<T>, Option<Cursor>)> {
        let ordered = self.ordered(id)?;
        let columns = [ordered.sort.column(), id_column];
        ordered.push_after(&mut statement, columns);
        ordered.page(run, statement, columns, place).await
    }
}

impl<S: Sort> Ordered<S> {
    /// Adds where the page begins to a statement that ends within its `WHERE`; `columns` are that
    /// which is sorted by and that of the id.
    pub(crate) fn push_after(&self, statement: &mut Statement, columns: [&'static str; 2]) {
        if let Some([mark, id]) = &self.after {
            statement.push(" AND (").push(columns[0]).push(", ").push(columns[1]).push(") ");
            statement.push(if self.sort.is_descending() { "< (" } else { "> (" });
            statement.push_value(mark.clone()).push(", ").push_value(id.clone()).push(")");
        }
    }

    /// Adds the order.
    pub(crate) fn push_order(&self, statement: &mut Statement, columns: [&'static str; 2]) {
        let direction = if self.sort.is_descending() { " DESC" } else { "" };
        statement.push(" ORDER BY ").push(columns[0]).push(direction);
        statement.push(", ").push(columns[1]).push(direction);
    }

    /// Adds the limit: one more than was asked for, which tells whether there is a next page.
    pub(crate) fn push_limit(&self, statement: &mut Statement) {
        statement.push(" LIMIT ").push_number(i64::from(self.limit) + 1);
    }

    /// Adds the order and the limit to a statement that begins where the page does, and runs it.
    pub(crate) async fn page<R: Run, T: Row>(
        self,
        run: &mut R,
        mut statement: Statement,
        columns: [&'static str; 2],
        place: fn(&T, S) -> (Mark, String),
    ) -> Result<(Vec<T>, Option<Cursor>)> {
        self.push_order(&mut statement, columns);
        self.push_limit(&mut statement);
        let Rows { mut rows, is_cut, .. } = run.rows_within(statement, PAGE_BYTES).await?;
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

/// A page of rows as a page of domain objects.
pub(crate) fn page_of<T, U>(rows: Vec<T>, next: Option<Cursor>) -> Result<Page<U>>
where
    U: TryFrom<T, Error = Error>,
{
    let items = rows.into_iter().map(U::try_from).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: next })
}
