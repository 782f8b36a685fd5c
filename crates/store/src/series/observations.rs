//! The handle to the storage of observations.

use std::sync::Arc;

use crate::database::condition::DatabaseCondition;
use crate::database::store::{Engine, SchemaState, Store, Tx};
use crate::error::{Error, Result};
use crate::series::counts::ObservationCounts;
use crate::series::queue::Appends;

/// A handle to the storage of observations: on SQLite a file of its own, `observations.db` beside the control
/// plane's, with a writer of its own; on PostgreSQL tables in the same database. Clones share its connections.
///
/// Nodes are not looked up here, since they may be in the other file: a caller first finds the nodes that it may
/// touch, and names them.
#[derive(Clone, Debug)]
pub struct Observations {
    pub(crate) store: Store,
    /// The condition of the control plane's database, which has the first claim to the disk.
    control_plane: Arc<DatabaseCondition>,
    pub(crate) appends: Arc<Appends>,
}

impl Store {
    /// Opens the storage of observations that belongs to this database. On SQLite its file has as many readers as this
    /// database.
    pub async fn observations(&self) -> Result<Observations> {
        Ok(Observations {
            store: self.open_observations().await?,
            control_plane: Arc::clone(self.condition()),
            appends: Arc::default(),
        })
    }
}

impl Observations {
    /// A handle for the request that `store` serves. On PostgreSQL, both share the request's turn.
    #[must_use]
    pub fn for_request_of(&self, store: &Store) -> Self {
        Self { store: self.store.for_request_of(store), ..self.clone() }
    }

    /// How many observations arrived since the start, and how many batches wait.
    pub fn counts(&self) -> ObservationCounts {
        self.appends.counts()
    }

    /// A handle for the server's own work, which serves no request.
    pub(crate) fn for_server(&self) -> Self {
        Self { store: self.store.without_turn(), ..self.clone() }
    }

    /// Reserves disk space that is left to the control plane when the disk is full (SQLite only).
    pub async fn keep_reserve(self) -> Result<Self> {
        if self.store.engine() == Engine::Postgres {
            return Ok(self);
        }
        Ok(Self { store: self.store.clone().keep_reserve().await?, ..self })
    }

    /// Compares the schema to the one that this version needs.
    pub async fn schema_state(&self) -> Result<SchemaState> {
        self.store.schema_state().await
    }

    /// Migrates the schema to this version.
    pub async fn migrate(&self) -> Result<()> {
        self.store.migrate().await
    }

    /// The tables and their columns, sorted, for the test that compares the schemas of both databases.
    pub async fn columns(&self) -> Result<Vec<(String, String)>> {
        self.store.columns().await
    }

    /// Checks that observations can be written. On PostgreSQL, [`Store::examine`] has checked it.
    pub async fn examine(&self) -> Result<()> {
        if self.store.engine() == Engine::Postgres {
            return Ok(());
        }
        self.store.ping().await?;
        self.store.examine_room().await
    }

    /// Damage of the file of observations, as [`Store::damage`] finds it.
    pub async fn damage(&self) -> Result<Option<String>> {
        self.store.damage().await
    }

    /// Closes every connection of its own, after the statements running on it have ended.
    pub async fn close(&self) {
        if self.store.engine() == Engine::Sqlite {
            self.store.close().await;
        }
    }

    /// Begins a write transaction. Observations are refused before the control plane lacks room.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        if self.store.engine() == Engine::Sqlite
            && (self.control_plane.is_full() || self.control_plane.require_room().is_err())
        {
            self.give_up_room().await?;
            return Err(Error::Full(std::io::Error::from(std::io::ErrorKind::StorageFull).into()));
        }
        self.store.begin().await
    }

    /// Leaves the reserved disk space to the control plane.
    async fn give_up_room(&self) -> Result<()> {
        self.store.condition().set_full(true);
        self.store.condition().give_up_reserve_if_full().await.map(drop)
    }

    /// Passes the result of a write on. If it found the disk full, the reserved space is left to the control plane.
    pub(crate) async fn noted<T>(&self, result: Result<T>) -> Result<T> {
        if matches!(result, Err(Error::Full(_))) {
            self.give_up_room().await?;
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::id::{NodeId, OrganizationId};
    use bailiwick_domain::observations::batch::{Batch, BatchAnswer, OnRefusal};
    use bailiwick_domain::observations::column::{Column, Lines, Values};
    use bailiwick_domain::observations::kind::Kind;
    use bailiwick_domain::observations::metric::Metric;
    use bailiwick_domain::time::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::database::store::{DatabaseUrl, Pool};
    use crate::series::append::AppendError;

    async fn append(to: &Observations, micros: i64) -> Result<BatchAnswer, AppendError> {
        let column = Column {
            node: NodeId::from_uuid(Uuid::nil()),
            metric: Metric::new("a".parse().unwrap(), Kind::Count),
            times: (0..5_000).map(|n| Timestamp::from_micros(micros + n)).collect(),
            values: Values::Count((0..5_000).collect()),
            sequences: Vec::new(),
            lines: Lines::From(1),
        };
        let batch = Batch {
            organization: OrganizationId::from_uuid(Uuid::nil()),
            source: "test".parse().unwrap(),
            id: None,
            on_refusal: OnRefusal::StoreOthers,
            columns: vec![column],
        };
        to.append(batch, Timestamp::from_micros(1_000_000)).await
    }

    #[tokio::test]
    async fn a_full_disk_refuses_observations_and_leaves_room_to_the_control_plane() {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(directory.path().join("bailiwick.db"));
        let store = Store::connect(&url, 2).await.unwrap().keep_reserve().await.unwrap();
        store.migrate().await.unwrap();
        let observations = store.observations().await.unwrap();
        observations.migrate().await.unwrap();
        let observations = observations.keep_reserve().await.unwrap();
        let reserve = directory.path().join("observations.db-reserve");
        assert_eq!(std::fs::metadata(&reserve).unwrap().len(), 16 << 20);
        assert_eq!(std::fs::metadata(directory.path().join("bailiwick.db-reserve")).unwrap().len(), 4 << 20);
        append(&observations, 0).await.unwrap();

        let Pool::Sqlite { writer, .. } = observations.store.pool() else { panic!("expected SQLite") };
        let most = async |pages: u32| {
            let pragma = format!("PRAGMA max_page_count = {pages}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(pragma)).execute(writer).await.unwrap();
        };
        // SQLite does not go below the number of pages that exist, so this leaves no free page.
        most(1).await;
        let refused = append(&observations, 5_000).await.unwrap_err();
        assert!(matches!(refused, AppendError::Store(Error::Full(_))), "{refused}");
        assert!(!reserve.exists(), "the reserve is left to the control plane");
        most(100_000).await;
        let refused = append(&observations, 5_000).await.unwrap_err();
        assert!(
            matches!(refused, AppendError::Store(Error::Full(_))),
            "refused until there is room: {refused}"
        );
        let mut tx = store.begin().await.unwrap();
        tx.set_once("name", "value").await.unwrap();
        tx.commit().await.unwrap();
        // The next check finds room.
        observations.examine().await.unwrap();
        assert!(reserve.exists());
        assert_eq!(append(&observations, 5_000).await.unwrap().stored, 5_000);

        // A disk that the control plane found full is full for observations.
        store.condition().set_full(true);
        let refused = append(&observations, 10_000).await.unwrap_err();
        assert!(matches!(refused, AppendError::Store(Error::Full(_))), "{refused}");
        assert!(!reserve.exists());
        store.condition().set_full(false);
        observations.examine().await.unwrap();
        assert_eq!(append(&observations, 10_000).await.unwrap().stored, 5_000);
        observations.close().await;
        store.close().await;
    }
}
