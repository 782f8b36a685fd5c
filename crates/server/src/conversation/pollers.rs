//! The conversations with polling clients, kept between their requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_domain::key::KeyId;
use dashmap::DashMap;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::runs::Runs;
use super::session::Session;

/// How long a client may be silent before its conversation ends.
const GONE: Duration = Duration::from_secs(90);
/// How many clients may poll at once.
const MOST: usize = 50_000;

/// The identity of a client: its key, and the `instance_uid` it sends.
pub(crate) type Place = (KeyId, Uuid);

/// The conversation with a polling client.
pub(crate) struct Poller {
    pub(crate) session: Session,
    pub(crate) heard: Instant,
    pub(crate) runs: Runs,
}

impl Poller {
    /// The state of a client that has just appeared.
    pub(crate) fn new(session: Session) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { session, heard: Instant::now(), runs: Runs::default() }))
    }
}

/// The conversations with all polling clients.
#[derive(Default)]
pub(crate) struct Pollers(DashMap<Place, Arc<Mutex<Poller>>>);

impl Pollers {
    pub(crate) fn get(&self, place: &Place) -> Option<Arc<Mutex<Poller>>> {
        self.0.get(place).map(|poller| Arc::clone(poller.value()))
    }

    pub(crate) fn insert(&self, place: Place, poller: &Arc<Mutex<Poller>>) {
        self.0.insert(place, Arc::clone(poller));
    }

    pub(crate) fn remove(&self, place: &Place) {
        self.0.remove(place);
    }

    /// Whether no further client can be added.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }

    /// Ends the conversations with clients that have stopped polling.
    pub(crate) fn part_with_gone(&self) {
        self.0.retain(|_, poller| poller.try_lock().map_or(true, |poller| poller.heard.elapsed() < GONE));
    }
}
