//! What a database holds: the control plane's tables or those of observations, and their migrations.

use std::sync::LazyLock;

use sqlx::migrate::Migrator;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
static OBSERVATIONS_SQLITE: Migrator = sqlx::migrate!("migrations/observations/sqlite");
/// On PostgreSQL both have one database, so each notes its migrations in a table of its own.
static OBSERVATIONS_POSTGRES: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = sqlx::migrate!("migrations/observations/postgres");
    migrator.dangerous_set_table_name(OBSERVATION_MIGRATIONS);
    migrator
});

/// The table that notes the migrations of observations on PostgreSQL.
const OBSERVATION_MIGRATIONS: &str = "_sqlx_observation_migrations";

/// Which tables a handle to a database uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Everything but observations.
    ControlPlane,
    /// Observations.
    Observations,
}

impl Schema {
    /// The migrations on SQLite.
    pub(crate) fn on_sqlite(self) -> &'static Migrator {
        match self {
            Self::ControlPlane => &SQLITE,
            Self::Observations => &OBSERVATIONS_SQLITE,
        }
    }

    /// The migrations on PostgreSQL.
    pub(crate) fn on_postgres(self) -> &'static Migrator {
        match self {
            Self::ControlPlane => &POSTGRES,
            Self::Observations => &OBSERVATIONS_POSTGRES,
        }
    }

    /// The bytes of a page of the SQLite file. Chunks take a few kilobytes, which large pages waste least of.
    pub(crate) const fn page_size(self) -> u32 {
        match self {
            Self::ControlPlane => 4 << 10,
            Self::Observations => 16 << 10,
        }
    }
}
