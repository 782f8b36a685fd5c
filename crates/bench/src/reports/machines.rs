//! What machines report: whether each of them was in cycle in each hour.

use bailiwick_domain::id::NodeId;
use bailiwick_domain::time::Timestamp;
use serde_json::json;

use crate::numbers::Numbers;

/// Days with a value for each hour.
pub(crate) const DAYS: usize = 30;
/// Hours of a day.
pub(crate) const HOURS: usize = 24;
/// Minutes of a day.
const MINUTES: usize = 24 * 60;
/// An hour in seconds.
const HOUR: i64 = 3_600;
/// A day in seconds.
pub(crate) const DAY: i64 = 86_400;

/// The time that machines report about: whole days of UTC, which are over.
#[derive(Clone, Copy)]
pub(crate) struct Month {
    /// Its first microsecond.
    first: Timestamp,
}

impl Month {
    /// The last days before today.
    pub(crate) fn before(now: Timestamp) -> Self {
        let passed = now.as_micros().rem_euclid(DAY * 1_000_000);
        let today = Timestamp::from_micros(now.as_micros() - passed);
        Self { first: today.plus_seconds(-(DAYS as i64 + 1) * DAY) }
    }

    /// The beginning of one of its days.
    pub(crate) fn day(self, day: usize) -> Timestamp {
        self.first.plus_seconds(day as i64 * DAY)
    }

    /// The date of one of its days.
    pub(crate) fn date(self, day: usize) -> String {
        self.day(day).to_string().chars().take("2030-01-31".len()).collect()
    }

    /// The times of one value for each hour, in order.
    pub(crate) fn hours(self) -> impl Iterator<Item = Timestamp> {
        (0..(DAYS * HOURS) as i64).map(move |hour| self.first.plus_seconds(hour * HOUR))
    }

    /// The times of one value for each minute of the day before.
    fn minutes(self) -> impl Iterator<Item = Timestamp> {
        (0..MINUTES as i64).map(move |minute| self.first.plus_seconds(minute * 60 - DAY))
    }
}

/// Whether a machine is in cycle, step by step: it mostly goes on with what it does.
pub(crate) fn in_cycle(machine: usize) -> impl Iterator<Item = bool> {
    let numbers = Numbers::from(machine as u64);
    let mut is = machine.is_multiple_of(2);
    std::iter::repeat_with(move || {
        is ^= numbers.below(4) == 0;
        is
    })
}

fn column(node: NodeId, machine: usize, times: impl Iterator<Item = Timestamp>) -> serde_json::Value {
    let times: Vec<String> = times.map(|at| at.to_string()).collect();
    let words: Vec<&str> =
        in_cycle(machine).take(times.len()).map(|is| if is { "ACTIVE" } else { "READY" }).collect();
    json!({ "node": node, "metric": "execution", "at": times, "values": words })
}

/// A request with the hours of machines.
pub(crate) fn hourly(month: Month, machines: impl Iterator<Item = (usize, NodeId)>) -> String {
    let columns: Vec<_> = machines.map(|(machine, node)| column(node, machine, month.hours())).collect();
    json!({ "columns": columns, "stale_after_seconds": HOUR }).to_string()
}

/// A request with the minutes of the day before, of machines.
pub(crate) fn by_minute(month: Month, machines: impl Iterator<Item = (usize, NodeId)>) -> String {
    let columns: Vec<_> = machines.map(|(machine, node)| column(node, machine, month.minutes())).collect();
    json!({ "columns": columns, "stale_after_seconds": HOUR }).to_string()
}
