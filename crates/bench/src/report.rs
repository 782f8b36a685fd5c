//! Formats figures as text, next to their budgets.

use std::time::Duration;

/// The verdict on a budget.
pub(crate) fn verdict(kept: bool) -> &'static str {
    if kept { "met" } else { "MISSED" }
}

/// A duration in a suitable unit.
pub(crate) fn time(time: Duration) -> String {
    match time.as_nanos() {
        nanos @ 0..1_000 => format!("{nanos} ns"),
        nanos @ 1_000..1_000_000 => format!("{:.2} µs", nanos as f64 / 1e3),
        nanos => format!("{:.2} ms", nanos as f64 / 1e6),
    }
}

/// A count with commas between thousands.
pub(crate) fn count(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The durations of many single calls, sorted.
pub(crate) struct Times(Vec<u32>);

impl Times {
    /// From durations in nanoseconds, in any order.
    pub(crate) fn new(mut nanos: Vec<u32>) -> Self {
        nanos.sort_unstable();
        Self(nanos)
    }

    /// The duration that `per_mille` of a thousand calls did not exceed.
    pub(crate) fn quantile(&self, per_mille: usize) -> Duration {
        let at = (self.0.len() * per_mille / 1_000).min(self.0.len().saturating_sub(1));
        Duration::from_nanos(self.0.get(at).copied().unwrap_or_default().into())
    }

    fn mean(&self) -> Duration {
        let sum: u64 = self.0.iter().copied().map(u64::from).sum();
        Duration::from_nanos(sum / (self.0.len() as u64).max(1))
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = [
            ("p50", self.quantile(500)),
            ("p99", self.quantile(990)),
            ("p99.9", self.quantile(999)),
            ("mean", self.mean()),
        ];
        for (name, value) in columns {
            write!(f, "  {name} {:>8}", time(value))?;
        }
        Ok(())
    }
}

/// The median of some values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
