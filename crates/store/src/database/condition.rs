//! The state of a database apart from its rows: whether its disk is full, whether it is reachable, and its
//! hosts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::database::reserve::{self, Reserve};
use crate::database::steering::Steering;
use crate::error::{Error, Result};

/// The state of a database apart from its rows.
#[derive(Debug, Default)]
pub(crate) struct DatabaseCondition {
    /// Whether a write found the disk full, and no later check has found room.
    is_full: AtomicBool,
    /// Whether the database did not answer the last health check. If so, requests fail at once instead of
    /// waiting.
    is_away: AtomicBool,
    /// On SQLite, the reserved disk space, if reserving is on.
    reserve: Option<Arc<Reserve>>,
    /// On PostgreSQL, the hosts of its address.
    steering: Option<Steering>,
}

impl DatabaseCondition {
    pub(crate) fn of(steering: Steering) -> Self {
        Self { steering: Some(steering), ..Self::default() }
    }

    pub(crate) fn with_reserve(reserve: Reserve) -> Self {
        Self { reserve: Some(Arc::new(reserve)), ..Self::default() }
    }

    pub(crate) const fn steering(&self) -> Option<&Steering> {
        self.steering.as_ref()
    }

    pub(crate) fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Release);
    }

    /// Fails while the database is marked as unreachable.
    pub(crate) fn require_there(&self) -> Result<()> {
        if self.is_away.load(Ordering::Acquire) {
            return Err(Error::Unavailable(sqlx::Error::PoolTimedOut));
        }
        Ok(())
    }

    pub(crate) fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Acquire)
    }

    pub(crate) fn set_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::Release);
    }

    /// Notes that the disk is full if the write failed because of that.
    pub(crate) fn noted<T>(&self, result: Result<T>) -> Result<T> {
        if matches!(result, Err(Error::Full(_))) {
            self.set_full(true);
        }
        result
    }

    /// Fails while the reserved disk space is given up: the room is then only for taking something away.
    pub(crate) fn require_room(&self) -> Result<()> {
        match &self.reserve {
            Some(reserve) if !reserve.is_kept() => {
                Err(Error::Full(std::io::Error::from(std::io::ErrorKind::StorageFull).into()))
            }
            _ => Ok(()),
        }
    }

    /// Runs work that waits for the disk on the thread pool for blocking work.
    async fn with_disk(
        &self,
        work: impl FnOnce(&Reserve) -> std::io::Result<()> + Send + 'static,
    ) -> Result<()> {
        let Some(reserve) = self.reserve.clone() else { return Ok(()) };
        let done = tokio::task::spawn_blocking(move || work(&reserve)).await;
        match done.map_err(|_| sqlx::Error::WorkerCrashed)? {
            Ok(()) => Ok(()),
            Err(error) if reserve::is_full(&error) => Err(Error::Full(error.into())),
            Err(error) => Err(Error::Unavailable(error.into())),
        }
    }

    /// Reserves disk space again if there is enough room. A full disk is not an error.
    pub(crate) async fn restore_reserve(&self) -> Result<()> {
        match self.with_disk(Reserve::keep).await {
            Err(Error::Full(_)) => Ok(()),
            other => other,
        }
    }

    /// Fails if there is no room for a write (SQLite only).
    pub(crate) async fn probe_room(&self) -> Result<()> {
        self.restore_reserve().await?;
        self.require_room()?;
        self.with_disk(Reserve::probe).await
    }

    /// Gives up the reserved disk space if the disk is otherwise full. Returns whether it did.
    pub(crate) async fn give_up_reserve_if_full(&self) -> Result<bool> {
        let Some(reserve) = self.reserve.clone().filter(|reserve| reserve.is_kept()) else {
            return Ok(false);
        };
        if !self.is_full() && self.with_disk(Reserve::probe).await.is_ok() {
            return Ok(false);
        }
        self.set_full(true);
        self.with_disk(Reserve::give_up).await?;
        tracing::warn!("the disk of the database is full: free some space; {}", reserve.purpose());
        Ok(!reserve.is_kept())
    }
}
