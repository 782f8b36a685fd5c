//! Whether a database is damaged, and which migrations it has.

use bailiwick_domain::meaning::area::Area;
use sqlx::Row as _;
use sqlx::migrate::Migrate as _;

use crate::database::run::Run as _;
use crate::database::store::{Pool, Store};
use crate::databases::Databases;
use crate::error::{OrCorrupt as _, Result};
use crate::production_changes::Outdated;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The number of the last migration of the control plane's tables and of those of observations; 0 if there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrations {
    /// That of the control plane.
    pub control_plane: i64,
    /// That of observations.
    pub observations: i64,
}

impl Databases {
    /// The migrations that were made.
    pub async fn migrations(&self) -> Result<Migrations> {
        Ok(Migrations {
            control_plane: self.store.last_migration().await?,
            observations: self.observations.store.last_migration().await?,
        })
    }

    /// The migrations that this version knows.
    pub fn known_migrations(&self) -> Migrations {
        let last = |store: &Store| store.migrator().iter().map(|migration| migration.version).max();
        Migrations {
            control_plane: last(&self.store).unwrap_or_default(),
            observations: last(&self.observations.store).unwrap_or_default(),
        }
    }

    /// What SQLite finds damaged, some lines at most; nothing on PostgreSQL, which cannot say.
    pub async fn faults(&self) -> Result<Vec<String>> {
        let mut found = self.store.faults().await?;
        found.extend(self.observations.store.faults().await?);
        Ok(found)
    }
}

impl Store {
    async fn last_migration(&self) -> Result<i64> {
        let table = &self.migrator().table_name;
        let applied = match self.pool() {
            Pool::Sqlite { writer, .. } => writer.acquire().await?.list_applied_migrations(table).await?,
            Pool::Postgres(pool) => pool.acquire().await?.list_applied_migrations(table).await?,
        };
        Ok(applied.iter().map(|migration| migration.version).max().unwrap_or_default())
    }

    /// Unlike [`Store::damage`], it compares the indexes with their tables too, and checks references.
    async fn faults(&self) -> Result<Vec<String>> {
        let Pool::Sqlite { writer, .. } = self.pool() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for row in sqlx::query("PRAGMA integrity_check(5)").fetch_all(writer).await? {
            let line: String = row.try_get(0).or_corrupt("integrity_check", "line")?;
            if line != "ok" {
                found.push(line);
            }
        }
        if let Some(row) = sqlx::query("PRAGMA foreign_key_check").fetch_optional(writer).await? {
            let table: String = row.try_get(0).or_corrupt("foreign_key_check", "table")?;
            found.push(format!("a row of {table} refers to one that does not exist"));
        }
        Ok(found)
    }

    /// How many changes of production were ever noted, and how many of them no report has read (SQLite only). If both
    /// stay the same, so did what reports must know of production.
    pub async fn production_changes_noted(&self) -> Result<(i64, i64)> {
        let mut run = self;
        let statement = Statement::new(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'production_changes'), 0), \
             (SELECT count(*) FROM production_changes)",
        );
        Ok(run.row(StatementName::ProductionChangesNoted, statement).await?.unwrap_or_default())
    }

    /// Notes that all sums of days are outdated, for a database whose observations may be older than what it says of
    /// production. Reports then work them out again.
    pub async fn outdate_all_sums(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        for (organization, _) in self.retentions().await? {
            tx.production_changed(organization, Area::Organization, Outdated::ALWAYS).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
