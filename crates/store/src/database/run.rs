//! Runs statements: reads on a pool, reads and writes in a transaction.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{TryStream, TryStreamExt as _};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{
    AssertSqlSafe, Connection as _, Database, Decode, Postgres, Row as _, Sqlite, TypeInfo as _,
    ValueRef as _,
};
use tracing::Instrument as _;

use crate::database::interrupt::Interrupt;
use crate::database::long_work::LARGE;
use crate::database::shares::Turn;
use crate::database::store::{Pool, Store, Transaction, Tx};
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::{Row, Statement, Value};

/// How long a statement whose request was dropped may take to end before its connection is given up. Longer than
/// PostgreSQL lets it run.
const ABANDONED_PATIENCE: Duration = Duration::from_secs(90);

/// After how many rows other tasks have their turn. As many take less than a millisecond.
const ROWS_IN_A_TURN: u64 = 512;

/// The rows that a statement returned.
#[doc(hidden)]
#[derive(Debug)]
pub struct Rows<T> {
    pub(crate) rows: Vec<T>,
    /// Whether more rows followed that did not fit into the limit.
    pub(crate) is_cut: bool,
}

/// Takes the rows of a statement, one by one.
#[doc(hidden)]
pub trait TakeRows: Send {
    fn sqlite(&mut self, row: &SqliteRow) -> sqlx::Result<()>;
    fn postgres(&mut self, row: &PgRow) -> sqlx::Result<()>;
}

impl<T: Row> TakeRows for Vec<T> {
    fn sqlite(&mut self, row: &SqliteRow) -> sqlx::Result<()> {
        self.push(T::from_row(row)?);
        Ok(())
    }

    fn postgres(&mut self, row: &PgRow) -> sqlx::Result<()> {
        self.push(T::from_row(row)?);
        Ok(())
    }
}

/// What a statement returned, without the rows.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Fetched {
    rows: u64,
    /// The size of the rows in bytes, as the database sent them; 0 if the read had no limit.
    bytes: usize,
    /// Whether more rows followed that did not fit into the limit.
    is_cut: bool,
}

/// Reads rows until their total size would exceed `most` bytes, but at least one. `size` measures a row. The rows are
/// taken as they arrive, and other tasks have their turn in between.
async fn read<R>(
    mut stream: impl TryStream<Ok = R, Error = sqlx::Error> + Unpin,
    size: fn(&R) -> usize,
    most: usize,
    take: &mut (dyn FnMut(&R) -> sqlx::Result<()> + Send),
) -> sqlx::Result<Fetched> {
    let mut fetched = Fetched::default();
    while let Some(row) = stream.try_next().await? {
        if most < usize::MAX {
            let bytes = fetched.bytes.saturating_add(size(&row));
            if bytes > most && fetched.rows > 0 {
                fetched.is_cut = true;
                break;
            }
            fetched.bytes = bytes;
        }
        take(&row)?;
        fetched.rows = fetched.rows.saturating_add(1);
        if fetched.rows.is_multiple_of(ROWS_IN_A_TURN) {
            tokio::task::yield_now().await;
        }
    }
    Ok(fetched)
}

/// The size of a row's values in bytes.
fn postgres_bytes(row: &PgRow) -> usize {
    let bytes = |column| row.try_get_raw(column).ok()?.as_bytes().ok().map(<[u8]>::len);
    (0..row.len()).filter_map(bytes).sum()
}

/// The size of a row's texts and blobs in bytes; its other values are small.
fn sqlite_bytes(row: &SqliteRow) -> usize {
    let bytes = |column| {
        let value = row.try_get_raw(column).ok()?;
        let is_long = matches!(value.type_info().name(), "TEXT" | "BLOB");
        let bytes = is_long.then(|| <&[u8] as Decode<Sqlite>>::decode(value))?;
        bytes.ok().map(<[u8]>::len)
    };
    (0..row.len()).filter_map(bytes).sum()
}

/// A connection that runs a statement of a request. If the request is dropped meanwhile, the statement is
/// interrupted (on PostgreSQL it ends by [its timeout](crate::database::steering)). The turn continues until the
/// database has ended the statement, so that a client that hangs up and retries does not get more than its share.
struct Lent<D: Database> {
    connection: Option<PoolConnection<D>>,
    turn: Option<Arc<Turn>>,
    interrupt: Option<Interrupt>,
}

impl Lent<Sqlite> {
    async fn on_sqlite(
        mut connection: PoolConnection<Sqlite>,
        turn: Option<&Arc<Turn>>,
    ) -> sqlx::Result<Self> {
        let interrupt = turn.is_some().then(Interrupt::default);
        if let Some(interrupt) = &interrupt {
            interrupt.watch(&mut connection).await?;
        }
        Ok(Self { connection: Some(connection), turn: turn.cloned(), interrupt })
    }
}

impl Lent<Postgres> {
    fn on_postgres(connection: PoolConnection<Postgres>, turn: Option<&Arc<Turn>>) -> Self {
        Self { connection: Some(connection), turn: turn.cloned(), interrupt: None }
    }
}

impl<D: Database> Lent<D> {
    fn connection(&mut self) -> sqlx::Result<&mut D::Connection> {
        self.connection.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Returns the connection to the pool, because the statement has ended.
    fn give_back(mut self) {
        self.connection.take();
    }
}

impl<D: Database> Drop for Lent<D> {
    fn drop(&mut self) {
        if let (Some(mut connection), Some(turn)) = (self.connection.take(), self.turn.take())
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let interrupt = self.interrupt.take();
            interrupt.iter().for_each(Interrupt::set);
            runtime.spawn(async move {
                // The ping is answered only after the previous statement has ended.
                if !matches!(tokio::time::timeout(ABANDONED_PATIENCE, connection.ping()).await, Ok(Ok(()))) {
                    connection.close_on_drop();
                }
                interrupt.iter().for_each(Interrupt::clear);
                drop((connection, turn));
            });
        }
    }
}

/// An executor of statements. A [`Store`] reads; a [`Tx`] reads and writes.
///
/// Statements run in boxed futures: the compiler makes a copy of every other async function for each function that
/// calls it, and nearly all of this crate does.
pub trait Run: Send {
    /// Runs a statement, and hands its first rows to `rows`: as many as fit into `bytes`, but at least one.
    #[doc(hidden)]
    fn fetch<'r>(
        &'r mut self,
        name: StatementName,
        statement: Statement,
        bytes: usize,
        rows: &'r mut dyn TakeRows,
    ) -> BoxFuture<'r, Result<Fetched>>;

    /// The first rows that a statement returns: as many as fit into `bytes`, but at least one.
    #[doc(hidden)]
    fn rows_within<T: Row>(
        &mut self,
        name: StatementName,
        statement: Statement,
        bytes: usize,
    ) -> impl Future<Output = Result<Rows<T>>> + Send {
        async move {
            let mut rows = Vec::new();
            let Fetched { is_cut, .. } = self.fetch(name, statement, bytes, &mut rows).await?;
            Ok(Rows { rows, is_cut })
        }
    }

    #[doc(hidden)]
    fn rows<T: Row>(
        &mut self,
        name: StatementName,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        async move { Ok(self.rows_within(name, statement, usize::MAX).await?.rows) }
    }

    #[doc(hidden)]
    fn row<T: Row>(
        &mut self,
        name: StatementName,
        statement: Statement,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        async move { Ok(self.rows(name, statement).await?.into_iter().next()) }
    }
}

// `AssertSqlSafe` holds: a statement's text consists of literals of this crate (`Statement::push` takes only
// `&'static str`), numbers and placeholders.
impl Run for &Store {
    fn fetch<'r>(
        &'r mut self,
        name: StatementName,
        statement: Statement,
        bytes: usize,
        rows: &'r mut dyn TakeRows,
    ) -> BoxFuture<'r, Result<Fetched>> {
        Box::pin(async move {
            self.require_there()?;
            let asked = self.log().asked(name, &statement);
            self.wait_for_turn().await?;
            let no_connection = |error| self.no_connection(error);
            match self.pool() {
                Pool::Sqlite { readers, .. } => {
                    let (sql, values) = statement.for_sqlite()?;
                    let query = sqlx::query_with::<Sqlite, _>(AssertSqlSafe(sql), values);
                    let connection = readers.acquire().await.map_err(no_connection)?;
                    let mut lent = Lent::on_sqlite(connection, self.turn()).await?;
                    let mut running = asked.began();
                    let mut take = |row: &SqliteRow| rows.sqlite(row);
                    let fetched = read(query.fetch(lent.connection()?), sqlite_bytes, bytes, &mut take)
                        .instrument(running.span())
                        .await;
                    running.ended(counted(&fetched));
                    lent.give_back();
                    Ok(self.noted_bytes(fetched?))
                }
                Pool::Postgres(pool) => {
                    let (sql, values) = statement.for_postgres()?;
                    let query = sqlx::query_with::<Postgres, _>(AssertSqlSafe(sql), values);
                    let connection = pool.acquire().await.map_err(no_connection)?;
                    let mut lent = Lent::on_postgres(connection, self.turn());
                    let mut running = asked.began();
                    let mut take = |row: &PgRow| rows.postgres(row);
                    let fetched = read(query.fetch(lent.connection()?), postgres_bytes, bytes, &mut take)
                        .instrument(running.span())
                        .await;
                    running.ended(counted(&fetched));
                    lent.give_back();
                    Ok(self.noted_bytes(fetched?))
                }
            }
        })
    }
}

/// The number of rows, if there was no error.
fn counted(fetched: &sqlx::Result<Fetched>) -> Option<Option<u64>> {
    fetched.as_ref().ok().map(|fetched| Some(fetched.rows))
}

impl Store {
    /// Adds to the number of bytes that this request has read.
    fn noted_bytes(&self, fetched: Fetched) -> Fetched {
        if let Some(turn) = self.turn() {
            turn.note_bytes(fetched.bytes);
        }
        fetched
    }

    /// Whether this request has read so much that its answer takes long to serialize.
    pub fn has_read_much(&self) -> bool {
        self.turn().is_some_and(|turn| turn.bytes() > LARGE)
    }

    /// Runs a statement on the connection reserved for health checks, even if the database is marked as
    /// unreachable.
    pub(crate) async fn ask_for_health<T: Row>(
        &self,
        name: StatementName,
        statement: Statement,
    ) -> Result<Vec<T>> {
        let ask = async {
            match self.health() {
                Pool::Sqlite { readers, .. } => {
                    let (sql, values) = statement.for_sqlite()?;
                    sqlx::query_as_with::<Sqlite, T, _>(AssertSqlSafe(sql), values).fetch_all(readers).await
                }
                Pool::Postgres(pool) => {
                    let (sql, values) = statement.for_postgres()?;
                    sqlx::query_as_with::<Postgres, T, _>(AssertSqlSafe(sql), values).fetch_all(pool).await
                }
            }
        };
        Ok(self.log().time(name, ask).await?)
    }
}

impl Run for Tx {
    fn fetch<'r>(
        &'r mut self,
        name: StatementName,
        statement: Statement,
        bytes: usize,
        rows: &'r mut dyn TakeRows,
    ) -> BoxFuture<'r, Result<Fetched>> {
        Box::pin(async move {
            if self.late.is_some() {
                self.look_around().await?;
            }
            let mut running = self.log.asked(name, &statement).began_at_once();
            let fetched = match &mut self.transaction {
                Transaction::Sqlite(tx) => {
                    let (sql, values) = statement.for_sqlite()?;
                    let query = sqlx::query_with::<Sqlite, _>(AssertSqlSafe(sql), values);
                    let mut take = |row: &SqliteRow| rows.sqlite(row);
                    read(query.fetch(&mut **tx), sqlite_bytes, bytes, &mut take)
                        .instrument(running.span())
                        .await
                }
                Transaction::Postgres(tx) => {
                    let (sql, values) = statement.for_postgres()?;
                    let query = sqlx::query_with::<Postgres, _>(AssertSqlSafe(sql), values);
                    let mut take = |row: &PgRow| rows.postgres(row);
                    read(query.fetch(tx.connection()?), postgres_bytes, bytes, &mut take)
                        .instrument(running.span())
                        .await
                }
            };
            running.ended(counted(&fetched));
            drop(running);
            self.noted(fetched)
        })
    }
}

impl<R: Run> Run for &mut R {
    fn fetch<'r>(
        &'r mut self,
        name: StatementName,
        statement: Statement,
        bytes: usize,
        rows: &'r mut dyn TakeRows,
    ) -> BoxFuture<'r, Result<Fetched>> {
        (**self).fetch(name, statement, bytes, rows)
    }
}

/// The most values in one statement. SQLite's limit is 32,766.
const VALUES_AT_ONCE: usize = 30_000;

/// How many values one query looks up.
const LOOKED_UP_AT_ONCE: usize = 1_000;

impl Statement {
    /// Runs a query of the rows in which a column has one of many values, with as few statements as possible.
    /// `is_in` is ` AND … IN `.
    pub(crate) async fn among<T: Row>(
        self,
        name: StatementName,
        run: &mut impl Run,
        is_in: &'static str,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> Result<Vec<T>> {
        let values: Vec<Value> = values.into_iter().map(Into::into).collect();
        let mut rows = Vec::new();
        for values in values.chunks(LOOKED_UP_AT_ONCE) {
            let mut statement = self.clone();
            statement.push(is_in).push_values(values.iter().cloned());
            rows.extend(run.rows(name, statement).await?);
        }
        Ok(rows)
    }
}

impl Tx {
    /// Adds `FOR UPDATE` on PostgreSQL: no other transaction can lock or change these rows until this one
    /// ends. SQLite needs no lock, because it has one writer.
    pub(crate) fn lock_rows(&self, statement: &mut Statement) {
        if matches!(self.transaction, Transaction::Postgres(_)) {
            statement.push(" FOR UPDATE");
        }
    }

    /// Appends a locking clause such as ` FOR UPDATE OF a SKIP LOCKED` on PostgreSQL. SQLite needs none.
    pub(crate) fn share_rows(&self, statement: &mut Statement, lock: &'static str) {
        if matches!(self.transaction, Transaction::Postgres(_)) {
            statement.push(lock);
        }
    }

    /// Inserts rows into a table with as few statements as possible. `into` is `INSERT INTO … VALUES `.
    pub(crate) async fn insert<const N: usize>(
        &mut self,
        name: StatementName,
        into: &'static str,
        rows: Vec<[Value; N]>,
    ) -> Result<()> {
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let mut statement = Statement::new(into);
            statement.push_rows(rows.by_ref().take(VALUES_AT_ONCE / N.max(1)));
            self.execute(name, statement).await?;
        }
        Ok(())
    }

    /// Runs a statement that returns no rows. Returns the number of rows that it changed.
    pub(crate) fn execute(
        &mut self,
        name: StatementName,
        statement: Statement,
    ) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            if self.late.is_some() {
                self.look_around().await?;
            }
            let mut running = self.log.asked(name, &statement).began_at_once();
            let changed = match &mut self.transaction {
                Transaction::Sqlite(tx) => {
                    let (sql, values) = statement.for_sqlite()?;
                    let query = sqlx::query_with::<Sqlite, _>(AssertSqlSafe(sql), values);
                    let executed = query.execute(&mut **tx).instrument(running.span()).await;
                    executed.map(|done| done.rows_affected())
                }
                Transaction::Postgres(tx) => {
                    let (sql, values) = statement.for_postgres()?;
                    let query = sqlx::query_with::<Postgres, _>(AssertSqlSafe(sql), values);
                    let executed = query.execute(tx.connection()?).instrument(running.span()).await;
                    executed.map(|done| done.rows_affected())
                }
            };
            running.ended(changed.as_ref().ok().map(|rows| Some(*rows)));
            drop(running);
            self.noted(changed)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use bailiwick_domain::party::{Parties, Party};
    use futures::FutureExt as _;

    use super::*;
    use crate::database::store::DatabaseUrl;

    fn count(to: i64) -> Statement {
        let mut statement =
            Statement::new("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ");
        statement.push_number(to).push(") SELECT count(*) FROM c");
        statement
    }

    #[tokio::test]
    async fn the_statement_of_an_abandoned_request_is_interrupted_and_holds_its_turn_until_then() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::connect(&DatabaseUrl::Sqlite(directory.path().join("test.db")), 3).await.unwrap();
        let caller = Party::Network(IpAddr::from([192, 0, 2, 1]).into());
        let of_request = || store.for_request(Parties { caller, organization: None });
        let first = of_request();
        let mut run = &first;
        // Without an interruption, this runs for hours.
        let slow = run.rows::<(i64,)>(StatementName::NodesCount, count(1_000_000_000_000));
        assert!(tokio::time::timeout(Duration::from_millis(100), slow).await.is_err());
        let measures =
            store.measures().statements.into_iter().find(|statement| statement.name == "nodes.count");
        assert_eq!(measures.map(|measures| (measures.failed, measures.durations.count())), Some((1, 1)));
        drop(first);
        let second = of_request();
        assert!(second.wait_for_turn().now_or_never().is_none(), "the statement must still hold its turn");
        let mut run = &second;
        assert_eq!(run.rows::<(i64,)>(StatementName::NodesCount, count(10)).await.unwrap(), [(10,)]);
        // The server's own statements on the same connections are not interrupted.
        for _ in 0..6 {
            let mut run = &store;
            let rows = run.rows::<(i64,)>(StatementName::NodesCount, count(10_000)).await;
            assert_eq!(rows.unwrap(), [(10_000,)]);
        }
    }
}
