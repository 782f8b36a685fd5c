//! State that all connections of clients share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_engine::levels::Level;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::bounds::{Places, Room};
use super::pollers::Pollers;
use super::warnings::Warnings;
use crate::places::{Places as FairPlaces, Shares};

/// How many clients may be identifying themselves at once; others are told to retry later.
const HANDSHAKES: usize = 512;
/// How many WebSockets of GraphQL may wait for their first message without a credential in their handshake.
const STRANGERS: usize = 512;
/// How many of these may come from one network. Each waits for some seconds at most.
const STRANGERS_OF_NETWORK: usize = 32;
/// How many requests of polling clients are answered at once; others are told to retry later.
const POLLS: usize = 512;
/// The memory for messages that have not arrived to their end, in KiB.
const UNFINISHED_KIB: usize = 65_536;
/// How often the server looks for polling clients that have stopped polling, and for old warnings.
const POLLERS_EVERY: Duration = Duration::from_secs(10);

/// How many machines download the program of the agent at once.
const DOWNLOADS: usize = 64;

/// State that all connections of clients share.
pub(crate) struct Links {
    /// For clients that connect and have not said who they are. One organization has half.
    pub(crate) handshakes: Arc<FairPlaces>,
    /// For clients of GraphQL's WebSockets that have not said who they are. They compete with each other only, and neither with
    /// agents nor with clients whose handshake has a credential.
    pub(crate) strangers: Arc<FairPlaces>,
    /// For machines that download the program of the agent. One organization has half.
    pub(crate) downloads: Arc<FairPlaces>,
    /// For clients that poll. One organization has half.
    pub(crate) polls: Arc<FairPlaces>,
    /// The memory for messages that have not arrived to their end, in KiB. One organization has half.
    pub(crate) unfinished: Arc<FairPlaces>,
    pub(crate) places: Places,
    pub(crate) room: Room,
    pub(crate) pollers: Pollers,
    pub(crate) warnings: Warnings,
    pub(crate) stop: CancellationToken,
    pub(crate) open: TaskTracker,
}

impl Links {
    pub(crate) fn new() -> Self {
        Self {
            handshakes: FairPlaces::fair(HANDSHAKES),
            strangers: FairPlaces::new(
                STRANGERS,
                Shares { caller: STRANGERS_OF_NETWORK, organization: STRANGERS },
            ),
            downloads: FairPlaces::fair(DOWNLOADS),
            polls: FairPlaces::fair(POLLS),
            unfinished: FairPlaces::fair(UNFINISHED_KIB),
            places: Places::default(),
            room: Room::new(),
            pollers: Pollers::default(),
            warnings: Warnings::default(),
            stop: CancellationToken::new(),
            open: TaskTracker::new(),
        }
    }

    /// How full its pools are.
    pub(crate) fn levels(&self) -> [Level; 5] {
        [
            self.handshakes.level("handshakes"),
            self.strangers.level("graphql_handshakes"),
            self.polls.level("polls"),
            self.unfinished.level_of_kib("unfinished_messages"),
            self.room.level(),
        ]
    }

    /// Tells every client that the server stops, and waits until this is sent.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.open.close();
        self.open.wait().await;
    }

    /// Ends the conversations with polling clients that have stopped polling, and forgets old warnings, again
    /// and again, until `stop`.
    pub(crate) async fn watch_pollers(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(POLLERS_EVERY)).await.is_some() {
            self.pollers.part_with_gone();
            for (agent, left_out) in self.warnings.forget_old(Instant::now()) {
                tracing::warn!(%agent, left_out, "warnings about an agent were left out, because they were too many");
            }
        }
    }
}
