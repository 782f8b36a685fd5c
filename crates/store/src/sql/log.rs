//! Measures every statement, and logs the slow ones by name. Values of statements are never logged: they may be
//! secret.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bailiwick_domain::outside::Stopwatch;
use tokio::sync::{Mutex, mpsc};
use tracing::{Instrument as _, Span};

use crate::sql::measures::Measures;
use crate::sql::name::StatementName;
use crate::sql::planned::Planned;
use crate::sql::statement::Statement;

/// How many statements may wait until their plan is logged. The plans of others are left out.
const PLANS_WAITING: usize = 8;
/// How long after the plan of a statement was logged it is logged again.
const PLAN_EVERY: Duration = Duration::from_secs(60);

/// Which statements are logged as slow, and whether with their plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowStatements {
    /// From which duration on a statement is slow.
    pub after: Duration,
    /// Whether the plans of slow statements are logged, at most once a minute each.
    pub with_plan: bool,
}

impl Default for SlowStatements {
    fn default() -> Self {
        Self { after: Duration::from_millis(250), with_plan: false }
    }
}

/// The stopwatch of the system.
#[derive(Debug)]
pub(crate) struct SystemStopwatch(Instant);

impl Default for SystemStopwatch {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Stopwatch for SystemStopwatch {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Measures the statements of a store, and logs the slow ones.
pub(crate) struct StatementLog {
    stopwatch: Arc<dyn Stopwatch>,
    slow_micros: AtomicU64,
    with_plan: AtomicBool,
    measures: Measures,
    /// When the plan of each statement was last asked for, in microseconds plus one; 0 if never. In the order of
    /// [`StatementName::ALL`].
    planned_at: Box<[AtomicU64]>,
    to_plan: mpsc::Sender<Planned>,
    /// The statements whose plan is to be logged.
    pub(crate) plans: Mutex<mpsc::Receiver<Planned>>,
}

impl std::fmt::Debug for StatementLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatementLog").finish_non_exhaustive()
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl StatementLog {
    pub(crate) fn new(stopwatch: Arc<dyn Stopwatch>) -> Arc<Self> {
        let (to_plan, plans) = mpsc::channel(PLANS_WAITING);
        let SlowStatements { after, with_plan } = SlowStatements::default();
        Arc::new(Self {
            stopwatch,
            slow_micros: AtomicU64::new(micros(after)),
            with_plan: AtomicBool::new(with_plan),
            measures: Measures::default(),
            planned_at: StatementName::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
            to_plan,
            plans: Mutex::new(plans),
        })
    }

    pub(crate) fn set(&self, slow: SlowStatements) {
        self.slow_micros.store(micros(slow.after), Ordering::Relaxed);
        self.with_plan.store(slow.with_plan, Ordering::Relaxed);
    }

    pub(crate) const fn measures(&self) -> &Measures {
        &self.measures
    }

    /// The time, by the stopwatch that measures statements.
    pub(crate) fn now(&self) -> Duration {
        self.stopwatch.elapsed()
    }

    /// A statement that is about to wait for a connection.
    pub(crate) fn asked(&self, name: StatementName, statement: &Statement) -> Asked<'_> {
        let planned = self.with_plan.load(Ordering::Relaxed).then(|| Planned::of(name, statement)).flatten();
        Asked { log: self, name, at: self.stopwatch.elapsed(), planned }
    }

    /// Runs something other than a [`Statement`], and measures it under a name.
    pub(crate) async fn time<T, E>(
        &self,
        name: StatementName,
        run: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let asked = Asked { log: self, name, at: self.stopwatch.elapsed(), planned: None };
        let mut running = asked.began_at_once();
        let result = run.instrument(running.span()).await;
        running.ended(result.as_ref().ok().map(|_| None));
        result
    }

    /// Whether the plan of a statement was not asked for within the last minute. If so, it is now.
    fn takes_plan(&self, name: StatementName, now: Duration) -> bool {
        let Some(planned_at) = self.planned_at.get(name as usize) else { return false };
        let now = micros(now).saturating_add(1);
        planned_at
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                (last == 0 || now.saturating_sub(last) >= micros(PLAN_EVERY)).then_some(now)
            })
            .is_ok()
    }
}

/// A statement that waits for a connection.
pub(crate) struct Asked<'l> {
    log: &'l StatementLog,
    name: StatementName,
    at: Duration,
    planned: Option<Planned>,
}

impl<'l> Asked<'l> {
    /// The statement has its connection, and runs from now on.
    pub(crate) fn began(self) -> Running<'l> {
        let began = self.log.stopwatch.elapsed();
        let waited = began.saturating_sub(self.at);
        self.log.measures.note_wait(waited);
        let mut running = self.began_at_once();
        (running.waited, running.began) = (Some(waited), began);
        running
    }

    /// The statement had its connection before, and runs from now on.
    pub(crate) fn began_at_once(self) -> Running<'l> {
        let Self { log, name, at, planned } = self;
        Running { log, name, waited: None, began: at, planned, end: End::Abandoned }
    }
}

/// How a statement ended.
#[derive(Clone, Copy)]
enum End {
    /// With so many rows, if they are counted.
    Done(Option<u64>),
    Failed,
    /// Its request ended first, because its time was over or its client left.
    Abandoned,
}

/// A statement that runs. It is measured and logged when this is dropped.
pub(crate) struct Running<'l> {
    log: &'l StatementLog,
    name: StatementName,
    waited: Option<Duration>,
    began: Duration,
    planned: Option<Planned>,
    end: End,
}

impl Running<'_> {
    /// The span in which the statement runs.
    pub(crate) fn span(&self) -> Span {
        tracing::debug_span!(target: "bailiwick::statement", "statement", name = self.name.as_str())
    }

    /// Notes how the statement ended: `Some` with the number of its rows, if they are counted, or `None` if it
    /// failed.
    pub(crate) fn ended(&mut self, rows: Option<Option<u64>>) {
        self.end = rows.map_or(End::Failed, End::Done);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let Self { log, name, waited, began, .. } = *self;
        let now = log.stopwatch.elapsed();
        let took = now.saturating_sub(began);
        let is_slow = micros(took) >= log.slow_micros.load(Ordering::Relaxed);
        let (rows, end) = match self.end {
            End::Done(rows) => (rows, None),
            End::Failed => (None, Some("failed")),
            End::Abandoned => (None, Some("abandoned")),
        };
        log.measures.note(name, took, is_slow, end.is_some());
        let statement = name.as_str();
        let waited_ms = waited.map(millis);
        if !is_slow {
            let took_us = micros(took);
            tracing::debug!(target: "bailiwick::statement", statement, took_us, waited_ms, rows, end, "a statement ended");
            return;
        }
        let took_ms = millis(took);
        tracing::warn!(target: "bailiwick::statement", statement, took_ms, waited_ms, rows, end, "a statement was slow");
        // If many plans wait already, this one is left out until the statement is slow again.
        if let Some(planned) = self.planned.take()
            && let Ok(room) = log.to_plan.try_reserve()
            && log.takes_plan(name, now)
        {
            room.send(planned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_of_a_statement_is_taken_once_a_minute() {
        let log = StatementLog::new(Arc::new(SystemStopwatch::default()));
        let at = |seconds| Duration::from_secs(seconds);
        assert!(log.takes_plan(StatementName::NodesList, at(0)));
        assert!(!log.takes_plan(StatementName::NodesList, at(59)));
        assert!(log.takes_plan(StatementName::NodesGet, at(59)), "each statement has its own minute");
        assert!(log.takes_plan(StatementName::NodesList, at(60)));
        assert!(!log.takes_plan(StatementName::NodesList, at(119)));
    }
}
