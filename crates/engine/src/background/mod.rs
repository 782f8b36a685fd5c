//! Background tasks: write what requests left in memory, receive the changes of other servers, and
//! delete old data.

mod failure;
mod object_changes;

use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::audit::{Event, Target};
use bailiwick_domain::key::{KeyId, LastUse};
use bailiwick_store::feed::FeedEvent;
use bailiwick_store::key_uses::OperationUse;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::By;
use crate::audit;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::internal;
use crate::spans::spawn_task;

pub use failure::log_background_error;

/// How often last uses and re-digested secrets are written.
const WRITE_EVERY: Duration = Duration::from_secs(5);
/// How often open streams are checked.
const STREAMS_EVERY: Duration = Duration::from_millis(500);
/// How often the database is pinged.
const PING_EVERY: Duration = Duration::from_secs(1);
/// How long to wait after a failure before listening again.
const LISTEN_AGAIN: Duration = Duration::from_millis(500);
/// How often old data is deleted.
pub const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// How long a request with an `Idempotency-Key` is remembered, in seconds.
pub const IDEMPOTENCY_SECONDS: i64 = 86_400;
/// How many refusals are written to the audit trail in one transaction.
const REFUSALS_AT_ONCE: usize = 256;
/// One day, in seconds.
const DAY_SECONDS: i64 = 86_400;
/// How many keys are deleted in one transaction.
const KEYS_FORGOTTEN_AT_ONCE: u32 = 100;
/// How many last uses are written in one transaction.
const USES_AT_ONCE: usize = 1_000;

impl Control {
    /// Starts all background tasks. Cancelling `stop` ends them; what is in memory is then written once
    /// more, so wait for `tasks`.
    pub fn start_background(self: &Arc<Self>, tasks: &TaskTracker, stop: &CancellationToken) {
        spawn_task(tasks, "write_down", Arc::clone(self).write_down(stop.clone()));
        spawn_task(tasks, "audit_refusals", Arc::clone(self).audit_refusals(stop.clone()));
        spawn_task(tasks, "watch_database", Arc::clone(self).watch_database(stop.clone()));
        spawn_task(tasks, "forget", Arc::clone(self).forget(stop.clone()));
        spawn_task(tasks, "hear_changes", Arc::clone(self).hear_changes(stop.clone()));
        spawn_task(tasks, "watch_streams", Arc::clone(self).watch_streams(stop.clone()));
        spawn_task(tasks, "follow_objects", Arc::clone(self).follow_objects(stop.clone()));
        spawn_task(tasks, "log_plans", Arc::clone(self).log_plans(stop.clone()));
    }

    async fn watch_streams(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(STREAMS_EVERY)).await.is_some() {
            self.end_streams();
        }
    }

    async fn log_plans(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(self.store.log_next_plan()).await.is_some() {}
    }

    async fn write_down(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(WRITE_EVERY)).await.is_some() {
            self.write_down_now().await;
        }
        self.write_down_now().await;
    }

    /// Writes last uses and re-digested secrets.
    pub async fn write_down_now(&self) {
        // If one chunk fails, it is lost; the next one is still tried.
        for uses in self.keyring.take_uses().chunks(USES_AT_ONCE) {
            if let Err(error) = self.write_uses(uses).await {
                log_background_error(&error, "the last uses of keys could not be stored");
            }
        }
        if let Err(error) = self.write_rekeys().await {
            log_background_error(&error, "keys could not be moved to the new pepper");
        }
    }

    async fn write_uses(&self, uses: &[(KeyId, LastUse, Vec<usize>)]) -> Result<()> {
        let last: Vec<(KeyId, LastUse)> = uses.iter().map(|(id, last, _)| (*id, last.clone())).collect();
        let of_operations = |(key, last, operations): &(KeyId, LastUse, Vec<usize>)| {
            let (key, at) = (*key, last.at);
            let ids = operations.iter().filter_map(|index| Some(self.listings.at(*index)?.spec.id.as_str()));
            ids.map(|operation| OperationUse { key, operation, at }).collect::<Vec<_>>()
        };
        let mut operations: Vec<OperationUse> = uses.iter().flat_map(of_operations).collect();
        operations.sort_unstable();
        let mut tx = self.store.begin().await?;
        tx.touch_keys(&last).await?;
        tx.note_key_uses(&operations).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn write_rekeys(&self) -> Result<()> {
        let rekeys = self.keyring.take_rekeys();
        if rekeys.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        for (id, rekey) in &rekeys {
            tx.rekey(*id, &rekey.from, &rekey.to).await?;
        }
        let changes = tx.commit().await?;
        self.refresh(&changes).await
    }

    async fn audit_refusals(self: Arc<Self>, stop: CancellationToken) {
        let mut waiting = self.refusals_waiting.lock().await;
        let mut events = Vec::with_capacity(REFUSALS_AT_ONCE);
        while stop.run_until_cancelled(waiting.recv_many(&mut events, REFUSALS_AT_ONCE)).await.is_some() {
            self.write_refusals(&mut events).await;
        }
        while let Ok(event) = waiting.try_recv() {
            events.push(event);
        }
        self.write_refusals(&mut events).await;
    }

    async fn write_refusals(&self, events: &mut Vec<Event>) {
        let written = async {
            let mut tx = self.store.begin().await?;
            // Sorted by chain, so that two servers cannot deadlock on each other's chains.
            events.sort_by_key(|event| event.organization_id);
            for event in events.drain(..) {
                audit::append(&mut tx, event).await?;
            }
            tx.commit().await?;
            Ok::<_, Error>(())
        };
        if let Err(error) = written.await {
            log_background_error(&error, "refusals could not be audited");
        }
        events.clear();
    }

    async fn watch_database(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(PING_EVERY)).await.is_some() {
            self.examine_database().await;
            self.say_isolation();
            if let Err(error) = self.reload_if_stale().await {
                log_background_error(&error, "the keys could not be reloaded");
            }
        }
    }

    async fn forget(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(FORGET_EVERY)).await.is_some() {
            let before = self.clock.now().plus_seconds(-IDEMPOTENCY_SECONDS);
            if let Err(error) = self.forget_sessions().await {
                log_background_error(&error, "expired sessions could not be deleted");
            }
            if let Err(error) = self.forget_keys().await {
                log_background_error(&error, "keys that no longer work could not be deleted");
            }
            if let Err(error) = self.store.forget_requests(before).await {
                log_background_error(&error, "old idempotency keys could not be deleted");
            }
            if let Err(error) = self.store.forget_selections(self.clock.now()).await {
                log_background_error(&error, "selections that have ended could not be deleted");
            }
        }
    }

    /// Deletes keys that stopped working long ago, and notes their ids in the audit trail.
    pub async fn forget_keys(self: &Arc<Self>) -> Result<()> {
        let before = self.clock.now().plus_seconds(-i64::from(self.forget_keys_days()) * DAY_SECONDS);
        let cx = self.authorize(By::Server, &internal::FORGET_KEYS)?;
        loop {
            let mut write = cx.write_internal().await?;
            let gone = write.tx().forget_keys(before, KEYS_FORGOTTEN_AT_ONCE).await?;
            for gone in gone.chunk_by(|one, other| one.0 == other.0) {
                let targets = gone.iter().map(|(_, id)| Target::new("key", id)).collect();
                let note = format!("the keys stopped working before {before}");
                write.audit(gone[0].0, targets, Some(note)).await?;
            }
            write.commit().await?;
            if gone.len() < KEYS_FORGOTTEN_AT_ONCE as usize {
                return Ok(());
            }
        }
    }

    async fn forget_sessions(&self) -> Result<()> {
        let mut tx = self.store.begin().await?;
        tx.forget_sessions(self.clock.now()).await?;
        let changes = tx.commit().await?;
        self.refresh(&changes).await
    }

    async fn hear_changes(self: Arc<Self>, stop: CancellationToken) {
        self.contact.begin(self.store.engine());
        loop {
            match stop.run_until_cancelled(self.listen_once()).await {
                // Either stopped, or the database allows only one server.
                None | Some(Ok(())) => break,
                Some(Err(error)) => {
                    log_background_error(&error, "listening for changes by other servers failed");
                }
            }
            if stop.run_until_cancelled(tokio::time::sleep(LISTEN_AGAIN)).await.is_none() {
                break;
            }
        }
    }

    /// Receives changes until the connection fails. Returns without an error only if the database
    /// allows only one server.
    async fn listen_once(&self) -> Result<()> {
        let Some(mut feed) = self.store.listen().await? else {
            return Ok(());
        };
        // Changes made before this connection listened were not announced to it.
        self.reload().await?;
        self.contact.note();
        self.note_missed();
        loop {
            match feed.next().await? {
                FeedEvent::Changed(change) if !self.is_isolated() => self.refresh(&[change].into()).await?,
                FeedEvent::Nothing if !self.is_isolated() => {}
                // Isolated, this server may have missed more than what arrives first.
                FeedEvent::Changed(_) | FeedEvent::Nothing | FeedEvent::Gap => {
                    self.note_missed();
                    self.reload().await?;
                }
            }
            self.contact.note();
        }
    }
}
