//! Converts readings of hosts' own metrics from the wire format to the types of the crate `fleet`.

use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::observations::value::{Quantity, Value};
use bailiwick_domain::time::Timestamp;
use bailiwick_fleet::{HostReading, HostReadings};
use bailiwick_link::observations as wire;

/// Readings from their wire format, and how many of them were left out because they are not valid; `None` if there
/// is no batch. What is left out is acknowledged with the rest: sent again, it would not be valid either.
pub(crate) fn readings(message: wire::Readings) -> Option<(HostReadings, usize)> {
    let wire::Readings { buffer, batches } = message;
    let sequence = batches.iter().map(|batch| batch.sequence).max()?;
    let (mut readings, mut left_out) = (Vec::new(), 0);
    for wire::Batch { at, readings: batch, .. } in batches {
        let at = Timestamp::from_micros(at);
        for sent in batch {
            match reading(sent, at) {
                Some(reading) => readings.push(reading),
                None => left_out += 1,
            }
        }
    }
    Some((HostReadings { buffer, sequence, readings }, left_out))
}

fn reading(sent: wire::Reading, at: Timestamp) -> Option<HostReading> {
    let (kind, value) = match sent.value? {
        wire::Value::Quantity(number) => (Kind::Quantity, Value::Quantity(Quantity::try_from(number).ok()?)),
        wire::Value::Count(number) => (Kind::Count, Value::Count(number)),
    };
    let unit = match sent.unit.as_str() {
        "" => None,
        unit => Some(unit.parse().ok()?),
    };
    Some(HostReading { metric: Metric { unit, ..Metric::new(sent.key.parse().ok()?, kind) }, at, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_that_are_not_valid_are_left_out_and_acknowledged_with_the_others() {
        let reading = |key: &str, value| wire::Reading { key: key.into(), unit: "By".into(), value };
        let count = Some(wire::Value::Count(7));
        let batch = |sequence, readings| wire::Batch { sequence, at: 60_000_000, readings };
        let message = wire::Readings {
            buffer: 9,
            batches: vec![
                batch(4, vec![reading("system.memory.usage", Some(wire::Value::Quantity(0.5)))]),
                batch(
                    6,
                    vec![
                        reading("system.network.io.receive:eth0", count),
                        reading("system.memory.usage", Some(wire::Value::Quantity(f64::NAN))),
                        reading("system memory", count),
                        reading("system.memory.usage", None),
                        wire::Reading { unit: "\n".into(), ..reading("system.memory.limit", count) },
                    ],
                ),
            ],
        };
        let (read, left_out) = readings(message).unwrap();
        assert_eq!((read.buffer, read.sequence, left_out), (9, 6, 4));
        let found: Vec<(&str, &Value)> =
            read.readings.iter().map(|reading| (reading.metric.key.as_str(), &reading.value)).collect();
        let half = Value::Quantity(Quantity::try_from(0.5).unwrap());
        let expected = [("system.memory.usage", &half), ("system.network.io.receive:eth0", &Value::Count(7))];
        assert_eq!(found, expected);
        assert!(read.readings.iter().all(|reading| reading.at == Timestamp::from_micros(60_000_000)));
        assert_eq!(readings(wire::Readings::default()), None);
    }
}
