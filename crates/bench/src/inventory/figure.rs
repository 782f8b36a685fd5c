//! A measured figure and its budget.

use std::time::Duration;

use crate::report::{Times, verdict};

/// One measured figure.
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    /// The figure as text.
    pub(crate) text: String,
    /// The value to compare between sizes; for times, the median.
    pub(crate) value: f64,
    /// The value to compare with the budget; for times, the 99th percentile.
    limited: f64,
    /// The budget and whether it was met.
    pub(crate) verdict: Option<String>,
}

/// The largest allowed cost, or the smallest allowed rate.
pub(crate) struct Budget {
    limit: f64,
    unit: &'static str,
    least: bool,
}

impl Budget {
    /// A budget with an upper limit.
    pub(crate) const fn at_most(unit: &'static str, limit: f64) -> Self {
        Self { limit, unit, least: false }
    }

    /// A budget with a lower limit.
    pub(crate) const fn at_least(unit: &'static str, limit: f64) -> Self {
        Self { limit, unit, least: true }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A number with about three significant digits.
fn short(value: f64) -> String {
    match value {
        1_000.0.. => crate::report::count(value.round() as usize),
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

impl Figure {
    /// A figure of one number.
    pub(crate) fn number(what: impl Into<String>, unit: &'static str, value: f64) -> Self {
        let text = short(value);
        Self { what: what.into(), unit, text, value, limited: value, verdict: None }
    }

    /// A figure of the durations of many answers.
    pub(crate) fn times(what: impl Into<String>, times: &Times) -> Self {
        let (p50, p99) = (milliseconds(times.quantile(500)), milliseconds(times.quantile(990)));
        let text = format!("{:>6} {:>7}", short(p50), short(p99));
        Self { what: what.into(), unit: "ms", text, value: p50, limited: p99, verdict: None }
    }

    /// Compares the figure with a budget, if there is one.
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

/// A limit as text; limits have at most one decimal.
fn short_limit(limit: f64) -> String {
    if limit.fract() > 0.0 { format!("{limit:.1}") } else { crate::report::count(limit.round() as usize) }
}
