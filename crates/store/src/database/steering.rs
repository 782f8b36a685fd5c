//! Finds the host of a PostgreSQL address that accepts writes, and points the connection pools to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};

use crate::database::address::PostgresAddress;
use crate::error::{Error, Result, said};
use crate::sql::log::StatementLog;
use crate::sql::name::StatementName;

/// How long an idle connection may take to answer a ping before it is replaced.
const IDLE_PATIENCE: Duration = Duration::from_secs(2);
/// How long a notification from this server to itself may take.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

/// Sets up a connection. No statement of a request runs longer than `statement_timeout`: a request that is
/// over cannot end its statement itself.
const SET_UP: &str = "SET client_min_messages = warning; SET statement_timeout = '60s'";

/// Whether the database session that runs this cannot write.
const IS_READ_ONLY: &str = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";

/// The hosts of an address, and the index of the one that the pools connect to.
#[derive(Debug)]
pub(crate) struct Steering {
    hosts: Vec<PgConnectOptions>,
    connect_timeout: Duration,
    at: AtomicUsize,
    log: Arc<StatementLog>,
}

/// A host's name in messages, with its port.
fn name(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => format!("{}:{}", socket.display(), options.get_port()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

async fn is_read_only(log: &StatementLog, connection: &mut PgConnection) -> sqlx::Result<bool> {
    // As plain text, not a prepared statement: it is not known yet whether the connection supports those.
    let asked = connection.fetch_one(sqlx::raw_sql(IS_READ_ONLY));
    log.time(StatementName::ConnectionsIsReadOnly, asked).await?.try_get(0)
}

impl Steering {
    pub(crate) fn new(address: &PostgresAddress, log: Arc<StatementLog>) -> Self {
        let hosts = address.hosts().iter().map(|options| {
            let name = options.get_application_name().unwrap_or("bailiwick").to_owned();
            // Connection poolers reject startup parameters that they do not know.
            let options = options.clone().application_name(&name).extra_float_digits(None);
            // Statements are logged by `StatementLog`, by name.
            options.disable_statement_logging()
        });
        Self {
            hosts: hosts.collect(),
            connect_timeout: address.connect_timeout(),
            at: AtomicUsize::new(0),
            log,
        }
    }

    pub(crate) const fn has_several(&self) -> bool {
        self.hosts.len() > 1
    }

    /// Finds a host that accepts writes, starting with the last one that did.
    async fn find(&self) -> Result<usize> {
        let (count, at) = (self.hosts.len(), self.at.load(Ordering::Acquire));
        let (mut read_only, mut first, mut reasons) = (None, None, Vec::new());
        for index in (0..count).map(|n| (at + n) % count) {
            let Some(options) = self.hosts.get(index) else { continue };
            let attempt = async {
                let mut connection = PgConnection::connect_with(options).await?;
                let is_read_only = is_read_only(&self.log, &mut connection).await?;
                connection.close().await?;
                Ok::<_, sqlx::Error>(is_read_only)
            };
            match tokio::time::timeout(self.connect_timeout, attempt).await {
                Ok(Ok(false)) => return Ok(index),
                Ok(Ok(true)) => {
                    reasons.push(format!("{} is read-only", name(options)));
                    read_only.get_or_insert(name(options));
                }
                Ok(Err(error)) => {
                    reasons.push(format!("{}: {}", name(options), said(&error)));
                    first.get_or_insert(error);
                }
                Err(_) => {
                    let seconds = self.connect_timeout.as_secs();
                    reasons.push(format!("{}: no answer within {seconds} s", name(options)));
                }
            }
        }
        match (read_only, first) {
            (Some(host), None) if reasons.len() == 1 => Err(Error::ReadOnly(host)),
            // With one host, the original error is kept, because its kind tells what to do.
            (None, Some(error)) if reasons.len() == 1 => Err(error.into()),
            _ => Err(Error::Unavailable(std::io::Error::other(reasons.join("; ")).into())),
        }
    }

    /// Opens a pool of connections to the host that accepts writes.
    pub(crate) async fn connect(&self, connections: u32, patience: Duration) -> Result<PgPool> {
        let index = self.find().await?;
        self.at.store(index, Ordering::Release);
        let options = self.hosts.get(index).cloned().ok_or(Error::Url)?;
        let pool = self.pool_of(connections.max(2), patience).connect_with(options).await;
        let pool = self.with_reason(pool).await?;
        let heard = self.with_reason(hears_itself(&self.log, &pool).await).await;
        if heard.is_err() {
            pool.close().await;
        }
        heard.map(|()| pool)
    }

    /// A pool of one connection to the host that was found, opened on first use.
    pub(crate) fn health(&self, patience: Duration) -> PgPool {
        let options = self.hosts.get(self.at.load(Ordering::Acquire)).cloned().unwrap_or_default();
        self.pool_of(1, patience).connect_lazy_with(options)
    }

    fn pool_of(&self, connections: u32, patience: Duration) -> PgPoolOptions {
        let several = self.has_several();
        let (log, at_use) = (Arc::clone(&self.log), Arc::clone(&self.log));
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(patience)
            .after_connect(move |connection, _| {
                let log = Arc::clone(&log);
                Box::pin(async move {
                    // Suppresses notices such as "table already exists", and ends statements whose request is over.
                    let set_up = connection.execute(SET_UP);
                    log.time(StatementName::ConnectionsSetUp, set_up).await?;
                    if several && is_read_only(&log, connection).await? {
                        return Err(sqlx::Error::Configuration("the host is read-only".into()));
                    }
                    Ok(())
                })
            })
            // The driver's own test of an idle connection has no timeout, and hangs if the network is gone.
            .test_before_acquire(false)
            .before_acquire(move |connection, _| {
                let log = Arc::clone(&at_use);
                Box::pin(async move {
                    let test = async {
                        if several {
                            Ok(!is_read_only(&log, connection).await?)
                        } else {
                            connection.ping().await.map(|()| true)
                        }
                    };
                    Ok(matches!(tokio::time::timeout(IDLE_PATIENCE, test).await, Ok(Ok(true))))
                })
            })
    }

    /// If a pool timed out, asks the database directly for the actual reason.
    async fn with_reason<T, E: Into<Error>>(&self, result: Result<T, E>) -> Result<T> {
        match result.map_err(Into::into) {
            Err(Error::Unavailable(sqlx::Error::PoolTimedOut)) => {
                self.find().await?;
                Err(Error::Unavailable(sqlx::Error::PoolTimedOut))
            }
            other => other,
        }
    }

    /// Finds a host that accepts writes and makes the pools connect to it from now on. The error says why
    /// there is none.
    pub(crate) async fn steer(&self, pools: [&PgPool; 2]) -> Result<()> {
        let index = self.find().await?;
        if self.at.swap(index, Ordering::AcqRel) != index
            && let Some(options) = self.hosts.get(index)
        {
            pools.iter().for_each(|pool| pool.set_connect_options(options.clone()));
            tracing::warn!(host = name(options), "the server now uses another database host");
        }
        Ok(())
    }
}

/// Rejects a pooler that gives each transaction another connection. Servers tell each other of changed keys
/// by notifications, which only arrive on a connection that stays the same.
async fn hears_itself(log: &StatementLog, pool: &PgPool) -> Result<()> {
    let mut listener = pool.acquire().await?;
    let asked = listener.fetch_one("SELECT pg_backend_pid()");
    let process: i32 = log.time(StatementName::ConnectionsProcess, asked).await?.try_get(0)?;
    drop(listener);
    let mut listener = sqlx::postgres::PgListener::connect_with(pool).await?;
    let channel = format!("bailiwick_start_{process}");
    listener.listen(&channel).await?;
    let notify = sqlx::AssertSqlSafe(format!("SELECT pg_notify('{channel}', '')"));
    match log.time(StatementName::ConnectionsNotifyItself, pool.execute(sqlx::raw_sql(notify))).await {
        Ok(_) => {}
        // The notification arrived on the connection that did not listen.
        Err(sqlx::Error::Protocol(_)) => return Err(Error::Pooler),
        Err(error) => return Err(error.into()),
    }
    match tokio::time::timeout(TOLD_WITHIN, listener.try_recv()).await {
        Ok(Ok(Some(_))) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        Ok(Ok(None)) | Err(_) => Err(Error::Pooler),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Executor as _;

    use super::*;
    use crate::database::store::DatabaseUrl;
    use crate::sql::log::SystemStopwatch;

    #[tokio::test]
    async fn statements_on_postgresql_have_a_time_limit() {
        // `cargo xtask test` names a PostgreSQL.
        let Ok(url) = std::env::var("BAILIWICK_TEST_POSTGRES") else { return };
        let Ok(DatabaseUrl::Postgres(address)) = url.parse() else { panic!("expected a PostgreSQL: {url}") };
        let steering = Steering::new(&address, StatementLog::new(Arc::new(SystemStopwatch::default())));
        let pool = steering.connect(2, Duration::from_secs(10)).await.unwrap();
        let limit: String = pool.fetch_one("SHOW statement_timeout").await.unwrap().get(0);
        assert_eq!(limit, "1min");
        let slow = "SET LOCAL statement_timeout = '100ms'; SELECT pg_sleep(3600)";
        let mut transaction = pool.begin().await.unwrap();
        assert!(transaction.execute(slow).await.is_err());
    }
}
