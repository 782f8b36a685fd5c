//! The programs that this agent keeps running: started, watched, started again after they failed, and
//! stopped, as the server's desired state says.

mod backoff;
mod executable;
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
use bailiwick_link::desired::{Desired, Program};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use executable::Executables;

use home::Home;
use keeper::Keeper;
use log::{Log, Redaction};
use ports::Ports;

/// Waits: the system's timer in production, one that a test holds in its hand in tests.
pub trait Timer: Send + Sync {
    /// Ends after `how_long`.
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

/// The file in the directory of programs that says which of them listened where.
const PORTS: &str = "ports.json";

/// How long programs are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long a program may take until it answers.
    pub start: Duration,
    /// How long it may take to end when it is asked to.
    pub stop: Duration,
    /// How long after a question that was not answered the next is asked.
    pub ask_again: Duration,
    /// How long lines that programs write are collected before they are told.
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

/// What a supervisor is given.
pub struct Outside {
    /// Where programs are.
    pub executables: Executables,
    /// The directory for the files of programs. It is made, and whatever an agent before left running
    /// there is ended.
    pub directory: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What waits before a program is started again.
    pub timer: Arc<dyn Timer>,
    /// How long programs are waited for.
    pub patience: Patience,
}

/// What those who keep programs have in common.
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
    /// Changes what is told of a program; a new status has a new time.
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

/// One program that is kept, or was.
struct Kept {
    /// As it is to run; `None` if it is to be stopped.
    program: Option<Program>,
    log: Arc<Log>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Why a desired state cannot be applied.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApplied {
    /// There is too much of it.
    #[error("expected at most {PROGRAMS_MAX} programs, found {0}")]
    TooMany(usize),
    /// It ends.
    #[error("the agent is being stopped")]
    Stopping,
}

/// What was applied last.
#[derive(Default)]
struct State {
    desired: Desired,
    kept: BTreeMap<AgentId, Kept>,
    stopping: bool,
}

/// Keeps programs running.
pub struct Supervisor {
    shared: Arc<Shared>,
    state: Mutex<State>,
    keepers: TaskTracker,
    /// Counts the lines that programs wrote.
    written: watch::Sender<u64>,
}

impl Supervisor {
    /// One that keeps nothing yet.
    pub fn new(outside: Outside) -> std::io::Result<Self> {
        let Outside { executables, directory, clock, entropy, timer, patience } = outside;
        let home = Home::open(directory.clone())?;
        let ports = Ports::open(directory.join(PORTS));
        let health = watch::Sender::new(BTreeMap::new());
        let shared = Arc::new(Shared { home, ports, executables, clock, entropy, timer, patience, health });
        let (state, keepers) = (Mutex::default(), TaskTracker::new());
        Ok(Self { shared, state, keepers, written: watch::Sender::new(0) })
    }

    /// Makes of what runs what is to run: what is new is started, what is set up in another way is
    /// stopped and started again, what is not named is stopped, and the rest is left alone. It does
    /// not wait for any of it. Must be called within a runtime.
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

    /// Of programs that have ended as they should, as many are remembered as there is room for.
    fn forget_ended(&self, state: &mut State, desired: &Desired) {
        let ended = state.kept.iter().filter(|(_, kept)| kept.program.is_none() && kept.task.is_finished());
        let ended: Vec<AgentId> = ended.map(|(id, _)| *id).collect();
        let new = desired.programs.keys().filter(|id| !state.kept.contains_key(id)).count();
        let too_many = (state.kept.len() + new).saturating_sub(PROGRAMS_MAX);
        // Ids are in the order of their creation: the oldest go first.
        for id in ended.iter().take(too_many) {
            state.kept.remove(id);
            self.shared.health.send_modify(|all| {
                all.remove(id);
            });
        }
    }

    /// How the programs are, by the id of their agent row.
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

    /// Tells when there is something new to tell of the programs.
    pub fn news(&self) -> News {
        let (health, written) = (self.shared.health.subscribe(), self.written.subscribe());
        News { health, written, collect: self.shared.patience.log }
    }

    /// Stops all programs, and ends when they have. May be dropped and asked again.
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

/// Tells when there is something new to tell.
pub struct News {
    health: watch::Receiver<BTreeMap<AgentId, ProgramHealth>>,
    written: watch::Receiver<u64>,
    collect: Duration,
}

impl News {
    /// Ends when a program's status changed, or some time after one wrote something. May be dropped
    /// and asked again. Never ends once the supervisor is gone.
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
