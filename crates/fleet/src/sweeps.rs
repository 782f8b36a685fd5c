//! Periodic work on commands: expiry, repetition, giving up, deletion.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::presence::OFFLINE_SECONDS;
use bailiwick_engine::background::log_background_error;
use bailiwick_engine::error::Result;
use bailiwick_store::commands::OldWork;
use tokio_util::sync::CancellationToken;

use crate::fleet::Fleet;

/// How often messages that found no room are sent again.
const CATCH_UP_EVERY: Duration = Duration::from_secs(1);
/// How often commands that waited too long expire.
const EXPIRE_EVERY: Duration = Duration::from_secs(5);
/// Every how many of those rounds overdue results are given up.
const LOSE_EVERY: u32 = 12;
/// How long an agent may stay silent about a command before it is sent again, in seconds.
const UNANSWERED_SECONDS: i64 = 60;
/// How many nodes one query checks for unanswered commands.
const UNANSWERED_AT_ONCE: usize = 500;
/// How many commands are deleted in one transaction.
const FORGOTTEN_AT_ONCE: u32 = 100;
const DAY_SECONDS: i64 = 86_400;

impl Fleet {
    /// Sets for how many days finished commands are kept, with their results.
    pub fn keep_commands(&self, days: u32) {
        self.dispatcher.set_keep_days(days);
    }

    /// Runs the periodic work on commands until `stop`.
    pub(crate) async fn sweep(self: Arc<Self>, stop: CancellationToken) {
        // Separate loops, so that slow agents delay nothing else.
        tokio::join!(self.keep_catching_up(&stop), self.keep_ending(&stop));
    }

    async fn keep_catching_up(&self, stop: &CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(CATCH_UP_EVERY)).await.is_some() {
            if stop.run_until_cancelled(self.catch_up()).await.is_none() {
                return;
            }
        }
    }

    async fn keep_ending(&self, stop: &CancellationToken) {
        let mut round: u32 = 0;
        while stop.run_until_cancelled(tokio::time::sleep(EXPIRE_EVERY)).await.is_some() {
            round = round.wrapping_add(1);
            let swept = async {
                self.expire_commands().await?;
                if round.is_multiple_of(LOSE_EVERY) {
                    self.lose_commands().await?;
                    self.note_unanswered().await?;
                }
                Ok::<_, bailiwick_engine::error::Error>(())
            };
            if let Err(error) = swept.await {
                log_background_error(&error, "overdue commands could not be checked");
            }
        }
    }

    /// Ends results that wait for nodes which did not connect in time.
    pub async fn expire_commands(&self) -> Result<()> {
        let mut tx = self.control.store().begin().await?;
        tx.expire_results(self.control.now()).await?;
        let changes = tx.commit().await?;
        self.control.note(&changes);
        Ok(())
    }

    /// Gives up results that are long overdue from nodes that are offline.
    pub async fn lose_commands(&self) -> Result<()> {
        let now = self.control.now();
        let mut tx = self.control.store().begin().await?;
        tx.lose_overdue_results(now.plus_seconds(-OFFLINE_SECONDS), now).await?;
        let changes = tx.commit().await?;
        self.control.note(&changes);
        Ok(())
    }

    /// Sends commands again to nodes that are connected here and have not answered for a while: the
    /// command may have gone to a dead connection, of this server or another.
    pub async fn note_unanswered(&self) -> Result<()> {
        let before = self.control.now().plus_seconds(-UNANSWERED_SECONDS);
        let nodes: Vec<_> = self.connections.all().into_iter().map(|connection| connection.node).collect();
        for nodes in nodes.chunks(UNANSWERED_AT_ONCE) {
            for node in self.control.store().unanswered_nodes(nodes, before).await? {
                self.dispatcher.note_behind(node);
            }
        }
        Ok(())
    }

    /// Deletes commands that finished longer ago than the server or their organization keeps them, and output that
    /// its organization does not keep.
    pub async fn forget_commands(&self) -> Result<()> {
        self.forget_old(OldWork::Commands, self.dispatcher.keep_days()).await?;
        for (organization, retention) in self.control.store().retentions().await? {
            if let Some(days) = retention.commands {
                self.forget_old(OldWork::CommandsOf(organization), days).await?;
            }
            if let Some(days) = retention.output {
                self.forget_old(OldWork::OutputOf(organization), days).await?;
            }
        }
        Ok(())
    }

    /// Deletes what is older than so many days, a few commands in each transaction.
    async fn forget_old(&self, old: OldWork, days: u32) -> Result<()> {
        let before = self.control.now().plus_seconds(-i64::from(days) * DAY_SECONDS);
        loop {
            let mut tx = self.control.store().begin().await?;
            let deleted = tx.forget(old, before, FORGOTTEN_AT_ONCE).await?;
            tx.commit().await?;
            if deleted == 0 {
                return Ok(());
            }
        }
    }
}
