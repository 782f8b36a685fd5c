//! What was measured, beside its budget.

use std::time::Duration;

use crate::report::{Times, verdict};

/// What was measured of one thing.
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    /// As people read it.
    pub(crate) text: String,
    /// What is compared with other sizes; of times, the middle one.
    pub(crate) value: f64,
    /// What is compared with the budget; of times, the 99th of a hundred.
    limited: f64,
    /// The budget and whether it was kept.
    pub(crate) verdict: Option<String>,
}

/// How much something may cost, or how much must be done.
pub(crate) struct Budget {
    limit: f64,
    unit: &'static str,
    least: bool,
}

impl Budget {
    /// No more than this.
    pub(crate) const fn at_most(unit: &'static str, limit: f64) -> Self {
        Self { limit, unit, least: false }
    }

    /// No less than this.
    pub(crate) const fn at_least(unit: &'static str, limit: f64) -> Self {
        Self { limit, unit, least: true }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A number with as many digits as tell something.
fn short(value: f64) -> String {
    match value {
        1_000.0.. => crate::report::count(value.round() as usize),
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

impl Figure {
    /// One number.
    pub(crate) fn number(what: impl Into<String>, unit: &'static str, value: f64) -> Self {
        let text = short(value);
        Self { what: what.into(), unit, text, value, limited: value, verdict: None }
    }

    /// The times of many answers.
    pub(crate) fn times(what: impl Into<String>, times: &Times) -> Self {
        let (p50, p99) = (milliseconds(times.quantile(500)), milliseconds(times.quantile(990)));
        let text = format!("{:>6} {:>7}", short(p50), short(p99));
        Self { what: what.into(), unit: "ms", text, value: p50, limited: p99, verdict: None }
    }

    /// With what a budget says of it.
    #[must_use]
    pub(crate) fn judged(mut self, budget: Option<Budget>) -> Self {
        self.verdict = budget.map(|budget| {
            let kept = if budget.least { self.limited >= budget.limit } else { self.limited <= budget.limit };
            let sign = if budget.least { '≥' } else { '≤' };
            format!("{sign} {} {}: {}", short_limit(budget.limit), budget.unit, verdict(kept))
        });
        self
    }
}

/// A limit is a round number.
fn short_limit(limit: f64) -> String {
    crate::report::count(limit.round() as usize)
}
