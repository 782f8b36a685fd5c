//! Cuts a node's production day into slices, and sums them.

mod bucket;
mod condition;
mod layer;
mod machine;
mod parts;
mod quantities;
#[cfg(test)]
mod tests;
mod track;

use super::calendar::ProductionDay;
use super::history::{Reason, Reject, RejectKind, SortedHistory};
use super::quantity::QuantitySums;
use super::span::Span;
use super::sums::{Sum, Sums};
use crate::id::{JobOperationId, JobRunId, OperatorId};
use crate::text::name::Name;
use crate::time::Timestamp;

use bucket::Buckets;
pub use machine::{LastStatus, last_status};

/// Half an hour in microseconds.
const HALF_HOUR_MICROS: i64 = 1_800_000_000;

/// The sums of a stretch of a node's time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Times, parts and alarms.
    pub sums: Sums,
    /// Parts that a counter rose by across a stretch without data. Nobody knows when they were made, so they
    /// are in no slice, in no ratio, and not in the total. They are counted to the time of the reading that
    /// shows the rise.
    pub parts_unattributed: i64,
    /// The sums of each quantity, in the order of the history.
    pub quantities: Vec<QuantitySums>,
}

impl Cell {
    /// Adds another cell. Its quantities must be in the same order. Adding is commutative and associative.
    pub fn add(&mut self, other: &Self) {
        self.sums.add(&other.sums);
        self.parts_unattributed = self.parts_unattributed.saturating_add(other.parts_unattributed);
        if self.quantities.len() < other.quantities.len() {
            self.quantities.resize(other.quantities.len(), QuantitySums::default());
        }
        for (own, other) in self.quantities.iter_mut().zip(&other.quantities) {
            own.add(other);
        }
    }
}

/// A piece of a node's time, as long as possible, with the same shift, run, operator and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// When it begins and ends.
    pub span: Span,
    /// The shift; `None` outside of shifts.
    pub shift: Option<Name>,
    /// The run and its job operation; `None` if none ran.
    pub run: Option<(JobRunId, JobOperationId)>,
    /// The operator; `None` if nobody was signed in.
    pub operator: Option<OperatorId>,
    /// The reason that an annotation gives; `None` without an annotation.
    pub reason: Option<Reason>,
    /// Its sums.
    pub sums: Sums,
    /// The sums of each quantity, in the order of the history.
    pub quantities: Vec<QuantitySums>,
}

/// A window of a node's production day, summed in two ways: the slices, and the cells, add up to `total`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeDay {
    /// The time that was summed: the window, as far as it is in the day and known.
    pub span: Span,
    /// The slices, in the order of time.
    pub slices: Vec<Slice>,
    /// The pieces between the edges that the caller gave, in the order of time.
    pub cells: Vec<(Span, Cell)>,
    /// Everything together.
    pub total: Cell,
}

/// The full and half hours of UTC within a span, without its ends: the edges of the cells that are stored.
pub fn half_hours(span: Span) -> Vec<Timestamp> {
    let first = span.start().as_micros() / HALF_HOUR_MICROS + 1;
    let edges = (first..).map(|number| Timestamp::from_micros(number.saturating_mul(HALF_HOUR_MICROS)));
    edges.take_while(|edge| *edge < span.end()).collect()
}

/// Cuts a window of a node's production day into slices, and into cells at `edges`, and sums both.
///
/// What lies outside of the day, or after the time up to which the history is known, is not summed. Every
/// microsecond of the rest has exactly one status and is in one slice and one cell. Parts, rejects and alarms
/// count in the slice and the cell of their time; a part is made at the time of the reading that shows it.
/// However the window is divided, the sums of its pieces add up to those of the whole, from the same history.
///
/// The effort grows with the length of the history and the number of edges, not with the length of the
/// window. Nothing is refused: numbers saturate, and part counts that make no sense, such as more rejects
/// than parts, stay as they are.
pub fn cut(day: &ProductionDay, window: Span, history: &SortedHistory, edges: &[Timestamp]) -> NodeDay {
    let history = history.get();
    let window = window.overlap(day.span);
    let span = Span::new(window.start(), window.end().min(history.until));
    let mut buckets = Buckets::new(day, span, history, edges);
    let alarms = machine::add_times(&mut buckets, history);
    for at in alarms {
        buckets.increase(at, Sum::Alarms, 1);
    }
    for run in &history.runs {
        buckets.increase(run.span.start(), Sum::ExpectedSetup, run.expected_setup_micros);
    }
    parts::add_counted(&mut buckets, history);
    for correction in &history.corrections {
        buckets.add_parts(correction.at, correction.parts);
    }
    for reject in &history.rejects {
        add_reject(&mut buckets, reject);
    }
    let quantities = quantities::sums(&buckets, history);
    buckets.into_node_day(span, &quantities)
}

/// [`cut`] for a whole day, into cells of half an hour of UTC.
pub fn cut_day(day: &ProductionDay, history: &SortedHistory) -> NodeDay {
    cut(day, day.span, history, &half_hours(day.span))
}

fn add_reject(buckets: &mut Buckets<'_>, reject: &Reject) {
    let sum = match reject.kind {
        RejectKind::Scrap => Sum::PartsScrap,
        RejectKind::Nonconforming => Sum::PartsNonconforming,
    };
    buckets.increase(reject.at, sum, reject.parts);
    buckets.increase(reject.at, Sum::PartsGood, reject.parts.saturating_neg());
}
