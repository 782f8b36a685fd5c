//! Paginated lists. Each page begins after the last row of the previous one (keyset pagination), so a page
//! costs the same no matter how far into the list it is.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::page::{Page, PageLimit, TOTAL_MAX, Total};

use crate::database::run::{Rows, Run};
use crate::error::{Error, Result};
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Select};
use crate::sql::statement::{Row, Statement, Value};
use crate::table::order::{
    InList, Listed, Order, TRACK_COLUMNS, columns_of, cursor_after, push_order, values_in,
};

/// The most bytes that the rows of one page may have in the database. A page of large objects has fewer
/// items than were asked for, but at least one.
const PAGE_BYTES: usize = 2 << 20;

/// How many items are counted: one more than a total shows, which tells whether there are more.
pub(crate) const COUNTED_MAX: i64 = TOTAL_MAX as i64 + 1;

/// The page of a list that is asked for, and the list's order.
#[derive(Clone, Debug)]
pub struct List<C> {
    /// The most items on the page.
    pub limit: PageLimit,
    /// The cursor after which the page begins; `None` for the first page.
    pub cursor: Option<Cursor>,
    /// The order.
    pub sort: Order<C>,
    /// Whether to count the items of all pages, up to [`TOTAL_MAX`].
    pub total: bool,
}

/// The part of a list that one page shows: the list's order, the place after which the page begins, and its
/// length. The place can only come from a cursor of the same order.
pub(crate) struct PageRequest<C> {
    order: Order<C>,
    limit: u32,
    /// The values of the order's columns in the last row of the previous page.
    after: Option<Vec<Value>>,
    /// Whether the items of all pages are counted.
    total: bool,
}

impl Select {
    /// All rows in an order, for lists that are so short that they have no pages.
    pub(crate) fn sorted<C: Listed>(self, order: Order<C>) -> Statement {
        let mut statement = self.statement();
        push_order(&order, &mut statement, columns_of(order));
        statement
    }
}

impl<C: Listed> PageRequest<C> {
    /// The page of a list that is asked for. [`Error::Cursor`] if its cursor belongs to another list or order.
    pub(crate) fn of(list: &List<C>) -> Result<Self> {
        let after = list.cursor.as_ref().map(|cursor| values_in(list.sort, cursor)).transpose()?;
        Ok(Self { order: list.sort, limit: list.limit.get(), after, total: list.total })
    }

    pub(crate) const fn order(&self) -> Order<C> {
        self.order
    }

    /// The condition that rows come after the previous page, with these columns instead of the order's own.
    fn begins(&self, columns: impl Iterator<Item = &'static str>) -> Option<Condition> {
        let values = self.after.clone()?;
        Some(Condition::comes_after(columns.zip(values).collect(), self.order.is_descending))
    }

    /// The condition that rows of a [track](crate::table::track) come after the previous page.
    pub(crate) fn begins_on_track(&self) -> Option<Condition> {
        self.begins(TRACK_COLUMNS.into_iter())
    }

    /// Adds the order of a track.
    pub(crate) fn sort_track(&self, statement: &mut Statement) {
        push_order(&self.order, statement, TRACK_COLUMNS.into_iter());
    }

    /// Adds the limit: one row more than asked for, which shows whether there is a next page.
    pub(crate) fn limit(&self, statement: &mut Statement) {
        statement.push(" LIMIT ").push_number(i64::from(self.limit) + 1);
    }

    /// Whether the items of all pages are counted.
    pub(crate) const fn counts(&self) -> bool {
        self.total
    }

    /// The page's rows of a query of all rows of the list, which are counted too if that is asked for.
    pub(crate) fn page_of(self, select: Select) -> PageStatement<C> {
        let count = self.total.then(|| select.counted(COUNTED_MAX));
        let mut statement = select.and_all(self.begins(columns_of(self.order))).statement();
        push_order(&self.order, &mut statement, columns_of(self.order));
        self.limit(&mut statement);
        PageStatement { statement, request: self, count }
    }

    /// The page's rows of a query that begins at a track after the previous page already. `count` is the query of how
    /// many rows all pages have, if they are counted.
    pub(crate) fn page_on_track(self, select: Select, count: Option<Statement>) -> PageStatement<C> {
        let mut statement = select.statement();
        self.sort_track(&mut statement);
        self.limit(&mut statement);
        PageStatement { statement, request: self, count }
    }
}

/// The complete statement of one page.
pub(crate) struct PageStatement<C> {
    statement: Statement,
    request: PageRequest<C>,
    /// The query that counts the items of all pages.
    count: Option<Statement>,
}

impl<C: Listed> PageStatement<C> {
    /// Reads the rows.
    pub(crate) async fn rows<R: Run, T: Row + InList<C>>(
        self,
        name: StatementName,
        run: &mut R,
    ) -> Result<Page<T>> {
        let Self { statement, request, count } = self;
        let Rows { mut rows, is_cut, .. } = run.rows_within(name, statement, PAGE_BYTES).await?;
        let mut next = None;
        let limit = request.limit as usize;
        if is_cut || rows.len() > limit {
            rows.truncate(limit);
            next = rows.last().map(|row| cursor_after(request.order, row));
        }
        let mut total = None;
        if let Some(count) = count {
            let (counted,) = run.row(StatementName::ListsTotal, count).await?.unwrap_or_default();
            total = Some(Total::of(counted));
        }
        Ok(Page { items: rows, next_cursor: next, total })
    }

    /// Reads the rows as a page of domain objects.
    pub(crate) async fn page<R: Run, T: Row + InList<C>, U: TryFrom<T, Error = Error>>(
        self,
        name: StatementName,
        run: &mut R,
    ) -> Result<Page<U>> {
        page_of(self.rows::<R, T>(name, run).await?)
    }
}

/// Converts a page of rows to a page of domain objects.
pub(crate) fn page_of<T, U>(rows: Page<T>) -> Result<Page<U>>
where
    U: TryFrom<T, Error = Error>,
{
    let (rows, page) = rows.taken();
    Ok(page.with(rows.into_iter().map(U::try_from).collect::<Result<_>>()?))
}
