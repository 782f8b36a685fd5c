//! Many simulated agents in one process. Each has a real socket and uses the real agent's side of the
//! protocol, but its machine is made up. This shows how much load a server can take, and whether it is
//! correct: every simulated machine counts how often it carried out each command.

mod dial;
mod machine;
mod memory;
pub mod recording;
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

/// The settings of a simulation.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server's URL: `https://127.0.0.1:8443` or `http://…`.
    pub server: String,
    /// A file with the certificates that the server's certificate is verified against.
    pub ca: Option<PathBuf>,
    /// The enrolment key.
    pub key: Zeroizing<String>,
    /// How many agents to simulate.
    pub agents: u32,
    /// The prefix of the machines' names, which a number follows.
    pub prefix: String,
    /// How long each command runs.
    pub run_for: Duration,
    /// How many agents connect at once.
    pub at_once: usize,
    /// The longest that an agent waits before it reconnects.
    pub back_off: Duration,
}

impl Plan {
    /// A plan for `agents` agents whose commands and reconnections take little time.
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

/// Counters of what has happened so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Agents that have a key of their own.
    enrolled: AtomicUsize,
    /// Agents that are connected with their own key.
    connected: AtomicUsize,
    /// Commands that were carried out.
    carried_out: AtomicU64,
    /// Commands that were sent to an agent again, which did not carry them out again.
    told_again: AtomicU64,
    /// Commands whose end the server has acknowledged.
    acknowledged: AtomicU64,
    /// Failed attempts to connect.
    failed: AtomicU64,
}

/// A snapshot of the counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Agents that have a key of their own.
    pub enrolled: usize,
    /// Agents that are connected with their own key.
    pub connected: usize,
    /// Commands that were carried out.
    pub carried_out: u64,
    /// Commands that were sent to an agent again, which did not carry them out again.
    pub told_again: u64,
    /// Commands whose end the server has acknowledged.
    pub acknowledged: u64,
    /// Failed attempts to connect.
    pub failed: u64,
}

/// State that all simulated agents share.
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

/// A set of simulated agents.
pub struct Swarm {
    common: Arc<Common>,
    sims: Vec<Arc<Sim>>,
    tasks: TaskTracker,
}

impl Swarm {
    /// Starts the agents, which begin to connect.
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

    /// A snapshot of the counters.
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

    /// Waits until the counters satisfy a condition. Returns false if that takes longer than `patience`.
    pub async fn wait(&self, patience: Duration, is_wanted: impl Fn(Seen) -> bool) -> bool {
        let mut changed = self.common.changed.subscribe();
        let wait = async {
            while !is_wanted(self.seen()) {
                // The sender lives as long as `self`, so this cannot fail.
                let _ = changed.changed().await;
            }
        };
        tokio::time::timeout(patience, wait).await.is_ok()
    }

    /// How often each agent has carried out a command.
    pub fn times_carried_out(&self, command: Uuid) -> Vec<u32> {
        self.sims.iter().map(|sim| sim.memory.lock().times(command)).collect()
    }

    /// Simulates a crash of every agent: running commands are lost, but what the agents have journaled is
    /// kept.
    pub fn crash(&self) {
        for sim in &self.sims {
            sim.memory.lock().crash();
            sim.cut();
        }
    }

    /// Stops all agents.
    pub async fn stop(self) {
        self.common.stop.cancel();
        self.tasks.wait().await;
    }
}
