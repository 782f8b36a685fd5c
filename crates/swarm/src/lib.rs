//! Many agents in one process: each with a real socket and our agent's own side of the link, but with
//! a machine that is made up. It tells what a server can bear, and whether it keeps its word: every
//! simulated machine counts how often it carried a command out.

mod dial;
mod machine;
mod memory;
mod sim;
mod talk;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::dial::Dialer;
use crate::sim::Sim;

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server: `https://127.0.0.1:8443` or `http://…`.
    pub server: String,
    /// The certificates that vouch for it.
    pub ca: Option<PathBuf>,
    /// The enrolment key.
    pub key: Zeroizing<String>,
    /// How many agents.
    pub agents: u32,
    /// What their machines are called, before a number.
    pub prefix: String,
    /// How long a command runs.
    pub run_for: Duration,
    /// How many connect at once.
    pub at_once: usize,
    /// The longest that an agent waits before it connects again.
    pub back_off: Duration,
}

impl Plan {
    /// So many agents that are quick in everything.
    pub fn new(server: impl Into<String>, key: impl Into<String>, agents: u32) -> Self {
        Self {
            server: server.into(),
            ca: None,
            key: Zeroizing::new(key.into()),
            agents,
            prefix: "sim".to_owned(),
            run_for: Duration::ZERO,
            at_once: 64,
            back_off: Duration::from_secs(2),
        }
    }
}

/// What has happened so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Agents that have a key of their own.
    enrolled: AtomicUsize,
    /// Agents that are connected with it.
    connected: AtomicUsize,
    /// Commands that were carried out.
    carried_out: AtomicU64,
    /// Commands that an agent was told again, and did not carry out again.
    told_again: AtomicU64,
    /// Commands whose end the server has acknowledged.
    acknowledged: AtomicU64,
    /// Attempts to connect that failed.
    failed: AtomicU64,
}

/// The same, to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Agents that have a key of their own.
    pub enrolled: usize,
    /// Agents that are connected with it.
    pub connected: usize,
    /// Commands that were carried out.
    pub carried_out: u64,
    /// Commands that an agent was told again, and did not carry out again.
    pub told_again: u64,
    /// Commands whose end the server has acknowledged.
    pub acknowledged: u64,
    /// Attempts to connect that failed.
    pub failed: u64,
}

/// What the simulated agents share.
pub(crate) struct Common {
    pub(crate) plan: Plan,
    pub(crate) dialer: Dialer,
    pub(crate) doors: Semaphore,
    pub(crate) counts: Counts,
    pub(crate) changed: watch::Sender<()>,
    pub(crate) stop: CancellationToken,
    pub(crate) failure: parking_lot::Mutex<Option<String>>,
}

impl Common {
    pub(crate) fn add(&self, count: fn(&Counts) -> &AtomicU64) {
        count(&self.counts).fetch_add(1, Ordering::Relaxed);
        self.changed.send_replace(());
    }
}

/// Simulated agents.
pub struct Swarm {
    common: Arc<Common>,
    sims: Vec<Arc<Sim>>,
    tasks: TaskTracker,
}

impl Swarm {
    /// Starts them; they connect from now on.
    pub fn start(plan: Plan) -> anyhow::Result<Self> {
        rlimit::increase_nofile_limit(u64::MAX)?;
        let common = Arc::new(Common {
            dialer: Dialer::new(&plan.server, plan.ca.as_deref())?,
            doors: Semaphore::new(plan.at_once.max(1)),
            counts: Counts::default(),
            changed: watch::Sender::new(()),
            stop: CancellationToken::new(),
            failure: parking_lot::Mutex::new(None),
            plan,
        });
        let tasks = TaskTracker::new();
        let mut sims = Vec::with_capacity(common.plan.agents as usize);
        for number in 0..common.plan.agents {
            let sim = Arc::new(Sim::new(number, &common.plan)?);
            tasks.spawn(talk::live(Arc::clone(&sim), Arc::clone(&common)));
            sims.push(sim);
        }
        tasks.close();
        Ok(Self { common, sims, tasks })
    }

    /// What has happened so far.
    pub fn seen(&self) -> Seen {
        let counts = &self.common.counts;
        Seen {
            enrolled: counts.enrolled.load(Ordering::Relaxed),
            connected: counts.connected.load(Ordering::Relaxed),
            carried_out: counts.carried_out.load(Ordering::Relaxed),
            told_again: counts.told_again.load(Ordering::Relaxed),
            acknowledged: counts.acknowledged.load(Ordering::Relaxed),
            failed: counts.failed.load(Ordering::Relaxed),
        }
    }

    /// Why the last attempt to connect failed, if one did.
    pub fn last_failure(&self) -> Option<String> {
        self.common.failure.lock().clone()
    }

    /// Waits until what was seen is as wanted; false if that takes too long.
    pub async fn wait(&self, patience: Duration, is_wanted: impl Fn(Seen) -> bool) -> bool {
        let mut changed = self.common.changed.subscribe();
        let wait = async {
            while !is_wanted(self.seen()) {
                // The sender lives as long as this.
                let _ = changed.changed().await;
            }
        };
        tokio::time::timeout(patience, wait).await.is_ok()
    }

    /// How often each agent carried a command out.
    pub fn times_carried_out(&self, command: Uuid) -> Vec<u32> {
        self.sims.iter().map(|sim| sim.memory.lock().times(command)).collect()
    }

    /// The agents lose what they were doing, as when their process is killed; what they wrote down they
    /// still know.
    pub fn crash(&self) {
        for sim in &self.sims {
            sim.memory.lock().crash();
            sim.cut();
        }
    }

    /// Ends them.
    pub async fn stop(self) {
        self.common.stop.cancel();
        self.tasks.wait().await;
    }
}
