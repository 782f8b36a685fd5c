//! Opens a database, migrates its schema to this version, and begins transactions.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::outside::Stopwatch;
use bailiwick_domain::party::Parties;
use sqlx::migrate::{Migrate, Migrator};
use sqlx::postgres::{PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{Sqlite, SqlitePool};
use uuid::Uuid;

use crate::database::address::PostgresAddress;
use crate::database::condition::DatabaseCondition;
use crate::database::late::{Late, StillHolds, Waiting};
use crate::database::postgres_transaction::PostgresTransaction;
use crate::database::reserve::Reserve;
use crate::database::schema::Schema;
use crate::database::shares::{Shares, Turn};
use crate::database::sqlite::{self, SqliteConnections};
use crate::database::steering::Steering;
use crate::error::{Error, Result, is_deadlock};
use crate::locks::change::Change;
use crate::locks::holds::Holds;
use crate::locks::lock::Lock;
use crate::sql::log::{SlowStatements, StatementLog, SystemStopwatch};
use crate::sql::measures::DatabaseMeasures;
use crate::sql::name::StatementName;
use crate::work_done::WorkDone;

/// How long a statement waits for a free connection or, on SQLite, for the current writer to finish.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a transaction is begun if its locks lose a deadlock.
const BEGIN_TRIES: u32 = 3;

/// The kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, running in this process.
    Sqlite,
    /// PostgreSQL, or another database that speaks its protocol.
    Postgres,
}

/// The address of a database.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// The path of an SQLite file; it is created if it does not exist.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(Box<PostgresAddress>),
}

impl std::fmt::Debug for DatabaseUrl {
    /// Leaves out the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(address) => {
                let mut separator = "postgres://";
                for options in address.hosts() {
                    let (host, port) = (options.get_host(), options.get_port());
                    let (user, database) = (options.get_username(), options.get_database());
                    write!(f, "{separator}{user}@{host}:{port}/{}", database.unwrap_or_default())?;
                    separator = ", postgres://";
                }
                Ok(())
            }
        }
    }
}

impl DatabaseUrl {
    /// The SQLite file of observations; `None` on PostgreSQL. It is `observations.db` beside `bailiwick.db`, and
    /// `NAME-observations.db` beside `NAME.db`.
    pub fn observations_file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(path) => Some(match path.file_stem().and_then(|stem| stem.to_str()) {
                None | Some(CONTROL_PLANE_STEM) => path.with_file_name(OBSERVATIONS_FILE),
                Some(stem) => path.with_file_name(format!("{stem}-{OBSERVATIONS_FILE}")),
            }),
            Self::Postgres(_) => None,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            return if path.is_empty() { Err(Error::Url) } else { Ok(Self::Sqlite(path.into())) };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(Box::new(PostgresAddress::parse(text)?)));
        }
        Err(Error::Url)
    }
}

/// The name of the usual SQLite file of the control plane, without its extension.
const CONTROL_PLANE_STEM: &str = "bailiwick";
/// The name of the SQLite file of observations beside it.
const OBSERVATIONS_FILE: &str = "observations.db";

#[derive(Clone, Debug)]
pub(crate) enum Pool {
    /// A single writer connection, so that writes queue in the pool instead of in SQLite's busy loop.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

impl Pool {
    async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A handle to a database. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    /// Where the control plane's database is.
    url: Arc<DatabaseUrl>,
    /// The size of the pool.
    connections: u32,
    pool: Pool,
    /// Which tables this handle uses.
    schema: Schema,
    /// A connection reserved for health checks, so that they work even while all others are in use.
    health: Pool,
    condition: Arc<DatabaseCondition>,
    log: Arc<StatementLog>,
    shares: Arc<Shares>,
    /// The connections that revocations may use.
    revocations: Arc<Shares>,
    /// The turn of the request that this handle serves; `None` for the server's own work.
    turn: Option<Arc<Turn>>,
    /// The exclusive locks of transactions that wait for SQLite's only writer.
    waiting: Waiting,
}

/// How a database's schema compares to the one that this version of Bailiwick needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// The schema is this version's.
    Current,
    /// This many migrations have not been applied yet.
    Behind(usize),
    /// A later version of Bailiwick migrated the schema.
    Ahead,
}

impl Store {
    /// Opens a database. `connections` is the size of the pool (on SQLite, of the readers); one more
    /// connection is reserved for health checks.
    pub async fn connect(url: &DatabaseUrl, connections: u32) -> Result<Self> {
        Self::connect_with(url, connections, Arc::new(SystemStopwatch::default())).await
    }

    /// Like [`connect`](Self::connect), with a stopwatch that measures the statements.
    pub async fn connect_with(
        url: &DatabaseUrl,
        connections: u32,
        stopwatch: Arc<dyn Stopwatch>,
    ) -> Result<Self> {
        let log = StatementLog::new(stopwatch);
        let (pool, health, condition, shares) = match url {
            DatabaseUrl::Sqlite(path) => {
                let page_size = Schema::ControlPlane.page_size();
                let SqliteConnections { readers, writer, health } =
                    sqlite::open(path, page_size, connections, PATIENCE).await?;
                let health = Pool::Sqlite { readers: health, writer: writer.clone() };
                // SQLite runs in this process: more than two statements per core at once are not faster.
                let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
                let shares = Shares::of_at_most(connections, 2 * cores);
                (Pool::Sqlite { readers, writer }, health, DatabaseCondition::default(), shares)
            }
            DatabaseUrl::Postgres(address) => {
                let steering = Steering::new(address, Arc::clone(&log));
                let pool = steering.connect(connections, PATIENCE).await?;
                let health = steering.health(PATIENCE);
                let shares = Shares::of_at_most(connections, usize::MAX);
                (Pool::Postgres(pool), Pool::Postgres(health), DatabaseCondition::of(steering), shares)
            }
        };
        let revocations = Shares::of_revocations(connections);
        Ok(Self {
            url: Arc::new(url.clone()),
            connections,
            pool,
            schema: Schema::ControlPlane,
            health,
            condition: Arc::new(condition),
            log,
            shares,
            revocations,
            turn: None,
            waiting: Waiting::default(),
        })
    }

    /// Opens the database of observations: on SQLite the file of that name beside this one, with connections of its
    /// own; on PostgreSQL this database.
    pub(crate) async fn open_observations(&self) -> Result<Self> {
        let (schema, connections) = (Schema::Observations, self.connections);
        let Some(path) = self.url.observations_file() else {
            return Ok(Self { schema, ..self.clone() });
        };
        let SqliteConnections { readers, writer, health } =
            sqlite::open(&path, schema.page_size(), connections, PATIENCE).await?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            url: Arc::clone(&self.url),
            connections,
            schema,
            health: Pool::Sqlite { readers: health, writer: writer.clone() },
            pool: Pool::Sqlite { readers, writer },
            condition: Arc::default(),
            log: Arc::clone(&self.log),
            shares: Shares::of_at_most(connections, 2 * cores),
            revocations: Shares::of_revocations(connections),
            turn: None,
            waiting: Waiting::default(),
        })
    }

    /// A handle to the same database for the server's own work, which serves no request.
    pub(crate) fn without_turn(&self) -> Self {
        Self { turn: None, ..self.clone() }
    }

    /// A handle to this database for the request that another handle serves. If both use one database, they share
    /// the request's turn.
    pub(crate) fn for_request_of(&self, other: &Self) -> Self {
        let turn = match (&self.pool, &other.turn) {
            (Pool::Sqlite { .. }, Some(turn)) => Some(Turn::new(&self.shares, turn.parties())),
            (_, turn) => turn.clone(),
        };
        Self { turn, ..self.clone() }
    }

    /// A handle to the same database for one request. The caller and its organization each have a share of
    /// the connections: the request's first statement waits for its turn, and the turn ends when this handle
    /// and all its clones are dropped.
    #[must_use]
    pub fn for_request(&self, parties: Parties) -> Self {
        Self { turn: Some(Turn::new(&self.shares, parties)), ..self.clone() }
    }

    /// Ends the request's turn early, before it waits for something other than the database.
    pub fn end_turn(&self) {
        if let Some(turn) = &self.turn {
            turn.end();
        }
    }

    /// Waits for the turn of the request that this handle serves, if it serves one.
    pub(crate) async fn wait_for_turn(&self) -> Result<()> {
        match &self.turn {
            Some(turn) => turn.wait(PATIENCE).await,
            None => Ok(()),
        }
    }

    /// Turns a pool error into [`Error::Busy`] if the pool timed out although the database answers: all
    /// connections are in use.
    pub(crate) fn no_connection(&self, error: sqlx::Error) -> Error {
        match error {
            sqlx::Error::PoolTimedOut if !self.is_away() => Error::Busy,
            error => error.into(),
        }
    }

    /// Sets which statements are logged as slow, for all handles to this database.
    pub fn log_slow_statements(&self, slow: SlowStatements) {
        self.log.set(slow);
    }

    /// What was counted of the statements on this database until now.
    pub fn measures(&self) -> DatabaseMeasures {
        self.log.measures().read()
    }

    pub(crate) const fn log(&self) -> &Arc<StatementLog> {
        &self.log
    }

    pub(crate) const fn turn(&self) -> Option<&Arc<Turn>> {
        self.turn.as_ref()
    }

    /// Reserves disk space for writes that take something away (SQLite only). If there is no room now, the
    /// reserve is created as soon as there is.
    pub async fn keep_reserve(mut self) -> Result<Self> {
        if let (DatabaseUrl::Sqlite(path), Some(observations)) = (&*self.url, self.url.observations_file()) {
            let reserve = match self.schema {
                Schema::ControlPlane => Reserve::beside(path),
                Schema::Observations => Reserve::of_observations(&observations),
            };
            self.condition = Arc::new(DatabaseCondition::with_reserve(reserve));
            self.condition.restore_reserve().await?;
        }
        Ok(self)
    }

    pub(crate) fn condition(&self) -> &Arc<DatabaseCondition> {
        &self.condition
    }

    /// Marks the database as unreachable or reachable. While it is unreachable, reads and writes fail at
    /// once instead of waiting for a connection. [`Store::ping`] and [`Store::examine`] still ask it.
    pub fn set_away(&self, is_away: bool) {
        self.condition.set_away(is_away);
    }

    /// Whether the database is marked as unreachable.
    pub fn is_away(&self) -> bool {
        self.require_there().is_err()
    }

    pub(crate) fn require_there(&self) -> Result<()> {
        self.condition.require_there()
    }

    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The connection reserved for health checks.
    pub(crate) const fn health(&self) -> &Pool {
        &self.health
    }

    /// The kind of database.
    pub const fn engine(&self) -> Engine {
        match self.pool {
            Pool::Sqlite { .. } => Engine::Sqlite,
            Pool::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) fn migrator(&self) -> &'static Migrator {
        match self.engine() {
            Engine::Sqlite => self.schema.on_sqlite(),
            Engine::Postgres => self.schema.on_postgres(),
        }
    }

    /// Compares the schema to the one that this version needs.
    pub async fn schema_state(&self) -> Result<SchemaState> {
        let table = &self.migrator().table_name;
        // Checked with a query instead of `CREATE TABLE IF NOT EXISTS`: the server's database role need not
        // have the right to create tables.
        let name = StatementName::DatabaseHasMigrations;
        let applied = match &self.pool {
            Pool::Sqlite { writer, .. } => {
                let mut connection = writer.acquire().await?;
                let is_there = sqlx::query_scalar::<Sqlite, i64>(
                    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
                );
                let asked = is_there.bind(&**table).fetch_one(&mut *connection);
                match self.log.time(name, asked).await? {
                    0 => Vec::new(),
                    _ => connection.list_applied_migrations(table).await?,
                }
            }
            Pool::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                let is_there = sqlx::query_scalar::<Postgres, bool>("SELECT to_regclass($1) IS NOT NULL");
                let asked = is_there.bind(&**table).fetch_one(&mut *connection);
                if self.log.time(name, asked).await? {
                    connection.list_applied_migrations(table).await?
                } else {
                    Vec::new()
                }
            }
        };
        let known: Vec<i64> = self.migrator().iter().map(|m| m.version).collect();
        Ok(if applied.iter().any(|m| !known.contains(&m.version)) {
            SchemaState::Ahead
        } else if applied.len() < known.len() {
            SchemaState::Behind(known.len() - applied.len())
        } else {
            SchemaState::Current
        })
    }

    /// Migrates the schema to this version. Several servers on one PostgreSQL may do so at once: they take
    /// turns. On SQLite nothing coordinates them, because the file belongs to one server.
    pub async fn migrate(&self) -> Result<()> {
        match &self.pool {
            Pool::Sqlite { writer, .. } => self.migrator().run(writer).await?,
            Pool::Postgres(pool) => {
                // A connection without the time limit of statements: a migration may take long, and so may waiting for
                // that of another server.
                let unlimited = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
                let unlimited = unlimited.connect_lazy_with(pool.connect_options().as_ref().clone());
                let migrated = self.migrator().run(&unlimited).await;
                unlimited.close().await;
                migrated?;
            }
        }
        match self.schema {
            Schema::ControlPlane => self.fold_names().await,
            Schema::Observations => Ok(()),
        }
    }

    /// Begins a write transaction. On SQLite this waits until the current writer is done.
    pub async fn begin(&self) -> Result<Tx> {
        self.begin_holding(&Holds::default()).await
    }

    /// Begins a write transaction that holds the advisory locks of the rights it uses and of those it
    /// changes. SQLite has only one writer and needs no locks.
    pub async fn begin_holding(&self, holds: &Holds) -> Result<Tx> {
        self.require_there()?;
        self.condition.require_room()?;
        self.wait_for_turn().await?;
        self.begin_with(holds, self.turn.clone()).await
    }

    /// Begins a long write transaction, which takes the locks of the rights that it uses at its end, in
    /// [`Tx::lock_late`]. It fails if these rights are changed meanwhile. `still_holds` answers without I/O
    /// whether the caller still has its rights.
    pub async fn begin_long(&self, holds: &Holds, still_holds: StillHolds) -> Result<Tx> {
        let late = Late::new(holds.shared(), still_holds, self.log.now());
        let mut tx = self.begin_holding(&Holds::default()).await?;
        tx.late = Some(late);
        Ok(tx)
    }

    /// Begins a transaction that takes something away, such as revoking a key. It may use the reserved disk
    /// space, and does not wait for the turn of a request, so a caller with many requests cannot delay it. On
    /// PostgreSQL, where it may wait for locks, it waits for a turn among revocations instead.
    pub async fn begin_taking_away(&self, holds: &Holds) -> Result<Tx> {
        self.require_there()?;
        if self.condition.give_up_reserve_if_full().await?
            && let Pool::Sqlite { writer, .. } = &self.pool
        {
            // The checkpoint moves the write-ahead log into the database file and frees the log's disk
            // space.
            let checkpoint = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer);
            if let Err(error) = self.log.time(StatementName::DatabaseCheckpoint, checkpoint).await {
                tracing::warn!(
                    error = crate::error::said(&error),
                    "SQLite's write-ahead log (the file that ends in -wal) could not be shortened to free disk space"
                );
            }
        }
        let turn = match (&self.pool, &self.turn) {
            (Pool::Postgres(_), Some(turn)) => {
                let turn = turn.to_revoke(&self.revocations);
                turn.wait(PATIENCE).await?;
                Some(turn)
            }
            _ => self.turn.clone(),
        };
        self.begin_with(holds, turn).await
    }

    /// Begins a write transaction even if the database is marked as unreachable.
    pub(crate) async fn begin_anyway(&self, holds: &Holds) -> Result<Tx> {
        self.begin_with(holds, self.turn.clone()).await
    }

    async fn begin_with(&self, holds: &Holds, turn: Option<Arc<Turn>>) -> Result<Tx> {
        let begin = async {
            Ok(match &self.pool {
                Pool::Sqlite { writer, .. } => {
                    let _waits = self.waiting.add(holds.alone());
                    Transaction::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
                }
                Pool::Postgres(pool) => {
                    // `BEGIN` and the locks are one message: the locks cost no extra round trip.
                    let mut tries = 1;
                    let begun = loop {
                        let begin = begin_with_timeout(holds.begin(), turn.is_some());
                        match PostgresTransaction::begin(pool, begin, turn.clone()).await {
                            // The database ended a deadlock by refusing the locks, and nothing was done yet.
                            Err(error) if is_deadlock(&error) && tries < BEGIN_TRIES => tries += 1,
                            begun => break begun,
                        }
                    };
                    Transaction::Postgres(begun?)
                }
            })
        };
        let begun = self.log.time(StatementName::TransactionsBegin, begin).await;
        let transaction = begun.map_err(|error| self.no_connection(error))?;
        Ok(Tx {
            transaction,
            changes: BTreeSet::new(),
            work: WorkDone::default(),
            held: holds.alone(),
            late: None,
            waiting: self.waiting.clone(),
            condition: Arc::clone(&self.condition),
            log: Arc::clone(&self.log),
            _turn: turn,
        })
    }

    /// Closes every connection, after the statements running on it have ended.
    pub async fn close(&self) {
        self.health.close().await;
        self.pool.close().await;
    }
}

/// SQL that begins a transaction, with the time that each of its statements may take. The server's own work may take
/// longer than that of a request.
fn begin_with_timeout(begin: String, is_of_request: bool) -> String {
    if is_of_request { begin } else { format!("{begin}; SET LOCAL statement_timeout = '1h'") }
}

#[derive(Debug)]
pub(crate) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(PostgresTransaction),
}

/// A write transaction. It is rolled back unless it is committed.
#[derive(Debug)]
pub struct Tx {
    pub(crate) transaction: Transaction,
    pub(crate) changes: BTreeSet<Change>,
    /// The commands that it gives and the results that it ends, to be counted when it is committed.
    pub(crate) work: WorkDone,
    /// The advisory locks that this transaction holds exclusively.
    pub(crate) held: BTreeSet<Lock>,
    /// The locks that it takes at its end, if it is a long one.
    pub(crate) late: Option<Late>,
    /// The transactions that wait for SQLite's only writer.
    pub(crate) waiting: Waiting,
    pub(crate) condition: Arc<DatabaseCondition>,
    pub(crate) log: Arc<StatementLog>,
    /// The turn of the request or the revocation. It must outlive the transaction, so it is the last field to
    /// be dropped.
    _turn: Option<Arc<Turn>>,
}

impl Tx {
    /// Notes in the condition of the database whether this write found the disk full.
    pub(crate) fn noted<T>(&self, result: sqlx::Result<T>) -> Result<T> {
        self.condition.noted(result.map_err(Error::from))
    }
}

/// The nil UUID, which stands for the server as a whole in the audit trail.
pub(crate) const SERVER: Uuid = Uuid::nil();

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_reported_and_later_writes_succeed() {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
        let store = Store::connect(&url, 1).await.unwrap();
        store.migrate().await.unwrap();
        let Pool::Sqlite { writer, .. } = store.pool() else { panic!("expected SQLite") };
        let most = async |pages: u32| {
            let pragma = format!("PRAGMA max_page_count = {pages}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(pragma)).execute(writer).await.unwrap();
        };
        let write = async |n: u32| {
            let mut tx = store.begin().await?;
            tx.set_once(&format!("name {n}"), &"x".repeat(10_000)).await?;
            tx.commit().await
        };
        // SQLite does not go below the number of pages that exist, so this leaves no free page.
        most(1).await;
        let refused = write(1).await.unwrap_err();
        assert!(matches!(refused, Error::Full(_)), "{refused}");
        most(100_000).await;
        write(2).await.unwrap();
        assert_eq!(store.setting("name 1").await.unwrap(), None);
    }
}
