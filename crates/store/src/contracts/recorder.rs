//! Runs statements and keeps them.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::page::{Page, PageLimit};
use futures::future::BoxFuture;

use super::file::{Entry, File, Recorded};
use crate::database::run::{Fetched, Run, TakeRows};
use crate::database::store::Store;
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;
use crate::table::list::List;
use crate::table::order::{Order, SortColumn};

/// Runs statements on a store, and keeps them.
pub(super) struct Recorder<'s> {
    store: &'s Store,
    statements: Vec<(StatementName, Statement)>,
}

impl Run for Recorder<'_> {
    fn fetch<'r>(
        &'r mut self,
        name: StatementName,
        statement: Statement,
        bytes: usize,
        rows: &'r mut dyn TakeRows,
    ) -> BoxFuture<'r, Result<Fetched>> {
        self.statements.push((name, statement.clone()));
        Box::pin(async move {
            let mut run = self.store;
            run.fetch(name, statement, bytes, rows).await
        })
    }
}

/// Records the statements of one list.
pub(super) struct Listing<'s> {
    store: &'s Store,
    file: File,
    /// The statements that choose the rows. What is looked up for the rows of a page afterwards is left out.
    names: &'static [StatementName],
}

impl<'s> Listing<'s> {
    pub(super) fn new(store: &'s Store, name: &'static str, names: &'static [StatementName]) -> Self {
        Self { store, file: File { name, entries: Vec::new() }, names }
    }

    pub(super) fn file(self) -> File {
        self.file
    }

    /// Adds an entry with what a list runs.
    pub(super) async fn entry<T>(
        &mut self,
        title: impl Into<String>,
        list: impl AsyncFnOnce(&mut Recorder<'s>) -> Result<T>,
    ) -> T {
        let mut recorder = Recorder { store: self.store, statements: Vec::new() };
        let found = list(&mut recorder).await.unwrap();
        let mut statements = recorder.statements;
        statements.retain(|(name, _)| self.names.contains(name));
        let statements =
            statements.into_iter().map(|(name, statement)| Recorded::new(name, statement)).collect();
        self.file.entries.push(Entry { title: title.into(), statements });
        found
    }

    /// Adds an entry for the first page in each order, and one for the page after it.
    pub(super) async fn orders<C: SortColumn, T>(
        &mut self,
        list: impl AsyncFn(&mut Recorder<'s>, List<C>) -> Result<Page<T>>,
    ) {
        for order in orders::<C>() {
            let title = title(order);
            let first = self.entry(&title, async |run| list(run, page(order, None)).await).await;
            let cursor = first.next_cursor.unwrap_or_else(|| panic!("{title}: the fixture has one page"));
            let after = format!("{title}, after a cursor");
            self.entry(after, async |run| list(run, page(order, Some(cursor))).await).await;
        }
    }
}

/// All orders of a list.
pub(super) fn orders<C: SortColumn>() -> impl Iterator<Item = Order<C>> {
    C::ALL.iter().flat_map(|column| [Order::ascending(*column), Order::descending(*column)])
}

/// The title of the entry of an order.
pub(super) fn title<C: SortColumn>(order: Order<C>) -> String {
    let descending = if order.is_descending { ", descending" } else { "" };
    format!("sorted by {}{descending}", order.column.name())
}

/// A page of the usual size.
pub(super) fn page<C>(sort: Order<C>, cursor: Option<Cursor>) -> List<C> {
    List { limit: PageLimit::default(), cursor, sort, total: false }
}
