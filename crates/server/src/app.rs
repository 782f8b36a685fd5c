//! What every request is answered with.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bailiwick_domain::network::Network;
use bailiwick_operations::catalogue::catalogue;
use bailiwick_operations::control::Control;
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::conversation::links::Links;
use crate::openapi;
use crate::places::{Places, Shares};

/// How many who are not known yet are answered at once: those who log in, or take an invitation.
const PROOFS_AT_ONCE: usize = 64;
/// How many of them may still be sending their body.
const PROOFS_ARRIVING: usize = 4_096;
/// How many of those may be from one network.
const PROOFS_ARRIVING_SHARE: usize = 256;
/// The memory for their bodies, in KiB: enough for each that one network may have.
const PROOFS_MEMORY: usize = 16 * PROOFS_MEMORY_SHARE;
const PROOFS_MEMORY_SHARE: usize = PROOFS_ARRIVING_SHARE * PROOF_BODY_MAX / 1_024;
/// The most bytes of the body of somebody who is not known yet.
pub(crate) const PROOF_BODY_MAX: usize = 16 << 10;
/// How long that body may take to arrive.
pub(crate) const PROOF_BODY_PATIENCE: Duration = Duration::from_secs(5);

/// How many imports run at once: each has much in memory.
const IMPORTS_AT_ONCE: usize = 2;
/// How many imports may be sent, or wait for one that runs. One key has one, and so has one
/// organization.
const IMPORTS_ARRIVING: usize = 16;
/// The memory for the texts of imports, in KiB: two of the largest, and what they are decompressed from.
const IMPORTS_MEMORY: usize = 2 * IMPORTS_MEMORY_SHARE;
const IMPORTS_MEMORY_SHARE: usize = 80 << 10;
/// How many bytes of an import have to arrive a second, once the time of a request is over.
pub(crate) const IMPORT_LEAST_RATE: usize = 256 << 10;

/// The memory for the bodies of all other requests, in KiB, unless the limit of one needs more.
const MEMORY: usize = 64 << 10;

/// The memory for large answers that are not read yet, in KiB.
const ANSWERS_MEMORY: usize = 128 << 10;

/// How many watch at once.
const WATCHERS_AT_ONCE: usize = 1_000;

/// What every request is answered with.
pub struct App {
    pub(crate) control: Arc<Control>,
    pub(crate) trusted_proxies: Vec<Network>,
    /// Whether it was said that a proxy comes that is not trusted.
    pub(crate) warned_of_proxy: AtomicBool,
    pub(crate) body_limit: usize,
    pub(crate) request_timeout: Duration,
    /// For requests that are answered. Their bodies have arrived.
    pub(crate) requests: Arc<Places>,
    /// For requests whose body is on its way.
    pub(crate) arriving: Arc<Places>,
    /// The memory for their bodies, in KiB.
    pub(crate) memory: Arc<Places>,
    /// For those who bring their proof in the body, which has arrived.
    pub(crate) proofs: Arc<Places>,
    /// For those of them whose body is on its way.
    pub(crate) proofs_arriving: Arc<Places>,
    /// The memory for their bodies, in KiB.
    pub(crate) proofs_memory: Arc<Places>,
    /// For imports, from their first byte to their end.
    pub(crate) imports: Arc<Places>,
    /// The memory for the texts of imports, in KiB.
    pub(crate) imports_memory: Arc<Places>,
    /// For imports that run: each waits for one of these.
    pub(crate) import_permits: Arc<Semaphore>,
    /// The memory for large answers that are not read yet, in KiB.
    pub(crate) answers: Arc<Places>,
    /// For those who watch: they stay.
    pub(crate) watchers: Arc<Places>,
    /// Ends when the server stops, and with it what would go on.
    pub(crate) stopping: CancellationToken,
    pub(crate) swagger: bool,
    pub(crate) openapi: Bytes,
    /// Changes under way: they go on when their client hangs up, and are waited for at the end.
    pub(crate) changes: TaskTracker,
    /// The connections of agents.
    pub(crate) links: Links,
}

impl App {
    /// From a control plane and the configuration.
    pub fn new(control: Arc<Control>, config: &Config) -> Arc<Self> {
        let requests = config.server.max_concurrent_requests;
        let memory = MEMORY.max(config.server.body_limit_bytes.div_ceil(1_024).saturating_mul(4));
        let proofs_arriving = Shares { caller: PROOFS_ARRIVING_SHARE, organization: PROOFS_ARRIVING_SHARE };
        let proofs_memory = Shares { caller: PROOFS_MEMORY_SHARE, organization: PROOFS_MEMORY_SHARE };
        let imports_memory = Shares { caller: IMPORTS_MEMORY_SHARE, organization: IMPORTS_MEMORY_SHARE };
        Arc::new(Self {
            trusted_proxies: config.server.trusted_proxies.clone(),
            warned_of_proxy: AtomicBool::new(false),
            body_limit: config.server.body_limit_bytes,
            request_timeout: Duration::from_secs(config.server.request_timeout_seconds),
            requests: Places::fair(requests),
            arriving: Places::fair(requests),
            memory: Places::fair(memory),
            proofs: Places::fair(PROOFS_AT_ONCE),
            proofs_arriving: Places::new(PROOFS_ARRIVING, proofs_arriving),
            proofs_memory: Places::new(PROOFS_MEMORY, proofs_memory),
            imports: Places::new(IMPORTS_ARRIVING, Shares { caller: 1, organization: 1 }),
            imports_memory: Places::new(IMPORTS_MEMORY, imports_memory),
            import_permits: Arc::new(Semaphore::new(IMPORTS_AT_ONCE)),
            answers: Places::fair(ANSWERS_MEMORY),
            watchers: Places::fair(WATCHERS_AT_ONCE),
            stopping: CancellationToken::new(),
            swagger: config.docs.swagger,
            openapi: openapi::text(catalogue()).into(),
            changes: TaskTracker::new(),
            links: Links::new(),
            control,
        })
    }

    /// Ends what would go on.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Tells every agent that the server stops, so that it comes again soon.
    pub async fn end_links(&self) {
        self.links.end().await;
    }

    /// Waits for the changes that are under way.
    pub async fn finish_changes(&self) {
        self.changes.close();
        self.changes.wait().await;
    }
}
