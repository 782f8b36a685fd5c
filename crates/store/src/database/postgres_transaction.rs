//! A transaction on PostgreSQL, which is ended whatever happens to it.
//!
//! The driver's own transaction does not know that it has begun until `BEGIN` and all that was sent with it
//! succeeded. If a lock that was asked for with `BEGIN` is refused, or the request is given up while it waits for that
//! lock, the driver would return the connection to the pool inside of a transaction: aborted, so that every
//! statement on it fails, or holding its locks until somebody happens to use it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, PgPool, Postgres};

use crate::database::shares::Turn;

/// How long a rollback may take. After that the connection is closed, which rolls back, too.
const ROLLBACK_PATIENCE: Duration = Duration::from_secs(10);

/// A transaction on PostgreSQL. It is rolled back when it is dropped without a commit.
#[derive(Debug)]
pub(crate) struct PostgresTransaction {
    /// `None` only after the transaction has ended.
    connection: Option<PoolConnection<Postgres>>,
    /// The turn in which the connection is used. It lasts until the rollback has ended.
    turn: Option<Arc<Turn>>,
}

impl PostgresTransaction {
    /// Begins a transaction with SQL that starts with `BEGIN` and may contain more statements.
    pub(crate) async fn begin(pool: &PgPool, sql: String, turn: Option<Arc<Turn>>) -> sqlx::Result<Self> {
        let mut begun = Self { connection: Some(pool.acquire().await?), turn };
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(begun.connection()?).await?;
        Ok(begun)
    }

    /// The connection, to run statements in the transaction.
    pub(crate) fn connection(&mut self) -> sqlx::Result<&mut PgConnection> {
        self.connection.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Commits.
    pub(crate) async fn commit(mut self) -> sqlx::Result<()> {
        self.connection()?.execute("COMMIT").await?;
        // The connection returns to the pool.
        self.connection = None;
        Ok(())
    }
}

impl Drop for PostgresTransaction {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let turn = self.turn.take();
        let rollback = async move {
            let _turn = turn;
            let ended = tokio::time::timeout(ROLLBACK_PATIENCE, connection.execute("ROLLBACK")).await;
            if !matches!(ended, Ok(Ok(_))) {
                connection.close_on_drop();
            }
        };
        // The driver, too, returns a connection to its pool in a task.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(rollback)),
            Err(_) => {
                tracing::warn!(
                    "a transaction was given up outside of the Tokio runtime, so its database connection is lost (a bug)"
                )
            }
        }
    }
}
