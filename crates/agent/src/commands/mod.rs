//! The commands that the server has given the agent. Each runs at most once, a limited number runs at
//! the same time, and each end is reported until the server acknowledges it.

mod news;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_domain::command::{OUTPUT_MAX, TIMEOUT_MAX};
use bailiwick_domain::outside::Clock;
use bailiwick_link::commands::{End, Finished, Order, Orders, Report, What};
use parking_lot::Mutex;

use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::instructions::{self, Done};
use crate::journal::{Change, Journal, JournalState, Keeper};
use crate::runner::{Becoming, Captures, JobOutcome, Patience, Stop};
use news::{Ended, PendingReports};

/// How many commands run at once.
pub const RUNNING_MAX: usize = 16;
/// How many more may wait; further commands are refused.
pub const WAITING_MAX: usize = 1_000;

/// How commands are run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How the agent runs commands as other users.
    pub becoming: Becoming,
    /// How long the runner waits for processes to end.
    pub patience: Patience,
}

/// A command that has not ended.
struct Open {
    cancelled: CancellationToken,
    /// Its output; `None` while it waits.
    captures: Option<Arc<Captures>>,
}

struct Inner {
    settings: Settings,
    journal: Keeper,
    slots: Semaphore,
    /// Lets one command at a time use the package manager: package managers do not wait for each other,
    /// they fail.
    updating: Semaphore,
    state: Mutex<OpenCommands>,
    changed: Notify,
    leaving: CancellationToken,
    /// No further command starts.
    draining: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Default)]
struct OpenCommands {
    open: HashMap<Uuid, Open>,
    /// Ends that could not be recorded in the journal.
    unrecorded: HashMap<Uuid, Finished>,
    news: PendingReports,
}

/// All commands of the agent. Cheap to clone.
#[derive(Clone)]
pub struct Commands(Arc<Inner>);

impl std::fmt::Debug for Commands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commands").field("open", &self.0.state.lock().open.len()).finish()
    }
}

impl Commands {
    /// Opens the journal. Commands that were started and have no end were running when the agent ended.
    /// Their outcome is unknown, and they are reported as lost.
    pub fn open(path: &std::path::Path, settings: Settings, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let mut journal = Journal::open(path, clock.now())?;
        let mut unrecorded = HashMap::new();
        for id in journal.accepted() {
            tracing::warn!(command = %id, "the agent had ended while a command was running; the command is reported as lost");
            let outcome = JobOutcome::not_begun(
                End::Lost,
                "the agent ended while the command was running: the command may have run completely or in part",
            );
            let finished = finished(outcome.into(), None);
            if let Err(error) =
                journal.write(vec![Change::Finish(id, Box::new(finished.clone()))], clock.now())
            {
                tracing::error!(%error, "a lost command could not be recorded in the journal; the agent reports it anyway");
                unrecorded.insert(id, finished);
            }
        }
        Ok(Self(Arc::new(Inner {
            settings,
            journal: Keeper::start(journal, clock)?,
            slots: Semaphore::new(RUNNING_MAX),
            updating: Semaphore::new(1),
            state: Mutex::new(OpenCommands { unrecorded, ..OpenCommands::default() }),
            changed: Notify::new(),
            leaving: CancellationToken::new(),
            draining: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })))
    }

    /// Carries out the server's orders.
    pub async fn take(&self, orders: Orders) {
        let Orders { run, cancel, acknowledge } = orders;
        let acknowledged: Vec<Uuid> = ids(&acknowledge).collect();
        if !acknowledged.is_empty() {
            {
                let mut state = self.0.state.lock();
                for id in &acknowledged {
                    state.unrecorded.remove(id);
                    state.news.forget(*id);
                }
            }
            self.0.journal.acknowledge(acknowledged).await;
        }
        let mut skipped = 0_usize;
        for order in run {
            match Uuid::from_slice(&order.id) {
                Ok(id) if id.get_version_num() == 7 => self.order(id, order).await,
                _ => skipped += 1,
            }
        }
        if skipped > 0 {
            tracing::warn!(
                skipped,
                "orders of the server were skipped, because their ids are not UUIDs of version 7"
            );
        }
        for id in ids(&cancel).filter(|id| id.get_version_num() == 7) {
            self.cancel(id).await;
        }
    }

    /// Cancels a command. A command that has not arrived yet is recorded as cancelled, so that it does
    /// not start if it arrives later, and reported.
    async fn cancel(&self, id: Uuid) {
        if let Some(open) = self.0.state.lock().open.get(&id) {
            open.cancelled.cancel();
            return;
        }
        if !self.has_begun(id).await {
            let outcome =
                JobOutcome::not_begun(End::Cancelled, "the command was cancelled before it arrived");
            self.0.finish(id, outcome.into(), None).await;
        }
    }

    async fn order(&self, id: Uuid, order: Order) {
        {
            let mut state = self.0.state.lock();
            if let Some(open) = state.open.get(&id) {
                if open.captures.is_some() {
                    state.news.started(id);
                    self.0.changed.notify_one();
                }
                return;
            }
        }
        if !self.has_begun(id).await {
            self.admit(id, order);
        }
    }

    /// Whether a command that is not open was started here. If it was, its end is reported again.
    async fn has_begun(&self, id: Uuid) -> bool {
        let is_unrecorded = self.0.state.lock().unrecorded.contains_key(&id);
        match self.0.journal.known(id).await {
            JournalState::Nothing if !is_unrecorded => return false,
            JournalState::Accepted | JournalState::TooOld if !is_unrecorded => {
                let why = "the command is older than this agent's records: the agent may have run it already";
                self.0.finish(id, JobOutcome::not_begun(End::Lost, why).into(), None).await;
            }
            _ => {
                self.0.state.lock().news.ended(Ended::untold(id));
                self.0.changed.notify_one();
            }
        }
        true
    }

    fn admit(&self, id: Uuid, order: Order) {
        let inner = Arc::clone(&self.0);
        let arrived = Instant::now();
        let cancelled = CancellationToken::new();
        let stop = Stop { cancelled: cancelled.clone(), leaving: inner.leaving.clone() };
        let is_full = {
            let mut state = inner.state.lock();
            let is_full = state.open.len() >= RUNNING_MAX + WAITING_MAX;
            state.open.insert(id, Open { cancelled, captures: None });
            is_full
        };
        self.0.tasks.spawn(async move {
            if is_full {
                let why = format!("{WAITING_MAX} commands are already waiting on this node; try again later");
                inner.finish(id, JobOutcome::not_begun(End::Failed, why).into(), None).await;
            } else {
                inner.carry_out(id, order, arrived, &stop).await;
            }
        });
    }

    /// Notes that there is a new connection: everything that is not acknowledged is reported again.
    pub async fn connected(&self) {
        {
            let mut state = self.0.state.lock();
            let OpenCommands { open, news, .. } = &mut *state;
            news.connected();
            for (id, open) in open {
                if let Some(captures) = &open.captures {
                    captures.stdout.lock().tell_again();
                    captures.stderr.lock().tell_again();
                    news.started(*id);
                }
            }
        }
        let recorded = self.0.journal.unacknowledged().await;
        let mut state = self.0.state.lock();
        let unrecorded: Vec<Uuid> = state.unrecorded.keys().copied().collect();
        for id in recorded.into_iter().chain(unrecorded) {
            state.news.ended(Ended::untold(id));
        }
        self.0.changed.notify_one();
    }

    /// Waits until there is something new to report.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// Whether a command is running, which may produce output.
    pub fn is_busy(&self) -> bool {
        self.0.state.lock().open.values().any(|open| open.captures.is_some())
    }

    /// The next reports, as many as fit into a message. The output of running commands is included only
    /// if `with_output` is set. Empty if there is nothing to report.
    pub async fn reports(&self, with_output: bool) -> Vec<Report> {
        loop {
            let ended = {
                let mut state = self.0.state.lock();
                let OpenCommands { open, news, .. } = &mut *state;
                let running = open.iter().filter_map(|(id, open)| Some((*id, open.captures.as_deref()?)));
                let reports = news.next(running, with_output);
                if !reports.is_empty() {
                    return reports;
                }
                match news.next_ended() {
                    Some(ended) => ended,
                    None => return Vec::new(),
                }
            };
            let finished = self.0.how_it_ended(ended.id).await;
            self.0.state.lock().news.tell_end(&ended, finished);
        }
    }

    /// Starts no further command, and waits until those that run have ended. Waiting commands are left for the next
    /// start.
    pub async fn drain(&self) {
        self.0.draining.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Ends running commands, because the agent ends. Waiting commands are left for the next start.
    pub async fn leave(&self) {
        self.0.leaving.cancel();
        self.0.tasks.close();
        let most = self.0.settings.patience.end + self.0.settings.patience.pipes + Duration::from_secs(2);
        if tokio::time::timeout(most, self.0.tasks.wait()).await.is_err() {
            tracing::warn!(
                "the agent stops before all commands have ended; it reports the others after its next start, as lost"
            );
        }
    }
}

fn ids(bytes: &[Vec<u8>]) -> impl Iterator<Item = Uuid> + '_ {
    bytes.iter().filter_map(|id| Uuid::from_slice(id).ok())
}

impl Inner {
    /// Waits until the order may run; it may run for as long as the permits are held.
    async fn turn(&self, order: &Order) -> (Option<SemaphorePermit<'_>>, Option<SemaphorePermit<'_>>) {
        let updates = matches!(order.what, Some(What::ScanUpdates(_) | What::InstallUpdates(_)));
        // The scarcer permit is acquired first, so that a command that waits for it holds no slot. The
        // semaphores are never closed.
        let alone = if updates { self.updating.acquire().await.ok() } else { None };
        (alone, self.slots.acquire().await.ok())
    }

    async fn carry_out(&self, id: Uuid, order: Order, arrived: Instant, stop: &Stop) {
        let turn = tokio::select! {
            biased;
            () = async { tokio::select! { () = stop.leaving.cancelled() => {}, () = self.draining.cancelled() => {} } } => {
                // It was not started, so the server sends it again.
                self.state.lock().open.remove(&id);
                return;
            }
            () = stop.cancelled.cancelled() => {
                let outcome = JobOutcome::not_begun(End::Cancelled, "the command was cancelled before it started");
                return self.finish(id, outcome.into(), None).await;
            }
            turn = self.turn(&order) => turn,
        };
        if arrived.elapsed() > Duration::from_millis(order.expires_in_ms) {
            let outcome = JobOutcome::not_begun(End::Expired, "the command expired before it could start");
            return self.finish(id, outcome.into(), None).await;
        }
        let Some(what) = order.what else {
            let outcome = JobOutcome::not_begun(
                End::Failed,
                "this version of the agent does not know the instruction; update the agent",
            );
            return self.finish(id, outcome.into(), None).await;
        };
        if let Err(error) = self.journal.write(Change::Accept(id)).await {
            let why = format!("the agent cannot record the command, so it does not run it: {error}");
            return self.finish(id, JobOutcome::not_begun(End::Failed, why).into(), None).await;
        }
        tracing::info!(command = %id, "a command started");
        let captures = Captures::new(order.output_limit_bytes.min(OUTPUT_MAX));
        {
            let mut state = self.state.lock();
            if let Some(open) = state.open.get_mut(&id) {
                open.captures = Some(Arc::clone(&captures));
            }
            state.news.started(id);
        }
        self.changed.notify_one();
        let timeout = Duration::from_secs(order.timeout_seconds.clamp(1, TIMEOUT_MAX).into());
        let Settings { patience, becoming } = &self.settings;
        let done = instructions::carry_out(what, timeout, *patience, becoming, &captures, stop).await;
        tracing::info!(
            command = %id, end = ?done.outcome.end, exit_code = done.outcome.exit_code, "a command ended"
        );
        self.finish(id, done, Some(&captures)).await;
        drop(turn);
    }

    /// Records a command's end and has it reported.
    async fn finish(&self, id: Uuid, done: Done, captures: Option<&Captures>) {
        // From here on, no more of its output is reported live.
        let ended = {
            let mut state = self.state.lock();
            if let Some(open) = state.open.get_mut(&id) {
                open.captures = None;
            }
            state.news.freeze(id, captures)
        };
        let finished = finished(done, captures);
        let change = Change::Finish(id, Box::new(finished.clone()));
        let recorded = self.journal.write(change).await;
        let mut state = self.state.lock();
        if let Err(error) = recorded {
            tracing::error!(command = %id, error, "the end of a command could not be recorded");
            // Only a bounded number of results that could not be recorded is kept in memory. Any further
            // command is reported as lost when the agent next starts.
            if state.unrecorded.len() < WAITING_MAX {
                state.unrecorded.insert(id, finished);
                state.news.ended(ended);
            }
        } else {
            state.news.ended(ended);
        }
        state.open.remove(&id);
        drop(state);
        self.changed.notify_one();
    }

    async fn how_it_ended(&self, id: Uuid) -> Finished {
        if let Some(finished) = self.state.lock().unrecorded.get(&id) {
            return finished.clone();
        }
        let why = match self.journal.read(id).await {
            Ok(Some(finished)) => return finished,
            Ok(None) => "the result of the command is no longer kept".to_owned(),
            Err(error) => format!("the result of the command cannot be read: {error}"),
        };
        finished(JobOutcome::not_begun(End::Lost, why).into(), None)
    }
}

/// The report of a command's end, with its output.
fn finished(done: Done, captures: Option<&Captures>) -> Finished {
    let Done { outcome, updates } = done;
    let JobOutcome { end, exit_code, signal, error, duration } = outcome;
    let mut finished = Finished {
        end: end.into(),
        exit_code,
        signal,
        error,
        duration_ms: duration.map(|ran| u64::try_from(ran.as_millis()).unwrap_or(u64::MAX)),
        updates,
        ..Finished::default()
    };
    if let Some(captures) = captures {
        let (stdout, stderr) = (captures.stdout.lock(), captures.stderr.lock());
        (finished.stdout_bytes, finished.stderr_bytes) = (stdout.total(), stderr.total());
        finished.output = stdout.pieces();
        finished.output.extend(stderr.pieces());
    }
    finished
}

#[cfg(all(test, unix))]
mod tests;
