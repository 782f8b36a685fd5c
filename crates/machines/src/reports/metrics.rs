//! The metrics that a report shows.

use bailiwick_domain::meaning::goal::GoalMetric;
use bailiwick_domain::metrics::{Formula, Goal, METRICS, Metric, Source, Terms, Unit};
use bailiwick_domain::sums::Sum;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::shape::input::nearest;

use super::groups::{Needs, Summed};

/// The most metrics of a report.
const METRICS_MAX: usize = 60;

/// The metrics that a report shows, and the sums that they are made of.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) metrics: Vec<&'static Metric>,
    /// The sums of the ratios, each once, in the order of [`Sum::ALL`].
    pub(super) sums: Vec<Sum>,
}

/// A value of a report.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub(super) enum Shows {
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A time.
    Time(bailiwick_domain::time::Timestamp),
}

impl Shown {
    /// The metrics with these names; if there are none, the default ones.
    pub(super) fn of(names: Option<&[String]>, default: &[&str]) -> Result<Self> {
        let names: Vec<&str> = match names {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => default.to_vec(),
        };
        if names.is_empty() || names.len() > METRICS_MAX {
            return Err(Error::invalid("metrics", format!("expected 1 to {METRICS_MAX} metrics")));
        }
        let (mut metrics, mut errors) = (Vec::new(), Vec::new());
        for (n, name) in names.iter().enumerate() {
            match Metric::named(name) {
                Some(metric) => metrics.push(metric),
                None => errors.push(unknown(&format!("metrics[{n}]"), name)),
            }
        }
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let mut sums = Vec::new();
        for metric in &metrics {
            if let Source::Sums(Formula::Ratio { fractions, .. }) = metric.source {
                let terms =
                    fractions.iter().flat_map(|fraction| [&fraction.numerator, &fraction.denominator]);
                sums.extend(terms.flat_map(|Terms { plus, minus }| plus.iter().chain(*minus)));
            }
        }
        sums.sort_unstable();
        sums.dedup();
        Ok(Self { metrics, sums })
    }

    /// Whether one of them is a threshold of a goal.
    pub(super) fn needs_goals(&self) -> bool {
        let is_of_goal = |metric: &&Metric| {
            matches!(metric.source, Source::WarningThreshold(_) | Source::FailureThreshold(_))
        };
        self.metrics.iter().any(is_of_goal)
    }

    /// What has to be summed for them.
    pub(super) fn needs(&self) -> Needs {
        let mut needs = Needs { sums: self.sums.clone(), ..Needs::default() };
        for metric in &self.metrics {
            match &metric.source {
                Source::Sums(Formula::Total { terms, .. }) => {
                    needs.sums.extend(terms.plus.iter().chain(terms.minus));
                }
                Source::Unattributed => needs.parts_unattributed = true,
                Source::FirstStart | Source::LastEnd => needs.times = true,
                Source::Sums(Formula::Ratio { .. })
                | Source::Cutting
                | Source::WarningThreshold(_)
                | Source::FailureThreshold(_) => {}
            }
        }
        needs.sums.sort_unstable();
        needs.sums.dedup();
        needs
    }

    /// The values of the metrics, in their order. `None` where a denominator is zero, or where nothing says the value.
    pub(super) fn values(&self, summed: &Summed) -> impl Iterator<Item = Option<Shows>> {
        self.metrics.iter().map(|metric| value(metric, summed))
    }
}

/// The name of a sum in a report: times are in milliseconds.
pub(super) fn name_of(sum: Sum) -> String {
    match sum.as_str().strip_suffix("_us") {
        Some(name) => format!("{name}_ms"),
        None => sum.as_str().to_owned(),
    }
}

/// The value of a sum in a report: times are in milliseconds.
pub(super) fn shown(sum: Sum, value: i64) -> Shows {
    if sum.as_str().ends_with("_us") { milliseconds(value) } else { Shows::Whole(value) }
}

/// Microseconds in milliseconds: a whole number if nothing is lost.
fn milliseconds(micros: i64) -> Shows {
    if micros % 1_000 == 0 { Shows::Whole(micros / 1_000) } else { Shows::Number(micros as f64 / 1_000.0) }
}

/// The value of a metric. `None` where a denominator is zero, or where nothing says the value.
pub(super) fn value(metric: &Metric, summed: &Summed) -> Option<Shows> {
    Some(match &metric.source {
        Source::Sums(Formula::Total { terms, .. }) if metric.unit == Unit::Milliseconds => {
            milliseconds(terms.total(&summed.sums))
        }
        Source::Sums(Formula::Total { terms, scale }) if *scale == 1.0 => {
            Shows::Whole(terms.total(&summed.sums))
        }
        Source::Sums(formula) => Shows::Number(formula.evaluate(&summed.sums)?),
        Source::Unattributed => Shows::Whole(summed.parts_unattributed),
        Source::FirstStart => Shows::Time(summed.first?),
        Source::LastEnd => Shows::Time(summed.last?),
        Source::WarningThreshold(goal) => Shows::Number(summed.goals.of(figure(*goal))?.warning.as_f64()),
        Source::FailureThreshold(goal) => Shows::Number(summed.goals.of(figure(*goal))?.failure.as_f64()),
        // No signal says when a tool cuts.
        Source::Cutting => return None,
    })
}

/// The figure that a goal is about.
const fn figure(goal: Goal) -> GoalMetric {
    match goal {
        Goal::Parts => GoalMetric::Parts,
        Goal::Oee => GoalMetric::Oee,
        Goal::Utilization => GoalMetric::Utilization,
    }
}

/// The error for a metric that does not exist.
fn unknown(field: &str, name: &str) -> FieldError {
    let known = || METRICS.iter().map(|metric| metric.name);
    let near = nearest(name, known()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let all = known().collect::<Vec<_>>().join(", ");
    FieldError::new(field, format!("there is no such metric; {near}The metrics are: {all}"))
}
