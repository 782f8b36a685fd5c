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
    /// A name fits several objects, which have these.
    #[error("the name fits several: {}", .0.join(", "))]
    Ambiguous(Vec<String>),
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
    /// The address of the database is not understood, and it can be said why.
    #[error("the address of the database: {0}")]
    Address(String),
    /// The schema cannot be brought to this version.
    #[error("a migration failed: {0}")]
    Migrate(String),
    /// The database does not answer, or wants it tried again.
    #[error("the database does not answer: {}", said(.0))]
    Unavailable(sqlx::Error),
    /// The caller, or all callers together, use as many connections to the database as they may.
    #[error("no connection to the database became free for this caller in time")]
    Busy,
    /// The role that Bailiwick connects as may not do what it needs to.
    #[error(
        "the role that Bailiwick connects as lacks rights in the database: {0}; grant it SELECT, INSERT, UPDATE and DELETE on all tables of its schema"
    )]
    Rights(String),
    /// The database takes no writes.
    #[error(
        "the database at {0} is read-only (a standby, or default_transaction_read_only is on); name the host that takes writes, or several hosts, of which Bailiwick finds it"
    )]
    ReadOnly(String),
    /// Between the server and the database is a pooler that gives each transaction another connection.
    #[error(
        "the connection pooler before the database gives each transaction another connection, so servers would not hear of each other's changes: set pool_mode=session in pgbouncer, or connect to the database itself"
    )]
    Pooler,
    /// There is no room for what was to be written.
    #[error("there is no room on the disk of the database: {}", said(.0))]
    Full(sqlx::Error),
    /// Anything else that the database says.
    #[error("{}", said(.0))]
    Database(sqlx::Error),
}

/// What an error says, without what only a programmer of the driver or the database understands.
pub(crate) fn said(error: &sqlx::Error) -> String {
    use sqlx::Error as E;
    match error {
        E::Database(error) => {
            let detail = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().and_then(|e| e.detail());
            let detail = detail.map(|detail| format!(" ({detail})")).unwrap_or_default();
            format!("{}{detail}", error.message())
        }
        E::Io(error) => error.to_string(),
        E::Tls(error) | E::Configuration(error) => error.to_string(),
        E::Protocol(text) => format!("it does not speak as PostgreSQL does: {text}"),
        E::PoolTimedOut => "no connection was free, and none could be made in time".to_owned(),
        E::PoolClosed => "its connections are being closed".to_owned(),
        other => other.to_string(),
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError as E;
        match error {
            E::Execute(error) => error.into(),
            E::ExecuteMigration(error, version) => match Self::from(error) {
                error @ (Self::Unavailable(_) | Self::Full(_) | Self::ReadOnly(_) | Self::Pooler) => error,
                error => Self::Migrate(format!("number {version}: {error}")),
            },
            other => Self::Migrate(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().map(|e| e.kind()) {
            Some(sqlx::error::ErrorKind::UniqueViolation) => Self::Taken,
            Some(sqlx::error::ErrorKind::ForeignKeyViolation) => Self::InUse,
            _ if has_code(&error, &["25006"]) => Self::ReadOnly("this address".to_owned()),
            // No rights; no such schema or table, which is said as well where the schema may not be used.
            _ if has_code(&error, &["42501", "3F000", "42P01"]) => Self::Rights(said(&error)),
            // A prepared statement that is there already, or is not there: somebody else's connection.
            _ if has_code(&error, &["42P05", "26000"]) => Self::Pooler,
            _ if is_full(&error) => Self::Full(error),
            _ if is_passing(&error) => Self::Unavailable(error),
            _ => Self::Database(error),
        }
    }
}

/// Whether the database says one of these codes.
fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| codes.contains(&&*code))
}

/// Whether an error is of a full disk. PostgreSQL: `disk_full` (appendix A of its manual). SQLite:
/// `SQLITE_FULL`, and `SQLITE_IOERR_SHMSIZE` where the write-ahead log's index cannot grow.
fn is_full(error: &sqlx::Error) -> bool {
    has_code(error, &["53100", "13", "4874"])
}

/// Whether an error says nothing of the statement, only of the moment.
fn is_passing(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    match error {
        // The driver says `Protocol` where what it reads is not PostgreSQL's: a proxy's, or of a connection
        // that was cut.
        E::PoolTimedOut | E::PoolClosed | E::Io(_) | E::Tls(_) | E::WorkerCrashed | E::Protocol(_) => true,
        // PostgreSQL (appendix A of its manual): connection exceptions; no such user or password, no such
        // database, which are told when connecting; too few resources, too many connections among them;
        // shutting down, starting, ended by an administrator; deadlock and serialization; a time-out of a
        // statement, a lock, a transaction. SQLite: busy.
        E::Database(error) => error.code().is_some_and(|code| {
            ["08", "28", "53", "57P0"].iter().any(|class| code.starts_with(class))
                || matches!(
                    &*code,
                    "3D000" | "40P01" | "40001" | "57014" | "55P03" | "25P03" | "25P04" | "5" | "517"
                )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_not_taken_for_a_fault_of_the_server() {
        let protocol = sqlx::Error::Protocol("unexpected response from SSLRequest: 0x00".to_owned());
        assert!(matches!(Error::from(protocol), Error::Unavailable(_)));
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let error = Error::from(sqlx::Error::from(refused));
        assert_eq!(error.to_string(), "the database does not answer: connection refused");
        assert!(matches!(Error::from(sqlx::Error::RowNotFound), Error::Database(_)));
    }
}
