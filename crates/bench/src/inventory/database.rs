//! The databases that are measured.

use std::time::SystemTime;

use anyhow::Context as _;
use bailiwick_store::DatabaseUrl;
use clap::ValueEnum;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::product::Home;

/// The environment variable with the URL of a PostgreSQL server on which databases may be created. `cargo
/// xtask bench inventory` sets it.
pub(crate) const POSTGRES: &str = "BAILIWICK_TEST_POSTGRES";

/// Which database it is.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// In the server's process
    Sqlite,
    /// A server of its own
    Postgres,
}

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

fn postgres() -> Option<String> {
    std::env::var(POSTGRES).ok().filter(|url| !url.is_empty())
}

impl Engine {
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// Whether this engine is available.
    pub(crate) fn is_there(self) -> bool {
        self == Self::Sqlite || postgres().is_some()
    }
}

/// An empty database for one measurement.
pub(crate) enum Database {
    /// The file that a server creates in its data directory.
    Sqlite,
    /// A database that was created on a PostgreSQL server.
    Postgres { server: Box<PgConnectOptions>, name: String, url: String },
}

impl Database {
    /// Creates a database.
    pub(crate) async fn make(engine: Engine) -> anyhow::Result<Self> {
        if engine == Engine::Sqlite {
            return Ok(Self::Sqlite);
        }
        let url =
            postgres().with_context(|| format!("set {POSTGRES} to the address of a PostgreSQL server"))?;
        let server: Box<PgConnectOptions> = Box::new(url.parse()?);
        #[allow(clippy::disallowed_methods, reason = "each run uses a database of its own")]
        let since = SystemTime::UNIX_EPOCH.elapsed()?.as_nanos();
        let name = format!("bailiwick_bench_{}_{since}", std::process::id());
        let url = named(&url, &name);
        run_on(&server, &format!("CREATE DATABASE {name}")).await?;
        Ok(Self::Postgres { server, name, url })
    }

    /// The URL to give to a server; `None` for the default database in its data directory.
    pub(crate) fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres { url, .. } => Some(url.clone()),
        }
    }

    /// The URL for opening the store, if the server's data directory is in `home`.
    pub(crate) fn store_url(&self, home: &Home) -> anyhow::Result<DatabaseUrl> {
        Ok(match self {
            Self::Sqlite => DatabaseUrl::Sqlite(home.sqlite()),
            Self::Postgres { url, .. } => url.parse()?,
        })
    }

    /// Runs the maintenance that PostgreSQL would start by itself within minutes of so many changes, so that
    /// it does not disturb a measurement.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        if let Self::Postgres { server, name, .. } = self {
            let database = server.as_ref().clone().database(name);
            run_on(&database, "VACUUM (ANALYZE)").await?;
            run_on(&database, "CHECKPOINT").await?;
        }
        Ok(())
    }

    /// How many bytes the observations take in the file of SQLite, or the whole database on PostgreSQL, once deleted
    /// rows and the log of writes are gone.
    pub(crate) async fn bytes(&self, url: &DatabaseUrl) -> anyhow::Result<u64> {
        if let Self::Postgres { server, name, .. } = self {
            let database = server.as_ref().clone().database(name);
            run_on(&database, "VACUUM (FULL, ANALYZE)").await?;
            let mut connection = PgConnection::connect_with(&database).await?;
            let query = sqlx::query_scalar("SELECT pg_database_size(current_database())");
            let bytes: i64 = query.fetch_one(&mut connection).await?;
            connection.close().await?;
            return Ok(u64::try_from(bytes)?);
        }
        let path = url.observations_file().context("the file of observations is unknown")?;
        let mut connection =
            SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await?;
        for sql in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            sqlx::raw_sql(sql).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(std::fs::metadata(path)?.len())
    }

    /// Drops the database. A file in a data directory is removed with the directory.
    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        if let Self::Postgres { server, name, .. } = self {
            run_on(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }
}

/// The URL of another database on the same server.
fn named(url: &str, name: &str) -> String {
    let (place, options) = url.split_once('?').map_or((url, None), |(place, options)| (place, Some(options)));
    let authority = place.find("://").map_or(0, |at| at + 3);
    let end = place[authority..].find('/').map_or(place.len(), |at| authority + at);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{name}{options}", &place[..end])
}

async fn run_on(options: &PgConnectOptions, sql: &str) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect_with(options).await?;
    // Safe, because only SQL of this program is passed here.
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_name_in_a_url_is_replaced() {
        for (url, other) in [
            ("postgres://u:p@h:5432/a?sslmode=require", "postgres://u:p@h:5432/b?sslmode=require"),
            ("postgres://u@%2Ftmp%2Fx/a", "postgres://u@%2Ftmp%2Fx/b"),
            ("postgres://h", "postgres://h/b"),
        ] {
            assert_eq!(named(url, "b"), other);
        }
    }
}
