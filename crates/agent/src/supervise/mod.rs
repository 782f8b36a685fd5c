//! The supervisor keeps programs running as the server's desired state says: it starts them, watches
//! them, restarts them after failures, and stops them.

mod backoff;
mod executable;
mod exporter;
mod home;
mod keeper;
mod log;
mod ports;
mod process;
mod ready;
mod recipe;
mod report;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::agent::{AgentStatus, PROGRAMS_MAX, ProgramHealth, Reported};
use bailiwick_domain::id::AgentId;
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_link::desired::{self, Desired, Program};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use executable::Executables;
pub use exporter::{Exporter, Found};

use home::Home;
use keeper::Keeper;
use log::{Log, Redaction};
use ports::Ports;

/// A timer: the system's timer in production, one that is controlled by hand in tests.
pub trait Timer: Send + Sync {
    /// Returns after `how_long`.
    fn sleep(&self, how_long: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The system's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemTimer;

impl Timer for SystemTimer {
    fn sleep(&self, how_long: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(how_long))
    }
}

/// The file in the directory of programs that records their ports.
const PORTS: &str = "ports.json";

/// How long to wait for programs.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long a program may take to answer after its start.
    pub start: Duration,
    /// How long it may take to end after SIGTERM.
    pub stop: Duration,
    /// How long to wait after an unanswered request before the next one.
    pub ask_again: Duration,
    /// How long log lines are collected before they are reported.
    pub log: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(30),
            stop: Duration::from_secs(5),
            ask_again: Duration::from_millis(100),
            log: Duration::from_secs(10),
        }
    }
}

/// What a supervisor needs from its surroundings.
pub struct Outside {
    /// Where the executables are.
    pub executables: Executables,
    /// The directory for the files of programs. It is created if it does not exist, and processes that
    /// an earlier agent left running are ended.
    pub directory: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The timer for the wait before a program is restarted.
    pub timer: Arc<dyn Timer>,
    /// How long to wait for programs.
    pub patience: Patience,
}

/// The state that all keepers share.
struct Shared {
    home: Home,
    ports: Ports,
    executables: Executables,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    timer: Arc<dyn Timer>,
    patience: Patience,
    health: watch::Sender<BTreeMap<AgentId, ProgramHealth>>,
}

impl Shared {
    /// Changes the health of a program; a new status sets `since`.
    fn tell(&self, id: AgentId, change: impl FnOnce(&mut ProgramHealth)) {
        let now = self.clock.now();
        self.health.send_if_modified(|all| {
            let Some(health) = all.get_mut(&id) else { return false };
            let before = health.clone();
            change(health);
            if health.status != before.status {
                health.since = now;
            }
            *health != before
        });
    }
}

/// A program that is kept running, or that was.
struct Kept {
    /// How it should run; `None` if it should stop.
    program: Option<Program>,
    log: Arc<Log>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Why a desired state was not applied.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApplied {
    /// It has too many programs.
    #[error("expected at most {PROGRAMS_MAX} programs, found {0}")]
    TooMany(usize),
    /// The agent is being stopped.
    #[error("the agent is being stopped")]
    Stopping,
}

/// The desired state that was applied last, and its programs.
#[derive(Default)]
struct SupervisedPrograms {
    desired: Desired,
    kept: BTreeMap<AgentId, Kept>,
    stopping: bool,
}

/// Keeps the programs of a desired state running.
pub struct Supervisor {
    shared: Arc<Shared>,
    state: Mutex<SupervisedPrograms>,
    keepers: TaskTracker,
    /// The number of log lines that programs have written.
    written: watch::Sender<u64>,
}

impl Supervisor {
    /// A supervisor without programs.
    pub fn new(outside: Outside) -> std::io::Result<Self> {
        let Outside { executables, directory, clock, entropy, timer, patience } = outside;
        let home = Home::open(directory.clone())?;
        let ports = Ports::open(directory.join(PORTS));
        let health = watch::Sender::new(BTreeMap::new());
        let shared = Arc::new(Shared { home, ports, executables, clock, entropy, timer, patience, health });
        let (state, keepers) = (Mutex::default(), TaskTracker::new());
        Ok(Self { shared, state, keepers, written: watch::Sender::new(0) })
    }

    /// Applies a desired state: starts new programs, restarts programs that changed, stops programs
    /// that are not named, and leaves the others alone. It does not wait for any of that. It must be
    /// called within a Tokio runtime.
    pub fn apply(&self, desired: Desired) -> Result<(), NotApplied> {
        if desired.programs.len() > PROGRAMS_MAX {
            return Err(NotApplied::TooMany(desired.programs.len()));
        }
        let mut state = self.state.lock();
        if state.stopping {
            return Err(NotApplied::Stopping);
        }
        for (id, kept) in &mut state.kept {
            if !desired.programs.contains_key(id) && kept.program.take().is_some() {
                kept.stop.cancel();
            }
        }
        self.forget_ended(&mut state, &desired);
        self.shared.ports.keep_those_of(|id| desired.programs.contains_key(&id));
        for (id, program) in &desired.programs {
            let before = state.kept.remove(id);
            let kept = match before {
                Some(kept) if kept.program.as_ref() == Some(program) => kept,
                Some(kept) => {
                    kept.stop.cancel();
                    self.keep(*id, program.clone(), Some(kept.task))
                }
                None => self.keep(*id, program.clone(), None),
            };
            state.kept.insert(*id, kept);
        }
        state.desired = desired;
        Ok(())
    }

    fn keep(&self, id: AgentId, program: Program, before: Option<JoinHandle<()>>) -> Kept {
        let now = self.shared.clock.now();
        self.shared.health.send_modify(|all| {
            all.entry(id).or_insert_with(|| ProgramHealth {
                status: AgentStatus::Starting,
                since: now,
                started_at: None,
                listen_port: None,
                reported: Reported::default(),
                log: Vec::new(),
            });
        });
        let redaction = Redaction::of(program.secrets.values().map(String::as_str));
        let log = Arc::new(Log::new(redaction, self.written.clone()));
        let stop = CancellationToken::new();
        let keeper = Keeper {
            id,
            program: program.clone(),
            shared: Arc::clone(&self.shared),
            log: Arc::clone(&log),
            stop: stop.clone(),
        };
        Kept { program: Some(program), log, stop, task: self.keepers.spawn(keeper.keep(before)) }
    }

    /// Forgets the oldest programs that were stopped, if there are too many to remember.
    fn forget_ended(&self, state: &mut SupervisedPrograms, desired: &Desired) {
        let ended = state.kept.iter().filter(|(_, kept)| kept.program.is_none() && kept.task.is_finished());
        let ended: Vec<AgentId> = ended.map(|(id, _)| *id).collect();
        let new = desired.programs.keys().filter(|id| !state.kept.contains_key(id)).count();
        let too_many = (state.kept.len() + new).saturating_sub(PROGRAMS_MAX);
        // Ids sort by creation, so the oldest come first.
        for id in ended.iter().take(too_many) {
            state.kept.remove(id);
            self.shared.health.send_modify(|all| {
                all.remove(id);
            });
        }
    }

    /// How the metrics of the programs should be served; `None` if they should not.
    pub fn wanted_front(&self) -> Option<desired::Front> {
        self.state.lock().desired.front.clone()
    }

    /// The health of all programs, by the id of their agent record.
    pub fn health(&self) -> BTreeMap<AgentId, ProgramHealth> {
        let mut all = self.shared.health.borrow().clone();
        let state = self.state.lock();
        for (id, health) in &mut all {
            if let Some(kept) = state.kept.get(id) {
                health.log = kept.log.lines();
            }
            health.bound();
        }
        all
    }

    /// A handle that waits for news about the programs.
    pub fn news(&self) -> ProgramChanges {
        let (health, written) = (self.shared.health.subscribe(), self.written.subscribe());
        ProgramChanges { health, written, collect: self.shared.patience.log }
    }

    /// Stops all programs and waits until they have ended. It is safe to cancel and call again.
    pub async fn stop(&self) {
        {
            let mut state = self.state.lock();
            state.stopping = true;
            for kept in state.kept.values() {
                kept.stop.cancel();
            }
        }
        self.keepers.close();
        self.keepers.wait().await;
    }
}

/// Waits for news about the programs.
pub struct ProgramChanges {
    health: watch::Receiver<BTreeMap<AgentId, ProgramHealth>>,
    written: watch::Receiver<u64>,
    collect: Duration,
}

impl ProgramChanges {
    /// Returns when the status of a program has changed, or some time after one wrote a log line. It is
    /// safe to cancel and call again. Once the supervisor is gone, it never returns.
    pub async fn wait(&mut self) {
        let mut written = self.written.clone();
        let lines = async {
            written.changed().await.ok()?;
            tokio::time::sleep(self.collect).await;
            Some(())
        };
        let there_are = tokio::select! {
            changed = self.health.changed() => changed.ok(),
            lines = lines => lines,
        };
        if there_are.is_none() {
            std::future::pending::<()>().await;
        }
        self.written.mark_unchanged();
    }
}
