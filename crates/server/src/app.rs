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
use crate::link::links::Links;
use crate::openapi;

/// How many who are not known yet are heard at once.
const PROOFS_AT_ONCE: usize = 64;

/// How many bring many objects in at once.
const BULKS_AT_ONCE: usize = 2;

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
    pub(crate) permits: Arc<Semaphore>,
    /// For those who bring their proof in the body: whoever sends it slowly keeps nobody else out.
    pub(crate) proof_permits: Arc<Semaphore>,
    /// For those who bring many objects in: each has much in memory.
    pub(crate) bulk_permits: Arc<Semaphore>,
    /// For those who watch: they stay.
    pub(crate) watcher_permits: Arc<Semaphore>,
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
        Arc::new(Self {
            trusted_proxies: config.server.trusted_proxies.clone(),
            warned_of_proxy: AtomicBool::new(false),
            body_limit: config.server.body_limit_bytes,
            request_timeout: Duration::from_secs(config.server.request_timeout_seconds),
            permits: Arc::new(Semaphore::new(
                config.server.max_concurrent_requests.min(Semaphore::MAX_PERMITS),
            )),
            proof_permits: Arc::new(Semaphore::new(PROOFS_AT_ONCE)),
            bulk_permits: Arc::new(Semaphore::new(BULKS_AT_ONCE)),
            watcher_permits: Arc::new(Semaphore::new(WATCHERS_AT_ONCE)),
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
