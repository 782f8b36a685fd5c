//! State that every HTTP handler shares: the control plane, the part that speaks with agents, and the pools
//! of places.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bailiwick_domain::network::Network;
use bailiwick_engine::control::Control;
use bailiwick_engine::levels::{Gauges, Level, LevelOf};
use bailiwick_fleet::Fleet;
use bailiwick_graphql::GraphQl;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::console::Console;
use crate::conversation::links::Links;
use crate::graphiql::Graphiql;
use crate::heads::Heads;
use crate::persisted::Persisted;
use crate::places::{Places, Shares};

/// How many requests without a key or session are answered at once: log-ins and accepted invitations, whose
/// proof of identity is in the body.
const PROOFS_AT_ONCE: usize = 64;
/// How many such requests may still be sending their body.
const PROOFS_ARRIVING: usize = 4_096;
/// How many of those may come from one network.
const PROOFS_ARRIVING_SHARE: usize = 256;
/// The memory for the bodies of such requests, in KiB: 16 times what one network may use.
const PROOFS_MEMORY: usize = 16 * PROOFS_MEMORY_SHARE;
const PROOFS_MEMORY_SHARE: usize = PROOFS_ARRIVING_SHARE * PROOF_BODY_MAX / 1_024;
/// The largest body of such a request, in bytes.
pub(crate) const PROOF_BODY_MAX: usize = 16 << 10;
/// How long such a body may take to arrive.
pub(crate) const PROOF_BODY_PATIENCE: Duration = Duration::from_secs(5);

/// How many imports run at once. Each of them takes much memory.
const IMPORTS_AT_ONCE: usize = 2;
/// How many imports may be in progress: arriving, waiting for their turn, or running. One key may have one
/// of them, and so may one organization.
const IMPORTS_ARRIVING: usize = 16;
/// The memory for the texts of imports, in KiB: for two of the largest, with their compressed form.
const IMPORTS_MEMORY: usize = 2 * IMPORTS_MEMORY_SHARE;
const IMPORTS_MEMORY_SHARE: usize = 80 << 10;
/// The least rate at which an import must arrive, in bytes per second, once the time limit of an ordinary
/// request is over.
pub(crate) const IMPORT_LEAST_RATE: usize = 256 << 10;

/// How many requests with data of machines are answered at once. Each of them may take some ten megabytes.
const DATA_AT_ONCE: usize = 16;
/// The memory for their bodies, in KiB.
const DATA_MEMORY: usize = 384 << 10;
/// The memory for the bodies of all other requests, in KiB. It is more if `server.body_limit_bytes` is
/// larger than a quarter of it.
const MEMORY: usize = 64 << 10;

/// The memory for large answers that clients have not read yet, in KiB.
const ANSWERS_MEMORY: usize = 128 << 10;

/// How many event streams are open at once.
const WATCHERS_AT_ONCE: usize = 1_000;

/// State that every request handler shares: the control plane, the limits and the pools of places.
pub struct App {
    pub(crate) control: Arc<Control>,
    /// The part that speaks with agents.
    pub(crate) fleet: Arc<Fleet>,
    /// The memory for heads of requests that are not complete.
    pub(crate) heads: Heads,
    pub(crate) trusted_proxies: Vec<Network>,
    /// Whether the log has already warned about a proxy that is not trusted.
    pub(crate) warned_of_proxy: AtomicBool,
    pub(crate) body_limit: usize,
    pub(crate) request_timeout: Duration,
    /// Places for requests that are being answered. Their bodies have arrived.
    pub(crate) requests: Arc<Places>,
    /// Places for requests whose body is on its way.
    pub(crate) arriving: Arc<Places>,
    /// The memory for the bodies of requests, in KiB.
    pub(crate) memory: Arc<Places>,
    /// Places for requests without a key or session whose proof is in the body. Their bodies have arrived.
    pub(crate) proofs: Arc<Places>,
    /// Places for such requests whose body is on its way.
    pub(crate) proofs_arriving: Arc<Places>,
    /// The memory for the bodies of such requests, in KiB.
    pub(crate) proofs_memory: Arc<Places>,
    /// Places for imports, from their first byte to their end.
    pub(crate) imports: Arc<Places>,
    /// The memory for the texts of imports, in KiB.
    pub(crate) imports_memory: Arc<Places>,
    /// Permits for imports that run: each import waits for one.
    pub(crate) import_permits: Arc<Semaphore>,
    /// Places for requests with data of machines.
    pub(crate) data: Arc<Places>,
    /// The memory for their bodies, in KiB.
    pub(crate) data_memory: Arc<Places>,
    /// The memory for large answers that clients have not read yet, in KiB.
    pub(crate) answers: Arc<Places>,
    /// Places for event streams. A stream keeps its place for as long as it is open.
    pub(crate) watchers: Arc<Places>,
    /// Cancelled when the server stops: ends event streams and the like, which would not end by themselves.
    pub(crate) stopping: CancellationToken,
    /// Answers GraphQL queries.
    pub(crate) graphql: GraphQl,
    /// The GraphQL queries that clients name by their hash.
    pub(crate) persisted: Persisted,
    pub(crate) swagger: bool,
    /// The console, unless it is switched off.
    pub(crate) console: Option<Console>,
    /// GraphiQL, unless it is switched off.
    pub(crate) graphiql: Option<Graphiql>,
    /// Changes in progress. They continue when their client disconnects, and the server waits for them
    /// before it ends.
    pub(crate) changes: TaskTracker,
    /// The connections of agents.
    pub(crate) links: Links,
}

impl App {
    /// Makes the state from a control plane, with its agents, and the configuration.
    pub fn new(fleet: Arc<Fleet>, config: &Config) -> Arc<Self> {
        let requests = config.server.max_concurrent_requests;
        let memory = MEMORY.max(config.server.body_limit_bytes.div_ceil(1_024).saturating_mul(4));
        let proofs_arriving = Shares { caller: PROOFS_ARRIVING_SHARE, organization: PROOFS_ARRIVING_SHARE };
        let proofs_memory = Shares { caller: PROOFS_MEMORY_SHARE, organization: PROOFS_MEMORY_SHARE };
        let imports_memory = Shares { caller: IMPORTS_MEMORY_SHARE, organization: IMPORTS_MEMORY_SHARE };
        let app = Arc::new(Self {
            heads: Heads::new(fleet.control().measures().refusals()),
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
            data: Places::fair(DATA_AT_ONCE),
            data_memory: Places::fair(DATA_MEMORY),
            import_permits: Arc::new(Semaphore::new(IMPORTS_AT_ONCE)),
            answers: Places::fair(ANSWERS_MEMORY),
            watchers: Places::fair(WATCHERS_AT_ONCE),
            stopping: CancellationToken::new(),
            graphql: GraphQl::new(config.graphql.introspection),
            persisted: Persisted::default(),
            swagger: config.docs.swagger,
            console: config.console.enabled.then(Console::new).flatten(),
            graphiql: config.graphql.graphiql.then(|| Graphiql::new(config.graphql.introspection)),
            changes: TaskTracker::new(),
            links: Links::new(),
            control: Arc::clone(fleet.control()),
            fleet,
        });
        let gauges = Arc::downgrade(&app);
        app.control.register_gauges(gauges);
        app
    }

    /// Ends event streams and all else that would not end by itself.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Tells every connected agent that the server stops, so that it reconnects soon.
    pub async fn end_links(&self) {
        self.links.end().await;
    }

    /// Waits until the changes in progress have ended.
    pub async fn finish_changes(&self) {
        self.changes.close();
        self.changes.wait().await;
    }
}

impl Gauges for App {
    fn levels(&self) -> Vec<Level> {
        let imports = IMPORTS_AT_ONCE.saturating_sub(self.import_permits.available_permits());
        let mut levels = vec![
            self.requests.level("requests"),
            self.arriving.level("arriving"),
            self.proofs.level("proofs"),
            self.proofs_arriving.level("proofs_arriving"),
            self.imports.level("imports"),
            Level::new(LevelOf::Places, "imports_running", imports, IMPORTS_AT_ONCE),
            self.data.level("data"),
            self.watchers.level("watchers"),
            self.memory.level_of_kib("bodies"),
            self.proofs_memory.level_of_kib("proofs"),
            self.imports_memory.level_of_kib("imports"),
            self.data_memory.level_of_kib("data"),
            self.answers.level_of_kib("answers"),
            self.heads.level(),
        ];
        levels.extend(self.links.levels());
        levels
    }

    fn log_lines_dropped(&self) -> u64 {
        bailiwick_logs::dropped()
    }
}
