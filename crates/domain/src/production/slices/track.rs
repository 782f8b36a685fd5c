//! Tracks: which shift, run, operator and annotation apply at each time of a window.

use super::Slice;
use super::layer::{Cursor, topmost};
use crate::id::OperatorId;
use crate::production::calendar::ProductionDay;
use crate::production::history::{Annotation, History, JobRun};
use crate::production::span::Span;
use crate::production::sums::Sums;
use crate::text::name::Name;
use crate::time::Timestamp;

/// The tracks of a window. Each is a list of pieces in the order of time, without overlaps.
pub(super) struct Tracks<'a> {
    scheduled: Vec<(Span, ())>,
    shifts: Vec<(Span, &'a Name)>,
    runs: Vec<(Span, &'a JobRun)>,
    operators: Vec<(Span, OperatorId)>,
    annotations: Vec<(Span, &'a Annotation)>,
}

/// What applies at one time.
pub(super) struct Applies<'a> {
    pub(super) is_scheduled: bool,
    pub(super) run: Option<&'a JobRun>,
    pub(super) annotation: Option<&'a Annotation>,
    shift: Option<&'a Name>,
    operator: Option<OperatorId>,
}

impl<'a> Tracks<'a> {
    pub(super) fn new(day: &'a ProductionDay, history: &'a History, window: Span) -> Self {
        let runs = history.runs.iter().map(|run| (run.span, run));
        let operators = history.operators.iter().map(|run| (run.span, run.operator));
        let annotations = history.annotations.iter().map(|annotation| (annotation.span, annotation));
        Self {
            scheduled: day.scheduled.iter().map(|span| (*span, ())).collect(),
            shifts: day.shifts.iter().map(|shift| (shift.span, &shift.name)).collect(),
            runs: topmost(runs, window),
            operators: topmost(operators, window),
            annotations: topmost(annotations, window),
        }
    }

    /// The times at which something begins or ends, in no particular order.
    pub(super) fn ends(&self) -> impl Iterator<Item = Timestamp> {
        fn spans<T>(pieces: &[(Span, T)]) -> impl Iterator<Item = Span> {
            pieces.iter().map(|(span, _)| *span)
        }
        let all = spans(&self.scheduled).chain(spans(&self.shifts)).chain(spans(&self.runs));
        let all = all.chain(spans(&self.operators)).chain(spans(&self.annotations));
        all.flat_map(|span| [span.start(), span.end()])
    }

    /// What applies at increasing times.
    pub(super) fn at(&self, times: impl Iterator<Item = Timestamp>) -> impl Iterator<Item = Applies<'a>> {
        let (mut scheduled, mut shifts) = (Cursor::new(&self.scheduled), Cursor::new(&self.shifts));
        let (mut runs, mut operators) = (Cursor::new(&self.runs), Cursor::new(&self.operators));
        let mut annotations = Cursor::new(&self.annotations);
        times.map(move |at| Applies {
            is_scheduled: scheduled.at(at).is_some(),
            run: runs.at(at),
            annotation: annotations.at(at),
            shift: shifts.at(at),
            operator: operators.at(at),
        })
    }
}

impl Applies<'_> {
    /// Whether time to which this applies belongs to a slice.
    pub(super) fn is_of(&self, slice: &Slice) -> bool {
        slice.shift.as_ref() == self.shift
            && slice.run.map(|(id, _)| id) == self.run.map(|run| run.id)
            && slice.operator == self.operator
            && slice.reason.as_ref() == self.annotation.map(|annotation| &annotation.reason)
    }

    /// A new slice of time to which this applies.
    pub(super) fn slice(&self, span: Span) -> Slice {
        Slice {
            span,
            shift: self.shift.cloned(),
            run: self.run.map(|run| (run.id, run.operation)),
            operator: self.operator,
            reason: self.annotation.map(|annotation| annotation.reason.clone()),
            sums: Sums::default(),
            quantities: Vec::new(),
        }
    }
}
