//! Where a statement runs: on a pool, or in a transaction.

use std::future::Future;

use sqlx::{AssertSqlSafe, Postgres, Sqlite};

use crate::database::{Pool, Store, Transaction, Tx};
use crate::error::Result;
use crate::statement::{Row, Statement, Value};

/// Where a statement runs. A [`Store`] reads; a [`Tx`] reads and writes.
pub trait Run: Send {
    #[doc(hidden)]
    fn rows<T: Row>(&mut self, statement: Statement) -> impl Future<Output = Result<Vec<T>>> + Send;

    #[doc(hidden)]
    fn row<T: Row>(&mut self, statement: Statement) -> impl Future<Output = Result<Option<T>>> + Send {
        async { Ok(self.rows(statement).await?.into_iter().next()) }
    }
}

// What is asserted safe: a statement's text is made of literals of this crate (`Statement::push`
// takes only those) and placeholders.
impl Run for &Store {
    async fn rows<T: Row>(&mut self, statement: Statement) -> Result<Vec<T>> {
        self.require_there()?;
        self.ask(statement).await
    }
}

impl Store {
    /// Runs a statement, also if the database was away when it was last asked.
    pub(crate) async fn ask<T: Row>(&self, statement: Statement) -> Result<Vec<T>> {
        Ok(match self.pool() {
            Pool::Sqlite { readers, .. } => {
                let (sql, values) = statement.for_sqlite()?;
                sqlx::query_as_with::<Sqlite, T, _>(AssertSqlSafe(sql), values).fetch_all(readers).await?
            }
            Pool::Postgres(pool) => {
                let (sql, values) = statement.for_postgres()?;
                sqlx::query_as_with::<Postgres, T, _>(AssertSqlSafe(sql), values).fetch_all(pool).await?
            }
        })
    }
}

impl Run for Tx {
    async fn rows<T: Row>(&mut self, statement: Statement) -> Result<Vec<T>> {
        let rows = match &mut self.transaction {
            Transaction::Sqlite(tx) => {
                let (sql, values) = statement.for_sqlite()?;
                sqlx::query_as_with::<Sqlite, T, _>(AssertSqlSafe(sql), values).fetch_all(&mut **tx).await
            }
            Transaction::Postgres(tx) => {
                let (sql, values) = statement.for_postgres()?;
                sqlx::query_as_with::<Postgres, T, _>(AssertSqlSafe(sql), values).fetch_all(&mut **tx).await
            }
        };
        self.noted(rows)
    }
}

impl<R: Run> Run for &mut R {
    async fn rows<T: Row>(&mut self, statement: Statement) -> Result<Vec<T>> {
        (**self).rows(statement).await
    }
}

/// How many values one statement takes here; SQLite takes 32,766.
const VALUES_AT_ONCE: usize = 30_000;

impl Tx {
    /// Ends a `SELECT` so that on PostgreSQL nobody else changes its rows until this transaction
    /// ends. On SQLite there is one writer anyway.
    pub(crate) fn lock_rows(&self, statement: &mut Statement) {
        if matches!(self.transaction, Transaction::Postgres(_)) {
            statement.push(" FOR UPDATE");
        }
    }

    /// Ends a `SELECT` so that on PostgreSQL nobody changes its rows until this transaction ends;
    /// others may do the same meanwhile.
    pub(crate) fn share_rows(&self, statement: &mut Statement, lock: &'static str) {
        if matches!(self.transaction, Transaction::Postgres(_)) {
            statement.push(lock);
        }
    }

    /// Adds rows to a table, with as few statements as may be: `into` is `INSERT INTO … VALUES `.
    pub(crate) async fn insert<const N: usize>(
        &mut self,
        into: &'static str,
        rows: Vec<[Value; N]>,
    ) -> Result<()> {
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let mut statement = Statement::new(into);
            for (n, row) in rows.by_ref().take(VALUES_AT_ONCE / N.max(1)).enumerate() {
                if n > 0 {
                    statement.push(", ");
                }
                statement.push_values(row);
            }
            self.execute(statement).await?;
        }
        Ok(())
    }

    /// Runs a statement that answers no rows; how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64> {
        let changed = match &mut self.transaction {
            Transaction::Sqlite(tx) => {
                let (sql, values) = statement.for_sqlite()?;
                let query = sqlx::query_with::<Sqlite, _>(AssertSqlSafe(sql), values);
                query.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            Transaction::Postgres(tx) => {
                let (sql, values) = statement.for_postgres()?;
                let query = sqlx::query_with::<Postgres, _>(AssertSqlSafe(sql), values);
                query.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        };
        self.noted(changed)
    }
}
