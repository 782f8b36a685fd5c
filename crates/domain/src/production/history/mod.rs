//! The history of a node: everything from which its time is summed. Observations say what the machine did;
//! runs, annotations, rejects and corrections say what that means.

mod meaning;
mod observation;
mod reason;

use super::coverage::merged;
use super::span::Span;
use crate::time::Timestamp;

pub use meaning::{
    Annotation, BadPartTime, JobRun, OperatorRun, PART_TIME_MAX_MICROS, PartCorrection, PartTime, Reject,
    RejectKind,
};
pub use observation::{ConditionChange, CounterReading, QuantityReading, StateChange, Word};
pub use reason::{BadReason, REASON_LEVEL_MAX, REASON_LEVELS_MAX, Reason};

/// What is known of one node for a stretch of time.
///
/// To sum a window, the lists need everything within it, and what still holds at its start: the last word of
/// each kind and path, the last change of each active condition, and the last reading of each counter and
/// each quantity before the window, with `covered` from the earliest of those readings on. Whatever
/// else it has before and after the window changes nothing, so the same history can be used for many windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Up to when it is known what happened: usually the present. Nothing after it is counted, neither time
    /// nor parts.
    pub until: Timestamp,
    /// When there was data, as [`covered`](super::coverage::covered) finds it. All other time has no data.
    pub covered: Vec<Span>,
    /// What the machine said: execution, modes, emergency stop, availability.
    pub states: Vec<StateChange>,
    /// How its conditions changed.
    pub conditions: Vec<ConditionChange>,
    /// The readings of each counter that counts all finished parts. Two paths may have a counter each.
    pub counters: Vec<Vec<CounterReading>>,
    /// The readings of each quantity. The sums of quantities are in the same order.
    pub quantities: Vec<Vec<QuantityReading>>,
    /// Which job operation ran. If runs overlap, the one that started last counts.
    pub runs: Vec<JobRun>,
    /// Who operated the machine. If runs overlap, the one that started last counts.
    pub operators: Vec<OperatorRun>,
    /// Why the machine was down. If annotations overlap, the one that started last counts.
    pub annotations: Vec<Annotation>,
    /// Parts that were rejected.
    pub rejects: Vec<Reject>,
    /// Parts that a person added or took away.
    pub corrections: Vec<PartCorrection>,
}

impl History {
    /// A history in which nothing is known, up to this time.
    pub const fn none(until: Timestamp) -> Self {
        Self {
            until,
            covered: Vec::new(),
            states: Vec::new(),
            conditions: Vec::new(),
            counters: Vec::new(),
            quantities: Vec::new(),
            runs: Vec::new(),
            operators: Vec::new(),
            annotations: Vec::new(),
            rejects: Vec::new(),
            corrections: Vec::new(),
        }
    }

    /// The history in order: by time, then by sequence number, then by content. So every order of arrival
    /// gives the same result. Observations that are there twice are kept once.
    pub fn sorted(mut self) -> SortedHistory {
        self.covered = merged(self.covered);
        self.states.sort_unstable();
        self.states.dedup();
        self.conditions.sort_unstable();
        self.conditions.dedup();
        for readings in &mut self.counters {
            readings.sort_unstable();
            readings.dedup();
        }
        for readings in &mut self.quantities {
            readings.sort_unstable();
            readings.dedup();
        }
        self.runs.sort_unstable_by_key(|run| (run.span, run.id));
        self.operators.sort_unstable_by_key(|run| (run.span, run.operator));
        self.annotations.sort_unstable();
        SortedHistory(self)
    }
}

/// A [`History`] in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortedHistory(History);

impl SortedHistory {
    /// The history.
    pub const fn get(&self) -> &History {
        &self.0
    }
}
