//! The two databases of a control plane.

use crate::database::store::{DatabaseUrl, SchemaState, Store};
use crate::error::Result;
use crate::series::observations::Observations;

/// The databases of a control plane: that of the control plane itself, and that of observations. On PostgreSQL both
/// are one. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Databases {
    /// Authority, inventory and work.
    pub store: Store,
    /// What machines report.
    pub observations: Observations,
}

impl Databases {
    /// Opens both. `connections` is the size of the pool, as in [`Store::connect`].
    pub async fn connect(url: &DatabaseUrl, connections: u32) -> Result<Self> {
        Self::of(Store::connect(url, connections).await?).await
    }

    /// Opens the database of observations that belongs to an open database.
    pub async fn of(store: Store) -> Result<Self> {
        let observations = store.observations().await?;
        Ok(Self { store, observations })
    }

    /// Reserves disk space for what must work when the disk is full (SQLite only).
    pub async fn keep_reserve(self) -> Result<Self> {
        Ok(Self {
            store: self.store.keep_reserve().await?,
            observations: self.observations.keep_reserve().await?,
        })
    }

    /// Compares the schemas of both to those that this version needs. The number of missing migrations is that of
    /// both together.
    pub async fn schema_state(&self) -> Result<SchemaState> {
        let states = (self.store.schema_state().await?, self.observations.schema_state().await?);
        Ok(match states {
            (SchemaState::Ahead, _) | (_, SchemaState::Ahead) => SchemaState::Ahead,
            (SchemaState::Behind(one), SchemaState::Behind(other)) => SchemaState::Behind(one + other),
            (SchemaState::Current, state) | (state, SchemaState::Current) => state,
        })
    }

    /// Migrates both schemas to this version.
    pub async fn migrate(&self) -> Result<()> {
        self.store.migrate().await?;
        self.observations.migrate().await
    }

    /// Closes every connection, after the statements running on it have ended.
    pub async fn close(&self) {
        self.observations.close().await;
        self.store.close().await;
    }
}
