//! What becomes of commands when no agent tells.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::presence::OFFLINE_SECONDS;
use tokio_util::sync::CancellationToken;

use crate::control::Control;
use crate::error::Result;

/// How often nodes are told what there was no room for.
const CATCH_UP_EVERY: Duration = Duration::from_secs(1);
/// After how many of those what waited too long expires, and after how many what is overdue is lost.
const EXPIRE_EVERY: u32 = 5;
const LOSE_EVERY: u32 = 60;
/// How many commands are forgotten in one transaction.
const FORGOTTEN_AT_ONCE: u32 = 100;
const DAY_SECONDS: i64 = 86_400;

impl Control {
    /// For how many days commands that are over are kept, with their results.
    pub fn keep_commands(&self, days: u32) {
        self.dispatcher.set_keep_days(days);
    }

    /// Looks after commands until `stop`.
    pub(crate) async fn sweep(self: Arc<Self>, stop: CancellationToken) {
        let mut round: u32 = 0;
        while stop.run_until_cancelled(tokio::time::sleep(CATCH_UP_EVERY)).await.is_some() {
            if stop.run_until_cancelled(self.catch_up()).await.is_none() {
                return;
            }
            round = round.wrapping_add(1);
            let swept = async {
                if round.is_multiple_of(EXPIRE_EVERY) {
                    self.expire_commands().await?;
                }
                if round.is_multiple_of(LOSE_EVERY) {
                    self.lose_commands().await?;
                }
                Ok::<_, crate::error::Error>(())
            };
            if let Err(error) = swept.await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "commands could not be looked after");
            }
        }
    }

    /// Ends what waits for nodes that did not come in time.
    pub async fn expire_commands(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        tx.expire_results(self.clock.now()).await?;
        let changes = tx.commit().await?;
        self.note(&changes);
        Ok(())
    }

    /// Gives up what is long overdue from nodes that are offline.
    pub async fn lose_commands(&self) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        tx.lose_overdue_results(now.plus_seconds(-OFFLINE_SECONDS), now).await?;
        let changes = tx.commit().await?;
        self.note(&changes);
        Ok(())
    }

    /// Forgets commands that were over long ago.
    pub async fn forget_commands(&self) -> Result<()> {
        let before = self.clock.now().plus_seconds(-i64::from(self.dispatcher.keep_days()) * DAY_SECONDS);
        loop {
            let mut tx = self.store.begin().await?;
            let forgotten = tx.forget_commands(before, FORGOTTEN_AT_ONCE).await?;
            tx.commit().await?;
            if forgotten < u64::from(FORGOTTEN_AT_ONCE) {
                return Ok(());
            }
        }
    }
}
