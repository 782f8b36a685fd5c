//! Opens an SQLite file.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::error::Result;

/// How many rows SQLite's thread reads ahead of the consumer: pages of the usual size (50) as a whole, and so many of
/// larger answers that the two threads seldom wait for each other. Not more, because rows may be large.
const ROWS_AHEAD: usize = 512;

/// The connections to an SQLite file.
pub(crate) struct SqliteConnections {
    /// Those that read.
    pub(crate) readers: SqlitePool,
    /// The one that writes, so that writes queue in the pool instead of in SQLite's busy loop.
    pub(crate) writer: SqlitePool,
    /// One that reads, reserved for health checks.
    pub(crate) health: SqlitePool,
}

/// Opens a file, which is created if it does not exist. Only a new file gets the page size.
pub(crate) async fn open(
    path: &Path,
    page_size: u32,
    connections: u32,
    patience: Duration,
) -> Result<SqliteConnections> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .page_size(page_size)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit is on the disk before it is acknowledged.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(patience)
        // Lets SQLite read a whole page without pausing until the first rows are consumed.
        .row_buffer_size(ROWS_AHEAD)
        // Statements are logged by `StatementLog`, by name.
        .disable_statement_logging();
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(patience)
        // If the disk is full, SQLite rolls the transaction back by itself. The driver still
        // counts it as open and cannot end it: the connection could never write again, so it is
        // replaced.
        .before_acquire(|connection, _| Box::pin(std::future::ready(Ok(!connection.is_in_transaction()))))
        .connect_with(options.clone())
        .await?;
    let options = options.pragma("query_only", "on");
    let readers = async |connections| {
        let pool = SqlitePoolOptions::new().max_connections(connections);
        pool.acquire_timeout(patience).connect_with(options.clone()).await
    };
    let health = readers(1).await?;
    let readers = readers(connections.max(1)).await?;
    Ok(SqliteConnections { readers, writer, health })
}
