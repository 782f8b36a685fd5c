//! Errors of the database.

/// The result of a store function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another object has the same name, or the same value of another unique field.
    #[error("the value is taken")]
    Taken,
    /// Other objects still refer to the object that was to be deleted.
    #[error("other objects depend on it")]
    InUse,
    /// The row was changed or deleted since it was read.
    #[error("the row changed since it was read")]
    Changed,
    /// The name fits several objects. These are their exact names, or their ids if the names are equal.
    #[error("several objects have this name: {}", .0.join(", "))]
    Ambiguous(Vec<String>),
    /// The cursor belongs to another list or order, or is malformed.
    #[error("the cursor belongs to another list")]
    Cursor,
    /// A row holds a value that no version of Bailiwick writes.
    #[error("table {table} holds a malformed {what}")]
    Corrupt {
        /// The table with the row.
        table: &'static str,
        /// The column or value that cannot be read.
        what: &'static str,
    },
    /// The address of the database cannot be parsed.
    #[error(
        "expected a database address such as sqlite:///var/lib/bailiwick/bailiwick.db or postgres://user@host/name"
    )]
    Url,
    /// The address of the database is invalid, with the reason.
    #[error("the address of the database: {0}")]
    Address(String),
    /// The schema could not be migrated to this version.
    #[error("a migration failed: {0}")]
    Migrate(String),
    /// The database does not answer, or the request may succeed if it is retried.
    #[error("the database does not answer: {}", said(.0))]
    Unavailable(sqlx::Error),
    /// Two transactions waited for each other, and the database ended this one.
    #[error("another transaction changed the same rows at the same time")]
    Deadlock(#[source] sqlx::Error),
    /// The rights under which a long transaction runs are being changed, or were.
    #[error("the rights of the caller are being changed")]
    RightsChange,
    /// The caller, its organization or all callers together use as many database connections as they may.
    #[error("no connection to the database became free for this caller in time")]
    Busy,
    /// The database role that Bailiwick connects as lacks rights.
    #[error(
        "the database role that Bailiwick connects as lacks privileges: {0}; grant it SELECT, INSERT, UPDATE and DELETE on all tables of its schema"
    )]
    Rights(String),
    /// The database does not accept writes.
    #[error(
        "the database at {0} is read-only (a standby, or default_transaction_read_only is on); name the host that accepts writes, or several hosts, among which Bailiwick finds it"
    )]
    ReadOnly(String),
    /// A connection pooler between the server and the database gives each transaction another connection.
    #[error(
        "the connection pooler in front of the database gives each transaction another connection, so servers would miss each other's changes: set pool_mode=session in pgbouncer, or connect directly to the database"
    )]
    Pooler,
    /// The disk of the database is full.
    #[error("the disk of the database is full: {}", said(.0))]
    Full(sqlx::Error),
    /// Any other error that the database reports.
    #[error("{}", said(.0))]
    Database(sqlx::Error),
}

/// An error's message, without details that only a developer of the driver or the database understands.
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
        E::Protocol(text) => format!("it does not speak the PostgreSQL protocol: {text}"),
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
            // No rights on a table, or no such schema or table: PostgreSQL says the latter also if the role may
            // not use the schema.
            _ if has_code(&error, &["42501", "3F000", "42P01"]) => Self::Rights(said(&error)),
            // The prepared statement exists already, or does not exist: a pooler swapped the connection.
            _ if has_code(&error, &["42P05", "26000"]) => Self::Pooler,
            _ if is_deadlock(&error) => Self::Deadlock(error),
            _ if is_full(&error) => Self::Full(error),
            _ if is_passing(&error) => Self::Unavailable(error),
            _ => Self::Database(error),
        }
    }
}

/// Whether the database reported one of these error codes.
fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| codes.contains(&&*code))
}

/// Whether an error means that the disk is full. PostgreSQL: `disk_full` (appendix A of its manual). SQLite:
/// `SQLITE_FULL`, and `SQLITE_IOERR_SHMSIZE` if the index of the write-ahead log cannot grow.
fn is_full(error: &sqlx::Error) -> bool {
    has_code(error, &["53100", "13", "4874"])
}

/// Whether PostgreSQL ended a deadlock by refusing a statement (`deadlock_detected`).
pub(crate) fn is_deadlock(error: &sqlx::Error) -> bool {
    has_code(error, &["40P01"])
}

/// Whether an error is transient, so that the same statement may succeed later.
fn is_passing(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    match error {
        // The driver returns `Protocol` if what it reads is not PostgreSQL's protocol: the answer of a
        // proxy, or the rest of a connection that was cut.
        E::PoolTimedOut | E::PoolClosed | E::Io(_) | E::Tls(_) | E::WorkerCrashed | E::Protocol(_) => true,
        // PostgreSQL (appendix A of its manual): connection exceptions; no such user, password or database
        // (reported when connecting); insufficient resources, including too many connections; shutting down,
        // starting up, terminated by an administrator; serialization failures; timeouts of a
        // statement, a lock or a transaction. SQLite: busy.
        E::Database(error) => error.code().is_some_and(|code| {
            ["08", "28", "53", "57P0"].iter().any(|class| code.starts_with(class))
                || matches!(&*code, "3D000" | "40001" | "57014" | "55P03" | "25P03" | "25P04" | "5" | "517")
        }),
        _ => false,
    }
}

/// Turns `None` or an error into [`Error::Corrupt`].
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
    fn temporary_errors_are_reported_as_unavailable() {
        let protocol = sqlx::Error::Protocol("unexpected response from SSLRequest: 0x00".to_owned());
        assert!(matches!(Error::from(protocol), Error::Unavailable(_)));
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let error = Error::from(sqlx::Error::from(refused));
        assert_eq!(error.to_string(), "the database does not answer: connection refused");
        assert!(matches!(Error::from(sqlx::Error::RowNotFound), Error::Database(_)));
    }
}
