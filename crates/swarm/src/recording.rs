//! Recordings of a machine's messages, as observations that can be sent.

use bailiwick_domain::time::Timestamp;
use serde_json::{Value, json};

/// The observations of a recording in SHDR, the line format in which adapters send to an `MTConnect` agent, in the
/// order of its lines: rows for `POST /v1/observations`. Descriptions of assets are left out.
///
/// The words of the machine get the number of their line as their sequence number.
pub fn observations(text: &str, node: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for (line, (time, rest)) in text.lines().filter_map(|line| line.split_once('|')).enumerate() {
        if rest.starts_with('@') || time.parse::<Timestamp>().is_err() {
            continue;
        }
        let fields: Vec<&str> = rest.split('|').collect();
        if let [key, level @ ("NORMAL" | "WARNING" | "FAULT" | "UNAVAILABLE"), code, ..] = fields.as_slice() {
            let value = json!({ "code": code, "level": "fault", "on": *level == "FAULT" });
            let metric = format!("{key}_condition");
            rows.push(json!({ "node": node, "metric": metric, "at": time, "value": value }));
            continue;
        }
        for pair in fields.chunks(2) {
            let &[key, value] = pair else { continue };
            let kind = metric_type(key);
            let row = json!({ "node": node, "metric": key, "type": kind, "at": time });
            let more = match (kind, value.parse::<i64>()) {
                ("PART_COUNT", Ok(count)) => json!({ "value": count }),
                ("PART_COUNT", Err(_)) => continue,
                _ => json!({ "value": value, "sequence": line }),
            };
            rows.push(with(row, more));
        }
    }
    rows
}

/// What the machine of the recording calls its data items.
fn metric_type(key: &str) -> &'static str {
    match key {
        "avail" => "AVAILABILITY",
        "estop" => "EMERGENCY_STOP",
        "fmode" => "FUNCTIONAL_MODE",
        "pexecution" => "EXECUTION",
        "pmode" => "CONTROLLER_MODE",
        "ppartcount" => "PART_COUNT",
        _ => "OTHER",
    }
}

fn with(mut row: Value, more: Value) -> Value {
    if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
        row.extend(more);
    }
    row
}

/// Mixes a list, in the same way for the same seed (xorshift).
pub fn shuffled<T>(mut list: Vec<T>, mut seed: u64) -> Vec<T> {
    seed |= 1;
    for place in (1..list.len()).rev() {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let places = u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1);
        list.swap(place, usize::try_from(seed % places).unwrap_or(place));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_observations() {
        let text = "2022-08-08T13:37:18.85Z|avail|AVAILABLE|ppartcount|3\n* PING\n2022-08-08T13:37:19Z|@ASSET@|x\n\
                    2022-08-08T13:37:20Z|system|FAULT|E7|1||Tool broken\n2022-08-08T13:37:21Z|ppartcount|UNAVAILABLE";
        let rows = observations(text, "okuma");
        assert_eq!(
            rows,
            [
                json!({ "node": "okuma", "metric": "avail", "type": "AVAILABILITY", "at": "2022-08-08T13:37:18.85Z",
                    "value": "AVAILABLE", "sequence": 0 }),
                json!({ "node": "okuma", "metric": "ppartcount", "type": "PART_COUNT",
                    "at": "2022-08-08T13:37:18.85Z", "value": 3 }),
                json!({ "node": "okuma", "metric": "system_condition", "at": "2022-08-08T13:37:20Z",
                    "value": { "code": "E7", "level": "fault", "on": true } }),
            ]
        );
        let mixed = shuffled((0..100).collect::<Vec<u32>>(), 7);
        assert_ne!(mixed, (0..100).collect::<Vec<u32>>());
        assert_eq!(mixed, shuffled((0..100).collect(), 7));
    }
}
