//! The status of a machine over time.

use super::bucket::Buckets;
use super::condition::Conditions;
use super::layer::Cursor;
use crate::production::history::{History, SortedHistory, StateChange, Word};
use crate::production::span::Span;
use crate::production::status::{Signals, Status};
use crate::time::Timestamp;

/// What a machine said so far.
struct Machine {
    /// The signals of each path, by its number. All but execution and controller mode are the same in each.
    paths: Vec<(u8, Signals)>,
    /// What belongs to the whole machine, and a path that said nothing yet.
    whole: Signals,
    conditions: Conditions,
}

impl Machine {
    fn path(&mut self, number: u8) -> Option<&mut Signals> {
        let place = match self.paths.iter().position(|(path, _)| *path == number) {
            Some(place) => place,
            None => {
                self.paths.push((number, Signals::NONE));
                self.paths.len().saturating_sub(1)
            }
        };
        self.paths.get_mut(place).map(|(_, signals)| signals)
    }

    fn hear(&mut self, word: Word) {
        match word {
            Word::Availability(word) => self.whole.availability = word,
            Word::EmergencyStop(word) => self.whole.emergency_stop = word,
            Word::FunctionalMode(word) => self.whole.functional_mode = word,
            Word::Execution { path, word } => {
                if let Some(signals) = self.path(path) {
                    signals.execution = word;
                }
            }
            Word::ControllerMode { path, word } => {
                if let Some(signals) = self.path(path) {
                    signals.controller_mode = word;
                }
            }
        }
    }

    fn status(&self) -> Status {
        let condition = self.conditions.worst();
        Status::of_paths(self.paths.iter().map(|(_, path)| {
            let Signals { execution, controller_mode, .. } = *path;
            Signals { execution, controller_mode, condition, ..self.whole }.status()
        }))
    }
}

/// Adds the time of each status to its bucket. Returns the times at which a fault began, in order.
pub(super) fn add_times(buckets: &mut Buckets<'_>, history: &History) -> Vec<Timestamp> {
    let (statuses, alarms) = statuses(history);
    let covered: Vec<(Span, ())> = history.covered.iter().map(|span| (*span, ())).collect();
    let mut is_covered = Cursor::new(&covered);
    let mut statuses = statuses.iter().peekable();
    let mut ends = history.covered.iter().flat_map(|span| [span.start(), span.end()]).peekable();
    let mut said = Status::NoData;
    for bucket in buckets.iter_mut() {
        let mut now = bucket.span.start();
        while now < bucket.span.end() {
            while let Some((_, status)) = statuses.next_if(|(at, _)| *at <= now) {
                said = *status;
            }
            while ends.next_if(|end| *end <= now).is_some() {}
            let mut next = bucket.span.end();
            next = statuses.peek().map_or(next, |(at, _)| next.min(*at));
            next = ends.peek().map_or(next, |end| next.min(*end));
            let status = if is_covered.at(now).is_some() { said } else { Status::NoData };
            bucket.add_time(Span::new(now, next), status);
            now = next;
        }
    }
    alarms
}

/// What a machine does at the end of what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastStatus {
    /// Its status.
    pub status: Status,
    /// Since when: the first time, not before `from`, from which on it had this status.
    pub since: Timestamp,
}

/// The status at the end of a history, and since when it holds. What was before `from` is not looked at.
pub fn last_status(history: &SortedHistory, from: Timestamp) -> LastStatus {
    let history = history.get();
    let (statuses, _) = statuses(history);
    let covered: Vec<(Span, ())> = history.covered.iter().map(|span| (*span, ())).collect();
    let mut is_covered = Cursor::new(&covered);
    let ends = history.covered.iter().flat_map(|span| [span.start(), span.end()]);
    let mut times: Vec<Timestamp> = statuses.iter().map(|(at, _)| *at).chain(ends).collect();
    times.retain(|at| *at > from && *at < history.until);
    times.push(from);
    times.sort_unstable();
    let mut statuses = statuses.iter().peekable();
    let (mut said, mut last) = (Status::NoData, None);
    for at in times {
        while let Some((_, status)) = statuses.next_if(|(changed, _)| *changed <= at) {
            said = *status;
        }
        let status = if is_covered.at(at).is_some() { said } else { Status::NoData };
        if last.is_none_or(|last: LastStatus| last.status != status) {
            last = Some(LastStatus { status, since: at });
        }
    }
    last.unwrap_or(LastStatus { status: Status::NoData, since: from })
}

/// Each change of the status by what the machine said, whether or not it was covered, and the times at which
/// a fault began.
fn statuses(history: &History) -> (Vec<(Timestamp, Status)>, Vec<Timestamp>) {
    let mut machine = Machine { paths: Vec::new(), whole: Signals::NONE, conditions: Conditions::default() };
    let mut changes: Vec<(Timestamp, Status)> = Vec::with_capacity(history.states.len());
    let mut alarms = Vec::new();
    let mut states = history.states.iter().peekable();
    let mut conditions = history.conditions.iter().peekable();
    let mut said = Status::NoData;
    loop {
        let next = [states.peek().map(|state| state.at), conditions.peek().map(|change| change.at)];
        let Some(now) = next.into_iter().flatten().min() else { break };
        while let Some(StateChange { word, .. }) = states.next_if(|state| state.at == now) {
            machine.hear(*word);
        }
        while let Some(change) = conditions.next_if(|change| change.at == now) {
            if machine.conditions.change(change) {
                alarms.push(now);
            }
        }
        // All words of one microsecond count together.
        let status = machine.status();
        if status != said {
            changes.push((now, status));
            said = status;
        }
    }
    (changes, alarms)
}
