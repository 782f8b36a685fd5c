//! Lists: one page at a time, each beginning after the last row of the one before (keyset
//! pagination), so that a page costs the same however far in it is.

use bailiwick_domain::cursor::{Cursor, Mark};
use bailiwick_domain::page::{Page, PageLimit};

use crate::error::{Error, Result};
use crate::run::Run;
use crate::statement::{Row, Statement, Value};

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

impl<S: Sort> List<S> {
    /// Adds the order and the limit to a statement that ends within its `WHERE`, and runs it. Rows
    /// with equal values are put in order by `id_column`. `place` tells a row's value of the sorted column and its id; `id` makes the value of the id
    /// column from a cursor.
    pub(crate) async fn page<R: Run, T: Row>(
        self,
        run: &mut R,
        mut statement: Statement,
        id_column: &'static str,
        id: fn(&str) -> Option<Value>,
        place: fn(&T, S) -> (Mark, String),
    ) -> Result<(Vec<T>, Option<Cursor>)> {
        let sort = self.sort;
        if let Some(cursor) = &self.cursor {
            if cursor.sort() != sort.name() {
                return Err(Error::Cursor);
            }
            let mark: Value = match (cursor.mark(), sort.is_number()) {
                (Mark::Number(number), true) => (*number).into(),
                (Mark::Text(text), false) if !text.contains('\0') => text.as_str().into(),
                _ => return Err(Error::Cursor),
            };
            let id = id(cursor.id()).ok_or(Error::Cursor)?;
            statement.push(" AND (").push(sort.column()).push(", ").push(id_column).push(") ");
            statement.push(if sort.is_descending() { "< (" } else { "> (" });
            statement.push_value(mark).push(", ").push_value(id).push(")");
        }
        let direction = if sort.is_descending() { " DESC" } else { "" };
        statement
            .push(" ORDER BY ")
            .push(sort.column())
            .push(direction)
            .push(", ")
            .push(id_column)
            .push(direction);
        // One more than asked for tells whether there is a next page.
        let limit = self.limit.get() as usize;
        statement.push(" LIMIT ").push_value(i64::from(self.limit.get()) + 1);
        let mut rows: Vec<T> = run.rows(statement).await?;
        let mut next = None;
        if rows.len() > limit {
            rows.truncate(limit);
            next = rows.last().map(|row| {
                let (mark, id) = place(row, sort);
                Cursor::after(sort.name(), mark, id)
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
