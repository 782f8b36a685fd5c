//! What the connections of clients have in common.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::bounds::{Places, Room};
use super::pollers::Pollers;
use crate::places::Places as FairPlaces;

/// How many clients may say who they are at once; others are told to come again.
const HANDSHAKES: usize = 512;
/// How many clients that poll are answered at once; others are told to come again.
const POLLS: usize = 512;
/// How often it is looked which clients that poll have not come again.
const POLLERS_EVERY: Duration = Duration::from_secs(10);

/// What the connections of clients have in common.
pub(crate) struct Links {
    /// For clients that connect and have not said who they are. One organization has half.
    pub(crate) handshakes: Arc<FairPlaces>,
    /// For clients that poll. One organization has half.
    pub(crate) polls: Arc<FairPlaces>,
    pub(crate) places: Places,
    pub(crate) room: Room,
    pub(crate) pollers: Pollers,
    pub(crate) stop: CancellationToken,
    pub(crate) open: TaskTracker,
}

impl Links {
    pub(crate) fn new() -> Self {
        Self {
            handshakes: FairPlaces::fair(HANDSHAKES),
            polls: FairPlaces::fair(POLLS),
            places: Places::default(),
            room: Room::new(),
            pollers: Pollers::default(),
            stop: CancellationToken::new(),
            open: TaskTracker::new(),
        }
    }

    /// Tells every client that the server stops, and waits until they are told.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.open.close();
        self.open.wait().await;
    }

    /// Parts with clients that poll and have not come again, until `stop`.
    pub(crate) async fn watch_pollers(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(POLLERS_EVERY)).await.is_some() {
            self.pollers.part_with_gone();
        }
    }
}
