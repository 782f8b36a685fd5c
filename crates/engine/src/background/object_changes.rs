//! Tells those who follow the objects of an organization that some have changed, on this server or another.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_store::object_changes::ChangePosition;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::log_background_error;
use crate::control::Control;
use crate::error::{Error, Result};

/// How often the database is asked for changes while somebody follows them.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often old changes are deleted.
const FORGET_EVERY: Duration = Duration::from_secs(600);

impl Control {
    pub(super) async fn follow_objects(self: Arc<Self>, stop: CancellationToken) {
        if let Err(error) = self.store.forget_changes_of_another_cluster().await {
            log_background_error(&Error::from(error), "changes of another database could not be deleted");
        }
        let (mut told, mut forgotten) = (None, Instant::now());
        while stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
            if self.followers.is_empty() {
                told = None;
            } else {
                match self.tell_followers(told).await {
                    Ok(position) => told = Some(position),
                    Err(error) => log_background_error(&error, "changes of objects could not be read"),
                }
            }
            if forgotten.elapsed() >= FORGET_EVERY {
                forgotten = Instant::now();
                if let Err(error) = self.store.forget_object_changes().await {
                    log_background_error(&Error::from(error), "old changes of objects could not be deleted");
                }
            }
        }
    }

    /// Wakes the followers of the organizations whose objects have changed after a position, or all if it is not known.
    /// Returns the position of the last change.
    async fn tell_followers(&self, told: Option<ChangePosition>) -> Result<ChangePosition> {
        let last = self.store.last_object_change().await?;
        match told {
            Some(told) if told == last => {}
            Some(told) if told < last => {
                for organization in self.store.changed_organizations((told, last)).await? {
                    self.followers.note(organization);
                }
            }
            // The database was replaced, or nothing is known yet.
            Some(_) | None => self.followers.note_all(),
        }
        Ok(last)
    }
}
