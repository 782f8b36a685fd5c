//! Questions to other servers about the connections that they hold.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;

use bailiwick_domain::outside::Entropy;
use bailiwick_store::holder_question::HolderAnswer;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Questions to other servers that are not yet answered.
pub(crate) struct Holders {
    /// The id of this server process, new at each start.
    pub(crate) server: Uuid,
    pub(crate) asked: AtomicU64,
    pub(crate) waiting: Mutex<HashMap<u64, oneshot::Sender<HolderAnswer>>>,
}

impl Holders {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        let server = uuid::Builder::from_random_bytes(bytes).into_uuid();
        Self { server, asked: AtomicU64::new(0), waiting: Mutex::default() }
    }
}
