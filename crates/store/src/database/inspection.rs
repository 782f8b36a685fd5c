//! Inspection of a database from outside of a server: damage, room for connections, and who else uses it.

use crate::database::run::Run as _;
use crate::database::store::{Engine, Store};
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many connections PostgreSQL allows, and what allows no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionLimit {
    /// The most connections.
    pub most: i64,
    /// What sets this limit, in words.
    pub of: &'static str,
}

impl Store {
    /// The first damage that SQLite finds in the file; `None` if there is none, and on PostgreSQL. It reads the
    /// whole file.
    pub async fn damage(&self) -> Result<Option<String>> {
        if self.engine() == Engine::Postgres {
            return Ok(None);
        }
        let mut run = self;
        let rows: Vec<(String,)> =
            run.rows(StatementName::HealthIntegrity, Statement::new("PRAGMA quick_check(1)")).await?;
        Ok(rows.into_iter().map(|(text,)| text).find(|text| text != "ok"))
    }

    /// The lowest of the limits on connections that PostgreSQL sets to this role; `None` on SQLite.
    pub async fn connection_limit(&self) -> Result<Option<ConnectionLimit>> {
        if self.engine() == Engine::Sqlite {
            return Ok(None);
        }
        let rows: Vec<(i64, i64, i64)> = self
            .ask_for_health(
                StatementName::HealthConnections,
                Statement::new(
                    "SELECT current_setting('max_connections')::bigint \
                     - current_setting('superuser_reserved_connections')::bigint, \
                     CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END::bigint, r.rolconnlimit::bigint \
                     FROM pg_roles r, pg_database d \
                     WHERE r.rolname = current_user AND d.datname = current_database()",
                ),
            )
            .await?;
        let Some((of_server, of_database, of_role)) = rows.into_iter().next() else { return Ok(None) };
        // A negative limit stands for none.
        let limits = [
            (of_server, "max_connections of PostgreSQL, without those that are reserved"),
            (of_database, "the CONNECTION LIMIT of the database"),
            (of_role, "the CONNECTION LIMIT of the database role"),
        ];
        let least = limits.into_iter().filter(|(most, _)| *most >= 0).min_by_key(|(most, _)| *most);
        Ok(least.map(|(most, of)| ConnectionLimit { most, of }))
    }

    /// The addresses of other machines whose servers are connected to this database now. Empty on SQLite.
    pub async fn other_machines(&self) -> Result<Vec<String>> {
        if self.engine() == Engine::Sqlite {
            return Ok(Vec::new());
        }
        let rows: Vec<(String,)> = self
            .ask_for_health(
                StatementName::HealthOthers,
                Statement::new(
                    "SELECT DISTINCT host(a.client_addr) FROM pg_stat_activity a, \
                     (SELECT client_addr FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS me \
                     WHERE a.datname = current_database() AND a.application_name = 'bailiwick' \
                     AND a.client_addr IS NOT NULL AND a.client_addr IS DISTINCT FROM me.client_addr \
                     ORDER BY 1 LIMIT 100",
                ),
            )
            .await?;
        Ok(rows.into_iter().map(|(address,)| address).collect())
    }
}
