//! Bodies of requests with observations.

use std::fmt::Write as _;

use bailiwick_domain::id::NodeId;
use bailiwick_domain::time::Timestamp;

use super::VALUES;
use crate::numbers::Numbers;

/// The form of a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON with columns.
    Columns,
    /// JSON lines.
    Lines,
}

impl Form {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Columns => "application/json",
            Self::Lines => "application/x-ndjson",
        }
    }
}

/// The body number `number`: a load of each machine each second, all in all [`VALUES`] values. The times of one body
/// follow those of the body before.
pub(super) fn body(form: Form, machines: &[NodeId], first: Timestamp, number: usize) -> String {
    let seconds = VALUES / machines.len();
    let times: Vec<String> = (0..seconds)
        .map(|second| first.plus_seconds((number * seconds + second) as i64).to_string())
        .collect();
    let random = Numbers::from(number as u64);
    let mut text = String::with_capacity(VALUES * 90);
    match form {
        Form::Columns => {
            text.push_str("{\"columns\":[");
            for (place, node) in machines.iter().enumerate() {
                let comma = if place == 0 { "" } else { "," };
                let times = times.join("\",\"");
                let _ = write!(
                    text,
                    "{comma}{{\"node\":\"{node}\",\"metric\":\"load\",\"at\":[\"{times}\"],\"values\":["
                );
                let mut load = 50.0;
                for second in 0..seconds {
                    let comma = if second == 0 { "" } else { "," };
                    load = step(load, &random);
                    let _ = write!(text, "{comma}{load:.2}");
                }
                text.push_str("]}");
            }
            text.push_str("]}");
        }
        Form::Lines => {
            for node in machines {
                let mut load = 50.0;
                for at in &times {
                    load = step(load, &random);
                    let _ = writeln!(
                        text,
                        "{{\"node\":\"{node}\",\"metric\":\"load\",\"at\":\"{at}\",\"value\":{load:.2}}}"
                    );
                }
            }
        }
    }
    text
}

/// The next load in percent, which is near the one before.
pub(super) fn step(load: f64, random: &Numbers) -> f64 {
    let change = (random.below(61) as f64 - 30.0) / 100.0;
    (load + change).clamp(0.0, 100.0)
}
