//! A database of its own for each test.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bailiwick_domain::outside::Stopwatch;
use bailiwick_store::{DatabaseUrl, Engine, Observations, Store};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Names a PostgreSQL where databases may be made. `cargo xtask test` sets it.
const POSTGRES: &str = "BAILIWICK_TEST_POSTGRES";
/// If it is `1`, a test that cannot run fails.
const REQUIRE_ALL: &str = "BAILIWICK_TEST_REQUIRE_ALL";

/// A database and how to reach it past the store.
pub struct Database {
    pub store: Store,
    url: DatabaseUrl,
}

impl Database {
    async fn open(url: DatabaseUrl) -> Self {
        Self { store: Store::connect(&url, 4).await.unwrap(), url }
    }

    /// What another server on the same database has.
    pub async fn another_store(&self) -> Store {
        Store::connect(&self.url, 4).await.unwrap()
    }

    /// The storage of observations with this version's schema. Each call opens it anew, as another server would.
    pub async fn observations(&self) -> Observations {
        let observations = self.store.observations().await.unwrap();
        observations.migrate().await.unwrap();
        observations
    }

    /// Where the database is.
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Like [`another_store`](Self::another_store), with this stopwatch.
    pub async fn another_store_with(&self, stopwatch: Arc<dyn Stopwatch>) -> Store {
        Store::connect_with(&self.url, 4, stopwatch).await.unwrap()
    }

    /// How PostgreSQL is connected to.
    pub fn options(&self) -> PgConnectOptions {
        match &self.url {
            DatabaseUrl::Postgres(address) => address.hosts()[0].clone(),
            DatabaseUrl::Sqlite(_) => panic!("a test of PostgreSQL"),
        }
    }

    /// Runs SQL that the store has no function for.
    pub async fn execute(&self, sql: &str) -> sqlx::Result<u64> {
        Self::execute_on(&self.url, sql).await
    }

    /// The same on the database of observations.
    pub async fn execute_on_observations(&self, sql: &str) -> sqlx::Result<u64> {
        match self.url.observations_file() {
            Some(path) => Self::execute_on(&DatabaseUrl::Sqlite(path), sql).await,
            None => self.execute(sql).await,
        }
    }

    async fn execute_on(url: &DatabaseUrl, sql: &str) -> sqlx::Result<u64> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql));
        match url {
            DatabaseUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let mut connection = SqliteConnection::connect_with(&options).await?;
                let changed = query.execute(&mut connection).await?.rows_affected();
                connection.close().await?;
                Ok(changed)
            }
            DatabaseUrl::Postgres(options) => {
                let mut connection = PgConnection::connect_with(&options.hosts()[0]).await?;
                let changed = query.execute(&mut connection).await?.rows_affected();
                connection.close().await?;
                Ok(changed)
            }
        }
    }
}

/// The foreign keys: a table, the table that it refers to, and whether its rows are deleted with those.
const SQLITE_KEYS: &str = "SELECT m.name, f.\"table\", f.on_delete = 'CASCADE' \
     FROM sqlite_master m, pragma_foreign_key_list(m.name) f \
     WHERE m.type = 'table' AND f.on_delete IN ('NO ACTION', 'CASCADE')";
const POSTGRES_KEYS: &str = "SELECT conrelid::regclass::text, confrelid::regclass::text, confdeltype = 'c' \
     FROM pg_constraint WHERE contype = 'f' AND confdeltype IN ('a', 'c')";

impl Database {
    /// Which tables refer to which others, and whether their rows are deleted with those or prevent the deletion.
    pub async fn foreign_keys(&self) -> Vec<(String, String, bool)> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
                sqlx::query_as(SQLITE_KEYS).fetch_all(&mut connection).await.unwrap()
            }
            DatabaseUrl::Postgres(_) => {
                let mut connection = PgConnection::connect_with(&self.options()).await.unwrap();
                sqlx::query_as(POSTGRES_KEYS).fetch_all(&mut connection).await.unwrap()
            }
        }
    }
}

/// What holds a database, to be removed when the test has ended.
enum Home {
    Directory { _directory: TempDir },
    Server { options: Box<PgConnectOptions>, name: String },
}

impl Home {
    /// `None` if there is no such server to test on.
    async fn make(engine: Engine) -> Option<(Self, DatabaseUrl)> {
        match engine {
            Engine::Sqlite => {
                let directory = tempfile::tempdir().unwrap();
                let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
                Some((Self::Directory { _directory: directory }, url))
            }
            Engine::Postgres => {
                let options = Box::new(server()?.parse::<PgConnectOptions>().unwrap());
                let name = unique_name();
                // template0, because nobody can be connected to it: that would hinder the copy.
                run_on(&options, format!("CREATE DATABASE {name} TEMPLATE template0")).await;
                let url = DatabaseUrl::Postgres(Box::new((*options).clone().database(&name).into()));
                Some((Self::Server { options, name }, url))
            }
        }
    }

    async fn remove(self) {
        if let Self::Server { options, name } = self {
            run_on(&options, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

async fn run_on(options: &PgConnectOptions, sql: String) {
    let mut connection = PgConnection::connect_with(options).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn unique_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    #[allow(clippy::disallowed_methods, reason = "a database of its own for each test")]
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("bailiwick_test_{}_{}_{number}", std::process::id(), since.as_nanos())
}

fn server() -> Option<String> {
    let server = std::env::var(POSTGRES).ok().filter(|url| !url.is_empty());
    if server.is_none() {
        let required = std::env::var(REQUIRE_ALL).is_ok_and(|value| value == "1");
        assert!(!required, "{POSTGRES} names no PostgreSQL, and {REQUIRE_ALL} is 1");
        // Not `eprintln!`, which the test runner hides if the test passes.
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        let _ = writeln!(std::io::stderr(), "SKIPPED: {name}: {POSTGRES} names no PostgreSQL");
    }
    server
}

/// Runs `body` on a database of its own, with this version's schema or none yet, and removes the
/// database however the test ends. `None` if it was skipped.
pub fn on<T>(engine: Engine, migrated: bool, body: impl AsyncFnOnce(&Database) -> T) -> Option<T> {
    let runtime = Runtime::new().unwrap();
    let (home, url) = runtime.block_on(Home::make(engine))?;
    let result = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let database = Database::open(url).await;
            if migrated {
                database.store.migrate().await.unwrap();
            }
            let result = body(&database).await;
            database.store.close().await;
            result
        })
    }));
    runtime.block_on(home.remove());
    Some(result.unwrap_or_else(|panic| resume_unwind(panic)))
}

/// Makes of each function a test on SQLite and one on PostgreSQL: `NAME::sqlite`, `NAME::postgres`.
/// `empty:` gives them databases without a schema.
macro_rules! on_both {
    (empty: $($name:ident),* $(,)?) => { on_both!(@ false, $($name),*); };
    (@ $migrated:literal, $($name:ident),*) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::database::on(bailiwick_store::Engine::Sqlite, $migrated, super::$name);
            }

            #[test]
            fn postgres() {
                $crate::database::on(bailiwick_store::Engine::Postgres, $migrated, super::$name);
            }
        }
    )*};
    ($($name:ident),* $(,)?) => { on_both!(@ true, $($name),*); };
}

/// Makes of each function a test on PostgreSQL: `NAME::postgres`.
macro_rules! on_postgres {
    (empty: $($name:ident),* $(,)?) => { on_postgres!(@ false, $($name),*); };
    (@ $migrated:literal, $($name:ident),*) => {$(
        mod $name {
            #[test]
            fn postgres() {
                $crate::database::on(bailiwick_store::Engine::Postgres, $migrated, super::$name);
            }
        }
    )*};
    ($($name:ident),* $(,)?) => { on_postgres!(@ true, $($name),*); };
}
