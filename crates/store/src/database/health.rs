//! Health checks: whether a database answers and accepts writes, its clock, and the columns of its tables.

use std::time::Duration;

use bailiwick_domain::outside::Clock;

use crate::database::run::Run as _;
use crate::database::store::{Engine, Pool, Store};
use crate::error::{Error, Result};
use crate::locks::holds::Holds;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How long a database with one host may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a database with several hosts may take before another host is tried.
const PATIENCE_WITH_A_HOST: Duration = Duration::from_secs(1);
/// How many bytes are written to check whether there is room again: more than the free space in existing
/// pages.
const PROBE: usize = 64 << 10;

/// The result of a health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Examined {
    /// By how many microseconds this server's clock is ahead of the database's (negative if behind). This is
    /// a lower bound: the duration of the query is subtracted. Zero on SQLite.
    pub clock_ahead_micros: i64,
}

/// Whether the tables must exist already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tables {
    Needed,
    /// Another server may be migrating the database right now.
    MayBeMissing,
}

impl Store {
    /// Fails if the database does not answer.
    pub async fn ping(&self) -> Result<()> {
        self.ask_for_health::<(i64,)>(StatementName::HealthPing, Statement::new("SELECT CAST(1 AS BIGINT)"))
            .await
            .map(|_| ())
    }

    /// Checks that the database answers in time and accepts writes, and compares the clocks. If it fails and
    /// the address has several hosts, looks for the one that accepts writes.
    pub async fn examine(&self, clock: &dyn Clock) -> Result<Examined> {
        let steering = self.condition().steering();
        let several = steering.is_some_and(crate::database::steering::Steering::has_several);
        let patience = if several { PATIENCE_WITH_A_HOST } else { PATIENCE };
        let late = || Err(Error::Unavailable(sqlx::Error::PoolTimedOut));
        let mut examined = tokio::time::timeout(patience, self.ask_health(clock, Tables::Needed))
            .await
            .unwrap_or_else(|_| late());
        if let (
            Err(Error::Unavailable(_) | Error::ReadOnly(_)),
            Some(steering),
            Pool::Postgres(pool),
            Pool::Postgres(health),
        ) = (&examined, steering, self.pool(), self.health())
        {
            // Requests should not wait for the database while another host, or the reason, is looked for.
            self.set_away(true);
            // With one host this still finds the reason, which a pool does not know.
            steering.steer([pool, health]).await?;
            if several {
                examined = tokio::time::timeout(PATIENCE, self.ask_health(clock, Tables::Needed))
                    .await
                    .unwrap_or_else(|_| late());
            }
        }
        let examined = examined?;
        self.examine_room().await?;
        Ok(examined)
    }

    /// By how many microseconds this server's clock is ahead of the database's, as in [`Examined`].
    pub async fn clock_ahead_micros(&self, clock: &dyn Clock) -> Result<i64> {
        Ok(self.ask_health(clock, Tables::MayBeMissing).await?.clock_ahead_micros)
    }

    async fn ask_health(&self, clock: &dyn Clock, tables: Tables) -> Result<Examined> {
        if self.engine() == Engine::Sqlite {
            self.ping().await?;
            return Ok(Examined { clock_ahead_micros: 0 });
        }
        let before = clock.now().as_micros();
        let rows: Vec<(i64, bool, Option<String>, bool)> = self
            .ask_for_health(StatementName::HealthExamine, Statement::new(
                "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), \
                 pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean, \
                 (SELECT min(relname::text) FROM pg_class WHERE relkind = 'r' \
                 AND relnamespace = current_schema()::regnamespace AND NOT (has_table_privilege(oid, 'SELECT') \
                 AND has_table_privilege(oid, 'INSERT') AND has_table_privilege(oid, 'UPDATE') \
                 AND has_table_privilege(oid, 'DELETE')) AND relname NOT IN ('_sqlx_migrations', '_sqlx_observation_migrations')), \
                 to_regclass('_sqlx_migrations') IS NULL OR to_regclass('keys') IS NOT NULL",
            ))
            .await?;
        let after = clock.now().as_micros();
        let (theirs, is_read_only, closed_table, has_tables) = rows
            .into_iter()
            .next()
            .ok_or(Error::Corrupt { table: "pg_catalog", what: "time of the database" })?;
        if is_read_only {
            return Err(Error::ReadOnly("this address".to_owned()));
        }
        if tables == Tables::Needed && !has_tables {
            return Err(Error::Rights(
                "the tables of Bailiwick do not exist, or the role may not use them".to_owned(),
            ));
        }
        if let Some(table) = closed_table {
            return Err(Error::Rights(format!("it may not read and write the table {table}")));
        }
        // The database read its clock somewhere between the two.
        let clock_ahead_micros = if theirs < before {
            before.saturating_sub(theirs)
        } else if theirs > after {
            after.saturating_sub(theirs)
        } else {
            0
        };
        Ok(Examined { clock_ahead_micros })
    }

    /// Checks that the disk has room. On SQLite this is always tried; on PostgreSQL only after a write found
    /// the disk full.
    pub(crate) async fn examine_room(&self) -> Result<()> {
        let condition = self.condition();
        if self.engine() == Engine::Sqlite {
            condition.probe_room().await?;
        } else if condition.is_full() {
            // The transaction is rolled back, so the space that it took is free again.
            let mut tx = self.begin_anyway(&Holds::default()).await?;
            tx.set_once("room", &noise(PROBE)).await?;
        }
        condition.set_full(false);
        Ok(())
    }

    /// The tables and their columns, sorted, for the test that compares the schemas of both databases.
    pub async fn columns(&self) -> Result<Vec<(String, String)>> {
        let mut run = self;
        run.rows(
            StatementName::HealthColumns,
            Statement::new(match self.engine() {
                Engine::Sqlite => {
                    "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
                }
                Engine::Postgres => {
                    "SELECT table_name::text COLLATE \"C\", column_name::text COLLATE \"C\" \
                 FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2"
                }
            }),
        )
        .await
    }
}

/// Random characters that a database cannot compress much.
fn noise(length: usize) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let letters = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'0' + u8::try_from(state % 75).unwrap_or_default())
    });
    letters.take(length).collect()
}
