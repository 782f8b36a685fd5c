//! Values of reports as text, by the unit of their metric.

use bailiwick_domain::metrics::{Metric, Unit};
use serde_json::Value;

use crate::output;

/// The unit of a metric; `None` for one that this version does not know.
pub(super) fn unit(metric: &str) -> Option<Unit> {
    Metric::named(metric).map(|metric| metric.unit)
}

/// The title of a metric's column: times are shown in hours, minutes and seconds, not in milliseconds.
pub(super) fn title(metric: &str) -> &str {
    match unit(metric) {
        Some(Unit::Milliseconds) => metric.strip_suffix("_ms").unwrap_or(metric),
        _ => metric,
    }
}

/// A value as text.
pub(super) fn text(metric: &str, value: &Value) -> String {
    let Some(number) = value.as_f64() else {
        return if value.is_null() { "-".to_owned() } else { output::cell(value) };
    };
    match unit(metric) {
        Some(Unit::Fraction) => format!("{:.1} %", number * 100.0),
        Some(Unit::Milliseconds) => duration(number),
        Some(Unit::PartsPerHour) => format!("{number:.1}"),
        _ if number.fract() == 0.0 => format!("{number:.0}"),
        _ => format!("{number:.2}"),
    }
}

/// A time in milliseconds, in the two largest units that it has.
fn duration(ms: f64) -> String {
    let seconds = ms / 1_000.0;
    let (sign, seconds) = if seconds < 0.0 { ("-", -seconds) } else { ("", seconds) };
    if seconds < 60.0 {
        return if seconds.fract() == 0.0 {
            format!("{sign}{seconds:.0}s")
        } else {
            format!("{sign}{seconds:.3}s")
        };
    }
    let minutes = (seconds / 60.0).floor();
    if minutes < 60.0 {
        return format!("{sign}{minutes:.0}m {:02.0}s", (seconds - minutes * 60.0).floor());
    }
    let hours = (minutes / 60.0).floor();
    format!("{sign}{hours:.0}h {:02.0}m", minutes - hours * 60.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_in_their_units() {
        for (metric, value, expected) in [
            ("utilization", json!(0.75), "75.0 %"),
            ("utilization", Value::Null, "-"),
            ("in_cycle_ms", json!(0), "0s"),
            ("in_cycle_ms", json!(1_500.25), "1.500s"),
            ("in_cycle_ms", json!(59_999), "59.999s"),
            ("in_cycle_ms", json!(125_000), "2m 05s"),
            ("in_cycle_ms", json!(86_400_000), "24h 00m"),
            ("in_cycle_ms", json!(3_900_000), "1h 05m"),
            ("parts_total", json!(12), "12"),
            ("parts_goal", json!(12.5), "12.50"),
            ("starts_at", json!("2030-01-31T06:00:00.123456Z"), "2030-01-31T06:00:00Z"),
        ] {
            assert_eq!(text(metric, &value), expected, "{metric} {value}");
        }
    }
}
