//! Metrics: what a report can show, as one table. Each is worked out from sums, which are added first and
//! divided last.

mod formula;
mod table;
#[cfg(test)]
mod tests;

use super::sums::Sums;

pub use formula::{Formula, Fraction, Terms};
pub use table::METRICS;

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// A fraction: 1 is the whole. It may be more, if an ideal part time is too long.
    Fraction,
    /// Parts.
    Parts,
    /// Parts in an hour.
    PartsPerHour,
    /// A number of things that are not parts.
    Count,
    /// A point in time.
    Time,
}

/// A metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its name in the reports of `MachineMetrics`; `None` if they do not have it.
    pub machinemetrics: Option<&'static str>,
    /// Its unit.
    pub unit: Unit,
    /// Where it comes from.
    pub source: Source,
}

/// Where a metric comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// From sums.
    Sums(Formula),
    /// From [`Cell::parts_unattributed`](super::slices::Cell::parts_unattributed).
    Unattributed,
    /// From the spans of the slices in which there was data: the earliest start.
    FirstStart,
    /// From the spans of the slices in which there was data: the latest end.
    LastEnd,
    /// From a signal that says when the tool cuts. Without such a signal, there is no value.
    Cutting,
    /// From the goals of the nodes: a threshold below which a warning is shown.
    WarningThreshold(Goal),
    /// From the goals of the nodes: a threshold below which the goal is missed.
    FailureThreshold(Goal),
}

/// What a goal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Goal {
    /// The number of parts.
    Parts,
    /// OEE.
    Oee,
    /// Utilization.
    Utilization,
}

impl Metric {
    /// The metric with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name == name)
    }

    /// The metric with this name in `MachineMetrics`.
    pub fn named_in_machinemetrics(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.machinemetrics == Some(name))
    }

    /// Its value in its unit, from sums that were added up. `None` if a denominator is zero, or if it does not
    /// come from sums.
    pub fn evaluate(&self, sums: &Sums) -> Option<f64> {
        match &self.source {
            Source::Sums(formula) => formula.evaluate(sums),
            _ => None,
        }
    }
}
