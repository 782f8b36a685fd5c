//! Families of metrics: metrics of one name, which differ in their labels.

use std::collections::BTreeMap;

use bailiwick_domain::histogram::{BOUNDS_MICROS, Distribution};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the values of a family are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MetricFamilyKind")]
pub enum Kind {
    /// Numbers that only grow, from the start of the server on.
    Counter,
    /// Numbers that grow and shrink.
    Gauge,
    /// Counts in buckets, each with those of the smaller buckets.
    Histogram,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MetricSample")]
pub struct Sample {
    /// What follows the family's name: `_total`, `_bucket`, `_count` or `_sum`; empty for a gauge.
    pub suffix: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The value.
    pub value: f64,
}

/// Metrics of one name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MetricFamily")]
pub struct Family {
    /// The name, without the suffixes of samples.
    pub name: String,
    /// What is measured, in a sentence.
    pub help: String,
    /// What the values are.
    pub kind: Kind,
    /// The values.
    pub samples: Vec<Sample>,
}

impl Family {
    fn new(kind: Kind, name: &str, help: &str) -> Self {
        Self { name: name.to_owned(), help: help.to_owned(), kind, samples: Vec::new() }
    }

    pub(super) fn counter(name: &str, help: &str) -> Self {
        Self::new(Kind::Counter, name, help)
    }

    pub(super) fn gauge(name: &str, help: &str) -> Self {
        Self::new(Kind::Gauge, name, help)
    }

    pub(super) fn histogram(name: &str, help: &str) -> Self {
        Self::new(Kind::Histogram, name, help)
    }

    fn push(&mut self, suffix: &str, labels: &[(&str, &str)], value: f64) {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.samples.push(Sample { suffix: suffix.to_owned(), labels, value });
    }

    /// The family with one more value of a counter or a gauge.
    pub(super) fn with(mut self, labels: &[(&str, &str)], value: f64) -> Self {
        self.add(labels, value);
        self
    }

    /// Adds a value of a counter or a gauge.
    pub(super) fn add(&mut self, labels: &[(&str, &str)], value: f64) {
        self.push(if self.kind == Kind::Counter { "_total" } else { "" }, labels, value);
    }

    /// The family with one more histogram, in seconds.
    pub(super) fn with_distribution(mut self, labels: &[(&str, &str)], durations: &Distribution) -> Self {
        let mut below = 0_u64;
        let bounds = BOUNDS_MICROS.iter().map(|bound| (*bound as f64 / 1e6).to_string());
        for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(durations.counts) {
            below += count;
            let labels: Vec<(&str, &str)> = labels.iter().copied().chain([("le", bound.as_str())]).collect();
            self.push("_bucket", &labels, below as f64);
        }
        self.push("_sum", labels, durations.sum_micros as f64 / 1e6);
        self.push("_count", labels, below as f64);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buckets_of_a_histogram_contain_the_smaller_ones() {
        let mut durations = Distribution::default();
        durations.counts[0] = 2;
        durations.counts[3] = 1;
        durations.counts[14] = 4;
        durations.sum_micros = 1_500_000;
        let family =
            Family::histogram("wait_seconds", "Waits.").with_distribution(&[("of", "a")], &durations);
        let of = |suffix: &str| -> Vec<(Option<&str>, f64)> {
            let samples = family.samples.iter().filter(|sample| sample.suffix == suffix);
            samples.map(|sample| (sample.labels.get("le").map(String::as_str), sample.value)).collect()
        };
        let buckets = of("_bucket");
        assert_eq!(buckets.len(), 15);
        assert_eq!((buckets[0], buckets[3]), ((Some("0.0005"), 2.0), (Some("0.005"), 3.0)));
        assert_eq!((buckets[13], buckets[14]), ((Some("10"), 3.0), (Some("+Inf"), 7.0)));
        assert_eq!((of("_count"), of("_sum")), (vec![(None, 7.0)], vec![(None, 1.5)]));
        assert!(family.samples.iter().all(|sample| sample.labels["of"] == "a"));
    }
}
