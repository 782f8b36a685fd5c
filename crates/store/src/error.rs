//! What can go wrong with a database.

/// The result of a store function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with a database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something with that name, or another value that must be unique, is there already.
    #[error("the value is taken")]
    Taken,
    /// Something else still refers to what was to be deleted.
    #[error("something depends on it")]
    InUse,
    /// The row was changed or deleted since it was read.
    #[error("the row was changed meanwhile")]
    Changed,
    /// A cursor is of another list or order.
    #[error("the cursor is of another list")]
    Cursor,
    /// A row holds what no version of Bailiwick writes.
    #[error("table {table} holds a malformed {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column or value.
        what: &'static str,
    },
    /// The address of the database is not understood.
    #[error(
        "expected a database address such as sqlite:///var/lib/bailiwick/bailiwick.db or postgres://user@host/name"
    )]
    Url,
    /// The database's schema is of another version.
    #[error(transparent)]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database does not answer, or wants it tried again.
    #[error("the database does not answer: {0}")]
    Unavailable(sqlx::Error),
    /// There is no room for what was to be written.
    #[error("there is no room on the disk of the database: {0}")]
    Full(sqlx::Error),
    /// Anything else that the database says.
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().map(|e| e.kind()) {
            Some(sqlx::error::ErrorKind::UniqueViolation) => Self::Taken,
            Some(sqlx::error::ErrorKind::ForeignKeyViolation) => Self::InUse,
            _ if is_full(&error) => Self::Full(error),
            _ if is_passing(&error) => Self::Unavailable(error),
            _ => Self::Database(error),
        }
    }
}

/// Whether an error is of a full disk. PostgreSQL: `disk_full` (appendix A of its manual). SQLite:
/// `SQLITE_FULL`, and `SQLITE_IOERR_SHMSIZE` where the write-ahead log's index cannot grow.
fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(&*code, "53100" | "13" | "4874"))
}

/// Whether an error says nothing of the statement, only of the moment.
fn is_passing(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    match error {
        E::PoolTimedOut | E::PoolClosed | E::Io(_) | E::Tls(_) | E::WorkerCrashed => true,
        // PostgreSQL: connection exceptions, deadlock and serialization, shutting down, too many
        // connections (appendix A of its manual). SQLite: busy.
        E::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08")
                || code.starts_with("57P0")
                || matches!(&*code, "40P01" | "40001" | "53300" | "5")
        }),
        _ => false,
    }
}

/// Makes `None` an [`Error::Corrupt`].
pub(crate) trait OrCorrupt<T> {
    fn or_corrupt(self, table: &'static str, what: &'static str) -> Result<T>;
}

impl<T> OrCorrupt<T> for Option<T> {
    fn or_corrupt(self, table: &'static str, what: &'static str) -> Result<T> {
        self.ok_or(Error::Corrupt { table, what })
    }
}

impl<T, E> OrCorrupt<T> for std::result::Result<T, E> {
    fn or_corrupt(self, table: &'static str, what: &'static str) -> Result<T> {
        self.map_err(|_| Error::Corrupt { table, what })
    }
}
